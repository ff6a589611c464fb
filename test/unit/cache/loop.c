/* loop: turns with a limit. SPDX-License-Identifier: ISC */
#include "test/unit/cache/loop.h"

#include "util/check.h"

#include <stdarg.h>
#include <stdio.h>

uint64_t now_ms(void)
{
    return uv_hrtime() / 1000000;
}

void outcome_cb(void *arg, enum redis_result result, const struct redis_reply *reply)
{
    struct outcome *o = arg;
    o->calls++;
    o->result = result;
    o->at_ms = now_ms();
    if (!reply)
        return;
    o->kind = reply->kind;
    o->integer = reply->integer;
    snprintf(o->text, sizeof o->text, "%.*s", STR_ARG(reply->text));
}

/* Wakes the loop often enough to look at the clock. */
static void on_tick(uv_timer_t *timer)
{
    (void)timer;
}

static void on_closed(uv_handle_t *handle)
{
    *(bool *)handle->data = true;
}

bool run_until(uv_loop_t *loop, struct redis **r, bool (*done)(void *arg), void *arg, unsigned limit_ms)
{
    uint64_t end = now_ms() + limit_ms;
    bool ok, closed = false;
    uv_timer_t tick;
    CHECK(uv_timer_init(loop, &tick) == 0);
    uv_timer_start(&tick, on_tick, 1, 1);
    tick.data = &closed;
    while (!(ok = done(arg)) && now_ms() < end) {
        if (*r)
            redis_flush(*r);
        uv_run(loop, UV_RUN_ONCE);
    }
    uv_close((uv_handle_t *)&tick, on_closed);
    while (!closed)
        uv_run(loop, UV_RUN_NOWAIT);
    return ok;
}

struct waiting {
    const struct outcome *o;
    size_t n;
    struct redis **r;
    enum redis_state state;
};

static bool all_called(void *arg)
{
    const struct waiting *w = arg;
    for (size_t i = 0; i < w->n; i++) {
        if (w->o[i].calls == 0)
            return false;
    }
    return true;
}

bool run_outcomes(uv_loop_t *loop, struct redis **r, const struct outcome *o, size_t n, unsigned limit_ms)
{
    return run_until(loop, r, all_called, &(struct waiting){.o = o, .n = n}, limit_ms);
}

static bool has_state(void *arg)
{
    const struct waiting *w = arg;
    return redis_stats(*w->r).state == w->state;
}

bool run_state(uv_loop_t *loop, struct redis **r, enum redis_state state, unsigned limit_ms)
{
    return run_until(loop, r, has_state, &(struct waiting){.r = r, .state = state}, limit_ms);
}

static bool never(void *arg)
{
    (void)arg;
    return false;
}

void run_for(uv_loop_t *loop, struct redis **r, unsigned ms)
{
    (void)run_until(loop, r, never, NULL, ms);
}

static void set_flag(void *arg)
{
    *(bool *)arg = true;
}

static bool is_set(void *arg)
{
    return *(bool *)arg;
}

bool close_redis(uv_loop_t *loop, struct redis **r)
{
    bool closed = false;
    redis_close(r, set_flag, &closed);
    CHECK(!closed);
    return run_until(loop, r, is_set, &closed, 5000);
}

bool send_texts(struct redis *r, struct outcome *o, ...)
{
    struct str argv[REDIS_MAX_ARGS];
    size_t n = 0;
    va_list args;
    va_start(args, o);
    for (const char *text; (text = va_arg(args, const char *)) != NULL;)
        argv[n++] = str_cstr(text);
    va_end(args);
    return redis_command(r, argv, n, o ? outcome_cb : NULL, o);
}
