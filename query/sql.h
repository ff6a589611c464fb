/* sql: a resolved tree as SQL statements. No errors: what is wrong was found by resolve.
 * SPDX-License-Identifier: ISC */
#ifndef QUERY_SQL_H
#define QUERY_SQL_H

#include "query/ast.h"
#include "query/plan.h"
#include "query/sql_expr.h"

/* lock: FOR UPDATE of the root's rows, which then cannot be grouped. */
void sql_read(
    struct arena *a, const struct ast_node *root, bool lock, struct plan_stmt *stmt, struct row_shape *shape);
/* The same into a statement that somebody else is writing. */
void sql_select(struct sql *w, const struct ast_node *root, struct row_shape *shape);
/* What root shows of its own row, as a list of columns: for RETURNING. root embeds nothing. */
void sql_columns(struct sql *w, const struct ast_node *root, struct row_shape *shape);
/* LIMIT and OFFSET of the node, where it has them. */
void sql_limit_offset(struct sql *w, const struct ast_node *node);
/* How many rows sql_read() would give without limit and offset; counting stops at cap (0: none). */
void sql_count(struct arena *a, const struct ast_node *root, uint64_t cap, struct plan_stmt *stmt);
/* EXPLAIN (FORMAT JSON) of them. */
void sql_estimate(struct arena *a, const struct ast_node *root, struct plan_stmt *stmt);

#endif
