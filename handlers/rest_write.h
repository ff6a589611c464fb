/* rest_write: POST, PATCH, PUT and DELETE on a relation: read the body, plan, one job, answer. A write is one
 * statement in one implicit transaction; what must hold before it may be committed is part of the statement
 * (query/write.h), and a rollback that was asked for is the job's last statement. Writes go to the exclusive
 * lane: one that waits for a row lock would hold up everybody behind it on a shared connection.
 * SPDX-License-Identifier: ISC */
#ifndef HANDLERS_REST_WRITE_H
#define HANDLERS_REST_WRITE_H

#include "handlers/exchange.h"
#include "query/payload.h"

/* Whether the request ends with a rollback: what db-tx-end and, where it may, Prefer: tx= say. *allowed: the
 * preference counts, and is reported back. */
bool rest_write_rolls_back(const struct exchange *x, bool *allowed);
/* Which type of body Content-Type declares; false: none that is known here. */
bool rest_write_body_type(const struct exchange *x, enum payload_type *type);

#endif
