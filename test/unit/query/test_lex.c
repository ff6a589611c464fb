/* Unit tests of query/lex. SPDX-License-Identifier: ISC */
#include "query_test.h"

static void names(void **state)
{
    static const struct {
        const char *text, *name, *rest;
    } cases[] = {{"id,x", "id", ",x"}, {" a b (c", "a b", "(c"}, {"a-b->c", "a-b", "->c"},
        {"order_no::text", "order_no", "::text"}, {"$1.x", "$1", ".x"},
        {"gr\xc3\xb6\xc3\x9f"
         "e)",
            "gr\xc3\xb6\xc3\x9f"
            "e",
            ")"},
        {"\"a.b\",c", "a.b", ",c"}, {"\"a\\\"b\\\\\"!", "a\"b\\", "!"}, {"\"\"x", "", "x"}, {"a-", "a-", ""}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct lex lx = over(cases[i].text);
        struct str name;
        assert_true(lex_name(&lx, &name, "a name"));
        assert_str(name, cases[i].name);
        assert_str(lex_rest(&lx), cases[i].rest);
    }
}

static void names_refused(void **state)
{
    static const struct {
        const char *text, *message, *details;
    } cases[] = {
        {"", "\"failed to parse test ()\" (line 1, column 1)", "unexpected end of input expecting a name"},
        {"  ,", "\"failed to parse test (  ,)\" (line 1, column 3)", "unexpected \",\" expecting a name"},
        {"\xc3\xb6"
         "\"",
            "\"failed to parse test (\xc3\xb6\")\" (line 1, column 2)",
            "unexpected \"\\\"\" expecting the end"},
        {"\"ab", "\"failed to parse test (\"ab)\" (line 1, column 4)",
            "unexpected end of input expecting the closing quote (\")"},
        {"\"ab\\", "\"failed to parse test (\"ab\\)\" (line 1, column 5)",
            "unexpected end of input expecting the closing quote (\")"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct lex lx = over(cases[i].text);
        struct str name;
        assert_false(lex_name(&lx, &name, "a name") && (lex_at_end(&lx) || lex_fail(&lx, "the end")));
        assert_int_equal(error.code, QUERY_PARSE);
        assert_str(error.message, cases[i].message);
        assert_str(error.details, cases[i].details);
    }
}

static void paths(void **state)
{
    struct lex lx = over("data->a b->>0->-1->00x->\"k.\\\"\"->1.5");
    struct ast_field f = {0};
    assert_true(lex_field(&lx, &f));
    assert_str(f.name, "data");
    static const struct {
        const char *key;
        bool index, as_text;
    } steps[] = {{"a b", false, false}, {"0", true, true}, {"-1", true, false}, {"00x", false, false},
        {"k.\"", false, false}, {"1", true, false}};
    struct ast_step *s = f.steps;
    for (size_t i = 0; i < ARRAY_LEN(steps); i++, s = s->next) {
        assert_str(s->key, steps[i].key);
        assert_int_equal(s->index, steps[i].index);
        assert_int_equal(s->as_text, steps[i].as_text);
    }
    assert_null(s);
    assert_str(lex_rest(&lx), ".5");
}

static void long_numbers_are_keys(void **state)
{
    struct lex lx = over("d->2147483648");
    struct ast_field f = {0};
    assert_true(lex_field(&lx, &f));
    assert_false(f.steps->index);
}

static void path_depth_is_bounded(void **state)
{
    char text[3 * 40 + 2] = "d";
    for (int i = 0; i < 40; i++)
        memcpy(text + 1 + 3 * i, "->a", 3);
    struct lex lx = over(text);
    struct ast_field f = {0};
    assert_false(lex_field(&lx, &f));
    lx = over("d->");
    assert_false(lex_field(&lx, &f));
}

static void long_texts_are_shortened_in_errors(void **state)
{
    char text[2000];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    struct lex lx = over(text);
    lx.at = 1500;
    assert_false(lex_fail(&lx, "nothing"));
    assert_true(error.message.n < 300);
    assert_true(str_ends(error.message, STR("...)\" (line 1, column 1501)")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(names), cmocka_unit_test(names_refused),
        cmocka_unit_test(paths), cmocka_unit_test(long_numbers_are_keys),
        cmocka_unit_test(path_depth_is_bounded), cmocka_unit_test(long_texts_are_shortened_in_errors)};
    return RUN(tests);
}
