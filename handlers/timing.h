/* timing: where the time of a request went, for Server-Timing (W3C Server Timing; PostgREST docs). Only with
 * server-timing-enabled: without it an exchange has none, and each step costs a comparison with NULL.
 * SPDX-License-Identifier: ISC */
#ifndef HANDLERS_TIMING_H
#define HANDLERS_TIMING_H

#include "util/arena.h"

/* JWT: credentials. PARSE: method, path, headers. PLAN: body, query, statements. TRANSACTION: waiting for the
 * database. RESPONSE: writing the answer. */
enum timing_phase {
    TIMING_JWT,
    TIMING_PARSE,
    TIMING_PLAN,
    TIMING_TRANSACTION,
    TIMING_RESPONSE,
    TIMING_PHASES
};

struct timing {
    uint64_t mark_ns, spent_ns[TIMING_PHASES];
    bool waiting; /* for the database, since the mark */
};

/* From now on time counts; what has passed since the last note belongs to nobody. */
void timing_start(struct timing *t);
/* What has passed since the last note belongs to that phase. */
void timing_note(struct timing *t, enum timing_phase phase);
/* The header's value. */
struct str timing_header(struct arena *a, const struct timing *t);

#endif
