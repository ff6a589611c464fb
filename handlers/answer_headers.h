/* answer_headers: what an answer carries whoever wrote it: Vary, CORS, the trace header, Server-Timing.
 * SPDX-License-Identifier: ISC */
#ifndef HANDLERS_ANSWER_HEADERS_H
#define HANDLERS_ANSWER_HEADERS_H

#include "server/request.h"

/* The `headers` of worker.h. */
void answer_headers(struct request *req);

#endif
