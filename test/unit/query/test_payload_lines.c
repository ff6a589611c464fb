/* Unit tests of query/payload_lines. SPDX-License-Identifier: ISC */
#include "query/payload_lines.h"

#include "test/unit/test.h"

static struct arena arena;
static struct payload_lines lines;
static struct query_error error;
static const struct str id[] = {STR_INIT("id"), STR_INIT("k")};

static enum payload_lines_verdict take(
    const char *body, const char *member, const struct payload_lines_options *options)
{
    struct payload_options whole = {.max_depth = 20, .records = true, .keys = true};
    struct payload payload;
    arena_reset(&arena);
    assert_true(payload_read(&arena, &whole, str_cstr(body), &payload, &error));
    return payload_lines_read(&arena, &payload, str_cstr(member), options, &lines, &error);
}

static enum payload_lines_verdict by_id(const char *body)
{
    return take(body, "lines", &(struct payload_lines_options){.key = id, .nkey = 1, .max = 5});
}

static void lines_are_sorted_by_having_a_key(void **state)
{
    assert_int_equal(by_id("{\"a\":{\"lines\":[1]}, \"lines\" : [ {\"id\":1,\"v\":[{}]} , {\"v\":\"]}\"},\n"
                           "{\"v\":2,\"\\u0069d\":{}},{\"v\":\"\\\"\"} ], \"z\":[]}"),
        PAYLOAD_LINES_OK);
    assert_int_equal(lines.n, 4);
    assert_string_equal(lines.named.json, "[{\"id\":1,\"v\":[{}]},{\"v\":2,\"\\u0069d\":{}}]");
    assert_int_equal(lines.named.nrecords, 2);
    assert_int_equal(lines.named.nkeys, 2);
    assert_string_equal(lines.fresh.json, "[{\"v\":\"]}\"},{\"v\":\"\\\"\"}]");
    assert_int_equal(lines.fresh.nkeys, 1);
}

static void null_is_no_key(void **state)
{
    assert_int_equal(by_id("{\"lines\":[{\"id\":null}]}"), PAYLOAD_LINES_OK);
    assert_int_equal(lines.named.nrecords, 0);
    assert_int_equal(lines.fresh.nrecords, 1);
    struct payload_lines_options both = {.key = id, .nkey = 2, .max = 5};
    assert_int_equal(
        take("{\"lines\":[{\"id\":1,\"k\":null},{\"k\":0,\"id\":0}]}", "lines", &both), PAYLOAD_LINES_OK);
    assert_string_equal(lines.named.json, "[{\"k\":0,\"id\":0}]");
    struct payload_lines_options none = {.max = 5};
    assert_int_equal(take("{\"lines\":[{\"id\":1}]}", "lines", &none), PAYLOAD_LINES_OK);
    assert_int_equal(lines.fresh.nrecords, 1);
}

static void no_lines(void **state)
{
    assert_int_equal(by_id("{\"lines\":[]}"), PAYLOAD_LINES_OK);
    assert_int_equal(lines.n, 0);
    assert_null(lines.fresh.json);
    assert_int_equal(by_id("{\"\\u006cines\":[{}]}"), PAYLOAD_LINES_OK);
    assert_int_equal(lines.n, 1);
    assert_int_equal(lines.fresh.nkeys, 0);
}

static void what_is_no_array_of_objects_is_refused(void **state)
{
    static const char *const bodies[] = {"{\"lines\":{}}", "{\"lines\":1}", "{\"lines\":null}",
        "{\"lines\":[1]}", "{\"lines\":[[]]}", "{\"lines\":[{},null]}"};
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++)
        assert_int_equal(by_id(bodies[i]), PAYLOAD_LINES_NO_ARRAY);
}

static void lines_are_bounded(void **state)
{
    assert_int_equal(by_id("{\"lines\":[{},{},{},{},{}]}"), PAYLOAD_LINES_OK);
    assert_int_equal(by_id("{\"lines\":[{},{},{},{},{},{}]}"), PAYLOAD_LINES_TOO_MANY);
    struct payload_lines_options none = {.max = 0};
    assert_int_equal(take("{\"lines\":[]}", "lines", &none), PAYLOAD_LINES_OK);
    assert_int_equal(take("{\"lines\":[{}]}", "lines", &none), PAYLOAD_LINES_TOO_MANY);
}

static void keys_match_within_a_lot(void **state)
{
    assert_int_equal(by_id("{\"lines\":[{\"id\":1,\"a\":1},{\"b\":1}]}"), PAYLOAD_LINES_OK);
    assert_int_equal(by_id("{\"lines\":[{\"a\":1},{\"b\":1}]}"), PAYLOAD_LINES_BAD);
    assert_str(error.message, "All object keys must match");
    assert_int_equal(by_id("{\"lines\":[{\"a\":1,\"a\":1}]}"), PAYLOAD_LINES_BAD);
    assert_str(error.message, "The key 'a' is given twice");
    assert_int_equal(by_id("{\"lines\":[{\"\\ud800\":1}]}"), PAYLOAD_LINES_BAD);
    struct payload_lines_options differ = {.max = 5, .differ = true};
    assert_int_equal(take("{\"lines\":[{\"a\":1},{\"b\":1},{}]}", "lines", &differ), PAYLOAD_LINES_OK);
    assert_int_equal(lines.fresh.nkeys, 2);
    assert_int_equal(take("{\"lines\":[{\"a\":1},{\"b\":1,\"b\":2}]}", "lines", &differ), PAYLOAD_LINES_BAD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_sorted_by_having_a_key),
        cmocka_unit_test(null_is_no_key),
        cmocka_unit_test(no_lines),
        cmocka_unit_test(what_is_no_array_of_objects_is_refused),
        cmocka_unit_test(lines_are_bounded),
        cmocka_unit_test(keys_match_within_a_lot),
    };
    arena_init(&arena, 0);
    int failed = cmocka_run_group_tests_name("payload_lines", tests, NULL, NULL);
    arena_release(&arena);
    return failed;
}
