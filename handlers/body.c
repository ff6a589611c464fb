/* body: one switch over the formats. SPDX-License-Identifier: ISC */
#include "handlers/body.h"

#include "db/pg_json.h"
#include "db/pg_octets.h"

bool body_begin(struct exchange *x, const struct row_shape *shape)
{
    if (format_is_array(&x->format))
        return buf_try_append(&x->body, STR("["));
    return format_is_whole(&x->format) || x->format.media != MEDIA_CSV || pg_csv_header(&x->body, shape);
}

/* The lines of an EXPLAIN; in JSON they are one. */
static bool plan_lines(struct exchange *x, const struct db_rows *rows)
{
    for (int row = 0; row < rows->nrows; row++) {
        if ((row > 0 && !buf_try_append(&x->body, STR("\n"))) || !pg_octets(&x->body, rows, row, 0))
            return false;
    }
    return true;
}

/* The body, and how many rows it was made of. */
static bool handled(struct exchange *x, const struct db_rows *rows)
{
    size_t n;
    const char *count = rows->nrows == 1 && rows->ncols == 2 ? db_rows_value(rows, 0, 1, &n) : NULL;
    return count && str_to_u64(str_make(count, n), &x->rows) && pg_octets(&x->body, rows, 0, 0);
}

bool body_rows(struct exchange *x, const struct row_shape *shape, const struct db_rows *rows)
{
    enum pg_json_format format = x->format.media == MEDIA_NDJSON ? PG_JSON_LINES
                                 : x->format.media == MEDIA_CSV  ? PG_CSV
                                                                 : PG_JSON_ARRAY;
    if (x->format.explain)
        return plan_lines(x, rows);
    if (x->format.handler)
        return handled(x, rows);
    return pg_json_rows(&x->body, shape, rows, format, &x->rows);
}

void body_end(struct exchange *x)
{
    if (format_is_array(&x->format))
        buf_append_char(&x->body, ']');
}
