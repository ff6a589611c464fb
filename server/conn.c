/* conn: a socket: what is watched and timed, and how it ends. SPDX-License-Identifier: ISC */
#include "server/conn.h"

#include "server/conn_limits.h"
#include "server/conn_read.h"
#include "server/conn_write.h"
#include "server/response.h"
#include "server/server_impl.h"
#include "server/worker_impl.h"
#include "util/budget.h"
#include "util/check.h"
#include "util/mem.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

/* Bytes read at once where what is read may have to be kept: behind other requests that are not answered, or
 * while memory is short; and at the beginning of a request. A body is read by WORKER_INPUT. */
#define KEPT_INPUT ((size_t)4096)
#define HEAD_INPUT ((size_t)16384)
#define LINGER_BYTES ((uint64_t)1 << 20)

bool conn_is_newest(const struct request *req)
{
    return req->conn->requests.prev == &req->link;
}

void conn_wake(struct conn *c)
{
    if (list_empty(&c->dirty))
        list_append(&c->worker->dirty, &c->dirty);
}

void conn_lose(struct conn *c)
{
    c->lost = true;
    conn_wake(c);
}

/* Nothing is left but to close it. Thousands of peers may leave in one moment, and to close a socket takes
 * microseconds: so many a turn, while the loop hears no more of them. */
static void end(struct conn *c)
{
    c->state = CONN_ENDED;
    (void)uv_poll_stop(&c->poll);
    deadline_stop(&c->read_deadline);
    deadline_stop(&c->write_deadline);
    list_remove(&c->dirty);
    list_append(&c->worker->ended, &c->dirty);
}

/* The peer sends no more. It may still read (a half-close), so that what is complete is answered. */
static void on_eof(struct conn *c)
{
    c->eof = c->fin = c->last = true;
    if (list_empty(&c->requests)) {
        end(c);
        return;
    }
    if (c->http1.req)
        conn_fail(c, 400, "The connection ended within the request");
    conn_wake(c);
    conn_update(c);
}

static void close_now(struct conn *c);

static size_t read_size(const struct conn *c)
{
    if (c->state != CONN_OPEN)
        return WORKER_INPUT;
    if (!conn_may_parse(c) || (c->nrequests > 0 && !c->http1.req && budget_is_short()))
        return KEPT_INPUT;
    return c->http1.req ? WORKER_INPUT : HEAD_INPUT;
}

static void on_readable(struct conn *c)
{
    struct worker *w = c->worker;
    ssize_t n = c->io.ops->read(&c->io, w->input, read_size(c));
    if (n == -EAGAIN)
        return;
    if (n > 0 && !c->admin)
        metric_add(&w->metrics, HTTP_RECEIVED, (uint64_t)n);
    if (c->state == CONN_LINGER) {
        c->lingered += n > 0 ? (uint64_t)n : LINGER_BYTES;
        if (c->lingered >= LINGER_BYTES)
            close_now(c);
    } else if (n > 0) {
        conn_read(c, w->input, (size_t)n);
    } else if (n == 0) {
        on_eof(c);
    } else if (list_empty(&c->requests)) {
        end(c);
    } else {
        conn_lose(c);
    }
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    struct conn *c;
    CAST_OBJ(c, poll->data, CONN_MAGIC);
    struct iteration *iteration = &c->worker->iteration;
    iteration_begin(c->worker);
    iteration_step(iteration, ITERATION_READ, 0);
    if (status < 0 || (events & UV_PRIORITIZED)) {
        if (list_empty(&c->requests))
            end(c);
        else
            conn_lose(c);
        return;
    }
    if (events & UV_WRITABLE) {
        c->blocked = false;
        conn_limits_writable(c);
        conn_wake(c);
        conn_update(c);
    }
    if (events & UV_DISCONNECT) {
        c->fin = true;
        conn_update(c);
    }
    if (events & UV_READABLE)
        on_readable(c);
    /* What could be answered at once leaves at once, while it is in the processor's cache: the end of the
     * turn would not save a write, since a connection is read once a turn. */
    if (!list_empty(&c->dirty) && c->state != CONN_ENDED) {
        list_remove(&c->dirty);
        conn_flush(c);
    }
    iteration_step(iteration, ITERATION_OTHER, 0);
}

/* While no input is read, the peer's FIN is watched. It is reported as long as it is there, so once is
 * enough: with nothing left to wait for, urgent data are watched, which nobody sends, but a reset is
 * reported, and the end of the peer of a unix socket. */
static void watch(struct conn *c)
{
    bool read = c->state == CONN_LINGER || (!c->last && buf_len(&c->stash) == 0);
    int events = (read && !c->eof ? UV_READABLE : 0) | (c->blocked ? UV_WRITABLE : 0);
    if (!(events & UV_READABLE) && !c->fin)
        events |= UV_DISCONNECT;
    events = events ? events : UV_PRIORITIZED;
    if (events == c->events)
        return;
    c->events = events;
    if (uv_poll_start(&c->poll, events, on_poll) != 0)
        conn_lose(c);
}

static void expect(struct conn *c, enum deadline_kind kind)
{
    struct worker *w = c->worker;
    if (!deadline_active(&c->read_deadline) || c->read_deadline.kind != kind)
        deadline_start(&c->read_deadline, w->deadlines, kind, w->now_ms);
}

/* A FIN is all that shows of a peer that left as well as of one that half-closed to wait for its answer
 * (RFC 9293 3.6); a reset or a failed write shows the first kind at once. A read that has not begun to answer
 * after timeout-half-closed is taken to be of that kind too, so that an export of hours does not run for
 * nobody; what may change something is finished in any case. A method that may change something but does not,
 * such as a POST to a function that only reads, shows by its on_abort. */
static bool may_be_gone(const struct conn *c)
{
    if (!c->fin || list_empty(&c->requests))
        return false;
    const struct request *first = LIST_ENTRY(c->requests.next, struct request, link);
    return first->response.state == RESPONSE_NONE && (c->nunsafe == 0 || first->on_abort);
}

/* The newest request, if the application has not decided on its head. */
static struct request *head_that_waits(const struct conn *c)
{
    struct request *req = c->http1.req ? c->http1.req : c->waiting;
    return req && req->head_waits ? req : NULL;
}

void conn_update(struct conn *c)
{
    if (c->state == CONN_CLOSED || c->state == CONN_ENDED)
        return;
    watch(c);
    if (c->state == CONN_LINGER)
        expect(c, DEADLINE_LINGER);
    else if (head_that_waits(c))
        expect(c, DEADLINE_VERDICT);
    else if (c->http1.req && c->http1.req->want_continue)
        deadline_stop(&c->read_deadline); /* earlier responses leave first */
    else if (c->http1.req && c->http1.head_done)
        expect(c, DEADLINE_BODY);
    else if (c->http1.req || (!c->served && c->nrequests == 0))
        expect(c, DEADLINE_HEAD);
    else if (c->nrequests == 0)
        expect(c, DEADLINE_IDLE);
    else if (may_be_gone(c))
        expect(c, DEADLINE_GONE);
    else
        deadline_stop(&c->read_deadline);
}

void conn_create(struct worker *w, const struct accepted *accepted)
{
    struct conn *c = MEM_NEW(struct conn);
    c->magic = CONN_MAGIC;
    c->worker = w;
    c->io = (struct io){&io_plain, accepted->fd, NULL};
    c->caller = accepted->caller;
    c->admin = accepted->admin;
    c->counted = accepted->counted;
    c->secure = accepted->secure;
    memcpy(c->client, accepted->client, sizeof c->client);
    if (c->counted)
        metric_inc(&w->metrics, HTTP_CONNECTIONS);
    list_init(&c->requests);
    list_init(&c->dirty);
    deadline_init(&c->read_deadline);
    deadline_init(&c->write_deadline);
    buf_init(&c->stash, 0);
    http1_init(&c->http1, &conn_read_ops, w->config, c->admin);
    list_init(&c->link);
    if (uv_poll_init(&w->loop, &c->poll, accepted->fd) != 0) {
        server_forget(w, c);
        close(accepted->fd);
        mem_free(c);
        return;
    }
    c->poll.data = c;
    list_append(&w->conns, &c->link);
    w->nconns++;
    conn_update(c);
}

static void release_request(struct conn *c, struct request *req)
{
    conn_limits_next(c);
    const struct app *app = c->worker->callbacks;
    if (req->seen && app->finish)
        app->finish(req);
    c->nrequests--;
    if (!c->admin)
        metric_dec(&c->worker->metrics, HTTP_ACTIVE);
    c->nunsafe -= req->started && !conn_is_safe(req);
    if (c->http1.req == req)
        c->http1.req = NULL;
    if (c->waiting == req)
        c->waiting = NULL;
    request_give(req);
}

/* Tells the application that nobody waits for this request; false when it must stay until it is answered. */
static bool abort_request(struct request *req)
{
    struct response *r = &req->response;
    req->aborted = r->state != RESPONSE_DONE || req->aborted;
    if (req->pinned)
        return false;
    if (r->state == RESPONSE_DONE)
        return true;
    if (r->generator) {
        struct generator *gen = r->generator;
        r->generator = NULL;
        gen->stop(gen, req);
        return true;
    }
    if (req->on_abort) {
        void (*fn)(struct request *) = req->on_abort;
        req->on_abort = NULL;
        fn(req);
        return true;
    }
    return !req->started;
}

static void abort_requests(struct conn *c)
{
    LIST_FOREACH(it, &c->requests)
    {
        struct request *req = LIST_ENTRY(it, struct request, link);
        if (abort_request(req))
            release_request(c, req);
    }
}

static void free_if_unused(struct conn *c)
{
    if (!c->handle_closed || !list_empty(&c->requests))
        return;
    list_remove(&c->dirty);
    c->magic = 0;
    mem_free(c);
}

static void on_closed(uv_handle_t *handle)
{
    struct conn *c;
    CAST_OBJ(c, handle->data, CONN_MAGIC);
    close(c->io.fd);
    c->handle_closed = true;
    abort_requests(c); /* those that were answered since */
    free_if_unused(c);
}

static void close_now(struct conn *c)
{
    CHECK(c->state != CONN_CLOSED);
    c->state = CONN_CLOSED;
    deadline_stop(&c->read_deadline);
    deadline_stop(&c->write_deadline);
    list_remove(&c->link);
    list_remove(&c->dirty);
    conn_release_stash(c);
    c->io.ops->release(&c->io);
    server_forget(c->worker, c);
    c->worker->nconns--;
    uv_close((uv_handle_t *)&c->poll, on_closed);
}

void conn_close(struct conn *c)
{
    CHECK(c->state == CONN_ENDED && list_empty(&c->requests));
    close_now(c);
}

static bool input_waits(const struct conn *c)
{
    char byte;
    return recv(c->io.fd, &byte, sizeof byte, MSG_PEEK | MSG_DONTWAIT) > 0;
}

/* All answers are out. When the peer may still be sending, or has sent what nobody read, closing at once
 * would make the kernel send a reset that can destroy the answer on its way (RFC 9112 section 9.6): FIN
 * first, then drop input until its FIN. */
static void close_politely(struct conn *c)
{
    c->last = true;
    c->io.ops->shutdown(&c->io);
    if (c->eof || !(c->staged || input_waits(c))) {
        close_now(c);
        return;
    }
    c->state = CONN_LINGER;
    deadline_stop(&c->write_deadline);
    conn_update(c);
}

void conn_reap(struct conn *c)
{
    if (c->state != CONN_CLOSED) {
        /* A reset, so that the kernel drops what it holds and nobody takes a torn answer for a whole one. */
        const struct linger reset = {.l_onoff = 1, .l_linger = 0};
        (void)setsockopt(c->io.fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
        c->last = true;
        close_now(c);
    }
    abort_requests(c);
    free_if_unused(c);
}

/* Takes off the requests whose answers the kernel has; false when the connection ends with the last of them.
 */
static bool finish_requests(struct conn *c)
{
    while (!list_empty(&c->requests)) {
        struct request *req = LIST_ENTRY(c->requests.next, struct request, link);
        if (!response_is_sent(&req->response) || (!req->received && !c->last) || req->pinned)
            return true;
        bool close = req->response.close;
        c->staged = c->staged || (close && req->keep_alive);
        c->last = c->last || close;
        c->served = true;
        req->response.state = RESPONSE_SENT;
        release_request(c, req);
        if (c->read_deadline.kind == DEADLINE_GONE)
            deadline_stop(&c->read_deadline); /* the next one has its own time */
        if (!list_empty(&c->requests))
            conn_wake(c); /* the next one's generator may be asked now */
        if (close) {
            abort_requests(c);
            return false;
        }
    }
    return true;
}

void conn_flush(struct conn *c)
{
    if (c->state == CONN_CLOSED || c->lost) {
        conn_reap(c);
        return;
    }
    if (c->state == CONN_LINGER) {
        abort_requests(c);
        return;
    }
    iteration_step(&c->worker->iteration, ITERATION_WRITE, 0);
    bool more = conn_write(c);
    if (c->lost) {
        conn_reap(c);
        return;
    }
    bool open = finish_requests(c);
    conn_read_on(c);
    if (!open || (c->last && list_empty(&c->requests))) {
        close_politely(c);
        return;
    }
    if (more)
        conn_wake(c);
    if (c->worker->closing && c->nrequests == 0)
        conn_drain(c);
    else
        conn_update(c);
}

/* Late: the server is not able to; an application that decides yet finds the response there. */
static void give_up_verdict(struct conn *c)
{
    struct request *req = head_that_waits(c);
    CHECK(req != NULL);
    req->head_waits = false;
    if (c->http1.req == req) {
        conn_fail(c, 503, "The request could not be checked in time");
        return;
    }
    c->waiting = NULL;
    response_error(req, 503, "The request could not be checked in time");
}

void conn_expire(struct conn *c, struct deadline *d)
{
    static const enum metric_cut why[DEADLINE_KINDS] = {
        [DEADLINE_HEAD] = METRIC_CUT_HEAD,
        [DEADLINE_BODY] = METRIC_CUT_BODY,
        [DEADLINE_IDLE] = METRIC_CUT_IDLE,
        [DEADLINE_LINGER] = METRIC_CUT_LINGER,
        [DEADLINE_GONE] = METRIC_CUT_HALF_CLOSED,
        [DEADLINE_WRITE] = METRIC_CUT_WRITE,
    };
    if (d->kind == DEADLINE_WRITE && conn_limits_goes_on(c))
        return;
    if (d->kind != DEADLINE_VERDICT) /* nobody is to blame */
        conn_count_cut(c, why[d->kind]);
    if (d->kind == DEADLINE_WRITE || d->kind == DEADLINE_GONE) {
        conn_lose(c);
    } else if (d->kind == DEADLINE_LINGER) {
        close_now(c);
    } else if (d->kind == DEADLINE_VERDICT) {
        give_up_verdict(c);
        conn_update(c);
    } else if (c->http1.req) {
        conn_fail(c, 408,
            d->kind == DEADLINE_BODY ? "The request body took too long" : "The request head took too long");
        conn_update(c);
    } else {
        c->staged = true;
        close_politely(c);
    }
}

void conn_check_rate(struct conn *c, uint64_t now)
{
    const struct config *config = c->worker->config;
    uint64_t elapsed = now - c->read_deadline.since, grace = config->timeout_body_grace;
    if (elapsed <= grace || c->http1.body_bytes * 1000 >= config->limit_body_min_rate * (elapsed - grace))
        return;
    conn_count_cut(c, METRIC_CUT_BODY);
    conn_fail(c, 408, "The request body comes too slowly");
    conn_update(c);
}

void conn_drain(struct conn *c)
{
    struct worker *w = c->worker;
    if (c->state != CONN_OPEN || c->lost || c->nrequests > 0)
        return;
    if (!w->giving_up && input_waits(c)) { /* came while the loop was busy: it is answered */
        conn_update(c);
        return;
    }
    if (!c->served && !w->giving_up) {
        /* Accepted a moment ago: its first request is on its way and deserves an answer. */
        deadline_start(&c->read_deadline, w->deadlines, DEADLINE_LINGER, w->now_ms);
        return;
    }
    c->staged = true;
    close_politely(c);
}

void conn_give_up(struct conn *c)
{
    if (c->state != CONN_OPEN)
        return;
    c->last = c->staged = true;
    LIST_FOREACH(it, &c->requests)
    {
        struct request *req = LIST_ENTRY(it, struct request, link);
        if (req->response.state != RESPONSE_NONE || !req->on_abort)
            continue;
        void (*fn)(struct request *) = req->on_abort;
        req->on_abort = NULL;
        fn(req);
        response_error(req, 503, "The server is stopping");
    }
    if (c->http1.req)
        conn_fail(c, 503, "The server is stopping");
    conn_update(c);
    if (c->nrequests == 0)
        close_politely(c);
    else
        conn_wake(c);
}
