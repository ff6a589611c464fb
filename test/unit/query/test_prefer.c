/* Unit tests of query/prefer. SPDX-License-Identifier: ISC */
#include "query/prefer.h"
#include "query_test.h"

static void check_applied(const struct prefer *p, const char *expected)
{
    struct buf b;
    buf_init(&b, 0);
    prefer_applied(p, &b);
    assert_str(buf_str(&b), expected);
    buf_release(&b);
}

static void all_of_them(void **state)
{
    struct prefer p = {0};
    prefer_parse(&p, STR("handling=strict, max-affected=10,tx=rollback ,count=exact"));
    prefer_parse(&p, STR("Return=representation,missing=default, resolution = merge-duplicates"));
    prefer_parse(&p, STR("timezone=America/Los_Angeles"));
    assert_int_equal(p.count, COUNT_EXACT);
    assert_int_equal(p.returning, RETURN_REPRESENTATION);
    assert_true(p.has_max_affected && p.max_affected == 10 && p.nunknown == 0);
    check_applied(&p, "resolution=merge-duplicates, missing=default, return=representation, count=exact, "
                      "tx=rollback, handling=strict, timezone=America/Los_Angeles, max-affected=10");
}

static void the_first_value_wins(void **state)
{
    struct prefer p = {0};
    prefer_parse(&p, STR("count=planned,count=exact,return=minimal,max-affected=1"));
    prefer_parse(&p, STR("return=representation, max-affected=2"));
    assert_int_equal(p.count, COUNT_PLANNED);
    assert_int_equal(p.returning, RETURN_MINIMAL);
    assert_true(p.max_affected == 1);
    check_applied(&p, "return=minimal, count=planned");
}

static void the_unknown_is_kept(void **state)
{
    struct prefer p = {0};
    prefer_parse(&p, STR("anything, return=nothing,max-affected=x,,count=capped,params=single-object"));
    assert_int_equal(p.nunknown, 4);
    assert_str(p.unknown[0], "anything");
    assert_str(p.unknown[1], "return=nothing");
    assert_str(p.unknown[2], "max-affected=x");
    assert_str(p.unknown[3], "params=single-object");
    assert_int_equal(p.count, COUNT_CAPPED);
    for (int i = 0; i < 30; i++)
        prefer_parse(&p, STR("x"));
    assert_int_equal(p.nunknown, PREFER_UNKNOWN_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(all_of_them), cmocka_unit_test(the_first_value_wins),
        cmocka_unit_test(the_unknown_is_kept)};
    return RUN(tests);
}
