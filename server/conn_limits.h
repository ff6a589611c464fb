/* conn_limits: who is cut though no deadline has passed: senders of bodies and readers of responses that are
 * too slow, and in a shortage of memory the connections that hold most of it for longest. On the worker's
 * thread. SPDX-License-Identifier: ISC */
#ifndef SERVER_CONN_LIMITS_H
#define SERVER_CONN_LIMITS_H

#include "server/conn.h"

/* The socket is full; it has room again; the oldest response is another one. */
void conn_limits_full(struct conn *c);
void conn_limits_writable(struct conn *c);
void conn_limits_next(struct conn *c);
/* Whether the peer has taken something since its write deadline began, which then begins anew. */
NODISCARD bool conn_limits_goes_on(struct conn *c);
/* Once a second: the minimum rates. */
void conn_limits_rates(struct worker *w);
/* At each tick: makes room when the budget (util/budget.h) is short. */
void conn_limits_memory(struct worker *w);

#endif
