/* conn: one PGconn in one loop: finds a host that answers, keeps the socket watched, writes what libpq has
 * buffered, notices the loss. It knows nothing of jobs; its owner talks to `pg` itself when told to.
 *
 *     IDLE -> RESOLVING -> CONNECTING -> UP -> CLOSING
 *                ^------------'  next address, next host
 *
 * Embedded in its owner, who may free it from on_closed on. Every host has its own timeout; names are looked
 * up by uv_getaddrinfo(). The socket is polled for reading as long as it is UP and not paused, for writing
 * only while PQflush() says so. SPDX-License-Identifier: ISC */
#ifndef DB_CONN_H
#define DB_CONN_H

#include "db/conf.h"
#include "db/watch.h"

#include <libpq-fe.h>
#include <uv.h>

enum pg_phase { PG_IDLE, PG_RESOLVING, PG_CONNECTING, PG_UP, PG_FAILED, PG_CLOSING };

struct pg_conn;

/* Always called from the loop, never from within a verb below. Any verb may be used inside.
 * on_up:    connected, non-blocking and, if asked for, in pipeline mode
 * on_input: something was read; results may be ready. Not called after on_lost or pg_conn_close()
 * on_lost:  no host could be reached or the connection broke; `error` says why. Once, and the last of the
 *           three; input that came before the break has been offered by on_input
 * on_closed: after pg_conn_close(): all handles are closed, the memory is the owner's */
struct pg_conn_events {
    void (*on_up)(struct pg_conn *c);
    void (*on_input)(struct pg_conn *c);
    void (*on_lost)(struct pg_conn *c);
    void (*on_closed)(struct pg_conn *c);
};

struct pg_conn {
    unsigned magic;
    enum pg_phase phase;
    bool pipeline, paused;
    size_t received; /* bytes since the owner has set it to 0 */
    bool heard;      /* something came since the owner has cleared it */
    bool no_room;    /* the server has no room for one more connection (53300) */
    bool no_options; /* a pooler refused the `options` keyword (PgBouncer before 1.20) */
    uv_loop_t *loop;
    const struct pg_conf *conf;
    const struct pg_conn_events *events;
    uint64_t connect_timeout_ms;
    PGconn *pg;
    struct watch *watch;
    uv_timer_t timer;
    uv_getaddrinfo_t lookup;
    bool looking_up, timer_closed;
    struct addrinfo *addresses, *address; /* of the target that is being tried */
    size_t target;
    unsigned pass; /* target_session_attrs=prefer-standby goes round twice */
    char error[256];
};

void pg_conn_init(struct pg_conn *c, uv_loop_t *loop, const struct pg_conf *conf,
    const struct pg_conn_events *events, uint64_t connect_timeout_ms, bool pipeline);
void pg_conn_start(struct pg_conn *c);
/* Sends what libpq has buffered as far as the socket takes it, and the rest when it can. */
void pg_conn_flush(struct pg_conn *c);
/* Stops and resumes reading; while stopped a loss goes unnoticed. */
void pg_conn_pause(struct pg_conn *c, bool paused);
/* Reports the connection as lost in the loop's next turn. */
void pg_conn_fail(struct pg_conn *c, const char *why);
void pg_conn_close(struct pg_conn *c);

#endif
