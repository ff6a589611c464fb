/* catalog_load: reads the catalog of a database without holding up the loop: one statement on the exclusive
 * lane whose rows are kept as they come (so that everything is seen in one snapshot), then the work on them
 * in libuv's thread pool. 1,000 tables with 5,000 foreign keys take about half a second in PostgreSQL and a
 * tenth of that here.
 *
 * The role of the connection must be the one that requests are served with: its memberships say which roles'
 * privileges are loaded. SPDX-License-Identifier: ISC */
#ifndef SCHEMA_CATALOG_LOAD_H
#define SCHEMA_CATALOG_LOAD_H

#include "db/db.h"
#include "db/session.h"
#include "schema/catalog.h"
#include "util/buf.h"

/* Rows of one load. */
#define CATALOG_LOAD_BYTES_MAX ((size_t)1 << 30)

struct catalog_load_options {
    const struct str *schemas; /* exposed, at least one */
    size_t nschemas;
    const struct str *extra; /* further schemas with functions of a row type (db-extra-search-path) */
    size_t nextra;
    uint64_t timeout_ms; /* for the whole; 0: a minute */
};

struct catalog_load;

/* Called once, unless cancelled, and not from within start. `cat` is a reference that the callee owns, or
 * NULL; then `error` is a sentence that lives until it returns. */
typedef void catalog_load_cb(void *arg, struct catalog *cat, const char *error);

/* The options are copied. */
NODISCARD struct catalog_load *catalog_load_start(uv_loop_t *loop, struct db *db,
    const struct catalog_load_options *options, catalog_load_cb *on_done, void *arg);
/* No callback will follow. What runs in the thread pool ends by itself; the loop must go on until then. */
void catalog_load_cancel(struct catalog_load **load);

/* For commands: the same, blocking. NULL with a sentence appended to `error`. */
NODISCARD struct catalog *catalog_load_now(
    struct session *s, const struct catalog_load_options *options, struct buf *error);

#endif
