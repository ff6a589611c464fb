/* pooler: whether something between us and PostgreSQL gives each transaction another backend (PgBouncer's
 * pool_mode = transaction). Named statements are then on backends that we do not reach again and LISTEN is on
 * one that nobody reads from. Certain signs:
 *
 *   - a statement that was prepared on a connection is missing there, and the backend behind it is not the
 * one that the connection began with
 *   - the backend behind the connection that listens has changed
 *
 * Rows are right all the same: a missing statement is sent again with its text, and names are used once
 * (stmt.h). One answer for the process, for good. Any thread. SPDX-License-Identifier: ISC */
#ifndef DB_POOLER_H
#define DB_POOLER_H

#include "util/base.h"

#define POOLER_SQL "select pg_catalog.pg_backend_pid()"

/* From now on nothing is prepared. Logged once. */
void pooler_report(void);
bool pooler_found(void);

#endif
