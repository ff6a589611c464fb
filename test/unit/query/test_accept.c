/* Unit tests of query/accept. SPDX-License-Identifier: ISC */
#include "query/accept.h"
#include "query_test.h"

#define OFFERED (MEDIA_BIT(MEDIA_JSON) | MEDIA_BIT(MEDIA_CSV) | MEDIA_BIT(MEDIA_OBJECT))

static int choose(const char *header)
{
    struct accept accept;
    enum media media;
    accept_parse(&arena, str_cstr(header), &accept);
    return accept_choose(&accept, OFFERED, &media) ? (int)media : -1;
}

static void choosing(void **state)
{
    static const struct {
        const char *header;
        int media;
    } cases[] = {
        {"", MEDIA_JSON},
        {"*/*", MEDIA_JSON},
        {"application/json", MEDIA_JSON},
        {"APPLICATION/JSON; charset=utf-8", MEDIA_JSON},
        {"text/csv", MEDIA_CSV},
        {"text/*", MEDIA_CSV},
        {"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", MEDIA_JSON},
        {"application/json;q=0.5, text/csv;q=0.9", MEDIA_CSV},
        {"text/csv, application/json", MEDIA_CSV},
        {"*/*, text/csv", MEDIA_CSV},
        {"text/csv;q=0, */*;q=0.1", MEDIA_JSON},
        {"application/vnd.pgrst.object+json", MEDIA_OBJECT},
        {"application/vnd.pgrst.object;nulls=stripped", MEDIA_OBJECT},
        {"image/png", -1},
        {"application/json;q=0", -1},
        {",,;", -1},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        if (choose(cases[i].header) != cases[i].media)
            fail_msg("%s: %d", cases[i].header, choose(cases[i].header));
    }
}

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
    assert_true(accept.items[1].nulls_stripped);
    assert_int_equal(accept.items[1].q, 335);
    assert_str(media_name(MEDIA_CSV), "text/csv");
    assert_str(media_content_type(MEDIA_JSON), "application/json; charset=utf-8");
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
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(choosing), cmocka_unit_test(parameters), cmocka_unit_test(long_headers_are_cut)};
    return RUN(tests);
}
