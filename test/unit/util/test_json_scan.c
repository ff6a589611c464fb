/* Unit tests of util/json_scan. SPDX-License-Identifier: ISC */
#include "util/json_scan.h"

#include "test/unit/test.h"

static enum json_token run(const char *text, size_t n, struct json_scan *s)
{
    enum json_token t;
    json_scan_init(s, str_make(text, n), 16);
    do
        t = json_scan_next(s);
    while (t > JSON_END_OF_TEXT);
    return t;
}

static void every_valid_text_is_read_to_its_end(void **state)
{
    static const char *const texts[] = {"0", "-0", "-0.5e+10", "1E-3", "1e5", "true", "false", "null", "\"\"",
        " [ ] ", "{}", "[[],{}]", "{\"a\":1,\"a\":2}", "[1 , 2\n,\t3\r]", "\"\\u0000\\ud800\\/\\b\"",
        "{\"\":{\"\":[]}}", "[\"\xf0\x9f\x98\x80\x7f\"]", "123456789012345678901234567890.5",
        "[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]"};
    struct json_scan s;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        if (run(texts[i], strlen(texts[i]), &s) != JSON_END_OF_TEXT)
            fail_msg("refused: %s (%s at %zu)", texts[i], s.error, s.at);
        assert_int_equal(s.depth, 0);
    }
}

static void everything_else_is_refused(void **state)
{
    static const char *const texts[] = {"", " ", "01", "-", "-a", "1.", ".5", "+1", "1e", "1e+", "0x1", "NaN",
        "Infinity", "tru", "nul", "True", "[", "]", "{", "}", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "[1,,2]",
        "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "{\"a\":1,}", "{\"a\" 1}", "{a:1}", "{1:1}", "{,}",
        "{\"a\":1 \"b\":2}", "[1}", "{\"a\":1]", "\"", "\"a", "\"\\", "\"\\\"", "\"\\x\"", "\"\\u12\"",
        "\"\\u12g4\"", "\"\\u", "\"\n\"", "\"\t\"", "'a'", "1 2", "{} {}", "[] x", "\xef\xbb\xbf[]",
        "// c\n1", "[\"\xff\"]", "\"\xed\xa0\x80\"", "\"\xc0\x80\"", "[\xc3\xa9]", "\f1",
        "[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]"};
    struct json_scan s;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        if (run(texts[i], strlen(texts[i]), &s) != JSON_BAD)
            fail_msg("accepted: %s", texts[i]);
        assert_true(s.error[0] != '\0');
        assert_true(s.at <= strlen(texts[i]));
        assert_int_equal(json_scan_next(&s), JSON_BAD);
    }
    assert_int_equal(run("\"a\0b\"", 5, &s), JSON_BAD);
    assert_int_equal(run("1\0", 2, &s), JSON_BAD);
    assert_int_equal(run("\"\\\0\"", 4, &s), JSON_BAD);
}

/* Each beginning of a valid document is invalid. */
static void a_cut_text_is_bad(void **state)
{
    const char text[] = "{\"a\":[1.5,\"x\\n\\u00e9\",{\"b\":null}],\"c\":true}";
    struct json_scan s;
    for (size_t n = 0; n + 1 < sizeof text; n++) {
        char *copy = malloc(n + 1); /* of exactly this size, for AddressSanitizer */
        memcpy(copy, text, n);
        assert_int_equal(run(copy, n, &s), JSON_BAD);
        free(copy);
    }
    assert_int_equal(run(text, sizeof text - 1, &s), JSON_END_OF_TEXT);
}

static void tokens_and_values(void **state)
{
    struct json_scan s;
    json_scan_init(&s, STR("{\"k\\n\" : [1.50, \"v\"] , \"z\":false}"), 2);
    assert_int_equal(json_scan_next(&s), JSON_OBJECT);
    assert_int_equal(json_scan_next(&s), JSON_KEY);
    assert_str(s.value, "k\\n");
    assert_true(s.escaped);
    assert_int_equal(json_scan_next(&s), JSON_ARRAY);
    assert_int_equal(s.depth, 2);
    assert_int_equal(json_scan_next(&s), JSON_NUMBER);
    assert_str(s.value, "1.50");
    assert_int_equal(json_scan_next(&s), JSON_STRING);
    assert_str(s.value, "v");
    assert_false(s.escaped);
    assert_int_equal(json_scan_next(&s), JSON_CLOSE);
    assert_int_equal(json_scan_next(&s), JSON_KEY);
    assert_int_equal(json_scan_next(&s), JSON_FALSE);
    assert_int_equal(json_scan_next(&s), JSON_CLOSE);
    assert_int_equal(json_scan_next(&s), JSON_END_OF_TEXT);
}

static void skipping_ends_behind_the_value(void **state)
{
    struct json_scan s;
    json_scan_init(&s, STR("[{\"a\":[1,{}]},2]"), 8);
    assert_int_equal(json_scan_next(&s), JSON_ARRAY);
    assert_true(json_scan_skip(&s, json_scan_next(&s)));
    assert_int_equal(s.depth, 1);
    assert_int_equal(json_scan_next(&s), JSON_NUMBER);
    json_scan_init(&s, STR("[[1,]]"), 8);
    assert_int_equal(json_scan_next(&s), JSON_ARRAY);
    assert_false(json_scan_skip(&s, json_scan_next(&s)));
}

static void escapes_become_characters(void **state)
{
    struct arena a;
    struct str out;
    arena_init(&a, 0);
    assert_true(json_scan_unescape(&a, STR("plain"), &out));
    assert_str(out, "plain");
    assert_true(json_scan_unescape(&a, STR("\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\u20AC\\ud83d\\ude00x"), &out));
    assert_str(out, "\"\\/\b\f\n\r\t\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80x");
    assert_false(json_scan_unescape(&a, STR("\\u0000"), &out));
    assert_false(json_scan_unescape(&a, STR("\\ud83d"), &out));
    assert_false(json_scan_unescape(&a, STR("\\ud83dx12345"), &out));
    assert_false(json_scan_unescape(&a, STR("\\ud83d\\u0041"), &out));
    assert_false(json_scan_unescape(&a, STR("\\ude00\\ud83d"), &out));
    arena_release(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_valid_text_is_read_to_its_end),
        cmocka_unit_test(everything_else_is_refused),
        cmocka_unit_test(a_cut_text_is_bad),
        cmocka_unit_test(tokens_and_values),
        cmocka_unit_test(skipping_ends_behind_the_value),
        cmocka_unit_test(escapes_become_characters),
    };
    return cmocka_run_group_tests_name("json_scan", tests, NULL, NULL);
}
