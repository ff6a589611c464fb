/* row_shape: how a flat row of a result becomes one JSON object. The planner (query/) writes it, the encoder
 * (db/) follows it; neither knows the other. Columns are numbered from 0 as the SQL statement returns them.
 *
 *     VALUE    "key": column `column`, encoded by its type
 *     OBJECT   "key": null when column `column` (a presence marker, itself not shown) is null, and the next
 * `skip` items are passed over; else the items up to the matching END are its members END      closes the
 * innermost OBJECT
 *
 * A shape is immutable and lives in the arena of the plan it belongs to. SPDX-License-Identifier: ISC */
#ifndef UTIL_ROW_SHAPE_H
#define UTIL_ROW_SHAPE_H

#include "util/str.h"

enum row_item_kind { ROW_VALUE, ROW_OBJECT, ROW_END };

struct row_item {
    enum row_item_kind kind;
    uint16_t column;
    uint16_t skip;  /* OBJECT: items up to and including its END */
    struct str key; /* as written: `"order_no":`, escaped, with the colon; no comma */
};

struct row_shape {
    const struct row_item *items;
    size_t nitems;
    size_t ncolumns;  /* of the result; the encoder checks it */
    bool strip_nulls; /* members that are null are left out */
};

#endif
