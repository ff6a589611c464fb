/* Unit tests of query/accept. SPDX-License-Identifier: ISC */
#include "query/accept.h"
#include "query_test.h"

static void parameters(void **state)
{
    struct accept accept;
    accept_parse(&arena,
        STR("application/vnd.pgrst.plan+json; for=\"application/json\"; options=verbose|settings;,"
            "application/vnd.pgrst.array+json;nulls=stripped;q=0.335"),
        &accept);
    assert_int_equal(accept.nitems, 2);
    assert_int_equal(accept.items[0].media, MEDIA_PLAN_JSON);
    assert_str(accept.items[0].plan_for, "application/json");
    assert_int_equal(accept.items[0].plan_options, PLAN_VERBOSE | PLAN_SETTINGS);
    assert_str(accept.items[0].text,
        "application/vnd.pgrst.plan+json; for=\"application/json\"; options=verbose|settings;");
    assert_true(accept.items[1].nulls_stripped);
    assert_int_equal(accept.items[1].q, 335);
    assert_str(accept.items[1].text, "application/vnd.pgrst.array+json;nulls=stripped");
    assert_str(media_name(MEDIA_CSV), "text/csv");
    assert_str(media_content_type(MEDIA_JSON), "application/json; charset=utf-8");
}

static void plans_of_other_types(void **state)
{
    struct accept accept;
    accept_parse(&arena,
        STR("application/vnd.pgrst.plan; for=\"application/vnd.pgrst.object+json; "
            "nulls=stripped\";options=wal,"
            "application/vnd.pgrst.plan+text;for=\"image/png\", application/vnd.pgrst.plan;for=\"\""),
        &accept);
    assert_int_equal(accept.nitems, 3);
    assert_int_equal(accept.items[0].media, MEDIA_PLAN_TEXT);
    assert_int_equal(accept.items[0].plan_media, MEDIA_OBJECT);
    assert_true(accept.items[0].nulls_stripped);
    assert_int_equal(accept.items[0].plan_options, PLAN_WAL);
    assert_int_equal(accept.items[1].plan_media, MEDIA_OTHER);
    assert_str(accept.items[1].plan_for, "image/png");
    assert_int_equal(accept.items[2].plan_for.n, 0);
}

static void order_of_preference(void **state)
{
    static const struct {
        const char *header, *best;
    } cases[] = {
        {"*/*, text/*, text/csv", "text/csv"},
        {"*/*, text/*", "text/*"},
        {"text/csv;q=0.5, a/b", "a/b"},
        {"text/csv;q=0.5, a/b;q=0.51", "a/b"},
        {"a/b, text/csv", "a/b"},
        {"application/json, application/vnd.pgrst.array+json;nulls=stripped",
            "application/vnd.pgrst.array+json"},
        {"a/b;q=0, */*;q=0.001", "*/*"},
        {"a/b;q=2, c/d;q=0.999", "a/b"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct accept accept;
        accept_parse(&arena, str_cstr(cases[i].header), &accept);
        assert_true(accept.nitems > 0);
        assert_str(accept.items[0].name, cases[i].best);
    }
}

static void long_headers_are_cut(void **state)
{
    char header[4000] = "";
    struct accept accept;
    for (int i = 0; i < 900; i++)
        memcpy(header + 4 * i, "a/b,", 5);
    accept_parse(&arena, str_cstr(header), &accept);
    assert_int_equal(accept.nitems, ACCEPT_MAX);
    assert_int_equal(accept.items[0].media, MEDIA_OTHER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(parameters), cmocka_unit_test(plans_of_other_types),
        cmocka_unit_test(order_of_preference), cmocka_unit_test(long_headers_are_cut)};
    return RUN(tests);
}
