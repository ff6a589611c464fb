/* canonical: a query string with its parameters sorted by key and everything but unreserved characters
 * escaped, which Content-Location repeats (PostgREST docs, "Content-Location"). Made once per shape: the
 * values of the shape (query/shape.h) are put in for each request. Parameters with the same key keep their
 * order. Pure; linear but for the sort. SPDX-License-Identifier: ISC */
#ifndef QUERY_CANONICAL_H
#define QUERY_CANONICAL_H

#include "query/shape.h"

struct query_canonical {
    struct str pieces[SHAPE_VALUES_MAX + 1]; /* of the text; the value marks[i] follows on pieces[i] */
    uint8_t marks[SHAPE_VALUES_MAX];
    size_t nmarks;
};

/* `query` is a shape's key with `nvalues` marks of m's, or a whole query with none. What cannot be decoded
 * (which no plan comes of) stays as it is. */
void query_canonical_make(struct arena *a, const struct shape_marks *m, struct str query, size_t nvalues,
    struct query_canonical *out);
/* With the decoded, NUL-terminated values of a request; in the arena, or a piece itself. */
struct str query_canonical_fill(struct arena *a, const struct query_canonical *c, const char *const *values);

#endif
