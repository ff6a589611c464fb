/* cancel: see the header. SPDX-License-Identifier: ISC */
#include "db/cancel.h"

#include "db/watch.h"

#include "util/check.h"
#include "util/list.h"
#include "util/mem.h"

#define PG_CANCEL_MAGIC 0x636e636cu

#ifdef LIBPQ_HAS_ASYNC_CANCEL

#define CANCEL_TIMEOUT_MS 5000

struct pg_cancel {
    unsigned magic;
    PGcancelConn *pg;
    struct watch *watch;
    uv_loop_t *loop;
    uv_timer_t timer;
    void (*done)(void *arg);
    void *arg;
};

static void on_closed(uv_handle_t *handle)
{
    struct pg_cancel *c;
    CAST_OBJ(c, handle->data, PG_CANCEL_MAGIC);
    void (*done)(void *arg) = c->done;
    void *arg = c->arg;
    PQcancelFinish(c->pg);
    c->magic = 0;
    mem_free(c);
    done(arg);
}

void pg_cancel_hurry(struct pg_cancel *c)
{
    CHECK_OBJ(c, PG_CANCEL_MAGIC);
    watch_close(&c->watch);
    if (!uv_is_closing((uv_handle_t *)&c->timer))
        uv_close((uv_handle_t *)&c->timer, on_closed);
}

static void on_timeout(uv_timer_t *timer)
{
    struct pg_cancel *c;
    CAST_OBJ(c, timer->data, PG_CANCEL_MAGIC);
    pg_cancel_hurry(c);
}

static void on_event(void *arg, int events);

static void wait_for(struct pg_cancel *c, int events)
{
    c->watch = watch_open(c->loop, PQcancelSocket(c->pg), on_event, c);
    if (c->watch)
        watch_set(c->watch, events);
    else
        pg_cancel_hurry(c);
}

static void on_event(void *arg, int events)
{
    struct pg_cancel *c;
    CAST_OBJ(c, arg, PG_CANCEL_MAGIC);
    watch_close(&c->watch);
    switch (PQcancelPoll(c->pg)) {
    case PGRES_POLLING_READING: wait_for(c, UV_READABLE); break;
    case PGRES_POLLING_WRITING: wait_for(c, UV_WRITABLE); break;
    default: pg_cancel_hurry(c); break;
    }
}

struct pg_cancel *pg_cancel_start(uv_loop_t *loop, PGconn *pg, void (*done)(void *arg), void *arg)
{
    PGcancelConn *cancel = PQcancelCreate(pg);
    if (!cancel || PQcancelStart(cancel) != 1) {
        PQcancelFinish(cancel);
        return NULL;
    }
    struct pg_cancel *c = MEM_NEW(struct pg_cancel);
    *c = (struct pg_cancel){.magic = PG_CANCEL_MAGIC, .pg = cancel, .loop = loop, .done = done, .arg = arg};
    uv_timer_init(loop, &c->timer);
    c->timer.data = c;
    uv_timer_start(&c->timer, on_timeout, CANCEL_TIMEOUT_MS, 0);
    wait_for(c, UV_WRITABLE);
    return c;
}

#else

#include <pthread.h>

/* What a thread of ours does, one call after the other: PQcancel() blocks, and a server that has stopped
 * answers it only when it goes on, so that in libuv's pool it would stand in the way of everything else that
 * waits there. The call goes on when its loop does not wait any more: then `owner` is NULL. */
struct cancel_call {
    struct list link;
    PGcancel *pg;
    struct pg_cancel *owner;
};

struct pg_cancel {
    unsigned magic;
    struct cancel_call *call; /* NULL: it has been made */
    uv_async_t async;
    void (*done)(void *arg);
    void *arg;
};

/* Of the process; everything in it under `lock`. The calls are bounded by the connections they are about. */
static struct {
    pthread_mutex_t lock;
    pthread_cond_t more;
    struct list calls;
    bool started;
} canceller = {.lock = PTHREAD_MUTEX_INITIALIZER,
    .more = PTHREAD_COND_INITIALIZER,
    .calls = {&canceller.calls, &canceller.calls}};

static void *make_calls(void *unused)
{
    char error[256];
    (void)unused;
    pthread_mutex_lock(&canceller.lock);
    for (;;) {
        struct list *item = list_take_first(&canceller.calls);
        if (!item) {
            pthread_cond_wait(&canceller.more, &canceller.lock);
            continue;
        }
        struct cancel_call *call = LIST_ENTRY(item, struct cancel_call, link);
        pthread_mutex_unlock(&canceller.lock);
        PQcancel(
            call->pg, error, (int)sizeof error); /* when it fails, the deadline of the draining decides */
        pthread_mutex_lock(&canceller.lock);
        if (call->owner) {
            call->owner->call = NULL;
            uv_async_send(&call->owner->async);
        }
        PQfreeCancel(call->pg);
        mem_free(call);
    }
    return NULL;
}

/* With the lock held. Nobody joins it: it may be inside a call that takes for ever. */
static bool start_thread(void)
{
    pthread_t thread;
    if (!canceller.started && pthread_create(&thread, NULL, make_calls, NULL) == 0) {
        pthread_detach(thread);
        canceller.started = true;
    }
    return canceller.started;
}

static void on_closed(uv_handle_t *handle)
{
    struct pg_cancel *c;
    CAST_OBJ(c, handle->data, PG_CANCEL_MAGIC);
    void (*done)(void *arg) = c->done;
    void *arg = c->arg;
    c->magic = 0;
    mem_free(c);
    done(arg);
}

/* The call is left to the thread; nobody waits for it. */
void pg_cancel_hurry(struct pg_cancel *c)
{
    CHECK_OBJ(c, PG_CANCEL_MAGIC);
    pthread_mutex_lock(&canceller.lock);
    if (c->call)
        c->call->owner = NULL;
    c->call = NULL;
    pthread_mutex_unlock(&canceller.lock);
    if (!uv_is_closing((uv_handle_t *)&c->async))
        uv_close((uv_handle_t *)&c->async, on_closed);
}

static void on_called(uv_async_t *async)
{
    struct pg_cancel *c;
    CAST_OBJ(c, async->data, PG_CANCEL_MAGIC);
    pg_cancel_hurry(c);
}

struct pg_cancel *pg_cancel_start(uv_loop_t *loop, PGconn *pg, void (*done)(void *arg), void *arg)
{
    struct pg_cancel *c = MEM_NEW(struct pg_cancel);
    struct cancel_call *call = MEM_NEW(struct cancel_call);
    *c = (struct pg_cancel){.magic = PG_CANCEL_MAGIC, .call = call, .done = done, .arg = arg};
    *call = (struct cancel_call){.pg = PQgetCancel(pg), .owner = c};
    list_init(&call->link);
    pthread_mutex_lock(&canceller.lock);
    bool ok = call->pg && start_thread() && uv_async_init(loop, &c->async, on_called) == 0;
    if (ok) {
        c->async.data = c;
        list_append(&canceller.calls, &call->link);
        pthread_cond_signal(&canceller.more);
    }
    pthread_mutex_unlock(&canceller.lock);
    if (ok)
        return c;
    PQfreeCancel(call->pg);
    mem_free(call);
    mem_free(c);
    return NULL;
}

#endif
