/* watch: uv_poll on the socket of a PGconn. It polls a duplicate of the descriptor: libpq closes its own
 * whenever it likes (a failed read, the next host), and epoll must never be asked about a number that belongs
 * to something else by then. Owns itself after watch_close(). SPDX-License-Identifier: ISC */
#ifndef DB_WATCH_H
#define DB_WATCH_H

#include "util/base.h"

#include <uv.h>

/* events: UV_READABLE, UV_WRITABLE, both on an error; after an error nothing follows until watch_set() is
 * called again. May close the watch. */
typedef void watch_cb(void *arg, int events);

struct watch;

/* NULL when the descriptor cannot be duplicated or polled. */
NODISCARD struct watch *watch_open(uv_loop_t *loop, int fd, watch_cb *cb, void *arg);
/* UV_READABLE | UV_WRITABLE, or 0 to stop. No system call when nothing changes. */
void watch_set(struct watch *w, int events);
/* No callback follows; *w becomes NULL. */
void watch_close(struct watch **w);

#endif
