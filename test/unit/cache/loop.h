/* loop: running a libuv loop until something is true, with a limit. SPDX-License-Identifier: ISC */
#ifndef TEST_UNIT_CACHE_LOOP_H
#define TEST_UNIT_CACHE_LOOP_H

#include "cache/redis.h"

/* What callbacks of one command left behind. */
struct outcome {
    unsigned calls;
    enum redis_result result;
    enum redis_kind kind;
    int64_t integer;
    char text[128];
    uint64_t at_ms; /* monotonic */
};

/* A redis_cb for a struct outcome. */
void outcome_cb(void *arg, enum redis_result result, const struct redis_reply *reply);

uint64_t now_ms(void);
/* Turns of the loop, with redis_flush() at the end of each, as a worker does; *r may be NULL or become NULL.
 * False when `limit_ms` passed first. */
bool run_until(uv_loop_t *loop, struct redis **r, bool (*done)(void *arg), void *arg, unsigned limit_ms);
/* The same until all n outcomes were called. */
bool run_outcomes(uv_loop_t *loop, struct redis **r, const struct outcome *o, size_t n, unsigned limit_ms);
bool run_state(uv_loop_t *loop, struct redis **r, enum redis_state state, unsigned limit_ms);
void run_for(uv_loop_t *loop, struct redis **r, unsigned ms);
/* redis_close() and the loop until it is done. */
bool close_redis(uv_loop_t *loop, struct redis **r);

/* One command of texts, ended by NULL. */
NODISCARD bool send_texts(struct redis *r, struct outcome *o, ...) __attribute__((sentinel));

#endif
