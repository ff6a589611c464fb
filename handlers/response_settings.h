/* response_settings: what SQL says about the answer to a request: response.status, a number, and
 * response.headers, a JSON array of objects with one member each, a header line (PostgREST docs, "Response
 * headers", "Response status code"). They are read in the transaction, so that a value that makes no sense
 * undoes the request: PGRST112 and PGRST111. What the server itself is responsible for (framing, connection,
 * date, security headers) is not SQL's to say, and passed over. SPDX-License-Identifier: ISC */
#ifndef HANDLERS_RESPONSE_SETTINGS_H
#define HANDLERS_RESPONSE_SETTINGS_H

#include "handlers/exchange.h"

/* More are PGRST111. */
#define RESPONSE_SETTINGS_MAX 32

struct response_settings {
    int stmt, again; /* numbers of its statements in the job; 0: none */
    int status;      /* 0: not set */
    struct header headers[RESPONSE_SETTINGS_MAX];
    size_t nheaders;
};

/* Adds the statement to x->job. It may be asked twice, in front of the statement that does the work and
 * behind it: what is known last counts. The others do nothing for an exchange that did not ask. */
void response_settings_ask(struct exchange *x);
/* Takes what on_rows was given; rows of other statements are not touched. */
void response_settings_rows(struct exchange *x, int stmt, const struct db_rows *rows);
/* Whether the error is that of a setting that makes no sense; it is answered then. */
bool response_settings_failed(struct exchange *x, const struct db_error *error);
/* Adds the header lines; the status is SQL's, or else `status`. */
int response_settings_apply(const struct exchange *x, int status);
/* Whether SQL may give such a header: it is one, and not the server's own. */
bool response_settings_allows(struct str name, struct str value);
/* A header of our own, unless SQL gave it. */
void response_settings_header(const struct exchange *x, struct str name, struct str value);

#endif
