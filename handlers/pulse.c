/* pulse: a timer and a ping. SPDX-License-Identifier: ISC */
#include "handlers/pulse.h"

#include "util/check.h"
#include "util/log.h"

static uint64_t now_ms(void)
{
    return uv_hrtime() / 1000000;
}

static void on_ping_rows(struct db_job *job, int stmt, const struct db_rows *rows)
{
    (void)job, (void)stmt, (void)rows;
}

static void on_ping_done(struct db_job *job, enum db_outcome outcome, const struct db_error *error)
{
    struct pulse *p = job->arg;
    p->pinging = false;
    if (outcome != DB_OK)
        return;
    atomic_store_explicit(&p->last_ok_ms, now_ms(), memory_order_relaxed);
    atomic_store_explicit(&p->rtt_us, (unsigned)(uv_hrtime() / 1000 - p->sent_us), memory_order_relaxed);
}

static void ping(struct pulse *p)
{
    if (p->pinging)
        return;
    p->sent_us = uv_hrtime() / 1000;
    db_job_init(&p->ping);
    db_stmt_init(&p->ping.stmts[0], STR("SELECT 1"), NULL, 0, (struct str){NULL, 0});
    p->ping.nstmts = 1;
    p->ping.lane = DB_SHARED;
    p->ping.trusted = p->ping.read_only = true;
    p->ping.timeout_ms = PULSE_STALE_MS;
    p->ping.on_rows = on_ping_rows;
    p->ping.on_done = on_ping_done;
    p->ping.arg = p;
    p->pinging = true;
    db_submit(p->db, &p->ping);
}

static void publish(struct pulse *p, const struct db_stats *s)
{
    atomic_store_explicit(&p->connected, s->connected, memory_order_relaxed);
    metric_set(p->metrics, DB_JOBS, s->jobs);
    metric_set(p->metrics, DB_RETRIES, s->retries);
    metric_set(p->metrics, DB_TIMEOUTS, s->timeouts);
    metric_set(p->metrics, DB_RECONNECTS, s->reconnects);
    metric_set(p->metrics, DB_CANCELS, s->cancels);
    metric_set(p->metrics, DB_JOINED, s->joined);
    metric_set(p->metrics, DB_PREPARES, s->prepares);
    metric_set(p->metrics, DB_DEMOTED, s->demoted);
    metric_set(p->metrics, DB_MOVED, s->moved);
    metric_set(p->metrics, DB_EVICTED, s->evicted);
    metric_set(p->metrics, DB_OUTGROWN, s->outgrown);
    metric_set(p->metrics, DB_REFUSED, s->refused);
    metric_set(p->metrics, DB_CLEANINGS, s->cleanings);
    metric_set(p->metrics, DB_WAITING, s->waiting);
    metric_set(p->metrics, PGRST_POOL_TIMEOUTS, s->acquire_timeouts);
    metric_set(p->metrics, PGRST_POOL_AVAILABLE, s->connected - s->busy);
    metric_set(p->metrics, PGRST_POOL_WAITING, s->waiting);
    metric_set_label(p->metrics, DB_CONNECTIONS, METRIC_IDLE, s->connected - s->busy);
    metric_set_label(p->metrics, DB_CONNECTIONS, METRIC_USED, s->busy);
    metric_set_label(p->metrics, DB_CONNECTIONS, METRIC_CONNECTING, s->connecting);
}

static void publish_jwt(struct pulse *p)
{
    struct sieve_stats s = jwt_cache_stats((*p->settings)->jwt);
    metric_set(p->metrics, PGRST_JWT_REQUESTS, s.hits + s.misses);
    metric_set(p->metrics, PGRST_JWT_HITS, s.hits);
    metric_set(p->metrics, PGRST_JWT_EVICTIONS, s.evictions);
}

static void publish_redis(struct pulse *p)
{
    if (!p->redis)
        return;
    struct redis_stats s = redis_stats(p->redis);
    bool ready = redis_ready(p->redis);
    if (ready && !p->redis_ready)
        LOG(REDIS_CONNECTED);
    else if (!ready && p->redis_ready)
        LOG(REDIS_LOST, log_cstr("error", s.error));
    atomic_store_explicit(&p->redis_ready, ready, memory_order_relaxed);
    atomic_store_explicit(&p->redis_rtt_us, s.rtt_us, memory_order_relaxed);
}

/* One line when the database goes, one when it is back: what an operator looks for first. */
static void tell(struct pulse *p, bool reachable)
{
    if (p->was_told && p->was_reachable == reachable)
        return;
    if (!reachable && !p->was_told && db_last_error(p->db)[0] == '\0')
        return; /* the first connection is still being made */
    if (reachable)
        LOG(DB_CONNECTED);
    else
        LOG(DB_LOST, log_cstr("error", db_last_error(p->db)));
    if (p->was_told && !reachable && !(*p->settings)->config->db_pool_automatic_recovery)
        p->on_lost(p->arg);
    p->was_told = true;
    p->was_reachable = reachable;
}

static void on_tick(uv_timer_t *timer)
{
    struct pulse *p = timer->data;
    struct db_stats s;
    db_get_stats(p->db, &s);
    publish(p, &s);
    publish_redis(p);
    publish_jwt(p);
    tell(p, s.reachable);
    if (!s.reachable)
        atomic_store_explicit(&p->last_ok_ms, 0, memory_order_relaxed);
    else if (s.heard_ms < PULSE_PERIOD_MS)
        atomic_store_explicit(&p->last_ok_ms, now_ms() - s.heard_ms, memory_order_relaxed);
    if (!s.reachable || s.heard_ms >= PULSE_PERIOD_MS || s.jobs == p->jobs)
        ping(p);
    p->jobs = s.jobs;
}

void pulse_start(struct pulse *p, uv_loop_t *loop, const struct pulse_options *options)
{
    *p = (struct pulse){.db = options->db,
        .redis = options->redis,
        .metrics = options->metrics,
        .settings = options->settings,
        .on_lost = options->on_lost,
        .arg = options->arg};
    CHECK(uv_timer_init(loop, &p->timer) == 0);
    p->timer.data = p;
    CHECK(uv_timer_start(&p->timer, on_tick, 0, PULSE_PERIOD_MS) == 0);
}

void pulse_stop(struct pulse *p, uv_close_cb on_closed)
{
    if (p->pinging)
        db_abandon(p->db, &p->ping);
    p->pinging = false;
    uv_close((uv_handle_t *)&p->timer, on_closed);
}

bool pulse_alive(const struct pulse *p)
{
    uint64_t last = atomic_load_explicit(&p->last_ok_ms, memory_order_relaxed);
    return last != 0 && now_ms() - last < PULSE_STALE_MS;
}
