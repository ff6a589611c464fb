/* context: the statements in front of the others. SPDX-License-Identifier: ISC */
#include "handlers/context.h"

#include "util/check.h"
#include "util/clock.h"
#include "util/json_out.h"
#include "util/mem.h"
#include "util/utf8.h"

#include <inttypes.h>

/* As a condition that is never true, so that the answer is empty: nothing to send, nothing to read. */
#define WHO_SQL                                                                                              \
    "SELECT WHERE pg_catalog.set_config('role',$1,true) IS NULL "                                            \
    "OR pg_catalog.set_config('request.jwt.claims',$2,true) IS NULL "                                        \
    "OR pg_catalog.set_config('transaction_read_only','on',true) IS NULL"
#define AT_MOST_SQL                                                                                          \
    " OR pg_catalog.set_config('statement_timeout', "                                                        \
    "CASE WHEN pg_catalog.current_setting('statement_timeout')::interval BETWEEN '1ms' AND $%zu::interval "  \
    "THEN pg_catalog.current_setting('statement_timeout') ELSE $%zu::pg_catalog.text END, true) IS NULL"

/* What a request has besides what is counted one by one: search_path, role, claims, method, path, headers,
 * cookies, timezone, two for statement_timeout. */
enum { FIXED_PARAMS = 10 };

/* From the configuration. */

static void quote(struct buf *out, struct str name)
{
    buf_append_char(out, '"');
    for (size_t i = 0; i < name.n; i++) {
        if (name.p[i] == '"')
            buf_append_char(out, '"');
        buf_append_char(out, name.p[i]);
    }
    buf_append_char(out, '"');
}

/* SELECT "schema"."function"(); a name without a schema is looked for on the search_path. */
static struct str pre_request_sql(struct str name)
{
    struct buf b;
    size_t dot = str_find(name, '.');
    if (name.n == 0)
        return (struct str){NULL, 0};
    buf_init(&b, 0);
    buf_append(&b, STR("SELECT "));
    if (dot < name.n) {
        quote(&b, str_sub(name, 0, dot));
        buf_append_char(&b, '.');
        name = str_sub(name, dot + 1, name.n);
    }
    quote(&b, name);
    buf_append(&b, STR("()"));
    struct str sql = str_make(mem_strndup(buf_str(&b).p, buf_len(&b)), buf_len(&b));
    buf_release(&b);
    return sql;
}

/* A schema of the API, then db-extra-search-path. */
static void put_search_path(struct buf *out, const struct config *config, struct str schema)
{
    quote(out, schema);
    for (size_t i = 0; i < config->db_extra_search_path.n; i++) {
        buf_append(out, STR(", "));
        quote(out, config->db_extra_search_path.items[i]);
    }
}

struct context_setup *context_setup_create(const struct config *config)
{
    struct context_setup *s = MEM_NEW(struct context_setup);
    struct buf path;
    db_stmt_init(&s->read, STR(WHO_SQL), NULL, 2, (struct str){NULL, 0});
    s->pre_request = pre_request_sql(config->db_pre_request);
    buf_init(&path, 0);
    put_search_path(&path, config, config->db_schemas.items[0]);
    s->search_path = mem_strndup(buf_str(&path).p, buf_len(&path));
    buf_release(&path);
    return s;
}

void context_setup_free(struct context_setup **s)
{
    mem_free((char *)(*s)->pre_request.p);
    mem_free((*s)->search_path);
    mem_free(*s);
    *s = NULL;
}

/* Settings as text */

static struct str lower(struct arena *a, struct str s)
{
    char *p = arena_cstr(a, s);
    for (size_t i = 0; i < s.n; i++)
        p[i] = (char)(p[i] >= 'A' && p[i] <= 'Z' ? p[i] | 0x20 : p[i]);
    return str_make(p, s.n);
}

/* What is not UTF-8 cannot be text in PostgreSQL and is left out. */
static void put_pair(struct json_out *j, struct str name, struct str value)
{
    if (!utf8_valid(name) || !utf8_valid(value))
        return;
    json_out_key_str(j, name);
    json_out_str(j, value);
}

static void put_header(struct arena *a, struct json_out *j, const struct header *h)
{
    if (!str_eq_nocase(h->name, STR("Cookie")))
        put_pair(j, lower(a, h->name), h->value);
}

/* RFC 6265 4.2.1; a name without a value is a cookie with an empty one. */
static void put_cookies(struct arena *a, struct json_out *j, const struct header *h)
{
    struct str rest = h->value, piece;
    if (!str_eq_nocase(h->name, STR("Cookie")))
        return;
    while (str_split(&rest, ';', &piece)) {
        size_t eq = str_find(piece, '=');
        struct str name = str_trim(str_sub(piece, 0, eq));
        if (name.n)
            put_pair(j, name, str_trim(str_sub(piece, eq + 1, piece.n)));
    }
}

/* For an audit trail that says through which request something was changed: the time, and the request_id of
 * our log. */
static void put_own_id(const struct exchange *x, struct json_out *j)
{
    int64_t seconds = clock_wall_us() / 1000000;
    put_pair(
        j, STR("x-request-id"), arena_printf(&x->req->arena, "%" PRId64 "-%" PRIu64, seconds, x->req->id));
}

/* One JSON object of what `put` makes of each header; with an X-Request-Id of ours if one is wanted and there
 * is none. */
static const char *headers_json(const struct exchange *x,
    void (*put)(struct arena *a, struct json_out *j, const struct header *h), bool with_id)
{
    struct arena *a = &x->req->arena;
    struct buf b;
    struct json_out j;
    buf_init(&b, 0);
    json_out_init(&j, &b);
    json_out_object(&j);
    for (size_t i = 0; i < x->req->nheaders; i++)
        put(a, &j, &x->req->headers[i]);
    if (with_id && !request_header_count(x->req, STR("X-Request-Id")))
        put_own_id(x, &j);
    json_out_end(&j);
    const char *text = arena_cstr(a, buf_str(&b));
    buf_release(&b);
    return text;
}

static const char *search_path(const struct exchange *x)
{
    struct buf b;
    buf_init(&b, 0);
    put_search_path(&b, x->settings->config, x->schema);
    const char *text = arena_cstr(&x->req->arena, buf_str(&b));
    buf_release(&b);
    return text;
}

/* The settings of one request */

struct wish {
    struct buf sql;
    const char **params;
    size_t n;
};

static void begin_wish(struct wish *w)
{
    buf_append(&w->sql, w->n ? STR(" OR ") : STR("SELECT WHERE "));
}

static void want(struct wish *w, const char *name, const char *value)
{
    begin_wish(w);
    w->params[w->n++] = value;
    buf_printf(&w->sql, "pg_catalog.set_config('%s',$%zu,true) IS NULL", name, w->n);
}

/* A name that is not ours is a parameter too: statements differ by how many there are only. */
static void want_named(struct wish *w, const char *name, const char *value)
{
    begin_wish(w);
    w->params[w->n++] = name;
    w->params[w->n++] = value;
    buf_printf(&w->sql, "pg_catalog.set_config($%zu,$%zu,true) IS NULL", w->n - 1, w->n);
}

/* The role's own limit may be the stricter one. PostgreSQL shows it with its unit. */
static void want_at_most(struct wish *w, const char *timeout)
{
    w->params[w->n++] = timeout;
    w->params[w->n++] = timeout;
    buf_printf(&w->sql, AT_MOST_SQL, w->n - 1, w->n);
}

/* "name=value" of a function's SET clause, if it counts for the whole transaction. */
static bool hoisted(const struct exchange *x, struct str setting, struct str *name, struct str *value)
{
    const struct config_list *list = &x->settings->config->db_hoisted_tx_settings;
    size_t eq = str_find(setting, '=');
    *name = str_sub(setting, 0, eq);
    *value = str_sub(setting, eq + 1, setting.n);
    for (size_t i = 0; i < list->n; i++) {
        if (str_eq_nocase(*name, list->items[i]))
            return true;
    }
    return false;
}

static bool is_isolation(struct str name)
{
    return str_eq_nocase(name, STR("default_transaction_isolation"));
}

static void want_of_function(struct wish *w, const struct exchange *x, const struct cat_function *fn)
{
    struct arena *a = &x->req->arena;
    struct str name, value;
    for (size_t i = 0; fn && i < fn->nsettings; i++) {
        if (hoisted(x, fn->settings[i], &name, &value) && !is_isolation(name))
            want_named(w, arena_cstr(a, name), arena_cstr(a, value));
    }
}

static void want_of_role(struct wish *w, const struct exchange *x, const struct cat_role *role)
{
    struct arena *a = &x->req->arena;
    for (size_t i = 0; role && i < role->nsettings; i++)
        want_named(w, arena_cstr(a, role->settings[i].name), arena_cstr(a, role->settings[i].value));
}

static void want_of_app(struct wish *w, const struct exchange *x)
{
    const struct config *config = x->settings->config;
    struct arena *a = &x->req->arena;
    for (size_t i = 0; i < config->napp_settings; i++)
        want_named(w, arena_printf(a, "app.settings.%.*s", STR_ARG(config->app_settings[i].name)).p,
            arena_cstr(a, config->app_settings[i].value));
}

static void want_of_request(struct wish *w, const struct exchange *x, unsigned settings)
{
    struct arena *a = &x->req->arena;
    want(w, "role", x->role);
    want(w, "request.jwt.claims", x->claims);
    if (settings & SETTING_METHOD)
        want(w, "request.method", arena_cstr(a, x->req->method_name));
    if (settings & SETTING_PATH)
        want(w, "request.path", arena_cstr(a, x->req->path));
    if (settings & SETTING_HEADERS)
        want(w, "request.headers", headers_json(x, put_header, true));
    if (settings & SETTING_COOKIES)
        want(w, "request.cookies", headers_json(x, put_cookies, false));
    if (x->prefer.timezone.n)
        want(w, "timezone", arena_cstr(a, x->prefer.timezone));
    if (settings & SETTING_APP)
        want_of_app(w, x);
}

static bool is_on_search_path(const struct exchange *x)
{
    return !x->settings->context->tell_search_path &&
           str_eq(x->schema, x->settings->config->db_schemas.items[0]);
}

static void add(struct exchange *x, struct str sql, const char *const *params, size_t n)
{
    CHECK(x->job.nstmts < x->job.room);
    db_stmt_init(&x->job.stmts[x->job.nstmts++], sql, params, (int)n, (struct str){NULL, 0});
}

/* In PostgREST's order. Settings of the role come before the role: it is our login role that may make them.
 */
static void add_wishes(
    struct exchange *x, const struct context_request *c, const struct cat_role *role, unsigned settings)
{
    struct wish w = {.n = 0};
    size_t most =
        FIXED_PARAMS + 2 * ((role ? role->nsettings : 0) + (c->function ? c->function->nsettings : 0) +
                               x->settings->config->napp_settings);
    w.params = arena_alloc(&x->req->arena, most * sizeof *w.params);
    buf_init(&w.sql, 0);
    if (!is_on_search_path(x))
        want(&w, "search_path", search_path(x));
    want_of_role(&w, x, role);
    want_of_request(&w, x, settings);
    want_of_function(&w, x, c->function);
    if (c->read_only)
        buf_append(&w.sql, STR(" OR pg_catalog.set_config('transaction_read_only','on',true) IS NULL"));
    if (c->timeout)
        want(&w, "statement_timeout", c->timeout);
    if (c->timeout_at_most)
        want_at_most(&w, c->timeout_at_most);
    CHECK(w.n <= most);
    add(x, arena_str(&x->req->arena, buf_str(&w.sql)), w.params, w.n);
    buf_release(&w.sql);
}

/* A setting that must be made before the transaction's first snapshot, which any SELECT takes. Plain SET is
 * right: SET LOCAL and SET TRANSACTION warn where there is no BEGIN, and the next transaction begins with
 * default_transaction_isolation whatever this one was (xact.c, StartTransaction()). */
static void add_isolation(struct exchange *x, struct str level)
{
    static const struct {
        struct str level, sql;
    } levels[] = {
        {STR_INIT("serializable"), STR_INIT("SET transaction_isolation = 'serializable'")},
        {STR_INIT("repeatable read"), STR_INIT("SET transaction_isolation = 'repeatable read'")},
        {STR_INIT("read committed"), STR_INIT("SET transaction_isolation = 'read committed'")},
        {STR_INIT("read uncommitted"), STR_INIT("SET transaction_isolation = 'read uncommitted'")},
    };
    for (size_t i = 0; i < ARRAY_LEN(levels); i++) {
        if (str_eq_nocase(level, levels[i].level))
            add(x, levels[i].sql, NULL, 0);
    }
}

static struct str isolation(
    const struct exchange *x, const struct cat_function *fn, const struct cat_role *role)
{
    struct str name, value;
    for (size_t i = 0; fn && i < fn->nsettings; i++) {
        if (hoisted(x, fn->settings[i], &name, &value) && is_isolation(name))
            return value;
    }
    return role ? role->isolation : (struct str){NULL, 0};
}

static bool needs_more(const struct exchange *x, const struct context_request *c, unsigned settings)
{
    unsigned told = SETTING_METHOD | SETTING_PATH | SETTING_HEADERS | SETTING_COOKIES;
    if (x->settings->config->napp_settings)
        told |= SETTING_APP;
    return (settings & told) || !c->read_only || c->timeout || c->timeout_at_most || x->prefer.timezone.n ||
           c->function || !is_on_search_path(x);
}

static void add_plain(struct exchange *x)
{
    const struct context_setup *s = x->settings->context;
    const char **who = arena_alloc(&x->req->arena, 2 * sizeof *who);
    who[0] = x->role;
    who[1] = x->claims;
    x->job.stmts[x->job.nstmts] = s->read;
    x->job.stmts[x->job.nstmts++].params = who;
}

void context_begin(struct exchange *x, const struct context_request *c)
{
    const struct cat_role *role = catalog_role(c->catalog, str_cstr(x->role));
    db_job_init(&x->job);
    x->job.source = x->source;
    if (role || c->function)
        add_isolation(x, isolation(x, c->function, role));
}

/* What db-pre-request calls; of code outside the exposed schemas nothing is known. */
static bool pre_request_changes_session(const struct exchange *x, const struct catalog *cat)
{
    struct str name = x->settings->config->db_pre_request;
    size_t dot = str_find(name, '.'), n = 0;
    const struct cat_function *const *fns =
        catalog_functions(cat, str_sub(name, 0, dot), str_sub(name, dot + 1, name.n), &n);
    bool session = n == 0 && (catalog_session(cat) & SESSION_SOMEWHERE);
    for (size_t i = 0; i < n; i++)
        session |= fns[i]->session;
    return session;
}

void context_tell(struct exchange *x, const struct context_request *c)
{
    const struct cat_role *role = catalog_role(c->catalog, str_cstr(x->role));
    struct str pre_request = x->settings->context->pre_request;
    unsigned settings = pre_request.n ? SETTINGS_ALL : c->settings;
    x->job.read_only = c->read_only;
    if (role || needs_more(x, c, settings))
        add_wishes(x, c, role, settings);
    else
        add_plain(x);
    if (pre_request.n) {
        x->job.changes_session |= pre_request_changes_session(x, c->catalog);
        add(x, pre_request, NULL, 0);
    }
    x->main_stmt = x->job.nstmts;
}

bool context_may_answer(const struct exchange *x, unsigned settings)
{
    return x->settings->context->pre_request.n || (settings & SETTING_ANSWER);
}
