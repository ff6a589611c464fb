/* range: which rows of the whole a request wants: limit=, offset= and the Range header, which are
 * intersected. Numbers beyond what PostgreSQL counts are clamped, what is not a number is ignored, as
 * PostgREST does. SPDX-License-Identifier: ISC */
#ifndef QUERY_RANGE_H
#define QUERY_RANGE_H

#include "query/ast.h"
#include "query/plan.h"

#define RANGE_MAX ((uint64_t)INT64_MAX)

/* The value of limit= or offset= into the node; a negative limit is PGRST103. */
NODISCARD bool range_limit(
    struct arena *a, struct query_error *error, struct str value, struct ast_node *node);
void range_offset(struct str value, struct ast_node *node);
/* Narrows the root by a Range header "first-last" or "first-"; any other form is ignored (RFC 9110 14.2). */
NODISCARD bool range_header(
    struct arena *a, struct query_error *error, struct str value, struct ast_node *root);

#endif
