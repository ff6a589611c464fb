/* sql: a resolved tree as SQL statements. No errors: what is wrong was found by resolve.
 * SPDX-License-Identifier: ISC */
#ifndef QUERY_SQL_H
#define QUERY_SQL_H

#include "query/ast.h"
#include "query/plan.h"
#include "query/sql_expr.h"

/* The main statement of req, its shape and keys: its format, and FOR UPDATE of the root's rows where it
 * locks, which then cannot be grouped. */
void sql_read(
    struct arena *a, const struct ast_node *root, const struct read_request *req, struct read_plan *plan);
/* The same into a statement that somebody else is writing. For a handler these are the rows that it takes,
 * and belong between sql_begin_answer() and sql_end_answer(). */
void sql_select(struct sql *w, const struct ast_node *root, struct row_shape *shape);
/* What a handler makes of the rows between the two, and how many there are: SELECT f(r), count(*) FROM (..)
 * AS r. `scalars`: the rows are values v. Without a handler: nothing. */
void sql_begin_answer(struct sql *w, bool scalars);
void sql_end_answer(struct sql *w);
/* What root shows of its own row, as a list of columns: for RETURNING. root embeds nothing. */
void sql_columns(struct sql *w, const struct ast_node *root, struct row_shape *shape);
/* LIMIT and OFFSET of the node, where it has them. */
void sql_limit_offset(struct sql *w, const struct ast_node *node);
/* How many rows sql_read() would give without limit and offset; counting stops at cap (0: none). */
void sql_count(struct arena *a, const struct ast_node *root, uint64_t cap, struct plan_stmt *stmt);
/* EXPLAIN (FORMAT JSON) of them. */
void sql_estimate(struct arena *a, const struct ast_node *root, struct plan_stmt *stmt);

#endif
