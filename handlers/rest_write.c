/* rest_write: POST, PATCH, PUT and DELETE on a relation: read the body, plan, one transaction. A write is one
 * statement, a document several (query/document.h); what must hold before it may be committed is part of the
 * statements (query/write.h). SPDX-License-Identifier: ISC */
#include "db/pg_json.h"
#include "handlers/body.h"
#include "handlers/errors.h"
#include "handlers/etag.h"
#include "handlers/media.h"
#include "handlers/response_settings.h"
#include "handlers/statements.h"
#include "handlers/transaction.h"
#include "query/document.h"
#include "server/response.h"
#include "util/check.h"
#include "util/json_scan.h"
#include "util/uri.h"

/* Bytes that CSV may become, which repeats its header in every row, for each byte that a body may have. */
#define CSV_GROWTH 16
#define CSV_LEAST ((size_t)65536) /* that it may become in any case */

/* The most that a write can need: isolation, claim, context, db-pre-request, the check of If-Match (2), main,
 * inserted, lines, what is shown, response.*, and the answer that is kept (3). */
_Static_assert(
    DB_JOB_STMTS >= 13 + DOCUMENT_LINES_STMTS * DOCUMENT_RELATIONS_MAX, "a job has room for a document");

struct write {
    struct transaction t;
    struct exchange *x;
    struct write_request req;
    struct payload payload;
    struct write_plan plan;
    uint64_t changed, inserted;
    bool have_inserted;
    bool guarded;               /* has If-Match: `locked` locks the row, `current` reads it */
    bool checking;              /* the job is at that still */
    int lines_stmt, shown_stmt; /* of a document: the first on its lines, and the one that shows it */
    bool unmet;                 /* it is not the row that the client means */
    struct read_plan locked, current;
    int current_stmt;
    struct buf row;
    uint64_t nrows;
    struct str location;
};

static struct write *of(struct transaction *t)
{
    return container_of(t, struct write, t);
}

/* What was asked for */

static bool body_type(const struct exchange *x, enum payload_type *type)
{
    static const struct {
        struct str name;
        enum payload_type type;
    } types[] = {{{"application/json", 16}, PAYLOAD_JSON}, {{"text/csv", 8}, PAYLOAD_CSV},
        {{"application/x-www-form-urlencoded", 33}, PAYLOAD_FORM}};
    struct str name = exchange_content_type(x);
    *type = PAYLOAD_JSON;
    if (name.n == 0)
        return true;
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        if (str_eq_nocase(name, types[i].name)) {
            *type = types[i].type;
            return true;
        }
    }
    return false;
}

static enum write_verb verb_of(enum http_method method)
{
    switch (method) {
    case HTTP_POST_: return WRITE_INSERT;
    case HTTP_PATCH_: return WRITE_UPDATE;
    case HTTP_PUT_: return WRITE_PUT;
    case HTTP_DELETE_: return WRITE_DELETE;
    default: UNREACHABLE();
    }
}

static void fill_request(struct write *wr)
{
    const struct exchange *x = wr->x;
    enum write_verb verb = verb_of(x->req->method);
    bool bounded = x->prefer.handling == HANDLING_STRICT && x->prefer.has_max_affected;
    wr->req = (struct write_request){.verb = verb,
        .schema = x->schema,
        .relation = x->relation,
        .query = x->req->query,
        .role = str_cstr(x->role),
        .payload = verb == WRITE_DELETE ? NULL : &wr->payload,
        .returning = x->prefer.returning,
        .resolution = verb == WRITE_PUT      ? RESOLUTION_MERGE_DUPLICATES
                      : verb == WRITE_INSERT ? x->prefer.resolution
                                             : RESOLUTION_UNSET,
        .missing_default =
            x->prefer.missing == MISSING_DEFAULT && (verb == WRITE_INSERT || verb == WRITE_UPDATE),
        .format = &x->format,
        .singular = x->format.media == MEDIA_OBJECT,
        .has_max = bounded && (verb == WRITE_UPDATE || verb == WRITE_DELETE),
        .max_affected = x->prefer.max_affected};
}

static bool read_body(struct write *wr, struct query_error *error)
{
    const struct config *config = wr->x->settings->config;
    struct request *req = wr->x->req;
    struct payload_options options = {.max_depth = (unsigned)config->limit_json_depth,
        .records = true,
        .keys = !write_names_columns(&req->arena, req->query),
        .max_records = config->limit_body_rows,
        .max_json = MAX(buf_len(&req->body) * CSV_GROWTH, CSV_LEAST)};
    if (!wr->req.payload)
        return true;
    if (!body_type(wr->x, &options.type)) {
        *error = (struct query_error){.code = QUERY_BODY,
            .message = arena_printf(
                &req->arena, "Content-Type not acceptable: %.*s", STR_ARG(exchange_content_type(wr->x)))};
        return false;
    }
    return payload_read(&req->arena, &options, buf_str(&req->body), &wr->payload, error);
}

static void fill_honoured(struct write *wr)
{
    const struct prefer *asked = &wr->x->prefer;
    struct prefer *honoured = &wr->t.honoured;
    transaction_settle(&wr->t, wr->req.has_max);
    honoured->returning = asked->returning;
    honoured->count = wr->req.verb == WRITE_PUT ? COUNT_NONE : asked->count;
    if (wr->req.verb == WRITE_INSERT && wr->plan.upserts)
        honoured->resolution = asked->resolution;
    if (wr->req.verb == WRITE_INSERT || wr->req.verb == WRITE_UPDATE)
        honoured->missing = asked->missing;
}

/* What came back */

/* "UPDATE 3", "INSERT 0 3". */
static uint64_t tag_count(struct str tag)
{
    uint64_t n;
    size_t at = tag.n;
    while (at > 0 && tag.p[at - 1] != ' ')
        at--;
    return str_to_u64(str_sub(tag, at, tag.n), &n) ? n : 0;
}

static bool number_of(const struct db_rows *rows, uint64_t *n)
{
    size_t len;
    const char *text = rows->nrows == 1 ? db_rows_value(rows, 0, 0, &len) : NULL;
    return text && str_to_u64(str_make(text, len), n);
}

/* As JSON shows it, which for times and booleans is not as PostgreSQL prints it. */
static struct str json_text(struct arena *a, const struct db_rows *rows, int column)
{
    struct buf b;
    struct str text = {NULL, 0};
    buf_init(&b, 0);
    if (pg_json_value(&b, rows, 0, column))
        text = arena_str(a, buf_str(&b));
    buf_release(&b);
    bool string = text.n > 1 && text.p[0] == '"';
    return !string || json_scan_unescape(a, str_sub(text, 1, text.n - 1), &text) ? text
                                                                                 : (struct str){NULL, 0};
}

/* Location: /products?id=eq.5 */
static void note_location(struct write *wr, const struct db_rows *rows)
{
    const struct cat_relation *rel = wr->plan.relation;
    struct buf b;
    buf_init(&b, 0);
    buf_append_char(&b, '/');
    uri_encode(&b, rel->name);
    for (size_t i = 0; i < rel->pk.ncolumns; i++) {
        size_t n;
        bool null = !db_rows_value(rows, 0, (int)i, &n);
        buf_append_char(&b, i ? '&' : '?');
        uri_encode(&b, rel->columns[rel->pk.columns[i]].name);
        buf_append(&b, null ? STR("=is.null") : STR("=eq."));
        if (!null)
            uri_encode(&b, json_text(&wr->x->req->arena, rows, (int)i));
    }
    wr->location = arena_str(&wr->x->req->arena, buf_str(&b));
    buf_release(&b);
}

static void note_rows(struct write *wr, const struct db_rows *rows)
{
    struct exchange *x = wr->x;
    if (rows->nrows > 0 && !x->too_large)
        x->too_large = !body_rows(x, &wr->plan.shape, rows);
    if (!wr->plan.document)
        wr->changed = x->format.handler ? x->rows : wr->changed + (uint64_t)rows->nrows;
}

/* The row as it is, for its tag. */
static void note_current(struct write *wr, const struct db_rows *rows)
{
    wr->nrows = 0;
    if (rows->nrows == 1 && !pg_json_rows(&wr->row, &wr->current.shape, rows, PG_JSON_ARRAY, &wr->nrows))
        wr->nrows = 0;
}

/* What main gives is the key of the header. */
static void note_document(struct write *wr, int stmt, const struct db_rows *rows)
{
    if (stmt == wr->shown_stmt && wr->plan.answer == WRITE_ROWS)
        note_rows(wr, rows);
    if (stmt != wr->x->main_stmt)
        return;
    wr->changed = (uint64_t)rows->nrows;
    if (wr->plan.answer == WRITE_KEYS && rows->nrows == 1)
        note_location(wr, rows);
}

static void on_rows(struct transaction *t, int stmt, const struct db_rows *rows)
{
    struct write *wr = of(t);
    if (wr->checking) {
        if (stmt == wr->current_stmt)
            note_current(wr, rows);
        return;
    }
    if (stmt == wr->x->main_stmt + 1 && wr->plan.inserted.sql.n)
        wr->have_inserted = number_of(rows, &wr->inserted);
    if (wr->plan.document) {
        note_document(wr, stmt, rows);
        return;
    }
    if (stmt != wr->x->main_stmt)
        return;
    switch (wr->plan.answer) {
    case WRITE_TAG: wr->changed = tag_count(rows->command_tag); break;
    case WRITE_COUNT:
        if (!number_of(rows, &wr->changed))
            wr->changed = 0;
        break;
    case WRITE_KEYS:
        wr->changed = (uint64_t)rows->nrows;
        if (rows->nrows == 1)
            note_location(wr, rows);
        break;
    case WRITE_ROWS: note_rows(wr, rows); break;
    }
}

/* The answer */

static int status_of(const struct write *wr, bool body)
{
    switch (wr->req.verb) {
    case WRITE_INSERT: return wr->have_inserted && wr->inserted == 0 ? 200 : 201;
    case WRITE_PUT: return !body ? 204 : wr->inserted > 0 ? 201 : 200;
    case WRITE_UPDATE:
    case WRITE_DELETE: return body ? 200 : 204;
    }
    UNREACHABLE();
}

static void content_range(struct write *wr)
{
    struct arena *a = &wr->x->req->arena;
    bool counted = wr->t.honoured.count == COUNT_EXACT || wr->t.honoured.count == COUNT_ESTIMATED ||
                   wr->t.honoured.count == COUNT_CAPPED;
    struct str total = counted ? arena_printf(a, "%llu", (unsigned long long)wr->changed) : STR("*");
    struct str range = STR("*");
    if (wr->req.verb == WRITE_PUT)
        return;
    if (wr->req.verb == WRITE_UPDATE && wr->changed > 0)
        range = arena_printf(a, "0-%llu", (unsigned long long)wr->changed - 1);
    response_settings_header(
        wr->x, STR("Content-Range"), arena_printf(a, "%.*s/%.*s", STR_ARG(range), STR_ARG(total)));
}

static bool is_ok(const struct transaction *t)
{
    const struct write *wr = container_of(t, const struct write, t);
    if (wr->unmet)
        return false;
    if (wr->x->format.explain)
        return !wr->x->too_large;
    return !(wr->req.verb == WRITE_PUT && wr->changed == 0) && !(wr->req.singular && wr->changed != 1);
}

static void refuse(struct transaction *t)
{
    struct write *wr = of(t);
    if (wr->unmet)
        error_send(wr->x->req, ERR_PRECONDITION, NULL);
    else if (wr->x->format.explain)
        error_send(wr->x->req, ERR_ANSWER_TOO_LARGE, NULL);
    else if (wr->req.verb == WRITE_PUT && wr->changed == 0)
        error_send(wr->x->req, ERR_PUT_KEY, NULL);
    else
        statements_refuse_count(wr->x, true, wr->changed);
}

/* Without memory for the rows the response has none; they are changed all the same. */
static int head(struct transaction *t, bool whole)
{
    struct write *wr = of(t);
    struct exchange *x = wr->x;
    bool body = wr->plan.answer == WRITE_ROWS && !x->too_large;
    if (x->too_large) {
        t->honoured.returning = RETURN_UNSET;
        buf_clear(&x->body, 0);
    }
    if (whole)
        content_range(wr);
    if (wr->location.n)
        response_settings_header(x, STR("Location"), wr->location);
    statements_preference_applied(x, &t->honoured);
    if (body) {
        response_settings_header(x, STR("Content-Type"), x->format.content_type);
    }
    if (body && whole)
        body_end(x);
    return whole || wr->plan.inserted.sql.n == 0 ? status_of(wr, body) : 200;
}

/* The job */

/* Whose lines the statement that failed is about; NULL: no lines. */
static const struct cat_relation *lines_of(const struct transaction *t, const struct db_error *error)
{
    const struct write *wr = container_of(t, const struct write, t);
    size_t i = (size_t)(error->stmt - wr->lines_stmt);
    return wr->plan.document && error->stmt >= wr->lines_stmt && i < wr->plan.nlines
               ? wr->plan.lines[i].relation
               : NULL;
}

static void refuse_guarded(struct transaction *t, const struct db_error *error, uint64_t n)
{
    struct write *wr = of(t);
    struct request *req = wr->x->req;
    const struct cat_relation *lines = lines_of(t, error);
    bool singular = wr->req.singular || (wr->plan.document && n == 0);
    if (lines)
        error_send(req, ERR_LINES,
            &(struct error_detail){.relation = lines->name,
                .details =
                    arena_printf(&req->arena, "%llu of the lines in question in '%.*s' are of this document",
                        (unsigned long long)n, STR_ARG(lines->name))});
    else if (wr->req.verb == WRITE_PUT && n == 0)
        error_send(req, ERR_PUT_KEY, NULL);
    else
        statements_refuse_count(wr->x, singular, n);
}

static void add_main(struct write *wr);

static bool is_current(const struct write *wr)
{
    char room[ETAG_ROOM];
    bool there;
    struct str tag = etag_write(room, &wr->x->settings->etag_key, buf_str(&wr->row), MEDIA_JSON);
    return wr->nrows == 1 && etag_in_headers(wr->x->req, STR("If-Match"), tag, true, true, &there);
}

/* The row of If-Match was locked and read; nothing was changed yet. */
static bool on_held(struct transaction *t)
{
    struct write *wr = of(t);
    if (!wr->checking)
        return false;
    wr->checking = false;
    wr->unmet = !is_current(wr);
    if (wr->unmet)
        statements_add_rollback(wr->x);
    else
        add_main(wr);
    return true;
}

/* Whether the answer of a success is the same whatever the database says: then it is made beforehand. */
static bool is_foregone(const struct write *wr)
{
    return wr->plan.answer == WRITE_TAG && wr->req.verb == WRITE_INSERT && !wr->plan.inserted.sql.n &&
           wr->t.honoured.count == COUNT_NONE && !wr->t.asks && !wr->x->format.explain;
}

/* Whether more than one row may be shown. */
static bool is_many(const struct write *wr)
{
    bool one = wr->req.singular || wr->plan.document || wr->req.verb == WRITE_PUT ||
               (wr->req.verb == WRITE_INSERT && wr->payload.kind == PAYLOAD_OBJECT);
    return wr->plan.answer == WRITE_ROWS && !one && !format_is_whole(&wr->x->format);
}

static void reset(struct transaction *t)
{
    struct write *wr = of(t);
    wr->changed = wr->inserted = 0;
    wr->have_inserted = false;
    wr->location = (struct str){NULL, 0};
    wr->unmet = false;
    wr->lines_stmt = wr->shown_stmt = DB_JOB_STMTS; /* not there yet */
    if (wr->plan.answer == WRITE_ROWS && !body_begin(wr->x, &wr->plan.shape))
        wr->x->too_large = true;
}

/* The lines of a document, and what shows it with them. */
static void add_lines(struct write *wr)
{
    const struct write_plan *plan = &wr->plan;
    wr->lines_stmt = wr->x->job.nstmts;
    for (size_t i = 0; i < plan->nlines; i++)
        statements_add(wr->x, &plan->lines[i].stmt, plan->tables, plan->ntables);
    wr->shown_stmt = wr->x->job.nstmts;
    if (plan->shown.sql.n)
        statements_add(wr->x, &plan->shown, plan->tables, plan->ntables);
}

static void add_main(struct write *wr)
{
    struct exchange *x = wr->x;
    if (wr->plan.document)
        db_job_widen(&x->job, ARENA_NEW_ARRAY(&x->req->arena, struct db_stmt, DB_JOB_STMTS));
    transaction_add_main(&wr->t, &wr->plan.main, wr->plan.tables, wr->plan.ntables);
    if (wr->plan.inserted.sql.n)
        statements_add(x, &wr->plan.inserted, NULL, 0);
    if (wr->plan.document)
        add_lines(wr);
    transaction_add_end(&wr->t);
}

/* Two statements, since one would show embedded rows as they were before it waited for the lock. */
static void add_check(struct write *wr)
{
    struct exchange *x = wr->x;
    buf_clear(&wr->row, SIZE_MAX);
    wr->checking = true;
    statements_add(x, &wr->locked.main, wr->locked.tables, wr->locked.ntables);
    wr->current_stmt = x->job.nstmts;
    statements_add(x, &wr->current.main, wr->current.tables, wr->current.ntables);
    x->job.stmts[wr->current_stmt].ncolumns = (int)wr->current.shape.ncolumns;
    x->job.hold = true;
}

static void add(struct transaction *t)
{
    struct write *wr = of(t);
    if (wr->guarded)
        add_check(wr);
    else
        add_main(wr);
}

static void release_row(void *arg)
{
    buf_release(arg);
}

/* If-Match: how the row is locked and read. */
static bool plan_check(struct write *wr, const struct catalog *cat, struct query_error *error)
{
    struct exchange *x = wr->x;
    struct read_request r = {
        .schema = x->schema, .relation = x->relation, .query = x->req->query, .role = str_cstr(x->role)};
    if (wr->req.verb == WRITE_INSERT || !request_header(x->req, STR("If-Match")).p)
        return true;
    wr->guarded = true;
    buf_init(&wr->row, 0);
    arena_on_dispose(&x->req->arena, release_row, &wr->row);
    if (!plan_read(&x->req->arena, cat, &x->settings->limits, &r, &wr->current, error))
        return false;
    r.lock = true;
    return plan_read(&x->req->arena, cat, &x->settings->limits, &r, &wr->locked, error);
}

static bool plan(struct transaction *t, struct query_error *error)
{
    struct write *wr = of(t);
    struct exchange *x = wr->x;
    return read_body(wr, error) &&
           plan_write(&x->req->arena, t->cat, &x->settings->limits, &wr->req, &wr->plan, error) &&
           plan_check(wr, t->cat, error);
}

static bool changes_session(const struct write *wr)
{
    bool session = catalog_session(wr->t.cat) & (SESSION_READS | SESSION_WRITES);
    for (size_t i = 0; i < wr->plan.ntables; i++)
        session |= wr->plan.tables[i]->session_write;
    return session;
}

static bool planned(struct transaction *t)
{
    struct write *wr = of(t);
    fill_honoured(wr);
    t->guarded = wr->plan.guarded;
    t->session = changes_session(wr);
    t->foregone = is_foregone(wr);
    t->many = is_many(wr);
    t->late = wr->plan.inserted.sql.n > 0;
    return transaction_prepare(t, &wr->plan.main);
}

static const struct transaction_ops ops = {.plan = plan,
    .planned = planned,
    .reset = reset,
    .add = add,
    .rows = on_rows,
    .held = on_held,
    .ok = is_ok,
    .refuse = refuse,
    .head = head,
    .guarded = refuse_guarded,
    .lines = lines_of};

enum step_result step_write(struct exchange *x)
{
    if (x->req->method == HTTP_GET_ || x->req->method == HTTP_HEAD_ || x->read_form)
        return STEP_MORE;
    struct catalog *cat = statements_catalog(x);
    if (!cat)
        return STEP_DONE;
    struct write *wr = ARENA_NEW(&x->req->arena, struct write);
    transaction_init(&wr->t, &ops, x, cat);
    wr->x = x;
    if (!media_settle(x, cat, x->req->query))
        return STEP_DONE;
    fill_request(wr);
    return transaction_run(&wr->t);
}
