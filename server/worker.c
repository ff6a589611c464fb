/* worker: the loop and its rhythm. One turn: callbacks run and queue output; then (uv_prepare before the loop
 * may sleep, uv_check after it woke up) the application sends what it queued and every connection with output
 * is flushed once. SPDX-License-Identifier: ISC */
#include "server/worker.h"

#include "server/conn.h"
#include "server/conn_limits.h"
#include "server/server_impl.h"
#include "server/worker_impl.h"
#include "util/check.h"
#include "util/mem.h"

#include <stdio.h>
#include <time.h>

/* Rounds of flushing in one turn before other connections' input gets its chance. */
#define ROUNDS 4
#define LINGER_MS 1000
/* Connections that are closed, and deadlines that are seen to, in a turn: each takes some microseconds. */
#define CLOSED_AT_ONCE 128u
#define EXPIRED_AT_ONCE 128u

struct mail {
    struct list link;
    void (*fn)(struct worker *w, void *arg);
    void *arg;
};

void *worker_app(const struct worker *w)
{
    return w->app;
}

uv_loop_t *worker_loop(struct worker *w)
{
    return &w->loop;
}

unsigned worker_index(const struct worker *w)
{
    return w->index;
}

struct server *worker_server(const struct worker *w)
{
    return w->server;
}

uint64_t worker_now_ms(const struct worker *w)
{
    return w->now_ms;
}

const struct config *worker_config(const struct worker *w)
{
    return w->config;
}

static struct worker *of_handle(const uv_handle_t *handle)
{
    struct worker *w;
    CAST_OBJ(w, handle->data, WORKER_MAGIC);
    return w;
}

static uint64_t monotonic_ms(void)
{
    return uv_hrtime() / 1000000;
}

/* The header lines that all answers share, once a second. The policy comes last: an answer may bring its own.
 */
static void write_fixed(struct worker *w)
{
    const struct config *config = w->config;
    time_t now = time(NULL);
    struct tm tm;
    char date[40];
    if (w->date_s == now)
        return;
    w->date_s = now;
    gmtime_r(&now, &tm);
    strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", &tm);
    buf_clear(&w->fixed, SIZE_MAX);
    buf_printf(&w->fixed, "Date: %s\r\n", date);
    if (config->server_name.n)
        buf_printf(&w->fixed, "Server: %.*s\r\n", STR_ARG(config->server_name));
    buf_append(&w->fixed, STR("X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n"));
    w->fixed_without_csp = buf_len(&w->fixed);
    if (config->server_csp.n)
        buf_printf(&w->fixed, "Content-Security-Policy: %.*s\r\n", STR_ARG(config->server_csp));
}

static void flush_dirty(struct worker *w)
{
    struct list batch, *item;
    list_init(&batch);
    while ((item = list_take_first(&w->dirty)))
        list_append(&batch, item);
    while ((item = list_take_first(&batch)))
        conn_flush(LIST_ENTRY(item, struct conn, dirty));
}

static void on_again(uv_idle_t *again)
{
    (void)again;
}

void worker_close_ended(struct worker *w, unsigned most)
{
    struct list *item;
    while (most-- > 0 && (item = list_take_first(&w->ended)))
        conn_close(LIST_ENTRY(item, struct conn, dirty));
}

void worker_end_turn(struct worker *w)
{
    const struct app *app = w->callbacks;
    for (int i = 0; i < ROUNDS; i++) {
        iteration_step(&w->iteration, ITERATION_SEND, 0);
        if (app->flush && w->app)
            app->flush(w->app);
        iteration_step(&w->iteration, ITERATION_OTHER, 0);
        if (list_empty(&w->dirty))
            break;
        flush_dirty(w);
    }
    worker_close_ended(w, CLOSED_AT_ONCE);
    if (!list_empty(&w->dirty) || !list_empty(&w->ended) || w->late)
        uv_idle_start(&w->again, on_again);
    else if (uv_is_active((uv_handle_t *)&w->again))
        uv_idle_stop(&w->again);
}

static void on_prepare(uv_prepare_t *prepare)
{
    struct worker *w = of_handle((uv_handle_t *)prepare);
    worker_end_turn(w);
    iteration_end(w);
}

static void expire(struct worker *w)
{
    const struct config *config = w->config;
    const uint64_t after[DEADLINE_KINDS] = {
        [DEADLINE_HEAD] = config->timeout_header,
        [DEADLINE_VERDICT] = config->timeout_header,
        [DEADLINE_BODY] = config->timeout_body,
        [DEADLINE_IDLE] = config->timeout_idle,
        [DEADLINE_LINGER] = LINGER_MS,
        [DEADLINE_GONE] = config->timeout_half_closed,
        [DEADLINE_WRITE] = config->timeout_write,
    };
    unsigned n = 0;
    w->late = false;
    for (int kind = 0; kind < DEADLINE_KINDS; kind++) {
        struct deadline *d;
        while ((d = deadline_take(w->deadlines, (enum deadline_kind)kind, w->now_ms, after[kind]))) {
            struct conn *c = kind == DEADLINE_WRITE ? container_of(d, struct conn, write_deadline)
                                                    : container_of(d, struct conn, read_deadline);
            conn_expire(c, d);
            if (++n == EXPIRED_AT_ONCE) {
                w->late = true;
                return;
            }
        }
    }
}

static void on_check(uv_check_t *check)
{
    struct worker *w = of_handle((uv_handle_t *)check);
    w->now_ms = uv_now(&w->loop);
    iteration_begin(w);
    if (UNLIKELY(w->late))
        expire(w);
    worker_end_turn(w);
}

static void check_rates(struct worker *w)
{
    if (w->now_ms - w->rate_checked_ms < 1000)
        return;
    w->rate_checked_ms = w->now_ms;
    conn_limits_rates(w);
}

static void on_tick(uv_timer_t *tick)
{
    struct worker *w = of_handle((uv_handle_t *)tick);
    w->now_ms = uv_now(&w->loop);
    iteration_step(&w->iteration, ITERATION_TICK, 0);
    atomic_store_explicit(&w->beat_ms, monotonic_ms(), memory_order_relaxed);
    write_fixed(w);
    expire(w);
    check_rates(w);
    conn_limits_memory(w);
    if (w->index == 0)
        server_tick(w->server);
    iteration_step(&w->iteration, ITERATION_OTHER, 0);
}

static void on_mail(uv_async_t *async)
{
    struct worker *w = of_handle((uv_handle_t *)async);
    struct list batch, *item;
    list_init(&batch);
    iteration_begin(w);
    iteration_step(&w->iteration, ITERATION_TASKS, 0);
    pthread_mutex_lock(&w->mail_lock);
    while ((item = list_take_first(&w->mailbox)))
        list_append(&batch, item);
    pthread_mutex_unlock(&w->mail_lock);
    while ((item = list_take_first(&batch))) {
        struct mail *mail = LIST_ENTRY(item, struct mail, link);
        mail->fn(w, mail->arg);
        mem_free(mail);
    }
    iteration_step(&w->iteration, ITERATION_OTHER, 0);
}

void worker_post(struct worker *w, void (*fn)(struct worker *w, void *arg), void *arg)
{
    struct mail *mail = MEM_NEW(struct mail);
    mail->fn = fn;
    mail->arg = arg;
    pthread_mutex_lock(&w->mail_lock);
    list_append(&w->mailbox, &mail->link);
    pthread_mutex_unlock(&w->mail_lock);
    uv_async_send(&w->mail);
}

static void init_handles(struct worker *w)
{
    CHECK(uv_loop_init(&w->loop) == 0);
    CHECK(uv_timer_init(&w->loop, &w->tick) == 0);
    CHECK(uv_prepare_init(&w->loop, &w->prepare) == 0);
    CHECK(uv_check_init(&w->loop, &w->check) == 0);
    CHECK(uv_idle_init(&w->loop, &w->again) == 0);
    CHECK(uv_async_init(&w->loop, &w->mail, on_mail) == 0);
    w->tick.data = w->prepare.data = w->check.data = w->again.data = w->mail.data = w;
    uv_timer_start(&w->tick, on_tick, WORKER_TICK_MS, WORKER_TICK_MS);
    uv_prepare_start(&w->prepare, on_prepare);
    uv_check_start(&w->check, on_check);
}

void worker_init(struct worker *w, struct server *s, unsigned index)
{
    w->magic = WORKER_MAGIC;
    w->index = index;
    w->server = s;
    w->callbacks = s->app;
    w->config = config_ref(server_config(s));
    list_init(&w->conns);
    list_init(&w->dirty);
    list_init(&w->ended);
    list_init(&w->spare_requests);
    list_init(&w->mailbox);
    for (int i = 0; i < DEADLINE_KINDS; i++)
        list_init(&w->deadlines[i]);
    CHECK(pthread_mutex_init(&w->mail_lock, NULL) == 0);
    metrics_init(&w->metrics);
    buf_init(&w->fixed, 0);
    w->input = mem_alloc(WORKER_INPUT);
    init_handles(w);
    w->now_ms = uv_now(&w->loop);
    atomic_store(&w->beat_ms, monotonic_ms());
    write_fixed(w);
}

void worker_begin(struct worker *w)
{
    if (w->callbacks->start)
        w->app = w->callbacks->start(w, w->callbacks->arg);
}

void worker_drain(struct worker *w, bool closing)
{
    w->draining = true;
    w->closing = closing;
    if (!closing)
        return;
    LIST_FOREACH(it, &w->conns)
    conn_drain(LIST_ENTRY(it, struct conn, link));
}

void worker_close(struct worker *w)
{
    uv_handle_t *handles[] = {(uv_handle_t *)&w->tick, (uv_handle_t *)&w->prepare, (uv_handle_t *)&w->check,
        (uv_handle_t *)&w->again, (uv_handle_t *)&w->mail};
    for (size_t i = 0; i < ARRAY_LEN(handles); i++)
        uv_close(handles[i], NULL);
}

void worker_deinit(struct worker *w)
{
    struct list *item;
    if (w->app && w->callbacks->free)
        w->callbacks->free(w->app);
    while ((item = list_take_first(&w->spare_requests)))
        request_free(LIST_ENTRY(item, struct request, link));
    while ((item = list_take_first(&w->mailbox)))
        mem_free(LIST_ENTRY(item, struct mail, link));
    pthread_mutex_destroy(&w->mail_lock);
    buf_release(&w->fixed);
    mem_free(w->input);
    config_unref(w->config);
    metrics_deinit(&w->metrics);
    CHECK(uv_loop_close(&w->loop) == 0);
    w->magic = 0;
}
