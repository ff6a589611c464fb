/* session: one blocking connection, for commands (migrate, seed, check-config), never for the server's loops.
 * Errors are complete sentences in `error`, owned by the session. SPDX-License-Identifier: ISC */
#ifndef DB_SESSION_H
#define DB_SESSION_H

#include "util/str.h"

struct session;

/* Connects (connect_timeout 10 s unless the URI says otherwise); never NULL: ask session_ok(). */
NODISCARD struct session *session_open(const char *conninfo, const char *application_name);
void session_close(struct session **s);
bool session_ok(const struct session *s);
const char *session_error(const struct session *s);
/* SQLSTATE of the last error, "" when there was none from the server. */
const char *session_sqlstate(const struct session *s);
/* Runs one string of statements (simple protocol); true when all succeeded. */
NODISCARD bool session_exec(struct session *s, const char *sql);
/* Runs one statement with text parameters and keeps its result until the next call. */
NODISCARD bool session_query(struct session *s, const char *sql, const char *const *params, int nparams);
int session_nrows(const struct session *s);
/* NULL for SQL NULL. */
const char *session_value(const struct session *s, int row, int col);
/* From any thread or a signal handler: asks the server to cancel what runs (PQcancel). */
void session_cancel(struct session *s);
int session_server_version(const struct session *s);
/* Of libpq itself, as 150020. */
int session_library_version(void);

#endif
