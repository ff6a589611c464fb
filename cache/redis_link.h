/* redis_link: hiredis on libuv, one connection from its attempt to its end; the only place that knows hiredis
 * (0.14 and 1.x). The adapter differs from hiredis's own in what it asks of the kernel: the socket stays
 * registered for reading for ever, output is only marked until redis_link_flush() writes all of it at once,
 * and writability is waited for only while output is left over. hiredis's own adapter costs about six system
 * calls per command.
 *
 * A link is used up by its first failure: on_down is called once, later (when libuv has let go) on_freed, and
 * the link's memory is gone. SPDX-License-Identifier: ISC */
#ifndef CACHE_REDIS_LINK_H
#define CACHE_REDIS_LINK_H

#include "cache/redis.h"

struct redis_link;

struct redis_link_events {
    /* One for every redis_link_send() that returned true, in order; reply NULL: the link ended before. */
    void (*on_reply)(void *arg, void *command, const struct redis_reply *reply);
    /* The connection is gone. It must not be used any more. Never within redis_link_open(). */
    void (*on_down)(void *arg, const char *reason);
    /* The last call for this link. */
    void (*on_freed)(void *arg);
};

/* Connects to a numeric address, or to a Unix socket when host is NULL. NULL with a reason when that fails at
 * once. */
NODISCARD struct redis_link *redis_link_open(uv_loop_t *loop, const char *host, int port, const char *path,
    const struct redis_link_events *events, void *arg, char *error, size_t size);
/* Gives up: waiting commands get their NULL reply, on_down comes, both possibly before this returns. */
void redis_link_drop(struct redis_link *l);
/* May be called before the connection is made. */
NODISCARD bool redis_link_send(struct redis_link *l, const struct str *argv, size_t n, void *command);
void redis_link_flush(struct redis_link *l);
/* Reads what has arrived, without waiting for the loop to say so. */
void redis_link_poke(struct redis_link *l);

#endif
