/* sql_list: the columns of a select, and the row shape that tells what they mean. SPDX-License-Identifier:
 * ISC */
#include "query/sql_list.h"

#include "query/resolve.h"
#include "util/json_escape.h"

/* One column of a select list: an item, one column of a star, or the document of an embed. */
struct leaf {
    const struct ast_node *node;
    const struct ast_item *item;
    const struct cat_column *star;
    const struct ast_node *embed;
    struct str key;
};

/* Leaves */

static bool needs_to_json(const struct cat_type *type)
{
    for (; type; type = type->kind == TYPE_DOMAIN ? type->base : NULL) {
        if (type->kind == TYPE_ARRAY || type->kind == TYPE_COMPOSITE || type->kind == TYPE_CAST)
            return true;
    }
    return false;
}

static const struct cat_type *leaf_type(const struct leaf *leaf)
{
    return leaf->star                                     ? leaf->star->type
           : leaf->item && leaf->item->kind == ITEM_FIELD ? resolve_item_type(leaf->item)
                                                          : NULL;
}

static void leaf_expr(struct sql_list *list, const struct leaf *leaf)
{
    struct sql *w = list->w;
    const struct ast_node *lateral = list->spread                          ? list->spread
                                     : leaf->embed && leaf->embed->lateral ? leaf->embed
                                                                           : NULL;
    if (lateral) {
        SQL(w, "d");
        sql_number(w, lateral->id);
        sql_numbered(w, ".\"c", list->spread ? list->nspread++ : 0);
    } else if (leaf->embed) {
        sql_document(w, leaf->embed);
    } else if (leaf->star) {
        sql_shown_column(w, leaf->node, leaf->star->index);
    } else {
        sql_item(w, leaf->node, leaf->item);
    }
}

static void shape_item(struct sql_list *list, enum row_item_kind kind, unsigned column, struct str key)
{
    struct row_item *item = &list->items[list->nitems++];
    *item = (struct row_item){.kind = kind, .column = (uint16_t)column};
    if (kind == ROW_END)
        return;
    char *start = arena_alloc(list->w->arena, JSON_ESCAPE_ROOM(key.n) + 3), *p = start;
    *p++ = '"';
    p = json_escape_write(p, key.p, key.n);
    *p++ = '"';
    *p++ = ':';
    item->key = str_make(start, (size_t)(p - start));
}

enum sql_wrap sql_wrap_of(const struct format *format, const struct cat_type *type)
{
    bool to_json = needs_to_json(type), represented = type && type->kind == TYPE_DOMAIN && type->to_json.n;
    if (format->media == MEDIA_CSV || format->value)
        return WRAP_NONE;
    if (format->nulls_stripped)
        return to_json || represented || resolve_is_json(type) ? WRAP_STRIP : WRAP_NONE;
    return to_json ? WRAP_TO_JSON : WRAP_NONE;
}

void sql_open_wrap(struct sql *w, enum sql_wrap wrap)
{
    if (wrap != WRAP_NONE)
        sql_put(w, wrap == WRAP_STRIP ? STR("pg_catalog.json_strip_nulls(pg_catalog.to_json(")
                                      : STR("pg_catalog.to_json("));
}

void sql_close_wrap(struct sql *w, enum sql_wrap wrap)
{
    if (wrap != WRAP_NONE)
        sql_put(w, wrap == WRAP_STRIP ? STR("))") : STR(")"));
}

/* In rows arrays and composites are made JSON here; inside of documents row_to_json() sees to it. */
static void row_expr(struct sql_list *list, const struct leaf *leaf)
{
    const struct format *format = list->w->format;
    enum sql_wrap wrap = !list->spread && !leaf->embed ? sql_wrap_of(format, leaf_type(leaf))
                         : format->nulls_stripped      ? WRAP_STRIP
                                                       : WRAP_NONE;
    sql_open_wrap(list->w, wrap);
    leaf_expr(list, leaf);
    sql_close_wrap(list->w, wrap);
}

/* A column that the page computes and the statement passes on. */
static void page_leaf(struct sql_list *list, const struct leaf *leaf)
{
    struct sql *w = list->w;
    struct buf *outer = w->out;
    sql_numbered(w, "p.\"c", list->n);
    w->out = list->page;
    w->outside = false;
    sql_comma(w, buf_len(list->page) == 0);
    row_expr(list, leaf);
    sql_numbered(w, " AS \"c", list->n);
    w->out = outer;
    w->outside = true;
}

/* The column that is shown as it is; NULL: something is made of it, or it is none. */
static const struct cat_column *plain_column(const struct leaf *leaf)
{
    const struct ast_item *item = leaf->item;
    if (leaf->star)
        return leaf->star;
    bool plain = item->kind == ITEM_FIELD && !item->field.steps && !item->cast_type && !item->aggregate;
    return plain ? item->field.column : NULL;
}

static uint16_t *selected_at(struct sql_list *list, const struct ast_node *node, uint16_t column)
{
    struct sql_selected *s = list->selected;
    while (s && s->node != node)
        s = s->next;
    if (!s) {
        s = ARENA_NEW(list->w->arena, struct sql_selected);
        *s = (struct sql_selected){
            list->selected, node, ARENA_NEW_ARRAY(list->w->arena, uint16_t, node->rel->ncolumns)};
        list->selected = s;
    }
    return &s->at[column];
}

/* Whether the column is there already; if not it will be the next one. */
static bool is_selected(
    struct sql_list *list, const struct leaf *leaf, const struct cat_column *column, unsigned *at)
{
    *at = list->n;
    if (!column || list->spread)
        return false;
    uint16_t *before = selected_at(list, leaf->node, column->index);
    if (*before)
        *at = *before - 1u;
    else
        *before = (uint16_t)(list->n + 1);
    return *at != list->n;
}

/* False: the row has the column already. */
static bool row_leaf(struct sql_list *list, const struct leaf *leaf)
{
    bool in_page = list->page && !list->spread && !leaf->embed;
    const struct cat_column *column = plain_column(leaf);
    unsigned at;
    bool again = is_selected(list, leaf, column, &at);
    /* What a function makes of a null need not be null. */
    if (leaf->node == list->marker_node && column && column->index == list->marker_column && !list->spread &&
        !column->type->to_json.n)
        list->marker_at = (int)at;
    shape_item(list, ROW_VALUE, at, leaf->key);
    if (again)
        return false;
    sql_comma(list->w, list->n == 0);
    if (list->w->shown && column && !leaf->node->via && !list->page && !list->spread &&
        !list->w->format->nulls_stripped &&
        (column->type->kind == TYPE_SCALAR || column->type->kind == TYPE_ENUM))
        list->w->shown[column->index] = (uint16_t)(list->n + 1);
    if (in_page)
        page_leaf(list, leaf);
    else
        row_expr(list, leaf);
    return true;
}

static void group_leaf(struct sql_list *list, const struct leaf *leaf)
{
    const struct cat_column *called =
        leaf->item && leaf->item->kind == ITEM_FIELD ? sql_called_column(leaf->item) : NULL;
    sql_put(list->w, list->n ? STR(", ") : STR(" GROUP BY "));
    if ((leaf->star || called) && !list->spread && !leaf->embed)
        sql_grouped_column(list->w, leaf->node, leaf->star ? leaf->star->index : called->index);
    else
        leaf_expr(list, leaf);
}

static void arrays_leaf(struct sql_list *list)
{
    sql_numbered(list->w, "coalesce(pg_catalog.json_agg(r.\"c", list->n);
    sql_put(list->w, list->jsonb ? STR(")::pg_catalog.jsonb, '[]')") : STR("), '[]')"));
    sql_numbered(list->w, " AS \"c", list->n);
}

static void put_leaf(struct sql_list *list, const struct leaf *leaf)
{
    if (list->mode == LIST_GROUP && leaf->item && leaf->item->aggregate)
        return;
    if (list->mode != LIST_GROUP && list->mode != LIST_ROW)
        sql_comma(list->w, list->n == 0);
    switch (list->mode) {
    case LIST_ROW:
        if (!row_leaf(list, leaf))
            return;
        break;
    case LIST_GROUP: group_leaf(list, leaf); break;
    case LIST_ARRAYS: arrays_leaf(list); break;
    case LIST_KEYS:
        leaf_expr(list, leaf);
        SQL(list->w, " AS ");
        sql_ident(list->w, leaf->key);
        break;
    case LIST_COLUMNS:
        leaf_expr(list, leaf);
        sql_numbered(list->w, " AS \"c", list->n);
        break;
    }
    list->n++;
}

/* Select lists */

static void marker(struct sql_list *list, const struct ast_node *node)
{
    struct sql *w = list->w;
    struct buf *outer = w->out;
    sql_comma(w, list->n == 0);
    if (list->page) {
        sql_numbered(w, "p.\"c", list->n);
        w->out = list->page;
        w->outside = false;
        sql_comma(w, buf_len(list->page) == 0);
    }
    sql_presence(w, node);
    if (list->page) {
        sql_numbered(w, " AS \"c", list->n);
        w->out = outer;
        w->outside = true;
    }
    list->marker_at = (int)list->n++;
}

/* A joined embed as an object of the row. Its marker is its own key column where that is shown anyway. */
static void row_object(struct sql_list *list, const struct ast_node *node)
{
    const struct ast_node *outer_node = list->marker_node;
    uint16_t outer_column = list->marker_column;
    int outer_at = list->marker_at;
    size_t start = list->nitems;
    shape_item(list, ROW_OBJECT, list->n, node->key);
    list->marker_node = node->via->function ? NULL : node;
    list->marker_column = node->via->function ? 0 : node->via->to_columns[0];
    list->marker_at = -1;
    sql_list_walk(list, node);
    shape_item(list, ROW_END, list->n, (struct str){NULL, 0});
    if (list->marker_at < 0)
        marker(list, node);
    list->items[start].column = (uint16_t)list->marker_at;
    list->items[start].skip = (uint16_t)(list->nitems - start - 1);
    list->marker_node = outer_node;
    list->marker_column = outer_column;
    list->marker_at = outer_at;
}

/* The columns that the lateral subquery of a spread returns, under its alias. */
static void spread_arrays(struct sql_list *list, const struct ast_node *node)
{
    if (list->spread || list->mode == LIST_ARRAYS) {
        sql_list_walk(list, node);
        return;
    }
    list->spread = node;
    list->nspread = 0;
    sql_list_walk(list, node);
    list->spread = NULL;
}

static void walk_embed(struct sql_list *list, const struct ast_node *node, const struct ast_item *item)
{
    const struct ast_node *embed = item->embed;
    if (!embed->has_output)
        return;
    if (embed->spread && !embed->joined)
        spread_arrays(list, embed);
    else if (embed->spread)
        sql_list_walk(list, embed);
    else if (embed->flat && list->mode == LIST_ROW)
        row_object(list, embed);
    else
        put_leaf(list, &(struct leaf){.node = node, .item = item, .embed = embed, .key = item->key});
}

static bool may_select(const struct ast_node *node, const struct cat_column *column)
{
    return cat_column_privileges(node->rel, node->role, column) & PRIV_SELECT;
}

/* Whether `*` leaves columns out: only for a role that may select some of them. For one that may select none
 * PostgreSQL says so itself. */
static bool star_is_partial(const struct ast_node *node)
{
    if (node->role.n == 0 || cat_relation_privileges(node->rel, node->role) & PRIV_SELECT)
        return false;
    for (size_t i = 0; i < node->rel->ncolumns; i++) {
        if (may_select(node, &node->rel->columns[i]))
            return true;
    }
    return false;
}

static void walk_star(struct sql_list *list, const struct ast_node *node)
{
    bool partial = star_is_partial(node);
    for (size_t i = 0; i < node->rel->ncolumns; i++) {
        const struct cat_column *column = &node->rel->columns[i];
        if (partial && !may_select(node, column))
            continue;
        put_leaf(list, &(struct leaf){.node = node, .star = column, .key = column->name});
    }
}

/* All that a node shows, in the order of its items; the same order in every mode. */
void sql_list_walk(struct sql_list *list, const struct ast_node *node)
{
    for (const struct ast_item *item = node->items; item; item = item->next) {
        if (item->kind == ITEM_STAR)
            walk_star(list, node);
        else if (item->kind == ITEM_EMBED)
            walk_embed(list, node, item);
        else
            put_leaf(list, &(struct leaf){.node = node, .item = item, .key = item->key});
    }
}
