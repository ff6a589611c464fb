/* drain: signals and the graceful stop, all on worker 0's thread.
 *
 *     RUN -> DELAY (still accepting; readiness fails, answers say Connection: close) -> DEAF (nobody may
 * begin to connect, who has begun is accepted) -> DRAIN (idle connections closed, those at work finish) ->
 * GIVE_UP (the rest gets 503) -> STOP_APP (databases and so on are closed) -> CLOSED
 *
 * A second signal goes to STOP_APP at once. SPDX-License-Identifier: ISC */
#include "server/conn.h"
#include "server/server_impl.h"
#include "util/check.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

/* A listening socket that is closed resets the connections whose handshake it has not finished, though their
 * clients may have sent requests already: they get the time of a long round trip to arrive. */
#define DEAF_MS 200
#define GIVE_UP_MS 1500
#define STOP_APP_MS 5000

static uint64_t now_ms(const struct server *s)
{
    return worker_now_ms(&s->workers[0]);
}

static void post_all(struct server *s, void (*fn)(struct worker *w, void *arg))
{
    for (unsigned i = 0; i < s->nworkers; i++)
        worker_post(&s->workers[i], fn, NULL);
}

static void enter(struct server *s, enum server_phase phase, uint64_t for_ms)
{
    CHECK(phase > s->phase);
    s->phase = phase;
    s->phase_until_ms = now_ms(s) + for_ms;
}

static void say_close(struct worker *w, void *arg)
{
    (void)arg;
    worker_drain(w, false);
}

static void close_idle(struct worker *w, void *arg)
{
    (void)arg;
    worker_drain(w, true);
}

static void give_up(struct worker *w, void *arg)
{
    (void)arg;
    w->giving_up = true;
    LIST_FOREACH(it, &w->conns)
    {
        struct conn *c = LIST_ENTRY(it, struct conn, link);
        if (!c->admin)
            conn_give_up(c);
    }
}

static void lose_all(struct worker *w)
{
    LIST_FOREACH(it, &w->conns)
    conn_lose(LIST_ENTRY(it, struct conn, link));
    worker_close_ended(w, UINT_MAX);
    worker_end_turn(w);
}

static void close_worker(struct worker *w, void *arg)
{
    (void)arg;
    lose_all(w);
    worker_close(w);
}

static void on_app_stopped(struct worker *w0, void *arg)
{
    struct server *s = w0->server;
    (void)arg;
    CHECK(s->stops > 0);
    if (--s->stops > 0)
        return;
    enter(s, PHASE_CLOSED, 0);
    for (unsigned i = 0; i < s->nlisteners; i++)
        listener_close(&s->listeners[i]);
    server_close_signals(s);
    post_all(s, close_worker);
}

/* The application may call this on any thread. */
static void app_done(void *arg)
{
    struct worker *w;
    CAST_OBJ(w, arg, WORKER_MAGIC);
    worker_post(&w->server->workers[0], on_app_stopped, NULL);
}

static void stop_app(struct worker *w, void *arg)
{
    (void)arg;
    LIST_FOREACH(it, &w->conns)
    {
        struct conn *c = LIST_ENTRY(it, struct conn, link);
        if (!c->admin)
            conn_lose(c);
    }
    worker_end_turn(w);
    if (w->callbacks->stop)
        w->callbacks->stop(w->app, app_done, w);
    else
        app_done(w);
}

static void begin_stop_app(struct server *s)
{
    enter(s, PHASE_STOP_APP, STOP_APP_MS);
    s->stops = s->nworkers;
    post_all(s, stop_app);
}

static void each_public(struct server *s, void (*fn)(struct listener *l))
{
    for (unsigned i = 0; i < s->nlisteners; i++) {
        if (!s->listeners[i].admin)
            fn(&s->listeners[i]);
    }
}

void server_drain(struct server *s, bool with_delay)
{
    if (s->phase == PHASE_RUN) {
        atomic_store(&s->draining, true);
        post_all(s, say_close);
        enter(s, PHASE_DELAY, with_delay ? server_config(s)->drain_delay : 0);
    } else if (s->phase < PHASE_STOP_APP) {
        each_public(s, listener_close);
        s->exit_status = 1;
        begin_stop_app(s);
    }
}

static void resume_listeners(struct server *s)
{
    for (unsigned i = 0; i < s->nlisteners; i++) {
        if (s->listeners[i].fd >= 0)
            listener_start(&s->listeners[i]);
    }
}

void server_tick(struct server *s)
{
    server_trim_memory(s, now_ms(s));
    bool late = now_ms(s) >= s->phase_until_ms, empty = atomic_load(&s->connections) == 0;
    if (s->phase < PHASE_STOP_APP)
        resume_listeners(s);
    if (s->phase == PHASE_DELAY && late) {
        each_public(s, listener_deafen);
        enter(s, PHASE_DEAF, DEAF_MS);
    } else if (s->phase == PHASE_DEAF && late) {
        each_public(s, listener_close);
        enter(s, PHASE_DRAIN, server_config(s)->drain_timeout);
        post_all(s, close_idle);
    } else if (s->phase == PHASE_DRAIN && empty) {
        begin_stop_app(s);
    } else if (s->phase == PHASE_DRAIN && late) {
        enter(s, PHASE_GIVE_UP, GIVE_UP_MS);
        post_all(s, give_up);
    } else if (s->phase == PHASE_GIVE_UP && (empty || late)) {
        begin_stop_app(s);
    } else if (s->phase == PHASE_STOP_APP && late) {
        fprintf(stderr, "bobbin: the application did not stop within %d ms\n", STOP_APP_MS);
        _exit(1);
    }
}

static void on_stop_posted(struct worker *w, void *arg)
{
    struct server *s = w->server;
    if (s->phase != PHASE_RUN)
        return;
    s->exit_status = (int)(intptr_t)arg;
    server_drain(s, false);
}

void server_stop(struct server *s, int status)
{
    worker_post(&s->workers[0], on_stop_posted, (void *)(intptr_t)status);
}

static void on_signal(uv_signal_t *handle, int signum)
{
    struct server *s;
    CAST_OBJ(s, handle->data, SERVER_MAGIC);
    if (signum == SIGTERM || signum == SIGINT || signum == SIGQUIT)
        server_drain(s, signum == SIGTERM);
    else if (s->on_reload && s->phase == PHASE_RUN)
        s->on_reload(s->reload_arg, signum);
}

void server_start_signals(struct server *s)
{
    static const int signals[] = {SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR1, SIGUSR2};
    _Static_assert(ARRAY_LEN(signals) == ARRAY_LEN(s->signals), "one handle a signal");
    for (size_t i = 0; i < ARRAY_LEN(signals); i++) {
        uv_signal_t *handle = &s->signals[s->nsignals++];
        CHECK(uv_signal_init(&s->workers[0].loop, handle) == 0);
        handle->data = s;
        CHECK(uv_signal_start(handle, on_signal, signals[i]) == 0);
    }
}

void server_close_signals(struct server *s)
{
    for (unsigned i = 0; i < s->nsignals; i++)
        uv_close((uv_handle_t *)&s->signals[i], NULL);
    s->nsignals = 0;
}
