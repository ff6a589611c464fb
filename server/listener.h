/* listener: a listening socket, polled by worker 0 only, which hands each accepted connection to the worker
 * that has the fewest. One socket for all workers: closing one of several SO_REUSEPORT sockets would reset
 * the connections queued in it, and their hash spreads few connections badly. SPDX-License-Identifier: ISC */
#ifndef SERVER_LISTENER_H
#define SERVER_LISTENER_H

#include "util/str.h"

#include <uv.h>

#define LISTENER_MAGIC 0x6c69736eu
#define MAX_LISTENERS 16

struct server;

struct listener {
    unsigned magic;
    struct server *server;
    int fd;
    bool admin;
    bool active;    /* polled */
    bool inherited; /* from the process that started us, which may still hold it */
    bool opened;    /* its handle exists */
    char path[108]; /* of a unix socket: removed at close */
    uv_poll_t poll;
};

/* Bind and listen; append to the server's listeners. False with a sentence in `error`. */
NODISCARD bool listener_open_tcp(
    struct server *s, struct str host, uint64_t port, bool admin, char *error, size_t size);
NODISCARD bool listener_open_unix(
    struct server *s, struct str path, struct str mode, bool admin, char *error, size_t size);
/* Takes the listening sockets that systemd or a predecessor passed on (LISTEN_PID, LISTEN_FDS; LISTEN_FDNAMES
 * with `admin` for the admin listener); how many. The variables are cleared. */
unsigned listener_inherit(struct server *s);
/* On worker 0's thread. */
void listener_start(struct listener *l);
/* Stops polling; queued connections stay queued. */
void listener_pause(struct listener *l);
/* Nobody may begin to connect any more: clients try again, and are refused or find our successor. Those in
 * the middle of the handshake are still accepted; close only when they have had the time. */
void listener_deafen(struct listener *l);
/* Accepts what is queued, then closes. */
void listener_close(struct listener *l);
/* The port that it got; 0 for a unix socket. */
unsigned listener_port(const struct listener *l);

#endif
