/* catalog_feed: from the rows of catalog.sql to a catalog. No database here: rows come as (number of the
 * query, text of the row), in any order, from wherever they were kept. SPDX-License-Identifier: ISC */
#ifndef SCHEMA_CATALOG_FEED_H
#define SCHEMA_CATALOG_FEED_H

#include "schema/catalog.h"
#include "util/buf.h"

struct catalog_feed;

/* The one statement that asks for everything; parameters as in catalog.sql. Appended to `sql`. */
void catalog_feed_sql(struct buf *sql);

struct catalog_feed *catalog_feed_create(const struct str *schemas, size_t nschemas);
/* False when the row is not what the query returns; text is unquoted in place. */
NODISCARD bool catalog_feed_row(struct catalog_feed *feed, size_t query, char *text, size_t n);
NODISCARD struct catalog *catalog_feed_finish(struct catalog_feed **feed);
void catalog_feed_free(struct catalog_feed **feed);

#endif
