/* Unit tests of schema/pg_text. SPDX-License-Identifier: ISC */
#include "schema/pg_text.h"

#include "test/unit/test.h"

#include <stdio.h>

static char memory[512];
static struct str items[8];

static int row(const char *text)
{
    strcpy(memory, text);
    return pg_row_split(memory, strlen(memory), items, ARRAY_LEN(items));
}

static int array(const char *text)
{
    strcpy(memory, text);
    return pg_array_split(memory, strlen(memory), items, ARRAY_LEN(items));
}

static void rows(void **state)
{
    assert_int_equal(row("(1,abc,,\"\",\"a \"\"b\"\"\",\"c\\\\d\",\"x,y)(\")"), 7);
    assert_str(items[0], "1");
    assert_str(items[1], "abc");
    assert_null(items[2].p);
    assert_non_null(items[3].p);
    assert_int_equal(items[3].n, 0);
    assert_str(items[4], "a \"b\"");
    assert_str(items[5], "c\\d");
    assert_str(items[6], "x,y)(");
    assert_int_equal(row("()"), 1);
    assert_null(items[0].p);
    assert_int_equal(row("(\"{\"\"a b\"\",c}\",t)"), 2);
    assert_str(items[0], "{\"a b\",c}");
}

static void bad_rows(void **state)
{
    const char *const bad[] = {"", "(", "(a", "a)", "(a)b", "(\"a)", "(1,2,3,4,5,6,7,8,9)", "{a}", "(a\\"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_int_equal(row(bad[i]), -1);
}

static void arrays(void **state)
{
    assert_int_equal(array("{}"), 0);
    assert_int_equal(array("{1,2}"), 2);
    assert_str(items[1], "2");
    assert_int_equal(array("{\"a b\",\"c\\\"d\",\"NULL\",NULL,\"\",\"e\\\\f\"}"), 6);
    assert_str(items[0], "a b");
    assert_str(items[1], "c\"d");
    assert_str(items[2], "NULL");
    assert_str(items[3], "");
    assert_str(items[4], "");
    assert_str(items[5], "e\\f");
    assert_int_equal(array("{a"), -1);
    assert_int_equal(array("(a)"), -1);
}

static char found[256];

static void note(void *arg, int16_t attnum, uint32_t base_oid, int16_t base_attnum)
{
    size_t n = strlen(found);
    snprintf(found + n, sizeof found - n, "%d<-%u.%d ", attnum, base_oid, base_attnum);
}

static const char *targets(const char *text)
{
    found[0] = '\0';
    pg_view_targets(str_cstr(text), note, NULL);
    return found;
}

static void view_targets(void **state)
{
    const char *view =
        "({QUERY :commandType 1 :cteList <> :rtable ({RTE :subquery {QUERY :targetList ({TARGETENTRY :expr "
        "{VAR "
        ":varno 1} :resno 1 :resname x :ressortgroupref 0 :resorigtbl 99 :resorigcol 9 :resjunk false}) "
        ":limit "
        "<>}}) :jointree {FROMEXPR :fromlist ({RANGETBLREF :rtindex 1}) :quals <>} :targetList ({TARGETENTRY "
        ":expr {VAR :varno 1 :resorigtbl 77 :location 12} :resno 1 :resname a\\ \\(b\\)\\} :resorigtbl 16400 "
        ":resorigcol 3 :resjunk false} {TARGETENTRY :expr {FUNCEXPR :args ({CONST :constvalue 4 [ 1 2 ]})} "
        ":resno "
        "2 :resname n :resorigtbl 0 :resorigcol 0 :resjunk false} {TARGETENTRY :expr {VAR} :resno 3 :resname "
        "j "
        ":resorigtbl 16400 :resorigcol 4 :resjunk true} {TARGETENTRY :expr {VAR} :resno 4 :resname k "
        ":resorigtbl "
        "16401 :resorigcol 1 :resjunk false}) :override 0 :returningList ({TARGETENTRY :resno 1 :resorigtbl "
        "5 "
        ":resorigcol 5 :resjunk false})})";
    assert_string_equal(targets(view), "1<-16400.3 4<-16401.1 ");
    size_t n = strlen(view);
    char cut[2048];
    assert_true(n < sizeof cut);
    for (size_t i = 0; i < n; i++) {
        memcpy(cut, view, i);
        cut[i] = '\0';
        targets(cut);
    }
    assert_string_equal(targets("<>"), "");
    assert_string_equal(targets("({QUERY :targetList <>})"), "");
    assert_string_equal(targets("}}}} {{"), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows),
        cmocka_unit_test(bad_rows),
        cmocka_unit_test(arrays),
        cmocka_unit_test(view_targets),
    };
    return cmocka_run_group_tests_name("pg_text", tests, NULL, NULL);
}
