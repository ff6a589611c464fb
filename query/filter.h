/* filter: the grammar of conditions
 *
 *     column=[not.]op[(any|all)].value         filter_parse()
 *     or=(...), and=(...), not.or=(...)        filter_parse_tree()
 *       tree  := '(' node { ',' node } ')'
 *       node  := ['not.'] ('and' | 'or') tree | field '.' ['not.'] op '.' value
 *
 * Outside a tree the value is all that follows; inside it ends at a comma or a closing parenthesis, unless it
 * is in double quotes, an array literal in braces or the list of `in`. SPDX-License-Identifier: ISC */
#ifndef QUERY_FILTER_H
#define QUERY_FILTER_H

#include "query/lex.h"

struct filter_op {
    struct str name; /* as a client writes it */
    const char *sql;
    enum filter_kind { FILTER_VALUE, FILTER_LIKE, FILTER_FTS, FILTER_IN, FILTER_IS, FILTER_DISTINCT } kind;
    bool any;
};

extern const struct filter_op filter_ops[OP_COUNT];

/* The operator and value of a filter whose field the caller has read. */
NODISCARD bool filter_parse(struct lex *lx, struct ast_cond *cond);
/* `cond` becomes an AND or OR (the caller knows which) with the children of the text. */
NODISCARD bool filter_parse_tree(struct lex *lx, struct ast_cond *cond);
/* Whether text begins with an operator: a parameter of GET /rpc that does is a filter, else an argument. */
bool filter_has_operator(struct str text);

#endif
