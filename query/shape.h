/* shape: the part of a query string that decides the plan, apart from the values that do not. Two requests
 * that differ only in the values of plain comparisons (`id=eq.5`, `id=eq.6`) have one shape, and so one plan
 * and one prepared statement; the values are the plan's parameters, word for word.
 *
 * Only values whose meaning is certain without a parser are taken out: `[not.](eq|neq|gt|gte|lt|lte).value`
 * on keys that are not reserved words. Everything else stays in the shape as it is. To plan a shape, the
 * values are replaced by marks; where a mark comes back as a parameter, the value goes.
 *
 * A mark contains a secret of the caller's, so that nothing a client sends, and nothing that clients store
 * and a page token brings back, can be taken for one. Whoever keeps shapes puts `nvalues` into the key beside
 * the text, and a mark is only believed within them: should the secret become known, a client could do no
 * more than name one of its own values twice. Pure; linear in the query's length. SPDX-License-Identifier:
 * ISC */
#ifndef QUERY_SHAPE_H
#define QUERY_SHAPE_H

#include "util/arena.h"
#include "util/str.h"

#define SHAPE_VALUES_MAX 16
#define SHAPE_SECRET_BYTES 8

/* The text before the letter of a mark; in a query it is percent-encoded. */
struct shape_marks {
    char text[3 + 2 * SHAPE_SECRET_BYTES]; /* no NUL at the end */
};

struct query_shape {
    struct str key; /* the query with each value replaced by its mark: also what is given to the planner */
    struct str values[SHAPE_VALUES_MAX]; /* raw slices of the query, still percent-encoded */
    size_t nvalues;
};

void shape_marks_init(struct shape_marks *m, const uint8_t secret[SHAPE_SECRET_BYTES]);
/* key is in the arena; equal to the query when nothing could be taken out. */
void query_shape_scan(
    struct arena *a, const struct shape_marks *m, struct str query, struct query_shape *out);
/* Which of `nvalues` values a (decoded) parameter stands for, or -1 when it is an ordinary parameter. */
int query_shape_mark(const struct shape_marks *m, size_t nvalues, const char *param);
/* The first mark in `text`, which is percent-encoded: its place and value; false when there is none. */
bool query_shape_find(
    const struct shape_marks *m, size_t nvalues, struct str text, size_t *at, uint8_t *value);
/* Bytes of a mark in an encoded text. */
#define SHAPE_MARK_BYTES (sizeof(struct shape_marks) + 1)

#endif
