/* offload: work that is too long for a loop, in libuv's thread pool, while its request waits: the scan of a
 * large body, the check of a signature. It knows nothing of what the work is.
 *
 * At most OFFLOAD_RUNNING pieces of work of a loop are in the pool at a time, so that name lookups, cancels
 * and other loops get their turn there; up to OFFLOAD_WAITING wait here in the order they came, more are
 * refused.
 *
 * While a piece of work runs, the request is pinned (server/request.h): the client may leave, the memory
 * stays. Until then it is as free to go as any request, and work whose request has gone is dropped. The
 * request's arena belongs to the thread while it works; nothing else of the process may be touched there but
 * what is immutable or atomic. SPDX-License-Identifier: ISC */
#ifndef HANDLERS_OFFLOAD_H
#define HANDLERS_OFFLOAD_H

#include "handlers/wait.h"
#include "server/request.h"

#include <uv.h>

#define OFFLOAD_RUNNING 2u
#define OFFLOAD_WAITING 64u

/* Bytes of a body beyond which a loop would be held up for a millisecond and more by scanning it. */
#define OFFLOAD_BODY ((size_t)65536)

struct offload; /* one per worker, on its thread */

/* In the pool. */
typedef void offload_work_fn(void *arg);
/* On the loop, never from within offload_run(). ran: the work is done; else the process stops, and all that
 * is left is an error. Not called for a request that was answered by the server meanwhile (such as 408 while
 * its body was still to come) or that ended with its client. */
typedef void offload_done_fn(struct request *req, void *arg, bool ran);

NODISCARD struct offload *offload_create(uv_loop_t *loop);
/* Nothing new begins; stopped(arg) is called when nothing runs any more, perhaps from within. */
void offload_stop(struct offload *o, void (*stopped)(void *arg), void *arg);
void offload_free(struct offload **o);

/* arg must live as long as the request, as what is in its arena does. What is returned is cancelled before
 * the request ends (wait.h) unless done() was called. NULL: too much is waiting, and the caller answers 503.
 */
NODISCARD struct wait *offload_run(
    struct offload *o, struct request *req, offload_work_fn *work, offload_done_fn *done, void *arg);
/* How many wait for their turn. */
unsigned offload_waiting(const struct offload *o);

#endif
