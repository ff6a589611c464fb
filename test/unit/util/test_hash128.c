/* Unit tests of util/hash128. SPDX-License-Identifier: ISC */
#include "test/unit/test.h"
#include "util/hash128.h"

#include <stdio.h>
#include <string.h>

static bool equal(struct hash128 x, struct hash128 y)
{
    return x.a == y.a && x.b == y.b;
}

static void every_bit_and_the_length_count(void **state)
{
    char text[40];
    memset(text, 'x', sizeof text);
    for (size_t n = 0; n <= sizeof text; n++) {
        struct hash128 h = hash128(str_make(text, n));
        assert_true(equal(h, hash128(str_make(text, n))));
        for (size_t bit = 0; bit < 8 * n; bit++) {
            text[bit / 8] = (char)(text[bit / 8] ^ (1 << bit % 8));
            struct hash128 other = hash128(str_make(text, n));
            text[bit / 8] = 'x';
            assert_true(h.a != other.a && h.b != other.b);
        }
        if (n > 0)
            assert_false(equal(h, hash128(str_make(text, n - 1))));
    }
    assert_false(equal(hash128(str_make("\0", 1)), hash128(STR(""))));
}

/* Tags outlive the process: the values must never change. */
static void is_the_same_everywhere(void **state)
{
    struct hash128 h = hash128(STR("{\"id\":1,\"name\":\"nut\"}"));
    char text[40];
    snprintf(text, sizeof text, "%016llx%016llx", (unsigned long long)h.a, (unsigned long long)h.b);
    assert_string_equal(text, "64604699b510e7623188f3409065f467");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_bit_and_the_length_count),
        cmocka_unit_test(is_the_same_everywhere),
    };
    return cmocka_run_group_tests_name("hash128", tests, NULL, NULL);
}
