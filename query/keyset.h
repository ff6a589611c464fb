/* keyset: recognises "what comes behind this row" in the form that a filter language can say it,
 *
 *     or=(a.lt.1,and(a.eq.1,b.lt.2))            for  order=a.desc,b.desc
 *
 * which means the row comparison (a, b) < (1, 2). PostgreSQL walks an index over (a, b) for the latter from
 * the right place on, and filters every row for the former (PostgreSQL docs 9.24.5). Both agree on nulls.
 * SPDX-License-Identifier: ISC */
#ifndef QUERY_KEYSET_H
#define QUERY_KEYSET_H

#include "query/ast.h"
#include "query/plan.h"

struct keyset {
    const struct ast_cond *columns[KEYSET_MAX]; /* the comparison of each, in order */
    size_t ncolumns;
    const char *op; /* "<", ">", "<=" or ">=" */
};

/* false: any other condition. */
bool keyset_match(const struct ast_cond *cond, struct keyset *keyset);

#endif
