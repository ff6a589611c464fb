/* settle: the tables of a resolved tree. SPDX-License-Identifier: ISC */
#include "query/settle.h"

struct collection {
    const struct cat_relation **tables;
    size_t n;
};

static void add_table(struct collection *c, const struct cat_relation *rel)
{
    for (size_t i = 0; i < c->n; i++) {
        if (c->tables[i] == rel)
            return;
    }
    c->tables[c->n++] = rel;
}

static void collect_tables(struct collection *c, const struct ast_node *node)
{
    add_table(c, node->rel);
    if (node->via && node->via->junction)
        add_table(c, node->via->junction);
    for (const struct ast_node *child = node->children; child; child = child->next_child)
        collect_tables(c, child);
}

const struct cat_relation *const *settle_tables(
    struct arena *a, const struct ast_node *root, unsigned nnodes, size_t *n)
{
    struct collection c = {ARENA_NEW_ARRAY(a, const struct cat_relation *, 2 * nnodes), 0};
    collect_tables(&c, root);
    *n = c.n;
    return c.tables;
}
