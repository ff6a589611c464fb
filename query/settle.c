/* settle: orders and tables of a resolved tree. SPDX-License-Identifier: ISC */
#include "query/settle.h"

/* Pages must not overlap: rows that are cut off need an order, and a key is one that an index gives. */
void settle_order(struct arena *a, struct ast_node *node)
{
    const struct cat_key *pk = &node->rel->pk;
    struct ast_order **tail = &node->orders;
    bool cut = node->limit != UINT64_MAX || node->offset > 0;
    if (node->orders || node->aggregated || !cut)
        return;
    for (size_t i = 0; i < pk->ncolumns; i++) {
        struct ast_order *order = ARENA_NEW(a, struct ast_order);
        order->node = node;
        order->field.column = &node->rel->columns[pk->columns[i]];
        order->field.name = order->field.column->name;
        *tail = order;
        tail = &order->next;
    }
}

/* Embeds that the client cuts; the server's own cap alone is no reason to sort. */
void settle_embed_orders(struct arena *a, struct ast_node *node)
{
    for (struct ast_node *child = node->children; child; child = child->next_child) {
        if (child->to_many && (child->has_limit || child->has_offset))
            settle_order(a, child);
        settle_embed_orders(a, child);
    }
}

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
