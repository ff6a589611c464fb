/* app: what the handlers have for the whole process and for each worker. The shared part is made by cmd/
 * before the threads start and outlives them; it holds only what is immutable, refcounted or atomic. The
 * per-worker part belongs to its thread: database lanes, plan cache, queue for the thread pool, pulse.
 * SPDX-License-Identifier: ISC */
#ifndef HANDLERS_APP_H
#define HANDLERS_APP_H

#include "db/db.h"
#include "handlers/plan_cache.h"
#include "handlers/pulse.h"
#include "handlers/schema_watch.h"
#include "handlers/settings.h"
#include "handlers/verifier.h"
#include "handlers/watch.h"
#include "server/server.h"
#include "util/metrics.h"

#define APP_WORKER_MAGIC 0x61707721u
#define APP_WORKERS_MAX 256

struct app_worker;

/* One per process. */
struct app_shared {
    struct server *server;                               /* set by cmd/ before the workers start */
    bool has_redis;                                      /* redis-uri is set */
    const struct config_source *source;                  /* where a reload reads from */
    struct schema_watch *schema;                         /* the catalog */
    struct watch *watch;                                 /* worker 0's */
    struct app_worker *_Atomic workers[APP_WORKERS_MAX]; /* set by each worker's start, cleared by its free */
    int64_t started_us;                                  /* wall clock */
    struct openapi_cache *openapi;
    struct db_slots slots; /* database connections of all workers */
};

/* One per worker. */
struct app_worker {
    unsigned magic;
    struct app_shared *shared;
    struct worker *worker;
    struct db *db;
    struct redis *redis;         /* worker 0's alone, for the health report; NULL: no redis-uri */
    char *search_path;           /* that its connections begin with */
    struct catalog_view catalog; /* that its requests see */
    struct plan_cache *plans;
    struct settings *settings; /* exchanged by a reload; requests hold their own reference */
    struct openapi *openapi;
    struct verifier *verifier;
    struct offload *offload;
    struct pulse pulse;
    struct metrics metrics;
    void (*stopped)(void *arg); /* while stopping */
    void *stopped_arg;
    unsigned closing; /* parts whose close is awaited */
};

/* The source must outlive it. */
NODISCARD struct app_shared *app_shared_create(
    const struct config *config, const struct config_source *source);
void app_shared_free(struct app_shared **s);
/* The table that server_create() wants. */
struct app app_table(struct app_shared *s, const struct config *config);

static inline struct app_worker *app_of(const struct request *req)
{
    struct app_worker *app;
    CAST_OBJ(app, worker_app(req->worker), APP_WORKER_MAGIC);
    return app;
}

#endif
