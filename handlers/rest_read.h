/* rest_read: GET and HEAD on a relation: plan, one job, encode, answer. SPDX-License-Identifier: ISC */
#ifndef HANDLERS_REST_READ_H
#define HANDLERS_REST_READ_H

#include "handlers/exchange.h"

/* Content-Type and Content-Range of what x has read; used for whole and for streamed answers. `complete`: the
 * number of rows is final. Returns the status, 200 or 206, or 416 when the offset lies beyond a known total.
 */
int rest_read_headers(struct exchange *x, bool complete);

#endif
