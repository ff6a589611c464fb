/* conn_write: the way out: pieces of answers to one vectored write, and asking generators for more.
 * SPDX-License-Identifier: ISC */
#ifndef SERVER_CONN_WRITE_H
#define SERVER_CONN_WRITE_H

#include "server/conn.h"

/* Writes until the socket is full, nothing is ready or this turn's share is used up; true in the last case.
 */
bool conn_write(struct conn *c);
/* The kernel has every byte of this answer. */
bool response_is_sent(const struct response *r);

#endif
