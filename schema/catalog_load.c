/* catalog_load: QUERY (rows come in) -> BUILD (a thread works on them) -> the callback. The rows are one flat
 * buffer of (query, length, text, NUL), which the thread has to itself. SPDX-License-Identifier: ISC */
#include "schema/catalog_load.h"

#include "schema/catalog_feed.h"
#include "util/check.h"
#include "util/mem.h"

#include <stdio.h>
#include <stdlib.h>

#define LOAD_MAGIC 0x6c6f6164u
#define TIMEOUT_MS 60000u

/* search_path: see catalog.sql. jit: compiling this statement would take longer than running it. */
#define SETTINGS_SQL                                                                                         \
    "select set_config('search_path', '', true), set_config('jit', 'off', true),"                            \
    " set_config('statement_timeout', $1, true)"

enum load_state { LOAD_QUERY, LOAD_BUILD, LOAD_DONE };

struct row_head {
    uint32_t query, n;
};

struct catalog_load {
    unsigned magic;
    enum load_state state;
    struct db *db;
    struct db_job job;
    uv_timer_t deadline;
    uv_work_t work;
    catalog_load_cb *on_done; /* NULL: cancelled */
    void *arg;
    struct arena arena; /* schemas */
    const struct str *schemas;
    size_t nschemas;
    struct buf sql, schemas_text, extra_text, rows;
    char timeout_text[24];
    const char *settings_params[1], *params[2];
    struct catalog *cat; /* the thread's result */
    struct buf error;
};

/* What both ways of loading share. */

/* A literal of type text[]. */
static void append_array(struct buf *b, const struct str *items, size_t n)
{
    buf_append_char(b, '{');
    for (size_t i = 0; i < n; i++) {
        buf_append(b, i ? STR(",\"") : STR("\""));
        for (size_t k = 0; k < items[i].n; k++) {
            if (items[i].p[k] == '"' || items[i].p[k] == '\\')
                buf_append_char(b, '\\');
            buf_append_char(b, items[i].p[k]);
        }
        buf_append_char(b, '"');
    }
    buf_append(b, STR("}"));
    buf_append_char(b, '\0');
}

/* False when the limit is reached. */
static bool keep_row(struct buf *rows, const char *query, const char *text, size_t n)
{
    struct row_head head = {(uint32_t)strtoul(query, NULL, 10), (uint32_t)n};
    char *p = buf_try_reserve(rows, sizeof head + n + 1);
    if (!p)
        return false;
    memcpy(p, &head, sizeof head);
    memcpy(p + sizeof head, text, n);
    p[sizeof head + n] = '\0';
    buf_commit(rows, p + sizeof head + n + 1);
    return true;
}

static struct catalog *build(struct buf *rows, const struct str *schemas, size_t nschemas, struct buf *error)
{
    struct catalog_feed *feed = catalog_feed_create(schemas, nschemas);
    char *at = rows->data + rows->head, *end = rows->data + rows->tail;
    while (at < end) {
        struct row_head head;
        memcpy(&head, at, sizeof head);
        at += sizeof head;
        if (!catalog_feed_row(feed, head.query, at, head.n)) {
            buf_printf(error, "a row of catalog query %u cannot be read: %.100s", head.query, at);
            catalog_feed_free(&feed);
            return NULL;
        }
        at += head.n + 1;
    }
    return catalog_feed_finish(&feed);
}

/* The asynchronous way. */

static struct catalog_load *load_of(struct db_job *job)
{
    struct catalog_load *l;
    CAST_OBJ(l, job->arg, LOAD_MAGIC);
    return l;
}

static void on_closed(uv_handle_t *handle)
{
    struct catalog_load *l;
    CAST_OBJ(l, handle->data, LOAD_MAGIC);
    l->magic = 0;
    catalog_unref(&l->cat);
    arena_release(&l->arena);
    buf_release(&l->sql);
    buf_release(&l->schemas_text);
    buf_release(&l->extra_text);
    buf_release(&l->rows);
    buf_release(&l->error);
    mem_free(l);
}

/* Tells the caller and ends; with a NULL in l->cat, l->error says why. */
static void finish(struct catalog_load *l)
{
    catalog_load_cb *on_done = l->on_done;
    struct catalog *cat = l->cat;
    CHECK(l->state != LOAD_DONE);
    l->state = LOAD_DONE;
    l->on_done = NULL;
    uv_close((uv_handle_t *)&l->deadline, on_closed);
    if (!on_done)
        return;
    l->cat = NULL;
    buf_append_char(&l->error, '\0');
    on_done(l->arg, cat, cat ? NULL : buf_str(&l->error).p);
}

static void work(uv_work_t *w)
{
    struct catalog_load *l;
    CAST_OBJ(l, w->data, LOAD_MAGIC);
    l->cat = build(&l->rows, l->schemas, l->nschemas, &l->error);
}

static void after_work(uv_work_t *w, int status)
{
    struct catalog_load *l;
    CAST_OBJ(l, w->data, LOAD_MAGIC);
    CHECK(l->state == LOAD_BUILD);
    if (status != 0)
        buf_append(&l->error, STR("building the catalog was cancelled"));
    finish(l);
}

static void on_rows(struct db_job *job, int stmt, const struct db_rows *rows)
{
    struct catalog_load *l = load_of(job);
    for (int i = 0; stmt == 1 && i < rows->nrows; i++) {
        size_t n = 0, ignored;
        const char *query = db_rows_value(rows, i, 0, &ignored), *text = db_rows_value(rows, i, 1, &n);
        CHECK(query && text);
        if (buf_len(&l->error) == 0 && !keep_row(&l->rows, query, text, n))
            buf_printf(&l->error, "the catalog is larger than %zu MB", CATALOG_LOAD_BYTES_MAX >> 20);
    }
}

static void on_query_done(struct db_job *job, enum db_outcome outcome, const struct db_error *error)
{
    struct catalog_load *l = load_of(job);
    CHECK(l->state == LOAD_QUERY);
    if (outcome != DB_OK)
        buf_printf(&l->error, "%.*s%s%.*s", STR_ARG(error->message), error->sqlstate.n ? ", SQLSTATE " : "",
            STR_ARG(error->sqlstate));
    if (buf_len(&l->error) > 0) {
        finish(l);
        return;
    }
    l->state = LOAD_BUILD;
    uv_timer_stop(&l->deadline);
    CHECK(uv_queue_work(l->deadline.loop, &l->work, work, after_work) == 0);
}

static void on_deadline(uv_timer_t *timer)
{
    struct catalog_load *l;
    CAST_OBJ(l, timer->data, LOAD_MAGIC);
    CHECK(l->state == LOAD_QUERY);
    db_abandon(l->db, &l->job);
    buf_append(&l->error, STR("reading the catalog took too long"));
    finish(l);
}

static void prepare_job(
    struct catalog_load *l, const struct catalog_load_options *options, uint64_t timeout_ms)
{
    catalog_feed_sql(&l->sql);
    append_array(&l->schemas_text, options->schemas, options->nschemas);
    append_array(&l->extra_text, options->extra, options->nextra);
    snprintf(l->timeout_text, sizeof l->timeout_text, "%llu", (unsigned long long)timeout_ms);
    l->settings_params[0] = l->timeout_text;
    l->params[0] = buf_str(&l->schemas_text).p;
    l->params[1] = buf_str(&l->extra_text).p;
    db_job_init(&l->job);
    db_stmt_init(&l->job.stmts[0], STR(SETTINGS_SQL), l->settings_params, 1, STR(""));
    db_stmt_init(&l->job.stmts[1], buf_str(&l->sql), l->params, 2, STR(""));
    l->job.stmts[1].once = true;
    l->job.nstmts = 2;
    l->job.lane = DB_EXCLUSIVE;
    l->job.trusted = true; /* it may be slow, but nothing works without it */
    l->job.read_only = l->job.stream = true;
    l->job.timeout_ms = timeout_ms;
    l->job.on_rows = on_rows;
    l->job.on_done = on_query_done;
    l->job.arg = l;
}

struct catalog_load *catalog_load_start(uv_loop_t *loop, struct db *db,
    const struct catalog_load_options *options, catalog_load_cb *on_done, void *arg)
{
    uint64_t timeout_ms = options->timeout_ms ? options->timeout_ms : TIMEOUT_MS;
    struct catalog_load *l = MEM_NEW(struct catalog_load);
    CHECK(options->nschemas > 0);
    l->magic = LOAD_MAGIC;
    l->db = db;
    l->on_done = on_done;
    l->arg = arg;
    arena_init(&l->arena, 0);
    buf_init(&l->sql, 0);
    buf_init(&l->schemas_text, 0);
    buf_init(&l->extra_text, 0);
    buf_init(&l->rows, CATALOG_LOAD_BYTES_MAX);
    buf_init(&l->error, 0);
    struct str *schemas = ARENA_NEW_ARRAY(&l->arena, struct str, options->nschemas);
    for (size_t i = 0; i < options->nschemas; i++)
        schemas[i] = arena_str(&l->arena, options->schemas[i]);
    l->schemas = schemas;
    l->nschemas = options->nschemas;
    l->work.data = l->deadline.data = l;
    CHECK(uv_timer_init(loop, &l->deadline) == 0);
    CHECK(uv_timer_start(&l->deadline, on_deadline, timeout_ms, 0) == 0);
    prepare_job(l, options, timeout_ms);
    db_submit(db, &l->job);
    return l;
}

void catalog_load_cancel(struct catalog_load **lp)
{
    struct catalog_load *l = *lp;
    *lp = NULL;
    if (!l)
        return;
    CHECK_OBJ(l, LOAD_MAGIC);
    CHECK(l->state != LOAD_DONE);
    l->on_done = NULL;
    if (l->state == LOAD_QUERY) {
        db_abandon(l->db, &l->job);
        finish(l);
    }
}

/* The blocking way. */

static bool fetch(struct session *s, const struct catalog_load_options *options, struct buf *rows)
{
    struct buf sql, schemas, extra;
    buf_init(&sql, 0);
    buf_init(&schemas, 0);
    buf_init(&extra, 0);
    catalog_feed_sql(&sql);
    buf_append_char(&sql, '\0');
    append_array(&schemas, options->schemas, options->nschemas);
    append_array(&extra, options->extra, options->nextra);
    const char *settings[] = {"0"}, *params[] = {buf_str(&schemas).p, buf_str(&extra).p};
    bool ok = session_exec(s, "begin read only") && session_query(s, SETTINGS_SQL, settings, 1) &&
              session_query(s, buf_str(&sql).p, params, 2);
    for (int i = 0; ok && i < session_nrows(s); i++) {
        const char *text = session_value(s, i, 1);
        ok = keep_row(rows, session_value(s, i, 0), text, strlen(text));
    }
    buf_release(&sql);
    buf_release(&schemas);
    buf_release(&extra);
    return ok;
}

struct catalog *catalog_load_now(
    struct session *s, const struct catalog_load_options *options, struct buf *error)
{
    struct buf rows;
    struct catalog *cat = NULL;
    buf_init(&rows, CATALOG_LOAD_BYTES_MAX);
    if (fetch(s, options, &rows))
        cat = build(&rows, options->schemas, options->nschemas, error);
    else
        buf_printf(error, "reading the catalog: %s", session_error(s));
    if (!session_exec(s, "rollback") && cat)
        catalog_unref(&cat);
    buf_release(&rows);
    return cat;
}
