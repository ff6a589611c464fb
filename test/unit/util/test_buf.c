/* Unit tests of util/buf. SPDX-License-Identifier: ISC */
#include "test/unit/test.h"
#include "util/buf.h"

static void append_consume_append(void **state)
{
    struct buf b;
    buf_init(&b, 0);
    for (int i = 0; i < 1000; i++)
        buf_append(&b, STR("0123456789"));
    buf_consume(&b, 9995);
    assert_str(buf_str(&b), "56789");
    buf_printf(&b, "-%d", 42);
    buf_append_u64(&b, UINT64_MAX);
    buf_append_char(&b, '.');
    assert_str(buf_str(&b), "56789-4218446744073709551615.");
    buf_consume(&b, buf_len(&b));
    assert_int_equal(buf_len(&b), 0);
    buf_release(&b);
}

static void empty_append_needs_no_memory(void **state)
{
    struct buf b;
    buf_init(&b, 0);
    buf_append(&b, STR(""));
    buf_append(&b, (struct str){NULL, 0});
    assert_int_equal(b.cap, 0);
    buf_release(&b);
}

static void limit_refuses_but_keeps(void **state)
{
    struct buf b;
    buf_init(&b, 8);
    assert_true(buf_try_append(&b, STR("12345678")));
    assert_false(buf_try_append(&b, STR("9")));
    assert_null(buf_try_reserve(&b, SIZE_MAX));
    assert_str(buf_str(&b), "12345678");
    buf_consume(&b, 3);
    assert_true(buf_try_append(&b, STR("abc")));
    assert_str(buf_str(&b), "45678abc");
    buf_release(&b);
}

static void clear_gives_back_large_memory(void **state)
{
    struct buf b;
    buf_init(&b, 0);
    assert_non_null(buf_reserve(&b, 100000));
    buf_clear(&b, 4096);
    assert_int_equal(b.cap, 0);
    buf_append(&b, STR("x"));
    buf_clear(&b, 4096);
    assert_int_not_equal(b.cap, 0);
    buf_release(&b);
}

static void compact(void **state)
{
    struct buf b;
    buf_init(&b, 0);
    memset(buf_reserve(&b, 100000), 'a', 100000);
    b.tail = 100000;
    size_t cap = b.cap;
    buf_consume(&b, 10000);
    buf_compact(&b); /* not worth it */
    assert_int_equal(b.cap, cap);
    b.data[b.tail - 1] = 'z';
    buf_consume(&b, 60000);
    buf_compact(&b);
    assert_int_equal(b.cap, 30000);
    assert_int_equal(buf_len(&b), 30000);
    assert_int_equal(buf_str(&b).p[29999], 'z');
    buf_append_char(&b, '!');
    assert_int_equal(buf_str(&b).p[30000], '!');
    buf_consume(&b, 30001);
    buf_compact(&b);
    assert_null(b.data);
    buf_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(append_consume_append),
        cmocka_unit_test(empty_append_needs_no_memory),
        cmocka_unit_test(limit_refuses_but_keeps),
        cmocka_unit_test(clear_gives_back_large_memory),
        cmocka_unit_test(compact),
    };
    return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
