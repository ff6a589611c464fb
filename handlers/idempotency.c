/* idempotency: claim, keep, repeat. SPDX-License-Identifier: ISC */
#include "handlers/idempotency.h"

#include "auth/digest.h"
#include "db/pg_octets.h"
#include "handlers/errors.h"
#include "server/response.h"
#include "util/check.h"
#include "util/hex.h"
#include "util/json_scan.h"
#include "util/utf8.h"

#define KEY_MAX 255
#define TRIES_MAX 3         /* after lost connections */
#define CLAIMS_DEPTH 64     /* more than auth/jwt.h lets through */
#define GUARD "bobbin-key-" /* as the guards of query/write.h: a cast that fails ends the transaction */

/* Any number for the second argument would do; it spells "bobb". */
#define CLAIM_SQL                                                                                            \
    "WITH gone AS (DELETE FROM bobbin.idempotency WHERE key IN (SELECT key FROM bobbin.idempotency "         \
    "WHERE expires_at < pg_catalog.now() AND key <> $1::pg_catalog.text ORDER BY expires_at LIMIT 2 "        \
    "FOR UPDATE SKIP LOCKED)), "                                                                             \
    "c AS (INSERT INTO bobbin.idempotency AS i (key, fingerprint, expires_at, status, headers) "             \
    "SELECT $1::pg_catalog.text, $2::pg_catalog.text, pg_catalog.now() + $3::interval, "                     \
    "$4::pg_catalog.int2, $5::pg_catalog.text "                                                              \
    "WHERE pg_catalog.pg_try_advisory_xact_lock(pg_catalog.hashtextextended($1::pg_catalog.text, "           \
    "1651466850)) "                                                                                          \
    "ON CONFLICT (key) DO UPDATE SET fingerprint = excluded.fingerprint, expires_at = excluded.expires_at, " \
    "status = excluded.status, headers = excluded.headers, body = NULL "                                     \
    "WHERE i.expires_at < pg_catalog.now() RETURNING 1) "                                                    \
    "SELECT FROM c HAVING CASE WHEN count(*) = 1 THEN false ELSE ('" GUARD                                   \
    "' || count(*))::pg_catalog.bool END"
/* As the login role, behind a caller's code, which may have put operators of its own on the search_path. */
#define KEEP_SQL                                                                                             \
    "UPDATE bobbin.idempotency SET status = $2::pg_catalog.int2, headers = $3::pg_catalog.text, body = "     \
    "$4::pg_catalog.bytea WHERE key OPERATOR(pg_catalog.=) "                                                 \
    "$1::pg_catalog.text"
#define ROLE_SQL "SELECT WHERE pg_catalog.set_config('role',$1,true) IS NULL"
#define LOOK_SQL                                                                                             \
    "SELECT fingerprint = $2::pg_catalog.text, status, headers, body FROM bobbin.idempotency "               \
    "WHERE key = $1::pg_catalog.text AND expires_at > pg_catalog.now()"

enum { CLAIM_PARAMS = 5, KEEP_PARAMS = 4, LOOK_PARAMS = 2 };

struct idempotency {
    const char *key;
    char fingerprint[DIGEST_HEX + 1];
    char lifetime[40]; /* an interval */
    size_t mark;       /* of the headers that do not belong to the answer */
    int stmt;          /* number of the claim in the job */
    unsigned tries;
    bool unknown; /* an earlier try may have been committed */
    bool found, same;
};

/* The key is a string as of RFC 8941 section 3.3.3; without the quotes it is taken as well. */
static bool read_key(struct exchange *x, struct str value, struct str *key)
{
    char *p = arena_alloc(&x->req->arena, value.n + 1);
    bool quoted = value.n >= 2 && value.p[0] == '"';
    size_t n = 0;
    if (quoted && value.p[value.n - 1] != '"')
        return false;
    struct str inner = quoted ? str_sub(value, 1, value.n - 1) : value;
    for (size_t i = 0; i < inner.n; i++) {
        char c = inner.p[i];
        if (c == '"' || c < 0x20 || c > 0x7e)
            return false;
        if (c == '\\' && quoted && (++i == inner.n || (inner.p[i] != '"' && inner.p[i] != '\\')))
            return false;
        p[n++] = inner.p[i];
    }
    *key = str_make(p, n);
    return n > 0 && n <= KEY_MAX;
}

/* Claims that are new in every token of the same principal. */
static bool is_passing(struct str claim)
{
    static const struct str names[] = {{"exp", 3}, {"iat", 3}, {"nbf", 3}, {"jti", 3}, {"auth_time", 9}};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (str_eq(claim, names[i]))
            return true;
    }
    return false;
}

struct owner {
    struct str sub, iss; /* raw JSON; empty: not there */
    struct str claims;   /* all that say who it is */
};

/* Claims are one JSON object, and so is what is left of them: no two sets give the same text. */
static struct owner owner_of(struct exchange *x)
{
    struct owner who = {.sub = {NULL, 0}};
    struct json_scan s;
    struct buf b;
    buf_init(&b, 0);
    json_scan_init(&s, str_cstr(x->claims), CLAIMS_DEPTH);
    CHECK(json_scan_next(&s) == JSON_OBJECT);
    while (json_scan_next(&s) == JSON_KEY) {
        struct str name = s.value;
        size_t start = s.at;
        enum json_token type = json_scan_next(&s);
        bool named = type == JSON_STRING && s.value.n > 0;
        CHECK(json_scan_skip(&s, type));
        struct str value = str_sub(s.text, start, s.at); /* with its colon */
        if (named && str_eq(name, STR("sub")))
            who.sub = value;
        if (str_eq(name, STR("iss")))
            who.iss = value;
        if (is_passing(name))
            continue;
        buf_append_char(&b, '"');
        buf_append(&b, name);
        buf_append_char(&b, '"');
        buf_append(&b, value);
        buf_append_char(&b, ',');
    }
    who.claims = arena_str(&x->req->arena, buf_str(&b));
    buf_release(&b);
    return who;
}

/* A key is its principal's own: the same of somebody else is another one, of which nothing can be learned.
 * Whoever has a subject is known by it, so that a token with new claims finds what the old one did (and is
 * told, by the fingerprint, that it is another request); else by all claims. */
static const char *own_key(struct exchange *x, const struct owner *who, struct str key)
{
    uint8_t digest[DIGEST_BYTES];
    char *text = arena_alloc(&x->req->arena, DIGEST_HEX + 1);
    const struct str parts[] = {
        str_cstr(x->role), who->iss, who->sub, who->sub.n ? STR("") : who->claims, key};
    digest_sha256(parts, ARRAY_LEN(parts), digest);
    hex_encode(text, digest, sizeof digest);
    text[DIGEST_HEX] = '\0';
    return text;
}

/* Headers that may make it another request; each line of them counts. */
static size_t number_of_header(struct str name)
{
    static const struct str names[] = {
        {"Accept", 6}, {"Content-Type", 12}, {"Content-Encoding", 16}, {"Prefer", 6}, {"If-Match", 8}};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (str_eq_nocase(name, names[i]))
            return i + 1;
    }
    return 0;
}

static void take_fingerprint(struct exchange *x, const struct owner *who)
{
    static const char numbers[] = "0123456789";
    const struct request *req = x->req;
    uint8_t digest[DIGEST_BYTES];
    const struct str fixed[] = {
        str_cstr(x->role), who->claims, req->method_name, req->target, x->schema, buf_str(&req->body)};
    struct str *parts = ARENA_NEW_ARRAY(&x->req->arena, struct str, ARRAY_LEN(fixed) + 2 * req->nheaders);
    size_t n = ARRAY_LEN(fixed);
    memcpy(parts, fixed, sizeof fixed);
    for (size_t i = 0; i < req->nheaders; i++) {
        size_t number = number_of_header(req->headers[i].name);
        if (number == 0)
            continue;
        parts[n++] = str_make(numbers + number, 1);
        parts[n++] = req->headers[i].value;
    }
    digest_sha256(parts, n, digest);
    hex_encode(x->idem->fingerprint, digest, sizeof digest);
}

bool idempotency_read(struct exchange *x)
{
    static const struct str name = STR_INIT("Idempotency-Key");
    struct str value = request_header(x->req, name), key;
    uint64_t keep_ms = x->settings->config->idempotency_keep;
    if (!value.p || keep_ms == 0)
        return true;
    if (request_header_count(x->req, name) > 1 || !read_key(x, value, &key)) {
        struct error_detail d = {
            .details = STR("Idempotency-Key must be one string of 1 to 255 ASCII characters")};
        error_send(x->req, ERR_BAD_REQUEST, &d);
        return false;
    }
    struct owner who = owner_of(x);
    x->idem = ARENA_NEW(&x->req->arena, struct idempotency);
    x->idem->key = own_key(x, &who, key);
    x->idem->mark = headers_mark(&x->req->response.headers);
    snprintf(x->idem->lifetime, sizeof x->idem->lifetime, "%llu milliseconds", (unsigned long long)keep_ms);
    take_fingerprint(x, &who);
    return true;
}

static void add(struct exchange *x, struct str sql, const char *const *params, int nparams)
{
    CHECK(x->job.nstmts < x->job.room);
    db_stmt_init(&x->job.stmts[x->job.nstmts++], sql, params, nparams, (struct str){NULL, 0});
}

/* Header values of ours are ASCII; one that SQL gave may be anything. */
static const char *headers_text(struct exchange *x)
{
    struct str head = buf_str(&x->req->response.headers.lines);
    return utf8_valid(head) ? arena_cstr(&x->req->arena, head) : "";
}

static const char *status_text(struct exchange *x, int status)
{
    return arena_cstr(&x->req->arena, arena_printf(&x->req->arena, "%d", status));
}

void idempotency_claim(struct exchange *x, int status)
{
    const char **params = arena_alloc(&x->req->arena, CLAIM_PARAMS * sizeof *params);
    params[0] = x->idem->key;
    params[1] = x->idem->fingerprint;
    params[2] = x->idem->lifetime;
    params[3] = status ? status_text(x, status) : NULL;
    params[4] = status ? headers_text(x) : NULL;
    x->idem->stmt = x->job.nstmts;
    add(x, STR(CLAIM_SQL), params, CLAIM_PARAMS);
}

static void add_role(struct exchange *x, const char *role)
{
    const char **params = arena_alloc(&x->req->arena, sizeof *params);
    params[0] = role;
    add(x, STR(ROLE_SQL), params, 1);
}

/* The body may be an image: text would neither hold all bytes nor take all of them. */
static const char *bytea_text(struct exchange *x, struct str body)
{
    char *text = arena_alloc(&x->req->arena, 2 + 2 * body.n + 1), *p = text;
    *p++ = '\\';
    *p++ = 'x';
    *hex_encode(p, body.p, body.n) = '\0';
    return text;
}

void idempotency_keep(struct exchange *x)
{
    const char **params = arena_alloc(&x->req->arena, KEEP_PARAMS * sizeof *params);
    params[0] = x->idem->key;
    params[1] = status_text(x, x->status);
    params[2] = headers_text(x);
    params[3] = bytea_text(x, buf_str(&x->body));
    add_role(x, "none");
    add(x, STR(KEEP_SQL), params, KEEP_PARAMS);
    add_role(x, x->role);
}

bool idempotency_outgrown(const struct exchange *x)
{
    return x->idem && buf_len(&x->body) > x->settings->config->idempotency_max_response;
}

void idempotency_forget(struct exchange *x)
{
    if (x->idem)
        headers_cut(&x->req->response.headers, x->idem->mark);
}

/* What was kept, again */

static void repeat_headers(struct exchange *x, struct str lines)
{
    x->foreign_headers = true;
    headers_cut(&x->req->response.headers, 0);
    headers_add_lines(&x->req->response.headers, lines);
}

static void on_look_rows(struct db_job *job, int stmt, const struct db_rows *rows)
{
    struct exchange *x;
    size_t n;
    uint64_t status;
    CAST_OBJ(x, job->arg, EXCHANGE_MAGIC);
    if (rows->nrows != 1)
        return;
    const char *same = db_rows_value(rows, 0, 0, &n);
    x->idem->found = true;
    x->idem->same = same && *same == 't';
    const char *text = db_rows_value(rows, 0, 1, &n);
    if (!x->idem->same || !text || !str_to_u64(str_make(text, n), &status))
        return;
    x->status = (int)status;
    if ((text = db_rows_value(rows, 0, 2, &n)))
        repeat_headers(x, str_make(text, n));
    buf_clear(&x->body, SIZE_MAX);
    x->too_large = !pg_octets(&x->body, rows, 0, 3);
}

static void answer_found(struct exchange *x)
{
    if (!x->idem->found)
        error_send(x->req, ERR_KEY_RUNNING, &(struct error_detail){.retry_after_s = 1});
    else if (!x->idem->same)
        error_send(x->req, ERR_KEY_REUSED, NULL);
    else if (x->too_large)
        error_send(x->req, ERR_ANSWER_TOO_LARGE, NULL);
    else
        response_send(x->req, x->status, &x->body);
}

/* Nobody knows yet whether it was done, but with the key it may be asked again at any time. */
static void answer_unknown(struct exchange *x)
{
    struct error_detail d = {
        .hint = STR("Send the same request with the same Idempotency-Key again."), .retry_after_s = 1};
    error_send(x->req, ERR_COMMIT_UNKNOWN, &d);
}

static void on_look_done(struct db_job *job, enum db_outcome outcome, const struct db_error *error)
{
    struct exchange *x;
    CAST_OBJ(x, job->arg, EXCHANGE_MAGIC);
    exchange_waited(x);
    if (outcome == DB_OK)
        answer_found(x);
    else if (x->idem->unknown)
        answer_unknown(x);
    else
        error_send_db(x->req, outcome, error, x->anonymous, false);
}

static void look(struct exchange *x)
{
    const char **params = arena_alloc(&x->req->arena, LOOK_PARAMS * sizeof *params);
    params[0] = x->idem->key;
    params[1] = x->idem->fingerprint;
    x->status = 0;
    db_job_init(&x->job);
    add(x, STR(LOOK_SQL), params, LOOK_PARAMS);
    x->job.lane = DB_EXCLUSIVE;
    x->job.kind = DB_WRITE;
    x->job.source = x->source;
    x->job.read_only = true;
    x->job.on_rows = on_look_rows;
    x->job.on_done = on_look_done;
    x->job.arg = x;
    exchange_submit(x, true);
}

/* What went wrong */

static bool is_taken(const struct exchange *x, const struct db_error *error)
{
    return error->stmt == x->idem->stmt && str_eq(error->sqlstate, STR("22P02")) && error->message.n &&
           memmem(error->message.p, error->message.n, "\"" GUARD, sizeof GUARD) != NULL;
}

static bool is_missing(const struct exchange *x, const struct db_error *error)
{
    return error->stmt == x->idem->stmt &&
           (str_eq(error->sqlstate, STR("42P01")) || str_eq(error->sqlstate, STR("3F000")) ||
               str_eq(error->sqlstate, STR("42501")));
}

static enum idempotency_verdict sql_error(struct exchange *x, const struct db_error *error)
{
    if (is_taken(x, error)) {
        look(x);
        return IDEMPOTENCY_ANSWERED;
    }
    if (is_missing(x, error)) {
        error_send(x->req, ERR_NO_KEYS, NULL);
        return IDEMPOTENCY_ANSWERED;
    }
    return IDEMPOTENCY_OTHER;
}

enum idempotency_verdict idempotency_failed(
    struct exchange *x, enum db_outcome outcome, const struct db_error *error)
{
    struct idempotency *idem = x->idem;
    if (!idem)
        return IDEMPOTENCY_OTHER;
    idempotency_forget(x);
    idem->unknown |= outcome == DB_LOST || outcome == DB_TIMEOUT;
    if (outcome == DB_SQL_ERROR)
        return sql_error(x, error);
    if (outcome == DB_LOST && ++idem->tries < TRIES_MAX)
        return IDEMPOTENCY_AGAIN;
    if (!idem->unknown)
        return IDEMPOTENCY_OTHER;
    answer_unknown(x);
    return IDEMPOTENCY_ANSWERED;
}
