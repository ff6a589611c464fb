/* sql_expr: one function per kind of expression. SPDX-License-Identifier: ISC */
#include "query/sql_expr.h"

#include "query/filter.h"
#include "query/keyset.h"
#include "query/resolve.h"
#include "query/select.h"

void sql_start(struct sql *w, struct arena *a, struct buf *out)
{
    *w = (struct sql){.arena = a, .out = out, .format = &format_json};
    w->params_tail = &w->params;
    buf_init(out, 0);
}

void sql_finish(struct sql *w, struct plan_stmt *stmt)
{
    const char **params = ARENA_NEW_ARRAY(w->arena, const char *, w->nparams + 1);
    size_t n = 0;
    for (const struct sql_param *p = w->params; p; p = p->next)
        params[n++] = p->text;
    *stmt = (struct plan_stmt){arena_str(w->arena, buf_str(w->out)), params, n};
    buf_release(w->out);
}

/* Copies text with each `c` doubled, between two of them. */
static void quote(struct sql *w, struct str text, char c, bool backslashes)
{
    char *p = buf_reserve(w->out, 2 * text.n + 2);
    *p++ = c;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == c || (backslashes && text.p[i] == '\\'))
            *p++ = text.p[i];
        *p++ = text.p[i];
    }
    *p++ = c;
    buf_commit(w->out, p);
}

void sql_ident(struct sql *w, struct str name)
{
    quote(w, name, '"', false);
}

void sql_literal(struct sql *w, struct str text)
{
    bool backslashes = str_find(text, '\\') < text.n;
    if (backslashes)
        SQL(w, " E");
    quote(w, text, '\'', backslashes);
}

void sql_number(struct sql *w, uint64_t n)
{
    char *p = buf_reserve(w->out, 20);
    if (n < 10)
        *p++ = (char)('0' + n);
    else
        p = u64_write(p, n);
    buf_commit(w->out, p);
}

void sql_cstr_param(struct sql *w, const char *text)
{
    struct sql_param *param = ARENA_NEW(w->arena, struct sql_param);
    param->text = text;
    *w->params_tail = param;
    w->params_tail = &param->next;
    SQL(w, "$");
    sql_number(w, ++w->nparams);
}

void sql_param(struct sql *w, struct str text)
{
    sql_cstr_param(w, arena_cstr(w->arena, text));
}

void sql_number_param(struct sql *w, uint64_t n)
{
    char digits[20];
    sql_param(w, str_make(digits, (size_t)(u64_write(digits, n) - digits)));
}

static unsigned export_column(struct sql *w, const struct ast_node *node, uint16_t column)
{
    for (const struct sql_export *e = w->exports; e; e = e->next) {
        if (e->node == node && e->column == column)
            return e->n;
    }
    struct sql_export *e = ARENA_NEW(w->arena, struct sql_export);
    *e = (struct sql_export){.next = w->exports, .node = node, .column = column, .n = w->nexports++};
    w->exports = e;
    return e->n;
}

static void alias(struct sql *w, const struct ast_node *node)
{
    SQL(w, "t");
    sql_number(w, node->id);
}

void sql_column(struct sql *w, const struct ast_node *node, uint16_t column)
{
    if (w->outside && node->in_row) {
        SQL(w, "p.\"k");
        sql_number(w, export_column(w, node, column));
        SQL(w, "\"");
        return;
    }
    if (w->used && node == w->source)
        w->used[column] = true;
    alias(w, node);
    SQL(w, ".");
    sql_ident(w, node->rel->columns[column].name);
}

void sql_row(struct sql *w, const struct ast_node *node)
{
    alias(w, node);
    if (!w->used || node != w->source) {
        SQL(w, ".*");
        return;
    }
    w->used_row = true;
    SQL(w, ".\"pgrst_row\"");
}

/* The cast keeps a column that is called t0 from being meant. */
void sql_whole_row(struct sql *w, const struct cat_relation *rel)
{
    SQL(w, "t0.*::");
    sql_put(w, rel->quoted);
    SQL(w, " AS \"pgrst_row\"");
}

static void base_field(struct sql *w, const struct ast_node *node, const struct ast_field *field)
{
    if (field->column) {
        sql_column(w, node, field->column->index);
        return;
    }
    sql_put(w, field->function->quoted);
    SQL(w, "(");
    sql_row(w, node);
    SQL(w, ")");
}

static void step(struct sql *w, const struct ast_step *s)
{
    sql_put(w, s->as_text ? STR("->>") : STR("->"));
    if (!s->index) {
        sql_literal(w, s->key);
        return;
    }
    /* In parentheses because of the minus, which would make one operator with the arrow. */
    SQL(w, "(");
    sql_put(w, s->key);
    SQL(w, ")");
}

static bool base_is_json(const struct ast_field *field)
{
    return resolve_is_json(field->column ? field->column->type : field->function->result);
}

void sql_field(struct sql *w, const struct ast_node *node, const struct ast_field *field)
{
    if (!field->steps) {
        base_field(w, node, field);
        return;
    }
    bool json = base_is_json(field);
    sql_put(w, json ? STR("(") : STR("(pg_catalog.to_jsonb("));
    base_field(w, node, field);
    if (!json)
        SQL(w, ")");
    for (const struct ast_step *s = field->steps; s; s = s->next)
        step(w, s);
    SQL(w, ")");
}

/* Select items */

void sql_type(struct sql *w, const struct cat_type *type)
{
    sql_ident(w, type->schema);
    SQL(w, ".");
    sql_ident(w, type->name);
}

static void cast_to(struct sql *w, const struct cat_type *type)
{
    if (!type)
        return;
    SQL(w, "::");
    sql_type(w, type);
}

/* Domain representations (PostgREST docs, "Domain Representations"): functions that show a domain as JSON and
 * read it from text. PostgreSQL passes over casts of domains, so that they are called by name. */

static const struct cat_type *plain_type(const struct ast_field *field)
{
    return field->column && !field->steps ? field->column->type : NULL;
}

static bool is_called(const struct cat_type *type)
{
    return type && type->kind == TYPE_DOMAIN && type->to_json.n;
}

const struct cat_column *sql_called_column(const struct ast_item *item)
{
    bool called = !item->aggregate && !item->cast_type && is_called(plain_type(&item->field));
    return called ? item->field.column : NULL;
}

void sql_shown_column(struct sql *w, const struct ast_node *node, uint16_t column)
{
    const struct cat_type *type = node->rel->columns[column].type;
    bool called = is_called(type);
    if (called) {
        sql_put(w, type->to_json);
        SQL(w, "(");
    }
    sql_column(w, node, column);
    if (called)
        SQL(w, ")");
    else if (node->grouped && resolve_is_json(type))
        SQL(w, "::pg_catalog.jsonb");
}

void sql_grouped_column(struct sql *w, const struct ast_node *node, uint16_t column)
{
    if (is_called(node->rel->columns[column].type))
        sql_column(w, node, column);
    else
        sql_shown_column(w, node, column);
}

void sql_value_param(struct sql *w, const struct ast_field *field, struct str text)
{
    const struct cat_type *type = plain_type(field);
    if (!type || !type->from_text.n) {
        sql_param(w, text);
        return;
    }
    sql_put(w, type->from_text);
    SQL(w, "(");
    sql_param(w, text);
    SQL(w, "::pg_catalog.text)");
}

/* The same for an array of values. */
static void array_param(struct sql *w, const struct ast_field *field, struct str text)
{
    const struct cat_type *type = plain_type(field);
    if (!type || !type->from_text.n) {
        sql_param(w, text);
        return;
    }
    SQL(w, "ARRAY(SELECT ");
    sql_put(w, type->from_text);
    SQL(w, "(x) FROM pg_catalog.unnest(");
    sql_param(w, text);
    SQL(w, "::pg_catalog.text[]) AS x)");
}

/* json has no equality, hence cannot be grouped by; jsonb has. */
static bool needs_jsonb(const struct ast_node *node, const struct ast_item *item)
{
    if (!node->grouped || item->aggregate || item->cast_type)
        return false;
    const struct ast_step *last = item->field.steps;
    while (last && last->next)
        last = last->next;
    return last ? !last->as_text && base_is_json(&item->field) : base_is_json(&item->field);
}

static void value(struct sql *w, const struct ast_node *node, const struct ast_item *item)
{
    if (item->field.name.n == 0) {
        SQL(w, "*");
        return;
    }
    if (sql_called_column(item)) {
        sql_shown_column(w, node, item->field.column->index);
        return;
    }
    sql_field(w, node, &item->field);
    cast_to(w, item->cast_type);
    if (needs_jsonb(node, item))
        SQL(w, "::pg_catalog.jsonb");
}

void sql_item(struct sql *w, const struct ast_node *node, const struct ast_item *item)
{
    if (!item->aggregate) {
        value(w, node, item);
        return;
    }
    if (item->aggregate == AGG_COUNT) /* the others may be a schema's own, of a type of its own */
        SQL(w, "pg_catalog.");
    sql_put(w, str_cstr(select_aggregate_name(item->aggregate)));
    SQL(w, "(");
    value(w, node, item);
    SQL(w, ")");
    cast_to(w, item->agg_cast_type);
}

/* Conditions */

/* In LIKE a client may write * for %, which needs no percent-encoding. */
static struct str like_pattern(struct sql *w, struct str text)
{
    char *p = arena_cstr(w->arena, text);
    for (size_t i = 0; i < text.n; i++) {
        if (p[i] == '*')
            p[i] = '%';
    }
    return str_make(p, text.n);
}

static void compare(struct sql *w, const struct ast_node *node, const struct ast_cond *cond)
{
    const struct filter_op *op = &filter_ops[cond->op];
    sql_field(w, node, &cond->field);
    SQL(w, " ");
    sql_put(w, str_cstr(op->sql));
    sql_put(w, cond->quantifier == QUANT_ANY   ? STR(" ANY (")
               : cond->quantifier == QUANT_ALL ? STR(" ALL (")
                                               : STR(" "));
    if (op->kind == FILTER_LIKE)
        sql_param(w, like_pattern(w, cond->value));
    else if (cond->quantifier != QUANT_NONE)
        array_param(w, &cond->field, cond->value);
    else
        sql_value_param(w, &cond->field, cond->value);
    if (cond->quantifier != QUANT_NONE)
        SQL(w, ")");
}

static void compare_in(struct sql *w, const struct ast_node *node, const struct ast_cond *cond)
{
    sql_field(w, node, &cond->field);
    SQL(w, " = ANY (");
    array_param(w, &cond->field, cond->value);
    SQL(w, ")");
}

static void compare_is(struct sql *w, const struct ast_node *node, const struct ast_cond *cond)
{
    static const char *const words[] = {" IS NULL", " IS NOT NULL", " IS TRUE", " IS FALSE", " IS UNKNOWN"};
    sql_field(w, node, &cond->field);
    sql_put(w, str_cstr(words[cond->is]));
}

static void language(struct sql *w, const struct ast_cond *cond)
{
    if (cond->language.n == 0)
        return;
    sql_literal(w, cond->language);
    SQL(w, ", ");
}

static void full_text(struct sql *w, const struct ast_node *node, const struct ast_cond *cond)
{
    const struct cat_type *type = cond->field.steps    ? NULL
                                  : cond->field.column ? cond->field.column->type
                                                       : NULL;
    bool vector = resolve_is_tsvector(type);
    if (!vector) {
        SQL(w, "pg_catalog.to_tsvector(");
        language(w, cond);
    }
    sql_field(w, node, &cond->field);
    sql_put(w, vector ? STR(" @@ ") : STR(") @@ "));
    sql_put(w, str_cstr(filter_ops[cond->op].sql));
    SQL(w, "(");
    language(w, cond);
    sql_param(w, cond->value);
    SQL(w, ")");
}

static void filter(struct sql *w, const struct ast_node *node, const struct ast_cond *cond)
{
    switch (filter_ops[cond->op].kind) {
    case FILTER_VALUE:
    case FILTER_LIKE:
    case FILTER_DISTINCT: compare(w, node, cond); return;
    case FILTER_IN: compare_in(w, node, cond); return;
    case FILTER_IS: compare_is(w, node, cond); return;
    case FILTER_FTS: full_text(w, node, cond); return;
    }
    UNREACHABLE();
}

/* ROW(a, b) < ROW($1, $2) */
static void row_comparison(struct sql *w, const struct ast_node *node, const struct keyset *keyset)
{
    SQL(w, "ROW(");
    for (size_t i = 0; i < keyset->ncolumns; i++) {
        sql_comma(w, i == 0);
        sql_field(w, node, &keyset->columns[i]->field);
    }
    SQL(w, ") ");
    sql_put(w, str_cstr(keyset->op));
    SQL(w, " ROW(");
    for (size_t i = 0; i < keyset->ncolumns; i++) {
        sql_comma(w, i == 0);
        sql_value_param(w, &keyset->columns[i]->field, keyset->columns[i]->value);
    }
    SQL(w, ")");
}

static void tree(struct sql *w, const struct ast_node *node, const struct ast_cond *cond)
{
    struct keyset keyset;
    if (keyset_match(cond, &keyset)) {
        row_comparison(w, node, &keyset);
        return;
    }
    for (const struct ast_cond *c = cond->children; c; c = c->next) {
        sql_cond(w, node, c);
        if (c->next)
            sql_put(w, cond->kind == COND_AND ? STR(" AND ") : STR(" OR "));
    }
}

/* As a subquery of its own it is evaluated once and not for each row. */
void sql_saved(struct sql *w, const struct cat_type *type, struct str column)
{
    SQL(w, "(SELECT (pg_catalog.current_setting(" SQL_SAVED ")::pg_catalog.json->>");
    sql_literal(w, column);
    SQL(w, ")::");
    sql_type(w, type);
    SQL(w, ")");
}

static void saved(struct sql *w, const struct ast_node *node, const struct ast_cond *cond)
{
    sql_field(w, node, &cond->field);
    SQL(w, " = ");
    sql_saved(w, cond->field.column->type, cond->field.column->name);
}

void sql_cond(struct sql *w, const struct ast_node *node, const struct ast_cond *cond)
{
    bool negated = cond->negated != (cond->embed && cond->is == IS_NULL);
    sql_put(w, negated ? STR("(NOT (") : STR("("));
    if (cond->kind == COND_SAVED)
        saved(w, node, cond);
    else if (cond->kind != COND_FILTER)
        tree(w, node, cond);
    else if (cond->embed)
        sql_exists(w, cond->embed);
    else
        filter(w, node, cond);
    sql_put(w, negated ? STR("))") : STR(")"));
}

void sql_order(struct sql *w, const struct ast_order *orders)
{
    for (const struct ast_order *o = orders; o; o = o->next) {
        sql_put(w, o == orders ? STR(" ORDER BY ") : STR(", "));
        if (o->embed.n && !o->node->joined)
            sql_scalar(w, o->node, &o->field);
        else
            sql_field(w, o->node, &o->field);
        if (o->descending)
            SQL(w, " DESC");
        if (o->nulls != NULLS_DEFAULT)
            sql_put(w, o->nulls == NULLS_FIRST ? STR(" NULLS FIRST") : STR(" NULLS LAST"));
    }
}

void sql_numbered(struct sql *w, const char *prefix, unsigned n)
{
    sql_put(w, str_cstr(prefix));
    sql_number(w, n);
    SQL(w, "\"");
}

/* A key that was joined on cannot be null; the row of a function has no key. */
void sql_presence(struct sql *w, const struct ast_node *node)
{
    if (!node->via->function) {
        sql_column(w, node, node->via->to_columns[0]);
        return;
    }
    SQL(w, "nullif(");
    alias(w, node);
    SQL(w, ".* IS NULL, true)");
}
