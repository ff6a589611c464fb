/* rpc: from arguments to one transaction. SPDX-License-Identifier: ISC */
#include "handlers/rpc.h"

#include "db/pg_json.h"
#include "db/pg_octets.h"
#include "handlers/body.h"
#include "handlers/errors.h"
#include "handlers/media.h"
#include "handlers/response_settings.h"
#include "handlers/routes.h"
#include "handlers/statements.h"
#include "handlers/transaction.h"
#include "query/call.h"
#include "server/response.h"
#include "util/check.h"
#include "util/utf8.h"

struct call {
    struct transaction t;
    struct exchange *x;
    struct call_request req;
    struct payload payload;
    struct call_plan plan;
    bool counting;   /* the page was empty: the call is made once more for the number of rows alone */
    uint64_t offset; /* of that page */
};

static struct call *of(struct transaction *t)
{
    return container_of(t, struct call, t);
}

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
    if (format_is_whole(&c->x->format) || (c->x->have_total && rows->nrows == 0))
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
        if (x->rows > 0 && media != MEDIA_NDJSON)
            buf_append_char(&x->body, ',');
        if (!pg_json_value(&x->body, rows, i, 0))
            return false;
        if (media == MEDIA_NDJSON)
            buf_append_char(&x->body, '\n');
        x->rows++;
    }
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
    if (x->format.value) {
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
static void begin_body(struct transaction *t)
{
    struct call *c = of(t);
    struct row_shape scalar = scalar_shape(c);
    if ((is_set(c) || c->x->format.media == MEDIA_CSV) && c->plan.result != CALL_VOID &&
        !body_begin(c->x, is_scalar(c) ? &scalar : &c->plan.shape))
        c->x->too_large = true;
}

static void on_rows(struct transaction *t, int stmt, const struct db_rows *rows)
{
    struct call *c = of(t);
    if (stmt != c->x->main_stmt)
        return;
    note_total(c, rows);
    if (c->counting)
        return;
    c->x->too_large = c->x->too_large || !encode(c, rows);
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

/* How many rows there will be, while they are still coming: each of them tells the total. */
static uint64_t rows_to_come(const struct call *c)
{
    return MIN(c->plan.limit, c->x->total - MIN(c->offset, c->x->total));
}

static void content_range(const struct call *c, uint64_t rows)
{
    const struct exchange *x = c->x;
    struct arena *a = &x->req->arena;
    unsigned long long first = c->offset, n = rows;
    struct str range = STR("*"), total = STR("*");
    if (rows > 0)
        range = arena_printf(a, "%llu-%llu", first, first + n - 1);
    if (x->have_total)
        total = arena_printf(a, "%llu", (unsigned long long)x->total);
    response_settings_header(
        x, STR("Content-Range"), arena_printf(a, "%.*s/%.*s", STR_ARG(range), STR_ARG(total)));
}

static void end_body(struct call *c)
{
    struct exchange *x = c->x;
    if (is_set(c))
        body_end(x);
    else if (x->rows == 0 && format_is_array(&x->format))
        buf_append(&x->body, STR("null"));
}

static int head(struct transaction *t, bool whole)
{
    struct call *c = of(t);
    struct exchange *x = c->x;
    statements_preference_applied(x, &t->honoured);
    if (c->plan.result == CALL_VOID) {
        content_range(c, x->rows);
        return 204;
    }
    response_settings_header(x, STR("Content-Type"), x->format.content_type);
    if (whole) {
        end_body(c);
        note_handled_total(c);
    }
    uint64_t rows = whole ? x->rows : rows_to_come(c);
    if (whole || x->have_total)
        content_range(c, rows);
    return x->have_total && rows < x->total ? 206 : 200;
}

/* Rows carry the total with them, so that an empty page knows none. */
static bool lacks_total(const struct call *c)
{
    const struct exchange *x = c->x;
    return c->plan.counted && c->plan.read_only && !c->counting && x->rows == 0 && !x->have_total &&
           !format_is_whole(&x->format);
}

/* A function that only reads may run twice. */
static void count_rows(struct call *c)
{
    const struct exchange *x = c->x;
    struct query_error error;
    c->counting = c->req.first = true;
    c->req.has_max = false;
    CHECK(plan_call(&x->req->arena, c->t.cat, &x->settings->limits, &c->req, &c->plan, &error));
    transaction_submit(&c->t);
}

static void refuse_range(const struct call *c)
{
    struct exchange *x = c->x;
    struct error_detail d = {.details = arena_printf(&x->req->arena,
                                 "An offset of %llu was requested, but there are only %llu rows.",
                                 (unsigned long long)c->offset, (unsigned long long)x->total)};
    content_range(c, 0);
    error_send(x->req, ERR_RANGE, &d);
}

static bool is_beyond(const struct call *c)
{
    return c->counting && c->offset > c->x->total;
}

static bool is_one(const struct call *c)
{
    return !c->plan.singular || c->x->format.explain || c->x->rows == 1;
}

/* What is no response for lack of memory or of rows is not kept: the function has done its work. */
static bool is_ok(const struct transaction *t)
{
    const struct call *c = container_of(t, const struct call, t);
    return !c->x->too_large && is_one(c) && !lacks_total(c) && !is_beyond(c);
}

static void refuse(struct transaction *t)
{
    struct call *c = of(t);
    if (c->x->too_large)
        error_send(c->x->req, ERR_ANSWER_TOO_LARGE, NULL);
    else if (!is_one(c))
        statements_refuse_count(c->x, true, c->x->rows);
    else if (lacks_total(c))
        count_rows(c);
    else
        refuse_range(c);
}

static void refuse_guarded(struct transaction *t, const struct db_error *error, uint64_t n)
{
    struct call *c = of(t);
    statements_refuse_count(c->x, c->plan.singular, n);
}

static void add(struct transaction *t)
{
    struct call *c = of(t);
    transaction_add_main(t, &c->plan.main, c->plan.tables, c->plan.ntables);
    transaction_add_end(t);
}

static bool plan(struct transaction *t, struct query_error *error)
{
    struct call *c = of(t);
    struct exchange *x = c->x;
    return read_body(c, error) &&
           plan_call(&x->req->arena, t->cat, &x->settings->limits, &c->req, &c->plan, error);
}

static bool changes_session(const struct call *c)
{
    bool session = c->plan.function->session || (catalog_session(c->t.cat) & SESSION_READS);
    for (size_t i = 0; i < c->plan.ntables; i++)
        session |= c->plan.tables[i]->session_read;
    return session;
}

static bool planned(struct transaction *t)
{
    struct call *c = of(t);
    struct exchange *x = c->x;
    x->format = c->plan.format;
    c->offset = c->plan.offset;
    t->function = c->plan.function;
    t->read_only = c->plan.read_only;
    t->guarded = c->plan.guarded;
    t->session = changes_session(c);
    t->many = is_set(c) && !c->plan.singular && !format_is_whole(&x->format);
    transaction_settle(t, c->req.has_max);
    t->honoured.count = x->prefer.count;
    return transaction_prepare(t, &c->plan.main);
}

static const struct transaction_ops ops = {.plan = plan,
    .planned = planned,
    .reset = begin_body,
    .add = add,
    .rows = on_rows,
    .ok = is_ok,
    .refuse = refuse,
    .head = head,
    .guarded = refuse_guarded};

enum step_result step_call(struct exchange *x)
{
    if (x->route->kind != ROUTE_CALL)
        return STEP_MORE;
    struct catalog *cat = statements_catalog(x);
    if (!cat)
        return STEP_DONE;
    struct call *c = ARENA_NEW(&x->req->arena, struct call);
    transaction_init(&c->t, &ops, x, cat);
    c->x = x;
    media_parse(x);
    fill_request(c);
    return transaction_run(&c->t);
}
