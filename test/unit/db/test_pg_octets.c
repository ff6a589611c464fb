/* Unit tests of db/pg_octets. SPDX-License-Identifier: ISC */
#include "db/pg_octets.h"
#include "test/unit/test.h"

#include <libpq-fe.h>

#define BYTEA 17u
#define TEXT 25u

static bool convert(Oid type, const char *text, struct buf *out)
{
    PGresAttDesc attr = {.name = (char[]){"v"}, .typid = type};
    PGresult *res = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
    assert_true(PQsetResultAttrs(res, 1, &attr));
    assert_true(PQsetvalue(res, 0, 0, (char *)text, text ? (int)strlen(text) : -1));
    struct db_rows rows = {.res = res, .nrows = 1, .ncols = 1, .last = true};
    bool ok = pg_octets(out, &rows, 0, 0);
    PQclear(res);
    return ok;
}

static void values(void **state)
{
    static const struct {
        Oid type;
        const char *text, *want;
        size_t n;
    } cases[] = {
        {BYTEA, "\\x", "", 0},
        {BYTEA, "\\x89504e4700ff", "\x89PNG\0\xff", 6},
        {BYTEA, NULL, "", 0},
        {TEXT, "\\x89", "\\x89", 4},
        {TEXT, "<p>\xc3\xa4</p>", "<p>\xc3\xa4</p>", 9},
        {TEXT, "", "", 0},
        {TEXT, NULL, "", 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct buf b;
        buf_init(&b, 0);
        assert_true(convert(cases[i].type, cases[i].text, &b));
        assert_true(str_eq(buf_str(&b), str_make(cases[i].want, cases[i].n)));
        buf_release(&b);
    }
}

static void what_does_not_fit_or_is_no_bytea(void **state)
{
    struct buf b;
    buf_init(&b, 3);
    assert_false(convert(TEXT, "four", &b));
    assert_false(convert(BYTEA, "\\x01020304", &b));
    assert_false(convert(BYTEA, "\\x0g", &b));
    assert_int_equal(buf_len(&b), 0);
    buf_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values), cmocka_unit_test(what_does_not_fit_or_is_no_bytea)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
