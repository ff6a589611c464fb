/* sieve: an in-process cache bounded in bytes, for one loop. Byte-string keys, opaque values, O(1) for
 * everything but the scan of the hand; a hit allocates nothing and moves nothing: it sets one bit. Eviction
 * is SIEVE (Zhang et al., "SIEVE is Simpler than LRU", NSDI 2024): a queue in order of insertion and a hand
 * that walks from the oldest entry to the newest, clears the visited bit of what was used since it last came
 * by, and evicts the first entry that was not. One-time keys leave early, as they do in far more elaborate
 * schemes.
 *
 * Ownership: sieve_put() takes the value; its `destroy` runs exactly once, when the cache has dropped the
 * entry and the last reference is gone. sieve_get() and sieve_put() return a reference, which stays valid
 * after eviction, sieve_clear() and even sieve_free(); give it back with sieve_unref(). No locks: cache and
 * references belong to one thread. `destroy` must not call the cache. SPDX-License-Identifier: ISC */
#ifndef CACHE_SIEVE_H
#define CACHE_SIEVE_H

#include "util/str.h"

/* What an entry costs beside its key and the weight of its value: its header, its share of the index and of
 * the allocator. Counted against the budget, so that the budget means memory. */
#define SIEVE_OVERHEAD ((size_t)128)

struct sieve;
struct sieve_entry;

struct sieve_options {
    size_t max_bytes;             /* of keys, weights and SIEVE_OVERHEAD together */
    size_t max_entries;           /* 0: only bytes count */
    size_t max_entry_bytes;       /* a larger one is refused; 0: an eighth of max_bytes */
    void (*destroy)(void *value); /* may be NULL */
};

struct sieve_stats {
    uint64_t hits, misses, inserts, evictions;
    uint64_t refused; /* too large for max_entry_bytes */
    size_t entries, bytes;
};

NODISCARD struct sieve *sieve_create(const struct sieve_options *options);
/* Drops every entry; references of callers stay valid. */
void sieve_free(struct sieve **s);

/* A new reference to the entry under key, or NULL. Marks it as used. */
NODISCARD struct sieve_entry *sieve_get(struct sieve *s, struct str key);
/* Stores value, `weight` bytes large, under a copy of key, replacing what was there and evicting as much as
 * needed. The result is a new reference in any case: an entry too large for the cache is not stored, but
 * lives until it is unreferenced, so that the caller treats both alike. */
NODISCARD struct sieve_entry *sieve_put(struct sieve *s, struct str key, void *value, size_t weight);
/* Drops the entry under key; false when there was none. */
bool sieve_remove(struct sieve *s, struct str key);
/* Drops this very entry if the cache still holds it: for one that its reader found to be out of date. */
void sieve_drop(struct sieve *s, struct sieve_entry *e);
/* Drops everything; the counters of events go on. */
void sieve_clear(struct sieve *s);
struct sieve_stats sieve_stats(const struct sieve *s);

void *sieve_value(const struct sieve_entry *e);
/* Valid as long as the entry. */
struct str sieve_key(const struct sieve_entry *e);
/* Whether a cache still holds the entry. */
bool sieve_is_cached(const struct sieve_entry *e);
struct sieve_entry *sieve_ref(struct sieve_entry *e);
void sieve_unref(struct sieve_entry *e);
/* sieve_unref() in the shape of a dispose hook of an arena. */
void sieve_unref_hook(void *entry);

#endif
