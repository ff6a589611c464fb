/* resolve: names to things. SPDX-License-Identifier: ISC */
#include "query/resolve.h"

#include "query/errors.h"
#include "query/filter.h"
#include "query/parse.h"
#include "query/relate.h"
#include "query/select.h"

enum { OID_JSON = 114, OID_TSVECTOR = 3614, OID_JSONB = 3802 }; /* pg_type.dat */

/* PostgreSQL's MaxTupleAttributeNumber is 1664; the rest is room for markers and keys. */
#define COLUMNS_MAX 1500u
/* Conditions in a statement. A filter on an embed is written once for each time that a level above asks
 * whether the embed has rows; levels multiply, so that a short request could ask for gigabytes of SQL. */
#define WEIGHT_MAX 20000u

static const struct cat_type *under_domains(const struct cat_type *type)
{
    while (type && type->kind == TYPE_DOMAIN && type->base)
        type = type->base;
    return type;
}

bool resolve_is_record(const struct cat_type *type)
{
    type = under_domains(type);
    return type && type->kind == TYPE_COMPOSITE;
}

bool resolve_is_json(const struct cat_type *type)
{
    type = under_domains(type);
    return type && (type->oid == OID_JSON || type->oid == OID_JSONB);
}

bool resolve_is_tsvector(const struct cat_type *type)
{
    type = under_domains(type);
    return type && type->oid == OID_TSVECTOR;
}

static const struct cat_type *field_type(const struct ast_field *field)
{
    if (field->steps)
        return NULL;
    return field->column ? field->column->type : field->function ? field->function->result : NULL;
}

const struct cat_type *resolve_item_type(const struct ast_item *item)
{
    if (item->agg_cast_type)
        return item->agg_cast_type;
    if (item->aggregate == AGG_SUM || item->aggregate == AGG_AVG || item->aggregate == AGG_COUNT)
        return NULL;
    return item->cast_type ? item->cast_type : field_type(&item->field);
}

/* Fields */

static const struct cat_function *find_computed(const struct cat_relation *rel, struct str name)
{
    for (size_t i = 0; i < rel->ncomputed; i++) {
        if (str_eq(rel->computed[i]->name, name))
            return rel->computed[i];
    }
    return NULL;
}

static bool find_field(struct resolve *rs, const struct cat_relation *rel, struct ast_field *field)
{
    field->column = cat_relation_column(rel, field->name);
    if (field->column)
        return true;
    field->function = find_computed(rel, field->name);
    if (!field->function)
        return false;
    rs->opaque |= field->function->volatility != FN_IMMUTABLE;
    rs->unsteady |= field->function->opaque; /* what it is declared to be is only a word */
    return true;
}

static bool resolve_field(struct resolve *rs, const struct ast_node *node, struct ast_field *field)
{
    unsigned depth = 0;
    if (find_field(rs, node->rel, field))
        return true;
    for (const struct ast_node *n = node; n->parent; n = n->parent)
        depth++;
    return error_no_column(rs->arena, rs->error, node->rel, depth, field->name);
}

/* Types of pg_catalog that a cast may name. Not there: the reg* types, which tell the names of objects, xml
 * and its entities, money, which depends on the locale, and everything internal. */
static bool is_plain_type(struct str name)
{
    static const char *const names[] = {"bool", "int2", "int4", "int8", "float4", "float8", "numeric", "text",
        "varchar", "bpchar", "date", "time", "timetz", "timestamp", "timestamptz", "interval", "uuid", "json",
        "jsonb", "bytea", "inet", "cidr", "macaddr", "macaddr8", "bit", "varbit", "point", "tsvector",
        "tsquery", "int4range", "int8range", "numrange", "tsrange", "tstzrange", "daterange",
        "int4multirange", "int8multirange", "nummultirange", "tsmultirange", "tstzmultirange",
        "datemultirange", "box", "lseg", "line", "path", "polygon", "circle"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (str_eq_cstr(name, names[i]))
            return true;
    }
    return false;
}

static bool may_cast_to(const struct cat_type *type)
{
    if (type->kind == TYPE_ENUM)
        return true;
    if (type->kind == TYPE_DOMAIN || type->kind == TYPE_CAST)
        return type->base && may_cast_to(type->base);
    return str_eq(type->schema, STR("pg_catalog")) && is_plain_type(type->name);
}

static bool resolve_cast(struct resolve *rs, struct str name, const struct cat_type **type)
{
    if (name.n == 0)
        return true;
    *type = catalog_type(rs->cat, name);
    if (!*type)
        return error_no_type(rs->arena, rs->error, name);
    rs->unsteady |= (*type)->opaque;
    return may_cast_to(*type) || error_cast(rs->arena, rs->error, name);
}

/* Items of select */

static struct str default_key(const struct ast_item *item)
{
    struct str key = item->field.name;
    if (item->aggregate)
        return str_cstr(select_aggregate_name(item->aggregate));
    for (const struct ast_step *s = item->field.steps; s; s = s->next) {
        if (!s->index)
            key = s->key;
    }
    return key;
}

/* Rows are grouped where the aggregate ends up: spreading to-one nodes hand it to their parent. */
static bool mark_aggregated(struct resolve *rs, struct ast_node *node)
{
    rs->slow = true;
    while (node->spread && !node->to_many)
        node = node->parent;
    node->aggregated = true;
    if (node->spread)
        return error_not_implemented(rs->arena, rs->error,
            "Aggregates are not implemented for one-to-many or "
            "many-to-many spreads.");
    return true;
}

static bool resolve_column(struct resolve *rs, struct ast_node *node, struct ast_item *item)
{
    /* select=count is older than count() and was never switched off: a column of that name comes first. */
    bool legacy_count = !item->aggregate && !item->field.steps && str_eq(item->field.name, STR("count")) &&
                        !find_field(rs, node->rel, &item->field);
    if (item->aggregate && !rs->limits->aggregates)
        return error_aggregates_off(rs->arena, rs->error);
    item->key = item->alias.n ? item->alias : default_key(item);
    if (legacy_count) {
        item->aggregate = AGG_COUNT;
        item->aggregate_cast = item->cast;
        item->cast = item->field.name = (struct str){NULL, 0};
    }
    if (item->aggregate && !mark_aggregated(rs, node))
        return false;
    if (item->field.name.n && !resolve_field(rs, node, &item->field))
        return false;
    return resolve_cast(rs, item->cast, &item->cast_type) &&
           resolve_cast(rs, item->aggregate_cast, &item->agg_cast_type);
}

static bool resolve_node(struct resolve *rs, struct ast_node *node);

static void add_child(struct ast_node *node, struct ast_node *child)
{
    struct ast_node **tail = node->children_tail ? node->children_tail : &node->children;
    *tail = child;
    node->children_tail = &child->next_child;
    child->parent = node;
}

static bool resolve_embed(struct resolve *rs, struct ast_node *node, struct ast_item *item)
{
    struct ast_node *child = item->embed;
    if (!relate_find(rs->arena, rs->cat, node->rel, child->target, child->hint, &child->via, rs->error))
        return false;
    enum cat_cardinality c = child->via->cardinality;
    add_child(node, child);
    child->rel = child->via->to;
    child->role = rs->role;
    child->to_many = c == REL_O2M || c == REL_M2M || c == REL_COMPUTED_MANY;
    child->key = item->key = child->alias.n ? child->alias : child->target;
    rs->opaque |= child->via->function != NULL;
    if (rs->limits->max_rows && !rs->unbounded && child->to_many)
        child->limit = MIN(child->limit, rs->limits->max_rows);
    return resolve_node(rs, child);
}

static bool resolve_items(struct resolve *rs, struct ast_node *node)
{
    for (struct ast_item *item = node->items; item; item = item->next) {
        if (item->kind == ITEM_FIELD && !resolve_column(rs, node, item))
            return false;
        if (item->kind == ITEM_EMBED && !resolve_embed(rs, node, item))
            return false;
    }
    return true;
}

/* Conditions and order */

/* `embed=is.null` speaks of the embed, unless it can only mean a column of the same name. */
static bool resolve_embed_filter(struct resolve *rs, struct ast_node *node, struct ast_cond *cond)
{
    if (cond->op == OP_IS && (cond->is == IS_NULL || cond->is == IS_NOT_NULL))
        return true;
    return find_field(rs, node->rel, &cond->field) ||
           error_embed_filter(rs->arena, rs->error, cond->field.name);
}

COLD static bool too_heavy(struct resolve *rs)
{
    static const char what[] = "conditions (one on an embed counts wherever something asks for the embed)";
    return error_too_many(rs->arena, rs->error, WEIGHT_MAX, what);
}

static bool resolve_filter(struct resolve *rs, struct ast_node *node, struct ast_cond *cond)
{
    struct ast_node *embed =
        cond->field.steps ? NULL : parse_find_embed(node, cond->field.name, rs->limits->legacy_names);
    rs->slow |= filter_ops[cond->op].kind == FILTER_FTS || cond->op == OP_MATCH || cond->op == OP_IMATCH ||
                cond->op == OP_LIKE || cond->op == OP_ILIKE;
    node->weight++;
    if (!embed)
        return resolve_field(rs, node, &cond->field);
    if (!resolve_embed_filter(rs, node, cond))
        return false;
    cond->embed = cond->field.column || cond->field.function ? NULL : embed;
    if (cond->embed)
        parse_note_embed(embed, cond->field.name);
    node->weight += cond->embed ? embed->weight : 0;
    return node->weight <= WEIGHT_MAX || too_heavy(rs);
}

/* Depth is bounded by the parser. */
static bool resolve_conds(struct resolve *rs, struct ast_node *node, struct ast_cond *cond)
{
    for (; cond; cond = cond->next) {
        bool ok = cond->kind == COND_FILTER ? resolve_filter(rs, node, cond)
                                            : resolve_conds(rs, node, cond->children);
        if (!ok)
            return false;
    }
    return true;
}

static bool same_steps(const struct ast_step *a, const struct ast_step *b)
{
    for (; a && b; a = a->next, b = b->next) {
        if (a->as_text != b->as_text || a->index != b->index || !str_eq(a->key, b->key))
            return false;
    }
    return a == b;
}

/* Whether the rows of a grouped node are grouped by this field. */
static bool is_grouped_by(const struct ast_node *node, const struct ast_field *field)
{
    for (const struct ast_item *item = node->items; item; item = item->next) {
        if (item->kind == ITEM_STAR && field->column && !field->steps)
            return true;
        if (item->kind == ITEM_FIELD && !item->aggregate && !item->cast_type &&
            item->field.column == field->column && item->field.function == field->function &&
            same_steps(item->field.steps, field->steps))
            return true;
    }
    return false;
}

/* Grouped rows have an order only by what they are grouped by: own columns, or those of a spread. */
static bool order_fits_groups(struct resolve *rs, const struct ast_node *node, const struct ast_order *order)
{
    if (!node->aggregated)
        return true;
    if ((order->node == node || order->node->spread) && is_grouped_by(order->node, &order->field))
        return true;
    return error_grouping(rs->arena, rs->error, order->node->rel, order->field.name);
}

static bool resolve_order(struct resolve *rs, struct ast_node *node, struct ast_order *order)
{
    order->node = node;
    if (order->embed.n) {
        order->node = parse_find_embed(node, order->embed, rs->limits->legacy_names);
        if (!order->node)
            return error_not_embedded(rs->arena, rs->error, order->embed);
        if (order->node->to_many)
            return error_related_order(rs->arena, rs->error, node->rel->name, order->embed);
        parse_note_embed(order->node, order->embed);
        order->node->needed = true;
    }
    return resolve_field(rs, order->node, &order->field) && order_fits_groups(rs, node, order);
}

static bool resolve_orders(struct resolve *rs, struct ast_node *node)
{
    for (struct ast_order *o = node->orders; o; o = o->next) {
        if (!resolve_order(rs, node, o))
            return false;
    }
    return true;
}

static bool offset_allowed(struct resolve *rs, const struct ast_node *node)
{
    static const char what[] = "skipped rows (a filter by the last key seen costs less)";
    uint64_t max = rs->limits->max_offset;
    return max == 0 || node->offset <= max || error_limit(rs->arena, rs->error, "limit-offset", max, what);
}

/* Children were weighed before. */
static bool weigh(struct resolve *rs, struct ast_node *node)
{
    for (const struct ast_node *child = node->children; child; child = child->next_child)
        node->weight += child->join == JOIN_INNER ? child->weight + 1 : 0;
    rs->weight += node->weight;
    return rs->weight <= WEIGHT_MAX || too_heavy(rs);
}

static bool resolve_node(struct resolve *rs, struct ast_node *node)
{
    node->id = rs->nnodes++;
    return offset_allowed(rs, node) && resolve_items(rs, node) && resolve_conds(rs, node, node->where) &&
           weigh(rs, node) && resolve_orders(rs, node);
}

/* How each node takes part. */

/* Columns of the select that the node's own items go to, with what is joined into them. */
static size_t count_columns(const struct ast_node *node)
{
    size_t n = 0;
    for (const struct ast_item *item = node->items; item; item = item->next) {
        n += item->kind == ITEM_STAR ? node->rel->ncolumns : 1;
        if (item->kind == ITEM_EMBED && item->embed->joined)
            n += count_columns(item->embed);
    }
    return n;
}

static bool settle_up(struct resolve *rs, struct ast_node *node)
{
    node->joined = node->via && !node->to_many && !node->aggregated;
    for (const struct ast_item *item = node->items; item; item = item->next) {
        if (item->kind == ITEM_EMBED && !settle_up(rs, item->embed))
            return false;
        node->has_output |= item->kind != ITEM_EMBED || item->embed->has_output;
    }
    return count_columns(node) <= COLUMNS_MAX ||
           error_limit(
               rs->arena, rs->error, "what PostgreSQL can return", COLUMNS_MAX, "columns in one select");
}

static void settle_down(struct ast_node *node)
{
    struct ast_node *parent = node->parent;
    node->grouped = node->aggregated || (node->spread && node->joined && parent->grouped);
    if (parent) {
        node->in_row = parent->in_row && node->joined && (node->spread || !parent->grouped);
        node->flat = node->joined && (node->spread || node->in_row);
        node->lateral =
            node->has_output && ((node->spread && !node->joined) || (!node->spread && parent->grouped));
    } else {
        node->in_row = node->flat = true;
    }
    for (struct ast_node *child = node->children; child; child = child->next_child)
        settle_down(child);
}

bool resolve_tree(struct resolve *rs, struct ast_node *root)
{
    if (!resolve_node(rs, root) || !settle_up(rs, root))
        return false;
    settle_down(root);
    return true;
}
