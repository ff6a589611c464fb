/* response_settings: two statements and a list. SPDX-License-Identifier: ISC */
#include "handlers/response_settings.h"

#include "handlers/errors.h"
#include "handlers/statements.h"
#include "server/response.h"

#define STATUS_SQL "SELECT nullif(pg_catalog.current_setting('response.status', true), '')::int2"
#define HEADERS_SQL                                                                                          \
    "SELECT h.key, h.value FROM json_array_elements("                                                        \
    "nullif(pg_catalog.current_setting('response.headers', true), '')::json) AS e(v), "                      \
    "json_each_text(e.v) AS h"

void response_settings_ask(struct response_settings *s, struct exchange *x)
{
    s->first = x->job.nstmts;
    statements_add(x, &(struct plan_stmt){.sql = STR(STATUS_SQL)}, NULL, 0);
    statements_add(x, &(struct plan_stmt){.sql = STR(HEADERS_SQL)}, NULL, 0);
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

static void note_header(struct response_settings *s, struct exchange *x, const struct db_rows *rows, int row)
{
    size_t nname, nvalue;
    const char *name = db_rows_value(rows, row, 0, &nname), *value = db_rows_value(rows, row, 1, &nvalue);
    if (!name || !value || s->nheaders == RESPONSE_SETTINGS_MAX)
        return;
    struct header h = {str_make(name, nname), str_make(value, nvalue)};
    if (!is_token(h.name) || !response_value_ok(h.value) || is_ours(h.name))
        return;
    h.name = arena_str(&x->req->arena, h.name);
    h.value = arena_str(&x->req->arena, h.value);
    s->headers[s->nheaders++] = h;
}

void response_settings_rows(
    struct response_settings *s, struct exchange *x, int stmt, const struct db_rows *rows)
{
    size_t n;
    uint64_t status;
    if (stmt == s->first && rows->nrows == 1) {
        const char *text = db_rows_value(rows, 0, 0, &n);
        if (text && str_to_u64(str_make(text, n), &status) && status >= 200 && status <= 599)
            s->status = (int)status;
    }
    for (int row = 0; stmt == s->first + 1 && row < rows->nrows; row++)
        note_header(s, x, rows, row);
}

bool response_settings_failed(
    const struct response_settings *s, struct exchange *x, const struct db_error *error)
{
    if (error->stmt != s->first && error->stmt != s->first + 1)
        return false;
    error_send(x->req, error->stmt == s->first ? ERR_RESPONSE_STATUS : ERR_RESPONSE_HEADERS, NULL);
    return true;
}

void response_settings_headers(const struct response_settings *s, struct request *req)
{
    for (size_t i = 0; i < s->nheaders; i++)
        response_header(req, s->headers[i].name, s->headers[i].value);
}

void response_settings_header(
    const struct response_settings *s, struct request *req, struct str name, struct str value)
{
    for (size_t i = 0; i < s->nheaders; i++) {
        if (str_eq_nocase(s->headers[i].name, name))
            return;
    }
    response_header(req, name, value);
}
