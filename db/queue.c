/* queue: sources in a chained hash, those with something waiting in a ring. SPDX-License-Identifier: ISC */
#include "db/queue.h"

#include "util/check.h"
#include "util/mem.h"

void queue_init(struct queue *q)
{
    *q = (struct queue){.nwaiting = 0};
    list_init(&q->ring);
    list_init(&q->spare);
}

void queue_deinit(struct queue *q)
{
    struct list *item;
    for (size_t i = 0; i < QUEUE_BUCKETS; i++)
        CHECK(q->buckets[i] == NULL);
    while ((item = list_take_first(&q->spare)))
        mem_free(LIST_ENTRY(item, struct queue_source, spare));
}

void queue_item_init(struct queue_item *item)
{
    *item = (struct queue_item){.state = QUEUE_OUT};
    list_init(&item->link);
}

static struct queue_source **bucket_of(struct queue *q, uint64_t id)
{
    return &q->buckets[(id ^ id >> 32) & (QUEUE_BUCKETS - 1)];
}

static struct queue_source *new_source(struct queue *q, uint64_t id)
{
    struct queue_source **bucket = bucket_of(q, id);
    struct list *spare = list_take_first(&q->spare);
    struct queue_source *s =
        spare ? LIST_ENTRY(spare, struct queue_source, spare) : MEM_NEW(struct queue_source);
    *s = (struct queue_source){.id = id, .chain = *bucket};
    list_init(&s->ring);
    list_init(&s->spare);
    for (unsigned i = 0; i < QUEUE_LEVELS; i++)
        list_init(&s->waiting[i]);
    return *bucket = s;
}

static struct queue_source *source_of(struct queue *q, uint64_t id)
{
    struct queue_source *s = *bucket_of(q, id);
    while (s && s->id != id)
        s = s->chain;
    return s ? s : new_source(q, id);
}

static void forget_if_unused(struct queue *q, struct queue_source *s)
{
    if (s->nwaiting > 0 || s->nrunning > 0)
        return;
    struct queue_source **at = bucket_of(q, s->id);
    while (*at != s)
        at = &(*at)->chain;
    *at = s->chain;
    list_prepend(&q->spare, &s->spare);
}

static struct queue_source *enter(struct queue *q, struct queue_item *item, uint64_t source, unsigned level)
{
    struct queue_source *s = source_of(q, source);
    CHECK(item->state == QUEUE_OUT && level < QUEUE_LEVELS);
    item->source = s;
    item->level = (uint8_t)level;
    item->state = QUEUE_WAITS;
    if (s->nwaiting++ == 0)
        list_append(&q->ring, &s->ring);
    q->nwaiting++;
    return s;
}

void queue_put(struct queue *q, struct queue_item *item, uint64_t source, unsigned level)
{
    struct queue_source *s = enter(q, item, source, level);
    item->order = ++q->arrivals;
    list_append(&s->waiting[level], &item->link);
}

void queue_put_back(struct queue *q, struct queue_item *item, uint64_t source, unsigned level)
{
    struct queue_source *s = enter(q, item, source, level);
    struct list *first = s->waiting[level].next;
    uint64_t front =
        first == &s->waiting[level] ? ++q->arrivals : LIST_ENTRY(first, struct queue_item, link)->order;
    item->order = item->order && item->order < front ? item->order : front;
    list_prepend(&s->waiting[level], &item->link);
}

/* The oldest of the source's items that may run now. */
static struct queue_item *runnable(
    const struct queue_source *s, unsigned levels, const unsigned source_max[QUEUE_LEVELS])
{
    struct queue_item *oldest = NULL;
    for (unsigned i = 0; i < QUEUE_LEVELS; i++) {
        struct list *first = s->waiting[i].next;
        if (first == &s->waiting[i] || !(levels & 1u << i))
            continue;
        if (source_max && source_max[i] && s->running[i] >= source_max[i])
            continue;
        struct queue_item *item = LIST_ENTRY(first, struct queue_item, link);
        if (!oldest || item->order < oldest->order)
            oldest = item;
    }
    return oldest;
}

static void stop_waiting(struct queue *q, struct queue_item *item)
{
    struct queue_source *s = item->source;
    list_remove(&item->link);
    q->nwaiting--;
    if (--s->nwaiting == 0)
        list_remove(&s->ring);
}

static void end_turn(struct queue *q, struct queue_source *s)
{
    s->turns = 0;
    if (s->nwaiting > 0) {
        list_remove(&s->ring);
        list_append(&q->ring, &s->ring);
    }
}

static void run(struct queue *q, struct queue_item *item)
{
    struct queue_source *s = item->source;
    stop_waiting(q, item);
    item->state = QUEUE_RUNS;
    s->nrunning++;
    s->running[item->level]++;
    q->running[item->level]++;
    end_turn(q, s); /* among equals, the others come first next time */
}

struct queue_item *queue_take(struct queue *q, unsigned levels, const unsigned source_max[QUEUE_LEVELS])
{
    struct queue_item *best = NULL;
    LIST_FOREACH(it, &q->ring)
    {
        struct queue_source *s = LIST_ENTRY(it, struct queue_source, ring);
        if (best && s->nrunning >= best->source->nrunning)
            continue;
        struct queue_item *item = runnable(s, levels, source_max);
        if (item)
            best = item;
        if (best && best->source->nrunning == 0)
            break;
    }
    if (best)
        run(q, best);
    return best;
}

struct queue_item *queue_next(struct queue *q)
{
    struct queue_item *item = queue_first(q);
    struct queue_source *s = item ? item->source : NULL;
    if (!item)
        return NULL;
    stop_waiting(q, item);
    item->state = QUEUE_OUT;
    item->source = NULL;
    if (++s->turns >= QUEUE_QUANTUM)
        end_turn(q, s);
    forget_if_unused(q, s);
    return item;
}

void queue_remove(struct queue *q, struct queue_item *item)
{
    struct queue_source *s = item->source;
    if (item->state == QUEUE_OUT)
        return;
    if (item->state == QUEUE_WAITS) {
        stop_waiting(q, item);
    } else {
        CHECK(s->nrunning > 0 && s->running[item->level] > 0);
        s->nrunning--;
        s->running[item->level]--;
        q->running[item->level]--;
    }
    item->state = QUEUE_OUT;
    item->source = NULL;
    forget_if_unused(q, s);
}

void queue_relevel(struct queue *q, struct queue_item *item, unsigned level)
{
    struct queue_source *s = item->source;
    CHECK(level < QUEUE_LEVELS);
    if (item->state == QUEUE_RUNS) {
        s->running[item->level]--;
        q->running[item->level]--;
        s->running[level]++;
        q->running[level]++;
    } else if (item->state == QUEUE_WAITS) {
        list_remove(&item->link);
        list_append(&s->waiting[level], &item->link);
    }
    item->level = (uint8_t)level;
}

struct queue_item *queue_victim(const struct queue *q)
{
    const struct queue_source *most = NULL;
    struct queue_item *newest = NULL;
    LIST_FOREACH(it, &q->ring)
    {
        const struct queue_source *s = LIST_ENTRY(it, struct queue_source, ring);
        if (!most || s->nwaiting > most->nwaiting)
            most = s;
    }
    for (unsigned i = 0; most && i < QUEUE_LEVELS; i++) {
        struct list *last = most->waiting[i].prev;
        struct queue_item *item = LIST_ENTRY(last, struct queue_item, link);
        if (last != &most->waiting[i] && (!newest || item->order > newest->order))
            newest = item;
    }
    return newest;
}

struct queue_item *queue_first(const struct queue *q)
{
    struct list *first = q->ring.next;
    return first == &q->ring ? NULL : runnable(LIST_ENTRY(first, struct queue_source, ring), QUEUE_ALL, NULL);
}
