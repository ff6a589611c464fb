/* Unit tests of query/shape. SPDX-License-Identifier: ISC */
#include "query/shape.h"
#include "test/unit/test.h"

/* "%01" "5ec2e7005ec2e700" */
#define MARK "%015ec2e7005ec2e700"
#define DECODED                                                                                              \
    "\x01"                                                                                                   \
    "5ec2e7005ec2e700"

static struct shape_marks marks;

static int setup(void **state)
{
    const uint8_t secret[SHAPE_SECRET_BYTES] = {0x5e, 0xc2, 0xe7, 0x00, 0x5e, 0xc2, 0xe7, 0x00};
    shape_marks_init(&marks, secret);
    return 0;
}

static void values_of_plain_comparisons_are_cut(void **state)
{
    struct arena a;
    struct query_shape s;
    arena_init(&a, 0);
    query_shape_scan(&a, &marks, STR("select=a,b&id=eq.5&x.y=not.gte.%20z+&order=a.desc&limit=5"), &s);
    assert_str(s.key, "select=a,b&id=eq." MARK "A&x.y=not.gte." MARK "B&order=a.desc&limit=5");
    assert_int_equal(s.nvalues, 2);
    assert_str(s.values[0], "5");
    assert_str(s.values[1], "%20z+");
    arena_release(&a);
}

static void what_needs_a_parser_stays(void **state)
{
    static const char *const whole[] = {"", "select=eq.5", "a.order=eq.1", "or=(a.eq.1)", "emb.and=eq.1",
        "a=eq(any).{1}", "a=in.(1,2)", "a=like.x*", "a=eq", "=eq.1", "a", "a=not.not.eq.1", "%6Fr=eq.1",
        "a=is.null", "limit=gt.1", "\"a\"=eq.1"};
    struct arena a;
    struct query_shape s;
    arena_init(&a, 0);
    for (size_t i = 0; i < ARRAY_LEN(whole); i++) {
        query_shape_scan(&a, &marks, str_cstr(whole[i]), &s);
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
    query_shape_scan(&a, &marks, str_cstr(query), &s);
    assert_int_equal(s.nvalues, SHAPE_VALUES_MAX);
    assert_true(str_ends(s.key, STR("&a=eq.1")));
    arena_release(&a);
}

static void marks_are_recognised(void **state)
{
    assert_int_equal(query_shape_mark(&marks, 16, DECODED "A"), 0);
    assert_int_equal(query_shape_mark(&marks, 16, DECODED "P"), 15);
    assert_int_equal(query_shape_mark(&marks, 16, DECODED "Q"), -1);
    assert_int_equal(query_shape_mark(&marks, 16, DECODED "@"), -1);
    assert_int_equal(query_shape_mark(&marks, 16, DECODED "AA"), -1);
    assert_int_equal(query_shape_mark(&marks, 16, DECODED), -1);
    assert_int_equal(query_shape_mark(&marks, 16,
                         "\x01"
                         "A"),
        -1);
    assert_int_equal(query_shape_mark(&marks, 16, "A"), -1);
    assert_int_equal(query_shape_mark(&marks, 16, ""), -1);
    assert_int_equal(query_shape_mark(&marks, 16, NULL), -1);
}

static void a_mark_is_within_the_values(void **state)
{
    assert_int_equal(query_shape_mark(&marks, 1, DECODED "A"), 0);
    assert_int_equal(query_shape_mark(&marks, 1, DECODED "B"), -1);
    assert_int_equal(query_shape_mark(&marks, 0, DECODED "A"), -1);
    size_t at;
    uint8_t value;
    assert_true(query_shape_find(&marks, 2, STR("x=eq." MARK "B&y"), &at, &value));
    assert_int_equal(at, 5);
    assert_int_equal(value, 1);
    assert_false(query_shape_find(&marks, 1, STR("x=eq." MARK "B&y"), &at, &value));
    assert_false(query_shape_find(&marks, 2, STR("x=eq." MARK), &at, &value));
    assert_false(query_shape_find(&marks, 2, STR("x=eq.%01B"), &at, &value));
    assert_false(query_shape_find(&marks, 2, (struct str){NULL, 0}, &at, &value));
}

/* Marks of before had no secret: a query that held one was given the plan of the shape that looked like it.
 */
static void nothing_from_outside_is_a_mark(void **state)
{
    struct arena a;
    struct query_shape s;
    arena_init(&a, 0);
    query_shape_scan(&a, &marks, STR("limit=1&id=neq.%01A&or=(a.eq.%01B)&c=in.(\x01P)"), &s);
    assert_int_equal(s.nvalues, 1);
    assert_str(s.key, "limit=1&id=neq." MARK "A&or=(a.eq.%01B)&c=in.(\x01P)");
    assert_str(s.values[0], "%01A");
    query_shape_scan(&a, &marks, STR("id=eq.1&x=in.(" MARK "A)"), &s);
    assert_int_equal(s.nvalues, 0);
    assert_str(s.key, "id=eq.1&x=in.(" MARK "A)");
    arena_release(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_of_plain_comparisons_are_cut),
        cmocka_unit_test(what_needs_a_parser_stays),
        cmocka_unit_test(no_more_than_the_maximum),
        cmocka_unit_test(marks_are_recognised),
        cmocka_unit_test(a_mark_is_within_the_values),
        cmocka_unit_test(nothing_from_outside_is_a_mark),
    };
    return cmocka_run_group_tests_name("shape", tests, setup, NULL);
}
