/* canonical: split, sort, escape; cut at the marks. SPDX-License-Identifier: ISC */
#include "query/canonical.h"

#include "util/uri.h"

#include <stdlib.h>

struct param {
    struct str key, value;
    size_t at;
};

static int by_key(const void *pa, const void *pb)
{
    const struct param *a = pa, *b = pb;
    int order = memcmp(a->key.p, b->key.p, MIN(a->key.n, b->key.n));
    if (order == 0 && a->key.n != b->key.n)
        order = a->key.n < b->key.n ? -1 : 1;
    return order ? order : a->at < b->at ? -1 : 1;
}

static size_t split(struct arena *a, struct str query, struct param **params)
{
    size_t n = 1, found = 0;
    for (size_t i = 0; i < query.n; i++)
        n += query.p[i] == '&';
    *params = ARENA_NEW_ARRAY(a, struct param, n);
    for (struct uri_param p; uri_query_next(&query, &p); found++) {
        (void)!uri_param_decode(a, &p);
        struct str none = STR("");
        (*params)[found] = (struct param){p.key.n ? p.key : none, p.value.n ? p.value : none, found};
    }
    return found;
}

static struct str write(struct arena *a, const struct param *params, size_t n)
{
    struct buf text;
    buf_init(&text, 0);
    for (size_t i = 0; i < n; i++) {
        if (i)
            buf_append_char(&text, '&');
        uri_encode(&text, params[i].key);
        buf_append_char(&text, '=');
        uri_encode(&text, params[i].value);
    }
    struct str result = arena_str(a, buf_str(&text));
    buf_release(&text);
    return result;
}

/* Marks look here as they do in the shape: uri_encode() leaves what they are made of as it is. */
static void cut(const struct shape_marks *m, struct str text, size_t nvalues, struct query_canonical *out)
{
    size_t at;
    out->nmarks = 0;
    while (out->nmarks < nvalues && query_shape_find(m, nvalues, text, &at, &out->marks[out->nmarks])) {
        out->pieces[out->nmarks++] = str_sub(text, 0, at);
        text = str_sub(text, at + SHAPE_MARK_BYTES, text.n);
    }
    out->pieces[out->nmarks] = text;
}

void query_canonical_make(struct arena *a, const struct shape_marks *m, struct str query, size_t nvalues,
    struct query_canonical *out)
{
    struct param *params;
    size_t n = split(a, query, &params);
    if (n > 1)
        qsort(params, n, sizeof *params, by_key);
    cut(m, write(a, params, n), nvalues, out);
}

static char *put(char *p, struct str s)
{
    memcpy(p, s.p, s.n);
    return p + s.n;
}

struct str query_canonical_fill(struct arena *a, const struct query_canonical *c, const char *const *values)
{
    struct str decoded[SHAPE_VALUES_MAX];
    size_t room = c->pieces[c->nmarks].n;
    if (c->nmarks == 0)
        return c->pieces[0];
    for (size_t i = 0; i < c->nmarks; i++) {
        decoded[i] = str_cstr(values[c->marks[i]]);
        room += c->pieces[i].n + 3 * decoded[i].n;
    }
    char *text = arena_alloc(a, room), *p = text;
    for (size_t i = 0; i < c->nmarks; i++)
        p = uri_encode_at(put(p, c->pieces[i]), decoded[i]);
    p = put(p, c->pieces[c->nmarks]);
    return str_make(text, (size_t)(p - text));
}
