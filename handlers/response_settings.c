/* response_settings: one statement and a list. SPDX-License-Identifier: ISC */
#include "handlers/response_settings.h"

#include "handlers/errors.h"
#include "handlers/statements.h"
#include "server/response.h"

#define TEXT(x) #x
#define TEXT_OF(x) TEXT(x)
#define MOST TEXT_OF(RESPONSE_SETTINGS_MAX)

/* Rows of (status, NULL, NULL) and (NULL, name, value); none when nothing was set. What makes no sense fails
 * a cast: of the status to int2 with a plain message, of the headers to json with a DETAIL. */
#define SAID_SQL                                                                                             \
    "SELECT CASE WHEN s.v::pg_catalog.int2 BETWEEN 200 AND 599 THEN s.v ELSE 'status ' || s.v "              \
    "END::pg_catalog.int2, NULL, NULL "                                                                      \
    "FROM pg_catalog.current_setting('response.status', true) AS s(v) WHERE s.v <> '' "                      \
    "UNION ALL SELECT NULL, h.key, CASE WHEN pg_catalog.json_typeof(h.value) = 'string' "                    \
    "AND (SELECT pg_catalog.count(*) FROM pg_catalog.json_object_keys(e.v)) = 1 THEN h.value #>> '{}' "      \
    "ELSE ('no header: ' || e.v::pg_catalog.text)::pg_catalog.json::pg_catalog.text END "                    \
    "FROM (SELECT nullif(pg_catalog.current_setting('response.headers', true), '')::pg_catalog.json) AS "    \
    "said(v), "                                                                                              \
    "pg_catalog.json_array_elements(CASE WHEN pg_catalog.json_array_length(said.v) > " MOST                  \
    " THEN ('too many: ' || said.v)::pg_catalog.json ELSE said.v END) AS e(v) "                              \
    "LEFT JOIN LATERAL pg_catalog.json_each(e.v) AS h ON true"

void response_settings_ask(struct exchange *x)
{
    if (x->said) {
        x->said->again = x->job.nstmts;
    } else {
        x->said = ARENA_NEW(&x->req->arena, struct response_settings);
        x->said->stmt = x->job.nstmts;
    }
    statements_add(x, &(struct plan_stmt){.sql = STR(SAID_SQL)}, NULL, 0);
}

/* RFC 9110 5.6.2 */
static bool is_token(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!letter && (c == '\0' || !strchr("!#$%&'*+-.^_`|~", c)))
            return false;
    }
    return s.n > 0;
}

static bool is_ours(struct str name)
{
    static const char *const names[] = {"Connection", "Content-Length", "Date", "Keep-Alive", "Server", "TE",
        "Trailer", "Transfer-Encoding", "Upgrade", "X-Content-Type-Options", "X-Frame-Options",
        "Referrer-Policy", "Strict-Transport-Security", "Content-Security-Policy"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (str_eq_nocase(name, str_cstr(names[i])))
            return true;
    }
    return false;
}

bool response_settings_allows(struct str name, struct str value)
{
    return is_token(name) && headers_value_ok(value) && !is_ours(name);
}

static void note_header(struct exchange *x, struct str name, struct str value)
{
    struct response_settings *s = x->said;
    if (s->nheaders == RESPONSE_SETTINGS_MAX || !response_settings_allows(name, value))
        return;
    struct arena *a = &x->req->arena;
    s->headers[s->nheaders++] = (struct header){arena_str(a, name), arena_str(a, value)};
}

static bool is_asked(const struct exchange *x, int stmt)
{
    return x->said && stmt > 0 && (stmt == x->said->stmt || stmt == x->said->again);
}

void response_settings_rows(struct exchange *x, int stmt, const struct db_rows *rows)
{
    uint64_t status;
    size_t n, nvalue;
    if (!is_asked(x, stmt))
        return;
    x->said->status = 0;
    x->said->nheaders = 0;
    for (int row = 0; row < rows->nrows; row++) {
        const char *text = db_rows_value(rows, row, 0, &n), *name;
        if (text && str_to_u64(str_make(text, n), &status))
            x->said->status = (int)status;
        name = db_rows_value(rows, row, 1, &n);
        text = db_rows_value(rows, row, 2, &nvalue);
        if (name && text)
            note_header(x, str_make(name, n), str_make(text, nvalue));
    }
}

bool response_settings_failed(struct exchange *x, const struct db_error *error)
{
    if (!is_asked(x, error->stmt) || !str_starts(error->sqlstate, STR("22")))
        return false;
    bool status = str_eq(error->sqlstate, STR("22003")) ||
                  (str_eq(error->sqlstate, STR("22P02")) && error->detail.n == 0);
    error_send(x->req, status ? ERR_RESPONSE_STATUS : ERR_RESPONSE_HEADERS, NULL);
    return true;
}

int response_settings_apply(const struct exchange *x, int status)
{
    const struct response_settings *s = x->said;
    for (size_t i = 0; s && i < s->nheaders; i++)
        response_header(x->req, s->headers[i].name, s->headers[i].value);
    return s && s->status ? s->status : status;
}

void response_settings_header(const struct exchange *x, struct str name, struct str value)
{
    for (size_t i = 0; x->said && i < x->said->nheaders; i++) {
        if (str_eq_nocase(x->said->headers[i].name, name))
            return;
    }
    response_header(x->req, name, value);
}
