/* test_stmt. SPDX-License-Identifier: ISC */
#include "db/stmt.h"

#include "test/unit/test.h"

static void finds_what_was_added(void **state)
{
    struct stmt_cache c;
    stmt_cache_init(&c, 100);
    assert_null(stmt_cache_get(&c, 7));
    struct stmt *a = stmt_cache_add(&c, 7, STR("select 7")),
                *b = stmt_cache_add(&c, 7 + 1024, STR("select 8"));
    assert_ptr_equal(stmt_cache_get(&c, 7), a);
    assert_ptr_equal(stmt_cache_get(&c, 7 + 1024), b); /* same bucket */
    assert_string_equal(a->sql, "select 7");
    assert_string_not_equal(a->name, b->name);
    stmt_cache_drop(&c, a);
    assert_null(stmt_cache_get(&c, 7));
    assert_ptr_equal(stmt_cache_get(&c, 7 + 1024), b);
    assert_string_not_equal(stmt_cache_add(&c, 7, STR("select 7"))->name, b->name);
    assert_null(stmt_cache_dead(&c));
    stmt_cache_release(&c);
}

static void the_least_recently_used_dies(void **state)
{
    struct stmt_cache c;
    stmt_cache_init(&c, 0); /* STMT_MIN */
    for (uint64_t key = 1; key <= STMT_MIN; key++)
        stmt_cache_add(&c, key, STR("x"));
    assert_null(stmt_cache_dead(&c));
    assert_non_null(stmt_cache_get(&c, 1));
    stmt_cache_add(&c, 100, STR("y"));
    struct stmt *dead = stmt_cache_dead(&c);
    assert_non_null(dead);
    assert_int_equal(dead->key, 2);
    assert_null(stmt_cache_get(&c, 2));
    assert_non_null(stmt_cache_get(&c, 1));
    stmt_cache_add(&c, 2, STR("x")); /* comes back while its old self waits to be closed */
    assert_string_not_equal(stmt_cache_get(&c, 2)->name, dead->name);
    stmt_cache_bury(&c, dead);
    dead = stmt_cache_dead(&c);
    assert_int_equal(dead->key, 3);
    stmt_cache_bury(&c, dead);
    assert_null(stmt_cache_dead(&c));
    stmt_cache_release(&c);
}

static void killed_ones_are_dead_in_order(void **state)
{
    struct stmt_cache c;
    stmt_cache_init(&c, 50);
    for (uint64_t key = 1; key <= 3; key++)
        stmt_cache_kill(&c, stmt_cache_add(&c, key, STR("z")));
    assert_int_equal(stmt_cache_dead(&c)->key, 1);
    assert_int_equal(c.n, 0);
    stmt_cache_release(&c);
}

static void another_schema_kills_all(void **state)
{
    struct stmt_cache c;
    stmt_cache_init(&c, 50);
    for (uint64_t key = 1; key <= 3; key++)
        stmt_cache_add(&c, key, STR("z"));
    stmt_cache_renew(&c, 2);
    for (uint64_t key = 1; key <= 3; key++) {
        assert_null(stmt_cache_get(&c, key));
        assert_int_equal(stmt_cache_dead(&c)->key, key);
        stmt_cache_bury(&c, stmt_cache_dead(&c));
    }
    assert_null(stmt_cache_dead(&c));
    stmt_cache_release(&c);
}

static void memory_is_bounded(void **state)
{
    struct stmt_cache c;
    size_t each = stmt_estimate(STR("SELECT 1 FROM t"));
    stmt_cache_init(&c, 50);
    for (uint64_t key = 1; key <= 10; key++) {
        stmt_cache_add(&c, key, STR("SELECT 1 FROM t"));
        stmt_cache_bound(&c, 4 * each);
    }
    assert_int_equal(c.n, 4);
    assert_int_equal(c.bytes, 4 * each);
    assert_null(stmt_cache_get(&c, 6));
    assert_non_null(stmt_cache_get(&c, 7));
    stmt_cache_bound(&c, 0);
    assert_int_equal(c.n, 1); /* the most recently used */
    assert_non_null(stmt_cache_get(&c, 7));
    stmt_cache_release(&c);
}

static void texts_and_tables_cost_memory(void **state)
{
    size_t none = stmt_estimate(STR("")), one = stmt_estimate(STR("SELECT FROM a")),
           two = stmt_estimate(STR("SELECT FROM a FROM b"));
    assert_true(none < one && one < two && two - one > 40000);
}

static void the_second_use_is_told_from_the_first(void **state)
{
    static struct stmt_seen seen;
    const uint64_t key = 0x123456789abcdef0u, step = (uint64_t)1 << 40; /* all of one set */
    for (unsigned i = 0; i < STMT_SEEN_WAYS; i++)
        assert_false(stmt_seen(&seen, key + i * step));
    for (unsigned i = 0; i < STMT_SEEN_WAYS; i++)
        assert_true(stmt_seen(&seen, key + i * step));
    assert_false(stmt_seen(&seen, key + STMT_SEEN_WAYS * step));
    assert_false(stmt_seen(&seen, key)); /* the oldest */
    assert_true(stmt_seen(&seen, key + STMT_SEEN_WAYS * step));
    assert_false(stmt_seen(&seen, key + 1)); /* another set */
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_what_was_added),
        cmocka_unit_test(the_least_recently_used_dies),
        cmocka_unit_test(killed_ones_are_dead_in_order),
        cmocka_unit_test(another_schema_kills_all),
        cmocka_unit_test(memory_is_bounded),
        cmocka_unit_test(texts_and_tables_cost_memory),
        cmocka_unit_test(the_second_use_is_told_from_the_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
