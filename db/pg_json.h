/* pg_json: rows of a result to JSON, byte for byte what PostgreSQL's to_json() prints for the same values,
 * from their text form. The connection must run with DateStyle ISO, IntervalStyle postgres, client_encoding
 * UTF8, bytea_output hex, extra_float_digits 1 (PostgreSQL docs 8.5, 9.16); db/conn sets them. Pure: tested
 * without a database by results made with PQmakeEmptyPGresult, and against one over all types.
 * SPDX-License-Identifier: ISC */
#ifndef DB_PG_JSON_H
#define DB_PG_JSON_H

#include "db/db.h"
#include "util/buf.h"
#include "util/row_shape.h"

enum pg_json_format {
    PG_JSON_ARRAY, /* rows separated by commas; the caller writes the brackets */
    PG_JSON_LINES, /* each row followed by a newline (NDJSON) */
};

/* Appends all rows of the batch. `*count` is how many rows were written before it, and is advanced: it
 * decides where a comma stands. */
void pg_json_rows(struct buf *out, const struct row_shape *shape, const struct db_rows *rows,
    enum pg_json_format format, uint64_t *count);
/* One value by its type, `null` for NULL: scalar results of functions. */
void pg_json_value(struct buf *out, const struct db_rows *rows, int row, int col);
/* Text as a JSON string, quotes included (what escape_json() prints). */
void json_escape(struct buf *out, struct str text);

#endif
