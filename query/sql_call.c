/* sql_call: arguments, the call, and what is selected of it. JSON arguments are the columns of a record b.
 * SPDX-License-Identifier: ISC */
#include "query/sql_call.h"

#include "query/sql.h"
#include "query/sql_list.h"
#include "query/sql_write.h"
#include "util/hex.h"

enum { OID_RECORD = 2249 }; /* pg_type.dat */

/* Arguments */

static void array_element(struct buf *b, struct str text)
{
    buf_append_char(b, '"');
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '"' || text.p[i] == '\\')
            buf_append_char(b, '\\');
        buf_append_char(b, text.p[i]);
    }
    buf_append_char(b, '"');
}

/* All arguments of the name as one array literal (PostgreSQL docs 8.15.2). */
static void variadic_value(struct sql *w, const struct call_args *args, struct str name)
{
    struct buf b;
    buf_init(&b, 0);
    for (size_t i = 0; i < args->n; i++) {
        if (!str_eq(args->list[i].name, name))
            continue;
        buf_append_char(&b, buf_len(&b) ? ',' : '{');
        array_element(&b, args->list[i].value);
    }
    buf_append_char(&b, '}');
    sql_param(w, buf_str(&b));
    buf_release(&b);
}

/* The argument for a parameter; of several the last. NULL: it has its default. */
static const struct call_arg *arg_of(const struct call_args *args, const struct cat_param *param)
{
    const struct call_arg *found = NULL;
    for (size_t i = 0; i < args->n; i++) {
        if (str_eq(args->list[i].name, param->name))
            found = &args->list[i];
    }
    return found;
}

static void argument_value(
    struct sql *w, const struct sql_call *in, const struct cat_param *param, const struct call_arg *arg)
{
    if (in->args->json) {
        SQL(w, "b.");
        sql_ident(w, param->name);
        return;
    }
    if (param->variadic)
        variadic_value(w, in->args, param->name);
    else
        sql_param(w, arg->value);
    SQL(w, "::");
    sql_type(w, param->type);
}

static void named_arguments(struct sql *w, const struct sql_call *in, const struct cat_function *fn)
{
    bool first = true;
    for (size_t i = 0; i < fn->nparams; i++) {
        const struct cat_param *param = &fn->params[i];
        const struct call_arg *arg = arg_of(in->args, param);
        if (!arg)
            continue;
        sql_comma(w, first);
        first = false;
        if (param->variadic)
            SQL(w, "VARIADIC ");
        sql_ident(w, param->name);
        SQL(w, " := ");
        argument_value(w, in, param, arg);
    }
}

static void octets(struct sql *w, struct str raw)
{
    char *text = arena_alloc(w->arena, 2 * raw.n + 3), *p = text;
    *p++ = '\\';
    *p++ = 'x';
    p = hex_encode(p, raw.p, raw.n);
    *p = '\0';
    sql_cstr_param(w, text);
}

static void whole_body(struct sql *w, const struct sql_call *in, const struct cat_function *fn)
{
    if (in->req->body == CALL_BODY_JSON)
        sql_cstr_param(w, in->req->payload->json);
    else if (in->req->body == CALL_BODY_OCTETS)
        octets(w, in->req->raw);
    else
        sql_param(w, in->req->raw);
    SQL(w, "::");
    sql_type(w, fn->params[0].type);
}

static void call(struct sql *w, const struct sql_call *in, const struct cat_function *fn)
{
    sql_put(w, fn->quoted);
    SQL(w, "(");
    if (in->unnamed)
        whole_body(w, in, fn);
    else
        named_arguments(w, in, fn);
    SQL(w, ")");
}

static bool has_record(const struct sql_call *in)
{
    return in->args->json && !in->unnamed && in->args->n > 0;
}

/* json_to_record(body) AS b(name type, ..); of an array the first object counts, as in PostgREST. */
static void record(struct sql *w, const struct sql_call *in, const struct cat_function *fn)
{
    bool first = true;
    SQL(w, "pg_catalog.json_to_record(");
    sql_cstr_param(w, in->req->payload->json);
    if (in->req->payload->kind == PAYLOAD_ARRAY)
        SQL(w, "::pg_catalog.json -> 0");
    SQL(w, ") AS b(");
    for (size_t i = 0; i < fn->nparams; i++) {
        if (!arg_of(in->args, &fn->params[i]))
            continue;
        sql_comma(w, first);
        first = false;
        sql_ident(w, fn->params[i].name);
        SQL(w, " ");
        sql_type(w, fn->params[i].type);
    }
    SQL(w, ")");
}

/* Results */

static void value(struct sql *w, const struct sql_call *in, const struct call_plan *plan)
{
    enum sql_wrap wrap = sql_wrap_of(w->format, plan->function->result);
    SQL(w, "SELECT ");
    sql_open_wrap(w, wrap);
    call(w, in, plan->function);
    sql_close_wrap(w, wrap);
    if (!has_record(in))
        return;
    SQL(w, " FROM ");
    record(w, in, plan->function);
}

/* Rows of a type that only the function knows cannot stand in FROM without a list of their columns. */
static void put_unknown_rows(struct sql *w, const struct sql_call *in, const struct cat_function *fn)
{
    SQL(w, "(SELECT ");
    call(w, in, fn);
    if (has_record(in)) {
        SQL(w, " FROM ");
        record(w, in, fn);
    }
    SQL(w, ")");
}

static void put_from(struct sql *w, const struct sql_call *in, const struct cat_function *fn)
{
    if (fn->result && fn->result->oid == OID_RECORD && fn->ncolumns == 0) {
        put_unknown_rows(w, in, fn);
        return;
    }
    if (has_record(in)) {
        record(w, in, fn);
        SQL(w, ", LATERAL ");
    }
    call(w, in, fn);
}

static void values(struct sql *w, const struct sql_call *in, struct call_plan *plan)
{
    enum sql_wrap wrap = w->format->handler ? WRAP_NONE : sql_wrap_of(w->format, plan->function->result);
    SQL(w, "SELECT ");
    sql_open_wrap(w, wrap);
    SQL(w, "t0.v");
    sql_close_wrap(w, wrap);
    if (w->format->handler)
        SQL(w, " AS v");
    if (plan->counted)
        SQL(w, ", pg_catalog.count(*) OVER ()");
    plan->shape.ncolumns = plan->counted ? 2 : 1;
    SQL(w, " FROM ");
    sql_put(w, w->source_sql);
    SQL(w, " AS t0(v)");
    sql_limit_offset(w, in->root);
}

static bool is_scalar(const struct call_plan *plan)
{
    return plan->result == CALL_VALUE || plan->result == CALL_VALUES;
}

/* Whether the call stands where a relation would, and not in the select list. */
static bool is_in_from(const struct call_plan *plan)
{
    return plan->result != CALL_VOID && (plan->result != CALL_VALUE || plan->format.handler);
}

static void body(struct sql *w, const struct sql_call *in, struct call_plan *plan)
{
    if (!is_in_from(plan))
        value(w, in, plan);
    else if (is_scalar(plan))
        values(w, in, plan);
    else
        sql_select(w, in->root, &plan->shape);
}

/* PostgreSQL fetches nothing for LIMIT 0, nor what is joined to nothing; a function that may write has to run
 * all the same. */
static bool must_be_forced(const struct sql_call *in, const struct call_plan *plan)
{
    return plan->result != CALL_VOID && plan->result != CALL_VALUE &&
           plan->function->volatility == FN_VOLATILE && (in->root->children || in->root->limit == 0);
}

/* WITH pgrst_source AS MATERIALIZED (SELECT .. FROM function AS t0) */
static void materialize(
    struct sql *w, const struct sql_call *in, const struct call_plan *plan, struct str from)
{
    SQL(w, "WITH pgrst_source AS MATERIALIZED (SELECT t0.*");
    if (w->used_row) {
        SQL(w, ", ");
        sql_whole_row(w, in->root->rel);
    }
    SQL(w, " FROM ");
    sql_put(w, from);
    sql_put(w, is_scalar(plan) ? STR(" AS t0(v)), ") : STR(" AS t0), "));
}

static void conditions(struct sql *w, const struct sql_call *in, const struct call_plan *plan, bool forced)
{
    SQL(w, "SELECT * FROM pgrst_rows WHERE ");
    if (forced)
        SQL(w, "(SELECT pg_catalog.count(*) >= 0 FROM pgrst_source)");
    if (forced && plan->guarded)
        SQL(w, " AND ");
    if (!plan->guarded)
        return;
    SQL(w, "(SELECT ");
    sql_guard(w, plan->singular, in->req->max_affected);
    SQL(w, " FROM pgrst_rows)");
}

/* What is shown, behind the CTEs that it needs. */
static void put_statement(
    struct sql *w, const struct sql_call *in, const struct call_plan *plan, struct str from, struct str shown)
{
    bool forced = must_be_forced(in, plan);
    if (!forced && !plan->guarded) {
        sql_begin_answer(w, is_scalar(plan));
        sql_put(w, shown);
        sql_end_answer(w);
        return;
    }
    if (forced)
        materialize(w, in, plan, from);
    else
        SQL(w, "WITH ");
    SQL(w, "pgrst_rows AS (");
    sql_put(w, shown);
    SQL(w, ") ");
    sql_begin_answer(w, is_scalar(plan));
    conditions(w, in, plan, forced);
    sql_end_answer(w);
}

/* What is selected is written first, as it tells whether the row itself is needed. The text of the call
 * stands where the name of a relation would. */
void sql_call(struct arena *a, const struct sql_call *in, struct call_plan *plan)
{
    struct sql w;
    struct buf out, from, shown;
    bool forced = must_be_forced(in, plan);
    sql_start(&w, a, &out);
    w.format = &plan->format;
    buf_init(&from, 0);
    buf_init(&shown, 0);
    w.out = &from;
    if (is_in_from(plan))
        put_from(&w, in, plan->function);
    w.out = &shown;
    w.source = in->root;
    w.source_sql = forced ? STR("pgrst_source") : buf_str(&from);
    w.used = forced ? ARENA_NEW_ARRAY(a, bool, in->root->rel->ncolumns + 1) : NULL;
    w.totals = plan->counted;
    body(&w, in, plan);
    w.out = &out;
    put_statement(&w, in, plan, buf_str(&from), buf_str(&shown));
    buf_release(&from);
    buf_release(&shown);
    sql_finish(&w, &plan->main);
}
