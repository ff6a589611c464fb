/* payload_lines: two passes, one to the member, one over its lines. SPDX-License-Identifier: ISC */
#include "query/payload_lines.h"

#include "util/buf.h"
#include "util/json_scan.h"

struct sorter {
    struct arena *arena;
    const struct payload_lines_options *options;
    struct json_scan scan;
    bool *seen; /* one for each of the key's names */
    struct buf named, fresh;
};

static struct str key_of(struct arena *a, const struct json_scan *s)
{
    struct str key = s->value;
    if (s->escaped && !json_scan_unescape(a, s->value, &key))
        return s->value;
    return key;
}

/* The scanner stands before the member's value; the body is known to have it. */
static void seek_member(struct arena *a, struct json_scan *s, struct str member)
{
    CHECK(json_scan_next(s) == JSON_OBJECT);
    while (json_scan_next(s) == JSON_KEY) {
        if (str_eq(key_of(a, s), member))
            return;
        CHECK(json_scan_skip(s, json_scan_next(s)));
    }
    UNREACHABLE();
}

static void note_member(struct sorter *st, struct str key, enum json_token value)
{
    for (size_t i = 0; i < st->options->nkey; i++)
        st->seen[i] |= value != JSON_NULL && str_eq(st->options->key[i], key);
}

static bool names_key(const struct sorter *st)
{
    for (size_t i = 0; i < st->options->nkey; i++) {
        if (!st->seen[i])
            return false;
    }
    return st->options->nkey > 0;
}

/* Behind the opening brace of a line. */
static void sort_line(struct sorter *st)
{
    size_t start = st->scan.at - 1;
    for (size_t i = 0; i < st->options->nkey; i++)
        st->seen[i] = false;
    while (json_scan_next(&st->scan) == JSON_KEY) {
        struct str key = key_of(st->arena, &st->scan);
        enum json_token value = json_scan_next(&st->scan);
        note_member(st, key, value);
        CHECK(json_scan_skip(&st->scan, value));
    }
    struct buf *lot = names_key(st) ? &st->named : &st->fresh;
    buf_append_char(lot, buf_len(lot) ? ',' : '[');
    buf_append(lot, str_sub(st->scan.text, start, st->scan.at));
}

static enum payload_lines_verdict sort_lines(struct sorter *st, struct payload_lines *out)
{
    enum json_token t;
    if (json_scan_next(&st->scan) != JSON_ARRAY)
        return PAYLOAD_LINES_NO_ARRAY;
    while ((t = json_scan_next(&st->scan)) == JSON_OBJECT) {
        if (out->n == st->options->max)
            return PAYLOAD_LINES_TOO_MANY;
        out->n++;
        sort_line(st);
    }
    return t == JSON_CLOSE ? PAYLOAD_LINES_OK : PAYLOAD_LINES_NO_ARRAY;
}

static bool read_lot(
    struct sorter *st, struct buf *lot, bool differ, struct payload *out, struct query_error *error)
{
    struct payload_options options = {
        .max_depth = JSON_SCAN_DEPTH, .records = true, .keys = true, .differ = differ};
    if (buf_len(lot) == 0)
        return true;
    buf_append_char(lot, ']');
    return payload_read(st->arena, &options, buf_str(lot), out, error);
}

enum payload_lines_verdict payload_lines_read(struct arena *a, const struct payload *body, struct str member,
    const struct payload_lines_options *options, struct payload_lines *out, struct query_error *error)
{
    struct sorter st = {.arena = a, .options = options};
    *out = (struct payload_lines){.n = 0};
    st.seen = ARENA_NEW_ARRAY(a, bool, options->nkey + 1);
    buf_init(&st.named, 0);
    buf_init(&st.fresh, 0);
    json_scan_init(&st.scan, str_cstr(body->json), JSON_SCAN_DEPTH);
    seek_member(a, &st.scan, member);
    enum payload_lines_verdict verdict = sort_lines(&st, out);
    if (verdict == PAYLOAD_LINES_OK && !(read_lot(&st, &st.named, false, &out->named, error) &&
                                           read_lot(&st, &st.fresh, options->differ, &out->fresh, error)))
        verdict = PAYLOAD_LINES_BAD;
    buf_release(&st.named);
    buf_release(&st.fresh);
    return verdict;
}
