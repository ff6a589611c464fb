/* openapi: GET and HEAD on the root. A plain request gets what PostgREST gives, OpenAPI 2.0 (openapi_2.c);
 * `Accept: application/openapi+json; version=3.1` gets our own document (openapi_3.c). Both are made of the
 * catalog's snapshot for the role that asks, without the database; finished ones are kept (openapi_cache.h).
 * A document that is not there is made in libuv's thread pool, one at a time for each worker, while the
 * requests for it wait. SPDX-License-Identifier: ISC */
#ifndef HANDLERS_OPENAPI_H
#define HANDLERS_OPENAPI_H

#include "handlers/exchange.h"
#include "handlers/openapi_cache.h"

struct openapi;

/* One per worker. */
NODISCARD struct openapi *openapi_create(uv_loop_t *loop, struct openapi_cache *cache);
/* done(arg) is called, perhaps at once, when nothing is under way any more. */
void openapi_stop(struct openapi *o, void (*done)(void *arg), void *arg);
void openapi_free(struct openapi **o);

#endif
