/* iteration: see the header. SPDX-License-Identifier: ISC */
#include "server/iteration.h"

#include "server/worker_impl.h"
#include "util/clock.h"
#include "util/log.h"

#define TRACE_MS 60000u
#define LOG_EVERY_MS 1000u

static const char *const names[] = {
    [ITERATION_OTHER] = "other",
    [ITERATION_READ] = "read",
    [ITERATION_REQUEST] = "request",
    [ITERATION_RESPONSE] = "response",
    [ITERATION_STREAM] = "stream",
    [ITERATION_WRITE] = "write",
    [ITERATION_SEND] = "send",
    [ITERATION_TASKS] = "tasks",
    [ITERATION_TICK] = "tick",
};

void iteration_trace(struct iteration *it, enum iteration_step step, uint64_t id)
{
    uint64_t now = uv_hrtime(), took = now - it->since_ns;
    if (took > it->longest_ns) {
        it->longest_ns = took;
        it->longest = it->step;
        it->longest_id = it->id;
    }
    it->step = step;
    it->id = id;
    it->since_ns = now;
}

/* The first call of an iteration counts: libuv may collect events more than once before it ends. */
void iteration_begin(struct worker *w)
{
    struct iteration *it = &w->iteration;
    if (it->woke_ms)
        return;
    it->woke_ms = uv_now(&w->loop);
    it->requests = atomic_load_explicit(&w->requests, memory_order_relaxed);
    it->traced = it->woke_ms < it->traced_until_ms;
    if (UNLIKELY(it->traced)) {
        it->longest_ns = 0;
        it->step = ITERATION_OTHER;
        it->id = 0;
        it->since_ns = uv_hrtime();
    }
}

/* What this iteration of `ms` milliseconds had of the processor. */
static uint64_t cpu_us(struct iteration *it, uint64_t now_ms, uint64_t ms)
{
    if (now_ms == it->cpu_read_ms)
        return 0;
    uint64_t before = it->cpu_us;
    it->cpu_us = clock_thread_us();
    it->cpu_read_ms = now_ms;
    return MIN(it->cpu_us - before, ms * 1000);
}

static bool is_record(struct iteration *it, uint64_t ms, uint64_t cpu)
{
    bool record = ms > it->most_ms || cpu > it->most_cpu_us;
    it->most_ms = MAX(it->most_ms, ms);
    it->most_cpu_us = MAX(it->most_cpu_us, cpu);
    return record;
}

static void log_slow(struct worker *w, uint64_t now_ms, uint64_t ms, uint64_t cpu)
{
    struct iteration *it = &w->iteration;
    uint64_t requests = atomic_load_explicit(&w->requests, memory_order_relaxed) - it->requests;
    if (!is_record(it, ms, cpu) && now_ms - it->logged_ms < LOG_EVERY_MS) {
        it->unlogged++;
        return;
    }
    LOG(LOOP_SLOW, log_u64("loop", w->index), log_ms("duration_ms", ms * 1000), log_ms("cpu_ms", cpu),
        log_u64("requests", requests),
        log_cstr("longest_step", it->traced ? names[it->longest] : "not traced yet"),
        log_ms("step_ms", it->traced ? it->longest_ns / 1000 : 0),
        log_u64("request_id", it->traced ? it->longest_id : 0), log_u64("unlogged", it->unlogged));
    it->logged_ms = now_ms;
    it->unlogged = 0;
}

void iteration_end(struct worker *w)
{
    struct iteration *it = &w->iteration;
    if (it->woke_ms == 0)
        return;
    uint64_t now_ms = uv_hrtime() / 1000000, ms = now_ms > it->woke_ms ? now_ms - it->woke_ms : 0;
    iteration_step(it, ITERATION_OTHER, 0);
    uint64_t cpu = cpu_us(it, now_ms, ms);
    metric_observe_us(&w->metrics, LOOP_ITERATION, ms * 1000);
    metric_observe_us(&w->metrics, LOOP_CPU, cpu);
    if (UNLIKELY(ms > ITERATION_SLOW_MS)) {
        log_slow(w, now_ms, ms, cpu);
        it->traced_until_ms = now_ms + TRACE_MS;
    }
    it->woke_ms = 0;
}
