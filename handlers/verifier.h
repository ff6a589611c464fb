/* verifier: signatures that take milliseconds are verified in libuv's thread pool while their requests wait
 * in AUTH. One at a time for each loop, since a verifier's keys hold scratch values; requests that present
 * the same token wait for the same verification.
 *
 * Nobody can shut others out with bad tokens. What waits is queued by caller (util/caller.h), and the callers
 * take turns; a caller who has many waiting is the first to be refused. Each failure is charged to its
 * connection and to its caller: when either has used up its allowance (limit-bad-tokens), its new tokens are
 * refused with 429 before anything is computed. Tokens of the cache are not affected, nor are other callers.
 * Peers on a unix socket stand behind a proxy and share one cell, so that they are not charged.
 * SPDX-License-Identifier: ISC */
#ifndef HANDLERS_VERIFIER_H
#define HANDLERS_VERIFIER_H

#include "auth/jwt.h"
#include "util/metrics.h"

#include <uv.h>

#define VERIFIER_QUEUE_MAX 128u       /* verifications that wait on one loop: half a second's work */
#define VERIFIER_CALLER_QUEUE_MAX 16u /* of one caller */

struct exchange;
struct verifier;

/* One per worker, on its thread. */
NODISCARD struct verifier *verifier_create(uv_loop_t *loop, struct metrics *metrics);
/* Nothing new begins; stopped(arg) is called, perhaps at once, when nothing runs any more. */
void verifier_stop(struct verifier *v, void (*stopped)(void *arg), void *arg);
void verifier_free(struct verifier **v);

/* Takes *check over. JWT_SLOW: the exchange waits; STEP_AUTH is run again later, with x->checked set.
 * Otherwise the error of the refusal. */
NODISCARD enum jwt_error verifier_wait(struct verifier *v, struct exchange *x, struct jwt_check **check);

#endif
