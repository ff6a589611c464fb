/* conn_read: the way in: what a connection has received becomes requests, which are started in their order.
 * Pipelined requests are worked on at the same time only while all of them are safe (RFC 9112 section 9.3.2);
 * a request that may change something waits until it is alone. SPDX-License-Identifier: ISC */
#ifndef SERVER_CONN_READ_H
#define SERVER_CONN_READ_H

#include "server/conn.h"

/* What the parser of a connection tells. */
extern const struct http1_ops conn_read_ops;

/* Whether the method may be worked on beside others. */
bool conn_is_safe(const struct request *req);
/* Whether more input would be parsed now. */
bool conn_may_parse(const struct conn *c);
/* n bytes came: parses what may be parsed, keeps the rest in the stash. */
void conn_read(struct conn *c, const char *p, size_t n);
/* Goes on with input that had to wait. */
void conn_read_on(struct conn *c);
void conn_release_stash(struct conn *c);
/* The newest request cannot be completed: an error behind the pending responses, and nothing more is read. */
void conn_fail(struct conn *c, int status, const char *message);

#endif
