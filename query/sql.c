/* sql: SELECT statements from a resolved tree. Each node is a relation under the alias t<id>.
 *
 * A to-one embed is joined in the FROM of its parent. Where its parent's columns are columns of the result
 * ("in_row") so are its own, and the row shape puts the object together; elsewhere row_to_json() does. A
 * to-many embed is a scalar subquery with json_agg() in the select list: PostgreSQL evaluates it for the rows
 * that are returned only, which a lateral join does not promise (measured on PostgreSQL 15, 25 rows of
 * 200,000 with five lines each: 0.60 ms against 0.86 ms).
 *
 * Two things need a lateral subquery d<id>: arrays spread from a to-many embed, several columns at a time,
 * and documents in grouped rows, which are grouped by (as jsonb, since json cannot be compared).
 *
 * Skipped rows should not be aggregated either: with an offset the joined rows are selected in a subquery p,
 * the page, and the rest works on what it returns: values c<n>, and keys k<n> that the rest refers to.
 *
 * LIMIT is a literal where its value is a usual one, as PostgreSQL makes no generic plan with a LIMIT (or
 * OFFSET) it does not know that could compete, and planning took two thirds of a page's time (0.24 ms against
 * 0.09 ms). Unusual values are parameters, so that nobody can fill the cache of statements by counting.
 * SPDX-License-Identifier: ISC */
#include "query/sql.h"

#include "query/seek.h"
#include "query/sql_list.h"

/* Of a statement whose rows a handler takes: the body, and how many rows there were. */
#define ANSWER_COLUMNS 2u

enum from_mode {
    FROM_ALL,
    FROM_PAGE, /* without the lateral subqueries, which then stand around the page */
    FROM_INNER /* only what decides which rows there are */
};

static void select_body(struct sql *w, const struct ast_node *node, enum list_mode mode);
static void laterals(struct sql *w, const struct ast_node *node, const char **begin);

/* FROM and WHERE */

static void source(struct sql *w, const struct ast_node *node)
{
    const struct cat_relationship *via = node->via;
    if (via && via->function) {
        SQL(w, "LATERAL ");
        sql_put(w, via->function->quoted);
        SQL(w, "(");
        sql_row(w, node->parent);
        SQL(w, ")");
    } else if (via && via->junction) {
        sql_put(w, via->junction->quoted);
        SQL(w, " AS j");
        sql_number(w, node->id);
        SQL(w, " INNER JOIN ");
        sql_put(w, node->rel->quoted);
    } else {
        sql_put(w, node == w->source ? w->source_sql : node->rel->quoted);
    }
    SQL(w, " AS t");
    sql_number(w, node->id);
}

static void junction_column(struct sql *w, const struct ast_node *node, uint16_t column)
{
    SQL(w, "j");
    sql_number(w, node->id);
    SQL(w, ".");
    sql_ident(w, node->via->junction->columns[column].name);
}

/* ON between a junction and the relation behind it. */
static void junction_condition(struct sql *w, const struct ast_node *node)
{
    const struct cat_relationship *via = node->via;
    for (size_t i = 0; i < via->nj_to_columns; i++) {
        sql_put(w, i ? STR(" AND ") : STR(" ON ("));
        junction_column(w, node, via->j_to_columns[i]);
        SQL(w, " = ");
        sql_column(w, node, via->to_columns[i]);
    }
    SQL(w, ")");
}

/* Starts the next of a list of conditions. */
static void conjunction(struct sql *w, const char **begin)
{
    sql_put(w, str_cstr(*begin));
    *begin = " AND ";
}

static void parent_condition(struct sql *w, const struct ast_node *node, const char **begin)
{
    const struct cat_relationship *via = node->via;
    if (!via || via->function)
        return;
    for (size_t i = 0; i < via->ncolumns; i++) {
        conjunction(w, begin);
        SQL(w, "(");
        if (via->junction)
            junction_column(w, node, via->j_from_columns[i]);
        else
            sql_column(w, node, via->to_columns[i]);
        SQL(w, " = ");
        sql_column(w, node->parent, via->from_columns[i]);
        SQL(w, ")");
    }
}

/* The node's own filters, and rows that its !inner embeds ask for where no inner join does it. */
static void own_conditions(struct sql *w, const struct ast_node *node, const char **begin)
{
    if (node->seek && !w->counting) {
        conjunction(w, begin);
        sql_seek(w, node);
    }
    for (const struct ast_cond *cond = node->where; cond; cond = cond->next) {
        conjunction(w, begin);
        sql_cond(w, node, cond);
    }
    for (const struct ast_node *child = node->children; child; child = child->next_child) {
        if (child->join != JOIN_INNER || child->joined)
            continue;
        conjunction(w, begin);
        sql_exists(w, child);
    }
    if (node->joined && (node->limit == 0 || node->offset > 0)) {
        conjunction(w, begin);
        SQL(w, "false");
    }
}

/* Whether a child takes part in the FROM of its parent. */
static bool takes_part(const struct ast_node *child, enum from_mode mode)
{
    return child->joined &&
           (child->join == JOIN_INNER || (mode != FROM_INNER && (child->has_output || child->needed)));
}

static bool has_joins(const struct ast_node *node, enum from_mode mode)
{
    for (const struct ast_node *child = node->children; child; child = child->next_child) {
        if (takes_part(child, mode))
            return true;
    }
    return false;
}

static void joins(struct sql *w, const struct ast_node *node, enum from_mode mode);

/* What is joined to an embed belongs to it: a LEFT JOIN (b INNER JOIN c ON ..) ON .. */
static void join(struct sql *w, const struct ast_node *node, enum from_mode mode)
{
    const char *begin = " ON (";
    bool nested = has_joins(node, mode);
    sql_put(w, node->join == JOIN_INNER ? STR(" INNER JOIN ") : STR(" LEFT JOIN "));
    if (nested)
        SQL(w, "(");
    source(w, node);
    joins(w, node, mode);
    if (nested)
        SQL(w, ")");
    parent_condition(w, node, &begin);
    own_conditions(w, node, &begin);
    sql_put(w, begin[1] == 'O' ? STR(" ON (true)") : STR(")"));
}

static void joins(struct sql *w, const struct ast_node *node, enum from_mode mode)
{
    for (const struct ast_node *child = node->children; child; child = child->next_child) {
        if (takes_part(child, mode))
            join(w, child, mode);
    }
}

static void from_where(struct sql *w, const struct ast_node *node, enum from_mode mode)
{
    const char *begin = " WHERE ", *next = ", ";
    SQL(w, " FROM ");
    source(w, node);
    if (node->via && node->via->junction)
        junction_condition(w, node);
    joins(w, node, mode);
    if (mode == FROM_ALL)
        laterals(w, node, &next);
    parent_condition(w, node, &begin);
    own_conditions(w, node, &begin);
}

void sql_exists(struct sql *w, const struct ast_node *embed)
{
    SQL(w, "EXISTS (SELECT 1");
    from_where(w, embed, FROM_INNER);
    if (embed->limit == 0)
        SQL(w, " LIMIT 0");
    if (embed->offset > 0) {
        SQL(w, " OFFSET ");
        sql_number_param(w, embed->offset);
    }
    SQL(w, ")");
}

void sql_scalar(struct sql *w, const struct ast_node *embed, const struct ast_field *field)
{
    SQL(w, "(SELECT ");
    sql_field(w, embed, field);
    from_where(w, embed, FROM_INNER);
    SQL(w, " LIMIT 1)");
}

/* Selects */

/* Page sizes that people use. Others are legal, and parameters. */
static bool usual_limit(uint64_t n)
{
    return n <= 100 || (n <= 1000 && n % 50 == 0) || n == 10000;
}

void sql_limit_offset(struct sql *w, const struct ast_node *node)
{
    if (node->limit != UINT64_MAX) {
        SQL(w, " LIMIT ");
        if (usual_limit(node->limit))
            sql_number(w, node->limit);
        else
            sql_number_param(w, node->limit);
    }
    if (node->offset > 0) {
        SQL(w, " OFFSET ");
        sql_number_param(w, node->offset);
    }
}

static void group_by(struct sql *w, const struct ast_node *node)
{
    struct sql_list list = {.w = w, .mode = LIST_GROUP};
    if (node->aggregated)
        sql_list_walk(&list, node);
}

/* All but order and limit. */
static void select_rows(struct sql *w, const struct ast_node *node, enum list_mode mode)
{
    struct sql_list list = {.w = w, .mode = mode};
    SQL(w, "SELECT ");
    sql_list_walk(&list, node);
    from_where(w, node, FROM_ALL);
    group_by(w, node);
}

static void select_body(struct sql *w, const struct ast_node *node, enum list_mode mode)
{
    select_rows(w, node, mode);
    sql_order(w, node->orders);
    sql_limit_offset(w, node);
}

/* A joined embed as a document: its row is at hand already. */
static void joined_document(struct sql *w, const struct ast_node *embed)
{
    struct sql_list list = {.w = w, .mode = LIST_KEYS};
    const char *begin = " FROM ";
    SQL(w, "(SELECT pg_catalog.row_to_json(r.*) FROM (SELECT ");
    sql_list_walk(&list, embed);
    laterals(w, embed, &begin);
    SQL(w, ") AS r WHERE (");
    sql_presence(w, embed);
    SQL(w, ") IS NOT NULL)");
}

void sql_document(struct sql *w, const struct ast_node *embed)
{
    if (embed->joined) {
        joined_document(w, embed);
        return;
    }
    sql_put(w, embed->to_many ? STR("(SELECT coalesce(pg_catalog.json_agg(r.*), '[]') FROM (")
                              : STR("(SELECT pg_catalog.row_to_json(r.*) FROM ("));
    select_body(w, embed, LIST_KEYS);
    SQL(w, ") AS r)");
}

static void lateral_arrays(struct sql *w, const struct ast_node *node)
{
    struct sql_list list = {.w = w, .mode = LIST_ARRAYS, .jsonb = node->parent->grouped};
    SQL(w, "LATERAL (SELECT ");
    sql_list_walk(&list, node);
    SQL(w, " FROM (");
    select_body(w, node, LIST_COLUMNS);
    SQL(w, ") AS r)");
}

static void lateral(struct sql *w, const struct ast_node *node)
{
    if (node->spread) {
        lateral_arrays(w, node);
    } else {
        SQL(w, "LATERAL (SELECT ");
        sql_document(w, node);
        SQL(w, "::pg_catalog.jsonb AS \"c0\")");
    }
    SQL(w, " AS d");
    sql_number(w, node->id);
}

/* The lateral subqueries of the select that node is in: those of its children, and of what is flattened into
 * it. Each returns one row. */
static void laterals(struct sql *w, const struct ast_node *node, const char **begin)
{
    for (const struct ast_node *child = node->children; child; child = child->next_child) {
        if (child->lateral) {
            sql_put(w, str_cstr(*begin));
            *begin = ", ";
            lateral(w, child);
        }
        if (child->flat)
            laterals(w, child, begin);
    }
}

/* Statements */

static void put_exports(struct sql *w, bool first)
{
    for (const struct sql_export *e = w->exports; e; e = e->next) {
        sql_comma(w, first);
        first = false;
        sql_column(w, e->node, e->column);
        sql_numbered(w, " AS \"k", e->n);
    }
}

/* SELECT list FROM (SELECT page FROM .. LIMIT ..) AS p, laterals */
static void paged_read(struct sql *w, const struct ast_node *root, struct sql_list *list)
{
    struct buf page, around, *out = w->out;
    const char *next = ", ";
    buf_init(&page, 0);
    buf_init(&around, 0);
    list->page = &page;
    w->outside = true;
    SQL(w, "SELECT ");
    sql_list_walk(list, root);
    w->out = &around;
    laterals(w, root, &next);
    w->outside = false;
    w->out = &page;
    put_exports(w, buf_len(&page) == 0);
    w->out = out;
    SQL(w, " FROM (SELECT ");
    sql_put(w, buf_str(&page));
    from_where(w, root, FROM_PAGE);
    sql_order(w, root->orders);
    sql_limit_offset(w, root);
    SQL(w, ") AS p");
    sql_put(w, buf_str(&around));
    buf_release(&page);
    buf_release(&around);
}

/* The values that rows are ordered by: as they are shown, or as columns more that nobody sees. */
static void put_keys(struct sql *w, const struct ast_node *root, struct sql_list *list)
{
    size_t n = 0;
    if (!w->keys || !seek_possible(root))
        return;
    for (const struct ast_order *o = root->orders; o; o = o->next) {
        uint16_t at = w->shown[o->field.column->index];
        if (at == 0) {
            sql_comma(w, list->n == 0);
            sql_field(w, root, &o->field);
            at = (uint16_t)++list->n;
        }
        w->keys[n++] = (uint16_t)(at - 1);
    }
    w->nkeys = n;
}

static void plain_read(struct sql *w, const struct ast_node *root, struct sql_list *list)
{
    SQL(w, "SELECT ");
    sql_list_walk(list, root);
    if (list->n == 0) {
        SQL(w, "1");
        list->n++;
    }
    put_keys(w, root, list);
    if (w->totals) {
        SQL(w, ", pg_catalog.count(*) OVER ()");
        list->n++;
    }
    from_where(w, root, FROM_ALL);
    group_by(w, root);
    sql_order(w, root->orders);
    sql_limit_offset(w, root);
}

/* Embeds of the row that are not joined into it. */
struct subqueries {
    bool any, spread, function;
};

static void find_subqueries(const struct ast_node *node, struct subqueries *found)
{
    for (const struct ast_node *child = node->children; child; child = child->next_child) {
        if (child->in_row)
            find_subqueries(child, found);
        if (child->in_row || !child->has_output)
            continue;
        found->any = true;
        found->spread |= child->spread;
        found->function |= child->via->function != NULL;
    }
}

/* Functions take the whole row of their parent, which a page does not pass on. */
static bool is_paged(const struct ast_node *root)
{
    struct subqueries found = {false, false, false};
    if (root->grouped)
        return false;
    find_subqueries(root, &found);
    return !found.function &&
           ((found.any && root->offset > 0) || (found.spread && root->limit != UINT64_MAX));
}

static size_t count_items(const struct ast_node *node)
{
    size_t n = 0;
    for (const struct ast_item *item = node->items; item; item = item->next) {
        n += item->kind == ITEM_STAR    ? node->rel->ncolumns
             : item->kind == ITEM_EMBED ? 2 + count_items(item->embed)
                                        : 1;
    }
    return n;
}

void sql_select(struct sql *w, const struct ast_node *root, struct row_shape *shape)
{
    struct sql_list list = {.w = w, .mode = LIST_ROW};
    size_t room = count_items(root);
    if (w->format->handler) {
        select_body(w, root, LIST_KEYS);
        *shape = (struct row_shape){.ncolumns = ANSWER_COLUMNS};
        return;
    }
    list.items = ARENA_NEW_ARRAY(w->arena, struct row_item, room + 1);
    if (is_paged(root) && !w->source && !root->backwards)
        paged_read(w, root, &list);
    else
        plain_read(w, root, &list);
    CHECK(list.nitems <= room);
    *shape = (struct row_shape){list.items, list.nitems, list.n, w->format->nulls_stripped};
}

void sql_columns(struct sql *w, const struct ast_node *root, struct row_shape *shape)
{
    struct sql_list list = {.w = w, .mode = LIST_ROW};
    size_t room = count_items(root);
    list.items = ARENA_NEW_ARRAY(w->arena, struct row_item, room + 1);
    sql_list_walk(&list, root);
    if (list.n == 0) {
        SQL(w, "1");
        list.n++;
    }
    CHECK(list.nitems <= room);
    *shape = (struct row_shape){list.items, list.nitems, list.n, w->format->nulls_stripped};
}

void sql_begin_answer(struct sql *w, bool scalars)
{
    const struct cat_handler *handler = w->format->handler;
    if (!handler)
        return;
    sql_put(w, handler->features
                   ? STR("SELECT pg_catalog.json_build_object('type', 'FeatureCollection', 'features', "
                         "coalesce(pg_catalog.json_agg(")
                   : STR("SELECT "));
    sql_put(w, handler->quoted);
    sql_put(w, scalars ? STR("(r.v") : STR("(r"));
    if (handler->relation_oid) {
        SQL(w, "::");
        sql_put(w, w->format->row_type);
    }
    SQL(w, ")");
    if (handler->features)
        SQL(w, "::pg_catalog.json), '[]'))");
    SQL(w, ", pg_catalog.count(*) FROM (");
}

void sql_end_answer(struct sql *w)
{
    if (w->format->handler)
        SQL(w, ") AS r");
}

/* The rows of a page that was read backwards, in their order. */
static void turn_back(struct sql *w, const struct ast_node *root)
{
    size_t n = 0;
    SQL(w, ") AS s ORDER BY ");
    for (const struct ast_order *o = root->orders; o; o = o->next) {
        sql_comma(w, n == 0);
        sql_number(w, w->keys[n++] + 1u);
        if (!o->descending)
            SQL(w, " DESC");
        if (o->nulls != NULLS_DEFAULT)
            sql_put(w, o->nulls == NULLS_FIRST ? STR(" NULLS LAST") : STR(" NULLS FIRST"));
    }
}

void sql_read(
    struct arena *a, const struct ast_node *root, const struct read_request *req, struct read_plan *plan)
{
    struct sql w;
    struct buf out;
    sql_start(&w, a, &out);
    if (req->format)
        w.format = req->format;
    bool turn = root->backwards && !w.format->handler;
    w.keys = plan->keys;
    w.shown = ARENA_NEW_ARRAY(a, uint16_t, root->rel->ncolumns + 1);
    sql_begin_answer(&w, false);
    if (turn)
        SQL(&w, "SELECT * FROM (");
    sql_select(&w, root, &plan->shape);
    plan->nkeys = w.nkeys;
    if (turn)
        turn_back(&w, root);
    if (req->lock && !root->grouped)
        SQL(&w, " FOR UPDATE OF t0");
    sql_end_answer(&w);
    sql_finish(&w, &plan->main);
}

static void counted_rows(struct sql *w, const struct ast_node *root)
{
    if (root->grouped) {
        select_rows(w, root, LIST_COLUMNS);
        return;
    }
    SQL(w, "SELECT 1");
    from_where(w, root, FROM_INNER);
}

void sql_count(struct arena *a, const struct ast_node *root, uint64_t cap, struct plan_stmt *stmt)
{
    struct sql w;
    struct buf out;
    sql_start(&w, a, &out);
    w.counting = true;
    SQL(&w, "SELECT pg_catalog.count(*)");
    if (cap == 0 && !root->grouped) {
        from_where(&w, root, FROM_INNER);
    } else {
        SQL(&w, " FROM (");
        counted_rows(&w, root);
        if (cap) {
            SQL(&w, " LIMIT ");
            sql_number(&w, cap);
        }
        SQL(&w, ") AS c");
    }
    sql_finish(&w, stmt);
}

void sql_estimate(struct arena *a, const struct ast_node *root, struct plan_stmt *stmt)
{
    struct sql w;
    struct buf out;
    sql_start(&w, a, &out);
    w.counting = true;
    SQL(&w, "EXPLAIN (FORMAT JSON) ");
    counted_rows(&w, root);
    sql_finish(&w, stmt);
}
