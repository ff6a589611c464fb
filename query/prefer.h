/* prefer: the Prefer header (RFC 7240) with the preferences of the dialect. Several headers add up, the first
 * value of a key wins. What is not understood is kept apart, since handling=strict makes it an error.
 * SPDX-License-Identifier: ISC */
#ifndef QUERY_PREFER_H
#define QUERY_PREFER_H

#include "query/plan.h"
#include "util/buf.h"

enum prefer_return { RETURN_UNSET, RETURN_MINIMAL, RETURN_HEADERS_ONLY, RETURN_REPRESENTATION };
enum prefer_resolution { RESOLUTION_UNSET, RESOLUTION_MERGE_DUPLICATES, RESOLUTION_IGNORE_DUPLICATES };
enum prefer_missing { MISSING_UNSET, MISSING_DEFAULT, MISSING_NULL };
enum prefer_handling { HANDLING_UNSET, HANDLING_STRICT, HANDLING_LENIENT };
enum prefer_tx { PREFER_TX_UNSET, PREFER_TX_COMMIT, PREFER_TX_ROLLBACK };

#define PREFER_UNKNOWN_MAX 16

struct prefer {
    enum prefer_resolution resolution;
    enum prefer_missing missing;
    enum prefer_return returning;
    enum count_mode count;
    enum prefer_tx tx;
    enum prefer_handling handling;
    struct str timezone; /* not judged here: PostgreSQL knows the zones */
    bool has_max_affected;
    uint64_t max_affected;
    struct str unknown[PREFER_UNKNOWN_MAX]; /* as written; what is beyond is dropped */
    size_t nunknown;
};

/* Adds one header to *p, which starts as {0}. Slices point into value. */
void prefer_parse(struct prefer *p, struct str value);
/* The value of Preference-Applied: everything that is set, in the fixed order of the dialect; nothing when
 * nothing is. A caller first resets what it did not honour. max-affected counts only when strict. */
void prefer_applied(const struct prefer *p, struct buf *out);

#endif
