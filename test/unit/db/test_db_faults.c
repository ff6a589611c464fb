/* test_db_faults: what db.h promises when connections, backends or the whole server go away. Some tests stop
 * or kill server processes, which takes root or the server's own user; without that they are skipped.
 * SPDX-License-Identifier: ISC */
#include "test/unit/db/pg_fixture.h"

#include "db/listen.h"

#include <signal.h>
#include <sys/types.h>
#include <unistd.h>

#define DATABASE "bobbin_unit_faults"

static struct pg_fixture f;

static int setup(void **state)
{
    struct db_options o = {.prepared = true, .shared_connections = 2};
    fixture_open(&f, DATABASE, &o);
    return 0;
}

static int teardown(void **state)
{
    fixture_close(&f);
    return 0;
}

static void admin(const char *sql)
{
    if (!session_exec(f.admin, sql))
        fail_msg("%s", session_error(f.admin));
}

static void terminate_all(void)
{
    admin("select pg_terminate_backend(pid) from pg_stat_activity where datname = '" DATABASE "'");
}

static void refuse_connections(bool refuse)
{
    admin(refuse ? "alter database " DATABASE " allow_connections false"
                 : "alter database " DATABASE " allow_connections true");
}

static const struct {
    enum db_lane lane;
    bool read_only;
} kinds[] = {{DB_SHARED, true}, {DB_EXCLUSIVE, true}, {DB_SHARED, false}, {DB_EXCLUSIVE, false}};

static void idle_connections_lost(void **state)
{
    assert_string_equal(fixture_ask(&f, DB_SHARED, "select 1"), "1");
    assert_string_equal(fixture_ask(&f, DB_EXCLUSIVE, "select 1"), "1");
    terminate_all();
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) { /* sent into dead connections or waiting for new ones */
        struct pg_work w;
        work_init(&f, &w, kinds[i].lane, 1, "select 'again'");
        w.job.read_only = kinds[i].read_only;
        assert_int_equal(work_run(&f, &w), DB_OK);
        assert_string_equal(w.value, "again");
    }
}

/* The server said that it ended the session: what it was running is rolled back, and may run once more. */
static void terminated_while_running(void **state)
{
    static struct pg_work w[ARRAY_LEN(kinds)];
    for (enum db_lane lane = DB_SHARED; lane <= DB_EXCLUSIVE; lane++)
        assert_string_equal(fixture_ask(&f, lane, "select 1"), "1");
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        work_init(&f, &w[i], kinds[i].lane, 2, "insert into log values ('run')",
            "select 'done' from pg_sleep(0.4)");
        w[i].job.read_only = kinds[i].read_only;
        work_submit(&f, &w[i]);
    }
    fixture_run_for(&f, 200);
    terminate_all();
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        assert_true(fixture_wait(&f, &w[i].done, 5000));
        assert_int_equal(w[i].outcome, DB_OK);
    }
    assert_string_equal(fixture_ask(&f, DB_SHARED, "select count(*) from log"), "4");
    assert_true(fixture_stats(&f).retries >= 4);
}

static void tries_have_an_end(void **state)
{
    static struct pg_work w;
    int kills = 0;
    work_init(&f, &w, DB_EXCLUSIVE, 1, "select pg_sleep(20)");
    work_submit(&f, &w);
    for (; !w.done && kills < 10; kills++) {
        fixture_run_for(&f, 200);
        terminate_all();
        fixture_run_for(&f, 100);
    }
    assert_int_equal(w.outcome, DB_UNAVAILABLE);
    assert_in_range(kills, 2, 6);
    assert_true(w.retry_after_s >= 1);
}

static void stream_is_not_repeated_after_rows(void **state)
{
    static struct pg_work w;
    work_init(&f, &w, DB_EXCLUSIVE, 1, "select generate_series(1, 100000000), repeat('z', 500)");
    w.job.stream = w.job.read_only = true;
    assert_string_equal(fixture_ask(&f, DB_EXCLUSIVE, "select 1"), "1");
    work_submit(&f, &w);
    assert_true(fixture_wait(&f, &w.started, 10000));
    terminate_all();
    assert_true(fixture_wait(&f, &w.done, 5000));
    assert_int_equal(w.outcome, DB_LOST);
}

static void unreachable_fails_at_once_and_comes_back(void **state)
{
    static struct pg_work w, waiting;
    assert_string_equal(fixture_ask(&f, DB_SHARED, "select 1"), "1");
    work_init(&f, &waiting, DB_SHARED, 1, "select 'waited' from pg_sleep(0.3)");
    waiting.job.read_only = true;
    work_submit(&f, &waiting);
    fixture_run_for(&f, 50);
    refuse_connections(true);
    terminate_all();
    fixture_run_for(&f, 1000);
    assert_false(fixture_stats(&f).reachable);
    assert_non_null(strstr(db_last_error(f.db), DATABASE));
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        work_init(&f, &w, kinds[i].lane, 1, "select 1");
        assert_int_equal(work_run(&f, &w), DB_UNAVAILABLE);
        assert_true(w.retry_after_s >= 1);
        if (i != 1) /* the first exclusive one finds out by itself */
            assert_in_range(w.took_ms, 0, 1000);
    }
    assert_false(waiting.done);
    refuse_connections(false);
    assert_true(fixture_wait(&f, &waiting.done, 2000));
    assert_int_equal(waiting.outcome, DB_OK);
    fixture_run_for(&f, 100);
    assert_true(fixture_stats(&f).connected >= 2);
    assert_true(fixture_stats(&f).reachable);
    assert_string_equal(fixture_ask(&f, DB_EXCLUSIVE, "select 1"), "1");
}

static void never_reachable(void **state)
{
    static struct pg_work w;
    fixture_close(&f);
    fixture_open(&f, DATABASE, NULL);
    db_close(f.db, NULL, NULL);
    struct db *real = f.db;
    f.options.conninfo = "postgresql://nobody@127.0.0.1:1,127.0.0.1:2/x";
    f.db = db_create(&f.loop, &f.options);
    work_init(&f, &w, DB_SHARED, 1, "select 1");
    assert_int_equal(work_run(&f, &w), DB_UNAVAILABLE);
    assert_in_range(w.took_ms, 0, 3000);
    assert_non_null(strstr(db_last_error(f.db), "refused"));
    fixture_run_for(&f, 10);
    db_free(&real);
}

/* The pid of a backend of the lane, or 0. */
static pid_t backend(enum db_lane lane)
{
    return (pid_t)atoi(fixture_ask(&f, lane, "select pg_backend_pid()"));
}

static void open_both_exclusive(void)
{
    static struct pg_work w[2];
    for (int i = 0; i < 2; i++) {
        work_init(&f, &w[i], DB_EXCLUSIVE, 1, "select pg_sleep(0.3)");
        work_submit(&f, &w[i]);
    }
    for (int i = 0; i < 2; i++)
        assert_true(fixture_wait(&f, &w[i].done, 10000));
}

static void killed_backend(void **state)
{
    static struct pg_work w[ARRAY_LEN(kinds)];
    open_both_exclusive();
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        work_init(&f, &w[i], kinds[i].lane, 1, "select 'survived' from pg_sleep(2)");
        w[i].job.read_only = kinds[i].read_only;
        w[i].job.timeout_ms = 20000;
    }
    pid_t pid = backend(DB_EXCLUSIVE);
    if (kill(pid, 0) != 0)
        skip();
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        work_submit(&f, &w[i]);
    fixture_run_for(&f, 200);
    assert_int_equal(kill(pid, SIGKILL), 0); /* the postmaster restarts all of its children */
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        assert_true(fixture_wait(&f, &w[i].done, 20000));
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        if (kinds[i].read_only)
            assert_true(w[i].outcome == DB_OK || w[i].outcome == DB_UNAVAILABLE);
        else
            assert_int_equal(w[i].outcome, DB_LOST);
    }
    uint64_t end = uv_hrtime() + 20000000000u;
    while (fixture_stats(&f).connected < 2 && uv_hrtime() < end)
        fixture_run_for(&f, 20);
    assert_string_equal(fixture_ask(&f, DB_SHARED, "select 1"), "1");
    session_close(&f.admin);
    f.admin = fixture_session(NULL);
}

static pid_t parent_of(pid_t pid)
{
    char path[64];
    int parent = 0;
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    FILE *file = fopen(path, "r");
    if (!file)
        return 0;
    assert_int_equal(fscanf(file, "%*d (%*[^)]) %*c %d", &parent), 1);
    fclose(file);
    return parent;
}

static void signal_server(const pid_t *pids, size_t n, int signal)
{
    for (size_t i = 0; i < n; i++)
        kill(pids[i], signal);
}

static void silent_server(void **state)
{
    pid_t pids[8] = {backend(DB_EXCLUSIVE), parent_of(backend(DB_SHARED))};
    size_t n = 2;
    static struct pg_work w, late;
    for (int i = 0; i < 100 && fixture_stats(&f).connected < 3; i++)
        fixture_run_for(&f, 20);
    if (pids[1] <= 1 || kill(pids[1], 0) != 0)
        skip();
    assert_true(
        session_query(f.admin, "select pid from pg_stat_activity where datname = '" DATABASE "'", NULL, 0));
    for (int i = 0; i < session_nrows(f.admin) && n < ARRAY_LEN(pids); i++)
        pids[n++] = (pid_t)atoi(session_value(f.admin, i, 0));
    signal_server(pids, n, SIGSTOP);
    work_init(&f, &w, DB_SHARED, 1, "select 'owed'");
    w.job.timeout_ms = 500;
    work_submit(&f, &w); /* no assertion may fail before the server goes on */
    fixture_run_for(&f, 3500);
    bool reachable = fixture_stats(&f).reachable;
    uint64_t silent_ms = fixture_stats(&f).silent_ms;
    work_init(&f, &late, DB_EXCLUSIVE, 1, "select 'late'");
    work_submit(&f, &late);
    fixture_run_for(&f, 100);
    signal_server(pids, n, SIGCONT);
    fixture_run_for(&f, 300);
    assert_true(w.done && late.done);
    assert_int_equal(w.outcome, DB_TIMEOUT);
    assert_false(reachable);
    assert_true(silent_ms >= 2000);
    assert_int_equal(late.outcome, DB_UNAVAILABLE);
    assert_in_range(late.took_ms, 0, 90);
    assert_true(fixture_stats(&f).reachable);
    assert_string_equal(fixture_ask(&f, DB_SHARED, "select 'back'"), "back");
    assert_string_equal(fixture_ask(&f, DB_EXCLUSIVE, "select 'back'"), "back");
    assert_int_equal(fixture_stats(&f).reconnects, 0);
}

static void slow_query_is_not_silence(void **state)
{
    static struct pg_work w;
    work_init(&f, &w, DB_EXCLUSIVE, 1, "select pg_sleep(3.5)");
    work_submit(&f, &w);
    while (!w.done) {
        fixture_run_for(&f, 100);
        assert_true(fixture_stats(&f).reachable);
    }
    assert_int_equal(w.outcome, DB_OK);
}

/* It is the client who was silent: the server owes the rest since a moment, not since it was asked. */
static void paused_stream_is_not_silence(void **state)
{
    static struct pg_work slow, w;
    work_init(&f, &slow, DB_EXCLUSIVE, 1,
        "select repeat('s', 5000), case when i > 2 then pg_sleep(4) end from generate_series(1, 3) i");
    slow.job.stream = slow.pause_at_first = true;
    open_both_exclusive();
    work_submit(&f, &slow);
    assert_true(fixture_wait(&f, &slow.started, 10000));
    fixture_run_for(&f, 2500);
    work_init(&f, &w, DB_EXCLUSIVE, 1, "select 'w' from pg_sleep(0.3)");
    w.job.read_only = true;
    work_submit(&f, &w);
    db_job_resume(&slow.job);
    assert_true(fixture_wait(&f, &w.done, 10000));
    assert_int_equal(w.outcome, DB_OK);
    assert_true(fixture_wait(&f, &slow.done, 10000));
    assert_int_equal(slow.outcome, DB_OK);
}

static bool slept;

static void on_done_sleep(struct db_job *job, enum db_outcome outcome, const struct db_error *error)
{
    assert_int_equal(outcome, DB_OK);
    slept = usleep(2500000) == 0;
}

/* A loop that was held up has heard nothing because it has not listened. */
static void late_loop_is_not_silence(void **state)
{
    static struct pg_work w[2];
    open_both_exclusive();
    work_init(&f, &w[0], DB_EXCLUSIVE, 1, "select pg_sleep(0.1)");
    work_init(&f, &w[1], DB_EXCLUSIVE, 1, "select 'w' from pg_sleep(0.5)");
    w[0].job.on_done = on_done_sleep;
    w[1].job.read_only = true;
    for (int i = 0; i < 2; i++)
        work_submit(&f, &w[i]);
    assert_true(fixture_wait(&f, &slept, 10000));
    assert_true(fixture_wait(&f, &w[1].done, 10000));
    assert_int_equal(w[1].outcome, DB_OK);
}

static struct {
    unsigned reconnected, lost, notified;
    char channel[32], payload[64];
    bool closed;
} heard;

static void on_notify(void *arg, struct str channel, struct str payload)
{
    heard.notified++;
    snprintf(heard.channel, sizeof heard.channel, "%.*s", STR_ARG(channel));
    snprintf(heard.payload, sizeof heard.payload, "%.*s", STR_ARG(payload));
}

static void on_reconnected(void *arg)
{
    heard.reconnected++;
}

static void on_lost(void *arg)
{
    heard.lost++;
}

static void on_listen_closed(void *arg)
{
    heard.closed = true;
}

/* A machine that is busy takes its time. */
static void run_until_equal(const unsigned *n, unsigned wanted)
{
    for (int i = 0; i < 500 && *n != wanted; i++)
        fixture_run_for(&f, 20);
    assert_int_equal(*n, wanted);
}

static void listening_comes_back(void **state)
{
    static const char *const channels[] = {"bobbin", "od\"d Name"};
    static const struct db_listen_events events = {on_notify, on_reconnected, on_lost};
    memset(&heard, 0, sizeof heard);
    struct db_listen *l = db_listen_create(&f.loop, &f.options, channels, 2, &events, NULL);
    run_until_equal(&heard.reconnected, 1);
    assert_true(db_listen_is_up(l));
    struct session *s = fixture_session(DATABASE);
    assert_true(session_exec(s, "notify \"od\"\"d Name\", 'hello'"));
    run_until_equal(&heard.notified, 1);
    assert_string_equal(heard.channel, "od\"d Name");
    assert_string_equal(heard.payload, "hello");
    session_close(&s);
    terminate_all();
    run_until_equal(&heard.lost, 1);
    run_until_equal(&heard.reconnected, 2);
    s = fixture_session(DATABASE);
    assert_true(session_exec(s, "notify bobbin, 'again'"));
    run_until_equal(&heard.notified, 2);
    assert_string_equal(heard.payload, "again");
    session_close(&s);
    db_listen_close(l, on_listen_closed, NULL);
    assert_true(fixture_wait(&f, &heard.closed, 1000));
    db_listen_free(&l);
}

static void create_objects(void)
{
    fixture_create_database(DATABASE);
    struct session *s = fixture_session(DATABASE);
    assert_true(session_exec(s, "create table log (what text)"));
    session_close(&s);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(idle_connections_lost),
        TEST(terminated_while_running),
        TEST(tries_have_an_end),
        TEST(stream_is_not_repeated_after_rows),
        TEST(unreachable_fails_at_once_and_comes_back),
        TEST(never_reachable),
        TEST(silent_server),
        TEST(slow_query_is_not_silence),
        TEST(paused_stream_is_not_silence),
        TEST(late_loop_is_not_silence),
        TEST(listening_comes_back),
        TEST(killed_backend),
    };
    fixture_main_check();
    create_objects();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
