/* sql_call: the statement that calls a function. SPDX-License-Identifier: ISC */
#ifndef QUERY_SQL_CALL_H
#define QUERY_SQL_CALL_H

#include "query/ast.h"
#include "query/call_args.h"

struct sql_call {
    const struct call_request *req;
    const struct call_args *args;
    bool unnamed;
    struct ast_node *root; /* of what is shown; of a scalar only its limit and offset count */
};

/* Fills main and shape; function, result, guarded and counted are set. */
void sql_call(struct arena *a, const struct sql_call *in, struct call_plan *plan);

#endif
