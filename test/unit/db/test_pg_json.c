/* Unit tests of db/pg_json: shapes, formats, limits and every encoding, on results made by hand.
 * test/integration/test_pg_json.py compares the encodings with a server. SPDX-License-Identifier: ISC */
#include "db/pg_json.h"
#include "db/pg_json_types.h"
#include "test/unit/test.h"

#include <libpq-fe.h>
#include <stdio.h>

static PGresult *make(int ncols, const Oid *types)
{
    PGresAttDesc attrs[80] = {0};
    char names[80][8];
    PGresult *res = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
    for (int i = 0; i < ncols; i++) {
        snprintf(names[i], sizeof(names[i]), "c%d", i);
        attrs[i].name = names[i];
        attrs[i].typid = types ? types[i] : 25;
    }
    assert_true(PQsetResultAttrs(res, ncols, attrs));
    return res;
}

static void set(PGresult *res, int row, int col, const char *text)
{
    assert_true(PQsetvalue(res, row, col, (char *)text, text ? (int)strlen(text) : -1));
}

static struct db_rows view(const PGresult *res)
{
    return (struct db_rows){.res = res, .nrows = PQntuples(res), .ncols = PQnfields(res), .last = true};
}

static void one_value(Oid type, const char *text, const char *want)
{
    PGresult *res = make(1, &type);
    set(res, 0, 0, text);
    struct db_rows rows = view(res);
    struct buf b;
    buf_init(&b, 0);
    assert_true(pg_json_value(&b, &rows, 0, 0));
    assert_str(buf_str(&b), want);
    buf_release(&b);
    PQclear(res);
}

static void values_by_type(void **state)
{
    static const struct {
        Oid type;
        const char *text, *want;
    } cases[] = {
        {16, "t", "true"},
        {16, "f", "false"},
        {16, NULL, "null"},
        {20, "-9223372036854775808", "-9223372036854775808"},
        {23, "7", "7"},
        {701, "1e+20", "1e+20"},
        {701, "-0", "-0"},
        {701, "NaN", "\"NaN\""},
        {701, "-Infinity", "\"-Infinity\""},
        {1700, "Infinity", "\"Infinity\""},
        {1700, "-0.00010", "-0.00010"},
        {25, "", "\"\""},
        {25, NULL, "null"},
        {25, "a\"b\\c\n\x01\x7f\xc3\xa9", "\"a\\\"b\\\\c\\n\\u0001\x7f\xc3\xa9\""},
        {17, "\\xdeadbeef", "\"\\\\xdeadbeef\""},
        {18, "", "\"\""},
        {114, "{ \"a\" :\n[1] }", "{ \"a\" :\n[1] }"},
        {3802, "{\"a\": 1}", "{\"a\": 1}"},
        {1082, "0044-03-15 BC", "\"0044-03-15 BC\""},
        {1083, "24:00:00", "\"24:00:00\""},
        {1266, "10:11:12.5+00", "\"10:11:12.5+00\""},
        {1114, "2026-11-21 10:11:12.000001", "\"2026-11-21T10:11:12.000001\""},
        {1114, "294276-12-31 23:59:59.999999", "\"294276-12-31T23:59:59.999999\""},
        {1114, "4714-11-24 00:00:00 BC", "\"4714-11-24T00:00:00 BC\""},
        {1114, "-infinity", "\"-infinity\""},
        {1184, "2026-11-21 10:11:12+00", "\"2026-11-21T10:11:12+00:00\""},
        {1184, "2026-11-21 10:11:12.25-03", "\"2026-11-21T10:11:12.25-03:00\""},
        {1184, "2026-11-21 10:11:12+05:30", "\"2026-11-21T10:11:12+05:30\""},
        {1184, "1800-01-01 00:19:32+00:19:32", "\"1800-01-01T00:19:32+00:19:32\""},
        {1184, "0044-03-15 12:00:00+00 BC", "\"0044-03-15T12:00:00+00:00 BC\""},
        {1184, "0044-03-15 12:00:00-07:52:58 BC", "\"0044-03-15T12:00:00-07:52:58 BC\""},
        {1184, "10000-01-01 00:00:00+00", "\"10000-01-01T00:00:00+00:00\""},
        {1184, "infinity", "\"infinity\""},
        {1186, "1 year -2 mons +3 days 04:05:06.7", "\"1 year -2 mons +3 days 04:05:06.7\""},
        {22, "", "[]"},
        {22, "1 -2 32767", "[1,-2,32767]"},
        {30, "1", "[\"1\"]"},
        {30, "1 23 4294967295", "[\"1\",\"23\",\"4294967295\"]"},
        {3908, "[\"2020-01-01 00:00:00\",)", "\"[\\\"2020-01-01 00:00:00\\\",)\""},
        {2278, "", "\"\""},
        {99999, "{a,\"b\"}", "\"{a,\\\"b\\\"}\""},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        one_value(cases[i].type, cases[i].text, cases[i].want);
    assert_string_equal(pg_type_listed(1184), "timestamptz");
    assert_null(pg_type_listed(1007));
}

static void long_values(void **state)
{
    static const Oid types[] = {25, 114, 1700, 1562, 30, 17};
    enum { N = 70001 };
    char *text = malloc(N + 1), *want = malloc(4 * (size_t)N);
    for (size_t t = 0; t < ARRAY_LEN(types); t++) {
        for (int i = 0; i < N; i++)
            text[i] = types[t] == 30 && i % 2 ? ' ' : '1';
        text[N] = '\0';
        if (types[t] == 30) {
            char *p = want;
            for (int i = 0; i < N; i += 2)
                p += sprintf(p, "%s\"1\"", i ? "," : "[");
            strcpy(p, "]");
        } else {
            sprintf(want, types[t] == 114 || types[t] == 1700 ? "%s" : "\"%s\"", text);
        }
        one_value(types[t], text, want);
    }
    free(text);
    free(want);
}

#define KEY(text)                                                                                            \
    {                                                                                                        \
        text, sizeof(text) - 1                                                                               \
    }

static const struct row_item nested[] = {
    {ROW_VALUE, 0, 0, KEY("\"id\":")},
    {ROW_OBJECT, 1, 6, KEY("\"customer\":")},
    {ROW_VALUE, 2, 0, KEY("\"name\":")},
    {ROW_OBJECT, 3, 2, KEY("\"country\":")},
    {ROW_VALUE, 4, 0, KEY("\"code\":")},
    {ROW_END, 0, 0, {NULL, 0}},
    {ROW_VALUE, 5, 0, KEY("\"since\":")},
    {ROW_END, 0, 0, {NULL, 0}},
    {ROW_OBJECT, 1, 1, KEY("\"empty\":")},
    {ROW_END, 0, 0, {NULL, 0}},
    {ROW_VALUE, 6, 0, KEY("\"a key \\\"that\\\", is longer than what fits into place\":")},
};
static const struct row_shape shape = {nested, ARRAY_LEN(nested), 7};

static PGresult *three_rows(void)
{
    static const Oid types[] = {23, 16, 25, 16, 25, 1184, 114};
    static const char *const text[3][7] = {
        {"1", "t", "Ann, \"A\"", "t", "DE", "2026-11-21 10:00:00+00", "{\"a\":\n1}"},
        {"2", "t", "", NULL, "XX", NULL, NULL},
        {"3", NULL, "hidden", "t", "XX", NULL, "[]"},
    };
    PGresult *res = make(7, types);
    for (int row = 0; row < 3; row++) {
        for (int col = 0; col < 7; col++)
            set(res, row, col, text[row][col]);
    }
    return res;
}

#define LONG_KEY "\"a key \\\"that\\\", is longer than what fits into place\":"
#define ROW1                                                                                                 \
    "{\"id\":1,\"customer\":{\"name\":\"Ann, \\\"A\\\"\",\"country\":{\"code\":\"DE\"},"                     \
    "\"since\":\"2026-11-21T10:00:00+00:00\"},\"empty\":{}," LONG_KEY
#define ROW2                                                                                                 \
    "{\"id\":2,\"customer\":{\"name\":\"\",\"country\":null,\"since\":null},\"empty\":{}," LONG_KEY "null}"
#define ROW3 "{\"id\":3,\"customer\":null,\"empty\":null," LONG_KEY "[]}"

static void shapes_and_formats(void **state)
{
    PGresult *res = three_rows();
    struct db_rows rows = view(res);
    struct buf b;
    buf_init(&b, 0);
    uint64_t count = 0;
    assert_true(pg_json_rows(&b, &shape, &rows, PG_JSON_ARRAY, &count));
    assert_int_equal(count, 3);
    assert_str(buf_str(&b), ROW1 "{\"a\":\n1}}," ROW2 "," ROW3);
    buf_clear(&b, 0);
    rows.nrows = 1;
    assert_true(pg_json_rows(&b, &shape, &rows, PG_JSON_ARRAY, &count));
    assert_str(buf_str(&b), "," ROW1 "{\"a\":\n1}}");
    buf_clear(&b, 0);
    rows.nrows = 3;
    assert_true(pg_json_rows(&b, &shape, &rows, PG_JSON_LINES, &count));
    assert_str(buf_str(&b), ROW1 "{\"a\": 1}}\n" ROW2 "\n" ROW3 "\n");
    assert_int_equal(count, 7);
    buf_release(&b);
    PQclear(res);
}

static void csv(void **state)
{
    PGresult *res = three_rows();
    struct db_rows rows = view(res);
    struct buf b;
    buf_init(&b, 0);
    uint64_t count = 0;
    assert_true(pg_csv_header(&b, &shape));
    assert_true(pg_json_rows(&b, &shape, &rows, PG_CSV, &count));
    assert_str(buf_str(&b),
        "id,customer,empty,\"a key \"\"that\"\", is longer than what fits into place\"\n"
        "1,\"{\"\"name\"\":\"\"Ann, \\\"\"A\\\"\"\"\",\"\"country\"\":{\"\"code\"\":\"\"DE\"\"},"
        "\"\"since\"\":\"\"2026-11-21T10:00:00+00:00\"\"}\",{},\"{\"\"a\"\":\n1}\"\n"
        "2,\"{\"\"name\"\":\"\"\"\",\"\"country\"\":null,\"\"since\"\":null}\",{},\n"
        "3,,,[]");
    assert_int_equal(count, 3);
    PQclear(res);

    static const struct row_item items[] = {
        {ROW_VALUE, 0, 0, KEY("\"a\\u001f\\n\\\\\":")}, {ROW_VALUE, 1, 0, KEY("\"b\":")}};
    struct row_shape two = {items, 2, 2};
    res = make(2, NULL);
    set(res, 0, 0, "");
    set(res, 0, 1, NULL);
    set(res, 1, 0, "a\r");
    set(res, 1, 1, "\"");
    rows = view(res);
    buf_clear(&b, 0);
    count = 0;
    assert_true(pg_csv_header(&b, &two) && pg_json_rows(&b, &two, &rows, PG_CSV, &count));
    assert_str(buf_str(&b), "\"a\x1f\n\\\",b\n\"\",\n\"a\r\",\"\"\"\"");
    buf_release(&b);
    PQclear(res);
}

#define STRIPPED1                                                                                            \
    "{\"id\":1,\"customer\":{\"name\":\"Ann, \\\"A\\\"\",\"country\":{\"code\":\"DE\"},"                     \
    "\"since\":\"2026-11-21T10:00:00+00:00\"},\"empty\":{}," LONG_KEY "{\"a\":\n1}}"
#define STRIPPED2 "{\"id\":2,\"customer\":{\"name\":\"\"},\"empty\":{}}"
#define STRIPPED3 "{\"id\":3," LONG_KEY "[]}"

static void nulls_are_stripped(void **state)
{
    PGresult *res = three_rows();
    struct db_rows rows = view(res);
    struct row_shape stripped = shape;
    struct buf b;
    uint64_t count = 0;
    stripped.strip_nulls = true;
    buf_init(&b, 0);
    assert_true(pg_json_rows(&b, &stripped, &rows, PG_JSON_ARRAY, &count));
    assert_str(buf_str(&b), STRIPPED1 "," STRIPPED2 "," STRIPPED3);
    PQclear(res);

    static const struct row_item items[] = {
        {ROW_VALUE, 0, 0, KEY("\"a\":")}, {ROW_VALUE, 1, 0, KEY("\"b\":")}};
    struct row_shape two = {items, 2, 2, true};
    static const Oid types[] = {114, 25};
    res = make(2, types);
    set(res, 0, 0, "null");
    set(res, 0, 1, NULL);
    set(res, 1, 0, "null");
    set(res, 1, 1, "null");
    rows = view(res);
    buf_clear(&b, 0);
    assert_true(pg_json_rows(&b, &two, &rows, PG_JSON_LINES, &count));
    assert_str(buf_str(&b), "{}\n{\"b\":\"null\"}\n");
    buf_release(&b);
    PQclear(res);
}

/* With ever larger limits: what is there is whole rows, and each row comes as soon as its worst case fits. */
static void a_limit_cuts_between_rows(void **state)
{
    PGresult *res = three_rows();
    struct db_rows rows = view(res);
    static const char *const want[] = {
        "", ROW1 "{\"a\":\n1}}", ROW1 "{\"a\":\n1}}," ROW2, ROW1 "{\"a\":\n1}}," ROW2 "," ROW3};
    uint64_t seen = 0;
    for (size_t limit = 1; limit < 3000; limit++) {
        struct buf b;
        buf_init(&b, limit);
        uint64_t count = 0;
        bool ok = pg_json_rows(&b, &shape, &rows, PG_JSON_ARRAY, &count);
        assert_int_equal(ok, count == 3);
        assert_str(buf_str(&b), want[count]);
        assert_true(count >= seen);
        seen = count;
        buf_release(&b);
        buf_init(&b, limit);
        count = 0;
        ok = pg_json_rows(&b, &shape, &rows, PG_CSV, &count);
        assert_true(
            ok ? str_ends(buf_str(&b), STR("3,,,[]"))
               : buf_len(&b) == 0 || str_ends(buf_str(&b), STR("}\"")) || str_ends(buf_str(&b), STR("{},")));
        buf_release(&b);
    }
    assert_int_equal(seen, 3);
    PQclear(res);
}

/* More members than the encoder keeps on its stack, and none at all. */
static void wide_and_empty_rows(void **state)
{
    struct row_item items[80];
    char keys[80][8], want[2000] = "{";
    PGresult *res = make(80, NULL);
    for (int i = 0; i < 80; i++) {
        int n = snprintf(keys[i], sizeof(keys[i]), "\"k%d\":", i);
        items[i] = (struct row_item){ROW_VALUE, (uint16_t)(79 - i), 0, {keys[i], (size_t)n}};
        char text[8];
        snprintf(text, sizeof(text), "v%d", i);
        set(res, 0, i, text);
        sprintf(want + strlen(want), "%s\"k%d\":\"v%d\"", i ? "," : "", i, 79 - i);
    }
    strcat(want, "}");
    struct db_rows rows = view(res);
    struct row_shape wide = {items, 80, 80}, none = {NULL, 0, 80};
    struct buf b;
    buf_init(&b, 0);
    uint64_t count = 0;
    assert_true(pg_json_rows(&b, &wide, &rows, PG_JSON_ARRAY, &count));
    assert_str(buf_str(&b), want);
    buf_clear(&b, 0);
    assert_true(pg_json_rows(&b, &none, &rows, PG_JSON_ARRAY, &count));
    assert_str(buf_str(&b), ",{}");
    buf_release(&b);
    PQclear(res);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_by_type),
        cmocka_unit_test(long_values),
        cmocka_unit_test(shapes_and_formats),
        cmocka_unit_test(csv),
        cmocka_unit_test(nulls_are_stripped),
        cmocka_unit_test(a_limit_cuts_between_rows),
        cmocka_unit_test(wide_and_empty_rows),
    };
    return cmocka_run_group_tests_name("pg_json", tests, NULL, NULL);
}
