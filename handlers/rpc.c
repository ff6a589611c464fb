/* rpc: from arguments to answer. SPDX-License-Identifier: ISC */
#include "handlers/rpc.h"

#include "db/pg_json.h"
#include "db/pg_octets.h"
#include "handlers/body.h"
#include "handlers/context.h"
#include "handlers/errors.h"
#include "handlers/idempotency.h"
#include "handlers/media.h"
#include "handlers/response_settings.h"
#include "handlers/routes.h"
#include "handlers/statements.h"
#include "query/call.h"
#include "server/response.h"
#include "util/check.h"
#include "util/utf8.h"

#define CALL_MAGIC 0x63616c6cu

struct call {
    unsigned magic;
    struct exchange *x;
    const struct catalog *cat; /* held by the request */
    struct call_request req;
    struct payload payload;
    struct call_plan plan;
    struct prefer honoured;
    bool rollback;
    bool counting;   /* the page was empty: the call is made once more for the number of rows alone */
    uint64_t offset; /* of that page */
};

bool rpc_allow(const struct catalog *cat, struct str schema, struct str name, struct str *allow)
{
    size_t n;
    const struct cat_function *const *all = catalog_functions(cat, schema, name, &n);
    if (n > 0)
        *allow = all[0]->volatility == FN_VOLATILE ? STR("OPTIONS,POST") : STR("OPTIONS,GET,HEAD,POST");
    return n > 0;
}

/* What was asked for */

static bool body_type(const struct exchange *x, enum call_body *body)
{
    static const struct {
        struct str name;
        enum call_body body;
    } types[] = {{{"application/json", 16}, CALL_BODY_JSON},
        {{"application/x-www-form-urlencoded", 33}, CALL_BODY_FORM}, {{"text/plain", 10}, CALL_BODY_TEXT},
        {{"text/xml", 8}, CALL_BODY_XML}, {{"application/octet-stream", 24}, CALL_BODY_OCTETS}};
    struct str name = exchange_content_type(x);
    *body = CALL_BODY_JSON;
    if (name.n == 0)
        return true;
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        if (str_eq_nocase(name, types[i].name)) {
            *body = types[i].body;
            return true;
        }
    }
    return false;
}

static bool bad_body(struct call *c, struct query_error *error, struct str message)
{
    *error = (struct query_error){.code = QUERY_BODY, .message = message};
    return false;
}

/* No body at all is a call without arguments. */
static bool read_json(struct call *c, struct query_error *error)
{
    struct request *req = c->x->req;
    struct payload_options options = {
        .max_depth = (unsigned)c->x->settings->config->limit_json_depth, .keys = true};
    struct str body = buf_len(&req->body) ? buf_str(&req->body) : STR("{}");
    c->req.payload = &c->payload;
    return payload_read(&req->arena, &options, body, &c->payload, error);
}

static bool read_body(struct call *c, struct query_error *error)
{
    struct request *req = c->x->req;
    if (req->method != HTTP_POST_)
        return true;
    if (!body_type(c->x, &c->req.body))
        return bad_body(c, error,
            arena_printf(
                &req->arena, "Content-Type not acceptable: %.*s", STR_ARG(exchange_content_type(c->x))));
    if (c->req.body == CALL_BODY_JSON)
        return read_json(c, error);
    c->req.raw = buf_str(&req->body);
    if (c->req.body == CALL_BODY_OCTETS ||
        (utf8_valid(c->req.raw) && str_find(c->req.raw, '\0') == c->req.raw.n))
        return true;
    return bad_body(c, error, STR("The body is not UTF-8 text"));
}

static void fill_request(struct call *c)
{
    const struct exchange *x = c->x;
    bool reads = x->req->method != HTTP_POST_;
    c->req = (struct call_request){.schema = x->schema,
        .name = x->relation,
        .query = x->req->query,
        .role = str_cstr(x->role),
        .range = x->req->method == HTTP_GET_ ? request_header(x->req, STR("Range")) : (struct str){NULL, 0},
        .body = CALL_BODY_NONE,
        .count = x->prefer.count,
        .read_only = reads,
        .accept = &x->accept,
        .offer = media_offer(x),
        .has_max = x->prefer.handling == HANDLING_STRICT && x->prefer.has_max_affected,
        .max_affected = x->prefer.max_affected};
}

/* What came back */

static bool is_set(const struct call *c)
{
    return c->plan.result == CALL_ROWS || c->plan.result == CALL_VALUES;
}

static void note_total(struct call *c, const struct db_rows *rows)
{
    size_t n;
    if (format_is_whole(&c->x->format))
        return;
    const char *text = c->plan.counted && rows->nrows > 0
                           ? db_rows_value(rows, 0, (int)c->plan.shape.ncolumns - 1, &n)
                           : NULL;
    bool none = c->plan.counted && rows->nrows == 0 && c->plan.offset == 0 && c->plan.limit > 0;
    c->x->total = 0;
    c->x->have_total = none || (text && str_to_u64(str_make(text, n), &c->x->total));
}

/* One value or one row is all there is. */
static void note_one(struct call *c)
{
    if (is_set(c) || c->req.count == COUNT_NONE || c->req.count == COUNT_PLANNED)
        return;
    c->x->total = c->x->rows;
    c->x->have_total = true;
}

static bool encode_values(struct call *c, const struct db_rows *rows)
{
    struct exchange *x = c->x;
    enum media media = x->format.media;
    for (int i = 0; i < rows->nrows; i++) {
        if (i > 0 && media != MEDIA_NDJSON)
            buf_append_char(&x->body, ',');
        if (!pg_json_value(&x->body, rows, i, 0))
            return false;
        if (media == MEDIA_NDJSON)
            buf_append_char(&x->body, '\n');
    }
    x->rows = (uint64_t)rows->nrows;
    return true;
}

/* What the columns of a scalar in CSV are called: as PostgREST calls it. */
static struct row_shape scalar_shape(const struct call *c)
{
    static const struct row_item item = {.kind = ROW_VALUE, .key = STR_INIT("\"pgrst_scalar\":")};
    return (struct row_shape){&item, 1, c->plan.counted ? 2 : 1, false};
}

static bool is_scalar(const struct call *c)
{
    return c->plan.result == CALL_VALUE || c->plan.result == CALL_VALUES;
}

static bool encode(struct call *c, const struct db_rows *rows)
{
    struct exchange *x = c->x;
    struct row_shape scalar = scalar_shape(c);
    if (x->format.value && !x->format.explain) {
        x->rows = 1;
        return rows->nrows == 0 || pg_octets(&x->body, rows, 0, 0);
    }
    if (format_is_whole(&x->format))
        return body_rows(x, NULL, rows);
    if (c->plan.result == CALL_VOID) {
        x->rows = (uint64_t)rows->nrows;
        return true;
    }
    if (is_scalar(c) && x->format.media != MEDIA_CSV)
        return encode_values(c, rows);
    return body_rows(x, is_scalar(c) ? &scalar : &c->plan.shape, rows);
}

/* A value stands alone; several in an array. */
static void begin_body(struct call *c)
{
    struct row_shape scalar = scalar_shape(c);
    if ((is_set(c) || c->x->format.media == MEDIA_CSV) && c->plan.result != CALL_VOID &&
        !body_begin(c->x, is_scalar(c) ? &scalar : &c->plan.shape))
        c->x->too_large = true;
}

static void on_rows(struct db_job *job, int stmt, const struct db_rows *rows)
{
    struct call *c;
    CAST_OBJ(c, job->arg, CALL_MAGIC);
    response_settings_rows(c->x, stmt, rows);
    if (stmt != c->x->main_stmt)
        return;
    note_total(c, rows);
    if (c->counting)
        return;
    if (!encode(c, rows))
        c->x->too_large = true;
    note_one(c);
}

/* The answer */

/* Of what a handler was given only the number is known: all, when the page is not full. */
static void note_handled_total(struct call *c)
{
    struct exchange *x = c->x;
    if (!x->format.handler || x->prefer.count == COUNT_NONE || x->rows >= c->plan.limit)
        return;
    x->have_total = x->rows > 0 || c->offset == 0;
    x->total = c->offset + x->rows;
}

static void content_range(const struct call *c)
{
    const struct exchange *x = c->x;
    struct arena *a = &x->req->arena;
    unsigned long long first = c->offset, rows = x->rows;
    struct str range = STR("*"), total = STR("*");
    if (rows > 0)
        range = arena_printf(a, "%llu-%llu", first, first + rows - 1);
    if (x->have_total)
        total = arena_printf(a, "%llu", (unsigned long long)x->total);
    response_settings_header(
        x, STR("Content-Range"), arena_printf(a, "%.*s/%.*s", STR_ARG(range), STR_ARG(total)));
}

static void compose_plan(struct call *c)
{
    struct exchange *x = c->x;
    statements_preference_applied(x, &(struct prefer){.tx = c->honoured.tx});
    response_header(x->req, STR("Content-Type"), x->format.content_type);
    x->status = 200;
}

/* Makes the answer, but does not send it. */
static void compose(struct call *c)
{
    struct exchange *x = c->x;
    if (x->format.explain) {
        compose_plan(c);
        return;
    }
    statements_preference_applied(x, &c->honoured);
    if (c->plan.result == CALL_VOID) {
        content_range(c);
        x->status = response_settings_apply(x, 204);
        return;
    }
    response_settings_header(x, STR("Content-Type"), x->format.content_type);
    if (is_set(c))
        body_end(x);
    else if (x->rows == 0 && format_is_array(&x->format))
        buf_append(&x->body, STR("null"));
    note_handled_total(c);
    content_range(c);
    x->status = response_settings_apply(x, x->have_total && x->rows < x->total ? 206 : 200);
}

static bool has_body(const struct call *c)
{
    return c->plan.result != CALL_VOID || c->x->format.explain;
}

static bool is_answer(const struct call *c)
{
    return !c->x->too_large && !(c->plan.singular && !c->x->format.explain && c->x->rows != 1);
}

static void refuse(struct call *c)
{
    if (c->x->too_large)
        error_send(c->x->req, ERR_ANSWER_TOO_LARGE, NULL);
    else
        statements_refuse_count(c->x, true, c->x->rows);
}

/* The job */

static void submit(struct call *c);

/* Rows carry the total with them, so that an empty page knows none. */
static bool lacks_total(const struct call *c)
{
    const struct exchange *x = c->x;
    return c->plan.counted && c->plan.read_only && !c->counting && x->rows == 0 && !x->have_total &&
           !format_is_whole(&x->format);
}

/* A function that only reads may run twice. */
static void count(struct call *c)
{
    const struct exchange *x = c->x;
    struct query_error error;
    c->counting = c->req.first = true;
    c->req.has_max = false;
    CHECK(plan_call(&x->req->arena, c->cat, &x->settings->limits, &c->req, &c->plan, &error));
    submit(c);
}

static void refuse_range(const struct call *c)
{
    struct exchange *x = c->x;
    struct error_detail d = {.details = arena_printf(&x->req->arena,
                                 "An offset of %llu was requested, but there are only %llu rows.",
                                 (unsigned long long)c->offset, (unsigned long long)x->total)};
    content_range(c);
    error_send(x->req, ERR_RANGE, &d);
}

static void fail(struct call *c, enum db_outcome outcome, const struct db_error *error)
{
    uint64_t n;
    enum idempotency_verdict verdict = idempotency_failed(c->x, outcome, error);
    if (verdict == IDEMPOTENCY_AGAIN)
        submit(c);
    else if (verdict == IDEMPOTENCY_ANSWERED)
        return;
    else if (outcome == DB_SQL_ERROR && c->plan.guarded && statements_guard_failed(error, &n))
        statements_refuse_count(c->x, c->plan.singular, n);
    else if (outcome == DB_SQL_ERROR && response_settings_failed(c->x, error))
        return;
    else
        error_send_write(c->x->req, &(struct error_source){c->cat, NULL}, outcome, error, c->x->anonymous,
            !c->plan.read_only && !c->rollback);
}

static void on_done(struct db_job *job, enum db_outcome outcome, const struct db_error *error)
{
    struct call *c;
    CAST_OBJ(c, job->arg, CALL_MAGIC);
    c->x->job_running = false;
    if (outcome != DB_OK) {
        fail(c, outcome, error);
    } else if (!c->x->status && !is_answer(c)) {
        refuse(c);
    } else if (lacks_total(c)) {
        count(c);
    } else if (c->counting && c->offset > c->x->total) {
        refuse_range(c);
    } else {
        if (!c->x->status)
            compose(c);
        response_send(c->x->req, c->x->status, has_body(c) ? &c->x->body : NULL);
    }
}

/* Nothing was committed yet. Answers that cannot be made are not kept: the function has done its work. */
static void on_hold(struct db_job *job)
{
    struct call *c;
    CAST_OBJ(c, job->arg, CALL_MAGIC);
    if (!is_answer(c)) {
        statements_add_rollback(c->x);
        return;
    }
    compose(c);
    idempotency_keep(c->x);
}

static void begin(struct call *c)
{
    struct exchange *x = c->x;
    buf_clear(&x->body, SIZE_MAX);
    x->rows = 0;
    x->status = 0;
    x->too_large = x->have_total = false;
    x->said = NULL;
    statements_begin(x, c->cat, c->plan.function);
    if (!x->idem)
        return;
    x->job.hold = true;
    x->job.on_hold = on_hold;
    idempotency_claim(x, 0);
}

static void submit(struct call *c)
{
    struct exchange *x = c->x;
    begin(c);
    statements_start(x, c->cat, c->plan.function, c->plan.read_only);
    statements_add(x, &c->plan.main, c->plan.tables, c->plan.ntables);
    x->job.stmts[x->main_stmt].once = x->format.explain;
    if (!x->format.explain && context_may_answer(x, catalog_settings(c->cat)))
        response_settings_ask(x);
    if (c->rollback)
        statements_add_rollback(x);
    begin_body(c);
    statements_submit(x, on_rows, on_done, c);
}

/* A function that only reads needs no key. */
static bool prepare(struct call *c)
{
    struct exchange *x = c->x;
    bool allowed;
    c->rollback = statements_roll_back(x, &allowed);
    c->honoured = (struct prefer){.count = x->prefer.count,
        .tx = allowed ? x->prefer.tx : PREFER_TX_UNSET,
        .handling = x->prefer.handling,
        .timezone = x->prefer.timezone,
        .has_max_affected = c->req.has_max,
        .max_affected = x->prefer.max_affected};
    if (x->format.explain)
        c->plan.main.sql = format_explain(&x->req->arena, &x->format, c->plan.main.sql);
    return c->rollback || c->plan.read_only || idempotency_read(c->x);
}

enum step_result step_call(struct exchange *x)
{
    struct query_error error;
    if (x->route->kind != ROUTE_CALL)
        return STEP_MORE;
    struct catalog *cat = statements_catalog(x);
    if (!cat)
        return STEP_DONE;
    struct call *c = ARENA_NEW(&x->req->arena, struct call);
    c->magic = CALL_MAGIC;
    c->x = x;
    c->cat = cat;
    media_parse(x);
    fill_request(c);
    if (!read_body(c, &error) ||
        !plan_call(&x->req->arena, cat, &x->settings->limits, &c->req, &c->plan, &error)) {
        error_send_query(x->req, &error);
        return STEP_DONE;
    }
    x->format = c->plan.format;
    c->offset = c->plan.offset;
    if (!prepare(c))
        return STEP_DONE;
    submit(c);
    return STEP_WAIT;
}
