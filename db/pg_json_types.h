/* pg_json_types: which encoding a type has, and the encoding of one value; inside db/ only. Pure functions of
 * bytes. SPDX-License-Identifier: ISC */
#ifndef DB_PG_JSON_TYPES_H
#define DB_PG_JSON_TYPES_H

#include "util/row_shape.h"
#include "util/str.h"

struct buf;
struct db_rows;

enum pg_encoding { /* db/pg_json_types.def explains them */
    PG_ENC_BOOL,
    PG_ENC_RAW,
    PG_ENC_NUMBER,
    PG_ENC_JSON,
    PG_ENC_PLAIN,
    PG_ENC_TEXT,
    PG_ENC_TIMESTAMP,
    PG_ENC_TIMESTAMPTZ,
    PG_ENC_INT2VECTOR,
    PG_ENC_OIDVECTOR,
};

enum pg_encoding pg_encoding_of(uint32_t type_oid);
/* The table's name for the type; NULL when it is not listed. */
const char *pg_type_listed(uint32_t type_oid);

/* Appends one row as the object that `items` describe (`n` of them, balanced), braces included. */
NODISCARD bool pg_json_object(
    struct buf *out, const struct row_item *items, size_t n, const struct db_rows *rows, int row);
/* PG_CSV of pg_json_rows(). */
NODISCARD bool pg_csv_rows(
    struct buf *out, const struct row_shape *shape, const struct db_rows *rows, uint64_t *count);

#endif
