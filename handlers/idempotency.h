/* idempotency: a write that a client may send again. With the header Idempotency-Key (draft-ietf-httpapi-
 * idempotency-key-header) the answer is kept in bobbin.idempotency (schema/own/), in the transaction of the
 * write itself, so that there is either both or neither, whatever dies in between. The same request with the
 * same key gets the same answer again; the key with any other request of its principal (method, target,
 * headers, claims, body) is 422, and while the first one runs 409. What is stored is a digest of principal
 * and key: keys of others are not seen. The table holds at most what came in one idempotency-keep, each row
 * at most idempotency-max-response and its headers.
 *
 *     claim      before role and claims: takes an advisory lock of the transaction and the row of the key
 *     the write
 *     keep       as the login role again: the answer into the row; then back to the caller's role, in which
 *                deferred triggers run
 *
 * Where the answer is known beforehand (nothing is returned) the claim holds it, and all is one round trip.
 * Else the job holds before its Sync (db.h) until the answer is made. A connection that is lost meanwhile
 * leaves it open whether the write is done: it is then simply sent again, and either the claim tells that it
 * is, or it was not and is done now. Expired rows go two at a time with later claims, so that the table does
 * not grow beyond what is in use. SPDX-License-Identifier: ISC */
#ifndef HANDLERS_IDEMPOTENCY_H
#define HANDLERS_IDEMPOTENCY_H

#include "handlers/exchange.h"

struct idempotency;

/* Makes x->idem when the request has a key; it stays NULL when it has none, or keys are switched off. false:
 * the header makes no sense, and that was answered. */
NODISCARD bool idempotency_read(struct exchange *x);
/* The first statement of the job that takes a snapshot. status not 0: the answer is known already, it has
 * this status, the header lines that were added so far and no body. */
void idempotency_claim(struct exchange *x, int status);
/* on_hold: adds the statements that keep the answer x->status, with the header lines that were added and
 * x->body. */
void idempotency_keep(struct exchange *x);

/* Whether x->body is larger than what may be kept for the key; false without one. */
bool idempotency_outgrown(const struct exchange *x);
/* The response that was made is not to be: its header lines are taken back. Without a key there is none. */
void idempotency_forget(struct exchange *x);

enum idempotency_verdict {
    IDEMPOTENCY_OTHER,   /* this error has nothing to do with the key */
    IDEMPOTENCY_AGAIN,   /* submit the same write again */
    IDEMPOTENCY_ANSWERED /* the answer is sent, or will be */
};

/* What an error of the job means. Header lines that belonged to the answer are gone afterwards. */
NODISCARD enum idempotency_verdict idempotency_failed(
    struct exchange *x, enum db_outcome outcome, const struct db_error *error);

#endif
