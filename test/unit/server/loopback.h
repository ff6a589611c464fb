/* loopback: a server without threads, listeners and ports. Requests go in at one end of a socket pair and
 * answers come back, all on the caller's thread, so that handlers can be tested like functions.
 * SPDX-License-Identifier: ISC */
#ifndef TEST_UNIT_SERVER_LOOPBACK_H
#define TEST_UNIT_SERVER_LOOPBACK_H

#include "server/config.h"
#include "server/server.h"

struct loopback {
    struct server *server;
    struct worker *worker;
    int fd;              /* the client's end; -1: none */
    struct buf received; /* since loopback_open() */
    bool closed;         /* the server has closed its end */
};

/* config: lines as in a file, may be NULL. Calls app->start. */
void loopback_init(struct loopback *lb, const struct app *app, const char *config);
/* Calls app->stop and app->free, and checks that every connection is gone. */
void loopback_deinit(struct loopback *lb);

/* A new connection; the former one is closed. */
void loopback_open(struct loopback *lb);
void loopback_close(struct loopback *lb);
/* Sends, lets the server work, collects what comes back; no sooner than `ms` later. */
void loopback_send(struct loopback *lb, struct str bytes);
void loopback_wait(struct loopback *lb, unsigned ms);
/* As the server sees a peer that sends no more but reads on. */
void loopback_half_close(struct loopback *lb);

/* One exchange on a new connection: everything that came back (NUL-terminated). */
const char *loopback_exchange(struct loopback *lb, const char *request);
/* The status of the nth answer (from 0) in what was received; 0 when there are fewer. For answers with
 * Content-Length. */
int loopback_status(const struct loopback *lb, unsigned n);

#endif
