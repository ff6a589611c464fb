/* test_group: reads that share a transaction: what each is told is what it would be told alone.
 * SPDX-License-Identifier: ISC */
#include "db/group.h"

#include "test/unit/db/pg_fixture.h"

#define DATABASE "bobbin_unit_group"
#define SLOW_US 50000
#define WHO "select where set_config('role', $1, true) is null"
#define TRANSACTION "select transaction_timestamp()::text"

static struct pg_fixture f;
static const char *const alice[] = {"bobbin_unit_a"}, *const bob[] = {"bobbin_unit_b"};

static void open_with(unsigned group_max)
{
    struct db_options o = {
        .prepared = true, .shared_connections = 1, .group_max = group_max, .slow_us = SLOW_US};
    fixture_open(&f, DATABASE, &o);
    assert_string_equal(fixture_ask(&f, DB_SHARED, "select 1"), "1"); /* the connection is there */
}

static int setup(void **state)
{
    open_with(8);
    return 0;
}

static int teardown(void **state)
{
    fixture_close(&f);
    return 0;
}

static void read_as(struct pg_work *w, const char *const *role, const char *sql)
{
    work_init(&f, w, DB_SHARED, 2, "", sql);
    db_stmt_init(&w->job.stmts[0], STR(WHO), role, 1, STR(""));
    w->job.read_only = w->job.shares = true;
    work_submit(&f, w);
}

static void wait_for(struct pg_work *w, size_t n)
{
    for (size_t i = 0; i < n; i++)
        assert_true(fixture_wait(&f, &w[i].done, 5000));
}

static bool same_value(const struct pg_work *a, const struct pg_work *b)
{
    return strcmp(a->value, b->value) == 0;
}

static void one_caller_shares_up_to_the_limit(void **state)
{
    static struct pg_work w[10];
    for (int i = 0; i < 10; i++)
        read_as(&w[i], alice, TRANSACTION);
    wait_for(w, 10);
    for (int i = 1; i < 8; i++)
        assert_true(same_value(&w[0], &w[i]));
    assert_false(same_value(&w[7], &w[8]));
    assert_true(same_value(&w[8], &w[9]));
    assert_int_equal(fixture_stats(&f).joined, 8);
}

static void each_is_given_its_own_rows(void **state)
{
    static struct pg_work w[8];
    static const char *const sql[] = {
        "select 0", "select 'b' from generate_series(1, 3)", "select 2 where false"};
    for (size_t i = 0; i < 8; i++)
        read_as(&w[i], alice, sql[i % 3]);
    wait_for(w, 8);
    for (size_t i = 0; i < 8; i++) {
        static const unsigned rows[] = {1, 3, 0};
        assert_int_equal(w[i].outcome, DB_OK);
        assert_int_equal(w[i].nrows, rows[i % 3]);
        assert_int_equal(w[i].last_stmt, 1);
    }
    assert_int_equal(fixture_stats(&f).joined, 7);
}

static void strangers_do_not_share(void **state)
{
    static struct pg_work w[6];
    for (int i = 0; i < 6; i++)
        read_as(&w[i], i % 2 ? bob : alice, "select current_user || transaction_timestamp()::text");
    wait_for(w, 6);
    for (int i = 0; i < 6; i++) {
        const char *role = i % 2 ? *bob : *alice;
        assert_memory_equal(w[i].value, role, strlen(role));
    }
    assert_int_equal(fixture_stats(&f).joined, 0);
    assert_string_equal(fixture_ask(&f, DB_SHARED, "select current_user = session_user"), "t");
}

static void only_who_says_so_shares(void **state)
{
    static struct pg_work w[3];
    read_as(&w[0], alice, TRANSACTION);
    work_init(&f, &w[1], DB_SHARED, 2, "", TRANSACTION);
    db_stmt_init(&w[1].job.stmts[0], STR(WHO), alice, 1, STR(""));
    work_submit(&f, &w[1]);
    read_as(&w[2], alice, TRANSACTION);
    wait_for(w, 3);
    assert_false(same_value(&w[0], &w[1]));
    assert_false(same_value(&w[1], &w[2]));
    assert_int_equal(fixture_stats(&f).joined, 0);
}

static void a_failure_is_told_to_its_own_job_only(void **state)
{
    static struct pg_work w[6];
    for (int i = 0; i < 6; i++)
        read_as(&w[i], alice, i == 2 ? "select 1 / 0" : i == 4 ? "select no_such_column" : TRANSACTION);
    wait_for(w, 6);
    assert_string_equal(w[2].sqlstate, "22012");
    assert_int_equal(w[2].error_stmt, 1);
    assert_string_equal(w[4].sqlstate, "42703");
    for (int i = 0; i < 6; i++) {
        if (i != 2 && i != 4) {
            assert_int_equal(w[i].outcome, DB_OK);
            assert_int_equal(w[i].nrows, 1);
        }
    }
}

static void who_failed_once_travels_alone(void **state)
{
    static struct pg_work w[4];
    for (int round = 0; round < 2; round++) {
        uint64_t retries = fixture_stats(&f).retries;
        for (int i = 0; i < 4; i++)
            read_as(&w[i], alice, i == 1 ? "select 1 / 0" : TRANSACTION);
        wait_for(w, 4);
        assert_int_equal(fixture_stats(&f).retries - retries, round == 0 ? 3 : 0);
        assert_int_equal(w[1].outcome, DB_SQL_ERROR);
    }
}

static void a_first_statement_that_fails_fails_each(void **state)
{
    static const char *const nobody[] = {"bobbin_unit_nobody"};
    static struct pg_work w[3];
    for (int i = 0; i < 3; i++)
        read_as(&w[i], nobody, TRANSACTION);
    wait_for(w, 3);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(w[i].outcome, DB_SQL_ERROR);
        assert_int_equal(w[i].error_stmt, 0);
    }
}

static void leaving_does_not_disturb_the_others(void **state)
{
    static struct pg_work w[4];
    for (int i = 0; i < 4; i++)
        read_as(&w[i], alice, i == 1 ? "select 1 / (random() * 0)::int from pg_sleep(0.1)" : TRANSACTION);
    fixture_run_for(&f, 30);
    db_abandon(f.db, &w[1].job);
    db_abandon(f.db, &w[3].job);
    for (int i = 0; i < 4; i += 2) {
        assert_true(fixture_wait(&f, &w[i].done, 5000));
        assert_int_equal(w[i].outcome, DB_OK);
        assert_int_equal(w[i].nrows, 1);
    }
    assert_false(w[1].done || w[3].done);
}

static void a_lost_connection_repeats_the_group(void **state)
{
    static struct pg_work w[4];
    for (int i = 0; i < 4; i++)
        read_as(&w[i], alice, i == 1 ? "select 'slept' from pg_sleep(0.2)" : "select 'quick'");
    fixture_run_for(&f, 50);
    assert_true(session_exec(
        f.admin, "select pg_terminate_backend(pid) from pg_stat_activity where datname = '" DATABASE "'"));
    wait_for(w, 4);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(w[i].outcome, DB_OK);
        assert_string_equal(w[i].value, i == 1 ? "slept" : "quick");
    }
}

/* After a slow group its members are timed one by one. */
static void a_slow_group_is_taken_apart(void **state)
{
    static struct pg_work w[3];
    for (int round = 0; round < 2; round++) {
        uint64_t joined = fixture_stats(&f).joined;
        for (int i = 0; i < 3; i++)
            read_as(&w[i], alice, i == 1 ? "select 'x' from pg_sleep(0.06)" : "select 'x'");
        wait_for(w, 3);
        assert_int_equal(fixture_stats(&f).joined - joined, round == 0 ? 2 : 0);
    }
}

/* The results of a group come with its Sync: which of its statements runs is not to be seen. */
static void nobody_waits_for_a_slow_one_of_the_group(void **state)
{
    static struct pg_work w[3];
    for (int slow = 0; slow < 3; slow++) {
        fixture_close(&f);
        open_with(8);
        for (int i = 0; i < 3; i++)
            read_as(&w[i], alice, i == slow ? "select 'slow' from pg_sleep(2)" : "select 'quick'");
        for (int i = 0; i < 3; i++) {
            if (i != slow)
                assert_true(fixture_wait(&f, &w[i].done, 1500));
        }
        assert_int_equal(fixture_stats(&f).joined, 2);
        assert_false(w[slow].done);
        wait_for(w, 3);
        for (int i = 0; i < 3; i++)
            assert_string_equal(w[i].value, i == slow ? "slow" : "quick");
    }
}

static void a_limit_of_one_turns_it_off(void **state)
{
    static struct pg_work w[3];
    fixture_close(&f);
    open_with(1);
    for (int i = 0; i < 3; i++)
        read_as(&w[i], alice, TRANSACTION);
    wait_for(w, 3);
    assert_false(same_value(&w[0], &w[1]));
    assert_int_equal(fixture_stats(&f).joined, 0);
}

/* Many callers, failures, leavers, group after group: everybody hears of himself. */
static void a_crowd_stays_in_order(void **state)
{
    enum { JOBS = 5000 };
    struct pg_work *w = calloc(JOBS, sizeof *w);
    fixture_close(&f);
    struct db_options o = {
        .prepared = true, .shared_connections = 2, .queue_max = JOBS, .group_max = 16, .slow_us = 1000000};
    fixture_open(&f, DATABASE, &o);
    for (int i = 0; i < JOBS; i++)
        read_as(&w[i], i / 7 % 3 ? alice : bob,
            i % 101 == 0 ? "select current_user::text || 1/0"
            : i % 2      ? "select current_user"
                         : "select current_user::text");
    for (int i = 50; i < JOBS; i += 97)
        db_abandon(f.db, &w[i].job);
    for (int i = 0; i < JOBS; i++) {
        if (i >= 50 && (i - 50) % 97 == 0)
            continue;
        assert_true(fixture_wait(&f, &w[i].done, 5000));
        assert_int_equal(w[i].outcome, i % 101 == 0 ? DB_SQL_ERROR : DB_OK);
        if (w[i].outcome == DB_OK)
            assert_string_equal(w[i].value, i / 7 % 3 ? *alice : *bob);
    }
    assert_true(fixture_stats(&f).joined > JOBS / 4);
    free(w);
}

static void apart_ends(void **state)
{
    static struct group_apart a;
    assert_false(group_is_apart(&a, 7, 100));
    group_set_apart(&a, 7, 100);
    assert_true(group_is_apart(&a, 7, 200));
    assert_false(group_is_apart(&a, 8, 200));
    assert_false(group_is_apart(&a, 7, 100 + 3600000));
    group_set_apart(&a, 7 + GROUP_APART_SLOTS, 100);
    assert_false(group_is_apart(&a, 7, 200));
}

static void create_objects(void)
{
    struct session *s;
    fixture_create_database(DATABASE);
    s = fixture_session(DATABASE);
    for (char role = 'a'; role <= 'b'; role++) {
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
        TEST(one_caller_shares_up_to_the_limit),
        TEST(each_is_given_its_own_rows),
        TEST(strangers_do_not_share),
        TEST(only_who_says_so_shares),
        TEST(a_failure_is_told_to_its_own_job_only),
        TEST(who_failed_once_travels_alone),
        TEST(a_first_statement_that_fails_fails_each),
        TEST(leaving_does_not_disturb_the_others),
        TEST(a_lost_connection_repeats_the_group),
        TEST(a_slow_group_is_taken_apart),
        TEST(nobody_waits_for_a_slow_one_of_the_group),
        TEST(a_limit_of_one_turns_it_off),
        TEST(a_crowd_stays_in_order),
        cmocka_unit_test(apart_ends),
    };
    fixture_main_check();
    create_objects();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
