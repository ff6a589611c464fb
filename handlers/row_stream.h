/* row_stream: an answer that is sent while the database still produces it. Rows are encoded as they arrive;
 * below response-buffer bytes the answer stays whole and gets a Content-Length, beyond it becomes chunked.
 * The client's pace is the pace: when a piece waits to be asked for, the job is paused and PostgreSQL waits
 * in turn, so memory does not grow with the result. A client that leaves cancels the query; an error after
 * the first byte cuts the connection. SPDX-License-Identifier: ISC */
#ifndef HANDLERS_ROW_STREAM_H
#define HANDLERS_ROW_STREAM_H

#include "handlers/exchange.h"

/* Adds the header lines that are known before the rows have ended, and returns the status. */
typedef int row_stream_head_fn(struct exchange *x);

/* Makes x's job a stream, if it gets a connection of its own. most: bytes of x->body that are held before the
 * head must leave: response-buffer, or more where it is better to wait for the end. head: NULL: what it says
 * is only known at the end, so that the response is buffered up to `most`, and x->too_large beyond. */
void row_stream_init(struct exchange *x, size_t most, row_stream_head_fn *head);
/* Rows were added to x->body; last: there are no more. */
void row_stream_more(struct exchange *x, bool last);
/* Whether the head is out. */
bool row_stream_started(const struct exchange *x);
/* The job ended well: true when the whole answer is in x->body and still to be sent by step ANSWER. */
bool row_stream_end(struct exchange *x);
/* The job failed: true when nothing was sent yet and an error answer is possible; else the connection is cut.
 */
bool row_stream_failed(struct exchange *x);

#endif
