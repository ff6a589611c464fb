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
/* INSERT, UPDATE or DELETE without what it returns. */
void sql_change(struct sql *w, const struct sql_write *in);
/* Sets inserted, where main tells inserts from updates. */
void sql_inserted(const struct sql_write *in, struct write_plan *plan);
/* WHERE and the conditions on the rows that are changed. */
void sql_conditions(struct sql *w, const struct sql_write *in);
/* The body's records as rows b. */
void sql_records(struct sql *w, const struct sql_write *in);
/* A value of b, as the column wants it. */
void sql_body_value(struct sql *w, const struct cat_column *column);
/* The condition on count(*) that fails the statement (see WRITE_GUARD): exactly one row, or at most max. */
void sql_guard(struct sql *w, bool singular, uint64_t max);

#endif
