/* response: answering a request, whole or piece by piece. Exactly one of response_send() and
 * response_stream() ends the head; both may be called in the loop turn of the request or in any later one.
 * Answers of pipelined requests are put in order and all of a turn's output is flushed once, in the loop's
 * uv_check.
 *
 * Streaming is pull: the connection asks `proceed` when its write queue is below the low mark; the generator
 * answers with response_write() (now or later, once per proceed) and ends with response_end(). Nobody writes
 * unasked, which is the back-pressure. `stop` tells the generator that the client is gone or too slow: no
 * further call follows, and the generator must not touch the request again once it has returned from stop.
 * Idea: h2o's generator contract. SPDX-License-Identifier: ISC */
#ifndef SERVER_RESPONSE_H
#define SERVER_RESPONSE_H

#include "server/request.h"

#define RESPONSE_REASON_MAX 256

struct generator {
    void (*proceed)(struct generator *gen, struct request *req);
    void (*stop)(struct generator *gen, struct request *req);
};

/* A header field of the response; CR, LF or NUL in name or value is a CHECK failure of ours: validate what
 * comes from outside with headers_value_ok() first. Date, Content-Length, Connection, Server,
 * Transfer-Encoding and the security headers are the server's own and must not be added. */
void response_header(struct request *req, struct str name, struct str value);
/* The same for one that is of this request alone, and no part of what may be kept and said again to another:
. */
void response_own_header(struct request *req, struct str name, struct str value);
/* Whether there is one of that name of either kind, in whatever case. */
bool response_has_header(const struct request *req, struct str name);

/* A reason phrase in place of the standard one, copied. One that is no single line of printable text within
 * RESPONSE_REASON_MAX bytes is passed over. */
void response_reason(struct request *req, struct str reason);

/* The whole answer; takes the body's memory (the buf is re-initialised). HEAD, 204 and 304 send no body; HEAD
 * has the headers of GET but for Content-Length. body may be NULL. */
void response_send(struct request *req, int status, struct buf *body);

/* The same with a body that others hold too: a reference is taken, nothing is copied. Not for 204 and 304. */
void response_send_shared(struct request *req, int status, struct blob *body);

/* The head now, the body by generator: chunked for HTTP/1.1, until close for 1.0. */
void response_stream(struct request *req, int status, struct generator *gen);
/* One piece, taken; may be empty. Then wait for the next proceed. */
void response_write(struct request *req, struct buf *piece);
/* The last piece (may be empty); the answer is complete. */
void response_end(struct request *req, struct buf *piece);
/* After the first byte something failed: cuts the connection, so that nobody takes a torn body for a whole
 * one. */
void response_abort(struct request *req);

/* For server/ only: an error of the server's own, whose body and headers the application writes. Closes the
 * connection afterwards. */
void response_error(struct request *req, int status, const char *message);

/* The standard reason phrase, never NULL. */
const char *http_reason(int status);

#endif
