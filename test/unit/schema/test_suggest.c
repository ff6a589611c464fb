/* Unit tests of schema/suggest. SPDX-License-Identifier: ISC */
#include "schema/suggest.h"

#include "test/unit/test.h"

static struct str best_of(const char *wanted, const char *names)
{
    struct suggest s;
    struct str rest = str_cstr(names), name;
    suggest_init(&s, str_cstr(wanted));
    while (str_split(&rest, ' ', &name))
        suggest_offer(&s, name);
    return suggest_best(&s);
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

static void the_first_of_equals_stays(void **state)
{
    assert_str(best_of("itemx", "itema itemb"), "itema");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(typing_errors),
        cmocka_unit_test(parts_in_another_order),
        cmocka_unit_test(nothing_near),
        cmocka_unit_test(the_first_of_equals_stays),
    };
    return cmocka_run_group_tests_name("suggest", tests, NULL, NULL);
}
