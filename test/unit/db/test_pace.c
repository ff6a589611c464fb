/* Unit tests of db/pace. SPDX-License-Identifier: ISC */
#include "db/pace.h"

#include "test/unit/test.h"

#define LIMIT 5000

static struct pace p;

static int setup(void **state)
{
    pace_init(&p, LIMIT);
    return 0;
}

static void a_place_is_earned(void **state)
{
    assert_int_equal(pace_of(&p, 1, 0), PACE_UNKNOWN);
    for (unsigned i = 0; i < PACE_PROOF; i++) {
        assert_int_equal(pace_of(&p, 1, 0), PACE_UNKNOWN);
        assert_false(pace_note(&p, 1, 100, false, 0));
    }
    assert_int_equal(pace_of(&p, 1, 0), PACE_QUICK);
    assert_int_equal(pace_of(&p, 2, 0), PACE_UNKNOWN);
}

static void what_begins_slowly_is_known_at_once(void **state)
{
    assert_true(pace_note(&p, 1, 2 * LIMIT, false, 0));
    assert_false(pace_note(&p, 1, 2 * LIMIT, false, 0));
    assert_int_equal(pace_of(&p, 1, 0), PACE_STEADY);
    pace_note(&p, 2, 20 * LIMIT, false, 0);
    assert_int_equal(pace_of(&p, 2, 0), PACE_TARDY);
    for (int i = 0; i < 20; i++)
        pace_note(&p, 2, 100, false, 0);
    assert_int_equal(pace_of(&p, 2, 0), PACE_QUICK);
}

static void one_hiccup_is_forgiven(void **state)
{
    for (int i = 1; i <= 100; i++)
        assert_false(pace_note(&p, 1, i % 10 == 0 ? 20 * LIMIT : 100, false, 0));
    assert_int_equal(pace_of(&p, 1, 0), PACE_QUICK);
}

static void a_place_once_lost_is_not_had_back_soon(void **state)
{
    for (int i = 0; i < 10; i++)
        pace_note(&p, 1, 100, false, 0);
    assert_false(pace_note(&p, 1, 50 * LIMIT, false, 1000));
    assert_true(pace_note(&p, 1, 50 * LIMIT, false, 1000));
    for (int i = 0; i < 100; i++)
        assert_false(pace_note(&p, 1, 100, false, 1000));
    assert_int_not_equal(pace_of(&p, 1, 1000 + PACE_DISTRUST_MS - 1), PACE_QUICK);
    assert_int_not_equal(pace_of(&p, 1, 1000 + PACE_DISTRUST_MS - 1), PACE_UNKNOWN);
    assert_int_equal(pace_of(&p, 1, 1000 + PACE_DISTRUST_MS), PACE_QUICK);
}

static void what_is_large_is_not_quick(void **state)
{
    for (int i = 0; i < 10; i++)
        pace_note(&p, 1, 100, i == 9, 0);
    assert_int_equal(pace_of(&p, 1, 0), PACE_STEADY);
}

static void who_held_up_others_is_not_believed_for_a_while(void **state)
{
    assert_false(pace_is_blamed(&p, 7, false, 1000));
    pace_blame(&p, 7, false, 1000);
    assert_true(pace_is_blamed(&p, 7, false, 1000 + PACE_DISTRUST_MS - 1));
    assert_false(pace_is_blamed(&p, 7, false, 1000 + PACE_DISTRUST_MS));
    assert_false(pace_is_blamed(&p, 7 + PACE_SOURCES, false, 1000));
    assert_false(pace_is_blamed(&p, 8, false, 1000));
}

static void who_costs_others_their_connection_is_not_believed_by_key_either(void **state)
{
    for (unsigned i = 0; i < PACE_LOSSES_MAX; i++)
        pace_blame(&p, 7, true, 1000 + i);
    pace_blame(&p, 7, false, 1500);
    assert_true(pace_is_blamed(&p, 7, false, 2000));
    assert_false(pace_is_blamed(&p, 7, true, 2000));
    pace_blame(&p, 7, true, 2000);
    assert_true(pace_is_blamed(&p, 7, true, 2000));
    pace_blame(&p, 7, true, 2000 + PACE_DISTRUST_MS); /* begins anew */
    assert_false(pace_is_blamed(&p, 7, true, 2000 + PACE_DISTRUST_MS));
}

/* A flood of new shapes does not push out one that everybody uses. */
static void a_flood_of_new_shapes(void **state)
{
    for (int i = 0; i < 200; i++)
        pace_note(&p, 5, 100, false, 0);
    for (uint64_t i = 1; i < 50; i++)
        pace_note(&p, 5 + i * PACE_SETS, 100, false, 0);
    assert_int_equal(pace_of(&p, 5, 0), PACE_QUICK);
    int at = 0;
    for (uint64_t i = 50; i < 60; i++) /* but one that is seen again and again gets a place */
        for (int n = 0; n < 50; n++, at++)
            pace_note(&p, 5 + 50 * PACE_SETS, 100, false, 0);
    assert_int_equal(pace_of(&p, 5 + 50 * PACE_SETS, 0), PACE_QUICK);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup(f, setup)
    const struct CMUnitTest tests[] = {
        TEST(a_place_is_earned),
        TEST(what_begins_slowly_is_known_at_once),
        TEST(one_hiccup_is_forgiven),
        TEST(a_place_once_lost_is_not_had_back_soon),
        TEST(what_is_large_is_not_quick),
        TEST(a_flood_of_new_shapes),
        TEST(who_held_up_others_is_not_believed_for_a_while),
        TEST(who_costs_others_their_connection_is_not_believed_by_key_either),
    };
    return cmocka_run_group_tests_name("pace", tests, NULL, NULL);
}
