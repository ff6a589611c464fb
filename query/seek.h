/* seek: pages that begin behind a row, or end before one, instead of after so many rows: the cost of a page
 * does not grow with its depth. The row is known by the values that it is ordered by, as texts of
 * PostgreSQL's own, which the caller keeps in a token (handlers/pages.h). Where all columns go one way and
 * cannot be null it is the row comparison (a, b) > ($1, $2), else
 *
 *     (a > $1 OR a IS NULL) OR (a = $1 AND b > $2) ..      as order and nulls of each column ask for
 *
 * Orders are sought in when they are by columns of the relation itself and tell all rows apart (key_order.h).
 * SPDX-License-Identifier: ISC */
#ifndef QUERY_SEEK_H
#define QUERY_SEEK_H

#include "query/ast.h"
#include "query/plan.h"
#include "util/buf.h"

struct sql;

/* One column's value in the blob of struct read_request. */
void seek_put(struct buf *out, const char *text, size_t n); /* NULL: SQL NULL */
/* Whether the pages of this list can be sought. */
bool seek_possible(const struct ast_node *root);
/* Of such a list: its order as a text, which goes before the values. What else a request says may decide
 * whether a key is part of the order (key_order.h), so that the order= of a token is not enough. */
struct str seek_order(struct arena *a, const struct ast_node *root);
/* Takes the request's seek into the tree: false when its order is not the token's, or empty: none to seek in.
 */
NODISCARD bool seek_settle(
    struct arena *a, const struct read_request *req, struct ast_node *root, struct str order);
/* The condition; node->seek is set. */
void sql_seek(struct sql *w, const struct ast_node *node);

#endif
