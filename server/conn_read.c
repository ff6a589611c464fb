/* conn_read: see the header. SPDX-License-Identifier: ISC */
#include "server/conn_read.h"

#include "server/response.h"
#include "server/server_impl.h"
#include "server/worker_impl.h"
#include "util/budget.h"
#include "util/check.h"

/* Bytes of responses that a connection may have waiting, by what they are expected to be. */
#define MAX_QUEUED ((size_t)262144)

static struct conn *conn_of(struct http1 *h)
{
    struct conn *c = container_of(h, struct conn, http1);
    CHECK_OBJ(c, CONN_MAGIC);
    return c;
}

static struct request *newest(const struct conn *c)
{
    return list_empty(&c->requests) ? NULL : LIST_ENTRY(c->requests.prev, struct request, link);
}

bool conn_is_safe(const struct request *req)
{
    return req->method == HTTP_GET_ || req->method == HTTP_HEAD_ || req->method == HTTP_OPTIONS_;
}

static struct request *begin_request(struct http1 *h)
{
    struct conn *c = conn_of(h);
    struct worker *w = c->worker;
    struct request *req = request_take(w);
    req->conn = c;
    uint64_t nth = atomic_load_explicit(&w->requests, memory_order_relaxed) + 1;
    atomic_store_explicit(&w->requests, nth, memory_order_relaxed);
    req->id = (uint64_t)w->index << 48 | nth;
    if (!c->admin)
        metric_inc(&w->metrics, HTTP_ACTIVE);
    req->started_ns = uv_hrtime();
    req->secure = c->secure;
    memcpy(req->client, c->client, sizeof req->client);
    req->caller = c->caller;
    req->rate = &c->rate;
    list_append(&c->requests, &req->link);
    c->nrequests++;
    h->config = w->config;
    return req;
}

static void apply_verdict(struct conn *c, struct request *req, enum head_verdict verdict)
{
    req->head_waits = verdict == HEAD_WAIT;
    if (verdict == HEAD_REFUSED) {
        CHECK(req->response.state != RESPONSE_NONE);
        if (req->response.close && !req->received && req->has_body)
            c->last = c->staged = true;
    }
    if (req->want_continue)
        conn_wake(c);
}

static void head_complete(struct http1 *h, struct request *req)
{
    struct conn *c = conn_of(h);
    const struct app *app = c->worker->callbacks;
    req->seen = true;
    apply_verdict(c, req, !c->admin && app->head ? app->head(req, &req->body_limit) : HEAD_READ_BODY);
}

const struct http1_ops conn_read_ops = {begin_request, head_complete};

static void start(struct conn *c, struct request *req)
{
    const struct app *app = c->worker->callbacks;
    iteration_step(&c->worker->iteration, ITERATION_REQUEST, req->id);
    req->started = true;
    c->nunsafe += !conn_is_safe(req);
    if (!c->admin)
        app->request(req);
    else if (app->admin)
        app->admin(req);
    else
        response_error(req, 404, "There is nothing here");
}

static bool may_start(const struct conn *c, const struct request *req)
{
    if (req->head_waits)
        return false;
    return conn_is_safe(req) ? c->nunsafe == 0 : c->nrequests == 1;
}

static void on_message(struct conn *c)
{
    struct request *req = newest(c);
    deadline_stop(&c->read_deadline);
    if (!req->keep_alive)
        c->last = true;
    if (req->response.state != RESPONSE_NONE)
        conn_wake(c);
    else if (may_start(c, req))
        start(c, req);
    else
        c->waiting = req;
}

void conn_fail(struct conn *c, int status, const char *message)
{
    struct request *req = c->http1.req;
    CHECK(req != NULL);
    c->http1.req = NULL;
    c->last = c->staged = true;
    if (req->response.state == RESPONSE_NONE)
        response_error(req, status, message);
    conn_wake(c);
}

void request_head_decided(struct request *req, enum head_verdict verdict, uint64_t body_limit)
{
    struct conn *c = req->conn;
    uint64_t length = req->content_length == UINT64_MAX ? buf_len(&req->body) : req->content_length;
    CHECK(req->head_waits && verdict != HEAD_WAIT);
    if (c->read_deadline.kind == DEADLINE_VERDICT)
        deadline_stop(&c->read_deadline);
    apply_verdict(c, req, verdict);
    req->body_limit = body_limit;
    if (verdict == HEAD_READ_BODY && req->has_body && length > body_limit) {
        verdict = HEAD_REFUSED;
        if (c->http1.req == req)
            conn_fail(c, 413, "The request body is too large");
        else
            response_error(req, 413, "The request body is too large");
    }
    if (verdict == HEAD_REFUSED && c->waiting == req)
        c->waiting = NULL;
    conn_wake(c);
}

/* Large responses come down in size by half, so that one large among small ones is not forgotten at once. */
void conn_learn_size(struct conn *c, size_t n)
{
    c->expected = MAX(MIN(n, MAX_QUEUED), c->expected / 2);
}

/* Whether one more request of this connection may be started beside those that are. Nobody knows how large
 * its response will be, and once it is produced it must be kept until the client reads. So requests run side
 * by side only as far as responses like the last ones fit; at first, while the client does not read and while
 * memory is short, one at a time. */
static bool has_room(const struct conn *c)
{
    if (c->nrequests == 0)
        return true;
    return c->expected != 0 && !c->blocked && c->nrequests < c->worker->config->limit_pipeline &&
           c->queued + (c->nrequests + 1) * c->expected <= MAX_QUEUED && !budget_is_short();
}

bool conn_may_parse(const struct conn *c)
{
    if (c->state != CONN_OPEN || c->lost || c->last)
        return false;
    if (c->http1.req)
        return !c->http1.req->head_waits;
    return !c->waiting && has_room(c);
}

/* Parses what may be parsed; returns how much of it is left. */
static size_t parse(struct conn *c, const char *p, size_t n)
{
    while (n > 0 && conn_may_parse(c)) {
        enum http1_event event;
        size_t used = http1_feed(&c->http1, p, n, &event);
        p += used;
        n -= used;
        if (event == HTTP1_MESSAGE)
            on_message(c);
        else if (event == HTTP1_FAILED)
            conn_fail(c, c->http1.status, c->http1.message);
    }
    if (n > 0 && c->last)
        c->staged = true;
    return c->last ? 0 : n;
}

void conn_read(struct conn *c, const char *p, size_t n)
{
    size_t left = parse(c, p, n), before = c->stash.cap;
    if (!buf_try_append(&c->stash, str_make(p + n - left, left)))
        conn_lose(c);
    budget_change(before, c->stash.cap);
    conn_update(c);
}

void conn_release_stash(struct conn *c)
{
    budget_give(c->stash.cap);
    buf_release(&c->stash);
}

void conn_read_on(struct conn *c)
{
    if (c->waiting && may_start(c, c->waiting)) {
        struct request *req = c->waiting;
        c->waiting = NULL;
        start(c, req);
    }
    if (buf_len(&c->stash) == 0 || !conn_may_parse(c))
        return;
    size_t left = parse(c, c->stash.data + c->stash.head, buf_len(&c->stash));
    buf_consume(&c->stash, buf_len(&c->stash) - left);
    if (left == 0)
        conn_release_stash(c);
}
