/* stale: whether an error may come from a prepared statement that is older than the schema, and not from what
 * was asked for. PostgreSQL fixes the types of parameters when a statement is prepared (docs 55.2.3, Parse);
 * after ALTER TABLE .. TYPE a new value may not fit the old type, an operator for the two may be missing, or
 * the old type itself. SPDX-License-Identifier: ISC */
#ifndef DB_STALE_H
#define DB_STALE_H

#include "util/base.h"

#include <libpq-fe.h>

enum stale {
    STALE_NO,
    STALE_MAYBE,   /* if the statement was prepared before: an error about types, names or values */
    STALE_PLAN,    /* certain: its result has other columns now */
    STALE_MISSING, /* certain: the server does not know the statement */
};

enum stale stale_judge(const PGresult *error);
bool stale_is_state(const PGresult *error, const char *sqlstate);

#endif
