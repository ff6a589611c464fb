/* test_session_scan. SPDX-License-Identifier: ISC */
#include "schema/session_scan.h"

#include "test/unit/test.h"

static void lasting_changes_are_seen(void **state)
{
    static const char *const texts[] = {"set search_path to hidden", "begin SET search_path = x; end",
        "begin perform 1; set role x; end", "begin -- why\n set role x; end",
        "begin /* why */ set role x; end", "if a then set x = 1; end if", "<<here>> set x = 1",
        "select set_config('a', 'b', false)", "perform pg_catalog.set_config('a', x, is_local)",
        "select set_config('a', 'b, true', f(true, 1))", "begin execute 'set x = 1'; end", "execute what",
        "execute 'select ' || what", "execute format('%s', what)", "execute format(what, 1)",
        "execute format('select %1$s', a)", "execute 'select 1; set x = 1'",
        "execute format('select 1' || a, b)", "execute 'create temp table t()'", "listen a",
        "select pg_advisory_lock(1)", "create temp table t()", "create temporary table t()",
        "declare c cursor with hold for select 1", "reset all", "set session authorization x",
        "prepare a as select 1", "select set_config('a'"};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        if (!session_scan(str_cstr(texts[i])))
            fail_msg("not seen: %s", texts[i]);
    }
}

static void what_ends_with_the_transaction_is_not(void **state)
{
    static const char *const texts[] = {"", "select 1", "update t set a = 1", "update t as x\n  set a = 1",
        "insert into t values (1) on conflict (id) do update set a = 1", "update \"T\" set a = 1",
        "begin update t set a = 1; end", "begin set local search_path = x; end",
        "set constraints all immediate", "select set_config('a', 'b', true)",
        "perform set_config('a', f('(', x), TRUE)", "select pg_advisory_xact_lock(1)",
        "begin offset := 1; end", "execute 'select 1' into a",
        "execute format('update x.%I d set a = $1 where b = ''c'' ', t) using a"};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        if (session_scan(str_cstr(texts[i])))
            fail_msg("seen: %s", texts[i]);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(lasting_changes_are_seen),
        cmocka_unit_test(what_ends_with_the_transaction_is_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
