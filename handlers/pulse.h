/* pulse: what each worker knows about the database's health, kept current without traffic: a ping once a
 * second when nothing else was answered, so that probes cost no query of their own however often they are
 * asked. Written by the worker's thread, read by any (probes come in on whichever thread).
 * SPDX-License-Identifier: ISC */
#ifndef HANDLERS_PULSE_H
#define HANDLERS_PULSE_H

#include "cache/redis.h"
#include "db/db.h"
#include "handlers/settings.h"
#include "util/metrics.h"

#include <stdatomic.h>

#define PULSE_PERIOD_MS 500
/* Without any answer for so long, the database counts as unreachable. */
#define PULSE_STALE_MS 2000

struct pulse {
    uv_timer_t timer;
    struct db *db;
    struct db_job ping;
    bool pinging;
    bool was_reachable, was_told; /* what the log has last said of the database, and whether anything */
    _Atomic uint64_t last_ok_ms;  /* uv_hrtime in ms of the last sign of life; 0: never */
    _Atomic unsigned rtt_us;      /* of the last ping */
    uint64_t sent_us;
    uint64_t jobs; /* of the database when it was last looked at: with none, only a ping tells its pace */
    _Atomic unsigned connected;       /* connections that are up */
    struct metrics *metrics;          /* where the lanes' counters are copied to */
    struct redis *redis;              /* NULL: not this worker's, or none configured */
    struct settings *const *settings; /* where the worker keeps its current ones */
    void (*on_lost)(void *arg);
    void *arg;
    _Atomic bool redis_ready;
    _Atomic uint64_t redis_rtt_us;
};

struct pulse_options {
    struct db *db;
    struct redis *redis; /* NULL: not this worker's, or none configured */
    struct metrics *metrics;
    struct settings *const *settings;
    void (*on_lost)(void *arg); /* the database was there and is not, and db-pool-automatic-recovery is off */
    void *arg;
};

void pulse_start(struct pulse *p, uv_loop_t *loop, const struct pulse_options *options);
/* on_closed runs when the timer's handle is closed; call before db_close(). */
void pulse_stop(struct pulse *p, uv_close_cb on_closed);
/* From any thread: whether the database answered lately. */
bool pulse_alive(const struct pulse *p);

#endif
