/* tiny_server: the server layer with an application that answers fixed bytes: for measuring it (wrk), for
 * attacking it (slowhttptest) and for the integration tests of HTTP itself.
 *
 *     tiny_server [key=value ...]     keys of config.def; listens on server-port
 *
 * GET / a short text; /echo the body; /big/N N bytes, buffered; /stream/N N bytes, chunked; /slow/MS answers
 * late; /refuse answers 401 from the head. SPDX-License-Identifier: ISC */
#include "server/response.h"
#include "server/server.h"
#include "server/worker_impl.h"
#include "util/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PIECE ((size_t)32768)

struct stream {
    struct generator gen;
    uint64_t left;
};

struct slow {
    uv_timer_t timer;
    struct request *req; /* NULL: the client left */
};

static void send_text(struct request *req, int status, const char *text)
{
    struct buf body;
    buf_init(&body, 0);
    buf_append(&body, str_cstr(text));
    response_header(req, STR("Content-Type"), STR("text/plain"));
    response_send(req, status, &body);
}

static void send_bytes(struct request *req, uint64_t n)
{
    struct buf body;
    buf_init(&body, 0);
    memset(buf_reserve(&body, n + 1), 'x', n);
    body.tail = n;
    response_send(req, 200, &body);
}

static void proceed(struct generator *gen, struct request *req)
{
    struct stream *s = (struct stream *)gen;
    struct buf piece;
    size_t n = (size_t)MIN(s->left, PIECE);
    buf_init(&piece, 0);
    memset(buf_reserve(&piece, n + 1), 'y', n);
    piece.tail = n;
    s->left -= n;
    if (s->left == 0)
        response_end(req, &piece);
    else
        response_write(req, &piece);
}

static void stop(struct generator *gen, struct request *req)
{
    (void)gen;
    (void)req;
}

static void stream_bytes(struct request *req, uint64_t n)
{
    struct stream *s = ARENA_NEW(&req->arena, struct stream);
    *s = (struct stream){{proceed, stop}, n};
    response_stream(req, 200, &s->gen);
}

static void on_slow_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void on_slow(uv_timer_t *timer)
{
    struct slow *slow = timer->data;
    if (slow->req) {
        slow->req->on_abort = NULL;
        send_text(slow->req, 200, "late\n");
    }
    uv_close((uv_handle_t *)timer, on_slow_closed);
}

static void on_slow_abort(struct request *req)
{
    struct slow *slow = req->app;
    slow->req = NULL;
}

static void answer_late(struct request *req, uint64_t ms)
{
    struct slow *slow = calloc(1, sizeof *slow);
    CHECK(slow != NULL);
    slow->req = req;
    slow->timer.data = slow;
    req->app = slow;
    req->on_abort = on_slow_abort;
    uv_timer_init(worker_loop(req->worker), &slow->timer);
    uv_timer_start(&slow->timer, on_slow, ms, 0);
}

static bool number_after(struct str path, struct str prefix, uint64_t *n)
{
    return str_starts(path, prefix) && str_to_u64(str_sub(path, prefix.n, path.n), n);
}

static void on_request(struct request *req)
{
    uint64_t n;
    if (str_eq(req->path, STR("/")))
        send_text(req, 200, "hello, world\n");
    else if (str_eq(req->path, STR("/echo")))
        response_send(req, 200, &req->body);
    else if (number_after(req->path, STR("/big/"), &n) && n < (1u << 30))
        send_bytes(req, n);
    else if (number_after(req->path, STR("/stream/"), &n))
        stream_bytes(req, n);
    else if (number_after(req->path, STR("/slow/"), &n))
        answer_late(req, n);
    else
        send_text(req, 404, "not found\n");
}

static enum head_verdict on_head(struct request *req, uint64_t *body_limit)
{
    (void)body_limit;
    if (!str_eq(req->path, STR("/refuse")))
        return HEAD_READ_BODY;
    send_text(req, 401, "no\n");
    return HEAD_REFUSED;
}

static void on_error(struct request *req, int status, struct str message, struct buf *body)
{
    response_header(req, STR("Content-Type"), STR("application/json"));
    buf_printf(body, "{\"code\":\"%d\",\"message\":\"%.*s\"}", status, STR_ARG(message));
}

/* What the tests look at: connections of each worker, refusals, signs of life. */
static void on_admin(struct request *req)
{
    struct server *s = worker_server(req->worker);
    struct server_stats stats;
    char text[512];
    int n = 0;
    server_stats(s, &stats);
    for (unsigned i = 0; i < server_nworkers(s) && i < 16; i++)
        n += snprintf(text + n, sizeof text - (size_t)n, "%u ", atomic_load(&server_worker(s, i)->load));
    snprintf(text + n, sizeof text - (size_t)n,
        "| refused %llu timeouts %llu requests %llu slowest %llu draining %d\n",
        (unsigned long long)stats.refused, (unsigned long long)stats.timeouts,
        (unsigned long long)stats.requests, (unsigned long long)server_slowest_loop_ms(s),
        server_draining(s));
    send_text(req, 200, text);
}

int main(int argc, char **argv)
{
    static const struct app app = {
        .head = on_head, .request = on_request, .error = on_error, .admin = on_admin};
    struct config_setting settings[64];
    struct config_source source = {.flags = settings};
    struct buf messages;
    char error[256];
    buf_init(&messages, 0);
    for (int i = 1; i < argc && i < 64; i++) {
        struct str arg = str_cstr(argv[i]);
        size_t eq = str_find(arg, '=');
        settings[source.nflags++] = (struct config_setting){str_sub(arg, 0, eq), str_sub(arg, eq + 1, arg.n)};
    }
    const struct config *config = config_load(&source, &messages);
    fprintf(stderr, "%.*s", STR_ARG(buf_str(&messages)));
    buf_release(&messages);
    if (!config)
        return 2;
    struct server *s = server_create(config, &app);
    config_unref(config);
    if (!server_listen(s, error, sizeof error)) {
        fprintf(stderr, "%s\n", error);
        server_free(&s);
        return 1;
    }
    printf("port %u admin %u\n", server_port(s, false), server_port(s, true));
    fflush(stdout);
    int status = server_run(s);
    struct server_stats stats;
    server_stats(s, &stats);
    printf("requests %llu\n", (unsigned long long)stats.requests);
    server_free(&s);
    return status;
}
