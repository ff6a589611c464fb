/* Unit tests of query/format: what Accept gets, of what is built in and of what the fixture's schema defines
 * (test/golden/fixture.c: application/yaml over anything, text/vcard over customers, any type over audit,
 * GeoJSON, and a function that returns image/png). SPDX-License-Identifier: ISC */
#include "query/format.h"
#include "query_test.h"
#include "test/golden/fixture.h"

static struct catalog *cat;

static struct format_offer offer_of(const char *relation, bool whole)
{
    return (struct format_offer){.media = FORMAT_ROWS,
        .cat = cat,
        .relation = relation ? catalog_relation(cat, STR("erp"), str_cstr(relation)) : NULL,
        .whole = whole};
}

/* The content type; empty: 406. */
static struct str type_for(const struct format_offer *offer, const char *header)
{
    struct accept accept;
    struct format format;
    accept_parse(&arena, str_cstr(header), &accept);
    return format_choose(&arena, &accept, offer, &format) ? format.content_type : STR("");
}

struct type_case {
    const char *header, *type;
};

static void check(const struct format_offer *offer, const struct type_case *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct str type = type_for(offer, cases[i].header);
        if (!str_eq_cstr(type, cases[i].type))
            fail_msg("%s: %.*s", cases[i].header, STR_ARG(type));
    }
}

#define JSON "application/json; charset=utf-8"
#define CSV "text/csv; charset=utf-8"

static void built_in_types(void **state)
{
    static const struct type_case cases[] = {
        {"", JSON},
        {"*/*", JSON},
        {"application/json", JSON},
        {"APPLICATION/JSON; charset=utf-8", JSON},
        {"application/*", JSON},
        {"text/csv", CSV},
        {"text/*", CSV},
        {"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", JSON},
        {"application/json;q=0.5, text/csv;q=0.9", CSV},
        {"text/csv, application/json", CSV},
        {"*/*, text/csv", CSV},
        {"text/csv;q=0, */*;q=0.1", JSON},
        {"application/vnd.pgrst.object+json", "application/vnd.pgrst.object+json; charset=utf-8"},
        {"application/vnd.pgrst.object;nulls=stripped",
            "application/vnd.pgrst.object+json;nulls=stripped; charset=utf-8"},
        {"application/vnd.pgrst.array+json;nulls=stripped",
            "application/vnd.pgrst.array+json;nulls=stripped; charset=utf-8"},
        {"application/vnd.pgrst.array+json", JSON},
        {"application/geo+json", "application/geo+json; charset=utf-8"},
        {"application/vnd.pgrst.plan+json", ""},
        {"application/octet-stream", ""},
        {"text/plain", ""},
        {"image/png", ""},
        {"application/json;q=0", ""},
        {",,;", ""},
    };
    struct format_offer offer = offer_of("orders", true);
    check(&offer, cases, ARRAY_LEN(cases));
    offer.cat = NULL;
    assert_str(type_for(&offer, "application/geo+json"), "");
    assert_str(type_for(&offer, "application/yaml"), "");
}

static void types_of_the_schema(void **state)
{
    static const struct type_case of_a_table[] = {{"text/vcard", "text/vcard"}, {"Text/VCard", "text/vcard"},
        {"application/yaml;q=0.5, text/vcard;q=0.4", "application/yaml"}, {"text/*", CSV}, {"*/*", JSON}},
                                  of_columns[] = {{"text/vcard", ""},
                                      {"application/yaml", "application/yaml"}},
                                  any[] = {{"image/gif", "application/octet-stream"},
                                      {"application/json", "application/octet-stream"},
                                      {"application/vnd.pgrst.object",
                                          "application/vnd.pgrst.object+json; charset=utf-8"}};
    struct format_offer offer = offer_of("customers", true);
    check(&offer, of_a_table, ARRAY_LEN(of_a_table));
    offer.whole = false;
    check(&offer, of_columns, ARRAY_LEN(of_columns));
    offer = offer_of("audit", true);
    check(&offer, any, ARRAY_LEN(any));
    offer.whole = false;
    assert_str(type_for(&offer, "*/*"), JSON);
}

static void types_of_functions(void **state)
{
    static const struct type_case cases[] = {{"image/png", "image/png"}, {"image/*", "image/png"},
        {"*/*", JSON}, {"image/gif, image/png;q=0.1", "image/png"}, {"image/gif", ""},
        {"application/geo+json", ""}};
    size_t n;
    const struct cat_function *const *fn = catalog_functions(cat, STR("erp"), STR("picture"), &n);
    struct format_offer offer = offer_of(NULL, false);
    assert_int_equal(n, 1);
    offer.function = fn[0];
    check(&offer, cases, ARRAY_LEN(cases));
}

static void plans(void **state)
{
    static const struct type_case cases[] = {
        {"application/vnd.pgrst.plan",
            "application/vnd.pgrst.plan+text; for=\"application/json\"; charset=utf-8"},
        {"application/vnd.pgrst.plan+json; options=wal|analyze|nonsense;",
            "application/vnd.pgrst.plan+json; for=\"application/json\"; options=analyze|wal; charset=utf-8"},
        {"application/vnd.pgrst.plan+json; for=\"application/vnd.pgrst.object\"",
            "application/vnd.pgrst.plan+json; for=\"application/vnd.pgrst.object+json\"; charset=utf-8"},
        {"application/vnd.pgrst.plan; for=\"image/gif\"", ""},
        {"application/vnd.pgrst.plan; for=\"\"", ""},
        {"application/vnd.pgrst.plan; for=\"application/vnd.pgrst.plan\"", ""},
    };
    struct format_offer offer = offer_of("orders", true);
    offer.plans = true;
    check(&offer, cases, ARRAY_LEN(cases));
}

static void what_was_wanted(void **state)
{
    struct accept accept;
    accept_parse(&arena, STR("text/x;q=0.1, image/gif;a=b ;q=0.5,,image/png"), &accept);
    assert_str(format_wanted(&arena, &accept), "image/png, image/gif;a=b, text/x");
}

static void selecting_nothing_in_particular(void **state)
{
    assert_true(format_selects_whole(&arena, STR("")));
    assert_true(format_selects_whole(&arena, STR("id=eq.1&select=*&selected=eq.a")));
    assert_false(format_selects_whole(&arena, STR("id=eq.1&select=id")));
    assert_false(format_selects_whole(&arena, STR("select=*,orders(*)")));
    assert_false(format_selects_whole(&arena, STR("sel%65ct=id")));
    assert_true(format_selects_whole(&arena, STR("select=%2a")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(built_in_types),
        cmocka_unit_test(types_of_the_schema), cmocka_unit_test(types_of_functions), cmocka_unit_test(plans),
        cmocka_unit_test(what_was_wanted), cmocka_unit_test(selecting_nothing_in_particular)};
    cat = fixture_catalog();
    int failed = RUN(tests);
    catalog_unref(&cat);
    return failed;
}
