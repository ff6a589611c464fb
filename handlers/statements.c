/* statements: building and judging the jobs of writes and calls. SPDX-License-Identifier: ISC */
#include "handlers/statements.h"

#include "handlers/errors.h"
#include "query/write.h"
#include "server/response.h"
#include "util/check.h"
#include "util/json_out.h"
#include "util/utf8.h"

/* A condition that is never true, as in app.c: nothing to send back. */
#define WHO_SQL                                                                                              \
    "SELECT WHERE pg_catalog.set_config('role',$1,true) IS NULL "                                            \
    "OR pg_catalog.set_config('request.jwt.claims',$2,true) IS NULL "                                        \
    "OR pg_catalog.set_config('request.method',$3,true) IS NULL "                                            \
    "OR pg_catalog.set_config('request.path',$4,true) IS NULL "                                              \
    "OR pg_catalog.set_config('request.headers',$5,true) IS NULL"
#define READ_ONLY_SQL " OR pg_catalog.set_config('transaction_read_only','on',true) IS NULL"
enum { WHO_PARAMS = 5 };

static bool is_secret(struct str name)
{
    return str_eq_nocase(name, STR("Authorization")) || str_eq_nocase(name, STR("Cookie")) ||
           str_eq_nocase(name, STR("Proxy-Authorization"));
}

static struct str lower(struct arena *a, struct str s)
{
    char *p = arena_cstr(a, s);
    for (size_t i = 0; i < s.n; i++)
        p[i] = (char)(p[i] >= 'A' && p[i] <= 'Z' ? p[i] | 0x20 : p[i]);
    return str_make(p, s.n);
}

/* {"accept": "*", ..}; what is not UTF-8 cannot be text in PostgreSQL and is left out. */
static const char *headers_json(const struct request *req, struct arena *a)
{
    struct buf b;
    struct json_out j;
    buf_init(&b, 0);
    json_out_init(&j, &b);
    json_out_object(&j);
    for (size_t i = 0; i < req->nheaders; i++) {
        const struct header *h = &req->headers[i];
        if (is_secret(h->name) || !utf8_valid(h->value))
            continue;
        json_out_key_str(&j, lower(a, h->name));
        json_out_str(&j, h->value);
    }
    json_out_end(&j);
    const char *text = arena_cstr(a, buf_str(&b));
    buf_release(&b);
    return text;
}

void statements_start(struct exchange *x, bool read_only)
{
    struct arena *a = &x->req->arena;
    const char **who = arena_alloc(a, WHO_PARAMS * sizeof *who);
    who[0] = x->role;
    who[1] = x->claims;
    who[2] = arena_cstr(a, x->req->method_name);
    who[3] = arena_cstr(a, x->req->path);
    who[4] = headers_json(x->req, a);
    db_stmt_init(&x->job.stmts[x->job.nstmts], read_only ? STR(WHO_SQL READ_ONLY_SQL) : STR(WHO_SQL), who,
        WHO_PARAMS, (struct str){NULL, 0});
    x->main = (unsigned)++x->job.nstmts;
    x->job.read_only = read_only;
    x->job.lane = DB_EXCLUSIVE;
}

static struct str salt(const struct exchange *x, const struct cat_relation *const *tables, size_t ntables)
{
    for (size_t i = 0; i < ntables; i++) {
        if (tables[i]->row_security)
            return str_cstr(x->role);
    }
    return (struct str){NULL, 0};
}

void statements_add(struct exchange *x, const struct plan_stmt *stmt,
    const struct cat_relation *const *tables, size_t ntables)
{
    CHECK(x->job.nstmts < DB_JOB_STMTS);
    db_stmt_init(&x->job.stmts[x->job.nstmts++], stmt->sql, stmt->params, (int)stmt->nparams,
        salt(x, tables, ntables));
}

bool statements_roll_back(const struct exchange *x, bool *allowed)
{
    enum config_tx_end end = x->settings->config->db_tx_end;
    *allowed = end == TX_COMMIT_ALLOW_OVERRIDE || end == TX_ROLLBACK_ALLOW_OVERRIDE;
    if (*allowed && x->prefer.tx != PREFER_TX_UNSET)
        return x->prefer.tx == PREFER_TX_ROLLBACK;
    return end == TX_ROLLBACK || end == TX_ROLLBACK_ALLOW_OVERRIDE;
}

void statements_add_rollback(struct exchange *x)
{
    statements_add(x, &(struct plan_stmt){.sql = STR("SET CONSTRAINTS ALL IMMEDIATE")}, NULL, 0);
    statements_add(x, &(struct plan_stmt){.sql = STR("ROLLBACK")}, NULL, 0);
}

void statements_submit(struct exchange *x, db_rows_cb *on_rows, db_done_cb *on_done, void *arg)
{
    x->job.on_rows = on_rows;
    x->job.on_done = on_done;
    x->job.arg = arg;
    x->job_running = true;
    if (x->job.read_only)
        exchange_end_with_client(x);
    db_submit(x->app->db, &x->job);
}

/* The number stands behind WRITE_GUARD in the failed cast's message, whatever language that is in. */
bool statements_guard_failed(const struct db_error *error, uint64_t *n)
{
    static const char mark[] = "\"" WRITE_GUARD;
    if (!str_eq(error->sqlstate, STR("22P02")))
        return false;
    const char *at = memmem(error->message.p, error->message.n, mark, sizeof mark - 1);
    if (!at)
        return false;
    struct str rest = str_sub(error->message, (size_t)(at - error->message.p) + sizeof mark - 1, SIZE_MAX);
    return str_to_u64(str_sub(rest, 0, str_find(rest, '"')), n);
}

void statements_refuse_count(struct exchange *x, bool singular, uint64_t n)
{
    struct arena *a = &x->req->arena;
    unsigned long long rows = n;
    struct error_detail d = {.details = singular ? arena_printf(a, "The result contains %llu rows", rows)
                                                 : arena_printf(a, "The query affects %llu rows", rows)};
    error_send(x->req, singular ? ERR_SINGULAR : ERR_MAX_AFFECTED, &d);
}

void statements_preference_applied(struct exchange *x, const struct prefer *honoured)
{
    struct buf text;
    buf_init(&text, 0);
    prefer_applied(honoured, &text);
    if (buf_len(&text))
        response_header(x->req, STR("Preference-Applied"), buf_str(&text));
    buf_release(&text);
}

static void give_catalog_back(void *arg)
{
    struct catalog *cat = arg;
    catalog_unref(&cat);
}

struct catalog *statements_catalog(struct exchange *x)
{
    struct catalog *cat = schema_watch_catalog(x->app->shared->schema);
    if (cat)
        arena_on_dispose(&x->req->arena, give_catalog_back, cat);
    else
        error_send(x->req, ERR_CATALOG_LOADING, NULL);
    return cat;
}
