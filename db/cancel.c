/* cancel: see the header. SPDX-License-Identifier: ISC */
#include "db/cancel.h"

#include "db/watch.h"

#include "util/check.h"
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

struct pg_cancel {
    unsigned magic;
    PGcancel *pg;
    uv_work_t work;
    void (*done)(void *arg);
    void *arg;
};

static void work(uv_work_t *work)
{
    char error[256];
    struct pg_cancel *c;
    CAST_OBJ(c, work->data, PG_CANCEL_MAGIC);
    PQcancel(c->pg, error, (int)sizeof error); /* when it fails, the deadline of the draining decides */
}

static void after_work(uv_work_t *work, int status)
{
    struct pg_cancel *c;
    CAST_OBJ(c, work->data, PG_CANCEL_MAGIC);
    void (*done)(void *arg) = c->done;
    void *arg = c->arg;
    PQfreeCancel(c->pg);
    c->magic = 0;
    mem_free(c);
    done(arg);
}

void pg_cancel_hurry(struct pg_cancel *c)
{
    CHECK_OBJ(c, PG_CANCEL_MAGIC);
    uv_cancel((uv_req_t *)&c->work); /* succeeds only while it waits for a thread */
}

struct pg_cancel *pg_cancel_start(uv_loop_t *loop, PGconn *pg, void (*done)(void *arg), void *arg)
{
    PGcancel *cancel = PQgetCancel(pg);
    if (!cancel)
        return NULL;
    struct pg_cancel *c = MEM_NEW(struct pg_cancel);
    *c = (struct pg_cancel){.magic = PG_CANCEL_MAGIC, .pg = cancel, .done = done, .arg = arg};
    c->work.data = c;
    CHECK(uv_queue_work(loop, &c->work, work, after_work) == 0);
    return c;
}

#endif
