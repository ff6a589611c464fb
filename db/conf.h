/* conf: what a connection string asks for, taken apart once: the hosts to try one after another, since
 * PQconnectPoll() has no timeout per host and looks names up blocking (PostgreSQL docs 34.2), and all the
 * other keywords with our own added:
 *
 *     always    client_encoding, and through `options` the output formats that db/pg_json.c reads and the
 *               search_path that was asked for
 *     default   keepalives, tcp_user_timeout, no GSS encryption (its credential lookup may block),
 *               statement_timeout, idle_in_transaction_session_timeout, lock_timeout
 *
 * They travel in the startup packet and cost no round trip. Immutable; belongs to whoever made it.
 * SPDX-License-Identifier: ISC */
#ifndef DB_CONF_H
#define DB_CONF_H

#include "util/base.h"

#define PG_CONF_KEYWORDS 64 /* libpq 17 knows 50 */
#define PG_CONF_HOSTS 32

struct pg_target {
    char *host, *hostaddr, *port; /* NULL: libpq's default */
};

struct pg_conf {
    const char *keys[PG_CONF_KEYWORDS];
    char *values[PG_CONF_KEYWORDS];
    size_t n;
    char *options;       /* the `options` keyword; sent unless the server (a pooler) refuses it */
    char *session_attrs; /* target_session_attrs; NULL: any */
    struct pg_target targets[PG_CONF_HOSTS];
    size_t ntargets; /* at least one */
    char *error;     /* what is wrong with the string; then nothing else counts */
};

struct pg_conf_options {
    const char *conninfo, *application_name;
    const char *search_path;       /* NULL: the server's */
    uint64_t statement_timeout_ms; /* 0: the server's */
};

void pg_conf_init(struct pg_conf *c, const struct pg_conf_options *o);
void pg_conf_release(struct pg_conf *c);
/* The role that a connection logs in as: the string's `user`, else PGUSER or the name of the process's user.
 * A string from the caller's heap; NULL when the conninfo is invalid. A service file that the string names is
 * not read. */
NODISCARD char *pg_conf_user(const char *conninfo);

#endif
