/* statements: what the jobs of writes and calls have in common: who asks, what the database may want to know
 * of the request, the statements themselves, and an end that undoes it all where that was asked for. Such
 * jobs take the exclusive lane: one that waits for a row lock, or a function that takes its time, would hold
 * up everybody behind it on a shared connection. SPDX-License-Identifier: ISC */
#ifndef HANDLERS_STATEMENTS_H
#define HANDLERS_STATEMENTS_H

#include "handlers/exchange.h"

/* Empties x->job; sets the isolation level, which must come before everything else. fn: the function that is
 * called, or NULL. */
void statements_begin(struct exchange *x, const struct catalog *cat, const struct cat_function *fn);
/* Goes on with the context (context.h) for code of which only the catalog as a whole knows what it may read,
 * behind the claim of an idempotency key, where that has been added. */
void statements_start(
    struct exchange *x, const struct catalog *cat, const struct cat_function *fn, bool read_only);
/* `tables` are those that it reads or writes: where one has row security the role gets a statement of its own
 * (see plan_cache.c). */
void statements_add(struct exchange *x, const struct plan_stmt *stmt,
    const struct cat_relation *const *tables, size_t ntables);
/* What db-tx-end and, where it may, Prefer: tx= say about the end. *allowed: the preference counts, and is
 * reported back. */
bool statements_roll_back(const struct exchange *x, bool *allowed);
/* Adds the rollback. Deferred constraints are looked at before, as a commit would. ROLLBACK ends the implicit
 * transaction of the job (PostgreSQL docs 55.2.4), so that nothing stays open whatever fails before it. */
void statements_add_rollback(struct exchange *x);

/* Whether the error is that of a guard (query/write.h); *n is the number of rows that it counted. */
bool statements_guard_failed(const struct db_error *error, uint64_t *n);
/* The answer to that: PGRST116 or PGRST124. */
void statements_refuse_count(struct exchange *x, bool singular, uint64_t n);
void statements_preference_applied(struct exchange *x, const struct prefer *honoured);
/* The current catalog, held until the request ends; NULL: an error was sent. */
struct catalog *statements_catalog(struct exchange *x);

#endif
