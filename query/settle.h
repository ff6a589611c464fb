/* settle: what is decided about a resolved tree before it is written, for reads and for the answers of writes
 * and calls alike. SPDX-License-Identifier: ISC */
#ifndef QUERY_SETTLE_H
#define QUERY_SETTLE_H

#include "query/ast.h"
#include "util/arena.h"

/* Every relation that the tree reads, the root's first. nnodes: how many nodes it has. */
const struct cat_relation *const *settle_tables(
    struct arena *a, const struct ast_node *root, unsigned nnodes, size_t *n);

#endif
