/* iteration: how long a loop works between two waits, and on what. Whatever takes the loop for long makes
 * everybody else on it wait. Each iteration is measured with one reading of the clock, to the millisecond
 * (libuv knows when the wait ended). Its processor time, a system call, is read at most once a millisecond,
 * so that up to a millisecond of earlier iterations may be counted in. One that is longer than
 * ITERATION_SLOW_MS is logged when it is the longest so far, by either clock, else at most once a second.
 * After such a one the steps are timed too for a minute, so that the next can be told by its cause.
 * SPDX-License-Identifier: ISC */
#ifndef SERVER_ITERATION_H
#define SERVER_ITERATION_H

#include "util/base.h"

#define ITERATION_SLOW_MS 10u

struct worker;

enum iteration_step {
    ITERATION_OTHER, /* callbacks of the layers above: databases, caches, timers; and of libuv */
    ITERATION_READ,
    ITERATION_REQUEST, /* a request is given to the application */
    ITERATION_RESPONSE,
    ITERATION_STREAM, /* a generator is asked for more */
    ITERATION_WRITE,
    ITERATION_SEND, /* what was queued for databases */
    ITERATION_TASKS,
    ITERATION_TICK,
};

struct iteration {
    uint64_t woke_ms;             /* 0: not yet */
    uint64_t cpu_us, cpu_read_ms; /* processor time of the thread, and when it was read */
    uint64_t requests;            /* begun until then */
    uint64_t traced_until_ms, logged_ms;
    uint64_t most_ms, most_cpu_us; /* of the longest so far */
    unsigned unlogged;
    bool traced;
    /* While it is traced: the step that runs, and the longest one. */
    enum iteration_step step, longest;
    uint64_t id, longest_id; /* of its request; 0: none */
    uint64_t since_ns, longest_ns;
};

void iteration_begin(struct worker *w);
void iteration_end(struct worker *w);
/* For the function below. */
void iteration_trace(struct iteration *it, enum iteration_step step, uint64_t id);

/* What runs from now on. */
static inline void iteration_step(struct iteration *it, enum iteration_step step, uint64_t id)
{
    if (UNLIKELY(it->traced))
        iteration_trace(it, step, id);
}

/* That what runs is for this request, unless it is known better. */
static inline void iteration_name(struct iteration *it, enum iteration_step step, uint64_t id)
{
    if (LIKELY(!it->traced) || it->step != ITERATION_OTHER)
        return;
    it->step = step;
    it->id = id;
}

#endif
