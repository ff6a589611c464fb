/* key_order: the order that a list gets beyond the one its client asked for. Rows that are cut off by a limit
 * should come in an order that tells all of them apart, so that pages neither overlap nor leave rows out and
 * the next one can be sought by the last row (seek.h). But no statement may be dearer than the client's own:
 * `status = 'open' ORDER BY id LIMIT 20` sorts all open rows, or walks the whole key to find twenty, where an
 * index on status alone finds them at once. So a unique key is added only where one index (struct cat_index)
 * gives the whole order for the filter at hand:
 *
 *     columns compared by eq (any order), columns of order= in their directions, columns of the key
 *
 * and only if the role may read the key's columns. Any other condition may be served by another index, and
 * so may row security: there the list stays as the client asked, and its pages are linked by offset.
 * SPDX-License-Identifier: ISC */
#ifndef QUERY_KEY_ORDER_H
#define QUERY_KEY_ORDER_H

#include "query/ast.h"
#include "util/arena.h"

/* Adds a key to the order of a resolved node that is cut by limit or offset. */
void key_order_settle(struct arena *a, struct ast_node *node);
/* The same for the embeds below it that the client cuts. */
void key_order_settle_embeds(struct arena *a, struct ast_node *node);
/* Whether the order, with the columns that are pinned, tells all rows apart. */
bool key_order_is_total(const struct ast_node *node);
/* Whether every row must have one given value in the column: by eq, or by the row that it is embedded in. */
bool key_order_is_pinned(const struct ast_node *node, uint16_t column);

#endif
