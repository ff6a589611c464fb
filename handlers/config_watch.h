/* config_watch: reads the configuration again while the process runs: the file, the environment, and with
 * db-config what the database says. On worker 0's loop. What is asked for within CONFIG_DEBOUNCE_MS is one
 * read, what is asked for during one makes another after it. A configuration that is wrong anywhere is not
 * taken over, and the log says why. While the database cannot be asked, nothing changes, and it is asked
 * again every CONFIG_RETRY_MS. SPDX-License-Identifier: ISC */
#ifndef HANDLERS_CONFIG_WATCH_H
#define HANDLERS_CONFIG_WATCH_H

#include "db/db.h"
#include "server/config.h"

#define CONFIG_DEBOUNCE_MS 100
#define CONFIG_RETRY_MS 500

struct config_watch;

/* After each read, on the loop: `config` is the new snapshot (lent), or NULL when it was refused. */
typedef void config_watch_cb(void *arg, const struct config *config);

/* The source and what it points at must outlive the watch; its `running` and `database` are not looked at. */
NODISCARD struct config_watch *config_watch_start(uv_loop_t *loop, struct db *db,
    const struct config_source *source, const struct config *running, config_watch_cb *on_read, void *arg);
void config_watch_request(struct config_watch *w);
/* Before db_close(). No read ends afterwards; it frees itself, then on_closed is called. */
void config_watch_stop(struct config_watch **w, void (*on_closed)(void *arg), void *arg);

#endif
