/* test_wheel. SPDX-License-Identifier: ISC */
#include "db/wheel.h"

#include "test/unit/test.h"

static size_t expire(struct wheel *w, uint64_t now, struct wheel_item **first)
{
    struct list expired, *item;
    size_t n = 0;
    list_init(&expired);
    wheel_expire(w, now, &expired);
    while ((item = list_take_first(&expired))) {
        if (n++ == 0 && first)
            *first = LIST_ENTRY(item, struct wheel_item, link);
    }
    return n;
}

static void fires_once_and_at_most_a_tick_late(void **state)
{
    struct wheel w;
    struct wheel_item item, *first = NULL;
    for (uint64_t at = 1000; at < 1100; at += 7) {
        wheel_init(&w, 1000);
        wheel_item_init(&item);
        wheel_set(&w, &item, at);
        for (uint64_t now = 1000; now < at; now++)
            assert_int_equal(expire(&w, now, NULL), 0);
        assert_int_equal(expire(&w, at + WHEEL_TICK_MS, &first), 1);
        assert_ptr_equal(first, &item);
        assert_int_equal(expire(&w, at + 10000, NULL), 0);
    }
}

static void waits_for_more_than_a_turn(void **state)
{
    struct wheel w;
    struct wheel_item item;
    uint64_t turn = WHEEL_TICK_MS * WHEEL_SLOTS, at = 50 + 3 * turn, now;
    wheel_init(&w, 50);
    wheel_item_init(&item);
    wheel_set(&w, &item, at);
    for (now = 50; expire(&w, now, NULL) == 0; now += 5)
        assert_true(now < at + WHEEL_TICK_MS);
    assert_true(now >= at);
}

static void a_loop_that_slept_misses_nothing(void **state)
{
    struct wheel w;
    struct wheel_item items[100];
    wheel_init(&w, 0);
    for (int i = 0; i < 100; i++) {
        wheel_item_init(&items[i]);
        wheel_set(&w, &items[i], (uint64_t)i * 137);
    }
    assert_int_equal(expire(&w, 1000000, NULL), 100);
}

static void moving_and_removing(void **state)
{
    struct wheel w;
    struct wheel_item a, b;
    wheel_init(&w, 100);
    wheel_item_init(&a);
    wheel_item_init(&b);
    wheel_set(&w, &a, 200);
    wheel_set(&w, &b, 200);
    wheel_set(&w, &a, 500);
    wheel_remove(&b);
    wheel_remove(&b);
    assert_int_equal(expire(&w, 400, NULL), 0);
    wheel_set(&w, &b, 300); /* in the past: at the next look */
    assert_int_equal(expire(&w, 401, NULL), 1);
    assert_int_equal(expire(&w, 516, NULL), 1);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(fires_once_and_at_most_a_tick_late),
        cmocka_unit_test(waits_for_more_than_a_turn),
        cmocka_unit_test(a_loop_that_slept_misses_nothing),
        cmocka_unit_test(moving_and_removing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
