/* Unit tests of util/utf8. SPDX-License-Identifier: ISC */
#include "test/unit/test.h"
#include "util/utf8.h"

static void every_character_and_only_those(void **state)
{
    char text[4];
    for (uint32_t c = 0; c <= 0x10ffff; c++) {
        if (c >= 0xd800 && c <= 0xdfff)
            continue;
        size_t n = (size_t)(utf8_write(text, c) - text);
        assert_int_equal(n, c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4);
        assert_true(utf8_valid(str_make(text, n)));
        if (n > 1)
            assert_int_equal(utf8_valid_prefix(str_make(text, n - 1)), 0);
    }
}

/* All pairs and triples of bytes: the number of well-formed ones is known by arithmetic. */
static void counts_of_short_sequences(void **state)
{
    size_t pairs = 0, triples = 0;
    for (unsigned i = 0; i < 1u << 24; i++) {
        char t[3] = {(char)(i >> 16), (char)(i >> 8), (char)i};
        triples += utf8_valid(str_make(t, 3));
        if (i < 1u << 16)
            pairs += utf8_valid(str_make(t + 1, 2));
    }
    size_t one = 128, two = 1920, three = 65536 - 2048 - 2048;
    assert_int_equal(pairs, one * one + two);
    assert_int_equal(triples, one * one * one + 2 * one * two + three);
}

static void malformed_is_found_where_it_stands(void **state)
{
    static const struct {
        const char *text;
        size_t good;
    } cases[] = {
        {"\xc0\x80", 0},
        {"\xe0\x80\xaf", 0},
        {"\xed\xa0\x80", 0},
        {"\xf4\x90\x80\x80", 0},
        {"\xf5\x80\x80\x80", 0},
        {"\xff", 0},
        {"0123456789abcdef\x80", 16},
        {"0123456789abcd\xc3\xa9\xc3", 16},
        {"\xf0\x9f\x98\x80\xf0\x9f\x98", 4},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_int_equal(utf8_valid_prefix(str_cstr(cases[i].text)), cases[i].good);
    assert_true(utf8_valid(str_make(NULL, 0)));
    assert_true(utf8_valid(str_make("a\0b", 3)));
}

static void truncate_keeps_characters_whole(void **state)
{
    struct str s = STR("a\xc3\xa9\xf0\x9f\x98\x80z");
    static const size_t want[] = {0, 1, 1, 3, 3, 3, 3, 7, 8, 8};
    for (size_t max = 0; max < ARRAY_LEN(want); max++)
        assert_int_equal(utf8_truncate(s, max), want[max]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_character_and_only_those),
        cmocka_unit_test(counts_of_short_sequences),
        cmocka_unit_test(malformed_is_found_where_it_stands),
        cmocka_unit_test(truncate_keeps_characters_whole),
    };
    return cmocka_run_group_tests_name("utf8", tests, NULL, NULL);
}
