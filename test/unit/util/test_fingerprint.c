/* Unit tests of util/fingerprint. SPDX-License-Identifier: ISC */
#include "test/unit/test.h"
#include "util/fingerprint.h"

#include <string.h>

#define LONGEST 1500u

static const uint64_t seed[2] = {1, 2}, other_seed[2] = {2, 1};

static void they_depend_on_every_byte(void **state)
{
    static char text[LONGEST];
    uint8_t before[FINGERPRINT_BYTES], after[FINGERPRINT_BYTES];
    struct fingerprint_key key;
    fingerprint_key_derive(&key, seed);
    for (size_t n = 1; n <= LONGEST; n += 1 + n / 8) {
        fingerprint(&key, str_make(text, n), before);
        for (size_t i = 0; i < n; i++) {
            text[i] = 1;
            fingerprint(&key, str_make(text, n), after);
            assert_memory_not_equal(before, after, FINGERPRINT_BYTES);
            text[i] = 0;
        }
        fingerprint(&key, str_make(text, n - 1), after);
        assert_memory_not_equal(before, after, FINGERPRINT_BYTES);
        fingerprint(&key, str_make(text, n), after);
        assert_memory_equal(before, after, FINGERPRINT_BYTES);
    }
}

static void they_depend_on_the_key(void **state)
{
    struct fingerprint_key key, other;
    uint8_t a[FINGERPRINT_BYTES], b[FINGERPRINT_BYTES];
    fingerprint_key_derive(&key, seed);
    fingerprint_key_derive(&other, other_seed);
    for (size_t i = 1; i < ARRAY_LEN(key.inner); i++)
        assert_true(key.inner[i] != key.inner[i - 1] && key.inner[i] != other.inner[i]);
    assert_true(key.outer[0] != key.outer[1] && key.outer[0] != other.outer[0]);
    fingerprint(&key, STR("{\"id\":1}"), a);
    fingerprint(&other, STR("{\"id\":1}"), b);
    assert_memory_not_equal(a, b, FINGERPRINT_BYTES);
    fingerprint(&key, STR(""), b);
    assert_memory_not_equal(a, b, FINGERPRINT_BYTES);
}

/* Servers of one secret must agree, whatever their version of the library: what this test says may change
 * only with a note in CHANGES.md. */
static void they_are_the_same_everywhere(void **state)
{
    static char text[300];
    struct fingerprint_key key;
    uint8_t of_short[FINGERPRINT_BYTES], of_long[FINGERPRINT_BYTES];
    memset(text, 'x', sizeof text);
    fingerprint_key_derive(&key, seed);
    fingerprint(&key, STR("{\"id\":1}"), of_short);
    fingerprint(&key, str_make(text, sizeof text), of_long);
    const uint8_t short_is[] = {
        0xa1, 0xd4, 0xc9, 0x9e, 0x99, 0xf4, 0x0b, 0x5d, 0x29, 0x42, 0xa0, 0xdb, 0x2b, 0x4e, 0x22, 0x52};
    const uint8_t long_is[] = {
        0xf3, 0x69, 0x40, 0x15, 0x70, 0x7f, 0x13, 0xc8, 0x1e, 0x16, 0xec, 0x54, 0x64, 0x29, 0xdc, 0x59};
    assert_memory_equal(of_short, short_is, sizeof of_short);
    assert_memory_equal(of_long, long_is, sizeof of_long);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_depend_on_every_byte),
        cmocka_unit_test(they_depend_on_the_key),
        cmocka_unit_test(they_are_the_same_everywhere),
    };
    return cmocka_run_group_tests_name("fingerprint", tests, NULL, NULL);
}
