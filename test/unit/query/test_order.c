/* Unit tests of query/order. SPDX-License-Identifier: ISC */
#include "query/order.h"
#include "query_test.h"

static void terms(void **state)
{
    struct lex lx = over("a.desc.nullslast, d->x->>y,emb(c d).asc,b.nullsfirst,\"x.y\".desc");
    static const struct {
        const char *embed, *name;
        bool desc;
        enum ast_nulls nulls;
    } expected[] = {{"", "a", true, NULLS_LAST}, {"", "d", false, NULLS_DEFAULT},
        {"emb", "c d", false, NULLS_DEFAULT}, {"", "b", false, NULLS_FIRST},
        {"", "x.y", true, NULLS_DEFAULT}};
    struct ast_order *orders = NULL, *o;
    assert_true(order_parse(&lx, &orders));
    o = orders;
    for (size_t i = 0; i < ARRAY_LEN(expected); i++, o = o->next) {
        assert_str(o->embed, expected[i].embed);
        assert_str(o->field.name, expected[i].name);
        assert_int_equal(o->descending, expected[i].desc);
        assert_int_equal(o->nulls, expected[i].nulls);
    }
    assert_null(o);
    assert_str(orders->next->field.steps->next->key, "y");
}

static void empty_orders_nothing(void **state)
{
    struct lex lx = over("");
    struct ast_order *orders = NULL;
    assert_true(order_parse(&lx, &orders));
    assert_null(orders);
}

static void refused(void **state)
{
    static const struct {
        const char *text, *details;
    } cases[] = {
        {"a.down", "unexpected \"d\" expecting \"asc\", \"desc\", \"nullsfirst\" or \"nullslast\""},
        {"a.at", "unexpected \"t\" expecting \"asc\", \"desc\", \"nullsfirst\" or \"nullslast\""},
        {"a.\xc3\xa9", "unexpected \"\\233\" expecting \"asc\", \"desc\", \"nullsfirst\" or \"nullslast\""},
        {"a.asc'", "unexpected '\\'' expecting delimiter (.), \",\" or end of input"},
        {"a.desc.asc", "unexpected \"a\" expecting \"nullsfirst\" or \"nullslast\""},
        {"a.descending", "unexpected 'e' expecting delimiter (.), \",\" or end of input"},
        {"a.nullslast.desc", "unexpected '.' expecting \",\" or end of input"},
        {"a.nullslastly", "unexpected 'l' expecting \",\" or end of input"},
        {"a,", "unexpected end of input expecting field name (* or [a..z0..9_$])"},
        {"a;b", "unexpected ';' expecting letter, digit, \"-\", \"->>\", \"->\", delimiter (.), \",\" or "
                "end of "
                "input"},
        {"\"a\";b", "unexpected ';' expecting \"->>\", \"->\", delimiter (.), \",\" or end of input"},
        {"e(a", "unexpected end of input expecting letter, digit, \"-\", \"->>\", \"->\" or \")\""},
        {"a.desc nullslast", "unexpected 'n' expecting delimiter (.), \",\" or end of input"},
        {"a.nullsfirst )", "unexpected ')' expecting \",\" or end of input"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct lex lx = over(cases[i].text);
        struct ast_order *orders = NULL;
        assert_false(order_parse(&lx, &orders));
        if (!str_eq_cstr(error.details, cases[i].details))
            fail_msg("%s: %.*s", cases[i].text, STR_ARG(error.details));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(terms), cmocka_unit_test(empty_orders_nothing), cmocka_unit_test(refused)};
    return RUN(tests);
}
