/* raised: errors that SQL composes itself: RAISE SQLSTATE 'PGRST' with a MESSAGE {"code", "message",
 * "details"?, "hint"?} and a DETAIL {"status", "headers", "status_text"?}, both JSON (PostgREST docs, "RAISE
 * errors with HTTP Status Codes"). Members that are not known are passed over. SPDX-License-Identifier: ISC
 */
#ifndef HANDLERS_RAISED_H
#define HANDLERS_RAISED_H

#include "db/db.h"
#include "server/request.h"

/* More are refused like what is no JSON: an answer that lacks some would tell nobody. */
#define RAISED_HEADERS_MAX 32
#define RAISED_DEPTH_MAX 32u

struct raised {
    int status; /* 200 to 599 */
    struct str code, message, details, hint, status_text;
    struct header headers[RAISED_HEADERS_MAX]; /* as they came: not judged yet */
    size_t nheaders;
};

static inline bool raised_is(const struct db_error *e)
{
    return str_eq(e->sqlstate, STR("PGRST"));
}
/* False: *details and *hint say what is wrong. Everything is in the arena. */
NODISCARD bool raised_parse(
    struct arena *a, const struct db_error *e, struct raised *r, struct str *details, struct str *hint);

#endif
