/* schema_watch: a reload that logs and counts. SPDX-License-Identifier: ISC */
#include "handlers/schema_watch.h"

#include "util/check.h"
#include "util/log.h"
#include "util/mem.h"
#include "util/metrics.h"

struct schema_watch {
    struct catalog_holder *holder;
    struct reload *reload; /* worker 0's, as the rest */
    struct metrics *metrics;
    void (*on_current)(void *arg);
    void *arg;
};

struct schema_watch *schema_watch_create(void)
{
    struct schema_watch *w = MEM_NEW(struct schema_watch);
    w->holder = catalog_holder_create();
    return w;
}

void schema_watch_free(struct schema_watch **w)
{
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
    metric_add_shared(PGRST_SCHEMA_LOADS, cat ? METRIC_SUCCESS : METRIC_FAILURE, 1);
    if (!cat) {
        LOG(SCHEMA_FAILED, log_cstr("error", error));
        return;
    }
    catalog_holder_stats(w->holder, &stats);
    metric_set(w->metrics, PGRST_SCHEMA_TIME, stats.last_load_ms * 1000);
    LOG(SCHEMA_LOADED, log_u64("relations", count_relations(cat)),
        log_ms("duration_ms", stats.last_load_ms * 1000));
    if (!stats.behind)
        w->on_current(w->arg);
}

static struct catalog_load_options load_options(const struct config *c)
{
    return (struct catalog_load_options){.schemas = c->db_schemas.items,
        .nschemas = c->db_schemas.n,
        .extra = c->db_extra_search_path.items,
        .nextra = c->db_extra_search_path.n};
}

void schema_watch_start(struct schema_watch *w, uv_loop_t *loop, struct db *db, const struct config *config,
    struct metrics *metrics, void (*on_current)(void *arg), void *arg)
{
    struct catalog_load_options options = load_options(config);
    w->metrics = metrics;
    w->on_current = on_current;
    w->arg = arg;
    w->reload = reload_start(loop, db, w->holder, &options, on_load, w);
}

void schema_watch_stop(struct schema_watch *w)
{
    reload_stop(&w->reload);
}

void schema_watch_reload(struct schema_watch *w)
{
    if (w->reload)
        reload_request(w->reload);
}

bool schema_watch_configure(struct schema_watch *w, const struct config *config)
{
    struct catalog_load_options options = load_options(config);
    return w->reload && reload_configure(w->reload, &options);
}

struct catalog *schema_watch_catalog(struct schema_watch *w)
{
    return catalog_holder_get(w->holder);
}

struct catalog *schema_watch_current(struct schema_watch *w, struct catalog_view *v)
{
    return catalog_view_get(v, w->holder);
}

uint64_t schema_watch_loads(const struct schema_watch *w)
{
    struct reload_stats stats;
    catalog_holder_stats(w->holder, &stats);
    return stats.loads_ok;
}
