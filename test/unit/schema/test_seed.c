/* Tests of schema/seed against a PostgreSQL. SPDX-License-Identifier: ISC */
#include "schema/seed.h"

#include "schema/migrate.h"
#include "test/unit/schema/database.h"

#include <pthread.h>

static const char demo_sql[] =
    "create schema erp_demo;"
    "create table erp_demo.progress(scale text, \"position\" int, name text, rows bigint, done_at "
    "timestamptz,"
    " primary key (scale, \"position\"));"
    "create function erp_demo.fill(n int) returns bigint language sql as"
    " $$ insert into erp.t select generate_series(1, n); select n::bigint $$;"
    "create function erp_demo.steps(scale text) returns table (\"position\" int, name text, sql text,"
    " expected_rows bigint, stage int, lane int) language sql as $$ values"
    " (1, 'ten', 'select erp_demo.fill(10)', 9::bigint, 1, 1),"
    " (2, 'slow', 'select pg_sleep(coalesce((select max(s) from erp.slow), 0))', 0, 1, 1),"
    " (3, 'twenty', 'insert into erp.k default values; insert into erp.t select generate_series(1, 20)', 20, "
    "2, 1) "
    "$$;";

/* Two steps of which each ends when it has seen the other, and one that needs both. */
static const char lanes_sql[] =
    "create or replace function erp_demo.meet(me int) returns bigint language plpgsql as $$ begin"
    " perform pg_advisory_lock(77, me);"
    " for i in 1 .. 500 loop"
    "  if exists (select from pg_locks where locktype = 'advisory' and classid = 77 and objid = 3 - me) then"
    "   insert into erp.t values (me); return 1; end if;"
    "  perform pg_sleep(0.02); end loop;"
    " raise 'nobody came'; end $$;"
    "create or replace function erp_demo.steps(scale text) returns table (\"position\" int, name text, sql "
    "text,"
    " expected_rows bigint, stage int, lane int) language sql as $$ values"
    " (1, 'a', 'select erp_demo.meet(1)', 1::bigint, 1, 1), (2, 'b', 'select erp_demo.meet(2)', 1, 1, 2),"
    " (3, 'c', 'insert into erp.t select sum(id) from erp.t', 1, 2, 1) $$;";

static const struct embedded_file files[] = {{"01_demo.sql", demo_sql, sizeof demo_sql - 1}};
static const struct embedded_file lanes[] = {
    {"01_demo.sql", demo_sql, sizeof demo_sql - 1}, {"02_lanes.sql", lanes_sql, sizeof lanes_sql - 1}};
static const struct embedded_file newer[] = {
    {"01_demo.sql", demo_sql, sizeof demo_sql - 1}, {"02_more.sql", "select 1", 8}};
static struct buf error;
static char *printed;
static size_t printed_size;
static FILE *out;
static struct session *s;
static struct seed seed;

static int setup(void **state)
{
    s = must_open(scratch_uri);
    must_exec(s, "create schema erp; create table erp.t(id int); create table erp.slow(s float8);"
                 " create table erp.k(id int generated always as identity)");
    buf_init(&error, 0);
    out = open_memstream(&printed, &printed_size);
    seed = (struct seed){
        .session = s, .scale = "tiny", .files = files, .nfiles = 1, .out = out, .error = &error};
    return 0;
}

static int teardown(void **state)
{
    must_exec(s, "drop schema if exists erp_demo cascade; drop schema if exists erp cascade");
    session_close(&s);
    fclose(out);
    free(printed);
    buf_release(&error);
    return 0;
}

static void expect(enum seed_result wanted)
{
    enum seed_result got = seed_run(&seed);
    if (got != wanted)
        fail_msg("result %d instead of %d: %.*s", got, wanted, STR_ARG(buf_str(&error)));
    fflush(out);
}

static void filled_once(void **state)
{
    expect(SEED_OK);
    assert_non_null(strstr(printed, "ten "));
    assert_non_null(strstr(printed, "demo data of scale tiny: about 29 rows"));
    expect(SEED_OK);
    assert_non_null(strstr(printed, "is there already"));
    assert_string_equal(must_ask(s, "select count(*) from erp.t"), "30");
    assert_string_equal(
        must_ask(s, "select string_agg(rows::text, ' ' order by \"position\") from erp_demo.progress"),
        "10 0 20");
}

static void a_failed_step_is_repeated(void **state)
{
    must_exec(s, "insert into erp.slow values ('NaN')");
    must_exec(s, "alter table erp.t add constraint small check (id < 20)");
    expect(SEED_FAILED);
    assert_true(str_starts(buf_str(&error), STR("twenty: ERROR:")));
    assert_string_equal(must_ask(s, "select count(*) from erp.t"), "10");
    must_exec(s, "alter table erp.t drop constraint small");
    expect(SEED_OK);
    assert_string_equal(must_ask(s, "select string_agg(id::text, ' ') from erp.k"), "1");
    assert_string_equal(must_ask(s, "select count(*) from erp.t"), "30");
}

static void *stop_soon(void *arg)
{
    usleep(300000);
    seed_stop(arg);
    return NULL;
}

static void stopped_and_taken_up_again(void **state)
{
    pthread_t thread;
    must_exec(s, "insert into erp.slow values (30)");
    assert_int_equal(pthread_create(&thread, NULL, stop_soon, &seed), 0);
    expect(SEED_STOPPED);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_string_equal(must_ask(s, "select count(*) from erp.t"), "10");
    must_exec(s, "delete from erp.slow");
    seed.stop = 0;
    seed.terminal = true;
    expect(SEED_OK);
    assert_string_equal(must_ask(s, "select count(*) from erp.t"), "30");
    assert_non_null(strstr(printed, "31 %  9 of 29 rows  slow"));
}

static void lanes_run_side_by_side(void **state)
{
    seed.files = lanes;
    seed.nfiles = 2;
    seed.second = must_open(scratch_uri);
    expect(SEED_OK);
    assert_string_equal(must_ask(s, "select string_agg(id::text, ' ' order by id) from erp.t"), "1 2 3");
    session_close(&seed.second);
}

static void a_lane_that_fails_ends_the_run(void **state)
{
    seed.files = lanes;
    seed.nfiles = 2;
    seed.second = must_open(scratch_uri);
    must_exec(s, "alter table erp.t add constraint small check (id <> 2)");
    expect(SEED_FAILED);
    assert_true(str_starts(buf_str(&error), STR("b: ERROR:")));
    assert_string_equal(must_ask(s, "select string_agg(name, ' ') from erp_demo.progress"), "a");
    session_close(&seed.second);
}

static void without_a_second_connection_all_lanes_run(void **state)
{
    must_exec(s, "select pg_advisory_lock(77, 2)");
    seed.files = lanes;
    seed.nfiles = 2;
    expect(SEED_OK);
    assert_string_equal(must_ask(s, "select string_agg(id::text, ' ' order by id) from erp.t"), "1 2 3");
}

static void scales_do_not_mix(void **state)
{
    expect(SEED_OK);
    seed.scale = "small";
    expect(SEED_OTHER_SCALE);
    assert_string_equal(must_ask(s, "select count(*) from erp.t"), "30");
    seed.scale = "huge";
    expect(SEED_BAD_SCALE);
}

static void a_new_generator_leaves_begun_data_alone(void **state)
{
    expect(SEED_OK);
    must_exec(s, "delete from erp_demo.progress where \"position\" = 3");
    seed.files = newer;
    seed.nfiles = 2;
    expect(SEED_OK);
    assert_string_equal(must_ask(s, "select count(*) from erp.t"), "50");
    const char *mark = "select obj_description('erp_demo'::regnamespace, 'pg_namespace')";
    char before[200];
    snprintf(before, sizeof before, "%s", must_ask(s, mark));
    must_exec(s, "delete from erp_demo.progress");
    expect(SEED_OK);
    assert_string_not_equal(must_ask(s, mark), before);
}

static void the_tables_must_be_there(void **state)
{
    must_exec(s, "drop schema erp cascade");
    expect(SEED_NO_SCHEMA);
    assert_non_null(memmem(buf_str(&error).p, buf_len(&error), "bobbin migrate up", 17));
    assert_string_equal(must_ask(s, "select to_regnamespace('erp_demo') is null"), "t");
}

static void expect_migrated(const struct migrations *set)
{
    if (migrate_up(s, set, out, &error) != MIGRATE_OK)
        fail_msg("%.*s", STR_ARG(buf_str(&error)));
}

static void the_bundled_demo_fills_the_bundled_erp(void **state)
{
    struct migrations set;
    must_exec(s, "drop schema erp cascade");
    migrations_init_own(&set);
    expect_migrated(&set);
    migrations_release(&set);
    migrations_init_embedded(&set);
    expect_migrated(&set);
    seed.files = demo_files;
    seed.nfiles = demo_files_count;
    expect(SEED_OK);
    assert_string_equal(must_ask(s, "select count(*) > 100 from erp.customers"), "t");
    expect(SEED_OK);
    assert_non_null(strstr(printed, "is there already"));
    if (migrate_down(s, &set, MIGRATE_ALL, out, &error) != MIGRATE_OK)
        fail_msg("%.*s", STR_ARG(buf_str(&error)));
    migrations_release(&set);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(filled_once),
        TEST(a_failed_step_is_repeated),
        TEST(stopped_and_taken_up_again),
        TEST(lanes_run_side_by_side),
        TEST(a_lane_that_fails_ends_the_run),
        TEST(without_a_second_connection_all_lanes_run),
        TEST(scales_do_not_mix),
        TEST(a_new_generator_leaves_begun_data_alone),
        TEST(the_tables_must_be_there),
        TEST(the_bundled_demo_fills_the_bundled_erp),
    };
    if (!getenv("BOBBIN_TEST_PGURI"))
        return TEST_SKIPPED;
    return cmocka_run_group_tests_name("seed", tests, create_scratch, drop_scratch);
}
