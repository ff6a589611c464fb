/* Unit tests of schema/suggest. SPDX-License-Identifier: ISC */
#include "schema/suggest.h"

#include "test/unit/test.h"

#include <stdio.h>

static struct str best_of(const char *wanted, const char *names)
{
    struct suggest s;
    struct str rest = str_cstr(names), name;
    suggest_init(&s, str_cstr(wanted));
    while (str_split(&rest, ' ', &name))
        suggest_offer(&s, name);
    return suggest_best(&s, NULL);
}

static void typing_errors(void **state)
{
    const char *names = "customers custom orders order_items products";
    assert_str(best_of("costumers", names), "customers");
    assert_str(best_of("customer", names), "customers");
    assert_str(best_of("ordres", names), "orders");
    assert_str(best_of("ORDERS", names), "orders");
    assert_str(best_of("prodcuts", names), "products");
    assert_str(best_of("order_itmes", names), "order_items");
}

static void parts_in_another_order(void **state)
{
    const char *names = "sales_orders purchase_orders stock_moves";
    assert_str(best_of("order_sales", names), "sales_orders");
    assert_str(best_of("moves_stock", names), "stock_moves");
}

static void nothing_near(void **state)
{
    const char *names = "customers orders products";
    assert_str(best_of("xyzzy", names), "");
    assert_str(best_of("id", "no sku"), "");
    assert_str(best_of("", names), "");
    assert_str(best_of("orders", ""), "");
    char longest[200];
    memset(longest, 'a', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    assert_str(best_of(longest, names), "");
    assert_str(best_of("orders", longest), "");
}

/* However many names there are, and however much alike, a hint has its bound. */
static void hints_take_no_more_than_their_time(void **state)
{
    struct suggest s;
    char names[20000][12];
    size_t looked_at = 0;
    suggest_init(&s, STR("table_99999"));
    for (unsigned i = 0; i < ARRAY_LEN(names); i++) {
        size_t before = s.work;
        snprintf(names[i], sizeof names[i], "table_%05u", i);
        suggest_offer(&s, str_cstr(names[i]));
        looked_at += s.work > before;
    }
    assert_true(s.work < SUGGEST_WORK_MAX + 10000);
    assert_true(looked_at > 500 && looked_at < 10000);
    assert_true(str_starts(suggest_best(&s, NULL), STR("table_0")));
}

/* As fuzzyset chooses: the first of the n-grams' sizes that has any, then edits, then the angle. */
static void as_in_postgrest(void **state)
{
    assert_str(best_of("faketable", "private_table items"), "private_table");
    assert_str(best_of("clientt", "client_id clients"), "clients");
    assert_str(best_of("ab", "xb ax"), "xb");
    assert_str(best_of("s\xc3\xbc\xc3\x9f", "s\xc3\xbc\xc3\x9f"
                                            "es s\xc3\xb6"),
        "s\xc3\xbc\xc3\x9f"
        "es");
    struct suggest s;
    bool exact;
    suggest_init(&s, STR("Orders"));
    suggest_offer(&s, STR("orders"));
    assert_str(suggest_best(&s, &exact), "orders");
    assert_true(exact);
}

static void columns(void **state)
{
    static const struct {
        const char *wanted, *names, *found[2];
        size_t n;
    } cases[] = {
        {"clients", "id client_id", {"client_id", NULL}, 1},
        {"nme", "name id", {"name", NULL}, 1},
        {"nmae", "nme name", {"nme", NULL}, 1},
        {"ax", "ay bx", {"ay", "bx"}, 2},
        {"ax", "ay bx cx", {"ay", "bx"}, 3}, /* too many to name */
        {"abcdefgh", "abcd", {NULL, NULL}, 0},
        {"ab", "cd", {NULL, NULL}, 0},
        {"Name", "NAME", {"NAME", NULL}, 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct suggest_columns s;
        struct str rest = str_cstr(cases[i].names), name;
        suggest_columns_init(&s, str_cstr(cases[i].wanted));
        while (str_split(&rest, ' ', &name))
            suggest_columns_offer(&s, name);
        assert_int_equal(s.n, cases[i].n);
        for (size_t j = 0; j < MIN(s.n, 2u); j++)
            assert_str(s.found[j], cases[i].found[j]);
    }
}

static void the_first_of_equals_stays(void **state)
{
    assert_str(best_of("itemx", "itema itemb"), "itema");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(typing_errors),
        cmocka_unit_test(hints_take_no_more_than_their_time),
        cmocka_unit_test(parts_in_another_order),
        cmocka_unit_test(nothing_near),
        cmocka_unit_test(the_first_of_equals_stays),
        cmocka_unit_test(as_in_postgrest),
        cmocka_unit_test(columns),
    };
    return cmocka_run_group_tests_name("suggest", tests, NULL, NULL);
}
