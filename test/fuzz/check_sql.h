/* check_sql: what must hold of every statement, whatever the request was. SPDX-License-Identifier: ISC */
#ifndef TEST_FUZZ_CHECK_SQL_H
#define TEST_FUZZ_CHECK_SQL_H

#include "query/plan.h"

/* Outside of quoted identifiers and literals there is no byte that could end a statement, begin a comment or
 * leave a quote, parentheses match, all parameters are there, and types and functions have their schema. */
void check_sql(const struct plan_stmt *stmt);
/* Its items stay within the columns, objects are closed. */
void check_shape(const struct row_shape *shape);

#endif
