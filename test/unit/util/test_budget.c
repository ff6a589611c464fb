/* Unit tests of util/budget. SPDX-License-Identifier: ISC */
#include "test/unit/test.h"
#include "util/budget.h"

#include <pthread.h>
#include <stdatomic.h>

#define MB ((size_t)1 << 20)

static void takes_and_gives(void **state)
{
    budget_set_limit(4 * MB);
    assert_int_equal(budget_limit(), 4 * MB);
    assert_int_equal(budget_held(), 0);
    assert_true(budget_try_take(3 * MB));
    assert_int_equal(budget_held(), 3 * MB);
    assert_false(budget_try_take(2 * MB));
    assert_int_equal(budget_held(), 3 * MB);
    assert_false(budget_has_room(2 * MB));
    assert_true(budget_has_room(MB / 2));
    assert_false(budget_is_short());
    budget_change(0, MB);
    assert_true(budget_is_short());
    budget_take(MB); /* what is there is counted beyond the limit too */
    assert_int_equal(budget_held(), 5 * MB);
    budget_change(5 * MB, MB);
    assert_int_equal(budget_held(), MB);
    assert_true(budget_try_take(2 * MB));
    budget_give(3 * MB);
    assert_int_equal(budget_held(), 0);
}

static void no_limit(void **state)
{
    budget_set_limit(0);
    assert_true(budget_try_take(MB << 20));
    assert_false(budget_is_short());
    budget_give(MB << 20);
}

/* What a loop keeps for small amounts is little. */
static void little_is_reserved(void **state)
{
    budget_set_limit(4 * MB);
    for (size_t i = 0; i < 1000; i++)
        budget_take(i);
    for (size_t i = 0; i < 1000; i++)
        budget_give(i);
    assert_int_equal(budget_held(), 0);
    assert_true(budget_try_take(4 * MB - 2 * BUDGET_STEP));
    budget_give(4 * MB - 2 * BUDGET_STEP);
}

static _Atomic unsigned most;

static void *take_and_leave(void *arg)
{
    (void)arg;
    for (int i = 0; i < 20000; i++) {
        if (budget_try_take(MB))
            budget_give(MB);
    }
    unsigned mine = 0;
    while (budget_try_take(100000))
        mine++;
    atomic_fetch_add(&most, mine);
    return NULL;
}

/* Threads never pass the limit together, and one may give back what others took. */
static void threads(void **state)
{
    pthread_t all[4];
    budget_set_limit(8 * MB);
    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        pthread_create(&all[i], NULL, take_and_leave, NULL);
    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        pthread_join(all[i], NULL);
    assert_int_equal(budget_held(), most * 100000);
    assert_true(budget_held() <= 8 * MB && budget_held() > 7 * MB);
    assert_true(budget_is_short());
    budget_give(most * 100000);
    assert_int_equal(budget_held(), 0);
    assert_true(budget_try_take(7 * MB));
    budget_give(7 * MB);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(takes_and_gives), cmocka_unit_test(no_limit),
        cmocka_unit_test(little_is_reserved), cmocka_unit_test(threads)};
    return cmocka_run_group_tests_name("budget", tests, NULL, NULL);
}
