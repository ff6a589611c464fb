/* Tests of query/canonical. SPDX-License-Identifier: ISC */
#include "query/canonical.h"

#include "test/unit/test.h"

static struct arena arena;

static struct str canonical(const char *query)
{
    struct query_shape shape;
    struct query_canonical c;
    const char *values[SHAPE_VALUES_MAX];
    const uint8_t secret[SHAPE_SECRET_BYTES] = {1, 2, 3, 4, 5, 6, 7, 8};
    struct shape_marks marks;
    shape_marks_init(&marks, secret);
    query_shape_scan(&arena, &marks, str_cstr(query), &shape);
    for (size_t i = 0; i < shape.nvalues; i++)
        values[i] = arena_cstr(&arena, shape.values[i]);
    query_canonical_make(&arena, &marks, shape.key, shape.nvalues, &c);
    return query_canonical_fill(&arena, &c, values);
}

static void sorts_and_escapes(void **state)
{
    arena_init(&arena, 0);
    assert_str(canonical(""), "");
    assert_str(canonical("select=id,name&order=id"), "order=id&select=id%2Cname");
    assert_str(canonical("b=eq.2&a=eq.1"), "a=eq.1&b=eq.2");
    assert_str(canonical("select=*&id=lte.x/y&id=gt.5"), "id=lte.x%2Fy&id=gt.5&select=%2A");
    assert_str(canonical("?"), "%3F=");
    assert_str(canonical("d&a="), "a=&d=");
    assert_str(canonical("a+b=like.x+y&%61=is.null"), "a=is.null&a%20b=like.x%20y");
    assert_str(canonical("name=eq.%C3%A9"), "name=eq.%25C3%25A9"); /* values come decoded */
    assert_str(canonical("a=eq.\x01"
                         "A&c=in.(%01A)&b=eq.1"),
        "a=eq.%01A&b=eq.1&c=in.%28%01A%29");
    arena_release(&arena);
}

static void marks_follow_their_keys(void **state)
{
    arena_init(&arena, 0);
    assert_str(canonical("z=eq.1&y=neq.2&x=gt.3&select=id&x=not.lt.4"),
        "select=id&x=gt.3&x=not.lt.4&y=neq.2&z=eq.1");
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sorts_and_escapes), cmocka_unit_test(marks_follow_their_keys)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
