/* map: byte-string keys to pointers, open addressing with linear probing and a keyed hash, so that nobody
 * outside can aim at one bucket. Keys are copied in; values are the caller's. Not thread-safe: a map belongs
 * to a loop, or is immutable once shared. SPDX-License-Identifier: ISC */
#ifndef UTIL_MAP_H
#define UTIL_MAP_H

#include "util/str.h"

struct map_slot;

struct map {
    struct map_slot *slots;
    size_t n, used, cap; /* entries, entries and tombstones, slots (power of two) */
};

/* 64-bit hash of s under the process's random key (SipHash-1-3 by construction; drawn from getrandom once).
 */
uint64_t hash_bytes(struct str s);
/* The same under a key of the caller's: whoever does not know it cannot tell the hash of any text. */
uint64_t hash_keyed(const uint64_t key[2], struct str s);
/* 128 bits of it: also those who see hashes and may choose the texts find no two with the same. */
void hash_keyed128(const uint64_t key[2], struct str s, uint64_t out[2]);

void map_init(struct map *m);
/* Frees keys and slots, not the values. */
void map_release(struct map *m);
/* NULL when absent. */
void *map_get(const struct map *m, struct str key);
/* Stores value (not NULL) under key; returns the value it replaces, or NULL. */
void *map_set(struct map *m, struct str key, void *value);
/* Removes key; returns its value, or NULL. */
void *map_take(struct map *m, struct str key);

/* for (size_t i = 0; map_next(m, &i, &key, &value);): in no particular order; the map must not change
 * meanwhile. */
bool map_next(const struct map *m, size_t *i, struct str *key, void **value);

#endif
