/* Unit tests of query/shape. SPDX-License-Identifier: ISC */
#include "query/shape.h"
#include "test/unit/test.h"

static void values_of_plain_comparisons_are_cut(void **state)
{
    struct arena a;
    struct query_shape s;
    arena_init(&a, 0);
    query_shape_scan(&a, STR("select=a,b&id=eq.5&x.y=not.gte.%20z+&order=a.desc&limit=5"), &s);
    assert_str(s.key, "select=a,b&id=eq.%01A&x.y=not.gte.%01B&order=a.desc&limit=5");
    assert_int_equal(s.nvalues, 2);
    assert_str(s.values[0], "5");
    assert_str(s.values[1], "%20z+");
    arena_release(&a);
}

static void what_needs_a_parser_stays(void **state)
{
    static const char *const whole[] = {"", "select=eq.5", "a.order=eq.1", "or=(a.eq.1)", "emb.and=eq.1",
        "a=eq(any).{1}", "a=in.(1,2)", "a=like.x*", "a=eq", "=eq.1", "a", "a=not.not.eq.1", "%6Fr=eq.1",
        "a=is.null", "x=eq.%01A", "limit=gt.1", "\"a\"=eq.1"};
    struct arena a;
    struct query_shape s;
    arena_init(&a, 0);
    for (size_t i = 0; i < ARRAY_LEN(whole); i++) {
        query_shape_scan(&a, str_cstr(whole[i]), &s);
        assert_str(s.key, whole[i]);
        assert_int_equal(s.nvalues, 0);
    }
    arena_release(&a);
}

static void no_more_than_the_maximum(void **state)
{
    struct arena a;
    struct query_shape s;
    char query[400] = "";
    arena_init(&a, 0);
    for (int i = 0; i < SHAPE_VALUES_MAX + 1; i++)
        strcat(query, i ? "&a=eq.1" : "a=eq.1");
    query_shape_scan(&a, str_cstr(query), &s);
    assert_int_equal(s.nvalues, SHAPE_VALUES_MAX);
    assert_true(str_ends(s.key, STR("&a=eq.1")));
    arena_release(&a);
}

static void marks_are_recognised(void **state)
{
    assert_int_equal(query_shape_mark("\x01"
                                      "A"),
        0);
    assert_int_equal(query_shape_mark("\x01"
                                      "P"),
        15);
    assert_int_equal(query_shape_mark("\x01"
                                      "Q"),
        -1);
    assert_int_equal(query_shape_mark("\x01"
                                      "AA"),
        -1);
    assert_int_equal(query_shape_mark("A"), -1);
    assert_int_equal(query_shape_mark(""), -1);
    assert_int_equal(query_shape_mark(NULL), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_of_plain_comparisons_are_cut),
        cmocka_unit_test(what_needs_a_parser_stays),
        cmocka_unit_test(no_more_than_the_maximum),
        cmocka_unit_test(marks_are_recognised),
    };
    return cmocka_run_group_tests_name("shape", tests, NULL, NULL);
}
