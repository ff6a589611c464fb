/* errors: table rows to answers. SPDX-License-Identifier: ISC */
#include "handlers/errors.h"

#include "handlers/exchange.h"
#include "handlers/log_target.h"
#include "handlers/raised.h"
#include "handlers/response_settings.h"
#include "server/response.h"
#include "util/json_out.h"
#include "util/log.h"
#include "util/utf8.h"

struct error_row {
    const char *code;
    int status;
    const char *message, *hint;
};

static const struct error_row rows[ERRORS_N] = {
#define ERROR(name, code, status, message, hint) [ERR_##name] = {code, status, message, hint},
#include "handlers/errors.def"
#undef ERROR
};

struct sqlstate_row {
    struct str prefix;
    int status;
};

static const struct sqlstate_row sqlstates[] = {
#define SQLSTATE(prefix, status) {{"" prefix, sizeof(prefix) - 1}, status},
#include "handlers/sqlstate.def"
#undef SQLSTATE
};

static const enum error_id query_errors[] = {
#define QUERY_ERROR(name, code) [QUERY_##name] = ERR_##name,
#include "query/query_errors.def"
#undef QUERY_ERROR
};

int error_status(enum error_id id)
{
    return rows[id].status;
}

enum error_id error_of_status(int status)
{
    switch (status) {
    case 408: return ERR_REQUEST_TIMEOUT;
    case 413: return ERR_TOO_LARGE;
    case 414: return ERR_URI_TOO_LONG;
    case 431: return ERR_HEADERS_TOO_LARGE;
    case 501: return ERR_UNKNOWN_METHOD;
    case 503: return ERR_CONNECTIONS;
    case 505: return ERR_HTTP_VERSION;
    case 507: return ERR_ANSWER_TOO_LARGE;
    default: return status >= 500 ? ERR_INTERNAL : ERR_BAD_REQUEST;
    }
}

/* What is repeated out of a header may be any bytes, but JSON is UTF-8 (RFC 8259 section 8.1). */
static COLD void write_repaired(struct json_out *j, struct str s)
{
    struct buf text;
    buf_init(&text, 0);
    while (s.n > 0) {
        size_t good = utf8_valid_prefix(s);
        buf_append(&text, str_sub(s, 0, good));
        if (good < s.n)
            buf_append(&text, STR("\xef\xbf\xbd")); /* U+FFFD */
        s = str_sub(s, MIN(good + 1, s.n), s.n);
    }
    json_out_str(j, buf_str(&text));
    buf_release(&text);
}

static void write_text(struct json_out *j, const char *key, struct str text)
{
    json_out_key(j, key);
    if (utf8_valid(text))
        json_out_str(j, text);
    else
        write_repaired(j, text);
}

static void text_or_null(struct json_out *j, const char *key, struct str text)
{
    if (text.n) {
        write_text(j, key, text);
        return;
    }
    json_out_key(j, key);
    json_out_null(j);
}

/* The four members that every client of the dialect knows, then ours; with client-error-verbosity=minimal the
 * first two. */
static void write_body(struct buf *out, struct str code, const struct error_detail *d, bool minimal)
{
    struct json_out j;
    json_out_init(&j, out);
    json_out_object(&j);
    json_out_pair(&j, "code", code);
    write_text(&j, "message", d->message);
    if (minimal) {
        json_out_end(&j);
        return;
    }
    if (d->details_json.n) {
        json_out_key(&j, "details");
        json_out_raw(&j, d->details_json);
    } else {
        text_or_null(&j, "details", d->details);
    }
    text_or_null(&j, "hint", d->hint);
    if (d->relation.n)
        json_out_pair(&j, "relation", d->relation);
    if (d->constraint.n)
        json_out_pair(&j, "constraint", d->constraint);
    if (d->ncolumns) {
        json_out_key(&j, "columns");
        json_out_array(&j);
        for (size_t i = 0; i < d->ncolumns; i++)
            json_out_str(&j, d->columns[i]);
        json_out_end(&j);
    }
    json_out_end(&j);
}

static struct error_detail with_defaults(enum error_id id, const struct error_detail *detail)
{
    struct error_detail d = detail ? *detail : (struct error_detail){0};
    if (d.message.n == 0)
        d.message = str_cstr(rows[id].message);
    if (d.hint.n == 0)
        d.hint = str_cstr(rows[id].hint);
    return d;
}

void error_write_body(struct buf *out, enum error_id id, const struct error_detail *detail, bool minimal)
{
    struct error_detail d = with_defaults(id, detail);
    write_body(out, str_cstr(rows[id].code), &d, minimal);
}

static bool is_minimal(const struct request *req)
{
    const struct exchange *x = req->app;
    const struct settings *s = x ? x->settings : app_of(req)->settings;
    return s->config->client_error_verbosity == VERBOSITY_MINIMAL;
}

/* Unless SQL raised one of that name. */
static void own_header(struct request *req, struct str name, struct str value)
{
    if (!response_has_header(req, name))
        response_header(req, name, value);
}

static void name_error(struct request *req, struct str code)
{
    own_header(req, STR("Content-Type"), STR("application/json; charset=utf-8"));
    if (headers_value_ok(code))
        own_header(
            req, STR("Proxy-Status"), arena_printf(&req->arena, "PostgREST; error=%.*s", STR_ARG(code)));
}

void error_write_head(
    struct request *req, enum error_id id, const struct error_detail *detail, struct buf *body)
{
    name_error(req, str_cstr(rows[id].code));
    error_write_body(body, id, detail, is_minimal(req));
}

static void answer(struct request *req, int status, struct str code, const struct error_detail *d)
{
    struct buf body;
    buf_init(&body, 0);
    write_body(&body, code, d, is_minimal(req));
    for (size_t i = 0; i < d->nheaders; i++)
        response_header(req, d->headers[i].name, d->headers[i].value);
    name_error(req, code);
    if (d->retry_after_s || (status == 503 && !d->no_retry))
        own_header(req, STR("Retry-After"), arena_printf(&req->arena, "%u", MAX(d->retry_after_s, 1u)));
    if (status == 401)
        own_header(req, STR("WWW-Authenticate"), d->www_authenticate.n ? d->www_authenticate : STR("Bearer"));
    if (d->reason.n)
        response_reason(req, d->reason);
    if (d->allow.n)
        response_header(req, STR("Allow"), d->allow);
    response_send(req, status, &body);
}

void error_send(struct request *req, enum error_id id, const struct error_detail *detail)
{
    struct error_detail d = with_defaults(id, detail);
    answer(req, rows[id].status, str_cstr(rows[id].code), &d);
}

void error_send_query(struct request *req, const struct query_error *error)
{
    struct error_detail d = {.message = error->message,
        .details = error->details,
        .hint = error->hint,
        .details_json = error->details_json};
    error_send(req, query_errors[error->code], &d);
}

void error_send_jwt(struct request *req, const struct jwt_error_text *error)
{
    struct error_detail d = {.message = error->message,
        .details = error->details,
        .www_authenticate = error->www_authenticate,
        .retry_after_s = error->retry_after_s};
    answer(req, error->status, str_cstr(error->code), &d);
}

static bool contains(struct str text, struct str part)
{
    return text.n >= part.n && memmem(text.p, text.n, part.p, part.n) != NULL;
}

int error_sqlstate_status(struct str state, struct str message, bool anonymous)
{
    uint64_t status;
    if (str_eq(state, STR("42501")))
        return anonymous ? 401 : 403;
    if (str_eq(state, STR("21000")))
        return contains(message, STR("requires a WHERE clause")) ? 400 : 500;
    if (str_eq(state, STR("22023")) && contains(message, STR("role")) &&
        contains(message, STR("does not exist")))
        return 401;
    if (str_eq(state, STR("42883")) && contains(message, STR("xmlagg(")))
        return 406;
    if (str_starts(state, STR("PT")))
        return str_to_u64(str_sub(state, 2, state.n), &status) && status >= 200 && status <= 599 ? (int)status
                                                                                                 : 500;
    for (size_t i = 0; i < ARRAY_LEN(sqlstates); i++) {
        if (str_starts(state, sqlstates[i].prefix))
            return sqlstates[i].status;
    }
    UNREACHABLE();
}

/* Failures of the server itself: their texts name files and blocks, for its administrator and not for
 * callers. */
static bool is_internal(struct str state)
{
    return str_starts(state, STR("58")) || str_starts(state, STR("XX")) || str_starts(state, STR("F0")) ||
           str_eq(state, STR("53100"));
}

/* RAISE SQLSTATE 'PGRST'. */
static void send_raised(struct request *req, const struct db_error *e)
{
    struct raised r;
    struct error_detail d = {0};
    if (!raised_parse(&req->arena, e, &r, &d.details, &d.hint)) {
        error_send(req, ERR_RAISED, &d);
        return;
    }
    size_t n = 0;
    for (size_t i = 0; i < r.nheaders; i++) {
        if (response_settings_allows(r.headers[i].name, r.headers[i].value))
            r.headers[n++] = r.headers[i];
    }
    d = (struct error_detail){.message = r.message,
        .details = r.details,
        .hint = r.hint,
        .reason = r.status_text,
        .headers = r.headers,
        .nheaders = n};
    answer(req, r.status, r.code, &d);
}

/* What the error names itself (not null), or the columns of the constraint, where the table is one that is
 * served. */
static void find_columns(
    struct arena *a, const struct catalog *cat, const struct db_error *e, struct error_detail *d)
{
    const struct cat_relation *rel = cat && e->table.n ? catalog_relation(cat, e->schema, e->table) : NULL;
    if (e->column.n) {
        d->columns = &e->column;
        d->ncolumns = 1;
        return;
    }
    for (size_t i = 0; rel && e->constraint.n && i < rel->nconstraints; i++) {
        const struct cat_key *key = &rel->constraints[i];
        if (!str_eq(key->constraint, e->constraint))
            continue;
        struct str *names = ARENA_NEW_ARRAY(a, struct str, key->ncolumns + 1);
        for (size_t c = 0; c < key->ncolumns; c++)
            names[c] = rel->columns[key->columns[c]].name;
        d->columns = names;
        d->ncolumns = key->ncolumns;
    }
}

/* PostgreSQL names a function as it was called. Only ours are called with their schema, and to_tsvector()
 * alone gets what callers choose; they know the text without. */
static struct str as_callers_know(struct arena *a, struct str message)
{
    static const struct str ours = STR_INIT("function pg_catalog.to_tsvector(");
    if (!str_starts(message, ours))
        return message;
    struct str rest = str_sub(message, ours.n, message.n);
    return arena_printf(a, "function to_tsvector(%.*s", STR_ARG(rest));
}

static void send_sql_error(
    struct request *req, const struct error_source *source, const struct db_error *e, bool anonymous)
{
    struct error_detail d = {.message = as_callers_know(&req->arena, e->message),
        .details = e->detail,
        .hint = e->hint,
        .constraint = e->constraint};
    if (source->lines)
        d.relation = source->lines->name;
    find_columns(&req->arena, source->cat, e, &d);
    if (str_eq(e->sqlstate, STR("57014"))) {
        error_send(req, ERR_STATEMENT_TIMEOUT, NULL);
        return;
    }
    if (raised_is(e)) {
        send_raised(req, e);
        return;
    }
    if (str_starts(e->sqlstate, STR("PT")))
        d.reason = e->message;
    if (is_internal(e->sqlstate)) {
        LOG(DB_INTERNAL, log_u64("request_id", req->id), log_str("sqlstate", e->sqlstate),
            log_str("error", e->message));
        d = (struct error_detail){
            .message = STR("The database could not do this because of a failure of its own"),
            .hint = STR("The logs of this server and of the database say more.")};
    }
    answer(req, error_sqlstate_status(e->sqlstate, e->message, anonymous), e->sqlstate, &d);
}

/* Whoever repeated it blindly would do it twice, half of the time. */
static void send_unknown(struct request *req, const struct db_error *error)
{
    char room[LOG_TARGET_ROOM];
    LOG(COMMIT_UNKNOWN, log_u64("request_id", req->id), log_str("method", req->method_name),
        log_target(room, req->target), log_str("error", error->message));
    error_send(req, ERR_COMMIT_UNKNOWN, &(struct error_detail){.no_retry = true});
}

void error_send_db(
    struct request *req, enum db_outcome outcome, const struct db_error *error, bool anonymous, bool writes)
{
    error_send_write(req, &(struct error_source){NULL, NULL}, outcome, error, anonymous, writes);
}

void error_send_write(struct request *req, const struct error_source *source, enum db_outcome outcome,
    const struct db_error *error, bool anonymous, bool writes)
{
    struct error_detail d = {.retry_after_s = error->retry_after_s};
    switch (outcome) {
    case DB_SQL_ERROR: send_sql_error(req, source, error, anonymous); break;
    case DB_UNAVAILABLE:
        d.details = error->acquire_timeout ? d.details : error->message;
        error_send(req,
            error->crowded           ? ERR_CROWDED
            : error->acquire_timeout ? ERR_POOL_TIMEOUT
                                     : ERR_DB_DOWN,
            &d);
        break;
    case DB_TOO_LARGE: error_send(req, ERR_ROW_TOO_LARGE, NULL); break;
    case DB_LOST:
    case DB_TIMEOUT:
        if (writes)
            send_unknown(req, error);
        else
            error_send(req, outcome == DB_LOST ? ERR_DB_LOST : ERR_DB_STALLED, &d);
        break;
    case DB_OK: UNREACHABLE();
    }
}
