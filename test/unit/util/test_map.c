/* Unit tests of util/map. SPDX-License-Identifier: ISC */
#include "test/unit/test.h"
#include "util/map.h"

#include <stdio.h>

static struct str key_of(char *space, int i)
{
    return str_make(space, (size_t)sprintf(space, "key-%d", i));
}

static void many_keys_with_churn(void **state)
{
    struct map m;
    char space[32];
    map_init(&m);
    for (int round = 0; round < 5; round++) {
        for (intptr_t i = 1; i <= 2000; i++)
            assert_null(map_set(&m, key_of(space, (int)i), (void *)i));
        for (intptr_t i = 1; i <= 2000; i++)
            assert_ptr_equal(map_get(&m, key_of(space, (int)i)), (void *)i);
        for (intptr_t i = 1; i <= 2000; i++)
            assert_ptr_equal(map_take(&m, key_of(space, (int)i)), (void *)i);
        assert_int_equal(m.n, 0);
    }
    assert_true(m.cap <= 8192);
    map_release(&m);
}

static void replace_iterate_absent(void **state)
{
    struct map m;
    int one, two;
    map_init(&m);
    assert_null(map_get(&m, STR("a")));
    assert_null(map_take(&m, STR("a")));
    assert_null(map_set(&m, STR(""), &one));
    assert_ptr_equal(map_set(&m, STR(""), &two), &one);
    assert_null(map_set(&m, STR("b"), &one));
    size_t i = 0, seen = 0;
    struct str key;
    void *value;
    while (map_next(&m, &i, &key, &value))
        seen++;
    assert_int_equal(seen, 2);
    map_release(&m);
}

static void hash_depends_on_every_byte(void **state)
{
    char bytes[40] = {0};
    for (size_t n = 1; n <= sizeof bytes; n++) {
        uint64_t before = hash_bytes(str_make(bytes, n));
        bytes[n - 1] = 1;
        assert_true(before != hash_bytes(str_make(bytes, n)));
        bytes[n - 1] = 0;
        assert_true(before != hash_bytes(str_make(bytes, n - 1)));
    }
}

static void both_halves_depend_on_text_and_key(void **state)
{
    const uint64_t key[2] = {1, 2}, other[2] = {2, 1};
    uint64_t a[2], b[2];
    char bytes[40] = {0};
    hash_keyed128(key, str_make(bytes, sizeof bytes), a);
    hash_keyed128(other, str_make(bytes, sizeof bytes), b);
    assert_true(a[0] != a[1] && a[0] != b[0] && a[1] != b[1]);
    assert_true(a[0] != hash_keyed(key, str_make(bytes, sizeof bytes)));
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = 1;
        hash_keyed128(key, str_make(bytes, sizeof bytes), b);
        assert_true(a[0] != b[0] && a[1] != b[1]);
        bytes[i] = 0;
    }
    hash_keyed128(key, str_make(bytes, sizeof bytes), b);
    assert_true(a[0] == b[0] && a[1] == b[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_keys_with_churn),
        cmocka_unit_test(replace_iterate_absent),
        cmocka_unit_test(hash_depends_on_every_byte),
        cmocka_unit_test(both_halves_depend_on_text_and_key),
    };
    return cmocka_run_group_tests_name("map", tests, NULL, NULL);
}
