/* worker_impl: the inside of a worker, for server/ only. SPDX-License-Identifier: ISC */
#ifndef SERVER_WORKER_IMPL_H
#define SERVER_WORKER_IMPL_H

#include "server/config.h"
#include "server/deadline.h"
#include "server/iteration.h"
#include "server/worker.h"
#include "util/metrics.h"

#include <pthread.h>
#include <stdatomic.h>

#define WORKER_MAGIC 0x776f726bu
#define WORKER_INPUT ((size_t)65536)
#define WORKER_TICK_MS 100

struct conn;

struct worker {
    unsigned magic;
    unsigned index;
    struct server *server;
    const struct app *callbacks;
    void *app;
    const struct config *config; /* exchanged by a reload */
    uv_loop_t loop;
    uv_timer_t tick;
    uv_prepare_t prepare;
    uv_check_t check;
    uv_idle_t again; /* active while work is left over: the loop must not sleep */
    uv_async_t mail;
    pthread_mutex_t mail_lock;
    struct list mailbox;
    pthread_t thread;
    bool threaded;

    struct list conns;
    unsigned nconns, nadmin;
    atomic_bool shedding;           /* asked to close idle connections */
    atomic_uint_least64_t heaviest; /* in a shortage of memory, see conn_limits.c */
    atomic_uint load;               /* counted connections, those on their way included */
    struct list dirty;
    struct list ended; /* connections to be closed, CLOSED_AT_ONCE a turn */
    bool late;         /* there are more expired deadlines than were seen to in this turn */
    struct list deadlines[DEADLINE_KINDS];
    struct list spare_requests;
    unsigned nspare_requests;
    char *input; /* WORKER_INPUT bytes, shared by the connections: valid within one read */

    uint64_t now_ms;
    uint64_t rate_checked_ms;
    atomic_uint_least64_t beat_ms;
    int64_t date_s;                 /* the second that `fixed` was made for */
    struct buf fixed;               /* the headers that all answers have */
    size_t fixed_without_csp;       /* of that, the bytes before Content-Security-Policy */
    bool draining;                  /* answers say Connection: close */
    bool giving_up;                 /* nobody is waited for */
    bool closing;                   /* idle connections go, too */
    atomic_uint_least64_t requests; /* begun; also the lower part of their ids */
    struct metrics metrics;
    struct iteration iteration;
};

void worker_init(struct worker *w, struct server *s, unsigned index);
/* Calls app->start. On the thread that runs the loop. */
void worker_begin(struct worker *w);
/* Closes up to `most` connections that have ended. */
void worker_close_ended(struct worker *w, unsigned most);
/* The end of a turn; the loop calls it, tests may. */
void worker_end_turn(struct worker *w);
/* Closes the worker's own handles; the loop then ends by itself. */
void worker_close(struct worker *w);
void worker_deinit(struct worker *w);
/* Answers say Connection: close from now on; with `closing`, idle connections are closed as well. */
void worker_drain(struct worker *w, bool closing);

#endif
