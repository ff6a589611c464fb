/* Tests of schema/migrate against a PostgreSQL. SPDX-License-Identifier: ISC */
#include "schema/migrate.h"

#include "test/unit/schema/database.h"
#include "util/mem.h"

#include <signal.h>
#include <sys/wait.h>

static struct migrations set;
static struct buf error;
static char *printed;
static size_t printed_size;
static FILE *out;
static struct session *s;

static void clear_set(void)
{
    migrations_release(&set);
    arena_init(&set.arena, 0);
}

static int setup(void **state)
{
    s = must_open(scratch_uri);
    arena_init(&set.arena, 0);
    buf_init(&error, 0);
    out = open_memstream(&printed, &printed_size);
    return 0;
}

static int teardown(void **state)
{
    must_exec(s, "drop schema if exists bobbin cascade; drop schema public cascade; create schema public");
    session_close(&s);
    fclose(out);
    free(printed);
    migrations_release(&set);
    buf_release(&error);
    return 0;
}

static void add(const char *file, const char *sql)
{
    assert_true(migrations_add(&set, str_cstr(file), str_cstr(sql), &error));
    assert_true(migrations_sort(&set, &error));
}

static void three_tables(void)
{
    add("0001_a.sql", "create table a(id int)");
    add("0001_a.down.sql", "drop table a");
    add("0002_b.sql", "create table b(id int); insert into b values (1)");
    add("0002_b.down.sql", "drop table b");
    add("0005_c.sql", "create table c(id int)");
    add("0005_c.down.sql", "drop table c");
}

static void expect(enum migrate_result got, enum migrate_result wanted)
{
    if (got != wanted)
        fail_msg("result %d instead of %d: %.*s", got, wanted, STR_ARG(buf_str(&error)));
}

static void said(const char *text)
{
    struct str all = buf_str(&error);
    if (!memmem(all.p, all.n, text, strlen(text)))
        fail_msg("\"%s\" is not in \"%.*s\"", text, STR_ARG(all));
    buf_clear(&error, 0);
}

static void up_is_done_once(void **state)
{
    three_tables();
    expect(migrate_status(s, &set, out, &error), MIGRATE_PENDING);
    expect(migrate_up(s, &set, out, &error), MIGRATE_OK);
    expect(migrate_up(s, &set, out, &error), MIGRATE_OK);
    expect(migrate_status(s, &set, out, &error), MIGRATE_OK);
    assert_string_equal(must_ask(s, "select count(*) from b"), "1");
    assert_string_equal(
        must_ask(s, "select string_agg(name, ' ' order by version) from bobbin.schema_migrations"),
        "0001_a 0002_b 0005_c");
    assert_string_equal(must_ask(s, "select checksum = encode(sha256('create table a(id int)'), 'hex')"
                                    " from bobbin.schema_migrations where version = 1"),
        "t");
    fflush(out);
    assert_non_null(strstr(printed, "3 applied, the database is at 0005_c"));
    assert_non_null(strstr(printed, "0 applied, the database is at 0005_c"));
}

static void down_undoes_the_latest(void **state)
{
    three_tables();
    expect(migrate_up(s, &set, out, &error), MIGRATE_OK);
    expect(migrate_down(s, &set, 1, out, &error), MIGRATE_OK);
    assert_string_equal(must_ask(s, "select to_regclass('c') is null and to_regclass('b') is not null"), "t");
    expect(migrate_up(s, &set, out, &error), MIGRATE_OK);
    expect(migrate_down(s, &set, MIGRATE_ALL, out, &error), MIGRATE_OK);
    assert_string_equal(must_ask(s, "select count(*) from bobbin.schema_migrations"), "0");
    assert_string_equal(must_ask(s, "select to_regclass('a') is null"), "t");
    expect(migrate_down(s, &set, 1, out, &error), MIGRATE_OK);
}

static void a_file_fails_as_a_whole(void **state)
{
    three_tables();
    add("0006_d.sql", "create table d(id int);\nselect nonsense;");
    expect(migrate_up(s, &set, out, &error), MIGRATE_FAILED);
    said("0006_d: ERROR:  column \"nonsense\" does not exist\nLINE 2: select nonsense;");
    assert_string_equal(must_ask(s, "select to_regclass('d') is null"), "t");
    assert_string_equal(must_ask(s, "select max(version) from bobbin.schema_migrations"), "5");
}

static void what_cannot_be_undone_stays(void **state)
{
    add("0001_a.sql", "create table a(id int)");
    expect(migrate_up(s, &set, out, &error), MIGRATE_OK);
    expect(migrate_down(s, &set, 1, out, &error), MIGRATE_FAILED);
    said("there is no 0001_a.down.sql");
    assert_string_equal(must_ask(s, "select count(*) from bobbin.schema_migrations"), "1");
}

static void changed_files_are_drift(void **state)
{
    three_tables();
    expect(migrate_up(s, &set, out, &error), MIGRATE_OK);
    clear_set();
    add("0001_a.sql", "create table a(id bigint)");
    add("0002_renamed.sql", "create table b(id int); insert into b values (1)");
    add("0005_c.sql", "create table c(id int)");
    expect(migrate_up(s, &set, out, &error), MIGRATE_DRIFT);
    said("0001_a was changed after it was applied");
    expect(migrate_status(s, &set, out, &error), MIGRATE_DRIFT);
    said("0002_renamed was changed after it was applied (recorded as 0002_b");
    expect(migrate_down(s, &set, 1, out, &error), MIGRATE_DRIFT);
    assert_string_equal(must_ask(s, "select count(*) from bobbin.schema_migrations"), "3");
}

static void unknown_and_skipped_are_drift(void **state)
{
    three_tables();
    expect(migrate_up(s, &set, out, &error), MIGRATE_OK);
    clear_set();
    add("0001_a.sql", "create table a(id int)");
    add("0002_b.sql", "create table b(id int); insert into b values (1)");
    add("0003_late.sql", "create table late(id int)");
    expect(migrate_up(s, &set, out, &error), MIGRATE_DRIFT);
    assert_non_null(
        memmem(buf_str(&error).p, buf_len(&error), "0005_c is applied to this database, but", 39));
    said("0003_late is not applied, but the later 0005_c is. Give it a number above 5");
    assert_string_equal(must_ask(s, "select to_regclass('late') is null"), "t");
}

static void files_must_not_commit(void **state)
{
    add("0001_a.sql", "create table a(id int); commit; begin");
    expect(migrate_up(s, &set, out, &error), MIGRATE_FAILED);
    said("0001_a: ends the transaction it runs in");
}

static void settings_do_not_leak(void **state)
{
    add("0001_a.sql", "set search_path = pg_catalog; set statement_timeout = 200");
    add("0002_b.sql", "create table here(id int)");
    expect(migrate_up(s, &set, out, &error), MIGRATE_OK);
    assert_string_equal(must_ask(s, "select to_regclass('public.here') is not null"), "t");
}

/* In a process of its own, with its own connection. */
static pid_t fork_up(void)
{
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid > 0)
        return pid;
    struct session *own = session_open(scratch_uri, "bobbin-test");
    struct buf why;
    buf_init(&why, 0);
    FILE *null = fopen("/dev/null", "we");
    _exit(session_ok(own) && null && migrate_up(own, &set, null, &why) == MIGRATE_OK ? 0 : 1);
}

static void twenty_slow_files(void)
{
    char file[32], sql[120];
    for (int i = 1; i <= 20; i++) {
        snprintf(file, sizeof file, "%04d_t.sql", i);
        snprintf(sql, sizeof sql,
            "create table t%d(id int); insert into t%d values (1); select pg_sleep(0.01)", i, i);
        add(file, sql);
    }
}

static void expect_twenty(void)
{
    assert_string_equal(must_ask(s, "select count(*) from bobbin.schema_migrations"), "20");
    assert_string_equal(
        must_ask(s, "select count(*) from pg_tables where schemaname = 'public' and tablename ~ '^t[0-9]+$'"),
        "20");
    for (int i = 1; i <= 20; i++) {
        char sql[40];
        snprintf(sql, sizeof sql, "select count(*) from t%d", i);
        assert_string_equal(must_ask(s, sql), "1");
    }
}

static void several_migrators_take_turns(void **state)
{
    pid_t pids[4];
    int status;
    twenty_slow_files();
    for (size_t i = 0; i < ARRAY_LEN(pids); i++)
        pids[i] = fork_up();
    for (size_t i = 0; i < ARRAY_LEN(pids); i++) {
        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        assert_int_equal(status, 0);
    }
    expect_twenty();
}

static void killed_anywhere_it_converges(void **state)
{
    int status;
    twenty_slow_files();
    for (unsigned i = 0; i < 25; i++) {
        pid_t pid = fork_up();
        usleep(3000 + i * 1700);
        assert_int_equal(kill(pid, SIGKILL), 0);
        assert_int_equal(waitpid(pid, &status, 0), pid);
    }
    expect(migrate_up(s, &set, out, &error), MIGRATE_OK);
    expect_twenty();
}

static void the_bundled_erp_goes_up_and_down(void **state)
{
    migrations_release(&set);
    migrations_init_own(&set);
    expect(migrate_up(s, &set, out, &error), MIGRATE_OK);
    assert_string_equal(must_ask(s, "select count(*) from bobbin.own_migrations"), "1");
    assert_string_equal(must_ask(s, "select to_regclass('bobbin.schema_migrations') is null"), "t");
    migrations_release(&set);
    migrations_init_embedded(&set);
    expect(migrate_up(s, &set, out, &error), MIGRATE_OK);
    expect(migrate_down(s, &set, MIGRATE_ALL, out, &error), MIGRATE_OK);
    expect(migrate_up(s, &set, out, &error), MIGRATE_OK);
    expect(migrate_down(s, &set, MIGRATE_ALL, out, &error), MIGRATE_OK);
    assert_string_equal(must_ask(s, "select to_regnamespace('erp') is null"), "t");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(up_is_done_once),
        TEST(down_undoes_the_latest),
        TEST(a_file_fails_as_a_whole),
        TEST(what_cannot_be_undone_stays),
        TEST(changed_files_are_drift),
        TEST(unknown_and_skipped_are_drift),
        TEST(files_must_not_commit),
        TEST(settings_do_not_leak),
        TEST(several_migrators_take_turns),
        TEST(killed_anywhere_it_converges),
        TEST(the_bundled_erp_goes_up_and_down),
    };
    if (!getenv("BOBBIN_TEST_PGURI"))
        return TEST_SKIPPED;
    return cmocka_run_group_tests_name("migrate", tests, create_scratch, drop_scratch);
}
