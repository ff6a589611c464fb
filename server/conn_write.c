/* conn_write: gathering and consuming output. Of a stream there are at most two pieces: the chunk on the wire
 * (`body`, with its framing in `wire` and `tail`) and the one that collects (`pending`); the generator is
 * asked while both together are below the low mark. SPDX-License-Identifier: ISC */
#include "server/conn_write.h"

#include "server/conn_limits.h"
#include "server/response.h"
#include "server/worker_impl.h"
#include "util/check.h"

#include <errno.h>

#define MAX_PIECES 64
#define PIECES_OF_ONE 4 /* head or framing, body, shared body, tail */
/* A generator is asked for more below this. */
#define LOW_MARK ((size_t)65536)
/* Of one connection in one turn: then the others have theirs. */
#define SHARE_BYTES ((size_t)1 << 20)
#define SHARE_ASKS 256

/* What is left of a body that others hold too. */
static struct str shared_rest(const struct response *r)
{
    return r->shared ? str_sub(blob_str(r->shared), r->shared_at, SIZE_MAX) : STR("");
}

bool response_is_sent(const struct response *r)
{
    return r->state == RESPONSE_DONE && buf_len(&r->wire) == 0 && buf_len(&r->body) == 0 && !r->shared &&
           r->tail_at == r->tail_n && buf_len(&r->pending) == 0 && (!r->streaming || r->terminated);
}

static void set_tail(struct response *r, struct str s)
{
    CHECK(s.n <= sizeof r->tail);
    memcpy(r->tail, s.p, s.n);
    r->tail_n = (uint8_t)s.n;
    r->tail_at = 0;
}

static void frame_chunk(struct response *r, size_t n, bool end)
{
    char digits[16];
    size_t k = sizeof digits;
    if (n == 0) {
        set_tail(r, STR("0\r\n\r\n"));
        return;
    }
    for (size_t v = n; v; v >>= 4)
        digits[--k] = "0123456789abcdef"[v & 15];
    buf_append(&r->wire, str_make(digits + k, sizeof digits - k));
    buf_append(&r->wire, STR("\r\n"));
    set_tail(r, end ? STR("\r\n0\r\n\r\n") : STR("\r\n"));
}

/* When the chunk on the wire is gone, what was collected becomes the next one. */
static void next_chunk(struct response *r)
{
    size_t n = buf_len(&r->pending);
    bool end = r->state == RESPONSE_DONE;
    if (!r->streaming || buf_len(&r->body) || r->tail_at < r->tail_n || (n == 0 && (!end || r->terminated)))
        return;
    buf_release(&r->body);
    r->body = r->pending;
    buf_init(&r->pending, 0);
    if (r->chunked)
        frame_chunk(r, n, end);
    r->terminated = end;
}

static int add_piece(struct iovec *iov, int n, const void *p, size_t size)
{
    if (size == 0)
        return n;
    iov[n] = (struct iovec){(void *)p, size};
    return n + 1;
}

static int gather(struct conn *c, struct iovec *iov)
{
    int n = 0;
    LIST_FOREACH(it, &c->requests)
    {
        struct request *req = LIST_ENTRY(it, struct request, link);
        struct response *r = &req->response;
        if (n + PIECES_OF_ONE > MAX_PIECES)
            break;
        if (req->want_continue && !req->head_waits && r->state == RESPONSE_NONE) {
            req->want_continue = false;
            buf_append(&r->wire, STR("HTTP/1.1 100 Continue\r\n\r\n"));
        }
        next_chunk(r);
        n = add_piece(iov, n, r->wire.data + r->wire.head, buf_len(&r->wire));
        n = add_piece(iov, n, r->body.data + r->body.head, buf_len(&r->body));
        struct str shared = shared_rest(r);
        n = add_piece(iov, n, shared.p, shared.n);
        n = add_piece(iov, n, r->tail + r->tail_at, (size_t)(r->tail_n - r->tail_at));
        bool whole = r->state == RESPONSE_DONE && (!r->streaming || r->terminated);
        if (!whole || r->close) /* of a stream that has ended the last chunk may be yet to come */
            break;
    }
    return n;
}

static size_t take_from(struct buf *b, size_t n)
{
    size_t part = MIN(n, buf_len(b));
    buf_consume(b, part);
    return part;
}

static size_t take_shared(struct response *r, size_t n)
{
    size_t left = shared_rest(r).n, part = MIN(n, left);
    r->shared_at += part;
    if (part == left)
        blob_unref(&r->shared);
    return part;
}

static void consume(struct conn *c, size_t n)
{
    LIST_FOREACH(it, &c->requests)
    {
        struct response *r = &LIST_ENTRY(it, struct request, link)->response;
        size_t wire = take_from(&r->wire, n), body = take_from(&r->body, n - wire);
        if (UNLIKELY(r->shared))
            body += take_shared(r, n - wire - body);
        n -= wire + body;
        if (!r->streaming && r->state == RESPONSE_DONE)
            c->queued -= wire + body;
        r->bytes_sent += r->streaming ? body : 0;
        size_t tail = MIN(n, (size_t)(r->tail_n - r->tail_at));
        r->tail_at = (uint8_t)(r->tail_at + tail);
        n -= tail;
        if (n == 0)
            return;
    }
    CHECK(n == 0);
}

/* What is left of the responses is kept for as long as the client likes: in no more memory than it takes. */
static void compact(struct conn *c)
{
    LIST_FOREACH(it, &c->requests)
    {
        struct request *req = LIST_ENTRY(it, struct request, link);
        buf_compact(&req->response.body);
        request_settle(req);
    }
}

static void set_blocked(struct conn *c)
{
    struct worker *w = c->worker;
    c->blocked = true;
    conn_limits_full(c);
    deadline_start(&c->write_deadline, w->deadlines, DEADLINE_WRITE, w->now_ms);
}

/* One write; how many bytes went, 0 when there was nothing to send or no room. */
static size_t write_once(struct conn *c)
{
    struct iovec iov[MAX_PIECES];
    int n = gather(c, iov);
    size_t total = 0;
    for (int i = 0; i < n; i++)
        total += iov[i].iov_len;
    if (total == 0) {
        deadline_stop(&c->write_deadline);
        return 0;
    }
    ssize_t sent = c->io.ops->writev(&c->io, iov, n);
    if (sent < 0 && sent != -EAGAIN) {
        conn_lose(c);
        return 0;
    }
    size_t done = sent > 0 ? (size_t)sent : 0;
    if (!c->admin)
        metric_add(&c->worker->metrics, HTTP_SENT, done);
    c->taking.given += done;
    if (c->taking.began_ms == 0)
        c->taking.began_ms = c->worker->now_ms;
    consume(c, done);
    if (done < total) {
        set_blocked(c);
        compact(c);
    } else {
        request_settle(LIST_ENTRY(c->requests.next, struct request, link));
        deadline_stop(&c->write_deadline);
    }
    return done;
}

/* HEAD gets the headers of the stream and nothing of it. */
static void end_head_stream(struct request *req)
{
    struct response *r = &req->response;
    struct generator *gen = r->generator;
    r->generator = NULL;
    r->state = RESPONSE_DONE;
    r->terminated = true;
    gen->stop(gen, req);
}

/* Asks the generator of the oldest answer for more; false when it is not time for that. */
static bool ask(struct conn *c)
{
    if (list_empty(&c->requests) || c->lost)
        return false;
    struct request *req = LIST_ENTRY(c->requests.next, struct request, link);
    struct response *r = &req->response;
    if (!r->generator || r->asked || buf_len(&r->body) + buf_len(&r->pending) >= LOW_MARK)
        return false;
    if (req->method == HTTP_HEAD_) {
        end_head_stream(req);
        return false;
    }
    r->asked = true;
    iteration_step(&c->worker->iteration, ITERATION_STREAM, req->id);
    r->generator->proceed(r->generator, req);
    iteration_step(&c->worker->iteration, ITERATION_WRITE, 0);
    return true;
}

bool conn_write(struct conn *c)
{
    size_t bytes = 0;
    int asks = 0;
    for (;;) {
        bool more = false;
        while (asks < SHARE_ASKS && ask(c)) {
            asks++;
            more = true;
        }
        size_t n = c->blocked || c->lost ? 0 : write_once(c);
        bytes += n;
        if (c->lost || (n == 0 && (!more || c->blocked)))
            return false;
        if (bytes >= SHARE_BYTES || asks >= SHARE_ASKS)
            return !c->blocked;
    }
}
