/* sql_write: the statement around the body's text. The changed relation is t0, so that conditions and columns
 * are written as in a read; the body's records are b. SPDX-License-Identifier: ISC */
#include "query/sql_write.h"

#include "query/sql.h"

/* PostgreSQL's functions take at most 100 arguments (FUNC_MAX_ARGS), two for each default. */
#define DEFAULTS_CHUNK 40

/* How many rows an upsert inserted is counted in a setting of the transaction: up for each record, down for
 * each that turns out to be an update. A system column would tell too, but not through views. */
#define INSERTED "'bobbin.inserted'"
#define ADD_INSERTED(n)                                                                                      \
    "pg_catalog.set_config(" INSERTED ", (coalesce(nullif(pg_catalog.current_setting(" INSERTED              \
    ", true), ''), '0')::pg_catalog.int8 " n ")::pg_catalog.text, true) <> ''"

/* The body as records b */

static void column_list(struct sql *w, const struct sql_write *in)
{
    for (size_t i = 0; i < in->ncolumns; i++) {
        sql_comma(w, i == 0);
        sql_ident(w, in->columns[i]->name);
    }
}

static void column_definitions(struct sql *w, const struct sql_write *in)
{
    SQL(w, " AS b(");
    for (size_t i = 0; i < in->ncolumns; i++) {
        const struct cat_type *type = in->columns[i]->type;
        sql_comma(w, i == 0);
        sql_ident(w, in->columns[i]->name);
        SQL(w, " ");
        if (type->from_json.n)
            SQL(w, "json");
        else
            sql_type(w, type);
    }
    SQL(w, ")");
}

void sql_body_value(struct sql *w, const struct cat_column *column)
{
    if (column->type->from_json.n) {
        sql_put(w, column->type->from_json);
        SQL(w, "(");
    }
    SQL(w, "b.");
    sql_ident(w, column->name);
    if (column->type->from_json.n)
        SQL(w, ")");
}

/* A row does not say in SQL what its type is, which JSON needs for the names of its fields. */
static void put_default(struct sql *w, const struct cat_column *column)
{
    const struct cat_type *type = column->type;
    if (type->kind != TYPE_COMPOSITE && !(type->elem && type->elem->kind == TYPE_COMPOSITE)) {
        sql_put(w, column->default_sql);
        return;
    }
    SQL(w, "(");
    sql_put(w, column->default_sql);
    SQL(w, ")::");
    sql_type(w, type);
}

/* Among the values of a body a domain's default has to look like one of them. */
static void column_default(struct sql *w, const struct sql_write *in, const struct cat_column *column)
{
    const struct cat_type *type = column->type;
    if (!column->identity) {
        bool called = type->kind == TYPE_DOMAIN && type->to_json.n && type->from_json.n;
        if (!called) {
            put_default(w, column);
            return;
        }
        sql_put(w, type->to_json);
        SQL(w, "((");
        sql_put(w, column->default_sql);
        SQL(w, ")::");
        sql_type(w, type);
        SQL(w, ")");
        return;
    }
    SQL(w, "pg_catalog.nextval(pg_catalog.pg_get_serial_sequence(");
    sql_literal(w, in->root->rel->quoted);
    SQL(w, ", ");
    sql_literal(w, column->name);
    SQL(w, "))");
}

/* An object of the defaults, to be overlaid with what a record has. */
static void defaults(struct sql *w, const struct sql_write *in)
{
    size_t n = 0;
    SQL(w, "pg_catalog.jsonb_build_object(");
    for (size_t i = 0; i < in->ncolumns; i++) {
        const struct cat_column *column = in->columns[i];
        if ((column->default_sql.n == 0 && !column->identity) || column->generated)
            continue;
        if (n > 0)
            sql_put(w, n % DEFAULTS_CHUNK ? STR(", ") : STR(") || pg_catalog.jsonb_build_object("));
        n++;
        sql_literal(w, column->name);
        SQL(w, ", ");
        column_default(w, in, column);
    }
    SQL(w, ") || ");
}

void sql_records(struct sql *w, const struct sql_write *in)
{
    bool array = in->req->payload->kind == PAYLOAD_ARRAY, fill = in->req->missing_default;
    if (fill) {
        if (array) {
            SQL(w, "pg_catalog.jsonb_array_elements(");
            sql_cstr_param(w, in->req->payload->json);
            SQL(w, "::pg_catalog.jsonb) AS e(v), LATERAL ");
        }
        SQL(w, "pg_catalog.jsonb_to_record(");
        defaults(w, in);
    } else {
        sql_put(w, array ? STR("pg_catalog.json_to_recordset(") : STR("pg_catalog.json_to_record("));
    }
    if (fill && array)
        SQL(w, "e.v");
    else
        sql_cstr_param(w, in->req->payload->json);
    if (fill && !array)
        SQL(w, "::pg_catalog.jsonb");
    SQL(w, ")");
    column_definitions(w, in);
}

/* INSERT */

static void put_conditions(struct sql *w, const struct sql_write *in)
{
    for (const struct ast_cond *c = in->where; c; c = c->next) {
        sql_put(w, c == in->where ? STR(" WHERE (") : STR(" AND ("));
        sql_body_value(w, c->field.column);
        SQL(w, " = ");
        sql_value_param(w, &c->field, c->value);
        SQL(w, ")");
    }
}

static bool is_put(const struct sql_write *in)
{
    return in->req->verb == WRITE_PUT;
}

static bool merges(const struct sql_write *in)
{
    return in->nconflict > 0 && in->ncolumns > 0 && in->req->resolution == RESOLUTION_MERGE_DUPLICATES;
}

static void on_conflict(struct sql *w, const struct sql_write *in)
{
    SQL(w, " ON CONFLICT (");
    for (size_t i = 0; i < in->nconflict; i++) {
        sql_comma(w, i == 0);
        sql_ident(w, in->root->rel->columns[in->conflict[i]].name);
    }
    if (!merges(in)) {
        SQL(w, ") DO NOTHING");
        return;
    }
    for (size_t i = 0; i < in->ncolumns; i++) {
        sql_put(w, i ? STR(", ") : STR(") DO UPDATE SET "));
        sql_ident(w, in->columns[i]->name);
        SQL(w, " = EXCLUDED.");
        sql_ident(w, in->columns[i]->name);
    }
    SQL(w, " WHERE " ADD_INSERTED("- 1"));
}

static void insert_records(struct sql *w, const struct sql_write *in)
{
    SQL(w, " (");
    column_list(w, in);
    SQL(w, ") SELECT ");
    for (size_t i = 0; i < in->ncolumns; i++) {
        sql_comma(w, i == 0);
        sql_body_value(w, in->columns[i]);
    }
    SQL(w, " FROM ");
    sql_records(w, in);
    if (is_put(in))
        put_conditions(w, in);
    if (merges(in))
        sql_put(w, is_put(in) ? STR(" AND " ADD_INSERTED("+ 1")) : STR(" WHERE " ADD_INSERTED("+ 1")));
}

/* Records without keys: rows of nothing but defaults. */
static void insert_defaults(struct sql *w, const struct sql_write *in)
{
    if (in->req->payload->kind != PAYLOAD_ARRAY) {
        SQL(w, " DEFAULT VALUES");
        return;
    }
    SQL(w, " SELECT FROM pg_catalog.json_array_elements(");
    sql_cstr_param(w, in->req->payload->json);
    SQL(w, ")");
}

static void insert(struct sql *w, const struct sql_write *in)
{
    SQL(w, "INSERT INTO ");
    sql_put(w, in->root->rel->quoted);
    SQL(w, " AS t0");
    if (in->ncolumns > 0)
        insert_records(w, in);
    else
        insert_defaults(w, in);
    if (in->nconflict > 0)
        on_conflict(w, in);
}

/* UPDATE and DELETE */

void sql_conditions(struct sql *w, const struct sql_write *in)
{
    for (const struct ast_cond *c = in->where; c; c = c->next) {
        sql_put(w, c == in->where ? STR(" WHERE ") : STR(" AND "));
        sql_cond(w, in->root, c);
    }
}

static void update(struct sql *w, const struct sql_write *in)
{
    SQL(w, "UPDATE ");
    sql_put(w, in->root->rel->quoted);
    SQL(w, " AS t0 SET ");
    for (size_t i = 0; i < in->ncolumns; i++) {
        sql_comma(w, i == 0);
        sql_ident(w, in->columns[i]->name);
        SQL(w, " = ");
        sql_body_value(w, in->columns[i]);
    }
    SQL(w, " FROM (SELECT b.* FROM ");
    sql_records(w, in);
    SQL(w, " LIMIT 1) AS b");
    sql_conditions(w, in);
}

void sql_change(struct sql *w, const struct sql_write *in)
{
    switch (in->req->verb) {
    case WRITE_INSERT:
    case WRITE_PUT: insert(w, in); return;
    case WRITE_UPDATE: update(w, in); return;
    case WRITE_DELETE:
        SQL(w, "DELETE FROM ");
        sql_put(w, in->root->rel->quoted);
        SQL(w, " AS t0");
        sql_conditions(w, in);
        return;
    }
    UNREACHABLE();
}

/* What comes back */

/* True when the number of rows is as the request wants it; else the cast fails the whole statement, and so
 * the transaction, with the number in its message. count(*) is not known before the rows are, so that nothing
 * of it can be evaluated too early. */
void sql_guard(struct sql *w, bool singular, uint64_t max)
{
    SQL(w, "CASE WHEN pg_catalog.count(*) ");
    if (singular) {
        SQL(w, "= 1");
    } else {
        SQL(w, "<= ");
        sql_number_param(w, max);
        SQL(w, "::pg_catalog.int8");
    }
    SQL(w, " THEN true ELSE ('" WRITE_GUARD "' || pg_catalog.count(*))::pg_catalog.bool END");
}

static void guard(struct sql *w, const struct sql_write *in)
{
    sql_guard(w, in->req->singular, in->req->max_affected);
}

static void returning_key(struct sql *w, const struct cat_relation *rel)
{
    SQL(w, " RETURNING ");
    for (size_t i = 0; i < rel->pk.ncolumns; i++) {
        sql_comma(w, i == 0);
        SQL(w, "t0.");
        sql_ident(w, rel->columns[rel->pk.columns[i]].name);
    }
}

static void write_tag(struct sql *w, const struct sql_write *in, struct write_plan *plan)
{
    if (!plan->guarded) {
        plan->answer = WRITE_TAG;
        sql_change(w, in);
        return;
    }
    plan->answer = WRITE_COUNT;
    SQL(w, "WITH pgrst_source AS (");
    sql_change(w, in);
    SQL(w, " RETURNING 1) SELECT pg_catalog.count(*) FROM pgrst_source HAVING ");
    guard(w, in);
}

static void write_keys(struct sql *w, const struct sql_write *in, struct write_plan *plan)
{
    plan->answer = WRITE_KEYS;
    if (plan->guarded)
        SQL(w, "WITH pgrst_source AS (");
    sql_change(w, in);
    returning_key(w, in->root->rel);
    if (!plan->guarded)
        return;
    SQL(w, ") SELECT * FROM pgrst_source WHERE (SELECT ");
    guard(w, in);
    SQL(w, " FROM pgrst_source)");
}

static void returning_used(struct sql *w, const struct ast_node *root)
{
    bool any = false;
    for (size_t i = 0; i < root->rel->ncolumns; i++) {
        if (!w->used[i])
            continue;
        sql_put(w, any ? STR(", t0.") : STR(" RETURNING t0."));
        sql_ident(w, root->rel->columns[i].name);
        any = true;
    }
    if (w->used_row) {
        sql_put(w, any ? STR(", ") : STR(" RETURNING "));
        sql_whole_row(w, root->rel);
    } else if (!any) {
        SQL(w, " RETURNING 1");
    }
}

/* What is shown is written first, as it tells what has to be returned. A request for one row counts the rows
 * that would be shown, a bound on the affected ones those that were changed. */
static void write_source(struct sql *w, const struct sql_write *in, struct write_plan *plan)
{
    struct buf shown, *out = w->out;
    buf_init(&shown, 0);
    w->source = in->root;
    w->source_sql = STR("pgrst_source");
    w->used = ARENA_NEW_ARRAY(w->arena, bool, in->root->rel->ncolumns + 1);
    w->out = &shown;
    sql_select(w, in->root, &plan->shape);
    w->source = NULL;
    w->out = out;
    SQL(w, "WITH pgrst_source AS (");
    sql_change(w, in);
    returning_used(w, in->root);
    if (plan->guarded) {
        SQL(w, "), pgrst_rows AS (");
        sql_put(w, buf_str(&shown));
    }
    SQL(w, ") ");
    sql_begin_answer(w, false);
    if (plan->guarded) {
        SQL(w, "SELECT * FROM pgrst_rows WHERE (SELECT ");
        guard(w, in);
        sql_put(w, in->req->singular ? STR(" FROM pgrst_rows)") : STR(" FROM pgrst_source)"));
    } else {
        sql_put(w, buf_str(&shown));
    }
    sql_end_answer(w);
    buf_release(&shown);
}

static void write_rows(struct sql *w, const struct sql_write *in, struct write_plan *plan)
{
    plan->answer = WRITE_ROWS;
    if (plan->guarded || in->root->children || in->root->aggregated || in->root->orders ||
        w->format->handler) {
        write_source(w, in, plan);
        return;
    }
    sql_change(w, in);
    SQL(w, " RETURNING ");
    sql_columns(w, in->root, &plan->shape);
}

/* An update that sets nothing changes nothing, and finds no rows. */
static void write_nothing(struct sql *w, const struct sql_write *in, struct write_plan *plan)
{
    bool rows = in->req->returning == RETURN_REPRESENTATION;
    plan->answer = rows ? WRITE_ROWS : WRITE_TAG;
    plan->guarded = false;
    if (!rows || !w->format->handler) {
        SQL(w, "SELECT WHERE false");
        return;
    }
    struct ast_node none = *in->root;
    none.limit = 0;
    sql_begin_answer(w, false);
    sql_select(w, &none, &plan->shape);
    sql_end_answer(w);
}

void sql_inserted(const struct sql_write *in, struct write_plan *plan)
{
    plan->inserted = (struct plan_stmt){.sql = {NULL, 0}};
    if (merges(in))
        plan->inserted.sql = STR("SELECT pg_catalog.current_setting(" INSERTED ", true)");
}

void sql_write(struct arena *a, const struct sql_write *in, struct write_plan *plan)
{
    struct sql w;
    struct buf out;
    bool insert = in->req->verb == WRITE_INSERT;
    sql_start(&w, a, &out);
    if (in->req->format)
        w.format = in->req->format;
    plan->guarded = in->req->singular || in->req->has_max;
    if (in->req->verb == WRITE_UPDATE && in->ncolumns == 0)
        write_nothing(&w, in, plan);
    else if (in->req->returning == RETURN_REPRESENTATION)
        write_rows(&w, in, plan);
    else if (insert && in->req->returning == RETURN_HEADERS_ONLY && in->root->rel->pk.ncolumns > 0)
        write_keys(&w, in, plan);
    else
        write_tag(&w, in, plan);
    sql_finish(&w, &plan->main);
    sql_inserted(in, plan);
}
