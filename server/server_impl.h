/* server_impl: the inside of the server, for server/ only. SPDX-License-Identifier: ISC */
#ifndef SERVER_SERVER_IMPL_H
#define SERVER_SERVER_IMPL_H

#include "server/listener.h"
#include "server/server.h"
#include "server/worker_impl.h"

#define SERVER_MAGIC 0x73727672u

enum server_phase {
    PHASE_RUN,
    PHASE_DELAY,
    PHASE_DEAF,
    PHASE_DRAIN,
    PHASE_GIVE_UP,
    PHASE_STOP_APP,
    PHASE_CLOSED
};

struct server {
    unsigned magic;
    _Atomic(const struct config *) config;
    const struct app *app;
    struct worker *workers;
    unsigned nworkers;
    struct listener listeners[MAX_LISTENERS];
    unsigned nlisteners;
    int reserve_fd; /* given up for a moment when no other is left */
    uint64_t max_connections;
    atomic_uint connections, admin_connections;
    atomic_bool draining;
    /* The rest is worker 0's. */
    enum server_phase phase;
    uint64_t phase_until_ms;
    uv_signal_t signals[6];
    unsigned nsignals;
    unsigned stops;    /* applications that have not said `done` yet */
    unsigned deliver;  /* where the next equally good connection goes */
    size_t kept_bytes; /* free memory that malloc held when it was last looked at */
    uint64_t looked_ms;
    int exit_status;
    void (*on_reload)(void *arg, int signum);
    void *reload_arg;
};

/* A connection is gone: takes it out of the counts. From any worker. */
struct conn;
void server_forget(struct worker *w, const struct conn *c);
/* Worker 0's thread: ten times a second. */
void server_tick(struct server *s);
void server_trim_memory(struct server *s, uint64_t now_ms);
/* Worker 0's thread: the graceful stop; when it is under way already, the immediate one. */
void server_drain(struct server *s, bool with_delay);
void server_start_signals(struct server *s);
void server_close_signals(struct server *s);

#endif
