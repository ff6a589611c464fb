/* shape: the part of a query string that decides the plan, apart from the values that do not. Two requests
 * that differ only in the values of plain comparisons (`id=eq.5`, `id=eq.6`) have one shape, and so one plan
 * and one prepared statement; the values are the plan's parameters, word for word.
 *
 * Only values whose meaning is certain without a parser are taken out: `[not.](eq|neq|gt|gte|lt|lte).value`
 * on keys that are not reserved words. Everything else stays in the shape as it is. To plan a shape, the
 * values are replaced by marks; where a mark comes back as a parameter, the value goes. Pure; linear in the
 * query's length. SPDX-License-Identifier: ISC */
#ifndef QUERY_SHAPE_H
#define QUERY_SHAPE_H

#include "util/arena.h"
#include "util/str.h"

#define SHAPE_VALUES_MAX 16

struct query_shape {
    struct str key; /* the query with each value replaced by its mark: also what is given to the planner */
    struct str values[SHAPE_VALUES_MAX]; /* raw slices of the query, still percent-encoded */
    size_t nvalues;
};

/* key is in the arena; equal to the query when nothing could be taken out. */
void query_shape_scan(struct arena *a, struct str query, struct query_shape *out);
/* Which value a (decoded) parameter stands for, or -1 when it is an ordinary parameter. */
int query_shape_mark(const char *param);

#endif
