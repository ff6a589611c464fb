/* offload: a queue in front of libuv's thread pool. Our own, since libuv's cannot be asked how long it is,
 * and what waits there can no longer be dropped cheaply. SPDX-License-Identifier: ISC */
#include "handlers/offload.h"

#include "util/check.h"
#include "util/list.h"
#include "util/mem.h"

#define OFFLOAD_MAGIC 0x6f66666cu

struct offload {
    unsigned magic;
    uv_loop_t *loop;
    struct list waiting;
    unsigned nwaiting, nrunning;
    bool stopping;
    void (*stopped)(void *arg);
    void *stopped_arg;
};

/* In the arena of its request. */
struct work {
    struct wait wait;
    struct list link; /* in waiting, until it runs */
    uv_work_t uv;
    struct offload *o;
    struct request *req;
    offload_work_fn *work;
    offload_done_fn *done;
    void *arg;
};

struct offload *offload_create(uv_loop_t *loop)
{
    struct offload *o = MEM_NEW(struct offload);
    o->magic = OFFLOAD_MAGIC;
    o->loop = loop;
    list_init(&o->waiting);
    return o;
}

void offload_free(struct offload **op)
{
    struct offload *o = *op;
    *op = NULL;
    CHECK_OBJ(o, OFFLOAD_MAGIC);
    CHECK(o->nrunning == 0 && list_empty(&o->waiting));
    o->magic = 0;
    mem_free(o);
}

static void run(uv_work_t *uv)
{
    struct work *w = container_of(uv, struct work, uv);
    w->work(w->arg);
}

static void after(uv_work_t *uv, int status);

static void begin_next(struct offload *o)
{
    while (o->nrunning < OFFLOAD_RUNNING && !list_empty(&o->waiting)) {
        struct work *w = LIST_ENTRY(list_take_first(&o->waiting), struct work, link);
        o->nwaiting--;
        o->nrunning++;
        request_pin(w->req);
        CHECK(uv_queue_work(o->loop, &w->uv, run, after) == 0);
    }
}

static void after(uv_work_t *uv, int status)
{
    struct work *w = container_of(uv, struct work, uv);
    struct offload *o = w->o;
    CHECK_OBJ(o, OFFLOAD_MAGIC);
    CHECK(status == 0); /* nothing is ever cancelled there */
    o->nrunning--;
    if (request_unpin(w->req))
        w->done(w->req, w->arg, !o->stopping);
    if (o->stopping && o->nrunning == 0)
        o->stopped(o->stopped_arg);
    else if (!o->stopping)
        begin_next(o);
}

void offload_stop(struct offload *o, void (*stopped)(void *arg), void *arg)
{
    struct list *item;
    CHECK_OBJ(o, OFFLOAD_MAGIC);
    o->stopping = true;
    o->stopped = stopped;
    o->stopped_arg = arg;
    while ((item = list_take_first(&o->waiting))) {
        struct work *w = LIST_ENTRY(item, struct work, link);
        o->nwaiting--;
        w->done(w->req, w->arg, false);
    }
    if (o->nrunning == 0)
        stopped(arg);
}

/* Work that runs goes on: the request is pinned, and not told of it when it is let go. */
static void cancel(struct wait *wait)
{
    struct work *w = container_of(wait, struct work, wait);
    if (list_empty(&w->link))
        return;
    list_remove(&w->link);
    w->o->nwaiting--;
}

struct wait *offload_run(
    struct offload *o, struct request *req, offload_work_fn *work, offload_done_fn *done, void *arg)
{
    CHECK_OBJ(o, OFFLOAD_MAGIC);
    if (o->stopping || o->nwaiting >= OFFLOAD_WAITING)
        return NULL;
    struct work *w = ARENA_NEW(&req->arena, struct work);
    *w = (struct work){
        .wait = {WAIT_THREAD, false, cancel}, .o = o, .req = req, .work = work, .done = done, .arg = arg};
    list_init(&w->link);
    list_append(&o->waiting, &w->link);
    o->nwaiting++;
    begin_next(o);
    return &w->wait;
}

unsigned offload_waiting(const struct offload *o)
{
    return o->nwaiting;
}
