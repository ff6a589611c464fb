/* conn_fixture: see the header. SPDX-License-Identifier: ISC */
#include "test/unit/server/conn_fixture.h"
#include "util/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct seen seen;
struct loopback lb;

void send_text(struct request *req, int status, const char *text)
{
    struct buf body;
    buf_init(&body, 0);
    buf_append(&body, str_cstr(text));
    response_send(req, status, &body);
}

const char *big_text(size_t n)
{
    static char *text;
    text = realloc(text, n + 1);
    memset(text, 'x', n);
    text[n] = '\0';
    return text;
}

static void on_abort(struct request *req)
{
    seen.aborted++;
    for (unsigned i = 0; i < seen.npending; i++) {
        if (seen.pending[i] == req)
            seen.pending[i] = NULL;
    }
}

static void proceed(struct generator *gen, struct request *req)
{
    seen.proceeded++;
    seen.streaming = req;
}

static void stop(struct generator *gen, struct request *req)
{
    seen.stopped++;
    seen.streaming = NULL;
}

struct generator generator = {proceed, stop};

static void on_request(struct request *req)
{
    if (str_starts(req->path, STR("/wait"))) {
        req->on_abort = on_abort;
        seen.pending[seen.npending++] = req;
    } else if (str_eq(req->path, STR("/orphan"))) {
        seen.pending[seen.npending++] = req;
    } else if (str_eq(req->path, STR("/echo"))) {
        response_send(req, 200, &req->body);
    } else if (str_eq(req->path, STR("/stream"))) {
        response_stream(req, 200, &generator);
    } else if (str_eq(req->path, STR("/headers"))) {
        response_header(req, STR("X-One"), STR("1"));
        response_header(req, STR("Content-Security-Policy"), STR("default-src 'self'"));
        send_text(req, 200, "x");
    } else if (str_starts(req->path, STR("/big/"))) {
        send_text(req, 200, big_text(strtoul(req->path.p + 5, NULL, 10)));
    } else if (str_eq(req->path, STR("/busy"))) {
        usleep(30000);
        send_text(req, 200, "busy");
    } else if (str_eq(req->path, STR("/spin"))) {
        for (uint64_t until = clock_thread_us() + 30000; clock_thread_us() < until;)
            ;
        send_text(req, 200, "spin");
    } else if (str_eq(req->path, STR("/204"))) {
        response_send(req, 204, NULL);
    } else if (str_eq(req->path, STR("/304"))) {
        response_send(req, 304, NULL);
    } else {
        char text[128];
        snprintf(text, sizeof text, "%.*s", STR_ARG(req->path));
        send_text(req, 200, text);
    }
}

static void forget(void *arg)
{
    if (seen.judged == arg)
        seen.judged = NULL;
}

static enum head_verdict on_head(struct request *req, uint64_t *body_limit)
{
    if (str_eq(req->path, STR("/small")))
        *body_limit = 4;
    if (str_starts(req->path, STR("/later"))) {
        seen.judged = req;
        arena_on_dispose(&req->arena, forget, req);
        return HEAD_WAIT;
    }
    if (!str_eq(req->path, STR("/refuse")))
        return HEAD_READ_BODY;
    seen.refused++;
    send_text(req, 401, "no");
    return HEAD_REFUSED;
}

static void on_finish(struct request *req)
{
    seen.finished++;
}

static void on_error(struct request *req, int status, struct str message, struct buf *body)
{
    buf_printf(body, "{\"%d\":\"%.*s\"}", status, STR_ARG(message));
}

static const struct app app = {
    .head = on_head, .request = on_request, .finish = on_finish, .error = on_error};

void exchange_known(const char *requests)
{
    loopback_exchange(&lb, GET("/first"));
    buf_clear(&lb.received, 0);
    loopback_send(&lb, str_cstr(requests));
}

const char *got(void)
{
    *buf_reserve(&lb.received, 1) = '\0';
    return lb.received.data + lb.received.head;
}

void assert_has(const char *text)
{
    if (!strstr(got(), text))
        fail_msg("no \"%s\" in: %s", text, got());
}

void assert_lacks(const char *text)
{
    if (strstr(got(), text))
        fail_msg("\"%s\" in: %s", text, got());
}

void piece(const char *text, bool end)
{
    struct buf b;
    struct request *req = seen.streaming;
    assert_non_null(req);
    seen.streaming = NULL;
    buf_init(&b, 0);
    buf_append(&b, str_cstr(text));
    if (end)
        response_end(req, &b);
    else
        response_write(req, &b);
    loopback_wait(&lb, 0);
}

int conn_set_up_with(const char *more)
{
    char config[1000];
    snprintf(config, sizeof config,
        "timeout-header = 300ms\ntimeout-body = 400ms\ntimeout-idle = 500ms\ntimeout-body-grace = 200ms\n"
        "timeout-half-closed = 400ms\n%s",
        more);
    memset(&seen, 0, sizeof seen);
    loopback_init(&lb, &app, config);
    return 0;
}

int conn_set_up(void **state)
{
    return conn_set_up_with("");
}

int conn_tear_down(void **state)
{
    loopback_deinit(&lb);
    assert_int_equal(budget_held(), 0);
    return 0;
}
