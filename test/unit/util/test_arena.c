/* Unit tests of util/arena. SPDX-License-Identifier: ISC */
#include "test/unit/test.h"
#include "util/arena.h"

static void alignment_and_zeroing(void **state)
{
    struct arena a;
    arena_init(&a, 0);
    for (size_t n = 0; n < 3000; n += 7) {
        unsigned char *p = arena_zalloc(&a, n);
        assert_int_equal((uintptr_t)p % 16, 0);
        for (size_t i = 0; i < n; i++)
            assert_int_equal(p[i], 0);
        memset(p, 0xaa, n);
    }
    arena_release(&a);
    assert_int_equal(a.bytes, 0);
}

static void reset_keeps_one_block(void **state)
{
    struct arena a;
    arena_init(&a, 0);
    for (int i = 0; i < 100; i++)
        assert_non_null(arena_alloc(&a, 1000));
    assert_non_null(arena_alloc(&a, 100000));
    arena_reset(&a);
    assert_int_equal(a.bytes, ARENA_BLOCK_SIZE);
    arena_release(&a);
}

static void large_piece_leaves_current_block_usable(void **state)
{
    struct arena a;
    arena_init(&a, 0);
    char *small = arena_alloc(&a, 16);
    assert_non_null(arena_alloc(&a, 50000));
    char *next = arena_alloc(&a, 16);
    assert_true(next > small && next - small < 128);
    arena_release(&a);
}

static void limit_holds_for_try(void **state)
{
    struct arena a;
    arena_init(&a, 10000);
    assert_non_null(arena_try_alloc(&a, 5000));
    assert_null(arena_try_alloc(&a, 6000));
    assert_null(arena_try_alloc(&a, SIZE_MAX / 2));
    arena_release(&a);
}

static int order[2], order_n;

static void note(void *arg)
{
    order[order_n++] = *(int *)arg;
}

static void hooks_run_last_first_and_once(void **state)
{
    struct arena a;
    int one = 1, two = 2;
    order_n = 0;
    arena_init(&a, 0);
    arena_on_dispose(&a, note, &one);
    arena_on_dispose(&a, note, &two);
    arena_reset(&a);
    arena_release(&a);
    assert_int_equal(order_n, 2);
    assert_int_equal(order[0], 2);
    assert_int_equal(order[1], 1);
}

static void copies_are_terminated(void **state)
{
    struct arena a;
    arena_init(&a, 0);
    struct str s = arena_str(&a, STR("abc"));
    assert_string_equal(s.p, "abc");
    assert_str(arena_printf(&a, "%d-%s", 7, "x"), "7-x");
    assert_string_equal(arena_cstr(&a, (struct str){NULL, 0}), "");
    arena_release(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(alignment_and_zeroing),
        cmocka_unit_test(reset_keeps_one_block),
        cmocka_unit_test(large_piece_leaves_current_block_usable),
        cmocka_unit_test(limit_holds_for_try),
        cmocka_unit_test(hooks_run_last_first_and_once),
        cmocka_unit_test(copies_are_terminated),
    };
    return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
