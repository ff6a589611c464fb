/* verifier: the queues in front of the thread pool. SPDX-License-Identifier: ISC */
#include "handlers/verifier.h"

#include "handlers/exchange.h"
#include "util/caller.h"
#include "util/check.h"
#include "util/clock.h"
#include "util/mem.h"

#define VERIFIER_MAGIC 0x76657266u
/* A caller's allowance at once, in seconds of its rate. A connection has a tenth of rate and burst. */
#define BURST_S 10u

struct verifier {
    unsigned magic;
    uv_loop_t *loop;
    struct metrics *metrics;
    struct list callers; /* of struct queue, the next to be served first */
    unsigned nwaiting;   /* verifications in all queues */
    struct verification *running;
    uv_work_t work;
    bool stopping;
    void (*stopped)(void *arg);
    void *stopped_arg;
};

/* What waits of one caller; exists while there is any. */
struct queue {
    struct list link;
    struct list verifications; /* oldest first */
    unsigned n;
    const struct caller *caller;
};

/* Owns its memory: the requests that wait for it may go. */
struct verification {
    struct list link; /* in its queue, until it runs */
    struct queue *queue;
    struct list waiters;
    struct jwt_check *check;
    struct settings *settings; /* a reference: the keys */
    struct caller *caller;     /* of the first who asked */
    bool charged;              /* its failure */
};

/* In the arena of its request. */
struct waiter {
    struct wait wait;
    struct list link;
    struct exchange *x;
    struct verifier *verifier;
    struct verification *verification;
};

struct verifier *verifier_create(uv_loop_t *loop, struct metrics *metrics)
{
    struct verifier *v = MEM_NEW(struct verifier);
    v->magic = VERIFIER_MAGIC;
    v->loop = loop;
    v->metrics = metrics;
    list_init(&v->callers);
    return v;
}

void verifier_free(struct verifier **vp)
{
    struct verifier *v = *vp;
    *vp = NULL;
    CHECK_OBJ(v, VERIFIER_MAGIC);
    CHECK(!v->running && v->nwaiting == 0);
    v->magic = 0;
    mem_free(v);
}

/* ---- queues ---- */

static struct queue *queue_of(struct verifier *v, const struct caller *caller)
{
    LIST_FOREACH(it, &v->callers)
    {
        struct queue *q = LIST_ENTRY(it, struct queue, link);
        if (q->caller == caller)
            return q;
    }
    struct queue *q = MEM_NEW(struct queue);
    q->caller = caller;
    list_init(&q->verifications);
    list_append(&v->callers, &q->link);
    return q;
}

static void enqueue(struct verifier *v, struct verification *work)
{
    work->queue = queue_of(v, work->caller);
    list_append(&work->queue->verifications, &work->link);
    work->queue->n++;
    v->nwaiting++;
}

/* Its caller, if more of it waits, goes to the end of the line. */
static void dequeue(struct verifier *v, struct verification *work)
{
    struct queue *q = work->queue;
    list_remove(&work->link);
    list_remove(&q->link);
    work->queue = NULL;
    v->nwaiting--;
    if (--q->n > 0)
        list_append(&v->callers, &q->link);
    else
        mem_free(q);
}

static void verification_free(struct verification *work)
{
    CHECK(list_empty(&work->waiters) && !work->queue);
    jwt_check_free(&work->check);
    settings_unref(&work->settings);
    mem_free(work);
}

/* ---- ends ---- */

/* AUTH goes on with x->checked, or with x->unchecked, the reason why there is none. The server may have
 * responded to the request meanwhile. */
static void wake_waiters(struct verification *work, enum jwt_error error)
{
    struct list *item;
    while ((item = list_take_first(&work->waiters))) {
        struct exchange *x = LIST_ENTRY(item, struct waiter, link)->x;
        exchange_waited(x);
        if (x->req->response.state != RESPONSE_NONE)
            continue;
        x->checked = work->check;
        x->unchecked = error;
        x->step = STEP_AUTH;
        exchange_resume(x);
    }
}

static void refuse(struct verifier *v, struct verification *work, enum jwt_error error)
{
    dequeue(v, work);
    metric_inc(v->metrics, JWT_REFUSED);
    wake_waiters(work, error);
    verification_free(work);
}

/* Work that has not begun and that nobody waits for is dropped. */
static void cancel(struct wait *wait)
{
    struct waiter *w = container_of(wait, struct waiter, wait);
    struct verification *work = w->verification;
    list_remove(&w->link);
    if (!list_empty(&work->waiters) || !work->queue)
        return;
    dequeue(w->verifier, work);
    verification_free(work);
}

/* ---- allowances ---- */

static uint64_t now_us(void)
{
    return clock_mono_ns() / 1000;
}

/* One bad token each `interval` microseconds, `burst` at once. */
struct allowance {
    uint64_t interval;
    unsigned burst;
};

static struct allowance of_caller(const struct settings *s)
{
    uint64_t limit = s->config->limit_bad_tokens;
    return (struct allowance){1000000 / limit, (unsigned)limit * BURST_S};
}

static struct allowance of_connection(const struct settings *s)
{
    uint64_t limit = s->config->limit_bad_tokens;
    return (struct allowance){10 * (1000000 / limit), (unsigned)limit};
}

static bool has(const caller_rate *rate, struct allowance a)
{
    return caller_rate_has(rate, now_us(), a.interval, a.burst);
}

static void take(caller_rate *rate, struct allowance a)
{
    if (!caller_rate_take(rate, now_us(), a.interval, a.burst, NULL))
        return; /* it was used up while this one was under way */
}

static bool is_charged(const struct exchange *x)
{
    return x->settings->config->limit_bad_tokens > 0 && strcmp(x->req->client, "unix") != 0;
}

/* For the failure: the caller once, and every connection that presented the token. */
static void charge(struct verification *work)
{
    const struct settings *s = work->settings;
    if (!work->charged)
        return;
    take(&work->caller->bad_tokens, of_caller(s));
    LIST_FOREACH(it, &work->waiters)
    take(LIST_ENTRY(it, struct waiter, link)->x->req->rate, of_connection(s));
}

/* ---- in the pool ---- */

static void run(uv_work_t *uv)
{
    jwt_check_run(container_of(uv, struct verifier, work)->running->check);
}

static void after_run(uv_work_t *uv, int status);

/* What has become too much since it was queued is refused. */
static void begin_next(struct verifier *v)
{
    while (!v->running && !list_empty(&v->callers)) {
        struct queue *q = LIST_ENTRY(v->callers.next, struct queue, link);
        struct verification *work = LIST_ENTRY(q->verifications.next, struct verification, link);
        if (work->charged && !has(&work->caller->bad_tokens, of_caller(work->settings))) {
            refuse(v, work, JWT_ERR_BUSY);
            continue;
        }
        dequeue(v, work);
        v->running = work;
        metric_inc(v->metrics, JWT_VERIFICATIONS);
        CHECK(uv_queue_work(v->loop, &v->work, run, after_run) == 0);
    }
}

static void after_run(uv_work_t *uv, int status)
{
    struct verifier *v = container_of(uv, struct verifier, work);
    CHECK_OBJ(v, VERIFIER_MAGIC);
    CHECK(status == 0); /* it is never cancelled */
    struct verification *work = v->running;
    v->running = NULL;
    if (jwt_check_failed(work->check)) {
        metric_inc(v->metrics, JWT_FAILURES);
        charge(work);
    }
    wake_waiters(work, v->stopping ? JWT_ERR_CROWDED : JWT_OK);
    verification_free(work);
    begin_next(v);
    if (v->stopping)
        v->stopped(v->stopped_arg);
}

void verifier_stop(struct verifier *v, void (*stopped)(void *arg), void *arg)
{
    v->stopping = true;
    v->stopped = stopped;
    v->stopped_arg = arg;
    while (!list_empty(&v->callers)) {
        struct queue *q = LIST_ENTRY(v->callers.next, struct queue, link);
        refuse(v, LIST_ENTRY(q->verifications.next, struct verification, link), JWT_ERR_CROWDED);
    }
    if (!v->running)
        stopped(arg);
}

/* ---- asking ---- */

static bool is_same(const struct verification *work, const struct exchange *x, struct str token)
{
    return work->settings == x->settings && str_eq(jwt_check_token(work->check), token);
}

/* A verification of the same token under the same settings. */
static struct verification *find(struct verifier *v, const struct exchange *x, struct str token)
{
    if (v->running && is_same(v->running, x, token))
        return v->running;
    LIST_FOREACH(queue, &v->callers)
    {
        LIST_FOREACH(it, &LIST_ENTRY(queue, struct queue, link)->verifications)
        {
            struct verification *work = LIST_ENTRY(it, struct verification, link);
            if (is_same(work, x, token))
                return work;
        }
    }
    return NULL;
}

/* Whether there is room for one more of this caller. When all is full, a caller who has more than one waiting
 * gives up its latest. */
static bool make_room(struct verifier *v, const struct caller *caller)
{
    struct queue *heaviest = NULL;
    LIST_FOREACH(it, &v->callers)
    {
        struct queue *q = LIST_ENTRY(it, struct queue, link);
        if (q->caller == caller && q->n >= VERIFIER_CALLER_QUEUE_MAX)
            return false;
        if (!heaviest || q->n > heaviest->n)
            heaviest = q;
    }
    if (v->nwaiting < VERIFIER_QUEUE_MAX)
        return true;
    if (heaviest->n == 1 || heaviest->caller == caller)
        return false;
    refuse(v, LIST_ENTRY(heaviest->verifications.prev, struct verification, link), JWT_ERR_CROWDED);
    return true;
}

static struct verification *verification_create(const struct exchange *x, struct jwt_check *check)
{
    struct verification *work = MEM_NEW(struct verification);
    work->check = check;
    work->settings = settings_ref(x->settings);
    work->caller = x->req->caller;
    work->charged = is_charged(x);
    list_init(&work->link);
    list_init(&work->waiters);
    return work;
}

static void join(struct verifier *v, struct verification *work, struct exchange *x)
{
    struct waiter *w = ARENA_NEW(&x->req->arena, struct waiter);
    *w =
        (struct waiter){.wait = {WAIT_SIGNATURE, false, cancel}, .x = x, .verifier = v, .verification = work};
    list_append(&work->waiters, &w->link);
    exchange_wait(x, &w->wait);
}

static enum jwt_error refusal(const struct verifier *v, const struct exchange *x)
{
    if (v->stopping)
        return JWT_ERR_CROWDED;
    if (is_charged(x) && (!has(&x->req->caller->bad_tokens, of_caller(x->settings)) ||
                             !has(x->req->rate, of_connection(x->settings))))
        return JWT_ERR_BUSY;
    return JWT_OK;
}

enum jwt_error verifier_wait(struct verifier *v, struct exchange *x, struct jwt_check **check)
{
    CHECK_OBJ(v, VERIFIER_MAGIC);
    struct verification *work = find(v, x, jwt_check_token(*check));
    enum jwt_error error = work ? JWT_OK : refusal(v, x);
    if (error == JWT_OK && !work && !make_room(v, x->req->caller))
        error = JWT_ERR_CROWDED;
    if (error != JWT_OK) {
        metric_inc(v->metrics, JWT_REFUSED);
        jwt_check_free(check);
        return error;
    }
    if (work) {
        jwt_check_free(check);
        join(v, work, x);
        return JWT_SLOW;
    }
    work = verification_create(x, *check);
    *check = NULL;
    join(v, work, x);
    enqueue(v, work);
    begin_next(v);
    return JWT_SLOW;
}
