/* Unit tests of query/range. SPDX-License-Identifier: ISC */
#include "query/range.h"
#include "query_test.h"

static void numbers(void **state)
{
    static const struct {
        const char *text;
        bool set;
        uint64_t limit;
    } cases[] = {{"25", true, 25}, {"0", true, 0}, {"x", false, UINT64_MAX}, {"", false, UINT64_MAX},
        {"1.5", false, UINT64_MAX}, {"-0", false, UINT64_MAX}, {"9223372036854775808", true, RANGE_MAX},
        {"99999999999999999999", true, RANGE_MAX}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct ast_node node = {.limit = UINT64_MAX};
        assert_true(range_limit(&arena, &error, str_cstr(cases[i].text), &node));
        assert_int_equal(node.has_limit, cases[i].set);
        assert_true(node.limit == cases[i].limit);
    }
    struct ast_node node = {0};
    assert_false(range_limit(&arena, &error, STR("-1"), &node));
    assert_int_equal(error.code, QUERY_RANGE);
    range_offset(STR("-5"), &node);
    assert_true(node.offset == 0 && !node.has_offset);
    range_offset(STR("7"), &node);
    assert_true(node.offset == 7 && node.has_offset);
}

static void headers(void **state)
{
    enum { NONE = -1 };
    static const struct {
        const char *header;
        int64_t offset, limit, new_offset, new_limit;
    } cases[] = {
        {"0-9", 0, NONE, 0, 10},
        {"5-", 0, NONE, 5, NONE},
        {"0-9", 2, 5, 2, 5},
        {"0-9", 5, 50, 5, 5},
        {"10-19", 0, NONE, 10, 10},
        {"", 3, 4, 3, 4},
        {"items=0-9", 0, NONE, 0, NONE},
        {"-5", 0, NONE, 0, NONE},
        {"a-b", 0, NONE, 0, NONE},
        {"0-18446744073709551615", 0, 10, 0, 10},
        {"0-9223372036854775807", 0, NONE, 0, NONE},
        {"3-99999999999999999999", 0, NONE, 3, NONE},
        {"0-9223372036854775806", 0, NONE, 0, INT64_MAX},
        {"0-4", 9, 0, 9, 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct ast_node node = {.limit = UINT64_MAX, .offset = (uint64_t)cases[i].offset};
        if (cases[i].limit != NONE) {
            node.has_limit = true;
            node.limit = (uint64_t)cases[i].limit;
        }
        assert_true(range_header(&arena, &error, str_cstr(cases[i].header), &node));
        assert_true(node.offset == (uint64_t)cases[i].new_offset);
        assert_int_equal(node.has_limit, cases[i].new_limit != NONE);
        assert_true(node.limit == (uint64_t)cases[i].new_limit);
    }
}

static void empty_windows(void **state)
{
    struct ast_node node = {.limit = UINT64_MAX};
    assert_false(range_header(&arena, &error, STR("5-1"), &node));
    assert_int_equal(error.code, QUERY_RANGE);
    node.offset = 10;
    assert_false(range_header(&arena, &error, STR("0-4"), &node));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers), cmocka_unit_test(headers), cmocka_unit_test(empty_windows)};
    return RUN(tests);
}
