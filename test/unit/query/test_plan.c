/* Unit tests of query/plan: what a plan says of itself, beside its SQL (test/golden has that).
 * SPDX-License-Identifier: ISC */
#include "query/plan.h"
#include "query_test.h"
#include "test/golden/fixture.h"

static struct catalog *cat;
static struct query_limits wide = {.max_rows = 1000, .default_limit = 25, .aggregates = true};

static struct read_plan plan(const char *relation, const char *query)
{
    struct read_request req = {
        .schema = STR("erp"), .relation = str_cstr(relation), .query = str_cstr(query), .count = COUNT_EXACT};
    struct read_plan p;
    if (!plan_read(&arena, cat, &wide, &req, &p, &error))
        fail_msg("%s: %.*s", query, STR_ARG(error.message));
    return p;
}

static void limits_and_who_set_them(void **state)
{
    static const struct {
        const char *query;
        uint64_t limit, offset;
        bool from_server;
    } cases[] = {
        {"", 25, 0, true},
        {"limit=10", 10, 0, false},
        {"limit=1000", 1000, 0, false},
        {"limit=1001&offset=7", 1000, 7, true},
        {"id=eq.1", UINT64_MAX, 0, false},
        {"id=eq.1&limit=5", 5, 0, false},
        {"id=neq.1", 25, 0, true},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct read_plan p = plan("orders", cases[i].query);
        assert_true(p.limit == cases[i].limit && p.offset == cases[i].offset);
        assert_int_equal(p.limit_from_server, cases[i].from_server);
    }
}

static void keys(void **state)
{
    static const struct {
        const char *relation, *query;
        bool by_key;
    } cases[] = {
        {"orders", "id=eq.1", true},
        {"orders", "order_no=eq.A-1", true},
        {"orders", "and=(id.eq.1)", false},
        {"orders", "id=not.eq.1", false},
        {"orders", "id=in.(1)", false},
        {"orders", "id=eq(any).{1}", false},
        {"order_lines", "order_id=eq.1", false},
        {"order_lines", "line_no=eq.1&order_id=eq.1&qty=gt.1", true},
        {"order_overview", "id=eq.1", false},
        {"orders", "select=id.count()&id=eq.1", false},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        if (plan(cases[i].relation, cases[i].query).by_key != cases[i].by_key)
            fail_msg("%s", cases[i].query);
    }
}

static void cheap_is_what_cannot_run_long(void **state)
{
    static const struct {
        const char *query;
        bool cheap;
    } cases[] = {
        {"", true},
        {"id=eq.1", true},
        {"limit=201", false},
        {"limit=20&offset=100000", false},
        {"select=total.sum()", false},
        {"note=fts.x", false},
        {"or=(id.eq.1,note.match.x)", false},
        {"select=id,order_lines(qty.sum())", false},
        {"select=id,customers(full_label)", false},
        {"id=eq.1&select=id,customers(latest_order(id))", false},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        if (plan("orders", cases[i].query).cheap != cases[i].cheap)
            fail_msg("%s", cases[i].query);
    }
}

static void tables_are_named_once(void **state)
{
    struct read_plan p = plan(
        "products", "select=name,categories(name),order_lines(orders(customers(name))),c:categories(id)");
    static const char *const names[] = {
        "products", "categories", "product_categories", "order_lines", "orders", "customers"};
    assert_int_equal(p.ntables, ARRAY_LEN(names));
    for (size_t i = 0; i < p.ntables; i++)
        assert_str(p.tables[i]->name, names[i]);
    assert_false(p.opaque);
    assert_true(plan("customers", "select=full_label").opaque);
    assert_true(plan("customers", "select=latest_order(id)").opaque);
    assert_false(plan("order_lines", "select=line_total").opaque);
    assert_true(plan("order_lines", "select=line_total&limit=5").steady);
    assert_false(plan("customers", "select=full_label&limit=5").steady);
}

static void pages_share_their_text(void **state)
{
    struct read_plan a = plan("orders", "select=id,order_lines(qty)&limit=25&offset=25&id=gt.5");
    struct read_plan b = plan("orders", "select=id,order_lines(qty)&limit=25&offset=50&id=gt.7");
    assert_true(str_eq(a.main.sql, b.main.sql));
    assert_string_equal(a.main.params[0], "5");
    assert_string_equal(b.main.params[1], "50");
    a = plan("orders", "id=in.(1,2,3)");
    b = plan("orders", "id=in.(4)");
    assert_true(str_eq(a.main.sql, b.main.sql));
}

static void plans_do_not_point_into_the_request(void **state)
{
    char query[] = "select=x:note,customers(\"y\":name)&note=eq.abc";
    struct read_plan p = plan("orders", query);
    memset(query, 'z', sizeof query - 1);
    assert_string_equal(p.main.params[0], "abc");
    assert_str(p.shape.items[0].key, "\"x\":");
    assert_str(p.shape.items[2].key, "\"y\":");
}

static void wide_selects_are_refused(void **state)
{
    char query[4000] = "select=*";
    struct read_request req = {.schema = STR("erp"), .relation = STR("orders"), .query = {query, 0}};
    struct read_plan p;
    for (int i = 0; i < 150; i++)
        strcat(query, ",*");
    req.query.n = strlen(query);
    assert_false(plan_read(&arena, cat, &wide, &req, &p, &error));
    assert_int_equal(error.code, QUERY_PARSE);
}

static void deep_requests_end(void **state)
{
    char query[8000] = "select=";
    struct read_request req = {.schema = STR("erp"), .relation = STR("orders"), .query = {query, 0}};
    struct read_plan p;
    for (int i = 0; i < 700; i++)
        strcat(query, "customers(");
    req.query.n = strlen(query);
    assert_false(plan_read(&arena, cat, &wide, &req, &p, &error));
    assert_str(error.message, "The request is beyond limit-embed-depth");
    strcpy(query, "or=");
    for (int i = 0; i < 700; i++)
        strcat(query, "(not.and");
    req.query.n = strlen(query);
    assert_false(plan_read(&arena, cat, &wide, &req, &p, &error));
    assert_str(error.message, "The request is beyond limit-filter-depth");
}

/* Eight questions a level, eight levels deep, would be sixteen million subqueries. */
static void questions_about_embeds_do_not_multiply(void **state)
{
    static const char *const path[] = {"customers", "orders", "customers", "orders", "customers", "orders"};
    char query[8000] = "select=", key[200] = "";
    struct read_request req = {.schema = STR("erp"), .relation = STR("orders"), .query = {query, 0}};
    struct read_plan p;
    for (size_t i = 0; i < ARRAY_LEN(path); i++)
        strcat(strcat(query, path[i]), "(");
    strcat(query, "))))))");
    for (size_t i = 0; i < ARRAY_LEN(path); i++) {
        strcat(key, path[i]);
        for (int k = 0; k < 8; k++)
            strcat(strcat(strcat(query, "&"), key), "=is.null");
        strcat(key, ".");
    }
    req.query.n = strlen(query);
    assert_false(plan_read(&arena, cat, &wide, &req, &p, &error));
    assert_str(error.message, "The request asks for too much");
}

static struct str sql_for(const char *role, const char *relation, const char *query)
{
    struct read_request req = {.schema = STR("erp"),
        .relation = str_cstr(relation),
        .query = str_cstr(query),
        .role = str_cstr(role)};
    struct read_plan p;
    assert_true(plan_read(&arena, cat, &wide, &req, &p, &error));
    return p.main.sql;
}

static bool shows(struct str sql, const char *column)
{
    return memmem(sql.p, sql.n, column, strlen(column)) != NULL;
}

static void star_is_what_the_role_may_select(void **state)
{
    struct str sql = sql_for("clerk", "shipments", "id=gt.1");
    assert_true(shows(sql, "\"id\"") && shows(sql, "\"carrier\"") && !shows(sql, "\"order_id\""));
    assert_true(shows(sql_for("", "shipments", ""), "\"order_id\""));
    assert_true(shows(sql_for("clerk", "shipments", "select=order_id"), "\"order_id\""));
    assert_true(shows(sql_for("clerk", "categories", ""), "\"parent_id\""));
    assert_true(shows(sql_for("nobody", "shipments", ""), "\"order_id\""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(limits_and_who_set_them), cmocka_unit_test(keys),
        cmocka_unit_test(cheap_is_what_cannot_run_long), cmocka_unit_test(tables_are_named_once),
        cmocka_unit_test(pages_share_their_text), cmocka_unit_test(plans_do_not_point_into_the_request),
        cmocka_unit_test(wide_selects_are_refused), cmocka_unit_test(deep_requests_end),
        cmocka_unit_test(questions_about_embeds_do_not_multiply),
        cmocka_unit_test(star_is_what_the_role_may_select)};
    cat = fixture_catalog();
    int failed = RUN(tests);
    catalog_unref(&cat);
    return failed;
}
