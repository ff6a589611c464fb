/* pg_csv: the CSV format of pg_json. Fields are appended as they are and quoted in place when they turn out
 * to need it, which is rare. SPDX-License-Identifier: ISC */
#include "db/pg_json.h"
#include "db/pg_json_types.h"

#include <libpq-fe.h>

/* What a field is quoted for: a name, when RFC 4180 section 2 asks for it; a value, when record_out() of
 * PostgreSQL (utils/adt/rowtypes.c) would. */
static const char name_specials[] = "\",\n\r", value_specials[] = "\",\n\r \t\v\f()\\";

/* Puts quotes around the content from `from` on when it holds one of `specials` or nothing (NULL is what is
 * empty without quotes), doubling those inside: from the back, so that nothing is moved twice. */
static bool quote_from(struct buf *out, size_t from, const char *specials)
{
    if (!buf_try_reserve(out, 2))
        return false;
    size_t n = buf_len(out) - from, quotes = 0;
    const char *s = out->data + out->head + from;
    bool needed = n == 0;
    for (size_t i = 0; i < n; i++) {
        quotes += s[i] == '"';
        needed = needed || (s[i] != '\0' && strchr(specials, s[i]));
    }
    if (!needed)
        return true;
    if (!buf_try_reserve(out, quotes + 2))
        return false;
    char *field = out->data + out->head + from, *end = field + n + quotes + 2, *p = end;
    *--p = '"';
    for (size_t i = n; i > 0; i--) {
        *--p = field[i - 1];
        if (*p == '"')
            *--p = '"';
    }
    *--p = '"';
    CHECK(p == field);
    buf_commit(out, end);
    return true;
}

/* One character of a key, which is a JSON string of ours: json_escape's forms only. */
static char unescape(const char **at)
{
    const char *s = *at;
    if (s[0] != '\\') {
        *at = s + 1;
        return s[0];
    }
    *at = s + 2;
    switch (s[1]) {
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    case 'u': *at = s + 6; return (char)((s[4] - '0') * 16 + (s[5] <= '9' ? s[5] - '0' : s[5] - 'a' + 10));
    default: return s[1];
    }
}

/* The name within `"name":`. */
static bool put_name(struct buf *out, struct str key)
{
    CHECK(key.n >= 3 && key.p[0] == '"' && key.p[key.n - 2] == '"');
    size_t from = buf_len(out);
    char *p = buf_try_reserve(out, key.n);
    if (!p)
        return false;
    for (const char *at = key.p + 1; at < key.p + key.n - 2;)
        *p++ = unescape(&at);
    buf_commit(out, p);
    return quote_from(out, from, name_specials);
}

/* The index of the next outer member. */
static size_t next_member(const struct row_shape *shape, size_t i)
{
    return i + 1 + (shape->items[i].kind == ROW_OBJECT ? shape->items[i].skip : 0);
}

bool pg_csv_header(struct buf *out, const struct row_shape *shape)
{
    for (size_t i = 0; i < shape->nitems; i = next_member(shape, i)) {
        if ((i > 0 && !buf_try_append(out, STR(","))) || !put_name(out, shape->items[i].key))
            return false;
    }
    return buf_try_append(out, STR("\n"));
}

static bool put_member(struct buf *out, const struct row_item *item, const struct db_rows *rows, int row)
{
    size_t from = buf_len(out);
    if (PQgetisnull(rows->res, row, item->column))
        return true;
    if (item->kind == ROW_OBJECT)
        return pg_json_object(out, item + 1, item->skip - 1u, rows, row) &&
               quote_from(out, from, value_specials);
    struct str text = {
        PQgetvalue(rows->res, row, item->column), (size_t)PQgetlength(rows->res, row, item->column)};
    return buf_try_append(out, text) && quote_from(out, from, value_specials);
}

static bool put_line(
    struct buf *out, const struct row_shape *shape, const struct db_rows *rows, int row, bool first)
{
    if (!first && !buf_try_append(out, STR("\n")))
        return false;
    for (size_t i = 0; i < shape->nitems; i = next_member(shape, i)) {
        if ((i > 0 && !buf_try_append(out, STR(","))) || !put_member(out, &shape->items[i], rows, row))
            return false;
    }
    return true;
}

bool pg_csv_rows(struct buf *out, const struct row_shape *shape, const struct db_rows *rows, uint64_t *count)
{
    for (int row = 0; row < rows->nrows; row++) {
        size_t before = buf_len(out);
        if (!put_line(out, shape, rows, row, *count == 0)) {
            out->tail = out->head + before;
            return false;
        }
        ++*count;
    }
    return true;
}
