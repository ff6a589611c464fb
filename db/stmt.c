/* stmt: a chained hash of intrusive nodes; the key is a keyed hash already (db_stmt_init), its low bits
 * choose the bucket. SPDX-License-Identifier: ISC */
#include "db/stmt.h"

#include "util/check.h"
#include "util/map.h"
#include "util/mem.h"

#include <inttypes.h>
#include <stdio.h>

/* see stmt_estimate() */
#define BYTES_EACH ((size_t)8192)
#define BYTES_TABLE ((size_t)40960)
#define BYTES_BYTE ((size_t)120)

static _Atomic uint32_t last_id;

void stmt_cache_init(struct stmt_cache *c, unsigned max)
{
    unsigned nbuckets = 32;
    *c = (struct stmt_cache){.max = MAX(max, STMT_MIN), .id = ++last_id};
    while (nbuckets < c->max)
        nbuckets *= 2;
    c->mask = nbuckets - 1;
    c->buckets = MEM_NEW_ARRAY(struct stmt *, nbuckets);
    list_init(&c->lru);
    list_init(&c->dead);
}

static void free_list(struct list *l)
{
    struct list *item;
    while ((item = list_take_first(l)))
        mem_free(LIST_ENTRY(item, struct stmt, lru));
}

void stmt_cache_release(struct stmt_cache *c)
{
    free_list(&c->lru);
    free_list(&c->dead);
    mem_free(c->buckets);
    c->buckets = NULL;
}

struct stmt *stmt_cache_get(struct stmt_cache *c, uint64_t key)
{
    struct stmt *s = c->buckets[key & c->mask];
    while (s && s->key != key)
        s = s->chain;
    if (s && c->lru.next != &s->lru) {
        list_remove(&s->lru);
        list_prepend(&c->lru, &s->lru);
    }
    return s;
}

size_t stmt_estimate(struct str sql)
{
    static const struct str from = STR_INIT("FROM ");
    size_t tables = 0;
    const char *at = sql.p, *end = sql.p + sql.n;
    while (at < end && (at = memmem(at, (size_t)(end - at), from.p, from.n))) {
        tables++;
        at += from.n;
    }
    return BYTES_EACH + tables * BYTES_TABLE + sql.n * BYTES_BYTE;
}

void stmt_cache_bound(struct stmt_cache *c, size_t max_bytes)
{
    while (c->bytes > max_bytes && c->n > 1)
        stmt_cache_kill(c, LIST_ENTRY(c->lru.prev, struct stmt, lru));
}

bool stmt_seen(struct stmt_seen *s, uint64_t key)
{
    uint32_t *set = s->sets[key % STMT_SEEN_SETS], mark = (uint32_t)(key >> 32) | 1;
    size_t at = 0;
    while (at < STMT_SEEN_WAYS - 1 && set[at] != mark)
        at++;
    bool seen = set[at] == mark;
    memmove(set + 1, set, at * sizeof *set);
    set[0] = mark;
    return seen;
}

/* The hash is keyed with a random number that the process draws at its start. */
static void write_name(const struct stmt_cache *c, struct stmt *s)
{
    uint64_t process = hash_bytes(STR("prepared statements"));
    snprintf(s->name, sizeof s->name, "b%" PRIx64 "_%" PRIx32 "_%" PRIx32, process, c->id, s->serial);
}

struct stmt *stmt_cache_add(struct stmt_cache *c, uint64_t key, struct str sql)
{
    struct stmt *s = mem_alloc(sizeof *s + sql.n + 1);
    struct stmt **bucket = &c->buckets[key & c->mask];
    *s = (struct stmt){
        .chain = *bucket, .key = key, .serial = ++c->serial, .n = sql.n, .bytes = stmt_estimate(sql)};
    write_name(c, s);
    memcpy(s->sql, sql.p, sql.n);
    s->sql[sql.n] = '\0';
    *bucket = s;
    list_prepend(&c->lru, &s->lru);
    c->bytes += s->bytes;
    if (++c->n > c->max)
        stmt_cache_kill(c, LIST_ENTRY(c->lru.prev, struct stmt, lru));
    return s;
}

static void unlink_stmt(struct stmt_cache *c, struct stmt *s)
{
    struct stmt **at = &c->buckets[s->key & c->mask];
    while (*at != s) {
        CHECK(*at != NULL);
        at = &(*at)->chain;
    }
    *at = s->chain;
    list_remove(&s->lru);
    c->n--;
    c->bytes -= s->bytes;
}

void stmt_cache_drop(struct stmt_cache *c, struct stmt *s)
{
    unlink_stmt(c, s);
    mem_free(s);
}

void stmt_cache_kill(struct stmt_cache *c, struct stmt *s)
{
    unlink_stmt(c, s);
    list_append(&c->dead, &s->lru);
}

struct stmt *stmt_cache_dead(const struct stmt_cache *c)
{
    return list_empty(&c->dead) ? NULL : LIST_ENTRY(c->dead.next, struct stmt, lru);
}

void stmt_cache_bury(struct stmt_cache *c, struct stmt *s)
{
    list_remove(&s->lru);
    mem_free(s);
}

void stmt_cache_renew(struct stmt_cache *c, uint64_t generation)
{
    c->generation = generation;
    while (!list_empty(&c->lru))
        stmt_cache_kill(c, LIST_ENTRY(c->lru.prev, struct stmt, lru));
}
