/* redis: one connection of one loop to Redis, behind a circuit breaker. Redis is an accelerator here, never
 * the truth: when it is slow, full, loading or gone, commands are refused at once or fail within their
 * deadline, and the caller goes on without.
 *
 *     PROBING   connecting, AUTH, SELECT, PING under the connect deadline      (circuit half-open)
 *     READY     commands are taken                                             (closed)
 *     DOWN      waiting to probe again: 100 ms, doubling to 2 s, with jitter   (open)
 *     STOPPED   redis_close() was called
 *
 * READY becomes DOWN when the connection breaks, when commands miss their deadline three times in a row
 * (counted once a loop turn), or when Redis says that it is loading, a replica or without its master.
 * Commands are queued and go out together in redis_flush(), once a loop turn. A PING a second measures the
 * round trip and finds dead links.
 *
 * Ownership: arguments are copied at once; a reply lives until its callback returns. Callbacks never run
 * inside redis_command() or redis_flush() of another command than a broken link's. One thread. The process
 * must ignore SIGPIPE. SPDX-License-Identifier: ISC */
#ifndef CACHE_REDIS_H
#define CACHE_REDIS_H

#include "util/str.h"

#include <uv.h>

#define REDIS_MAX_ARGS ((size_t)256)

struct redis;

enum redis_state { REDIS_STATE_PROBING, REDIS_STATE_READY, REDIS_STATE_DOWN, REDIS_STATE_STOPPED };

/* ANSWERED: `reply` is there. REFUSED: it is an error reply, of kind ERROR. TIMED_OUT: past its deadline;
 * Redis may or may not have executed it, or still will. LOST: the link broke; the same doubt. */
enum redis_result { REDIS_ANSWERED, REDIS_REFUSED, REDIS_TIMED_OUT, REDIS_LOST };

enum redis_kind { REDIS_KIND_NIL, REDIS_KIND_TEXT, REDIS_KIND_INTEGER, REDIS_KIND_ARRAY, REDIS_KIND_ERROR };

struct redis_reply {
    enum redis_kind kind;
    struct str text; /* of TEXT (strings and statuses) and ERROR */
    int64_t integer; /* of INTEGER */
    size_t n;        /* elements of ARRAY */
    const void *raw;
};

/* Called exactly once for every command that was taken. `reply` is NULL unless ANSWERED or REFUSED. May send
 * further commands and may call redis_close(). */
typedef void (*redis_cb)(void *arg, enum redis_result result, const struct redis_reply *reply);

struct redis_options {
    struct str
        uri; /* redis://[[user]:password@]host[:port][/db] or unix:[//][[user]:password@]/path[?db=n] */
    unsigned command_timeout_ms; /* 0: 50 */
    unsigned connect_timeout_ms; /* of name lookup to PING together; 0: 1000 */
    size_t max_pending;          /* commands without an answer, late ones included; 0: 1024 */
};

struct redis_stats {
    enum redis_state state;
    size_t pending;
    uint64_t rtt_us; /* of the last PING; 0: none yet */
    uint64_t commands, answered, refused, timed_out, lost;
    uint64_t rejected;        /* not taken: not READY, or too many pending */
    uint64_t connects, trips; /* times that it became READY, and DOWN */
    char error[128];          /* why it is or last was DOWN; holds no credentials */
};

/* Begins to connect. NULL with a sentence in `error` (size bytes) for a URI that cannot be understood. */
NODISCARD struct redis *redis_create(
    uv_loop_t *loop, const struct redis_options *options, char *error, size_t size);
/* Asynchronous: commands that wait are LOST before this returns; done(arg), which may be NULL, is called when
 * every handle is closed and the memory given back. */
void redis_close(struct redis **r, void (*done)(void *arg), void *arg);

/* Queues argv[0..n). False: not taken, `cb` will not be called. cb may be NULL. */
NODISCARD bool redis_command(struct redis *r, const struct str *argv, size_t n, redis_cb cb, void *arg);
/* For commands from now on; 0: 50 ms. */
void redis_set_timeout(struct redis *r, unsigned ms);
/* Sends what was queued: at most one write. Once at the end of a loop turn. */
void redis_flush(struct redis *r);
/* Whether a command would be taken now. */
bool redis_ready(const struct redis *r);
struct redis_stats redis_stats(const struct redis *r);
const char *redis_state_name(enum redis_state state);
/* Element i < reply->n of an array; valid as long as the array. */
struct redis_reply redis_element(const struct redis_reply *reply, size_t i);

#endif
