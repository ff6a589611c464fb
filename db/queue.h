/* queue: jobs that wait for a connection, fair by source. A source is who asks (an address with a role and
 * its claims); what waits of one source is in order of arrival, and the next job is taken from the source
 * that has the fewest running, so that whoever asks for much waits behind himself and not before others. When
 * the queue is full, the source that has most in it loses its newest.
 *
 * Jobs come on levels (QUEUE_LEVELS), which say how much is known about them; the owner says which levels may
 * be served now. A source is forgotten when nothing of it waits or runs. Items are embedded in their owners;
 * all of it belongs to one thread. After Demers, Keshav and Shenker, "Analysis and simulation of a fair
 * queueing algorithm" (1989), with running jobs in place of bytes. SPDX-License-Identifier: ISC */
#ifndef DB_QUEUE_H
#define DB_QUEUE_H

#include "util/list.h"

#include "util/base.h"

#define QUEUE_LEVELS 3u
#define QUEUE_QUANTUM 8u
#define QUEUE_BUCKETS 256u /* a power of two */
#define QUEUE_ALL ((1u << QUEUE_LEVELS) - 1)

enum queue_state { QUEUE_OUT, QUEUE_WAITS, QUEUE_RUNS };

struct queue_item {
    struct list link; /* in its source's list, while it waits */
    struct queue_source *source;
    uint64_t order; /* of arrival */
    uint8_t level;
    uint8_t state;
};

struct queue_source {
    struct list ring;  /* of those that have something waiting */
    struct list spare; /* of those that are free */
    struct queue_source *chain;
    uint64_t id;
    struct list waiting[QUEUE_LEVELS];
    unsigned nwaiting, nrunning;
    unsigned turns; /* taken in a row by queue_next() */
    unsigned running[QUEUE_LEVELS];
};

struct queue {
    struct list ring, spare;
    struct queue_source *buckets[QUEUE_BUCKETS];
    unsigned nwaiting;
    unsigned running[QUEUE_LEVELS];
    uint64_t arrivals;
};

void queue_init(struct queue *q);
/* Nothing may wait or run. */
void queue_deinit(struct queue *q);
void queue_item_init(struct queue_item *item);

/* The item waits behind what its source has there already. */
void queue_put(struct queue *q, struct queue_item *item, uint64_t source, unsigned level);
/* The same in front of it: an item that had its turn and needs another one. */
void queue_put_back(struct queue *q, struct queue_item *item, uint64_t source, unsigned level);
/* The item that is to run next among those of `levels` (a set of bits), now running; NULL when there is none.
 * No source gets more than source_max running on a level; 0: no bound. */
struct queue_item *queue_take(struct queue *q, unsigned levels, const unsigned source_max[QUEUE_LEVELS]);
/* The oldest item of the source whose turn it is, out of the queue; NULL when nothing waits. For what does
 * not run for long: each source has QUEUE_QUANTUM turns in a row. */
struct queue_item *queue_next(struct queue *q);
/* Takes an item out, whether it waits or runs, and forgets its source when that was the last of it. An item
 * that is in no queue is left alone. */
void queue_remove(struct queue *q, struct queue_item *item);
/* Gives an item another level; one that waits stands behind the others there. */
void queue_relevel(struct queue *q, struct queue_item *item, unsigned level);
/* The newest item of the source that has most waiting; still waiting. NULL when nothing waits. */
struct queue_item *queue_victim(const struct queue *q);
/* Any item that waits, the oldest of some source; NULL when nothing waits. */
struct queue_item *queue_first(const struct queue *q);

#endif
