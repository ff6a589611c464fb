/* stale: a table of SQLSTATEs. SPDX-License-Identifier: ISC */
#include "db/stale.h"

#include "db/db.h"

/* Two letters stand for a whole class. XX000 is e.g. "cache lookup failed for type", after an enum was made
 * anew. */
static const struct {
    const char *state;
    enum stale stale;
} states[] = {
    {"42501", STALE_NO}, /* of class 42, the only one that has nothing to do with names and types */
    {"42", STALE_MAYBE},
    {"22P02", STALE_MAYBE}, /* a value that the type does not take: syntax */
    {"22P03", STALE_MAYBE},
    {"22003", STALE_MAYBE}, /* range */
    {"22007", STALE_MAYBE}, /* date and time */
    {"22008", STALE_MAYBE},
    {"0A000", STALE_MAYBE},
    {"XX000", STALE_MAYBE},
    {"26000", STALE_MISSING},
};

bool stale_is_state(const PGresult *error, const char *sqlstate)
{
    const char *have = PQresultErrorField(error, PG_DIAG_SQLSTATE);
    return have && strncmp(have, sqlstate, strlen(sqlstate)) == 0;
}

/* 0A000 is many things; this one comes from RevalidateCachedQuery (plancache.c), whatever the language. */
static bool is_stale_plan(const PGresult *error)
{
    const char *function = PQresultErrorField(error, PG_DIAG_SOURCE_FUNCTION);
    const char *message = PQresultErrorField(error, PG_DIAG_MESSAGE_PRIMARY);
    return stale_is_state(error, "0A000") && ((function && strcmp(function, "RevalidateCachedQuery") == 0) ||
                                                 (message && strstr(message, "cached plan must not change")));
}

/* A statement of ours that fails itself on purpose. */
static bool is_guard(const PGresult *error)
{
    const char *message = PQresultErrorField(error, PG_DIAG_MESSAGE_PRIMARY);
    return message && strstr(message, "\"" DB_GUARD);
}

enum stale stale_judge(const PGresult *error)
{
    if (is_stale_plan(error))
        return STALE_PLAN;
    for (size_t i = 0; i < ARRAY_LEN(states); i++) {
        if (stale_is_state(error, states[i].state))
            return is_guard(error) ? STALE_NO : states[i].stale;
    }
    return STALE_NO;
}
