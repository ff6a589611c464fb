/* context: what the database is told of a request before the statements that do its work: who asks, and the
 * settings that SQL may want to read (PostgREST docs, "Transactions"): role, request.jwt.claims,
 * request.method, request.path, request.headers, request.cookies, app.settings.*, search_path, timezone, the
 * settings of the role and of the function that is called; then db-pre-request. All of it holds to the end of
 * the transaction (PostgreSQL docs 9.28.1, set_config with is_local).
 *
 * Role and claims are always told. Of the others only what something in the database could read is (the
 * catalog knows, see schema/reach.h), so that a plain read stays as cheap as two settings; with
 * db-pre-request that cannot be known, and all are told. Connections begin with the search_path of the
 * default schema; only another schema is told. SPDX-License-Identifier: ISC */
#ifndef HANDLERS_CONTEXT_H
#define HANDLERS_CONTEXT_H

#include "handlers/exchange.h"

struct context_request {
    const struct catalog *catalog;
    const struct cat_function *function; /* that is called; NULL: none */
    unsigned settings;                   /* enum cat_setting: what runs may read these */
    bool read_only;                      /* the transaction cannot write, whatever it calls */
    const char *timeout;                 /* statement_timeout, whatever was set before; NULL: as it is */
    const char *timeout_at_most;         /* no longer one than this, with its unit; NULL: as it is */
};

/* What follows from the configuration, once. */
struct context_setup {
    struct db_stmt read;    /* role and claims alone; the parameters are the request's */
    struct str pre_request; /* the call as SQL; empty: none */
    char *search_path;      /* of the default schema, for connections to begin with */
    bool tell_search_path;  /* those that we have began with another one: the configuration was reloaded */
};

NODISCARD struct context_setup *context_setup_create(const struct config *config);
void context_setup_free(struct context_setup **s);

/* Empties x->job; sets the isolation level of the function or the role, which must come before everything
 * else. */
void context_begin(struct exchange *x, const struct context_request *c);
/* Adds the rest; x->main_stmt is the number of the statement that comes next. */
void context_tell(struct exchange *x, const struct context_request *c);
/* Whether code with these settings, or db-pre-request, may say how the request is answered. */
bool context_may_answer(const struct exchange *x, unsigned settings);

#endif
