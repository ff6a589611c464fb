/* exchange: the driver of the steps. SPDX-License-Identifier: ISC */
#include "handlers/exchange.h"

#include "handlers/errors.h"
#include "handlers/routes.h"
#include "util/check.h"

typedef enum step_result step_fn(struct exchange *x);

static step_fn *const steps[STEPS_N] = {
#define STEP(name, function, text) [STEP_##name] = function,
#include "handlers/steps.def"
#undef STEP
};

static void cancel_wait(struct exchange *x)
{
    struct wait *w = x->wait;
    x->wait = NULL;
    if (w)
        w->cancel(w);
}

/* The answer is complete or the client is gone: a job that still runs works for nobody. */
static void dispose(void *arg)
{
    struct exchange *x;
    CAST_OBJ(x, arg, EXCHANGE_MAGIC);
    cancel_wait(x);
    buf_release(&x->body);
    settings_unref(&x->settings);
    x->magic = 0;
}

struct exchange *exchange_create(struct app_worker *app, struct request *req)
{
    struct exchange *x = arena_alloc(&req->arena, sizeof *x);
    memset(x, 0, offsetof(struct exchange, job) + offsetof(struct db_job, few));
    x->magic = EXCHANGE_MAGIC;
    x->req = req;
    x->app = app;
    x->settings = settings_ref(app->settings);
    if (x->settings->config->server_timing_enabled)
        x->timing = ARENA_NEW(&req->arena, struct timing);
    buf_init(&x->body, 0);
    arena_on_dispose(&req->arena, dispose, x);
    req->app = x;
    return x;
}

static enum timing_phase phase_of(enum step step)
{
    switch (step) {
    case STEP_AUTH: return TIMING_JWT;
    case STEP_ROUTE:
    case STEP_NEGOTIATE:
    case STEP_TARGET: return TIMING_PARSE;
    case STEP_ANSWER: return TIMING_RESPONSE;
    default: return TIMING_PLAN;
    }
}

/* Between head and body it is the client who works. */
static COLD void time_steps(struct exchange *x)
{
    static const enum timing_phase phases[] = {[WAIT_DATABASE] = TIMING_TRANSACTION,
        [WAIT_THREAD] = TIMING_PLAN,
        [WAIT_SIGNATURE] = TIMING_JWT,
        [WAIT_DOCUMENT] = TIMING_RESPONSE};
    if (x->timing->waiting)
        timing_note(x->timing, phases[x->waited]);
    else
        timing_start(x->timing);
    x->timing->waiting = false;
}

static COLD void time_step(struct exchange *x, enum step step, enum step_result result)
{
    timing_note(x->timing, phase_of(step));
    x->timing->waiting = result == STEP_WAIT;
}

enum step_result exchange_run(struct exchange *x, enum step last)
{
    enum step_result result = STEP_MORE;
    CHECK_OBJ(x, EXCHANGE_MAGIC);
    if (UNLIKELY(x->timing))
        time_steps(x);
    while (result == STEP_MORE && x->step <= last) {
        CHECK(x->step < STEPS_N && !x->wait);
        enum step step = x->step++;
        result = steps[step](x);
        if (result != STEP_DONE && UNLIKELY(x->timing))
            time_step(x, step, result);
    }
    return result;
}

enum head_verdict exchange_head(struct exchange *x, uint64_t *body_limit)
{
    switch (exchange_run(x, STEP_TARGET)) {
    case STEP_WAIT: return HEAD_WAIT;
    case STEP_DONE: return HEAD_REFUSED;
    case STEP_MORE: break;
    }
    if (x->route->body_limit != UINT64_MAX)
        *body_limit = x->route->body_limit;
    return HEAD_READ_BODY;
}

void exchange_resume(struct exchange *x)
{
    if (x->step <= STEP_TARGET) {
        uint64_t body_limit = x->req->body_limit;
        enum head_verdict verdict = exchange_head(x, &body_limit);
        if (verdict != HEAD_WAIT)
            request_head_decided(x->req, verdict, body_limit);
        return;
    }
    CHECK(exchange_run(x, STEPS_N - 1) != STEP_MORE);
}

static void on_abort(struct request *req)
{
    struct exchange *x;
    CAST_OBJ(x, req->app, EXCHANGE_MAGIC);
    cancel_wait(x);
}

void exchange_wait(struct exchange *x, struct wait *w)
{
    CHECK(!x->wait);
    x->wait = w;
    x->req->on_abort = w->kept ? NULL : on_abort;
}

void exchange_waited(struct exchange *x)
{
    CHECK_OBJ(x, EXCHANGE_MAGIC);
    CHECK(x->wait != NULL);
    x->waited = x->wait->kind;
    x->wait = NULL;
}

static void cancel_job(struct wait *w)
{
    struct exchange *x = container_of(w, struct exchange, job_wait);
    CHECK_OBJ(x, EXCHANGE_MAGIC);
    db_abandon(x->app->db, &x->job);
}

enum step_result exchange_offload(struct exchange *x, offload_work_fn *work, offload_done_fn *done, void *arg)
{
    struct wait *w = offload_run(x->app->offload, x->req, work, done, arg);
    if (!w) {
        error_send(x->req, ERR_BUSY, NULL);
        return STEP_DONE;
    }
    metric_inc(&x->app->metrics, OFFLOADED);
    exchange_wait(x, w);
    return STEP_WAIT;
}

void exchange_submit(struct exchange *x, bool kept)
{
    x->job_wait = (struct wait){WAIT_DATABASE, kept, cancel_job};
    exchange_wait(x, &x->job_wait);
    db_submit(x->app->db, &x->job);
}

struct catalog *exchange_catalog(const struct exchange *x)
{
    struct catalog *cat = schema_watch_current(x->app->shared->schema, &x->app->catalog);
    if (cat)
        db_set_generation(x->app->db, catalog_version(cat));
    return cat;
}

struct str exchange_content_type(const struct exchange *x)
{
    struct str header = request_header(x->req, STR("Content-Type"));
    return str_trim(str_sub(header, 0, str_find(header, ';')));
}
