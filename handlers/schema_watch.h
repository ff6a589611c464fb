/* schema_watch: keeps the process's catalog current: loads it at start, again on NOTIFY (channel `bobbin` or
 * db-channel, payload empty or "reload schema"), on SIGUSR1 and SIGHUP, and when the listening connection was
 * away, since what was sent meanwhile is lost. One per process. It is made before the workers start, so that
 * any thread may ask for the catalog at any time; loading and listening run on worker 0's loop between start
 * and stop. Requests go on with the old catalog until the new one is there. SPDX-License-Identifier: ISC */
#ifndef HANDLERS_SCHEMA_WATCH_H
#define HANDLERS_SCHEMA_WATCH_H

#include "db/db.h"
#include "schema/catalog.h"
#include "server/config.h"

struct schema_watch;

NODISCARD struct schema_watch *schema_watch_create(const struct config *config);
void schema_watch_free(struct schema_watch **w);
/* On worker 0's thread. db: its lanes; the options are for the connection that listens. */
void schema_watch_start(
    struct schema_watch *w, uv_loop_t *loop, struct db *db, const struct db_options *options);
/* Ends loading and listening, before db_close(); on_closed runs when the last handle is closed. */
void schema_watch_stop(struct schema_watch *w, void (*on_closed)(void *arg), void *arg);
/* On worker 0's thread: load again, soon. */
void schema_watch_reload(struct schema_watch *w);

/* Any thread: a new reference to the current catalog, or NULL when none was loaded yet. */
struct catalog *schema_watch_catalog(struct schema_watch *w);
/* Any thread: catalogs loaded so far. */
uint64_t schema_watch_loads(const struct schema_watch *w);

#endif
