/* rest_read: the steps of a read. SPDX-License-Identifier: ISC */
#include "handlers/rest_read.h"

#include "handlers/body.h"
#include "handlers/context.h"
#include "handlers/errors.h"
#include "handlers/etag.h"
#include "handlers/media.h"
#include "handlers/offload.h"
#include "handlers/pages.h"
#include "handlers/response_settings.h"
#include "handlers/row_stream.h"
#include "handlers/statements.h"
#include "server/response.h"
#include "util/check.h"

/* Where SQL may say how the request is answered, it is asked before the rows too when there may be more of
 * them than this: the head may have to leave before the last row is there. */
#define BUFFERED_ROWS_MAX 1000

/* RFC 7234 5.5; url-use-legacy-target-names */
#define LEGACY_WARNING                                                                                       \
    "299 - \"A filter, order or limit names an embedded resource by its table although it has an alias, "    \
    "which will not be possible for ever; use the alias\""

#define BODY_SLACK ((size_t)1024)
#define BODY_RESERVE_MAX ((size_t)65536)

static bool is_singular(const struct exchange *x)
{
    return x->format.media == MEDIA_OBJECT && !x->format.explain;
}

/* The parameters of the URL and those of the body. */
static struct str with_form(struct exchange *x)
{
    struct str query = x->req->query, form = str_trim(buf_str(&x->req->body));
    return arena_printf(
        &x->req->arena, "%.*s%s%.*s", STR_ARG(query), query.n && form.n ? "&" : "", STR_ARG(form));
}

/* False: the answer is an error. */
static bool read_request(struct exchange *x, struct catalog *cat, struct read_request *r)
{
    struct str query = x->read_form ? with_form(x) : x->req->query;
    if (!media_settle(x, cat, query) || !media_export(x, &x->unbounded))
        return false;
    *r = (struct read_request){.schema = x->schema,
        .relation = x->relation,
        .query = query,
        .role = str_cstr(x->role),
        .count = x->prefer.count,
        .format = &x->format,
        .unbounded = x->unbounded};
    if (x->req->method == HTTP_GET_ || x->read_form)
        r->range = request_header(x->req, STR("Range"));
    return pages_read(x, r);
}

/* A form that is planned in the thread pool, and not kept: it would drive many others out of the cache. */
struct large_form {
    struct exchange *x;
    const struct catalog *cat;
    struct read_request request;
    struct query_error error;
    bool planned;
};

static void plan_large(void *arg)
{
    struct large_form *f = arg;
    struct exchange *x = f->x;
    f->planned = plan_alone(&x->req->arena, &x->settings->limits, f->cat, &f->request, &x->plan, &f->error);
}

static void on_planned(struct request *req, void *arg, bool ran)
{
    struct large_form *f = arg;
    exchange_waited(f->x);
    if (!ran)
        error_send(req, ERR_BUSY, NULL); /* the process stops */
    else if (!f->planned)
        error_send_query(req, &f->error);
    else
        exchange_resume(f->x);
}

static enum step_result plan_form(struct exchange *x)
{
    struct large_form *f = ARENA_NEW(&x->req->arena, struct large_form);
    struct catalog *cat = statements_catalog(x);
    f->x = x;
    f->cat = cat;
    if (!cat || !read_request(x, cat, &f->request))
        return STEP_DONE;
    return exchange_offload(x, plan_large, on_planned, f);
}

enum step_result step_plan(struct exchange *x)
{
    struct read_request r;
    struct query_error error;
    if (x->read_form && buf_len(&x->req->body) > OFFLOAD_BODY)
        return plan_form(x);
    struct catalog *cat = exchange_catalog(x);
    if (!cat)
        error_send(x->req, ERR_CATALOG_LOADING, NULL);
    if (!cat || !read_request(x, cat, &r))
        return STEP_DONE;
    if (plan_cache_read(x->app->plans, &x->req->arena, cat, &r, &x->plan, &error))
        return STEP_MORE;
    error_send_query(x->req, &error);
    return STEP_DONE;
}

/* Answers of one plan are much alike: the room of the last one saves growing by doubling. */
static void reserve_body(struct exchange *x)
{
    size_t wanted = MIN(*x->plan.body + BODY_SLACK, BODY_RESERVE_MAX);
    if (*x->plan.body && !buf_try_reserve(&x->body, wanted))
        *x->plan.body = 0;
}

/* Of a single row that is none, only the number of rows is of interest. */
static void count_single(struct exchange *x, const struct db_rows *rows)
{
    if (x->rows + (uint64_t)rows->nrows != 1)
        x->rows += (uint64_t)rows->nrows;
    else if (rows->nrows == 1 && !body_rows(x, &x->plan.read->shape, rows))
        x->too_large = true;
}

static void stream_rows(struct exchange *x, const struct db_rows *rows)
{
    x->too_large = x->too_large || !body_rows(x, &x->plan.read->shape, rows);
    if (!x->too_large)
        row_stream_more(x, rows->last);
}

static void on_rows(struct db_job *job, int stmt, const struct db_rows *rows)
{
    struct exchange *x;
    CAST_OBJ(x, job->arg, EXCHANGE_MAGIC);
    response_settings_rows(x, stmt, rows);
    if (stmt != x->main_stmt)
        return;
    uint64_t first = x->rows;
    if (first == 0)
        reserve_body(x);
    if (is_singular(x))
        count_single(x, rows);
    else if (x->stream)
        stream_rows(x, rows);
    else if (!body_rows(x, &x->plan.read->shape, rows))
        x->too_large = true;
    pages_note(x, rows, first);
}

static void begin_body(struct exchange *x)
{
    x->rows = 0;
    x->too_large = !body_begin(x, &x->plan.read->shape);
}

/* The rows will come again: what was encoded of them is forgotten. */
static bool on_restart(struct db_job *job)
{
    struct exchange *x;
    CAST_OBJ(x, job->arg, EXCHANGE_MAGIC);
    if (row_stream_started(x))
        return false;
    buf_clear(&x->body, SIZE_MAX);
    pages_forget(x);
    begin_body(x);
    return true;
}

static void fail(struct exchange *x, enum db_outcome outcome, const struct db_error *error)
{
    if (x->stream && !row_stream_failed(x))
        return;
    if (outcome != DB_SQL_ERROR || !response_settings_failed(x, error))
        error_send_db(x->req, outcome, error, x->anonymous, false);
}

/* Memory ran out for this answer; others go on. */
static void fail_too_large(struct exchange *x)
{
    if (!x->stream || row_stream_failed(x))
        error_send(x->req, ERR_ANSWER_TOO_LARGE, NULL);
}

static void on_done(struct db_job *job, enum db_outcome outcome, const struct db_error *error)
{
    struct exchange *x;
    CAST_OBJ(x, job->arg, EXCHANGE_MAGIC);
    exchange_waited(x);
    if (outcome != DB_OK)
        fail(x, outcome, error);
    else if (x->too_large)
        fail_too_large(x);
    else if (!x->stream || row_stream_end(x))
        exchange_resume(x);
}

/* Who is asking; the statements that do the work come behind it. */
static void begin(struct exchange *x, const char *timeout, const char *timeout_at_most)
{
    struct context_request c = {.catalog = x->plan.catalog,
        .settings = x->plan.read->settings,
        .read_only = true,
        .timeout = timeout,
        .timeout_at_most = timeout_at_most};
    context_begin(x, &c);
    context_tell(x, &c);
    x->job.changes_session |= x->plan.read->session;
}

static void add(struct exchange *x, const struct db_stmt *stmt)
{
    CHECK(x->job.nstmts < x->job.room);
    x->job.stmts[x->job.nstmts++] = *stmt;
}

static void submit(struct exchange *x, db_rows_cb *rows_cb, db_done_cb *done_cb)
{
    x->job.on_rows = rows_cb;
    x->job.on_done = done_cb;
    x->job.arg = x;
    exchange_submit(x, false);
}

/* An EXPLAIN is hardly asked for twice. */
static void add_main(struct exchange *x)
{
    struct db_stmt stmt = x->plan.main;
    stmt.ncolumns = format_is_whole(&x->format) ? 0 : (int)x->plan.read->shape.ncolumns;
    if (x->format.explain)
        db_stmt_init(&stmt, format_explain(&x->req->arena, &x->format, stmt.sql), stmt.params, stmt.nparams,
            (struct str){NULL, 0});
    stmt.once = x->format.explain;
    add(x, &stmt);
}

static int stream_head(struct exchange *x)
{
    return rest_read_headers(x, false);
}

/* whole: what the head says is only known at the end. The number of rows is worth some memory. */
static void init_stream(struct exchange *x, bool whole)
{
    const struct config *c = x->settings->config;
    size_t most = c->response_buffer;
    if (x->prefer.count != COUNT_NONE)
        most = MAX(most, c->limit_response_held);
    x->job.on_restart = on_restart;
    row_stream_init(x, whole ? c->limit_row : most, whole ? NULL : stream_head);
}

enum step_result step_db(struct exchange *x)
{
    const struct read_plan *plan = x->plan.read;
    bool ask = !x->format.explain && context_may_answer(x, plan->settings);
    bool ask_before = ask && !plan->by_key && plan->limit > BUFFERED_ROWS_MAX;
    /* An export is as slow as its client, so its statement has no time limit. */
    begin(x, x->unbounded ? "0" : NULL, NULL);
    x->job.lane = plan->cheap ? DB_SHARED : DB_EXCLUSIVE;
    x->job.trusted = plan->by_key;
    /* The one statement that may be shared says all that is different between callers. */
    x->job.shares = plan->steady && !ask && x->main_stmt == 1;
    if (!format_is_whole(&x->format))
        init_stream(x, is_singular(x) || ask != ask_before);
    if (ask_before)
        response_settings_ask(x);
    x->main_stmt = x->job.nstmts;
    add_main(x);
    if (ask)
        response_settings_ask(x);
    x->job.after_stream = ask;
    begin_body(x);
    submit(x, on_rows, on_done);
    return STEP_WAIT;
}

/* A page that is not full tells the total by itself: no count is needed then, whatever was asked. */
static bool page_tells_total(struct exchange *x)
{
    const struct read_plan *plan = x->plan.read;
    if (plan->sought || x->rows >= plan->limit || (x->rows == 0 && plan->offset > 0))
        return false;
    x->total = plan->offset + x->rows;
    x->have_total = true;
    return true;
}

/* What the planner believes, out of an EXPLAIN's JSON: the first "Plan Rows" is the topmost node's. */
static bool plan_rows(struct str json, uint64_t *rows)
{
    static const struct str key = STR_INIT("\"Plan Rows\":");
    const char *at = memmem(json.p, json.n, key.p, key.n);
    if (!at)
        return false;
    struct str rest = str_trim(str_sub(json, (size_t)(at - json.p) + key.n, json.n));
    size_t digits = 0;
    while (digits < rest.n && rest.p[digits] >= '0' && rest.p[digits] <= '9')
        digits++;
    return str_to_u64(str_sub(rest, 0, digits), rows);
}

static void on_count_rows(struct db_job *job, int stmt, const struct db_rows *rows)
{
    struct exchange *x;
    size_t n;
    CAST_OBJ(x, job->arg, EXCHANGE_MAGIC);
    const char *text = stmt >= x->main_stmt && rows->nrows == 1 ? db_rows_value(rows, 0, 0, &n) : NULL;
    x->have_total = text && str_to_u64(str_make(text, n), &x->total);
}

/* An exact count may have been cut short (count=estimated); then the larger of the two is nearer to the
 * truth. */
static void on_estimate_rows(struct db_job *job, int stmt, const struct db_rows *rows)
{
    struct exchange *x;
    size_t n;
    uint64_t value;
    CAST_OBJ(x, job->arg, EXCHANGE_MAGIC);
    const char *text = stmt >= x->main_stmt && rows->nrows == 1 ? db_rows_value(rows, 0, 0, &n) : NULL;
    if (!text || !plan_rows(str_make(text, n), &value))
        return;
    x->total = x->have_total ? MAX(x->total, value) : value;
    x->have_total = true;
}

static void estimate(struct exchange *x)
{
    begin(x, NULL, NULL);
    x->job.lane = DB_EXCLUSIVE;
    add(x, &x->plan.estimate);
    submit(x, on_estimate_rows, on_done);
}

/* There are at least the rows that were shown, whatever the planner believes. */
static void on_counted(struct db_job *job, enum db_outcome outcome, const struct db_error *error)
{
    struct exchange *x;
    CAST_OBJ(x, job->arg, EXCHANGE_MAGIC);
    uint64_t cap = x->settings->limits.max_rows;
    exchange_waited(x);
    if (outcome == DB_SQL_ERROR && str_eq(error->sqlstate, STR("57014"))) {
        x->estimated = x->have_total = true;
        x->total = x->plan.read->offset + x->rows;
        estimate(x);
    } else if (outcome != DB_OK) {
        fail(x, outcome, error);
    } else if (x->prefer.count == COUNT_ESTIMATED && cap && x->total > cap) {
        estimate(x);
    } else {
        exchange_resume(x);
    }
}

/* NULL: counting may take as long as any other statement. */
static const char *count_timeout(const struct exchange *x)
{
    unsigned long long ms = x->settings->config->db_count_timeout;
    return ms ? arena_printf(&x->req->arena, "%llums", ms).p : NULL;
}

enum step_result step_count(struct exchange *x)
{
    if (x->prefer.count == COUNT_NONE || x->unbounded || x->format.explain || page_tells_total(x))
        return STEP_MORE;
    if (x->prefer.count == COUNT_PLANNED) {
        estimate(x);
        return STEP_WAIT;
    }
    begin(x, NULL, count_timeout(x));
    x->job.lane = DB_EXCLUSIVE;
    add(x, &x->plan.count);
    submit(x, on_count_rows, on_counted);
    return STEP_WAIT;
}

static void content_range(struct exchange *x, bool complete)
{
    char *text = arena_alloc(&x->req->arena, 80), *p = text;
    uint64_t offset = x->plan.read->offset;
    if (!complete)
        return;
    if (x->rows == 0) {
        *p++ = '*';
    } else {
        p = u64_write(p, offset);
        *p++ = '-';
        p = u64_write(p, offset + x->rows - 1);
    }
    *p++ = '/';
    if (x->have_total)
        p = u64_write(p, x->total);
    else
        *p++ = '*';
    response_settings_header(x, STR("Content-Range"), str_make(text, (size_t)(p - text)));
}

static void preference_applied(struct exchange *x)
{
    bool allowed;
    struct prefer honoured = {.count = x->estimated ? COUNT_PLANNED : x->prefer.count,
        .handling = x->prefer.handling,
        .timezone = x->prefer.timezone};
    (void)statements_roll_back(x, &allowed); /* there is nothing to roll back, but it was heeded */
    if (allowed)
        honoured.tx = x->prefer.tx;
    statements_preference_applied(x, &honoured);
}

static void content_location(struct exchange *x)
{
    struct str path = x->req->path, query = x->plan.canonical;
    char *p = arena_alloc(&x->req->arena, path.n + 1 + query.n);
    memcpy(p, path.p, path.n);
    if (query.n) {
        p[path.n] = '?';
        memcpy(p + path.n + 1, query.p, query.n);
    }
    response_settings_header(
        x, STR("Content-Location"), str_make(p, query.n ? path.n + 1 + query.n : path.n));
}

int rest_read_headers(struct exchange *x, bool complete)
{
    response_settings_header(x, STR("Content-Type"), x->format.content_type);
    if (x->format.explain)
        return 200;
    if (!x->read_form) /* there is no URL that it could be read from, and no header that would hold it */
        content_location(x);
    if (x->plan.read->legacy_names)
        response_settings_header(x, STR("Warning"), STR(LEGACY_WARNING));
    content_range(x, complete);
    if (complete)
        pages_link(x);
    preference_applied(x);
    return response_settings_apply(x, complete && x->have_total && x->rows < x->total ? 206 : 200);
}

static void answer_not_single(struct exchange *x)
{
    struct error_detail d = {.details = arena_printf(&x->req->arena, "The result contains %llu rows",
                                 (unsigned long long)x->rows)};
    error_send(x->req, ERR_SINGULAR, &d);
}

static void answer_beyond(struct exchange *x)
{
    struct error_detail d = {.details = arena_printf(&x->req->arena,
                                 "An offset of %llu was requested, but there are only %llu rows.",
                                 (unsigned long long)x->plan.read->offset, (unsigned long long)x->total)};
    response_header(
        x->req, STR("Content-Range"), arena_printf(&x->req->arena, "*/%llu", (unsigned long long)x->total));
    error_send(x->req, ERR_RANGE, &d);
}

/* Whether the answer is one row, and the client has it already. */
static bool is_known(struct exchange *x)
{
    const struct format *f = &x->format;
    bool there, list = format_is_array(f);
    if (x->rows != 1 || !(x->plan.read->by_key || is_singular(x)) || !(list || is_singular(x)) ||
        f->nulls_stripped)
        return false;
    struct str body = buf_str(&x->body);
    struct str tag = etag_write(arena_alloc(&x->req->arena, ETAG_ROOM), &x->settings->etag_key,
        str_sub(body, list, body.n - list), f->media);
    response_header(x->req, STR("ETag"), tag);
    return etag_in_headers(x->req, STR("If-None-Match"), tag, false, false, &there);
}

enum step_result step_answer(struct exchange *x)
{
    if (is_singular(x) && x->rows != 1) {
        answer_not_single(x);
        return STEP_DONE;
    }
    if (x->have_total && !x->plan.read->sought && x->plan.read->offset > x->total) {
        answer_beyond(x);
        return STEP_DONE;
    }
    body_end(x);
    int status = rest_read_headers(x, true);
    *x->plan.body = buf_len(&x->body);
    if (is_known(x))
        response_send(x->req, 304, NULL);
    else
        response_send(x->req, status, &x->body);
    return STEP_DONE;
}
