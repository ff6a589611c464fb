/* cancel: asks the server to cancel what one connection runs, without blocking the loop: libpq 17 does it by
 * its asynchronous functions; with older ones PQcancel(), which blocks, runs in libuv's thread pool. When
 * `done` comes, the server has closed the cancel connection, so the signal is out and cannot hit a later
 * query (PostgreSQL docs 34.7). A server that answers nobody can hold it up for as long as it likes: the
 * caller keeps the number of requests under way small. SPDX-License-Identifier: ISC */
#ifndef DB_CANCEL_H
#define DB_CANCEL_H

#include "util/base.h"

#include <libpq-fe.h>
#include <uv.h>

struct pg_cancel;

/* done(arg) follows exactly once, never from within; the request is gone when it is called. NULL when libpq
 * has no memory or the connection is not up. The PGconn is not needed any more after the call. */
NODISCARD struct pg_cancel *pg_cancel_start(uv_loop_t *loop, PGconn *pg, void (*done)(void *arg), void *arg);
/* Gives up waiting as far as that is possible: done(arg) comes soon with libpq 17, when PQcancel() returns
 * with older ones. */
void pg_cancel_hurry(struct pg_cancel *c);

#endif
