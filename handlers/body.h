/* body: the rows of a statement become an answer's body, as x->format says: a JSON array or object, lines,
 * CSV, what a handler made of them, or the lines of a plan. Everything goes to x->body, the number of rows to
 * x->rows. The functions return false when there is no memory for more. SPDX-License-Identifier: ISC */
#ifndef HANDLERS_BODY_H
#define HANDLERS_BODY_H

#include "handlers/exchange.h"

/* What stands before the first row: a bracket, or the names of the columns. */
NODISCARD bool body_begin(struct exchange *x, const struct row_shape *shape);
NODISCARD bool body_rows(struct exchange *x, const struct row_shape *shape, const struct db_rows *rows);
/* What stands behind the last one. */
void body_end(struct exchange *x);

#endif
