/* pg_json: a shape is compiled once a batch into fields that know their encoding and carry their `,"key":` in
 * place; then each field costs one check for room, a copy of the key and one of the value. Only long values
 * leave that path. SPDX-License-Identifier: ISC */
#include "db/pg_json.h"

#include "db/pg_json_value.h"
#include "util/mem.h"

#include <libpq-fe.h>

#define LEAD_MAX 32u              /* keys up to this length, comma included, are copied by two fixed stores */
#define SHORT_VALUE ((size_t)256) /* longer values reserve for themselves */
#define FIELD_ROOM                                                                                           \
    (PG_VALUE_ROOM(SHORT_VALUE) + LEAD_MAX + 16) /* and the braces, commas and null around it */
#define FIELDS_ON_STACK 48u

struct field {
    char lead[LEAD_MAX]; /* what stands before the value, when it fits */
    struct str key;      /* else: this, after `comma` */
    uint16_t column, skip;
    uint8_t lead_n; /* 0: does not fit (or nothing to write, as for END) */
    uint8_t kind;   /* enum row_item_kind */
    uint8_t encoding;
    bool comma;
};

struct encoder {
    const PGresult *res;
    struct field *fields;
    size_t nfields;
    bool one_line;    /* newlines in json columns become blanks */
    bool strip_nulls; /* of the shape */
    struct field on_stack[FIELDS_ON_STACK];
};

/* Where the next byte goes and how far it may; the buffer learns of it by give_back(). */
struct writer {
    struct buf *out;
    char *p, *end;
};

static void take(struct writer *w)
{
    struct buf *b = w->out;
    size_t room = b->cap - b->tail;
    if (b->limit != 0)
        room = MIN(room, b->limit - MIN(b->limit, buf_len(b)));
    w->p = b->data ? b->data + b->tail : NULL;
    w->end = w->p ? w->p + room : NULL;
}

static void give_back(struct writer *w)
{
    if (w->p)
        buf_commit(w->out, w->p);
}

static COLD bool more_room(struct writer *w, size_t n)
{
    give_back(w);
    if (!buf_try_reserve(w->out, n))
        return false;
    take(w);
    return true;
}

ALWAYS_INLINE bool room(struct writer *w, size_t n)
{
    return LIKELY((size_t)(w->end - w->p) >= n) || more_room(w, n);
}

static void compile_field(struct field *f, const struct row_item *item, const PGresult *res, bool first)
{
    f->kind = (uint8_t)item->kind;
    f->column = item->column;
    f->skip = item->skip;
    f->key = item->kind == ROW_END ? STR("") : item->key;
    f->comma = !first;
    f->lead_n = 0;
    if (item->kind == ROW_END)
        return;
    CHECK(item->column < PQnfields(res) && item->key.n >= 3 && item->key.p[item->key.n - 1] == ':');
    if (item->kind == ROW_VALUE)
        f->encoding = (uint8_t)pg_encoding_of(PQftype(res, item->column));
    if (item->key.n < LEAD_MAX) {
        char *p = f->lead;
        if (!first)
            *p++ = ',';
        memcpy(p, item->key.p, item->key.n);
        f->lead_n = (uint8_t)(item->key.n + !first);
    }
}

/* The first member of the row and of each object has no comma. */
static void encoder_init(struct encoder *e, const struct row_item *items, size_t n, const PGresult *res)
{
    e->res = res;
    e->nfields = n;
    e->one_line = e->strip_nulls = false;
    e->fields = n <= FIELDS_ON_STACK ? e->on_stack : mem_alloc(n * sizeof(struct field));
    bool first = true;
    size_t depth = 0;
    for (size_t i = 0; i < n; i++) {
        compile_field(&e->fields[i], &items[i], res, first);
        first = items[i].kind == ROW_OBJECT;
        if (items[i].kind == ROW_OBJECT) {
            CHECK(items[i].skip > 0 && items[i].skip < n - i && items[i + items[i].skip].kind == ROW_END);
            depth++;
        } else if (items[i].kind == ROW_END) {
            CHECK(depth > 0);
            depth--;
        }
    }
    CHECK(depth == 0);
}

static void encoder_deinit(struct encoder *e)
{
    if (e->fields != e->on_stack)
        mem_free(e->fields);
}

static void blank_newlines(char *p, const char *end)
{
    for (; p < end; p++) {
        if (*p == '\n' || *p == '\r')
            *p = ' ';
    }
}

/* Bytes of text go out in pieces; everything else at most doubles, or is a vector. */
static COLD bool long_value(struct writer *w, enum pg_encoding encoding, const char *s, size_t n)
{
    if (encoding == PG_ENC_TEXT) {
        give_back(w);
        bool ok = json_try_escape(w->out, str_make(s, n));
        take(w);
        return ok;
    }
    bool vector = encoding == PG_ENC_INT2VECTOR || encoding == PG_ENC_OIDVECTOR;
    if (!room(w, vector ? PG_VALUE_ROOM(n) : n + 32))
        return false;
    w->p = pg_value_write(w->p, encoding, s, n);
    return true;
}

ALWAYS_INLINE char *put_lead(char *p, const struct field *f)
{
    if (LIKELY(f->lead_n > 0)) {
        memcpy(p, f->lead, LEAD_MAX);
        return p + f->lead_n;
    }
    if (f->comma)
        *p++ = ',';
    memcpy(p, f->key.p, f->key.n);
    return p + f->key.n;
}

ALWAYS_INLINE char *put_null(char *p)
{
    memcpy(p, "null", 4);
    return p + 4;
}

/* Room for everything around the value was asked for; the value is asked for here when it is long. */
ALWAYS_INLINE bool put_value(
    struct writer *w, const struct encoder *e, int row, int column, enum pg_encoding encoding)
{
    size_t n = (size_t)PQgetlength(e->res, row, column);
    const char *s = PQgetvalue(e->res, row, column);
    if (n == 0 && PQgetisnull(e->res, row, column)) {
        w->p = put_null(w->p);
        return true;
    }
    if (UNLIKELY(n > SHORT_VALUE)) {
        if (!long_value(w, encoding, s, n))
            return false;
    } else {
        w->p = pg_value_write(w->p, encoding, s, n);
    }
    if (UNLIKELY(e->one_line && encoding == PG_ENC_JSON))
        blank_newlines(w->p - n, w->p);
    return true;
}

static bool is_null_value(const struct encoder *e, const struct field *f, int row)
{
    if (PQgetisnull(e->res, row, f->column))
        return true;
    return f->encoding == PG_ENC_JSON && PQgetlength(e->res, row, f->column) == 4 &&
           memcmp(PQgetvalue(e->res, row, f->column), "null", 4) == 0;
}

/* A row of a shape with strip_nulls. Which member is an object's first only shows here: it stands behind a
 * brace, and no value ends in one that opens. */
static bool put_stripped_row(struct writer *w, const struct encoder *e, int row)
{
    if (!room(w, 1))
        return false;
    *w->p++ = '{';
    for (size_t i = 0; i < e->nfields; i++) {
        const struct field *f = &e->fields[i];
        if (!room(w, FIELD_ROOM + f->key.n))
            return false;
        if (f->kind == ROW_END) {
            *w->p++ = '}';
        } else if (f->kind == ROW_OBJECT && PQgetisnull(e->res, row, f->column)) {
            i += f->skip;
        } else if (f->kind == ROW_OBJECT || !is_null_value(e, f, row)) {
            if (w->p[-1] != '{')
                *w->p++ = ',';
            memcpy(w->p, f->key.p, f->key.n);
            w->p += f->key.n;
            if (f->kind == ROW_OBJECT)
                *w->p++ = '{';
            else if (!put_value(w, e, row, f->column, (enum pg_encoding)f->encoding))
                return false;
        }
    }
    if (!room(w, 1))
        return false;
    *w->p++ = '}';
    return true;
}

static bool put_row(struct writer *w, const struct encoder *e, int row)
{
    if (UNLIKELY(e->strip_nulls))
        return put_stripped_row(w, e, row);
    if (!room(w, 1))
        return false;
    *w->p++ = '{';
    for (size_t i = 0; i < e->nfields; i++) {
        const struct field *f = &e->fields[i];
        if (!room(w, FIELD_ROOM + f->key.n))
            return false;
        if (f->kind == ROW_END) {
            *w->p++ = '}';
            continue;
        }
        w->p = put_lead(w->p, f);
        if (f->kind == ROW_VALUE) {
            if (!put_value(w, e, row, f->column, (enum pg_encoding)f->encoding))
                return false;
        } else if (PQgetisnull(e->res, row, f->column)) {
            w->p = put_null(w->p);
            i += f->skip;
        } else {
            *w->p++ = '{';
        }
    }
    if (!room(w, 1))
        return false;
    *w->p++ = '}';
    return true;
}

bool pg_json_object(
    struct buf *out, const struct row_item *items, size_t n, const struct db_rows *rows, int row)
{
    struct encoder e;
    encoder_init(&e, items, n, rows->res);
    struct writer w = {.out = out};
    take(&w);
    bool ok = put_row(&w, &e, row);
    give_back(&w);
    encoder_deinit(&e);
    return ok;
}

static bool put_separated(
    struct writer *w, const struct encoder *e, int row, enum pg_json_format format, bool first)
{
    if (format == PG_JSON_ARRAY && !first) {
        if (!room(w, 1))
            return false;
        *w->p++ = ',';
    }
    if (!put_row(w, e, row))
        return false;
    if (format == PG_JSON_LINES) {
        if (!room(w, 1))
            return false;
        *w->p++ = '\n';
    }
    return true;
}

bool pg_json_rows(struct buf *out, const struct row_shape *shape, const struct db_rows *rows,
    enum pg_json_format format, uint64_t *count)
{
    if (shape->ncolumns != (size_t)rows->ncols)
        return false;
    if (format == PG_CSV)
        return pg_csv_rows(out, shape, rows, count);
    struct encoder e;
    encoder_init(&e, shape->items, shape->nitems, rows->res);
    e.one_line = format == PG_JSON_LINES;
    e.strip_nulls = shape->strip_nulls;
    struct writer w = {.out = out};
    take(&w);
    bool ok = room(&w, 1); /* from here on there is memory */
    for (int row = 0; ok && row < rows->nrows; row++) {
        size_t before = (size_t)(w.p - (out->data + out->head));
        ok = put_separated(&w, &e, row, format, *count == 0);
        if (ok) {
            ++*count;
        } else {
            take(&w);
            w.p = out->data + out->head + before;
        }
    }
    give_back(&w);
    encoder_deinit(&e);
    return ok;
}

bool pg_json_value(struct buf *out, const struct db_rows *rows, int row, int col)
{
    struct encoder e = {.res = rows->res, .one_line = false};
    struct writer w = {.out = out};
    take(&w);
    bool ok = room(&w, FIELD_ROOM) && put_value(&w, &e, row, col, pg_encoding_of(PQftype(rows->res, col)));
    give_back(&w);
    return ok;
}
