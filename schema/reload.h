/* reload: keeps the process's catalog current.
 *
 * A holder is the one place where the current snapshot is found; any thread takes a reference from it, for
 * the length of a request. A reload lives on one loop and fills the holder: at start, and whenever somebody
 * asks (NOTIFY, SIGUSR1). What is asked for within RELOAD_DEBOUNCE_MS is one load; what is asked for during a
 * load makes one more after it. A load that fails is repeated with growing pauses, and the old snapshot stays
 * in use. SPDX-License-Identifier: ISC */
#ifndef SCHEMA_RELOAD_H
#define SCHEMA_RELOAD_H

#include "schema/catalog_load.h"

#define RELOAD_DEBOUNCE_MS 100
/* Pauses between failed loads double from the first to the second, less up to a quarter at random. */
#define RELOAD_RETRY_FIRST_MS 1000
#define RELOAD_RETRY_MAX_MS 32000

struct catalog_holder;

struct reload_stats {
    uint64_t loads_ok, loads_failed;
    uint64_t last_load_ms; /* of the last good load */
    int64_t loaded_at;     /* of the last good load, seconds since 1970; 0: never */
    bool loading, behind;  /* behind: the last load failed, or one is asked for and not done */
    char last_error[256];  /* of the last failed load; "" when the last one was good */
};

NODISCARD struct catalog_holder *catalog_holder_create(void);
/* Nobody may use it any more; snapshots that are still referenced live on. */
void catalog_holder_free(struct catalog_holder **h);
/* A reference, or NULL while nothing was ever loaded. Any thread. */
NODISCARD struct catalog *catalog_holder_get(struct catalog_holder *h);
/* What one thread knows of the holder: the snapshot that it saw last. Zeroed: none. */
struct catalog_view {
    struct catalog *cat; /* a reference */
    uint64_t version;
};
/* The current snapshot, lent until this thread's next call; NULL while nothing was ever loaded. Locks nothing
 * and writes nothing unless there is a new one. */
NODISCARD struct catalog *catalog_view_get(struct catalog_view *v, struct catalog_holder *h);
void catalog_view_release(struct catalog_view *v);
/* Takes over the caller's reference. Any thread. */
void catalog_holder_set(struct catalog_holder *h, struct catalog *cat);
/* Any thread. */
void catalog_holder_stats(struct catalog_holder *h, struct reload_stats *out);

struct reload;

/* Called on the reload's loop after each load: cat is the new snapshot (lent), or NULL when it failed. */
typedef void reload_cb(void *arg, const struct catalog *cat, const char *error);

/* Loads nothing before it is asked to. The options are copied; on_load may be NULL. */
NODISCARD struct reload *reload_start(uv_loop_t *loop, struct db *db, struct catalog_holder *h,
    const struct catalog_load_options *options, reload_cb *on_load, void *arg);
/* Ends and frees itself within the next turns of the loop. Before db_close(). */
void reload_stop(struct reload **r);
/* The database may have changed. Only on its loop. While loads fail it shortens the pause, but to no less
 * than RELOAD_RETRY_FIRST_MS after the last one, and never starts it anew: however often it is asked for, a
 * load comes. */
void reload_request(struct reload *r);
/* From the next load on. True when they differ from those of before; then a load is asked for. They are
 * copied. */
bool reload_configure(struct reload *r, const struct catalog_load_options *options);

enum reload_wish { RELOAD_NOTHING = 0, RELOAD_SCHEMA = 1, RELOAD_CONFIG = 2 };
/* What the payload of a notification asks for: "" for both, "reload schema", "reload config". */
unsigned reload_wish(struct str payload);

#endif
