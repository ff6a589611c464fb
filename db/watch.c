/* watch: see the header. SPDX-License-Identifier: ISC */
#include "db/watch.h"

#include "util/check.h"
#include "util/mem.h"

#include <fcntl.h>
#include <unistd.h>

#define WATCH_MAGIC 0x77617463u

struct watch {
    unsigned magic;
    uv_poll_t poll;
    int fd, events;
    watch_cb *cb;
    void *arg;
};

static void on_poll(uv_poll_t *poll, int status, int events)
{
    struct watch *w;
    CAST_OBJ(w, poll->data, WATCH_MAGIC);
    if (status <
        0) { /* an error on the socket: libuv has stopped the handle, what was received can still be read */
        w->events = 0;
        events = UV_READABLE | UV_WRITABLE;
    }
    w->cb(w->arg, events);
}

static void on_closed(uv_handle_t *handle)
{
    struct watch *w;
    CAST_OBJ(w, handle->data, WATCH_MAGIC);
    close(w->fd);
    w->magic = 0;
    mem_free(w);
}

struct watch *watch_open(uv_loop_t *loop, int fd, watch_cb *cb, void *arg)
{
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (copy < 0)
        return NULL;
    struct watch *w = MEM_NEW(struct watch);
    *w = (struct watch){.magic = WATCH_MAGIC, .fd = copy, .cb = cb, .arg = arg};
    w->poll.data = w;
    if (uv_poll_init(loop, &w->poll, copy) != 0) {
        close(copy);
        mem_free(w);
        return NULL;
    }
    return w;
}

void watch_set(struct watch *w, int events)
{
    if (w->events == events)
        return;
    w->events = events;
    if (events)
        CHECK(uv_poll_start(&w->poll, events, on_poll) == 0);
    else
        uv_poll_stop(&w->poll);
}

void watch_close(struct watch **pw)
{
    struct watch *w = *pw;
    if (!w)
        return;
    CHECK_OBJ(w, WATCH_MAGIC);
    w->cb = NULL;
    uv_close((uv_handle_t *)&w->poll, on_closed);
    *pw = NULL;
}
