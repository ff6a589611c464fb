/* response: putting an answer together. The header block is copied from three runs of bytes (status line, the
 * worker's fixed block, the handler's lines) and the numbers are written in place: no format strings here.
 * SPDX-License-Identifier: ISC */
#include "server/response.h"

#include "server/conn.h"
#include "server/worker_impl.h"
#include "util/budget.h"
#include "util/check.h"

#include <string.h>

/* Bodies up to this size are copied behind their headers: cheaper than a second iovec, and the memory is free
 * again. */
#define INLINE_BODY ((size_t)2048)

static const struct {
    int status;
    const char *reason;
} reasons[] = {
    {100, "Continue"},
    {101, "Switching Protocols"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {205, "Reset Content"},
    {206, "Partial Content"},
    {300, "Multiple Choices"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {402, "Payment Required"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {418, "I'm a teapot"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Content"},
    {423, "Locked"},
    {425, "Too Early"},
    {426, "Upgrade Required"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
    {507, "Insufficient Storage"},
};

const char *http_reason(int status)
{
    for (size_t i = 0; i < ARRAY_LEN(reasons); i++) {
        if (reasons[i].status == status)
            return reasons[i].reason;
    }
    return "Unknown";
}

void response_header(struct request *req, struct str name, struct str value)
{
    CHECK_OBJ(req, REQUEST_MAGIC);
    CHECK(req->response.state == RESPONSE_NONE);
    headers_add(&req->response.headers, name, value);
}

void response_own_header(struct request *req, struct str name, struct str value)
{
    CHECK_OBJ(req, REQUEST_MAGIC);
    CHECK(req->response.state == RESPONSE_NONE);
    headers_add(&req->response.own, name, value);
}

bool response_has_header(const struct request *req, struct str name)
{
    return headers_has(&req->response.headers, name) || headers_has(&req->response.own, name);
}

void response_reason(struct request *req, struct str reason)
{
    bool printable = reason.n <= RESPONSE_REASON_MAX;
    for (size_t i = 0; i < reason.n && printable; i++)
        printable = (unsigned char)reason.p[i] >= ' ' && reason.p[i] != 0x7f;
    if (printable)
        req->response.reason = arena_str(&req->arena, reason);
}

static char *put(char *p, struct str s)
{
    if (s.n)
        memcpy(p, s.p, s.n);
    return p + s.n;
}

static bool has_no_body(int status)
{
    return status == 204 || status == 304 || (status >= 100 && status < 200);
}

/* Whether the connection can serve another request after this answer; the answer must say so. */
static bool stays_open(const struct request *req)
{
    return req->keep_alive && !req->response.close && !(req->worker->draining && conn_is_newest(req));
}

/* The head in front of a body of `length` bytes; UINT64_MAX: unknown. */
static NODISCARD bool assemble(struct request *req, int status, uint64_t length)
{
    struct response *r = &req->response;
    const struct worker *w = req->worker;
    struct str reason = r->reason.n ? r->reason : str_cstr(http_reason(status));
    bool csp = r->headers.csp || r->own.csp;
    struct str fixed = str_sub(buf_str(&w->fixed), 0, csp ? w->fixed_without_csp : SIZE_MAX);
    struct str lines = buf_str(&r->headers.lines), own = buf_str(&r->own.lines);
    CHECK(status >= 200 && status <= 599);
    char *p = buf_try_reserve(&r->wire, fixed.n + lines.n + own.n + reason.n + 160);
    if (!p)
        return false;
    p = put(p, STR("HTTP/1.1 "));
    p = u64_write(p, (uint64_t)status);
    *p++ = ' ';
    p = put(p, reason);
    p = put(p, STR("\r\n"));
    p = put(p, fixed);
    p = put(p, lines);
    p = put(p, own);
    if (length == UINT64_MAX) {
        r->chunked = req->http_minor >= 1;
        r->close = r->close || !r->chunked;
        if (r->chunked)
            p = put(p, STR("Transfer-Encoding: chunked\r\n"));
    } else if (!has_no_body(status) && req->method != HTTP_HEAD_) {
        p = put(p, STR("Content-Length: "));
        p = u64_write(p, length);
        p = put(p, STR("\r\n"));
    }
    if (!stays_open(req)) {
        r->close = true;
        p = put(p, STR("Connection: close\r\n"));
    } else if (req->http_minor == 0) {
        p = put(p, STR("Connection: keep-alive\r\n"));
    }
    p = put(p, STR("\r\n"));
    buf_commit(&r->wire, p);
    r->status = status;
    return true;
}

static void add_head(struct request *req, int status, uint64_t length)
{
    if (req->worker->callbacks->headers)
        req->worker->callbacks->headers(req);
    if (!assemble(req, status, length))
        conn_lose(req->conn);
}

/* An answer before the body has come: the rest of the body is read if it is short, else the connection is
 * closed. */
static void answer_early(struct request *req)
{
    bool is_short = req->content_length != UINT64_MAX && req->content_length <= WORKER_INPUT;
    req->discard = true;
    if (req->want_continue || !is_short)
        req->response.close = true;
    req->want_continue = false;
}

static void take(struct buf *to, struct buf *from)
{
    buf_release(to);
    *to = *from;
    buf_init(from, 0);
}

/* What is said in place of a response that the server cannot give. */
static void write_error(struct request *req, int status, const char *message, struct buf *body)
{
    headers_clear(&req->response.headers, SIZE_MAX);
    if (req->worker->callbacks->error)
        req->worker->callbacks->error(req, status, str_cstr(message), body);
}

/* Whether there is room for a response of n bytes. One that may tell of a change is always sent: whoever got
 * 503 would make the change again. */
static bool has_room(const struct request *req, size_t n)
{
    bool safe = req->method == HTTP_GET_ || req->method == HTTP_HEAD_ || req->method == HTTP_OPTIONS_;
    return n <= BUDGET_SMALL || !safe || req->conn->admin || budget_has_room(n);
}

void response_send(struct request *req, int status, struct buf *body)
{
    CHECK_OBJ(req, REQUEST_MAGIC);
    struct response *r = &req->response;
    CHECK(r->state == RESPONSE_NONE);
    iteration_name(&req->worker->iteration, ITERATION_RESPONSE, req->id);
    if (body && !has_room(req, buf_len(body))) {
        metric_add_shared(MEMORY_REFUSALS, METRIC_MEMORY_RESPONSE, 1);
        buf_release(body);
        status = 503;
        write_error(req, HTTP1_NO_MEMORY, "There is not enough memory for the response", body);
    }
    size_t n = body ? buf_len(body) : 0;
    if (!req->received && req->has_body)
        answer_early(req);
    add_head(req, status, status == 205 ? 0 : n);
    if (n && req->method != HTTP_HEAD_ && !has_no_body(status) && status != 205) {
        if (n <= INLINE_BODY)
            buf_append(&r->wire, buf_str(body));
        else
            take(&r->body, body);
        r->bytes_sent = n;
    }
    if (body)
        buf_release(body);
    r->state = RESPONSE_DONE;
    size_t bytes = buf_len(&r->wire) + buf_len(&r->body);
    req->conn->queued += bytes;
    conn_learn_size(req->conn, bytes);
    request_settle(req);
    conn_wake(req->conn);
}

void response_send_shared(struct request *req, int status, struct blob *body)
{
    CHECK_OBJ(req, REQUEST_MAGIC);
    struct response *r = &req->response;
    size_t n = blob_str(body).n;
    CHECK(r->state == RESPONSE_NONE && !has_no_body(status));
    if (!req->received && req->has_body)
        answer_early(req);
    add_head(req, status, n);
    r->state = RESPONSE_DONE;
    size_t bytes = buf_len(&r->wire);
    if (n && req->method != HTTP_HEAD_) {
        r->shared = blob_ref(body);
        r->bytes_sent = n;
        bytes += n;
    }
    req->conn->queued += bytes;
    conn_learn_size(req->conn, buf_len(&r->wire));
    request_settle(req);
    conn_wake(req->conn);
}

void response_stream(struct request *req, int status, struct generator *gen)
{
    CHECK_OBJ(req, REQUEST_MAGIC);
    struct response *r = &req->response;
    CHECK(r->state == RESPONSE_NONE && gen && !has_no_body(status));
    if (!req->received && req->has_body)
        answer_early(req);
    add_head(req, status, UINT64_MAX);
    r->generator = gen;
    r->streaming = true;
    r->state = RESPONSE_HEAD;
    conn_learn_size(req->conn, SIZE_MAX);
    conn_wake(req->conn);
}

/* Adds a piece to the chunk that is being collected; a large first piece is taken as it is. */
static void collect(struct request *req, struct buf *piece)
{
    struct response *r = &req->response;
    CHECK_OBJ(req, REQUEST_MAGIC);
    CHECK(r->state == RESPONSE_HEAD || r->state == RESPONSE_BODY);
    iteration_name(&req->worker->iteration, ITERATION_STREAM, req->id);
    r->asked = false;
    if (piece && buf_len(piece) > 0 && !req->aborted) {
        if (buf_len(&r->pending) == 0)
            take(&r->pending, piece);
        else if (!buf_try_append(&r->pending, buf_str(piece)))
            conn_lose(req->conn);
    }
    if (piece)
        buf_release(piece);
    request_settle(req);
}

void response_write(struct request *req, struct buf *piece)
{
    CHECK(req->response.asked);
    collect(req, piece);
    req->response.state = RESPONSE_BODY;
    conn_wake(req->conn);
}

void response_end(struct request *req, struct buf *piece)
{
    collect(req, piece);
    req->response.state = RESPONSE_DONE;
    req->response.generator = NULL;
    conn_wake(req->conn);
}

void response_abort(struct request *req)
{
    CHECK_OBJ(req, REQUEST_MAGIC);
    req->response.generator = NULL;
    req->response.state = RESPONSE_DONE;
    req->aborted = true;
    conn_lose(req->conn);
}

void response_error(struct request *req, int status, const char *message)
{
    struct buf body;
    CHECK(req->response.state == RESPONSE_NONE);
    buf_init(&body, 0);
    req->response.close = true;
    req->discard = true;
    req->want_continue = false;
    write_error(req, status, message, &body);
    req->seen = true;
    response_send(req, status == HTTP1_NO_MEMORY ? 503 : status, &body);
}
