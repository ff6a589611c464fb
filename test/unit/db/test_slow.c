/* test_slow. SPDX-License-Identifier: ISC */
#include "db/slow.h"

#include "test/unit/test.h"

#define LIMIT 5000

static void one_hiccup_is_not_slow(void **state)
{
    static struct slow s;
    slow_init(&s, LIMIT);
    for (int i = 0; i < 100; i++)
        assert_false(slow_note(&s, 1, i % 10 == 0 ? 20 * LIMIT : 100));
    assert_false(slow_is(&s, 1));
}

static void slow_is_learned_and_forgotten(void **state)
{
    static struct slow s;
    int runs;
    slow_init(&s, LIMIT);
    assert_false(slow_note(&s, 1, 5 * LIMIT));
    assert_true(slow_note(&s, 1, 5 * LIMIT));
    assert_true(slow_is(&s, 1));
    assert_false(slow_is(&s, 2));
    assert_false(slow_note(&s, 1, 5 * LIMIT)); /* no news */
    for (runs = 0; slow_is(&s, 1); runs++)
        slow_note(&s, 1, 100);
    assert_in_range(runs, 3, 12);
    for (; s.n > 0; runs++)
        slow_note(&s, 1, 100);
    assert_in_range(runs, 4, 30);
    for (runs = 0; !slow_is(&s, 1); runs++)
        slow_note(&s, 1, LIMIT + LIMIT / 5);
    assert_in_range(runs, 3, 10);
}

static void others_in_the_same_place(void **state)
{
    static struct slow s;
    slow_init(&s, LIMIT);
    assert_false(slow_note(&s, 1, 3 * LIMIT));
    assert_true(slow_note(&s, 1, 3 * LIMIT));
    assert_false(slow_note(&s, 1 + SLOW_SLOTS, LIMIT / 2)); /* does not push out a slow one */
    assert_true(slow_is(&s, 1));
    assert_false(slow_note(&s, 1 + SLOW_SLOTS, 50 * LIMIT));
    assert_true(slow_note(&s, 1 + SLOW_SLOTS, 50 * LIMIT));
    assert_false(slow_is(&s, 1));
    assert_true(slow_is(&s, 1 + SLOW_SLOTS));
    assert_int_equal(s.n, 1);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_hiccup_is_not_slow),
        cmocka_unit_test(slow_is_learned_and_forgotten),
        cmocka_unit_test(others_in_the_same_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
