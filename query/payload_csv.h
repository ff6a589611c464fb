/* payload_csv: CSV (RFC 4180; line ends may be LF) and application/x-www-form-urlencoded as JSON texts. Every
 * value is a string, which PostgreSQL converts by the column's type; in CSV the bare word NULL is null and an
 * empty field the empty string. SPDX-License-Identifier: ISC */
#ifndef QUERY_PAYLOAD_CSV_H
#define QUERY_PAYLOAD_CSV_H

#include "util/arena.h"
#include "util/buf.h"

/* What is wrong in PostgREST's words; the others are phrases. */
#define PAYLOAD_CSV_FIELDS "All lines must have same number of fields"

/* These two the caller says in his own words, with the limit. */
#define PAYLOAD_CSV_ROWS "too many rows"
#define PAYLOAD_MANY_KEYS "too many names"

/* max_rows: 0: no limit. Each appends to out and returns NULL, or says in a phrase what is wrong.
 * `out->limit` bounds what CSV may become. Duplicate names are passed on as they are. */
NODISCARD const char *payload_csv(struct arena *a, uint64_t max_rows, struct str body, struct buf *out);
NODISCARD const char *payload_form(struct arena *a, struct str body, struct buf *out);

#endif
