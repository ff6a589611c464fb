/* watch: keeps a running process current, on worker 0's loop: configuration and catalog are read again on
 * NOTIFY (channel `bobbin` or db-channel; payload empty, "reload schema" or "reload config"), on SIGUSR1
 * (schema), SIGUSR2 (configuration) and SIGHUP (both), and when the listening connection was away, since what
 * was sent meanwhile is lost. At start it listens first, then reads the configuration, then the catalog, so
 * that nothing is missed in between; when listening takes longer than WATCH_LISTEN_MS, the others do not wait
 * for it.
 *
 * A configuration that changes what the catalog is made of takes effect together with the new catalog.
 * SPDX-License-Identifier: ISC */
#ifndef HANDLERS_WATCH_H
#define HANDLERS_WATCH_H

#include "handlers/schema_watch.h"
#include "server/server.h"

#define WATCH_LISTEN_MS 1000

struct watch;

/* The source must outlive it. */
NODISCARD struct watch *watch_start(struct server *server, struct schema_watch *schema,
    const struct config_source *source, uv_loop_t *loop, struct db *db, const struct db_options *options,
    struct metrics *metrics);
/* Before db_close(). It frees itself; then on_closed is called. */
void watch_stop(struct watch **w, void (*on_closed)(void *arg), void *arg);

#endif
