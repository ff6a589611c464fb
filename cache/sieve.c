/* sieve: the queue, its hand and a chained index, all intrusive in the entries.
 *
 *     newest <- ... <- hand <- ... <- oldest     the hand walks from oldest to newest and starts again
 *
 * The ring `queue` has the newest entry first. hand == NULL: start at the oldest. SPDX-License-Identifier:
 * ISC */
#include "cache/sieve.h"

#include "util/check.h"
#include "util/list.h"
#include "util/map.h"
#include "util/mem.h"

#define SIEVE_MAGIC 0x51e7e000u
#define ENTRY_MAGIC 0x51e7e001u
#define MIN_BUCKETS ((size_t)64)

struct sieve_entry {
    unsigned magic;
    uint32_t refs; /* those of callers, and one of the cache while it holds the entry */
    bool visited, cached;
    uint64_t hash;
    struct sieve_entry *chain; /* next in the bucket */
    struct list link;          /* in the queue */
    void *value;
    void (*destroy)(void *value);
    size_t cost;
    size_t key_n;
    char key[];
};

_Static_assert(
    sizeof(struct sieve_entry) + sizeof(void *) + 16 <= SIEVE_OVERHEAD, "the budget must be honest");

struct sieve {
    unsigned magic;
    struct sieve_options options;
    struct sieve_entry **buckets;
    size_t nbuckets; /* a power of two */
    struct list queue;
    struct sieve_entry *hand;
    struct sieve_stats stats;
};

struct sieve *sieve_create(const struct sieve_options *options)
{
    struct sieve *s = MEM_NEW(struct sieve);
    s->magic = SIEVE_MAGIC;
    s->options = *options;
    if (s->options.max_entry_bytes == 0)
        s->options.max_entry_bytes = s->options.max_bytes / 8;
    s->options.max_entry_bytes = MIN(s->options.max_entry_bytes, s->options.max_bytes);
    s->nbuckets = MIN_BUCKETS;
    s->buckets = MEM_NEW_ARRAY(struct sieve_entry *, s->nbuckets);
    list_init(&s->queue);
    return s;
}

void sieve_free(struct sieve **ps)
{
    struct sieve *s = *ps;
    if (!s)
        return;
    CHECK_OBJ(s, SIEVE_MAGIC);
    sieve_clear(s);
    mem_free(s->buckets);
    s->magic = 0;
    mem_free(s);
    *ps = NULL;
}

static struct sieve_entry *entry_create(const struct sieve *s, struct str key, void *value)
{
    struct sieve_entry *e = mem_alloc(sizeof *e + key.n);
    *e = (struct sieve_entry){.magic = ENTRY_MAGIC,
        .refs = 1,
        .hash = hash_bytes(key),
        .value = value,
        .destroy = s->options.destroy,
        .key_n = key.n};
    list_init(&e->link);
    if (key.n > 0)
        memcpy(e->key, key.p, key.n);
    return e;
}

static struct sieve_entry **bucket_of(const struct sieve *s, uint64_t hash)
{
    return &s->buckets[hash & (s->nbuckets - 1)];
}

static struct sieve_entry *find(const struct sieve *s, struct str key)
{
    uint64_t hash = hash_bytes(key);
    struct sieve_entry *e = *bucket_of(s, hash);
    while (e && !(e->hash == hash && str_eq(sieve_key(e), key)))
        e = e->chain;
    return e;
}

static void index_add(struct sieve *s, struct sieve_entry *e)
{
    struct sieve_entry **bucket = bucket_of(s, e->hash);
    e->chain = *bucket;
    *bucket = e;
}

static void index_remove(struct sieve *s, struct sieve_entry *e)
{
    struct sieve_entry **at = bucket_of(s, e->hash);
    while (*at != e) {
        CHECK(*at != NULL);
        at = &(*at)->chain;
    }
    *at = e->chain;
    e->chain = NULL;
}

/* Twice the buckets once there are more entries than buckets. */
static void index_grow(struct sieve *s)
{
    struct sieve_entry **old = s->buckets;
    size_t nold = s->nbuckets;
    s->nbuckets = nold * 2;
    s->buckets = MEM_NEW_ARRAY(struct sieve_entry *, s->nbuckets);
    for (size_t i = 0; i < nold; i++) {
        for (struct sieve_entry *e = old[i], *next; e; e = next) {
            next = e->chain;
            index_add(s, e);
        }
    }
    mem_free(old);
}

/* The next newer entry, or NULL behind the newest. */
static struct sieve_entry *newer(const struct sieve *s, const struct sieve_entry *e)
{
    return e->link.prev == &s->queue ? NULL : LIST_ENTRY(e->link.prev, struct sieve_entry, link);
}

static struct sieve_entry *oldest(const struct sieve *s)
{
    CHECK(!list_empty(&s->queue));
    return LIST_ENTRY(s->queue.prev, struct sieve_entry, link);
}

/* The cache lets go of e. */
static void detach(struct sieve *s, struct sieve_entry *e)
{
    CHECK_OBJ(e, ENTRY_MAGIC);
    CHECK(e->cached && s->stats.entries > 0 && s->stats.bytes >= e->cost);
    if (s->hand == e)
        s->hand = newer(s, e);
    index_remove(s, e);
    list_remove(&e->link);
    e->cached = false;
    s->stats.entries--;
    s->stats.bytes -= e->cost;
    sieve_unref(e);
}

static void evict_one(struct sieve *s)
{
    struct sieve_entry *e = s->hand ? s->hand : oldest(s);
    while (e->visited) {
        e->visited = false;
        e = newer(s, e);
        if (!e)
            e = oldest(s);
    }
    s->hand = e;
    s->stats.evictions++;
    detach(s, e);
}

static bool has_room(const struct sieve *s, size_t cost)
{
    return s->stats.bytes + cost <= s->options.max_bytes &&
           (s->options.max_entries == 0 || s->stats.entries < s->options.max_entries);
}

static void insert(struct sieve *s, struct sieve_entry *e)
{
    while (!has_room(s, e->cost))
        evict_one(s);
    if (s->stats.entries >= s->nbuckets)
        index_grow(s);
    e->cached = true;
    e->refs++;
    index_add(s, e);
    list_prepend(&s->queue, &e->link);
    s->stats.entries++;
    s->stats.bytes += e->cost;
    s->stats.inserts++;
}

struct sieve_entry *sieve_get(struct sieve *s, struct str key)
{
    CHECK_OBJ(s, SIEVE_MAGIC);
    struct sieve_entry *e = find(s, key);
    if (!e) {
        s->stats.misses++;
        return NULL;
    }
    s->stats.hits++;
    e->visited = true;
    return sieve_ref(e);
}

struct sieve_entry *sieve_put(struct sieve *s, struct str key, void *value, size_t weight)
{
    CHECK_OBJ(s, SIEVE_MAGIC);
    struct sieve_entry *e = entry_create(s, key, value);
    sieve_remove(s, key);
    if (!size_add(weight, key.n + SIEVE_OVERHEAD, &e->cost) || e->cost > s->options.max_entry_bytes)
        s->stats.refused++;
    else
        insert(s, e);
    return e;
}

bool sieve_remove(struct sieve *s, struct str key)
{
    CHECK_OBJ(s, SIEVE_MAGIC);
    struct sieve_entry *e = find(s, key);
    if (e)
        detach(s, e);
    return e != NULL;
}

void sieve_drop(struct sieve *s, struct sieve_entry *e)
{
    CHECK_OBJ(s, SIEVE_MAGIC);
    CHECK_OBJ(e, ENTRY_MAGIC);
    if (e->cached)
        detach(s, e);
}

void sieve_clear(struct sieve *s)
{
    CHECK_OBJ(s, SIEVE_MAGIC);
    while (!list_empty(&s->queue))
        detach(s, oldest(s));
    CHECK(s->stats.entries == 0 && s->stats.bytes == 0 && !s->hand);
}

struct sieve_stats sieve_stats(const struct sieve *s)
{
    CHECK_OBJ(s, SIEVE_MAGIC);
    return s->stats;
}

void *sieve_value(const struct sieve_entry *e)
{
    CHECK_OBJ(e, ENTRY_MAGIC);
    return e->value;
}

struct str sieve_key(const struct sieve_entry *e)
{
    CHECK_OBJ(e, ENTRY_MAGIC);
    return str_make(e->key, e->key_n);
}

bool sieve_is_cached(const struct sieve_entry *e)
{
    CHECK_OBJ(e, ENTRY_MAGIC);
    return e->cached;
}

struct sieve_entry *sieve_ref(struct sieve_entry *e)
{
    CHECK_OBJ(e, ENTRY_MAGIC);
    CHECK(e->refs < UINT32_MAX);
    e->refs++;
    return e;
}

void sieve_unref(struct sieve_entry *e)
{
    CHECK_OBJ(e, ENTRY_MAGIC);
    CHECK(e->refs > 0);
    if (--e->refs > 0)
        return;
    CHECK(!e->cached);
    e->magic = 0;
    if (e->destroy)
        e->destroy(e->value);
    mem_free(e);
}

void sieve_unref_hook(void *entry)
{
    sieve_unref(entry);
}
