/* Unit tests of query/payload and query/payload_csv. SPDX-License-Identifier: ISC */
#include "query/payload.h"

#include "test/unit/test.h"
#include "util/buf.h"

static struct arena arena;
static struct payload payload;
static struct query_error error;

static bool take(enum payload_type type, bool records, bool keys, const char *body)
{
    struct payload_options options = {
        .type = type, .max_depth = 5, .records = records, .keys = keys, .max_json = 200};
    arena_reset(&arena);
    return payload_read(&arena, &options, str_cstr(body), &payload, &error);
}

static bool json(const char *body)
{
    return take(PAYLOAD_JSON, true, true, body);
}

static void keys_are_those_of_every_record(void **state)
{
    assert_true(json(" {\"b\":1,\"a\":{\"c\":[]}} "));
    assert_int_equal(payload.kind, PAYLOAD_OBJECT);
    assert_int_equal(payload.nrecords, 1);
    assert_int_equal(payload.nkeys, 2);
    assert_str(payload.keys[0], "b");
    assert_str(payload.keys[1], "a");
    assert_true(json("[{\"a\":1,\"b\":2},{\"b\":3,\"\\u0061\":4},{\"a\":5,\"b\":6}]"));
    assert_int_equal(payload.kind, PAYLOAD_ARRAY);
    assert_int_equal(payload.nrecords, 3);
    assert_int_equal(payload.nkeys, 2);
    assert_true(json("[]"));
    assert_int_equal(payload.nrecords, 0);
    assert_true(json("[{},{}]"));
    assert_int_equal(payload.nrecords, 2);
}

static void records_that_differ_are_refused(void **state)
{
    static const char *const bodies[] = {"[{\"a\":1},{\"b\":1}]", "[{\"a\":1},{}]", "[{},{\"a\":1}]",
        "[{\"a\":1},{\"a\":1,\"b\":1}]", "[{\"a\":1,\"b\":1},{\"a\":1}]", "[{\"a\":1},1]", "[[]]"};
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
        assert_false(json(bodies[i]));
        assert_str(error.message, "All object keys must match");
    }
    assert_true(take(PAYLOAD_JSON, true, false, bodies[0]));
    assert_int_equal(payload.nkeys, 0);
}

static void a_key_twice_is_refused(void **state)
{
    assert_false(json("{\"a\":1,\"b\":2,\"a\":3}"));
    assert_str(error.message, "The key 'a' is given twice");
    assert_false(json("[{\"a\":1,\"b\":2},{\"a\":1,\"a\":2}]"));
    assert_str(error.message, "The key 'a' is given twice");
    assert_false(json("{\"a\":1,\"\\u0061\":2}"));
}

static void bad_json_is_refused_with_its_place(void **state)
{
    assert_false(json("{\"a\":1,}"));
    assert_int_equal(error.code, QUERY_BODY);
    assert_str(error.message, "Empty or invalid json");
    assert_str(error.details, "");
    assert_false(json(""));
    assert_false(json("[{\"a\":[[[[1]]]]}]"));
    assert_str(error.details, "nested too deeply, at byte 9 of the body");
    assert_false(json("5"));
    assert_false(json("{} x"));
    assert_false(json("{\"\\ud800\":1}"));
    assert_true(take(PAYLOAD_JSON, false, true, "5"));
    assert_int_equal(payload.kind, PAYLOAD_VALUE);
    assert_true(take(PAYLOAD_JSON, false, true, "[1,{\"a\":2}]"));
    assert_false(take(PAYLOAD_JSON, false, true, "[1,{\"a\":2]"));
}

static void csv_becomes_records(void **state)
{
    static const struct {
        const char *csv, *json;
    } cases[] = {{"a,b\n1,2\n", "[{\"a\":\"1\",\"b\":\"2\"}]"},
        {"a\r\nNULL\r\n\r\n", "[{\"a\":null},{\"a\":\"\"}]"},
        {"a,b\n\"x \"\"y\"\", z\",\"1\n2\"", "[{\"a\":\"x \\\"y\\\", z\",\"b\":\"1\\n2\"}]"},
        {"a\n\"NULL\"\n", "[{\"a\":\"NULL\"}]"}, {"a\n\"\"\n", "[{\"a\":\"\"}]"}, {"a\n", "[]"}, {"a", "[]"},
        {"a\n\"\"\"\"\"\"", "[{\"a\":\"\\\"\\\"\"}]"}, {"\"a,b\"\nx\r", "[{\"a,b\":\"x\\r\"}]"}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        if (!take(PAYLOAD_CSV, true, true, cases[i].csv))
            fail_msg("%s: %.*s", cases[i].csv, STR_ARG(error.details));
        assert_string_equal(payload.json, cases[i].json);
    }
}

static void bad_csv_is_refused(void **state)
{
    static const char *const bodies[] = {
        "", "a\n\"x", "a\n\"x\"y\n", "a,b\n1\n", "a\n1,2\n", "a,a\n1,2\n", "a\n\xff\n", "a\n\"x\"\"", "\""};
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
        if (take(PAYLOAD_CSV, true, true, bodies[i]))
            fail_msg("taken: %s", bodies[i]);
        assert_int_equal(error.code, QUERY_BODY);
    }
}

/* A long header repeated in many short rows must not become many times the body. */
static void csv_is_bounded(void **state)
{
    assert_false(
        take(PAYLOAD_CSV, true, true, "a_rather_long_name_of_a_column\n1\n2\n3\n4\n5\n6\n7\n8\n9\n"));
    assert_true(take(PAYLOAD_CSV, true, true, "a_rather_long_name_of_a_column\n1\n2\n"));
}

static void forms_become_one_record(void **state)
{
    assert_true(take(PAYLOAD_FORM, true, true, "a=1&b=x+y%26%22&c="));
    assert_string_equal(payload.json, "{\"a\":\"1\",\"b\":\"x y&\\\"\",\"c\":\"\"}");
    assert_int_equal(payload.nkeys, 3);
    assert_false(take(PAYLOAD_FORM, true, true, "a=1&a=2"));
    assert_false(take(PAYLOAD_FORM, true, true, "a=%0"));
    assert_true(take(PAYLOAD_FORM, true, true, ""));
    assert_string_equal(payload.json, "{}");
}

static void rows_are_counted(void **state)
{
    static const struct {
        enum payload_type type;
        const char *body;
        bool ok;
    } cases[] = {{PAYLOAD_JSON, "[{},{},{}]", true}, {PAYLOAD_JSON, "[{},{},{},{}]", false},
        {PAYLOAD_CSV, "a\n1\n2\n3\n", true}, {PAYLOAD_CSV, "a\n1\n2\n3\n4", false}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct payload_options options = {
            .type = cases[i].type, .max_depth = 5, .records = true, .keys = true, .max_records = 3};
        arena_reset(&arena);
        assert_int_equal(
            payload_read(&arena, &options, str_cstr(cases[i].body), &payload, &error), cases[i].ok);
        if (!cases[i].ok)
            assert_str(error.message, "The body has more rows than limit-body-rows allows");
    }
}

/* {"a0":0,...}, a0,.. or a0=0&.. with n keys */
static struct str keys(struct buf *b, enum payload_type type, unsigned n)
{
    buf_clear(b, SIZE_MAX);
    if (type == PAYLOAD_JSON)
        buf_append_char(b, '{');
    for (unsigned i = 0; i < n; i++) {
        buf_printf(b,
            type == PAYLOAD_JSON  ? "%s\"a%u\":0"
            : type == PAYLOAD_CSV ? "%sa%u"
                                  : "%sa%u=0",
            i == 0                 ? ""
            : type == PAYLOAD_FORM ? "&"
                                   : ",",
            i);
    }
    if (type == PAYLOAD_JSON)
        buf_append_char(b, '}');
    buf_append_char(b, '\0');
    return str_sub(buf_str(b), 0, buf_len(b) - 1);
}

static void keys_are_counted(void **state)
{
    struct buf b;
    buf_init(&b, 0);
    for (enum payload_type type = PAYLOAD_JSON; type <= PAYLOAD_FORM; type++) {
        assert_true(take(type, true, true, keys(&b, type, PAYLOAD_KEYS_MAX).p));
        assert_false(take(type, true, true, keys(&b, type, PAYLOAD_KEYS_MAX + 1).p));
        assert_str(error.message, "The body has too many columns");
    }
    assert_true(take(PAYLOAD_JSON, false, true, keys(&b, PAYLOAD_JSON, PAYLOAD_KEYS_MAX + 9).p));
    assert_int_equal(payload.nkeys, PAYLOAD_KEYS_MAX);
    buf_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_those_of_every_record),
        cmocka_unit_test(records_that_differ_are_refused),
        cmocka_unit_test(a_key_twice_is_refused),
        cmocka_unit_test(bad_json_is_refused_with_its_place),
        cmocka_unit_test(csv_becomes_records),
        cmocka_unit_test(bad_csv_is_refused),
        cmocka_unit_test(csv_is_bounded),
        cmocka_unit_test(rows_are_counted),
        cmocka_unit_test(keys_are_counted),
        cmocka_unit_test(forms_become_one_record),
    };
    arena_init(&arena, 0);
    int failed = cmocka_run_group_tests_name("payload", tests, NULL, NULL);
    arena_release(&arena);
    return failed;
}
