/* select: the grammar of select=
 *
 *     items  := [ item { ',' item } ]
 *     item   := '*' | [alias ':'] column | [alias ':'] embed | '...' embed
 *     column := name path ['::' type] ['.' aggregate '()' ['::' type]] | 'count()' ['::' type]
 *     embed  := name { '!' (hint | 'inner' | 'left') } '(' items ')'
 *
 * Nesting is bounded by limit-embed-depth, the number of embeds and of items by limits of their own.
 * SPDX-License-Identifier: ISC */
#ifndef QUERY_SELECT_H
#define QUERY_SELECT_H

#include "query/lex.h"

/* All of the text; an empty one means every column. */
NODISCARD bool select_parse(struct lex *lx, struct ast_node *root);
/* The name as SQL and clients know it: "sum". */
const char *select_aggregate_name(enum ast_aggregate aggregate);

#endif
