/* Unit tests of handlers/etag. SPDX-License-Identifier: ISC */
#include "handlers/etag.h"
#include "test/unit/test.h"

#include <stdio.h>

static char room[2][ETAG_ROOM];
static const struct fingerprint_key key = {{1, 2}, {3, 4}}, other_key = {{1, 3}, {3, 4}};

static struct str tag_of(unsigned i, const char *row, enum media media)
{
    return etag_write(room[i], &key, str_cstr(row), media);
}

static bool listed(const char *format, struct str tag, bool strong, bool any_media)
{
    char text[400];
    snprintf(text, sizeof text, format, (int)tag.n, tag.p, (int)tag.n, tag.p);
    return etag_listed(str_cstr(text), tag, strong, any_media);
}

static void tags_tell_rows_and_media_apart(void **state)
{
    struct str list = tag_of(0, "{\"id\":1}", MEDIA_JSON), object = tag_of(1, "{\"id\":1}", MEDIA_OBJECT);
    assert_int_equal(list.n, 34);
    assert_false(str_eq(list, object));
    assert_true(etag_listed(object, list, true, true));
    assert_false(etag_listed(object, list, true, false));
    object = etag_write(room[1], &other_key, STR("{\"id\":1}"), MEDIA_JSON);
    assert_false(etag_listed(object, list, true, true));
    object = tag_of(1, "{\"id\":2}", MEDIA_JSON);
    assert_false(etag_listed(object, list, true, true));
}

static void lists_are_read_as_the_rfc_says(void **state)
{
    struct str tag = tag_of(0, "{}", MEDIA_JSON);
    assert_true(listed("%.*s", tag, true, false));
    assert_true(listed(" \"a\" , ,%.*s,", tag, true, false));
    assert_true(listed("\"\",W/\"b\",%.*s", tag, true, false));
    assert_true(listed("W/%.*s", tag, false, false));
    assert_false(listed("W/%.*s", tag, true, false));
    assert_true(listed("W/%.*s, %.*s", tag, true, false));
    assert_true(etag_listed(STR(" * "), tag, true, false));
    assert_false(etag_listed(STR(""), tag, true, false));
    assert_false(listed("%.*s x", tag, true, false));
    assert_false(listed("\"a\" %.*s", tag, true, false));
    assert_false(listed("\"%.*s", tag, true, false));
    assert_false(etag_listed(STR("abc"), tag, true, true));
    assert_false(etag_listed(STR("\"abc\""), tag, true, true));
    assert_false(etag_listed(STR("W/"), tag, false, true));
    assert_false(etag_listed(STR("\""), tag, false, true));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tags_tell_rows_and_media_apart),
        cmocka_unit_test(lists_are_read_as_the_rfc_says),
    };
    return cmocka_run_group_tests_name("etag", tests, NULL, NULL);
}
