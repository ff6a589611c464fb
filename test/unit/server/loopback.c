/* loopback: see the header. SPDX-License-Identifier: ISC */
#include "test/unit/server/loopback.h"

#include "server/conn.h"
#include "server/worker_impl.h"
#include "test/unit/test.h"
#include "util/caller.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static const struct config *make_config(const char *text)
{
    char path[] = "/tmp/loopback_XXXXXX";
    struct config_setting threads = {STR("server-threads"), STR("1")};
    struct config_source source = {.flags = &threads, .nflags = 1};
    struct buf messages;
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    if (text)
        assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    source.path = path;
    buf_init(&messages, 0);
    const struct config *config = config_load(&source, &messages);
    unlink(path);
    if (!config)
        fail_msg("%.*s", STR_ARG(buf_str(&messages)));
    buf_release(&messages);
    return config;
}

void loopback_init(struct loopback *lb, const struct app *app, const char *text)
{
    const struct config *config = make_config(text);
    *lb = (struct loopback){.server = server_create(config, app), .fd = -1};
    config_unref(config);
    lb->worker = server_worker(lb->server, 0);
    buf_init(&lb->received, 0);
    worker_begin(lb->worker);
}

static void on_stopped(void *arg)
{
    *(bool *)arg = true;
}

void loopback_deinit(struct loopback *lb)
{
    const struct app *app = lb->worker->callbacks;
    bool stopped = app->stop == NULL;
    loopback_close(lb);
    if (app->stop)
        app->stop(lb->worker->app, on_stopped, &stopped);
    for (int i = 0; i < 1000 && !(stopped && list_empty(&lb->worker->conns)); i++)
        loopback_wait(lb, 2);
    assert_true(stopped);
    assert_true(list_empty(&lb->worker->conns));
    buf_release(&lb->received);
    server_free(&lb->server);
}

void loopback_open(struct loopback *lb)
{
    int pair[2];
    struct accepted a = {.client = "test", .caller = caller_of(STR("test"))};
    loopback_close(lb);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair), 0);
    a.fd = pair[0];
    lb->fd = pair[1];
    lb->closed = false;
    buf_clear(&lb->received, SIZE_MAX);
    conn_create(lb->worker, &a);
}

/* True when something came. */
static bool receive(struct loopback *lb)
{
    if (lb->fd < 0 || lb->closed)
        return false;
    char *p = buf_reserve(&lb->received, 65536);
    ssize_t n = recv(lb->fd, p, 65536, 0);
    if (n > 0)
        buf_commit(&lb->received, p + n);
    lb->closed = n == 0 || (n < 0 && errno == ECONNRESET);
    return n > 0 || lb->closed;
}

void loopback_wait(struct loopback *lb, unsigned ms)
{
    uint64_t until = uv_hrtime() + ms * 1000000ull;
    int quiet = 0;
    while (quiet < 8 || uv_hrtime() < until) {
        uv_run(&lb->worker->loop, UV_RUN_NOWAIT);
        quiet = receive(lb) ? 0 : quiet + 1;
        if (quiet >= 8 && ms)
            usleep(500);
    }
}

void loopback_close(struct loopback *lb)
{
    if (lb->fd < 0)
        return;
    close(lb->fd);
    lb->fd = -1;
    loopback_wait(lb, 0);
}

void loopback_half_close(struct loopback *lb)
{
    shutdown(lb->fd, SHUT_WR);
    loopback_wait(lb, 0);
}

void loopback_send(struct loopback *lb, struct str bytes)
{
    while (bytes.n > 0) {
        ssize_t n = send(lb->fd, bytes.p, bytes.n, MSG_NOSIGNAL);
        if (n > 0)
            bytes = str_sub(bytes, (size_t)n, bytes.n);
        else if (n < 0 && errno != EAGAIN)
            break;
        loopback_wait(lb, 0);
    }
    loopback_wait(lb, 0);
}

const char *loopback_exchange(struct loopback *lb, const char *request)
{
    loopback_open(lb);
    loopback_send(lb, str_cstr(request));
    *buf_reserve(&lb->received, 1) = '\0';
    return lb->received.data + lb->received.head;
}

static struct str find(struct str s, const char *what)
{
    const char *hit = s.n ? memmem(s.p, s.n, what, strlen(what)) : NULL;
    return hit ? str_sub(s, (size_t)(hit - s.p) + strlen(what), s.n) : (struct str){NULL, 0};
}

int loopback_status(const struct loopback *lb, unsigned n)
{
    struct str rest = buf_str(&lb->received);
    for (;; n--) {
        uint64_t status, length = 0;
        if (!str_starts(rest, STR("HTTP/1.1 ")) || !str_to_u64(str_sub(rest, 9, 12), &status))
            return 0;
        if (n == 0)
            return (int)status;
        struct str body = find(rest, "\r\n\r\n");
        struct str head = str_sub(rest, 0, (size_t)(body.p - rest.p));
        struct str value = find(head, "Content-Length: ");
        if (value.p && !str_to_u64(str_sub(value, 0, str_find(value, '\r')), &length))
            return 0;
        rest = str_sub(body, length, body.n);
    }
}
