/* pg_text: PostgreSQL's text forms of rows, arrays and parse trees, as far as the catalog is loaded from
 * them. The first two are taken apart in place: quotes and escapes are removed inside the given memory, which
 * the results point into. SPDX-License-Identifier: ISC */
#ifndef SCHEMA_PG_TEXT_H
#define SCHEMA_PG_TEXT_H

#include "util/str.h"

/* `(a,"b ""c""",)` (docs 8.16.6): up to max fields; a NULL is a slice with p == NULL. The number of fields,
 * or -1 when it is no row or has more. */
NODISCARD int pg_row_split(char *text, size_t n, struct str *fields, size_t max);
/* `{a,"b, c",NULL}` (docs 8.15.6), one dimension: as above; a NULL element becomes an empty slice. */
NODISCARD int pg_array_split(char *text, size_t n, struct str *items, size_t max);

/* Column `attnum` of a view comes unchanged from column `base_attnum` of relation `base_oid`. */
typedef void pg_view_target_cb(void *arg, int16_t attnum, uint32_t base_oid, int16_t base_attnum);
/* Calls back for each such column of a view, given pg_rewrite.ev_action of its _RETURN rule. What is not
 * understood is passed over: it can only mean that a relationship is not found. */
void pg_view_targets(struct str ev_action, pg_view_target_cb *on_target, void *arg);

#endif
