/* finish: counters and one line of log. SPDX-License-Identifier: ISC */
#include "handlers/finish.h"

#include "handlers/exchange.h"
#include "handlers/log_target.h"
#include "handlers/routes.h"
#include "util/clock.h"
#include "util/log.h"

static const enum metric_method methods[] = {[HTTP_GET_] = METRIC_GET,
    [HTTP_HEAD_] = METRIC_HEAD,
    [HTTP_POST_] = METRIC_POST,
    [HTTP_PUT_] = METRIC_PUT,
    [HTTP_PATCH_] = METRIC_PATCH,
    [HTTP_DELETE_] = METRIC_DELETE,
    [HTTP_OPTIONS_] = METRIC_OPTIONS,
    [HTTP_OTHER_] = METRIC_OTHER};

/* Probes come every second from everywhere: they are for debugging, whatever they say. */
static enum log_level level_of(const struct request *req)
{
    const struct exchange *x = req->app;
    int status = req->response.status;
    if (!x || (x->route && x->route->kind == ROUTE_PLAIN))
        return LOG_LEVEL_DEBUG;
    return status >= 500 ? LOG_LEVEL_ERROR : status >= 400 ? LOG_LEVEL_WARN : LOG_LEVEL_INFO;
}

/* The statement that does the work, where log-query asks for it. */
static struct str query_of(const struct exchange *x)
{
    if (!x || !x->settings->config->log_query)
        return (struct str){NULL, 0};
    if (x->plan.read)
        return x->plan.main.sql;
    return x->job.nstmts > 1 ? x->job.stmts[1].sql : (struct str){NULL, 0};
}

static void log_request(const struct request *req, enum log_level level, uint64_t us)
{
    const struct exchange *x = req->app;
    char room[LOG_TARGET_ROOM];
    LOG_AT(level, REQUEST, log_u64("request_id", req->id), log_str("method", req->method_name),
        log_target(room, req->target), log_u64("status", (uint64_t)req->response.status),
        log_ms("duration_ms", us), log_u64("bytes", req->response.bytes_sent),
        log_cstr("role", x ? x->role : NULL), log_cstr("client", req->client));
    struct str query = query_of(x);
    if (query.n)
        LOG_AT(level, REQUEST_QUERY, log_u64("request_id", req->id), log_str("sql", query));
}

static COLD void log_slow(const struct request *req, uint64_t us)
{
    char room[LOG_TARGET_ROOM];
    LOG(REQUEST_SLOW, log_u64("request_id", req->id), log_target(room, req->target),
        log_ms("duration_ms", us));
}

void request_finished(struct request *req)
{
    struct app_worker *app = app_of(req);
    uint64_t us = (clock_mono_ns() - req->started_ns) / 1000;
    uint64_t slow_ms = app->settings->config->log_slow_request;
    int status = req->response.status;
    if (status == 0) /* the client left before there was an answer */
        return;
    metric_add_label(
        &app->metrics, HTTP_REQUESTS, metric_method_status(methods[req->method], (unsigned)status), 1);
    metric_observe_us(&app->metrics, HTTP_DURATION, us);
    log_request(req, level_of(req), us);
    if (slow_ms && us > slow_ms * 1000)
        log_slow(req, us);
}
