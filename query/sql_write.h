/* sql_write: INSERT, UPDATE and DELETE from a resolved tree. SPDX-License-Identifier: ISC */
#ifndef QUERY_SQL_WRITE_H
#define QUERY_SQL_WRITE_H

#include "query/ast.h"
#include "query/sql_expr.h"
#include "query/write.h"

struct sql_write {
    const struct write_request *req;
    const struct ast_node *root;             /* of what is shown; its own conditions are those of the write */
    const struct ast_cond *where;            /* which rows are changed; of a PUT, the key */
    const struct cat_column *const *columns; /* that the payload fills */
    size_t ncolumns;
    const uint16_t *conflict; /* columns of the conflict target; of the relation */
    size_t nconflict;
};

/* Fills main, answer, shape, guarded and inserted. */
void sql_write(struct arena *a, const struct sql_write *in, struct write_plan *plan);
/* The condition on count(*) that fails the statement (see WRITE_GUARD): exactly one row, or at most max. */
void sql_guard(struct sql *w, bool singular, uint64_t max);

#endif
