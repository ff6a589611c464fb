/* Unit tests of util/caller. SPDX-License-Identifier: ISC */
#include "util/caller.h"

#include "test/unit/test.h"

static void an_address_has_one_cell(void **state)
{
    struct caller *a = caller_of(STR("\x7f\0\0\1"));
    assert_ptr_equal(caller_of(STR("\x7f\0\0\1")), a);
    assert_true(caller_id(a) >= 1 && caller_id(a) <= CALLER_CELLS);
    atomic_fetch_add(&a->connections, 1);
    assert_int_equal(atomic_fetch_sub(&caller_of(STR("\x7f\0\0\1"))->connections, 1), 1);
}

/* Ten a second, three at once. */
static void a_rate_allows_a_burst_and_then_its_pace(void **state)
{
    caller_rate rate = 0;
    uint64_t now = 5000000, wait = 0;
    for (int i = 0; i < 3; i++) {
        assert_true(caller_rate_has(&rate, now, 100000, 3));
        assert_true(caller_rate_take(&rate, now, 100000, 3, &wait));
    }
    assert_false(caller_rate_has(&rate, now, 100000, 3));
    assert_false(caller_rate_take(&rate, now, 100000, 3, &wait));
    assert_int_equal(wait, 100000);
    assert_false(caller_rate_take(&rate, now + wait - 1, 100000, 3, NULL));
    assert_true(caller_rate_take(&rate, now + wait, 100000, 3, NULL));
    assert_false(caller_rate_take(&rate, now + wait, 100000, 3, NULL));
}

static void what_was_not_used_is_not_saved_up(void **state)
{
    caller_rate rate = 0;
    int n = 0;
    assert_true(caller_rate_take(&rate, 1000, 100000, 3, NULL));
    while (caller_rate_take(&rate, 1000000000, 100000, 3, NULL))
        n++;
    assert_int_equal(n, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_has_one_cell),
        cmocka_unit_test(a_rate_allows_a_burst_and_then_its_pace),
        cmocka_unit_test(what_was_not_used_is_not_saved_up),
    };
    return cmocka_run_group_tests_name("caller", tests, NULL, NULL);
}
