/* finish: the last moment of every request, however it ended: counters and the access log.
 * SPDX-License-Identifier: ISC */
#ifndef HANDLERS_FINISH_H
#define HANDLERS_FINISH_H

#include "server/request.h"

/* The `finish` of worker.h. */
void request_finished(struct request *req);

#endif
