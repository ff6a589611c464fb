/* map: linear probing, tombstones, growth at 3/4. SPDX-License-Identifier: ISC */
#include "util/map.h"

#include "util/check.h"
#include "util/mem.h"

#include <sys/random.h>

struct map_slot {
    uint64_t hash;
    char *key; /* NULL: never used; TOMBSTONE: was used */
    size_t key_n;
    void *value;
};

static char tombstone_mark;
#define TOMBSTONE (&tombstone_mark)

static uint64_t hash_key[2];

__attribute__((constructor)) static void draw_key(void)
{
    CHECK(getrandom(hash_key, sizeof hash_key, 0) == sizeof hash_key);
}

static uint64_t rotl(uint64_t x, int b)
{
    return (x << b) | (x >> (64 - b));
}

/* Inlined, so that the state stays in registers: rows are hashed for their tags. One SipRound (Aumasson,
 * Bernstein: "SipHash: a fast short-input PRF", 2012). */
ALWAYS_INLINE void sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[1] = rotl(v[1], 13) ^ v[0];
    v[0] = rotl(v[0], 32);
    v[2] += v[3];
    v[3] = rotl(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = rotl(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = rotl(v[1], 17) ^ v[2];
    v[2] = rotl(v[2], 32);
}

uint64_t hash_bytes(struct str s)
{
    return hash_keyed(hash_key, s);
}

ALWAYS_INLINE void sip_init(uint64_t v[4], const uint64_t key[2])
{
    v[0] = key[0] ^ 0x736f6d6570736575u;
    v[1] = key[1] ^ 0x646f72616e646f6du;
    v[2] = key[0] ^ 0x6c7967656e657261u;
    v[3] = key[1] ^ 0x7465646279746573u;
}

ALWAYS_INLINE void sip_absorb(uint64_t v[4], struct str s)
{
    uint64_t last = (uint64_t)s.n << 56, word;
    size_t i = 0;
    for (; i + 8 <= s.n; i += 8) {
        memcpy(&word, s.p + i, 8);
        v[3] ^= word;
        sip_round(v);
        v[0] ^= word;
    }
    for (size_t k = 0; i + k < s.n; k++)
        last |= (uint64_t)(unsigned char)s.p[i + k] << (8 * k);
    v[3] ^= last;
    sip_round(v);
    v[0] ^= last;
}

ALWAYS_INLINE uint64_t sip_finish(uint64_t v[4])
{
    for (int k = 0; k < 3; k++)
        sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

uint64_t hash_keyed(const uint64_t key[2], struct str s)
{
    uint64_t v[4];
    sip_init(v, key);
    sip_absorb(v, s);
    v[2] ^= 0xff;
    return sip_finish(v);
}

void hash_keyed128(const uint64_t key[2], struct str s, uint64_t out[2])
{
    uint64_t v[4];
    sip_init(v, key);
    v[1] ^= 0xee;
    sip_absorb(v, s);
    v[2] ^= 0xee;
    out[0] = sip_finish(v);
    v[1] ^= 0xdd;
    out[1] = sip_finish(v);
}

void map_init(struct map *m)
{
    *m = (struct map){0};
}

void map_release(struct map *m)
{
    for (size_t i = 0; i < m->cap; i++) {
        if (m->slots[i].key && m->slots[i].key != TOMBSTONE)
            mem_free(m->slots[i].key);
    }
    mem_free(m->slots);
    map_init(m);
}

/* The slot that holds key, or NULL. */
static struct map_slot *find(const struct map *m, struct str key, uint64_t hash)
{
    if (m->cap == 0)
        return NULL;
    for (size_t i = hash & (m->cap - 1);; i = (i + 1) & (m->cap - 1)) {
        struct map_slot *slot = &m->slots[i];
        if (!slot->key)
            return NULL;
        if (slot->key != TOMBSTONE && slot->hash == hash && str_eq(str_make(slot->key, slot->key_n), key))
            return slot;
    }
}

static struct map_slot *first_free(struct map_slot *slots, size_t cap, uint64_t hash)
{
    size_t i = hash & (cap - 1);
    while (slots[i].key && slots[i].key != TOMBSTONE)
        i = (i + 1) & (cap - 1);
    return &slots[i];
}

static void grow(struct map *m)
{
    size_t cap = m->n * 2 < 8 ? 16 : m->n * 4 <= m->cap ? m->cap : m->cap * 2;
    struct map_slot *slots = MEM_NEW_ARRAY(struct map_slot, cap);
    for (size_t i = 0; i < m->cap; i++) {
        if (m->slots[i].key && m->slots[i].key != TOMBSTONE)
            *first_free(slots, cap, m->slots[i].hash) = m->slots[i];
    }
    mem_free(m->slots);
    m->slots = slots;
    m->cap = cap;
    m->used = m->n;
}

void *map_get(const struct map *m, struct str key)
{
    struct map_slot *slot = find(m, key, hash_bytes(key));
    return slot ? slot->value : NULL;
}

void *map_set(struct map *m, struct str key, void *value)
{
    CHECK(value != NULL);
    uint64_t hash = hash_bytes(key);
    struct map_slot *slot = find(m, key, hash);
    if (slot) {
        void *old = slot->value;
        slot->value = value;
        return old;
    }
    if ((m->used + 1) * 4 > m->cap * 3)
        grow(m);
    slot = first_free(m->slots, m->cap, hash);
    if (!slot->key)
        m->used++;
    m->n++;
    *slot = (struct map_slot){hash, mem_strndup(key.p ? key.p : "", key.n), key.n, value};
    return NULL;
}

void *map_take(struct map *m, struct str key)
{
    struct map_slot *slot = find(m, key, hash_bytes(key));
    if (!slot)
        return NULL;
    void *value = slot->value;
    mem_free(slot->key);
    *slot = (struct map_slot){.key = TOMBSTONE};
    m->n--;
    return value;
}

bool map_next(const struct map *m, size_t *i, struct str *key, void **value)
{
    while (*i < m->cap) {
        const struct map_slot *slot = &m->slots[(*i)++];
        if (slot->key && slot->key != TOMBSTONE) {
            *key = str_make(slot->key, slot->key_n);
            *value = slot->value;
            return true;
        }
    }
    return false;
}
