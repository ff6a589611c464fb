/* fuzz_pg_json: rows of arbitrary text through every encoding and format. Bytes 0 and 1 are a type's number,
 * byte 2 the buffer's limit in units of 64 (0: none), the rest values, each ended by 0xff; an empty one is
 * NULL. A database sends nothing of the kind; the encoder must stay within its memory all the same.
 * SPDX-License-Identifier: ISC */
#include "db/pg_json.h"
#include "test/fuzz/fuzz.h"
#include "util/check.h"

#include <libpq-fe.h>

static const struct row_item items[] = {
    {ROW_VALUE, 0, 0, {"\"a\":", 4}},
    {ROW_OBJECT, 1, 3, {"\"b\":", 4}},
    {ROW_VALUE, 0, 0, {"\"a name of more than thirty-two bytes\":", 39}},
    {ROW_VALUE, 1, 0, {"\"c\":", 4}},
    {ROW_END, 0, 0, {NULL, 0}},
    {ROW_VALUE, 1, 0, {"\"d\":", 4}},
};
static const struct row_shape shape = {items, ARRAY_LEN(items), 2};

static PGresult *make_result(const uint8_t *data, size_t size)
{
    PGresult *res = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
    char name[] = "x";
    PGresAttDesc attrs[2] = {
        {.name = name, .typid = (Oid)data[0] << 8 | data[1]}, {.name = name, .typid = 25}};
    CHECK(PQsetResultAttrs(res, 2, attrs));
    int field = 0;
    for (size_t from = 3, at = 3; at <= size; at++) {
        if (at < size && data[at] != 0xff)
            continue;
        int n = at > from ? (int)(at - from) : -1;
        CHECK(PQsetvalue(res, field / 2, field % 2, (char *)data + from, n));
        field++;
        from = at + 1;
    }
    return res;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 3)
        return 0;
    PGresult *res = make_result(data, size);
    struct db_rows rows = {.res = res, .nrows = PQntuples(res), .ncols = 2, .last = true};
    for (int format = PG_JSON_ARRAY; format <= PG_CSV; format++) {
        struct buf out;
        uint64_t count = 0;
        buf_init(&out, (size_t)data[2] * 64);
        bool ok = pg_json_rows(&out, &shape, &rows, (enum pg_json_format)format, &count);
        CHECK(ok == (count == (uint64_t)rows.nrows) && (out.limit == 0 || buf_len(&out) <= out.limit));
        CHECK(ok || out.limit != 0);
        buf_release(&out);
    }
    PQclear(res);
    return 0;
}
