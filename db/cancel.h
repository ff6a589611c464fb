/* cancel: asks the server to cancel what one connection runs, without blocking the loop: libpq 17 does it by
 * its asynchronous functions; with older ones PQcancel(), which blocks, runs in one thread of our own. When
 * `done` comes, the server has closed the cancel connection, so the signal is out and cannot hit a later
 * query (PostgreSQL docs 34.7). A server that answers nobody can hold it up for as long as it likes, and then
 * nothing waits but other requests to cancel. SPDX-License-Identifier: ISC */
#ifndef DB_CANCEL_H
#define DB_CANCEL_H

#include "util/base.h"

#include <libpq-fe.h>
#include <uv.h>

struct pg_cancel;

/* done(arg) follows exactly once, never from within; the request is gone when it is called. NULL when libpq
 * has no memory or the connection is not up. The PGconn is not needed any more after the call. */
NODISCARD struct pg_cancel *pg_cancel_start(uv_loop_t *loop, PGconn *pg, void (*done)(void *arg), void *arg);
/* Gives up waiting: done(arg) comes soon. With an old libpq the request is made all the same when its turn
 * comes. */
void pg_cancel_hurry(struct pg_cancel *c);

#endif
