/* test_db: what db.h promises while the server behaves. SPDX-License-Identifier: ISC */
#include "test/unit/db/pg_fixture.h"

#define DATABASE "bobbin_unit_db"

static struct pg_fixture f;

static int setup(void **state)
{
    fixture_open(&f, DATABASE, NULL);
    return 0;
}

static int teardown(void **state)
{
    fixture_close(&f);
    return 0;
}

static void reopen(const struct db_options *options)
{
    fixture_close(&f);
    fixture_open(&f, DATABASE, options);
}

static void gives_rows_of_each_statement_in_order(void **state)
{
    static struct pg_work w;
    work_init(&f, &w, DB_SHARED, 3, "select 1", "select 'x' where false",
        "select i, 'b' from generate_series(1, 7) i");
    assert_int_equal(work_run(&f, &w), DB_OK);
    assert_int_equal(w.nrows, 8);
    assert_int_equal(w.nbatches, 3);
    assert_string_equal(w.value, "7");
    assert_string_equal(w.tag, "SELECT 7");
}

static void infers_types_of_parameters(void **state)
{
    static const char *const params[] = {"{1,2,3}", "o'x", NULL};
    static struct pg_work w;
    work_init(&f, &w, DB_SHARED, 1, "");
    db_stmt_init(&w.job.stmts[0],
        STR("select count(*) || $2 || coalesce($3, '-') from generate_series(1, 9) i where i = "
            "any($1::int[])"),
        params, 3, STR("role"));
    assert_int_equal(work_run(&f, &w), DB_OK);
    assert_string_equal(w.value, "3o'x-");
}

static void error_stops_at_its_own_sync(void **state)
{
    static struct pg_work w[3];
    work_init(&f, &w[0], DB_SHARED, 1, "select 'before'");
    work_init(&f, &w[1], DB_SHARED, 3, "insert into t values (500)", "select 1/0", "select 'after'");
    work_init(&f, &w[2], DB_SHARED, 1, "select count(*) from t where id = 500");
    for (int i = 0; i < 3; i++)
        work_submit(&f, &w[i]);
    assert_true(fixture_wait(&f, &w[2].done, 5000));
    assert_int_equal(w[0].outcome, DB_OK);
    assert_int_equal(w[1].outcome, DB_SQL_ERROR);
    assert_string_equal(w[1].sqlstate, "22012");
    assert_int_equal(w[1].error_stmt, 1);
    assert_int_equal(w[1].nrows, 0);
    assert_int_equal(w[2].outcome, DB_OK);
    assert_string_equal(w[2].value, "0");
}

static void statement_that_failed_to_parse_is_tried_again(void **state)
{
    static struct pg_work w[4];
    work_init(&f, &w[0], DB_SHARED, 2, "select 1/0", "select 'second'");
    for (int i = 1; i < 4; i++)
        work_init(&f, &w[i], DB_SHARED, 1, "select 'second'"); /* bound to what the first never prepared */
    for (int i = 0; i < 4; i++)
        work_submit(&f, &w[i]);
    for (int i = 0; i < 4; i++)
        assert_true(fixture_wait(&f, &w[i].done, 5000));
    assert_int_equal(w[0].outcome, DB_SQL_ERROR);
    for (int i = 1; i < 4; i++)
        assert_int_equal(w[i].outcome, DB_OK);
    work_init(&f, &w[0], DB_SHARED, 1, "selec 1");
    for (int i = 0; i < 3; i++) {
        w[0].done = false;
        assert_int_equal(work_run(&f, &w[0]), DB_SQL_ERROR);
        assert_string_equal(w[0].sqlstate, "42601");
        assert_int_equal(w[0].error_stmt, 0);
    }
}

static void deferred_constraint_fails_at_commit(void **state)
{
    static struct pg_work w;
    for (enum db_lane lane = DB_SHARED; lane <= DB_EXCLUSIVE; lane++) {
        work_init(&f, &w, lane, 2, "insert into child values (77) returning parent", "select 1");
        assert_int_equal(work_run(&f, &w), DB_SQL_ERROR);
        assert_string_equal(w.sqlstate, "23503");
        assert_string_equal(w.constraint, "child_parent_fkey");
        assert_int_equal(w.error_stmt, -1);
        assert_int_equal(w.nrows, 0);
        assert_string_equal(fixture_ask(&f, lane, "select count(*) from child"), "0");
    }
}

static void abandoned_jobs_are_drained_or_cancelled(void **state)
{
    static struct pg_work w[20];
    char pid[32];
    for (int i = 0; i < 20; i++) {
        work_init(&f, &w[i], DB_SHARED, 1, "select 'drained' from generate_series(1, 1000)");
        work_submit(&f, &w[i]);
    }
    db_abandon(f.db, &w[0].job); /* not sent yet */
    uv_run(&f.loop, UV_RUN_NOWAIT);
    for (int i = 1; i < 20; i += 2)
        db_abandon(f.db, &w[i].job);
    assert_true(fixture_wait(&f, &w[18].done, 5000));
    for (int i = 0; i < 20; i++)
        assert_int_equal(w[i].done, i > 0 && i % 2 == 0);

    snprintf(pid, sizeof pid, "%s", fixture_ask(&f, DB_EXCLUSIVE, "select pg_backend_pid()"));
    work_init(&f, &w[0], DB_EXCLUSIVE, 1, "select pg_sleep(60)");
    work_submit(&f, &w[0]);
    fixture_run_for(&f, 100);
    db_abandon(f.db, &w[0].job);
    memset(&w[0], 0xee, sizeof w[0]);
    for (int i = 0; i < 500 && fixture_stats(&f).busy > 0; i++)
        fixture_run_for(&f, 20);
    assert_int_equal(fixture_stats(&f).busy, 0);
    assert_int_equal(fixture_stats(&f).cancels, 1);
    assert_string_equal(fixture_ask(&f, DB_EXCLUSIVE, "select pg_backend_pid()"), pid);
}

/* Nobody waits for it any more, but others wait behind it. */
static void abandoned_statement_on_a_shared_connection_ends(void **state)
{
    static struct pg_work w[2];
    struct db_options o = {.prepared = true, .slow_us = 100000};
    reopen(&o);
    work_init(&f, &w[0], DB_SHARED, 1, "select pg_sleep(55)");
    work_init(&f, &w[1], DB_SHARED, 1, "select 'behind'");
    w[0].job.read_only = w[1].job.read_only = true;
    work_submit(&f, &w[0]);
    work_submit(&f, &w[1]);
    fixture_run_for(&f, 100);
    db_abandon(f.db, &w[0].job);
    assert_true(fixture_wait(&f, &w[1].done, 5000));
    assert_int_equal(w[1].outcome, DB_OK);
    assert_string_equal(w[1].value, "behind");
    assert_int_equal(fixture_stats(&f).moved, 1);
    fixture_run_for(&f, 1500);
    assert_string_equal(
        fixture_ask(&f, DB_EXCLUSIVE,
            "select count(*) from pg_stat_activity where query like '%pg_sleep(55)' and state = 'active'"),
        "0");
}

static void deadlines_end_jobs(void **state)
{
    static struct pg_work shared, exclusive, behind, waiting, more;
    work_init(&f, &shared, DB_SHARED, 1, "select pg_sleep(0.6)");
    work_init(&f, &behind, DB_SHARED, 1, "select 'behind'");
    work_init(&f, &exclusive, DB_EXCLUSIVE, 1, "select pg_sleep(60)");
    work_init(&f, &more, DB_EXCLUSIVE, 1, "select pg_sleep(0.6)");
    work_init(&f, &waiting, DB_EXCLUSIVE, 1, "select 'waits'");
    for (enum db_lane lane = DB_SHARED; lane <= DB_EXCLUSIVE; lane++)
        assert_string_equal(fixture_ask(&f, lane, "select 1"), "1");
    shared.job.timeout_ms = exclusive.job.timeout_ms = 200;
    waiting.job.timeout_ms = 100;
    work_submit(&f, &shared);
    work_submit(&f, &behind);
    work_submit(&f, &exclusive);
    work_submit(&f, &more);
    fixture_run_for(&f, 50);
    work_submit(&f, &waiting);
    assert_true(fixture_wait(&f, &behind.done, 5000));
    assert_int_equal(shared.outcome, DB_TIMEOUT);
    assert_in_range(shared.took_ms, 199, 3000);
    assert_int_equal(behind.outcome, DB_OK);
    assert_int_equal(exclusive.outcome, DB_TIMEOUT);
    assert_in_range(exclusive.took_ms, 199, 3000);
    assert_int_equal(waiting.outcome, DB_TIMEOUT);
    assert_in_range(waiting.took_ms, 99, 3000);
    assert_true(fixture_wait(&f, &more.done, 5000));
    assert_int_equal(more.outcome, DB_OK);
    assert_int_equal(fixture_stats(&f).timeouts, 3);
}

static void queue_is_bounded_and_waiting_has_an_end(void **state)
{
    struct db_options o = {
        .prepared = true, .exclusive_connections = 1, .queue_max = 3, .acquire_timeout_ms = 150};
    static struct pg_work w[6];
    reopen(&o);
    for (int i = 0; i < 6; i++)
        work_init(&f, &w[i], DB_EXCLUSIVE, 1, "select pg_sleep(0.5)");
    assert_int_equal(work_run(&f, &w[0]), DB_OK);
    w[0].done = false;
    for (int i = 0; i < 6; i++)
        work_submit(&f, &w[i]);
    assert_true(fixture_wait(&f, &w[0].done, 5000));
    for (int i = 1; i < 6; i++) {
        assert_true(w[i].done);
        assert_int_equal(w[i].outcome, DB_UNAVAILABLE);
        assert_true(w[i].retry_after_s >= 1);
        assert_in_range(w[i].took_ms, i < 4 ? 149 : 0, i < 4 ? 3000 : 140);
    }
    assert_int_equal(w[0].outcome, DB_OK);
}

static void streams_in_batches(void **state)
{
    static struct pg_work w;
    work_init(&f, &w, DB_EXCLUSIVE, 2, "select set_config('work_mem', '4MB', true)",
        "select i, repeat('x', 100) from generate_series(1, 20000) i");
    w.job.stream = w.job.read_only = true;
    assert_int_equal(work_run(&f, &w), DB_OK);
    assert_int_equal(w.nrows, 20001);
    assert_string_equal(w.value, "20000");
    assert_string_equal(w.tag, "SELECT 20000");
    assert_true(w.nbatches > 3);
    work_init(&f, &w, DB_EXCLUSIVE, 1, "select i from generate_series(1, 0) i");
    w.job.stream = true;
    assert_int_equal(work_run(&f, &w), DB_OK);
    assert_int_equal(w.nrows, 0);
    assert_int_equal(w.nbatches, 1);
}

static void stream_is_refused_by_an_earlier_statement(void **state)
{
    static struct pg_work w;
    work_init(&f, &w, DB_EXCLUSIVE, 2, "select set_config('role', 'nobody such', true)",
        "select i from generate_series(1, 20000) i");
    w.job.stream = true;
    assert_int_equal(work_run(&f, &w), DB_SQL_ERROR);
    assert_string_equal(w.sqlstate, "22023");
    assert_int_equal(w.nrows, 0);
    assert_string_equal(fixture_ask(&f, DB_EXCLUSIVE, "select 'fine'"), "fine");
}

static void stream_reports_an_error_after_rows(void **state)
{
    static struct pg_work w;
    work_init(&f, &w, DB_EXCLUSIVE, 1, "select 1000 / (5000 - i) from generate_series(1, 6000) i");
    w.job.stream = true;
    assert_int_equal(work_run(&f, &w), DB_SQL_ERROR);
    assert_string_equal(w.sqlstate, "22012");
    assert_in_range(w.nrows, 1, 4999);
    assert_string_equal(fixture_ask(&f, DB_EXCLUSIVE, "select 'fine'"), "fine");
}

static void paused_stream_holds_the_database_back(void **state)
{
    static struct pg_work w;
    work_init(&f, &w, DB_EXCLUSIVE, 1, "select i, repeat('y', 1000) from generate_series(1, 100000) i");
    w.job.stream = true;
    w.job.timeout_ms = 2000; /* counts up to the first row only */
    w.pause_at_first = true;
    assert_string_equal(fixture_ask(&f, DB_EXCLUSIVE, "select 1"), "1");
    work_submit(&f, &w);
    assert_true(fixture_wait(&f, &w.started, 10000));
    fixture_run_for(&f, 100);
    size_t before = fixture_rss_kb();
    fixture_run_for(&f, 2200);
    assert_int_equal(w.nbatches, 1);
    assert_true(fixture_rss_kb() < before + 1024);
    db_job_resume(&w.job);
    assert_int_equal(w.nbatches, 1); /* nothing is delivered from within */
    assert_true(fixture_wait(&f, &w.done, 10000));
    assert_int_equal(w.outcome, DB_OK);
    assert_int_equal(w.nrows, 100000);
#if !defined(__SANITIZE_ADDRESS__)
    assert_true(fixture_rss_kb() < before + 8192);
#endif
}

/* Its locks would last as long as its client likes. What it changes is changed all the same. */
static void a_paused_stream_of_a_write_has_an_end(void **state)
{
    static struct pg_work w;
    struct db_options o = {.prepared = true, .request_timeout_ms = 1000};
    reopen(&o);
    work_init(&f, &w, DB_EXCLUSIVE, 1,
        "with x as (insert into t select g from generate_series(5000, 60000) g returning id)"
        " select id, repeat('y', 1000) from x");
    w.job.stream = w.job.finish = w.pause_at_first = true;
    assert_int_equal(work_run(&f, &w), DB_TIMEOUT);
    assert_int_equal(w.nbatches, 1);
    for (int i = 0; i < 500 && fixture_stats(&f).busy > 0; i++)
        fixture_run_for(&f, 20);
    assert_int_equal(fixture_stats(&f).cancels, 0);
    assert_string_equal(fixture_ask(&f, DB_EXCLUSIVE, "select count(*) from t where id >= 5000"), "55001");
}

static void abandoned_stream_is_cancelled_even_when_paused(void **state)
{
    static struct pg_work w;
    char pid[32];
    snprintf(pid, sizeof pid, "%s", fixture_ask(&f, DB_EXCLUSIVE, "select pg_backend_pid()"));
    work_init(&f, &w, DB_EXCLUSIVE, 1, "select generate_series(1, 1000000000), repeat('y', 1000)");
    w.job.stream = true;
    w.pause_at_first = true;
    work_submit(&f, &w);
    assert_true(fixture_wait(&f, &w.started, 10000));
    fixture_run_for(&f, 100);
    assert_int_equal(w.nbatches, 1);
    db_abandon(f.db, &w.job);
    for (int i = 0; i < 200 && fixture_stats(&f).busy > 0; i++)
        fixture_run_for(&f, 10);
    assert_int_equal(fixture_stats(&f).busy, 0);
    assert_int_equal(w.nbatches, 1);
    assert_string_equal(fixture_ask(&f, DB_EXCLUSIVE, "select pg_backend_pid()"), pid);
}

static void changed_table_is_prepared_again(void **state)
{
    static struct pg_work w[30];
    struct session *s = fixture_session(DATABASE);
    for (enum db_lane lane = DB_SHARED; lane <= DB_EXCLUSIVE; lane++) {
        assert_true(session_exec(s, "drop table if exists shape; create table shape as select 1 as a"));
        for (int i = 0; i < 2; i++) /* prepared at the second */
            assert_string_equal(fixture_ask(&f, lane, "select * from shape"), "1");
        assert_true(
            session_exec(s, "alter table shape add b int; alter table shape alter a type text using 'new'"));
        for (int i = 0; i < 30; i++) {
            work_init(&f, &w[i], lane, 2, "select set_config('role', 'none', true)", "select * from shape");
            work_submit(&f, &w[i]);
        }
        for (int i = 0; i < 30; i++) {
            assert_true(fixture_wait(&f, &w[i].done, 5000));
            assert_int_equal(w[i].outcome, DB_OK);
            assert_int_equal(w[i].nrows, 2);
            assert_string_equal(w[i].value, "new");
        }
    }
    session_close(&s);
}

static void lost_statements_are_prepared_again(void **state)
{
    for (int i = 0; i < 2; i++)
        assert_string_equal(fixture_ask(&f, DB_SHARED, "select 'kept'"), "kept");
    assert_string_equal(fixture_ask(&f, DB_SHARED, "deallocate all"), "");
    assert_string_equal(fixture_ask(&f, DB_SHARED, "select 'kept'"), "kept");
    assert_int_equal(fixture_stats(&f).retries, 1);
}

static void statements_are_evicted(void **state)
{
    struct db_options o = {.prepared = true, .statements_max = 20};
    char sql[64], want[16];
    reopen(&o);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 100; i++) {
            snprintf(sql, sizeof sql, "select %d", i);
            snprintf(want, sizeof want, "%d", i);
            assert_string_equal(fixture_ask(&f, DB_SHARED, sql), want);
        }
    }
    assert_string_equal(
        fixture_ask(&f, DB_SHARED, "select count(*) between 19 and 21 from pg_prepared_statements"), "t");
    assert_int_equal(fixture_stats(&f).prepares, 100); /* at their second use */
}

static void works_without_prepared_statements(void **state)
{
    struct db_options o = {.prepared = false};
    reopen(&o);
    assert_string_equal(fixture_ask(&f, DB_SHARED, "select 'a'"), "a");
    assert_string_equal(fixture_ask(&f, DB_EXCLUSIVE, "select 'b'"), "b");
    assert_string_equal(fixture_ask(&f, DB_SHARED, "select count(*) from pg_prepared_statements"), "0");
}

static void roles_do_not_bleed(void **state)
{
    enum { JOBS = 10000, ROLES = 4 };
    static const char *const names[ROLES] = {
        "bobbin_unit_a", "bobbin_unit_b", "bobbin_unit_c", "bobbin_unit_d"};
    struct db_options o = {
        .prepared = true, .shared_connections = 2, .queue_max = JOBS, .acquire_timeout_ms = 20000};
    struct pg_work *w = calloc(JOBS, sizeof *w);
    reopen(&o);
    for (int i = 0; i < JOBS; i++) {
        const char *const *role = &names[(i * 7 + i / 5) % ROLES];
        work_init(&f, &w[i], i % 13 == 0 ? DB_EXCLUSIVE : DB_SHARED, 2, "", "select current_user");
        db_stmt_init(&w[i].job.stmts[0], STR("select set_config('role', $1, true)"), role, 1, STR(""));
        if (i % 17 == 0)
            db_stmt_init(&w[i].job.stmts[1], STR("select current_user::text || 1/0"), NULL, 0, STR(""));
        work_submit(&f, &w[i]);
    }
    for (int i = 0; i < JOBS; i++) {
        assert_true(fixture_wait(&f, &w[i].done, 20000));
        assert_int_equal(w[i].outcome, i % 17 == 0 ? DB_SQL_ERROR : DB_OK);
        if (i % 17 != 0)
            assert_string_equal(w[i].value, *w[i].job.stmts[0].params);
    }
    assert_string_equal(fixture_ask(&f, DB_SHARED, "select current_user = session_user"), "t");
    free(w);
}

static void slow_statements_leave_the_shared_lane(void **state)
{
    static struct pg_work slow, quick;
    struct db_options o = {.prepared = true, .slow_us = 100000};
    reopen(&o);
    for (int i = 0; i < 3; i++) {
        work_init(&f, &slow, DB_SHARED, 1, "select pg_sleep(0.2)");
        assert_int_equal(work_run(&f, &slow), DB_OK);
    }
    assert_int_equal(fixture_stats(&f).demoted, 1);
    slow.done = false;
    work_submit(&f, &slow);
    work_init(&f, &quick, DB_SHARED, 1, "select 1");
    assert_int_equal(work_run(&f, &quick), DB_OK);
    assert_in_range(quick.took_ms, 0, 180);
    assert_true(fixture_wait(&f, &slow.done, 5000));
}

static void new_jobs_avoid_a_stuck_connection(void **state)
{
    static struct pg_work slow, quick;
    struct db_options o = {.prepared = true, .slow_us = 100000};
    reopen(&o);
    assert_string_equal(fixture_ask(&f, DB_SHARED, "select 1"), "1");
    work_init(&f, &slow, DB_SHARED, 1, "select pg_sleep(1.5)");
    work_submit(&f, &slow);
    fixture_run_for(&f, 200);
    work_init(&f, &quick, DB_SHARED, 1, "select 1");
    assert_int_equal(work_run(&f, &quick), DB_OK);
    assert_false(slow.done);
    assert_true(fixture_wait(&f, &slow.done, 5000));
}

static void too_many_parameters_are_an_error(void **state)
{
    static struct pg_work w;
    const char **params = calloc(70000, sizeof *params);
    work_init(&f, &w, DB_SHARED, 1, "");
    db_stmt_init(&w.job.stmts[0], STR("select 1"), params, 70000, STR(""));
    assert_int_equal(work_run(&f, &w), DB_SQL_ERROR);
    assert_string_equal(w.sqlstate, "54023");
    free(params);
}

static void connections_age(void **state)
{
    struct db_options o = {.prepared = true, .idle_ms = 300, .lifetime_ms = 1500};
    char pid[32];
    reopen(&o);
    snprintf(pid, sizeof pid, "%s", fixture_ask(&f, DB_SHARED, "select pg_backend_pid()"));
    assert_string_equal(fixture_ask(&f, DB_EXCLUSIVE, "select 1"), "1");
    assert_int_equal(fixture_stats(&f).connected, 2);
    fixture_run_for(&f, 1000);
    assert_int_equal(fixture_stats(&f).connected, 1);
    assert_string_equal(fixture_ask(&f, DB_SHARED, "select pg_backend_pid()"), pid);
    fixture_run_for(&f, 2000);
    assert_int_equal(fixture_stats(&f).connected, 1);
    assert_string_not_equal(fixture_ask(&f, DB_SHARED, "select pg_backend_pid()"), pid);
}

static void session_state_is_what_the_encoder_needs(void **state)
{
    assert_string_equal(
        fixture_ask(&f, DB_SHARED,
            "select concat_ws('|', current_setting('DateStyle'), current_setting('IntervalStyle'),"
            " current_setting('bytea_output'), current_setting('extra_float_digits'),"
            " current_setting('client_encoding'), current_setting('lock_timeout'),"
            " current_setting('application_name'))"),
        "ISO, MDY|postgres|hex|1|UTF8|1s|bobbin unit test");
}

static void closing_ends_all_jobs(void **state)
{
    static struct pg_work w[4];
    for (int i = 0; i < 4; i++) {
        work_init(&f, &w[i], DB_EXCLUSIVE, 1, "select pg_sleep(30)");
        w[i].job.read_only = i % 2 == 0;
        work_submit(&f, &w[i]);
    }
    fixture_run_for(&f, 200);
    reopen(NULL);
    assert_int_equal(w[0].outcome, DB_UNAVAILABLE);
    assert_int_equal(w[1].outcome, DB_LOST);
    assert_true(w[2].done && w[3].done);
    fixture_run_for(&f, 100);
    assert_string_equal(
        fixture_ask(&f, DB_EXCLUSIVE,
            "select count(*) from pg_stat_activity where query like '%pg_sleep(30)' and state = 'active'"),
        "0");
}

/* What comes on such a connection may be anybody's. */
static void columns_of_another_statement_end_the_connection(void **state)
{
    static struct pg_work w;
    uint64_t before = fixture_stats(&f).reconnects;
    for (int read_only = 0; read_only < 2; read_only++) {
        work_init(&f, &w, DB_EXCLUSIVE, 1, "select 1, 2");
        w.job.stmts[0].ncolumns = 3;
        w.job.read_only = read_only;
        assert_int_equal(work_run(&f, &w), read_only ? DB_UNAVAILABLE : DB_LOST);
        assert_int_equal(w.nrows, 0);
    }
    assert_int_equal(fixture_stats(&f).reconnects, before + 3); /* the read was repeated */
    work_init(&f, &w, DB_EXCLUSIVE, 1, "select 1, 2");
    w.job.stmts[0].ncolumns = 2;
    assert_int_equal(work_run(&f, &w), DB_OK);
}

/* Everything that SQL can leave behind is gone for the next one, whose job is pipelined behind. */
static void session_is_put_back(void **state)
{
    static struct pg_work w, next;
    struct db_options o = {.prepared = true, .exclusive_connections = 1, .search_path = "own"};
    static const char *const leave[] = {"select set_config('search_path', 'hidden', false)",
        "set statement_timeout = '7s'", "select pg_advisory_lock(5)", "listen somewhere",
        "set role bobbin_unit_a", "set session authorization bobbin_unit_b",
        "create temp table left_behind (id int)", "select pg_advisory_lock(6), 1 / 0"};
    static const char look[] =
        "select concat_ws(' ', current_setting('search_path'), current_setting('statement_timeout'), "
        "(select count(*) from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()), "
        "(select count(*) from pg_listening_channels()), current_user = session_user, "
        "session_user like 'bobbin_unit_%', to_regclass('pg_temp.left_behind') is null)";
    reopen(&o);
    for (size_t i = 0; i < ARRAY_LEN(leave); i++) {
        work_init(&f, &w, DB_SHARED, 1, leave[i]);
        work_init(&f, &next, DB_EXCLUSIVE, 1, look);
        w.job.changes_session = true;
        work_submit(&f, &w);
        work_submit(&f, &next);
        assert_true(fixture_wait(&f, &next.done, 10000));
        assert_int_equal(w.outcome, i + 1 == ARRAY_LEN(leave) ? DB_SQL_ERROR : DB_OK);
        assert_string_equal(next.value, "own 0 0 0 t f t");
    }
    assert_int_equal(fixture_stats(&f).cleanings, ARRAY_LEN(leave));
    assert_int_equal(fixture_stats(&f).reconnects, 0);
}

/* Also when nobody uses the connection for a while. */
static void locks_are_given_back_at_once(void **state)
{
    static struct pg_work w;
    struct session *s = fixture_session(DATABASE);
    work_init(&f, &w, DB_EXCLUSIVE, 1, "select pg_advisory_lock(7)");
    w.job.changes_session = true;
    assert_int_equal(work_run(&f, &w), DB_OK);
    fixture_run_for(&f, 100);
    assert_true(session_exec(s, "set lock_timeout = '5s'; select pg_advisory_lock(7)"));
    session_close(&s);
}

static void create_objects(void)
{
    struct session *s;
    fixture_create_database(DATABASE);
    s = fixture_session(DATABASE);
    assert_true(
        session_exec(s, "create table t (id int primary key);"
                        "create table parent (id int primary key);"
                        "create table child (parent int references parent deferrable initially deferred)"));
    for (char role = 'a'; role <= 'd'; role++) {
        char sql[128];
        snprintf(sql, sizeof sql,
            "do $$begin create role bobbin_unit_%c; exception when duplicate_object then end$$", role);
        assert_true(session_exec(s, sql));
    }
    session_close(&s);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(gives_rows_of_each_statement_in_order),
        TEST(infers_types_of_parameters),
        TEST(error_stops_at_its_own_sync),
        TEST(statement_that_failed_to_parse_is_tried_again),
        TEST(deferred_constraint_fails_at_commit),
        TEST(abandoned_jobs_are_drained_or_cancelled),
        TEST(abandoned_statement_on_a_shared_connection_ends),
        TEST(deadlines_end_jobs),
        TEST(queue_is_bounded_and_waiting_has_an_end),
        TEST(streams_in_batches),
        TEST(stream_is_refused_by_an_earlier_statement),
        TEST(stream_reports_an_error_after_rows),
        TEST(paused_stream_holds_the_database_back),
        TEST(a_paused_stream_of_a_write_has_an_end),
        TEST(abandoned_stream_is_cancelled_even_when_paused),
        TEST(changed_table_is_prepared_again),
        TEST(lost_statements_are_prepared_again),
        TEST(statements_are_evicted),
        TEST(works_without_prepared_statements),
        TEST(roles_do_not_bleed),
        TEST(slow_statements_leave_the_shared_lane),
        TEST(new_jobs_avoid_a_stuck_connection),
        TEST(too_many_parameters_are_an_error),
        TEST(connections_age),
        TEST(session_state_is_what_the_encoder_needs),
        TEST(columns_of_another_statement_end_the_connection),
        TEST(session_is_put_back),
        TEST(locks_are_given_back_at_once),
        TEST(closing_ends_all_jobs),
    };
    fixture_main_check();
    create_objects();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
