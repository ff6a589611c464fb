/* payload_lines: the lines in the body of a document, taken out of it and sorted: those that name their key,
 * and those that do not. Each lot becomes a payload of its own, so that a statement sends the lines it is
 * about and nothing else. Runs only when a body names lines; plain bodies are not looked at twice.
 *
 * The body is one that payload_read() has accepted. Everything lives in the arena. Linear in the body.
 * SPDX-License-Identifier: ISC */
#ifndef QUERY_PAYLOAD_LINES_H
#define QUERY_PAYLOAD_LINES_H

#include "query/payload.h"

struct payload_lines_options {
    const struct str *key; /* a line that has a value (not null) for each of these names its key */
    size_t nkey;           /* 0: no line does */
    bool differ;           /* lines that do not name their key may: as in struct payload_options */
    uint64_t max;          /* lines at most */
};

struct payload_lines {
    struct payload named, fresh; /* without records: there are none */
    size_t n;
};

enum payload_lines_verdict {
    PAYLOAD_LINES_OK,
    PAYLOAD_LINES_NO_ARRAY, /* the member is something else than an array of objects */
    PAYLOAD_LINES_TOO_MANY,
    PAYLOAD_LINES_BAD /* *error says what */
};

/* `member` is the key of the body's object that holds the lines. */
NODISCARD enum payload_lines_verdict payload_lines_read(struct arena *a, const struct payload *body,
    struct str member, const struct payload_lines_options *options, struct payload_lines *out,
    struct query_error *error);

#endif
