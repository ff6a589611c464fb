/* pg_fixture: see the header. SPDX-License-Identifier: ISC */
#include "test/unit/db/pg_fixture.h"

#include <stdarg.h>
#include <unistd.h>

static const char *uri(void)
{
    return getenv("BOBBIN_TEST_PGURI");
}

void fixture_main_check(void)
{
    if (!uri() || !*uri())
        exit(77);
}

/* libpq lets a later keyword override the dbname of a URI only in its own functions; here it is spelled out.
 */
static void uri_for(const char *database, char *out, size_t size)
{
    const char *given = uri(), *scheme = strstr(given, "://"), *query = strchr(given, '?');
    const char *path = scheme ? strchr(scheme + 3, '/') : NULL;
    assert_non_null(scheme);
    if (path && query && path > query)
        path = NULL;
    size_t head = path ? (size_t)(path - given) : query ? (size_t)(query - given) : strlen(given);
    snprintf(out, size, "%.*s/%s%s", (int)head, given, database, query ? query : "");
}

struct session *fixture_session(const char *database)
{
    char text[1024];
    if (database)
        uri_for(database, text, sizeof text);
    struct session *s = session_open(database ? text : uri(), "bobbin unit test");
    if (!session_ok(s))
        fail_msg("%s", session_error(s));
    return s;
}

void fixture_create_database(const char *database)
{
    char sql[256];
    struct session *s = fixture_session(NULL);
    snprintf(sql, sizeof sql, "drop database if exists %s with (force)", database);
    assert_true(session_exec(s, sql));
    snprintf(sql, sizeof sql, "create database %s", database);
    assert_true(session_exec(s, sql));
    session_close(&s);
}

static void on_check(uv_check_t *check)
{
    struct pg_fixture *f = check->data;
    if (f->db)
        db_flush(f->db);
}

static void on_pulse(uv_timer_t *timer) {}

void fixture_open(struct pg_fixture *f, const char *database, const struct db_options *options)
{
    *f = (struct pg_fixture){0};
    uri_for(database, f->uri, sizeof f->uri);
    f->options = options ? *options : (struct db_options){0};
    f->options.conninfo = f->uri;
    f->options.application_name = "bobbin unit test";
    f->options.prepared = options ? options->prepared : true;
    if (!f->options.slow_us)
        f->options.slow_us = 1000000; /* a busy machine makes nothing slow */
    if (!f->options.shared_connections)
        f->options.shared_connections = 1;
    if (!f->options.exclusive_connections)
        f->options.exclusive_connections = 2;
    f->admin = fixture_session(NULL);
    uv_loop_init(&f->loop);
    uv_check_init(&f->loop, &f->check);
    uv_timer_init(&f->loop, &f->pulse);
    f->check.data = f;
    uv_check_start(&f->check, on_check);
    uv_timer_start(&f->pulse, on_pulse, 5, 5);
    f->db = db_create(&f->loop, &f->options);
}

static void on_closed(void *arg)
{
    struct pg_fixture *f = arg;
    f->closed = true;
}

void fixture_close(struct pg_fixture *f)
{
    db_close(f->db, on_closed, f);
    assert_true(fixture_wait(f, &f->closed, 10000));
    db_free(&f->db);
    assert_null(f->db);
    session_close(&f->admin);
    uv_close((uv_handle_t *)&f->check, NULL);
    uv_close((uv_handle_t *)&f->pulse, NULL);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&f->loop), 0);
}

static void on_rows(struct db_job *job, int stmt, const struct db_rows *rows)
{
    struct pg_work *w = job->arg;
    size_t len = 0;
    const char *value =
        rows->nrows > 0 && rows->ncols > 0 ? db_rows_value(rows, rows->nrows - 1, 0, &len) : NULL;
    assert_true(stmt >= w->last_stmt);
    assert_false(w->done);
    w->last_stmt = stmt;
    w->started = true;
    w->nrows += (uint64_t)rows->nrows;
    w->nbatches++;
    if (rows->nrows > 0)
        snprintf(w->value, sizeof w->value, "%.*s", (int)len, value ? value : "");
    if (rows->last)
        snprintf(w->tag, sizeof w->tag, "%.*s", STR_ARG(rows->command_tag));
    if (w->pause_at_first && w->nbatches == 1) {
        db_job_streams(job);
        db_job_pause(job);
    }
}

static void copy(char *out, size_t size, struct str s)
{
    snprintf(out, size, "%.*s", STR_ARG(s));
}

static void on_done(struct db_job *job, enum db_outcome outcome, const struct db_error *error)
{
    struct pg_work *w = job->arg;
    assert_false(w->done);
    w->done = true;
    w->outcome = outcome;
    w->took_ms = uv_hrtime() / 1000000 - w->started_ms;
    if (!error)
        return;
    copy(w->sqlstate, sizeof w->sqlstate, error->sqlstate);
    copy(w->message, sizeof w->message, error->message);
    copy(w->constraint, sizeof w->constraint, error->constraint);
    w->error_stmt = error->stmt;
    w->retry_after_s = error->retry_after_s;
}

void work_init(struct pg_fixture *f, struct pg_work *w, enum db_lane lane, int n, ...)
{
    va_list args;
    *w = (struct pg_work){.loop = &f->loop, .last_stmt = -1, .error_stmt = -2};
    db_job_init(&w->job);
    va_start(args, n);
    for (int i = 0; i < n; i++)
        db_stmt_init(&w->job.stmts[i], str_cstr(va_arg(args, const char *)), NULL, 0, STR(""));
    va_end(args);
    w->job.nstmts = n;
    w->job.lane = lane;
    w->job.kind = DB_WRITE; /* of which only good is presumed */
    w->job.trusted = true;
    w->job.on_rows = on_rows;
    w->job.on_done = on_done;
    w->job.arg = w;
}

void work_submit(struct pg_fixture *f, struct pg_work *w)
{
    w->started_ms = uv_hrtime() / 1000000;
    db_submit(f->db, &w->job);
}

bool fixture_wait(struct pg_fixture *f, const bool *flag, uint64_t ms)
{
    uint64_t end = uv_hrtime() / 1000000 + ms;
    while (!*flag && uv_hrtime() / 1000000 < end)
        uv_run(&f->loop, UV_RUN_ONCE);
    return *flag;
}

void fixture_run_for(struct pg_fixture *f, uint64_t ms)
{
    static const bool never = false;
    assert_false(fixture_wait(f, &never, ms));
}

enum db_outcome work_run(struct pg_fixture *f, struct pg_work *w)
{
    work_submit(f, w);
    if (!fixture_wait(f, &w->done, 10000))
        fail_msg("no answer to %.*s", STR_ARG(w->job.stmts[0].sql));
    return w->outcome;
}

const char *fixture_ask(struct pg_fixture *f, enum db_lane lane, const char *sql)
{
    static struct pg_work w;
    work_init(f, &w, lane, 1, sql);
    w.job.read_only = true;
    return work_run(f, &w) == DB_OK ? w.value : "";
}

struct db_stats fixture_stats(struct pg_fixture *f)
{
    struct db_stats stats;
    db_get_stats(f->db, &stats);
    return stats;
}

size_t fixture_rss_kb(void)
{
    unsigned long total = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    assert_non_null(file);
    assert_int_equal(fscanf(file, "%lu %lu", &total, &resident), 2);
    fclose(file);
    return resident * (size_t)sysconf(_SC_PAGESIZE) / 1024;
}
