/* stmt: which statements are prepared on one connection, least recently used last. The cache owns copies of
 * the texts. It knows no libpq: the caller sends Parse for what it adds, and Close (DEALLOCATE) for what is
 * taken out while the server still has it. A name is never used twice, by no connection of no process (a
 * random number that the process drew, the cache's, the statement's): behind a pooler connections share
 * backends, and a name must never stand for two texts. SPDX-License-Identifier: ISC */
#ifndef DB_STMT_H
#define DB_STMT_H

#include "util/list.h"
#include "util/str.h"

#define STMT_NAME_SIZE 48

struct stmt {
    struct list lru;
    struct stmt *chain; /* of its bucket */
    uint64_t key;
    uint32_t serial; /* 1, 2, ...: the last part of the name */
    char name[STMT_NAME_SIZE];
    size_t n, bytes; /* bytes: of the backend's memory, by estimate */
    char sql[];      /* n bytes and a NUL */
};

struct stmt_cache {
    struct list lru;  /* most recently used first */
    struct list dead; /* no longer found, but the server still has them */
    struct stmt **buckets;
    unsigned n, max, mask;
    size_t bytes;        /* of those in `lru` */
    uint32_t serial, id; /* id: of this cache in the process */
    uint64_t generation; /* of the schema that those in `lru` were prepared for */
};

/* max: statements to keep; at least STMT_MIN are. */
#define STMT_MIN 16u
void stmt_cache_init(struct stmt_cache *c, unsigned max);
void stmt_cache_release(struct stmt_cache *c);
/* Another schema: all that were prepared before die. */
void stmt_cache_renew(struct stmt_cache *c, uint64_t generation);
/* The statement with this key, now the most recently used; NULL when there is none. The caller compares the
 * text. */
struct stmt *stmt_cache_get(struct stmt_cache *c, uint64_t key);
/* key must be absent. The least recently used statement dies when there are more than max. */
struct stmt *stmt_cache_add(struct stmt_cache *c, uint64_t key, struct str sql);
/* The least recently used die until the others take at most max_bytes. The newest stays. */
void stmt_cache_bound(struct stmt_cache *c, size_t max_bytes);
/* What a statement takes in its backend (query tree, rewritten query, plan), by measurement on PostgreSQL 15:
 * 70 to 120 bytes for each byte of text, and for each table the more the wider it is, here 60 columns. */
size_t stmt_estimate(struct str sql);
/* Forgets a statement that the server does not have. */
void stmt_cache_drop(struct stmt_cache *c, struct stmt *s);
/* Forgets one that the server has: it is among the dead until it is closed there and buried. */
void stmt_cache_kill(struct stmt_cache *c, struct stmt *s);
struct stmt *stmt_cache_dead(const struct stmt_cache *c);
void stmt_cache_bury(struct stmt_cache *c, struct stmt *s);

/* Which keys were used before: a statement that comes once is not worth a place in a backend. The newest few
 * of each set are known; a key that is not any more is new again. */
#define STMT_SEEN_SETS 1024u
#define STMT_SEEN_WAYS 4u
struct stmt_seen {
    uint32_t sets[STMT_SEEN_SETS][STMT_SEEN_WAYS]; /* newest first */
};
/* Notes it, and tells whether it was noted. */
bool stmt_seen(struct stmt_seen *s, uint64_t key);

#endif
