/* statements: building and judging the jobs of writes and calls. SPDX-License-Identifier: ISC */
#include "handlers/statements.h"

#include "handlers/context.h"
#include "handlers/errors.h"
#include "handlers/response_settings.h"
#include "query/write.h"
#include "server/response.h"
#include "util/check.h"

void statements_begin(struct exchange *x, const struct catalog *cat, const struct cat_function *fn)
{
    context_begin(x, &(struct context_request){.catalog = cat, .function = fn});
}

void statements_start(
    struct exchange *x, const struct catalog *cat, const struct cat_function *fn, bool read_only)
{
    context_tell(
        x, &(struct context_request){
               .catalog = cat, .function = fn, .settings = catalog_settings(cat), .read_only = read_only});
    x->job.lane = DB_EXCLUSIVE;
    x->job.kind = fn ? DB_CALL : read_only ? DB_READ : DB_WRITE;
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
    CHECK(x->job.nstmts < x->job.room);
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
        response_settings_header(x, STR("Preference-Applied"), buf_str(&text));
    buf_release(&text);
}

static void give_catalog_back(void *arg)
{
    struct catalog *cat = arg;
    catalog_unref(&cat);
}

struct catalog *statements_catalog(struct exchange *x)
{
    struct catalog *cat = exchange_catalog(x);
    if (cat)
        arena_on_dispose(&x->req->arena, give_catalog_back, catalog_ref(cat));
    else
        error_send(x->req, ERR_CATALOG_LOADING, NULL);
    return cat;
}
