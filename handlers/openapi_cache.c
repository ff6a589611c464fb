/* openapi_cache: a short list in the order of use. SPDX-License-Identifier: ISC */
#include "handlers/openapi_cache.h"

#include "util/arena.h"
#include "util/list.h"
#include "util/mem.h"

#include <stdatomic.h>
#include <stdio.h>
#include <uv.h>

struct openapi_doc {
    struct list link; /* the latest used first */
    atomic_uint refs; /* one is the cache's own, while it is on the list */
    struct openapi_key key;
    struct arena names; /* of the key */
    struct blob *text;
    char etag[OPENAPI_ETAG_MAX];
};

struct openapi_cache {
    uv_mutex_t lock;
    struct list docs;
    size_t bytes, max_bytes;
};

struct openapi_cache *openapi_cache_create(size_t max_bytes)
{
    struct openapi_cache *c = MEM_NEW(struct openapi_cache);
    CHECK(uv_mutex_init(&c->lock) == 0);
    list_init(&c->docs);
    c->max_bytes = max_bytes;
    return c;
}

static size_t weight(const struct openapi_doc *doc)
{
    return sizeof *doc + doc->names.bytes + blob_size(doc->text);
}

static void drop(struct openapi_cache *c, struct openapi_doc *doc)
{
    list_remove(&doc->link);
    c->bytes -= weight(doc);
    openapi_doc_unref(doc);
}

void openapi_cache_free(struct openapi_cache **cp)
{
    struct openapi_cache *c = *cp;
    *cp = NULL;
    LIST_FOREACH(it, &c->docs)
    drop(c, LIST_ENTRY(it, struct openapi_doc, link));
    CHECK(c->bytes == 0);
    uv_mutex_destroy(&c->lock);
    mem_free(c);
}

void openapi_doc_unref(struct openapi_doc *doc)
{
    unsigned before = atomic_fetch_sub_explicit(&doc->refs, 1, memory_order_acq_rel);
    CHECK(before > 0);
    if (before > 1)
        return;
    blob_unref(&doc->text);
    arena_release(&doc->names);
    mem_free(doc);
}

struct openapi_doc *openapi_doc_ref(struct openapi_doc *doc)
{
    CHECK(atomic_fetch_add_explicit(&doc->refs, 1, memory_order_relaxed) > 0);
    return doc;
}

struct blob *openapi_doc_text(const struct openapi_doc *doc)
{
    return doc->text;
}

struct str openapi_doc_etag(const struct openapi_doc *doc)
{
    return str_cstr(doc->etag);
}

bool openapi_key_eq(const struct openapi_key *a, const struct openapi_key *b)
{
    return a->catalog == b->catalog && a->version == b->version && str_eq(a->role, b->role) &&
           str_eq(a->schema, b->schema) && str_eq(a->options, b->options);
}

/* With the lock held. */
static struct openapi_doc *find(struct openapi_cache *c, const struct openapi_key *key)
{
    LIST_FOREACH(it, &c->docs)
    {
        struct openapi_doc *doc = LIST_ENTRY(it, struct openapi_doc, link);
        if (!openapi_key_eq(&doc->key, key))
            continue;
        list_remove(&doc->link);
        list_prepend(&c->docs, &doc->link);
        return openapi_doc_ref(doc);
    }
    return NULL;
}

struct openapi_doc *openapi_cache_get(struct openapi_cache *c, const struct openapi_key *key)
{
    uv_mutex_lock(&c->lock);
    struct openapi_doc *doc = find(c, key);
    uv_mutex_unlock(&c->lock);
    return doc;
}

/* FNV-1a (Fowler, Noll, Vo), 64 bits: nobody gains by two documents with the same one. */
static uint64_t fingerprint(struct str s)
{
    uint64_t h = 0xcbf29ce484222325u;
    for (size_t i = 0; i < s.n; i++)
        h = (h ^ (unsigned char)s.p[i]) * 0x100000001b3u;
    return h;
}

static struct openapi_doc *make(const struct openapi_key *key, struct buf *text)
{
    struct openapi_doc *doc = MEM_NEW(struct openapi_doc);
    arena_init(&doc->names, 0);
    doc->key = (struct openapi_key){.catalog = key->catalog,
        .version = key->version,
        .schema = arena_str(&doc->names, key->schema),
        .role = arena_str(&doc->names, key->role),
        .options = arena_str(&doc->names, key->options)};
    doc->text = blob_of(text);
    snprintf(
        doc->etag, sizeof doc->etag, "\"%016llx\"", (unsigned long long)fingerprint(blob_str(doc->text)));
    atomic_init(&doc->refs, 2);
    return doc;
}

/* With the lock held: what describes an older catalog, and what is too much. */
static void make_room(struct openapi_cache *c, uint64_t catalog)
{
    LIST_FOREACH(it, &c->docs)
    {
        struct openapi_doc *doc = LIST_ENTRY(it, struct openapi_doc, link);
        if (doc->key.catalog < catalog)
            drop(c, doc);
    }
    while (c->bytes > c->max_bytes && c->docs.next != c->docs.prev)
        drop(c, LIST_ENTRY(c->docs.prev, struct openapi_doc, link));
}

struct openapi_doc *openapi_cache_put(
    struct openapi_cache *c, const struct openapi_key *key, struct buf *text)
{
    struct openapi_doc *doc = make(key, text);
    uv_mutex_lock(&c->lock);
    struct openapi_doc *other = find(c, key);
    if (other) { /* another worker was faster */
        list_init(&doc->link);
        openapi_doc_unref(doc);
        openapi_doc_unref(doc);
        doc = other;
    } else {
        list_prepend(&c->docs, &doc->link);
        c->bytes += weight(doc);
        make_room(c, key->catalog);
    }
    uv_mutex_unlock(&c->lock);
    return doc;
}
