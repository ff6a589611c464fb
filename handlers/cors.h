/* cors: which pages of other origins a browser lets read our answers (WHATWG Fetch, "CORS protocol"). Without
 * server-cors-allowed-origins any may, but never with cookies; with it the listed ones, cookies included
 * unless server-cors-credentials is off. An origin that is not listed gets an answer without these headers,
 * and its browser keeps that from the page. Never on the admin listener. SPDX-License-Identifier: ISC */
#ifndef HANDLERS_CORS_H
#define HANDLERS_CORS_H

#include "server/config.h"
#include "server/request.h"

/* The headers of an answer to a request; also those of OPTIONS, which has Allow-Origin even without Origin.
 */
void cors_headers(struct request *req, const struct config *config);
/* Answers a preflight request of an origin that may call; false: it is none. */
NODISCARD bool cors_preflight(struct request *req, const struct config *config);

#endif
