/* key_order: looks for the index. SPDX-License-Identifier: ISC */
#include "query/key_order.h"

#include "query/plan.h"

/* What is known of each column of the relation. */
enum { PINNED = 1, ORDERED = 2 };

struct search {
    struct arena *arena;
    struct ast_node *node;
    uint8_t *known;                  /* by column */
    size_t npinned, norders;         /* columns pinned; terms of the order */
    const struct cat_column *ranged; /* compared by gt and the like */
};

/* Walks along an index, forwards or backwards; which one is decided by the first column. */
struct walk {
    const struct cat_index *index;
    size_t at;
    bool directed, backwards;
};

static bool is_plain_comparison(const struct ast_cond *c)
{
    return c->kind == COND_FILTER && !c->negated && c->quantifier == QUANT_NONE && !c->embed &&
           !c->field.steps && c->field.column;
}

bool key_order_is_pinned(const struct ast_node *node, uint16_t column)
{
    const struct cat_relationship *via = node->via;
    for (size_t i = 0; via && !via->function && !via->junction && i < via->ncolumns; i++) {
        if (via->to_columns[i] == column)
            return true;
    }
    for (const struct ast_cond *c = node->where; c; c = c->next) {
        if (is_plain_comparison(c) && c->op == OP_EQ && c->field.column->index == column)
            return true;
    }
    return false;
}

static bool is_ordered(const struct ast_node *node, uint16_t column)
{
    for (const struct ast_order *o = node->orders; o; o = o->next) {
        if (o->node == node && o->field.column && !o->field.steps && o->field.column->index == column)
            return true;
    }
    return false;
}

static bool is_covered(const struct ast_node *node, const uint16_t *columns, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!is_ordered(node, columns[i]) && !key_order_is_pinned(node, columns[i]))
            return false;
    }
    return n > 0;
}

bool key_order_is_total(const struct ast_node *node)
{
    const struct cat_relation *rel = node->rel;
    if (rel->kind == CAT_VIEW)
        return !rel->repeats && is_covered(node, rel->pk.columns, rel->pk.ncolumns);
    for (size_t i = 0; i < rel->nindexes; i++) {
        if (rel->indexes[i].is_key && is_covered(node, rel->indexes[i].columns, rel->indexes[i].ncolumns))
            return true;
    }
    return false;
}

/* Reading the filters and the order. */

static void pin(struct search *s, uint16_t column)
{
    s->npinned += s->known[column] & PINNED ? 0 : 1;
    s->known[column] |= PINNED;
}

/* False: something else than the index that is looked for may serve this condition. */
static bool read_filter(struct search *s, const struct ast_cond *c)
{
    if (!is_plain_comparison(c) || c->field.column->type->from_text.n)
        return false;
    switch (c->op) {
    case OP_EQ: pin(s, c->field.column->index); return true;
    case OP_GT:
    case OP_GTE:
    case OP_LT:
    case OP_LTE:
        if (s->ranged && s->ranged != c->field.column)
            return false;
        s->ranged = c->field.column;
        return true;
    default: return false;
    }
}

static bool read_filters(struct search *s)
{
    const struct ast_node *node = s->node;
    const struct cat_relationship *via = node->via;
    if (via && (via->function || via->junction))
        return false;
    for (size_t i = 0; via && i < via->ncolumns; i++)
        pin(s, via->to_columns[i]);
    for (const struct ast_cond *c = node->where; c; c = c->next) {
        if (!read_filter(s, c))
            return false;
    }
    for (const struct ast_node *child = node->children; child; child = child->next_child) {
        if (child->join == JOIN_INNER)
            return false;
    }
    return true;
}

static bool read_orders(struct search *s)
{
    for (const struct ast_order *o = s->node->orders; o; o = o->next) {
        if (o->node != s->node || !o->field.column || o->field.steps || ++s->norders > KEYSET_MAX)
            return false;
        s->known[o->field.column->index] |= ORDERED;
    }
    return true;
}

/* Walking. */

static bool take_pinned(const struct search *s, struct walk *w)
{
    const struct cat_index *index = w->index;
    size_t n = 0;
    for (; w->at < index->ncolumns && s->known[index->columns[w->at]] & PINNED; w->at++) {
        bool again = false;
        for (size_t i = 0; i < w->at; i++)
            again = again || index->columns[i] == index->columns[w->at];
        n += !again;
    }
    return n == s->npinned &&
           (!s->ranged || (w->at < index->ncolumns && index->columns[w->at] == s->ranged->index));
}

static bool take_order(struct walk *w, const struct ast_order *o)
{
    bool first = o->nulls == NULLS_FIRST || (o->nulls == NULLS_DEFAULT && o->descending);
    if (w->at == w->index->ncolumns || w->index->columns[w->at] != o->field.column->index)
        return false;
    uint8_t option = w->index->options[w->at++];
    bool backwards = o->descending != ((option & INDEX_DESC) != 0);
    if (!w->directed)
        w->backwards = backwards;
    w->directed = true;
    return w->backwards == backwards && first == (((option & INDEX_NULLS_FIRST) != 0) != backwards);
}

/* What is pinned, or was there before, orders nothing. */
static bool is_idle(const struct search *s, const struct ast_order *o)
{
    const struct ast_order *before = s->node->orders;
    while (before != o && before->field.column != o->field.column)
        before = before->next;
    return before != o || s->known[o->field.column->index] & PINNED;
}

static bool take_orders(const struct search *s, struct walk *w)
{
    for (const struct ast_order *o = s->node->orders; o; o = o->next) {
        if (!is_idle(s, o) && !take_order(w, o))
            return false;
    }
    return true;
}

static bool may_read(const struct ast_node *node, const struct cat_column *column)
{
    return node->role.n == 0 || (cat_column_privileges(node->rel, node->role, column) & PRIV_SELECT);
}

static bool is_one_of(const uint16_t *columns, size_t n, uint16_t column)
{
    for (size_t i = 0; i < n; i++) {
        if (columns[i] == column)
            return true;
    }
    return false;
}

/* The next n columns of the index are those of the key that nothing is known of. */
static bool key_follows(const struct search *s, const struct walk *w, const struct cat_index *key, size_t n)
{
    if (n > w->index->ncolumns - w->at || s->norders + n > KEYSET_MAX)
        return false;
    const uint16_t *next = w->index->columns + w->at;
    for (size_t i = 0; i < n; i++) {
        if (s->known[next[i]] || !is_one_of(key->columns, key->ncolumns, next[i]) ||
            is_one_of(next, i, next[i]) || !may_read(s->node, &s->node->rel->columns[next[i]]))
            return false;
    }
    return true;
}

/* Unless the order has a direction already, the key goes upwards. */
static void append(const struct search *s, struct walk *w, size_t n)
{
    struct ast_order **tail = &s->node->orders;
    while (*tail)
        tail = &(*tail)->next;
    if (!w->directed)
        w->backwards = w->index->options[w->at] & INDEX_DESC;
    for (size_t end = w->at + n; w->at < end; w->at++) {
        const struct cat_column *column = &s->node->rel->columns[w->index->columns[w->at]];
        bool descending = ((w->index->options[w->at] & INDEX_DESC) != 0) != w->backwards;
        bool first = ((w->index->options[w->at] & INDEX_NULLS_FIRST) != 0) != w->backwards;
        struct ast_order *order = ARENA_NEW(s->arena, struct ast_order);
        *order = (struct ast_order){.node = s->node,
            .field = {.name = column->name, .column = column},
            .descending = descending,
            .nulls = first == descending ? NULLS_DEFAULT
                     : first             ? NULLS_FIRST
                                         : NULLS_LAST};
        *tail = order;
        tail = &order->next;
    }
}

static bool append_key(const struct search *s, const struct cat_index *key)
{
    const struct cat_relation *rel = s->node->rel;
    size_t n = 0;
    for (size_t i = 0; i < key->ncolumns; i++)
        n += s->known[key->columns[i]] == 0;
    for (size_t i = 0; n > 0 && i < rel->nindexes; i++) {
        struct walk w = {.index = &rel->indexes[i]};
        if (take_pinned(s, &w) && take_orders(s, &w) && key_follows(s, &w, key, n)) {
            append(s, &w, n);
            return true;
        }
    }
    return n == 0;
}

/* Policies are filters that nobody sees. */
static bool is_filtered(const struct ast_node *node)
{
    const struct cat_grant *grant = node->role.n ? cat_relation_grant(node->rel, node->role) : NULL;
    return grant && grant->filtered;
}

void key_order_settle(struct arena *a, struct ast_node *node)
{
    const struct cat_relation *rel = node->rel;
    bool cut = node->limit > 0 && (node->limit != UINT64_MAX || node->offset > 0);
    /* One partition after the other is cheaper than all of them side by side. */
    bool apart = rel->kind == CAT_PARTITIONED && !node->orders;
    if (!cut || apart || node->aggregated || is_filtered(node))
        return;
    if (key_order_is_total(node))
        return;
    struct search s = {.arena = a, .node = node, .known = ARENA_NEW_ARRAY(a, uint8_t, rel->ncolumns)};
    if (!read_filters(&s) || !read_orders(&s))
        return;
    for (size_t i = 0; i < rel->nindexes; i++) {
        if (rel->indexes[i].is_key && append_key(&s, &rel->indexes[i]))
            return;
    }
}

/* The server's own cap alone is no reason to sort. */
void key_order_settle_embeds(struct arena *a, struct ast_node *node)
{
    for (struct ast_node *child = node->children; child; child = child->next_child) {
        if (child->to_many && (child->has_limit || child->has_offset))
            key_order_settle(a, child);
        key_order_settle_embeds(a, child);
    }
}
