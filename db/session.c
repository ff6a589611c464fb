/* session: PQconnectdb and PQexec with their result kept. SPDX-License-Identifier: ISC */
#include "db/session.h"

#include "util/mem.h"

#include <libpq-fe.h>
#include <stdio.h>

#define CONNECT_TIMEOUT "10" /* seconds */

struct session {
    PGconn *pg;
    PGresult *res;
    PGcancel *cancel; /* made beforehand: PQgetCancel() allocates, and a signal handler must not */
    char error[1024];
    char sqlstate[6];
};

static void ignore_notice(void *arg, const char *message) {}

static void note_error(struct session *s, const char *message)
{
    size_t n = strlen(message);
    while (n > 0 && (message[n - 1] == '\n' || message[n - 1] == ' '))
        n--;
    snprintf(s->error, sizeof s->error, "%.*s", (int)n, n ? message : "");
}

/* Later keywords prevail in libpq, and an expanded dbname stands for all that its URI says: our defaults come
 * first. */
struct session *session_open(const char *conninfo, const char *application_name)
{
    struct session *s = MEM_NEW(struct session);
    const char *keys[] = {"connect_timeout", "fallback_application_name", "dbname", "client_encoding", NULL};
    const char *values[] = {CONNECT_TIMEOUT, application_name, conninfo, "UTF8", NULL};
    s->pg = PQconnectdbParams(keys, values, 1);
    if (PQstatus(s->pg) != CONNECTION_OK) {
        note_error(s, PQerrorMessage(s->pg));
        return s;
    }
    PQsetNoticeProcessor(s->pg, ignore_notice, NULL);
    s->cancel = PQgetCancel(s->pg);
    return s;
}

void session_close(struct session **ps)
{
    struct session *s = *ps;
    if (!s)
        return;
    PQclear(s->res);
    PQfreeCancel(s->cancel);
    PQfinish(s->pg);
    mem_free(s);
    *ps = NULL;
}

bool session_ok(const struct session *s)
{
    return PQstatus(s->pg) == CONNECTION_OK;
}

const char *session_error(const struct session *s)
{
    return s->error;
}

const char *session_sqlstate(const struct session *s)
{
    return s->sqlstate;
}

static bool take_result(struct session *s, PGresult *res)
{
    ExecStatusType status = PQresultStatus(res);
    bool ok = status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK || status == PGRES_EMPTY_QUERY;
    const char *state = ok ? NULL : PQresultErrorField(res, PG_DIAG_SQLSTATE);
    PQclear(s->res);
    s->res = res;
    snprintf(s->sqlstate, sizeof s->sqlstate, "%s", state ? state : "");
    note_error(s, ok ? "" : PQerrorMessage(s->pg));
    return ok;
}

bool session_exec(struct session *s, const char *sql)
{
    return take_result(s, PQexec(s->pg, sql));
}

bool session_query(struct session *s, const char *sql, const char *const *params, int nparams)
{
    return take_result(s, PQexecParams(s->pg, sql, nparams, NULL, params, NULL, NULL, 0));
}

int session_nrows(const struct session *s)
{
    return s->res ? PQntuples(s->res) : 0;
}

const char *session_value(const struct session *s, int row, int col)
{
    return PQgetisnull(s->res, row, col) ? NULL : PQgetvalue(s->res, row, col);
}

void session_cancel(struct session *s)
{
    char error[256];
    if (s->cancel)
        PQcancel(s->cancel, error, (int)sizeof error); /* nobody to tell when it fails */
}

int session_server_version(const struct session *s)
{
    return PQserverVersion(s->pg);
}

int session_library_version(void)
{
    return PQlibVersion();
}
