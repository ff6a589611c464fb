/* payload_csv: fields to JSON strings. SPDX-License-Identifier: ISC */
#include "query/payload_csv.h"

#include "query/payload.h"
#include "util/json_escape.h"
#include "util/uri.h"
#include "util/utf8.h"

struct csv {
    struct arena *arena;
    struct str text;
    size_t at;
    const char *error;
};

/* From behind the opening quote to behind the closing one; "" is a quote. */
static bool quoted_field(struct csv *c, struct str *field)
{
    size_t start = c->at;
    char *copy = NULL, *p = NULL;
    for (; c->at < c->text.n; c->at++) {
        char ch = c->text.p[c->at];
        if (ch == '"' && (c->at + 1 == c->text.n || c->text.p[c->at + 1] != '"'))
            break;
        if (ch == '"' && !copy) {
            size_t end = c->at;
            while (end + 1 < c->text.n && (c->text.p[end] != '"' || c->text.p[end + 1] == '"'))
                end += c->text.p[end] == '"' ? 2 : 1;
            copy = arena_alloc(c->arena, MIN(end, c->text.n) - start + 1);
            memcpy(copy, c->text.p + start, c->at - start);
            p = copy + (c->at - start);
        }
        c->at += ch == '"';
        if (copy)
            *p++ = ch;
    }
    if (c->at >= c->text.n) {
        c->error = "a quoted field without its end";
        return false;
    }
    *field = copy ? str_make(copy, (size_t)(p - copy)) : str_sub(c->text, start, c->at);
    c->at++;
    return true;
}

static bool at_line_end(const struct csv *c)
{
    char ch = c->at < c->text.n ? c->text.p[c->at] : '\n';
    return ch == '\n' || (ch == '\r' && c->at + 1 < c->text.n && c->text.p[c->at + 1] == '\n');
}

/* *null: the bare word. */
static bool take_field(struct csv *c, struct str *field, bool *null)
{
    size_t start = c->at;
    *null = false;
    if (c->at < c->text.n && c->text.p[c->at] == '"') {
        c->at++;
        if (!quoted_field(c, field))
            return false;
        if (!at_line_end(c) && c->text.p[c->at] != ',') {
            c->error = "text behind a closing quote";
            return false;
        }
        return true;
    }
    while (!at_line_end(c) && c->text.p[c->at] != ',')
        c->at++;
    *field = str_sub(c->text, start, c->at);
    *null = str_eq(*field, STR("NULL"));
    return true;
}

static bool take_comma(struct csv *c)
{
    bool comma = c->at < c->text.n && c->text.p[c->at] == ',';
    c->at += comma;
    return comma;
}

static void take_line_end(struct csv *c)
{
    c->at += c->at < c->text.n && c->text.p[c->at] == '\r';
    c->at += c->at < c->text.n;
}

struct names {
    struct str *list; /* as JSON: `"name":` */
    size_t n, room;
};

static void add_name(struct csv *c, struct names *names, struct str name)
{
    if (names->n == names->room) {
        struct str *list = ARENA_NEW_ARRAY(c->arena, struct str, 2 * names->room + 16);
        if (names->n)
            memcpy(list, names->list, names->n * sizeof *list);
        names->list = list;
        names->room = 2 * names->room + 16;
    }
    struct buf json;
    buf_init(&json, 0);
    json_escape(&json, name);
    buf_append_char(&json, ':');
    names->list[names->n++] = arena_str(c->arena, buf_str(&json));
    buf_release(&json);
}

static bool read_header(struct csv *c, struct names *names)
{
    struct str field;
    bool null;
    do {
        if (names->n == PAYLOAD_KEYS_MAX)
            c->error = PAYLOAD_MANY_KEYS;
        if (c->error || !take_field(c, &field, &null))
            return false;
        add_name(c, names, field);
    } while (take_comma(c));
    take_line_end(c);
    return true;
}

static bool put(struct csv *c, struct buf *out, struct str text)
{
    if (!buf_try_append(out, text))
        c->error = "rows that repeat too much of the header";
    return !c->error;
}

static bool read_row(struct csv *c, const struct names *names, struct buf *out)
{
    struct str field;
    bool null;
    for (size_t i = 0; i < names->n; i++) {
        if (!take_field(c, &field, &null) || !put(c, out, i ? STR(",") : STR("{")) ||
            !put(c, out, names->list[i]))
            return false;
        bool ok = null ? buf_try_append(out, STR("null")) : json_try_escape(out, field);
        if (!ok)
            return put(c, out, field);
        if (take_comma(c) != (i + 1 < names->n)) {
            c->error = PAYLOAD_CSV_FIELDS;
            return false;
        }
    }
    take_line_end(c);
    return put(c, out, STR("}"));
}

static const char *bad_text(struct str body)
{
    if (!utf8_valid(body))
        return "bytes that are not UTF-8";
    return str_find(body, '\0') < body.n ? "a NUL byte" : NULL;
}

const char *payload_csv(struct arena *a, uint64_t max_rows, struct str body, struct buf *out)
{
    uint64_t n = 0;
    struct csv c = {.arena = a, .text = body, .error = bad_text(body)};
    struct names names = {NULL, 0, 0};
    if (!c.error && body.n == 0)
        c.error = "no header row";
    if (c.error || !read_header(&c, &names) || !put(&c, out, STR("[")))
        return c.error;
    for (bool first = true; c.at < body.n; first = false) {
        if (max_rows && n++ == max_rows)
            return PAYLOAD_CSV_ROWS;
        if ((!first && !put(&c, out, STR(","))) || !read_row(&c, &names, out))
            return c.error ? c.error : "rows that are too long";
    }
    return put(&c, out, STR("]")) ? NULL : c.error;
}

const char *payload_form(struct arena *a, struct str body, struct buf *out)
{
    struct uri_param param;
    bool first = true;
    unsigned n = 0;
    buf_append_char(out, '{');
    while (uri_query_next(&body, &param)) {
        enum uri_error e = uri_param_decode(a, &param);
        if (e != URI_OK)
            return uri_error_text(e);
        if (n++ == PAYLOAD_KEYS_MAX)
            return PAYLOAD_MANY_KEYS;
        if (!first)
            buf_append_char(out, ',');
        first = false;
        json_escape(out, param.key);
        buf_append_char(out, ':');
        json_escape(out, param.value);
    }
    buf_append_char(out, '}');
    return NULL;
}
