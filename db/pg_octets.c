/* pg_octets: text, or the digits of a bytea. SPDX-License-Identifier: ISC */
#include "db/pg_octets.h"

#include "util/hex.h"

#include <libpq-fe.h>

#define OID_BYTEA 17u

bool pg_octets(struct buf *out, const struct db_rows *rows, int row, int col)
{
    struct str text = {PQgetvalue(rows->res, row, col), (size_t)PQgetlength(rows->res, row, col)};
    if (PQftype(rows->res, col) != OID_BYTEA || !str_starts(text, STR("\\x")))
        return text.n == 0 || buf_try_append(out, text);
    struct str digits = str_sub(text, 2, text.n);
    char *p = buf_try_reserve(out, digits.n / 2 + 1);
    if (!p || !hex_decode((uint8_t *)p, digits))
        return false;
    buf_commit(out, p + digits.n / 2);
    return true;
}
