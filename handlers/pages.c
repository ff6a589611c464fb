/* pages: tokens and links. SPDX-License-Identifier: ISC */
#include "handlers/pages.h"

#include "handlers/errors.h"
#include "query/seek.h"
#include "server/response.h"
#include "util/base64.h"
#include "util/map.h"

#include <inttypes.h>

#define VERSION 1
#define HEAD_BYTES 17u  /* signature, version, position */
#define VALUES_MAX 1024 /* longer ones would make URLs that not everybody takes */
#define LINK_MAX 8000

/* Tokens */

static void put_number(char *p, uint64_t n)
{
    for (unsigned i = 0; i < 8; i++)
        p[i] = (char)(n >> (8 * i));
}

static uint64_t number_at(const char *p)
{
    uint64_t n = 0;
    for (unsigned i = 0; i < 8; i++)
        n |= (uint64_t)(unsigned char)p[i] << (8 * i);
    return n;
}

/* With lengths, since a name may hold whatever stands between two. */
struct str page_token_purpose(struct arena *a, struct str schema, struct str relation, struct str order)
{
    char *start = arena_alloc(a, 2 * sizeof(uint64_t) + schema.n + relation.n + order.n), *p = start;
    const struct str parts[] = {schema, relation, order};
    put_number(p, schema.n);
    put_number(p + 8, relation.n);
    p += 16;
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        if (parts[i].n)
            memcpy(p, parts[i].p, parts[i].n);
        p += parts[i].n;
    }
    return str_make(start, (size_t)(p - start));
}

/* Over the purpose behind its length, and all of the token behind the signature. */
static uint64_t sign(struct arena *a, const uint64_t key[2], struct str purpose, struct str rest)
{
    char *p = arena_alloc(a, 8 + purpose.n + rest.n);
    put_number(p, purpose.n);
    memcpy(p + 8, purpose.p, purpose.n);
    memcpy(p + 8 + purpose.n, rest.p, rest.n);
    return hash_keyed(key, str_make(p, 8 + purpose.n + rest.n));
}

struct str page_token_make(
    struct arena *a, const uint64_t key[2], struct str purpose, struct str values, uint64_t position)
{
    size_t n = HEAD_BYTES + values.n;
    char *bytes = arena_alloc(a, n), *text = arena_alloc(a, BASE64_ENCODE_ROOM(n) + 1);
    bytes[8] = VERSION;
    put_number(bytes + 9, position);
    if (values.n)
        memcpy(bytes + HEAD_BYTES, values.p, values.n);
    put_number(bytes, sign(a, key, purpose, str_make(bytes + 8, n - 8)));
    return str_make(text, (size_t)(base64_encode(text, bytes, n, BASE64_URL) - text));
}

bool page_token_open(
    struct arena *a, const uint64_t key[2], struct str purpose, struct str token, struct read_seek *seek)
{
    size_t n;
    if (token.n > BASE64_ENCODE_ROOM(HEAD_BYTES + VALUES_MAX))
        return false;
    char *bytes = arena_alloc(a, BASE64_DECODE_ROOM(token.n) + 1);
    if (!base64_decode((uint8_t *)bytes, &n, token, BASE64_URL) || n < HEAD_BYTES || bytes[8] != VERSION ||
        number_at(bytes) != sign(a, key, purpose, str_make(bytes + 8, n - 8)))
        return false;
    seek->there = true;
    seek->position = number_at(bytes + 9);
    seek->values = str_make(bytes + HEAD_BYTES, n - HEAD_BYTES);
    return seek->position <= INT64_MAX;
}

/* Parameters, as they stand in the query */

static bool is_param(struct str pair, struct str name)
{
    return str_starts(pair, name) && pair.n > name.n && pair.p[name.n] == '=';
}

static struct str value_of(struct str pair)
{
    size_t eq = str_find(pair, '=');
    return str_sub(pair, eq + 1, pair.n);
}

/* after=eq.5 is a filter on a column of that name; a token has no dot. */
static bool is_token(struct str pair)
{
    return (is_param(pair, STR("after")) || is_param(pair, STR("before"))) &&
           str_find(value_of(pair), '.') == value_of(pair).n;
}

/* What a token is for: the list that it is a place in. */
static struct str purpose(struct exchange *x)
{
    struct str rest = x->req->query, pair, order = {NULL, 0};
    while (str_split(&rest, '&', &pair)) {
        if (is_param(pair, STR("order")))
            order = value_of(pair);
    }
    return page_token_purpose(&x->req->arena, x->schema, x->relation, order);
}

static bool refuse(struct exchange *x)
{
    struct error_detail d = {.message = STR("The page token is none of ours"),
        .details = STR("after= and before= take what a Link header has given, for the same table and order="),
        .hint = STR("Begin again without the token.")};
    error_send(x->req, ERR_PARSE, &d);
    return false;
}

bool pages_read(struct exchange *x, struct read_request *r)
{
    struct str rest = r->query, pair;
    if (!rest.p || (!memmem(rest.p, rest.n, "after=", 6) && !memmem(rest.p, rest.n, "before=", 7)))
        return true;
    while (str_split(&rest, '&', &pair)) {
        if (!is_token(pair))
            continue;
        if (r->seek.there ||
            !page_token_open(&x->req->arena, x->settings->page_key, purpose(x), value_of(pair), &r->seek))
            return refuse(x);
        r->seek.backwards = pair.p[0] == 'b';
    }
    return true;
}

/* Links */

/* `key` and the token of a row; empty: its values are too long. */
static struct str token_param(
    struct exchange *x, const char *key, const struct db_rows *rows, int row, uint64_t position)
{
    const struct read_plan *plan = x->plan.read;
    struct str param = {NULL, 0};
    struct buf values;
    buf_init(&values, 0);
    seek_put(&values, plan->seek_order.p, plan->seek_order.n);
    for (size_t i = 0; i < plan->nkeys; i++) {
        size_t n = 0;
        const char *text = db_rows_value(rows, row, plan->keys[i], &n);
        if (n > VALUES_MAX)
            goto out;
        seek_put(&values, text, n);
    }
    if (buf_len(&values) <= VALUES_MAX) {
        struct str token =
            page_token_make(&x->req->arena, x->settings->page_key, purpose(x), buf_str(&values), position);
        param = arena_printf(&x->req->arena, "%s=%.*s", key, STR_ARG(token));
    }
out:
    buf_release(&values);
    return param;
}

/* Lists that cannot be sought in. The offset must be one that the next request may name. */
static void note_offsets(struct exchange *x, uint64_t nrows)
{
    const struct read_plan *plan = x->plan.read;
    uint64_t next = plan->offset + nrows, max = x->settings->limits.max_offset;
    if (nrows >= plan->limit && next <= INT64_MAX && (max == 0 || next <= max))
        x->next = arena_printf(&x->req->arena, "offset=%" PRIu64, next);
    if (plan->offset > 0)
        x->prev =
            arena_printf(&x->req->arena, "offset=%" PRIu64, plan->offset - MIN(plan->offset, plan->limit));
}

/* Of a page that ends before a known row, even one that is not full has a next one; where it ends is known
 * when its last row is, which is the last of any batch until then. */
void pages_note(struct exchange *x, const struct db_rows *rows, uint64_t first)
{
    const struct read_plan *plan = x->plan.read;
    uint64_t end = first + (uint64_t)rows->nrows;
    if (rows->nrows == 0 || plan->by_key || x->format.media != MEDIA_JSON || x->read_form)
        return;
    if (plan->nkeys == 0) {
        note_offsets(x, end);
        return;
    }
    if (end >= plan->limit || plan->backwards)
        x->next = token_param(x, "after", rows, rows->nrows - 1, plan->offset + end);
    if (first == 0 && plan->offset > 0)
        x->prev = token_param(x, "before", rows, 0, plan->offset);
}

void pages_forget(struct exchange *x)
{
    x->next = x->prev = (struct str){NULL, 0};
}

/* The query without what says where the page is. */
static void put_link(struct exchange *x, struct buf *out, struct str param, const char *rel)
{
    struct str rest = x->req->query, pair;
    if (param.n == 0)
        return;
    buf_append(out, buf_len(out) ? STR(", <") : STR("<"));
    buf_append(out, x->req->path);
    buf_append_char(out, '?');
    while (str_split(&rest, '&', &pair)) {
        if (pair.n == 0 || is_token(pair) || is_param(pair, STR("offset")))
            continue;
        buf_append(out, pair);
        buf_append_char(out, '&');
    }
    buf_printf(out, "%.*s>; rel=\"%s\"", STR_ARG(param), rel);
}

/* What would end the URL in the middle; clients encode these. */
static bool has_marks(struct str query)
{
    for (size_t i = 0; i < query.n; i++) {
        if (query.p[i] == '<' || query.p[i] == '>')
            return true;
    }
    return false;
}

void pages_link(struct exchange *x)
{
    struct buf text;
    if (x->plan.read->backwards && x->rows < x->plan.read->limit)
        x->prev = (struct str){NULL, 0}; /* it begins where the list does */
    if ((x->next.n == 0 && x->prev.n == 0) || has_marks(x->req->query) ||
        request_header(x->req, STR("Range")).p)
        return;
    buf_init(&text, 0);
    put_link(x, &text, x->next, "next");
    put_link(x, &text, x->prev, "prev");
    if (buf_len(&text) <= LINK_MAX)
        response_header(x->req, STR("Link"), buf_str(&text));
    buf_release(&text);
}
