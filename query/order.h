/* order: the grammar of order=
 *
 *     terms := term { ',' term }
 *     term  := (field | embed '(' field ')') ['.' ('asc' | 'desc')] ['.' ('nullsfirst' | 'nullslast')]
 *
 * SPDX-License-Identifier: ISC */
#ifndef QUERY_ORDER_H
#define QUERY_ORDER_H

#include "query/lex.h"

/* All of the text; an empty one orders nothing. */
NODISCARD bool order_parse(struct lex *lx, struct ast_order **orders);

#endif
