/* Unit tests of handlers/routes. SPDX-License-Identifier: ISC */
#include "handlers/routes.h"
#include "test/unit/test.h"

static const struct route *api(const char *path, struct str *segment)
{
    return route_find(str_cstr(path), false, segment);
}

static void relations_are_one_segment(void **state)
{
    struct str segment = {NULL, 0};
    assert_non_null(api("/sales_orders", &segment));
    assert_str(segment, "sales_orders");
    assert_non_null(api("/odd%20name;x", &segment));
    assert_str(segment, "odd%20name;x");
    assert_non_null(api("/rpc/place_order", &segment));
    assert_str(segment, "place_order");
    assert_int_equal(api("/rpc/a", &segment)->kind, ROUTE_CALL);
    assert_int_equal(api("/rpc", &segment)->kind, ROUTE_API);
    assert_null(api("/rpc/", &segment));
    assert_null(api("/rpc/a/b", &segment));
    assert_int_equal(api("/", &segment)->kind, ROUTE_ROOT);
    assert_int_equal(api("", &segment)->kind, ROUTE_ROOT);
    assert_null(api("/a/b", &segment));
    assert_null(api("/a/", &segment));
    assert_null(api("x/a", &segment));
}

static void probes_are_exact(void **state)
{
    struct str segment;
    assert_non_null(route_find(STR("/readyz"), true, &segment));
    assert_null(route_find(STR("/readyz/"), true, &segment));
    assert_null(route_find(STR("/metrics"), true, &segment));
    assert_non_null(route_find_admin(STR("/metrics")));
    assert_null(route_find_admin(STR("/products")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(relations_are_one_segment),
        cmocka_unit_test(probes_are_exact),
    };
    return cmocka_run_group_tests_name("routes", tests, NULL, NULL);
}
