/* response_settings: what SQL says about the answer to its call: response.status, a number, and
 * response.headers, a JSON array of objects whose members are header lines (PostgREST docs, "Response
 * headers", "Response status code"). They are read in the transaction, so that a value that makes no sense
 * undoes the call: PGRST112 and PGRST111. What the server itself is responsible for (framing, connection,
 * date, security headers) is not SQL's to say, and passed over. SPDX-License-Identifier: ISC */
#ifndef HANDLERS_RESPONSE_SETTINGS_H
#define HANDLERS_RESPONSE_SETTINGS_H

#include "handlers/exchange.h"

#define RESPONSE_SETTINGS_MAX 32

struct response_settings {
    int first;  /* number of the first of its statements in the job */
    int status; /* 0: not set */
    struct header headers[RESPONSE_SETTINGS_MAX];
    size_t nheaders;
};

/* Adds the statements to x->job, behind the one that does the work. */
void response_settings_ask(struct response_settings *s, struct exchange *x);
/* Takes what on_rows was given; rows of other statements are not touched. */
void response_settings_rows(
    struct response_settings *s, struct exchange *x, int stmt, const struct db_rows *rows);
/* Whether the error is that of a setting that makes no sense; it is answered then. */
bool response_settings_failed(
    const struct response_settings *s, struct exchange *x, const struct db_error *error);
/* Adds the header lines; a header of our own is added only when SQL did not give it. */
void response_settings_headers(const struct response_settings *s, struct request *req);
void response_settings_header(
    const struct response_settings *s, struct request *req, struct str name, struct str value);

#endif
