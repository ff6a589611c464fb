/* pg_json: rows of a result to JSON, byte for byte what PostgreSQL's to_json() prints for the same values,
 * from their text form. The connection must run with DateStyle ISO, IntervalStyle postgres, client_encoding
 * UTF8, bytea_output hex, extra_float_digits 1 (PostgreSQL docs 8.5, 9.16); db/conn sets them. Pure: tested
 * without a database by results made with PQmakeEmptyPGresult, and against one over all types.
 *
 * What the text form alone cannot give must be wrapped in to_json() by the statement: arrays (all of
 * pg_type's category A but int2vector and oidvector), composites and records, and types with a cast to json
 * of their own (hstore). Domains arrive as their base types; any other type is a string.
 *
 * Values come from the database, so their size is nobody's promise: the functions return false when the
 * buffer's limit or the memory does not allow the next field, or the columns are not the shape's; `out` then
 * ends with the last complete row (pg_json_value: inside the value). A field reserves its worst case, up to
 * 24 kB more than it writes. SPDX-License-Identifier: ISC */
#ifndef DB_PG_JSON_H
#define DB_PG_JSON_H

#include "db/db.h"
#include "util/buf.h"
#include "util/json_escape.h"
#include "util/row_shape.h"

enum pg_json_format {
    PG_JSON_ARRAY, /* rows separated by commas; the caller writes the brackets */
    PG_JSON_LINES, /* each row followed by a newline (NDJSON); newlines inside json columns become blanks */
    PG_CSV, /* lines separated by newlines, none behind the last; the caller writes pg_csv_header() first */
};

/* Appends all rows of the batch. `*count` is how many rows were written before it, and is advanced: it
 * decides where a comma or newline stands between rows. A shape with strip_nulls leaves out members that are
 * null (json_strip_nulls() of PostgreSQL docs 9.16, of what the row itself holds). */
NODISCARD bool pg_json_rows(struct buf *out, const struct row_shape *shape, const struct db_rows *rows,
    enum pg_json_format format, uint64_t *count);
/* One value by its type, `null` for NULL: scalar results of functions. */
NODISCARD bool pg_json_value(struct buf *out, const struct db_rows *rows, int row, int col);
/* The names of the shape's outer members as one line, quoted only where RFC 4180 wants it. Values in CSV are
 * PostgreSQL's text (an embedded object is its JSON text), quoted where the text of a composite value has
 * quotes (docs 8.16.6): when they are empty or hold a comma, quote, parenthesis, backslash or white space.
 * Quotes inside are doubled; NULL is nothing at all. Unlike in a composite's text a backslash stands for
 * itself and is not doubled: no reader of CSV would undo that. */
NODISCARD bool pg_csv_header(struct buf *out, const struct row_shape *shape);

#endif
