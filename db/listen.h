/* listen: the one connection of a process that waits for notifications (LISTEN, docs "NOTIFY"). Idle
 * listeners cost every notifying commit, so there is one per process, not one per loop. It comes back by
 * itself; what was sent while it was away is lost, and on_reconnected is the moment to look at everything
 * again. SPDX-License-Identifier: ISC */
#ifndef DB_LISTEN_H
#define DB_LISTEN_H

#include "db/db.h"

#define DB_LISTEN_CHANNELS 16

struct db_listen;

/* Called from the loop. on_reconnected: all channels are listened to, for the first time or again. on_lost:
 * from now on notifications are missed (may be NULL). The slices live until the callback returns. */
struct db_listen_events {
    void (*on_notify)(void *arg, struct str channel, struct str payload);
    void (*on_reconnected)(void *arg);
    void (*on_lost)(void *arg);
};

/* Uses conninfo, application_name and connect_timeout_ms of the options; at most DB_LISTEN_CHANNELS channels,
 * which are copied. */
NODISCARD struct db_listen *db_listen_create(uv_loop_t *loop, const struct db_options *options,
    const char *const *channels, size_t nchannels, const struct db_listen_events *events, void *arg);
/* Listening and answering, and not through a pooler that keeps notifications back (pooler.h): when false,
 * what others have written may be unknown here. */
bool db_listen_is_up(const struct db_listen *l);
/* No callback follows but on_closed, after which it may be freed. */
void db_listen_close(struct db_listen *l, void (*on_closed)(void *arg), void *arg);
void db_listen_free(struct db_listen **l);

#endif
