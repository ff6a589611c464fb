/* schema_watch: reload and listen put together. SPDX-License-Identifier: ISC */
#include "handlers/schema_watch.h"

#include "db/listen.h"
#include "schema/reload.h"
#include "util/check.h"
#include "util/log.h"
#include "util/mem.h"
#include "util/metrics.h"

#define OWN_CHANNEL "bobbin"

struct schema_watch {
    const struct config *config;
    struct catalog_holder *holder;
    struct reload *reload;
    struct db_listen *listen; /* NULL: db-channel-enabled is off */
};

struct schema_watch *schema_watch_create(const struct config *config)
{
    struct schema_watch *w = MEM_NEW(struct schema_watch);
    w->config = config;
    w->holder = catalog_holder_create();
    return w;
}

void schema_watch_free(struct schema_watch **w)
{
    if ((*w)->listen)
        db_listen_free(&(*w)->listen);
    catalog_holder_free(&(*w)->holder);
    mem_free(*w);
    *w = NULL;
}

static size_t count_relations(const struct catalog *cat)
{
    const struct cat_relation *rel;
    size_t i = 0, n = 0;
    while (catalog_each(cat, &i, &rel))
        n++;
    return n;
}

static void on_load(void *arg, const struct catalog *cat, const char *error)
{
    struct schema_watch *w = arg;
    struct reload_stats stats;
    metric_add_shared(SCHEMA_LOADS, cat ? METRIC_SUCCESS : METRIC_FAILURE, 1);
    if (!cat) {
        LOG(SCHEMA_FAILED, log_cstr("error", error));
        return;
    }
    catalog_holder_stats(w->holder, &stats);
    LOG(SCHEMA_LOADED, log_u64("relations", count_relations(cat)),
        log_ms("duration_ms", stats.last_load_ms * 1000));
}

static void on_notify(void *arg, struct str channel, struct str payload)
{
    struct schema_watch *w = arg;
    (void)channel;
    if (reload_wish(payload) & RELOAD_SCHEMA)
        schema_watch_reload(w);
}

static void on_reconnected(void *arg)
{
    schema_watch_reload(arg);
}

static void start_listening(struct schema_watch *w, uv_loop_t *loop, const struct db_options *options)
{
    static const struct db_listen_events events = {.on_notify = on_notify, .on_reconnected = on_reconnected};
    const char *channels[] = {OWN_CHANNEL, w->config->db_channel.p};
    size_t n = w->config->db_channel.n && !str_eq_cstr(w->config->db_channel, OWN_CHANNEL) ? 2 : 1;
    if (w->config->db_channel_enabled)
        w->listen = db_listen_create(loop, options, channels, n, &events, w);
}

void schema_watch_start(
    struct schema_watch *w, uv_loop_t *loop, struct db *db, const struct db_options *options)
{
    struct catalog_load_options load = {.schemas = w->config->db_schemas.items,
        .nschemas = w->config->db_schemas.n,
        .extra = w->config->db_extra_search_path.items,
        .nextra = w->config->db_extra_search_path.n};
    w->reload = reload_start(loop, db, w->holder, &load, on_load, w);
    start_listening(w, loop, options);
}

void schema_watch_stop(struct schema_watch *w, void (*on_closed)(void *arg), void *arg)
{
    reload_stop(&w->reload);
    if (w->listen)
        db_listen_close(w->listen, on_closed, arg);
    else
        on_closed(arg);
}

void schema_watch_reload(struct schema_watch *w)
{
    if (w->reload)
        reload_request(w->reload);
}

struct catalog *schema_watch_catalog(struct schema_watch *w)
{
    return catalog_holder_get(w->holder);
}

uint64_t schema_watch_loads(const struct schema_watch *w)
{
    struct reload_stats stats;
    catalog_holder_stats(w->holder, &stats);
    return stats.loads_ok;
}
