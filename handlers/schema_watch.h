/* schema_watch: the process's catalog. One per process, made before the workers start, so that any thread may
 * ask for the catalog at any time; loading runs on worker 0's loop between start and stop, when watch.h asks
 * for it. Requests go on with the old catalog until the new one is there. SPDX-License-Identifier: ISC */
#ifndef HANDLERS_SCHEMA_WATCH_H
#define HANDLERS_SCHEMA_WATCH_H

#include "db/db.h"
#include "schema/reload.h"
#include "server/config.h"
#include "util/metrics.h"

struct schema_watch;

NODISCARD struct schema_watch *schema_watch_create(void);
void schema_watch_free(struct schema_watch **w);
/* On worker 0's thread, whose metrics these are. on_current: after a good load, when nothing was asked for
 * meanwhile. */
void schema_watch_start(struct schema_watch *w, uv_loop_t *loop, struct db *db, const struct config *config,
    struct metrics *metrics, void (*on_current)(void *arg), void *arg);
/* Ends loading, before db_close(). */
void schema_watch_stop(struct schema_watch *w);
/* On worker 0's thread: load again, soon. */
void schema_watch_reload(struct schema_watch *w);
/* On worker 0's thread: from now on the catalog is made by this configuration. True when that makes a load
 * necessary, which is asked for. */
bool schema_watch_configure(struct schema_watch *w, const struct config *config);

/* Any thread: a new reference to the current catalog, or NULL when none was loaded yet. */
struct catalog *schema_watch_catalog(struct schema_watch *w);
/* The same, lent: see catalog_view_get(). */
struct catalog *schema_watch_current(struct schema_watch *w, struct catalog_view *v);
/* Any thread: catalogs loaded so far. */
uint64_t schema_watch_loads(const struct schema_watch *w);

#endif
