/* app: start and end of each worker's part, and the functions that the server layer calls.
 * SPDX-License-Identifier: ISC */
#include "handlers/app.h"

#include "handlers/answer_headers.h"
#include "handlers/context.h"
#include "handlers/errors.h"
#include "handlers/exchange.h"
#include "handlers/finish.h"
#include "handlers/offload.h"
#include "handlers/openapi.h"
#include "handlers/routes.h"
#include "server/response.h"
#include "util/clock.h"
#include "util/log.h"
#include "util/mem.h"

#define THREAD_CONNECTIONS_MIN 4u /* one that is shared, three that are not */
#define POOL_KEPT 2u              /* the one that listens, and one to spare */
#define POOL_MIN 4u
/* What the default is at least and at most; config.def says so too. */
#define POOL_AUTO_MIN ((uint64_t)20)
#define POOL_AUTO_MAX ((uint64_t)82)
/* Bytes of a result on a shared connection, where no client can hold it back: what is encoded in 2 ms. */
#define SHARED_RESULT_MAX ((size_t)1 << 20)

static unsigned wanted_threads(const struct config *c)
{
    return c->server_threads ? (unsigned)c->server_threads : MAX(1u, MIN(256u, uv_available_parallelism()));
}

/* Connections of the process. */
static unsigned pool_size(const struct config *c)
{
    uint64_t wanted = THREAD_CONNECTIONS_MIN * wanted_threads(c) + POOL_KEPT;
    uint64_t automatic = MIN(MAX(wanted, POOL_AUTO_MIN), POOL_AUTO_MAX);
    return (unsigned)MAX(c->db_pool ? c->db_pool : automatic, (uint64_t)POOL_MIN);
}

/* A thread without connections enough would let one slow caller stop everybody else on it. */
static unsigned threads_for(const struct config *c)
{
    uint64_t each = c->db_shared_connections + THREAD_CONNECTIONS_MIN - 1;
    return MAX(1u, (unsigned)MIN((pool_size(c) - POOL_KEPT) / each, wanted_threads(c)));
}

struct app_shared *app_shared_create(const struct config *config, const struct config_source *source)
{
    struct app_shared *s = MEM_NEW(struct app_shared);
    s->has_redis = config->redis_uri.n > 0;
    s->source = source;
    s->started_us = clock_wall_us();
    s->schema = schema_watch_create();
    s->openapi = openapi_cache_create(config->openapi_cache);
    s->slots.max = pool_size(config) - 1; /* the one that listens is always there */
    return s;
}

void app_shared_free(struct app_shared **s)
{
    schema_watch_free(&(*s)->schema);
    openapi_cache_free(&(*s)->openapi);
    mem_free(*s);
    *s = NULL;
}

static struct db_options db_options_of(
    const struct config *c, struct db_slots *slots, const char *search_path, unsigned nworkers)
{
    uint64_t each = (pool_size(c) - POOL_KEPT) / nworkers, shared = c->db_shared_connections;
    uint64_t rest = each > shared ? each - shared : 1;
    return (struct db_options){.conninfo = c->db_uri.p,
        .application_name = "bobbin",
        .search_path = search_path,
        .slots = slots,
        .shared_connections = (unsigned)c->db_shared_connections,
        .exclusive_connections = (unsigned)MAX(MIN(rest, c->db_exclusive_connections), 1u),
        .shared_depth = (unsigned)c->db_shared_depth,
        .group_max = (unsigned)c->db_shared_group,
        .queue_max = (unsigned)c->db_queue_max,
        .statements_max = (unsigned)c->plan_cache_size,
        .statement_bytes = c->db_statement_memory,
        .prepared = c->db_prepared_statements,
        .acquire_timeout_ms = c->db_pool_acquisition_timeout,
        .request_timeout_ms = c->db_request_timeout,
        .connect_timeout_ms = c->db_connect_timeout,
        .statement_timeout_ms = c->db_statement_timeout,
        .idle_ms = c->db_pool_max_idletime,
        .lifetime_ms = c->db_pool_max_lifetime,
        .slow_us = c->db_slow_statement * 1000,
        .shared_result_max = SHARED_RESULT_MAX,
        .row_max = c->limit_row};
}

static void start_redis(struct app_worker *app)
{
    const struct config *c = app->settings->config;
    char error[256];
    if (c->redis_uri.n == 0 || worker_index(app->worker) != 0)
        return;
    app->redis = redis_create(worker_loop(app->worker),
        &(struct redis_options){.uri = c->redis_uri, .command_timeout_ms = (unsigned)c->redis_timeout}, error,
        sizeof error);
    CHECK(app->redis != NULL); /* cmd_serve has read the same URI */
}

/* Whoever wants to be restarted instead of reconnecting gets that in order, with a status that says so. */
static void give_up(void *arg)
{
    struct server *server = arg;
    server_stop(server, 1);
}

static void tell_sizes(struct app_worker *app, const struct config *config)
{
    struct app_shared *s = app->shared;
    metric_set(&app->metrics, PGRST_POOL_MAX, s->slots.max + 1);
    if (server_nworkers(s->server) < wanted_threads(config))
        LOG(SERVER_FEWER_THREADS, log_u64("wanted", wanted_threads(config)),
            log_u64("threads", server_nworkers(s->server)), log_u64("db_pool", s->slots.max + 1));
}

static void *start(struct worker *w, void *arg)
{
    struct app_shared *s = arg;
    struct app_worker *app = MEM_NEW(struct app_worker);
    const struct config *config = worker_config(w);
    app->settings = settings_create(config);
    app->search_path = mem_strdup(app->settings->context->search_path);
    struct db_options options =
        db_options_of(config, &s->slots, app->search_path, server_nworkers(s->server));
    app->magic = APP_WORKER_MAGIC;
    app->shared = s;
    app->worker = w;
    metrics_init(&app->metrics);
    app->db = db_create(worker_loop(w), &options);
    app->plans = plan_cache_create(&(struct plan_cache_options){
        .max_entries = config->plan_cache_size, .limits = app->settings->limits, .metrics = &app->metrics});
    app->verifier = verifier_create(worker_loop(w), &app->metrics);
    app->openapi = openapi_create(worker_loop(w), s->openapi);
    app->offload = offload_create(worker_loop(w));
    start_redis(app);
    pulse_start(&app->pulse, worker_loop(w),
        &(struct pulse_options){.db = app->db,
            .redis = app->redis,
            .metrics = &app->metrics,
            .settings = &app->settings,
            .on_lost = give_up,
            .arg = s->server});
    if (worker_index(w) == 0)
        tell_sizes(app, config);
    s->workers[worker_index(w)] = app;
    if (worker_index(w) == 0)
        s->watch =
            watch_start(s->server, s->schema, s->source, worker_loop(w), app->db, &options, &app->metrics);
    return app;
}

/* A reload. Requests that have begun keep what they began with. */
static void configure(void *arg, const struct config *config)
{
    struct app_worker *app;
    CAST_OBJ(app, arg, APP_WORKER_MAGIC);
    struct app_shared *s = app->shared;
    struct db_options options =
        db_options_of(config, &s->slots, app->search_path, server_nworkers(s->server));
    settings_unref(&app->settings);
    app->settings = settings_create(config);
    app->settings->context->tell_search_path =
        strcmp(app->search_path, app->settings->context->search_path) != 0;
    plan_cache_limit(app->plans, &app->settings->limits);
    db_configure(app->db, &options);
    if (app->redis)
        redis_set_timeout(app->redis, (unsigned)config->redis_timeout);
}

static void on_part_closed(struct app_worker *app)
{
    CHECK(app->closing > 0);
    if (--app->closing == 0)
        app->stopped(app->stopped_arg);
}

static void on_part_stopped(void *arg)
{
    on_part_closed(arg);
}

static void on_timer_closed(uv_handle_t *handle)
{
    on_part_closed(container_of((uv_timer_t *)handle, struct app_worker, pulse.timer));
}

static void stop(void *arg, void (*done)(void *arg), void *done_arg)
{
    struct app_worker *app;
    CAST_OBJ(app, arg, APP_WORKER_MAGIC);
    app->stopped = done;
    app->stopped_arg = done_arg;
    app->closing = 5 + (worker_index(app->worker) == 0) + (app->redis != NULL);
    if (worker_index(app->worker) == 0)
        LOG(SERVER_STOPPING);
    pulse_stop(&app->pulse, on_timer_closed);
    if (app->redis)
        redis_close(&app->redis, on_part_stopped, app);
    if (worker_index(app->worker) == 0)
        watch_stop(&app->shared->watch, on_part_stopped, app);
    openapi_stop(app->openapi, on_part_stopped, app);
    verifier_stop(app->verifier, on_part_stopped, app);
    offload_stop(app->offload, on_part_stopped, app);
    db_close(app->db, on_part_stopped, app);
}

static void free_app(void *arg)
{
    struct app_worker *app;
    CAST_OBJ(app, arg, APP_WORKER_MAGIC);
    app->shared->workers[worker_index(app->worker)] = NULL;
    plan_cache_free(&app->plans);
    catalog_view_release(&app->catalog);
    settings_unref(&app->settings);
    openapi_free(&app->openapi);
    verifier_free(&app->verifier);
    offload_free(&app->offload);
    mem_free(app->search_path);
    metrics_deinit(&app->metrics);
    db_free(&app->db);
    app->magic = 0;
    mem_free(app);
}

static enum head_verdict head(struct request *req, uint64_t *body_limit)
{
    return exchange_head(exchange_create(app_of(req), req), body_limit);
}

static void request(struct request *req)
{
    exchange_resume(req->app);
}

static void flush(void *arg)
{
    struct app_worker *app = arg;
    (void)!schema_watch_current(
        app->shared->schema, &app->catalog); /* lets go of an old one, also when idle */
    db_flush(app->db);
    if (app->redis)
        redis_flush(app->redis);
}

static void admin(struct request *req)
{
    const struct route *r = route_find_admin(req->path);
    if (!r)
        error_send(req, ERR_PATH, NULL);
    else if (!(r->methods & METHOD_BIT(req->method)))
        error_send(req, ERR_METHOD, &(struct error_detail){.allow = r->allow});
    else
        r->handler(req);
}

static void server_error(struct request *req, int status, struct str message, struct buf *body)
{
    enum error_id id = error_of_status(status);
    if (status == 503 || status == 507)
        response_header(req, STR("Retry-After"), STR("1"));
    error_write_head(req, id, &(struct error_detail){.details = message}, body);
}

struct app app_table(struct app_shared *s, const struct config *config)
{
    return (struct app){.threads = threads_for(config),
        .start = start,
        .stop = stop,
        .free = free_app,
        .head = head,
        .request = request,
        .headers = answer_headers,
        .finish = request_finished,
        .configure = configure,
        .flush = flush,
        .admin = admin,
        .error = server_error,
        .arg = s};
}
