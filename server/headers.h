/* headers: the header fields of a response, in the order in which they were added. They are held as they go
 * on the wire (RFC 9112 section 5), a line each, since they are sent far more often than looked for; whoever
 * keeps a response keeps these bytes. SPDX-License-Identifier: ISC */
#ifndef SERVER_HEADERS_H
#define SERVER_HEADERS_H

#include "util/buf.h"

struct headers {
    struct buf lines; /* "Name: value" and CRLF each */
    bool csp;         /* one of them is Content-Security-Policy */
};

void headers_init(struct headers *h);
void headers_release(struct headers *h);
/* Empties; keeps up to `keep` bytes of memory. */
void headers_clear(struct headers *h, size_t keep);

/* No CR, LF or NUL, which would end the line (RFC 9110 section 5.5). */
bool headers_value_ok(struct str value);
/* What comes from outside is judged by headers_value_ok() first: CHECK. */
void headers_add(struct headers *h, struct str name, struct str value);
/* Whether there is one of that name, in whatever case. */
bool headers_has(const struct headers *h, struct str name);

/* How much there is, and back to that: for fields that were said too early. */
size_t headers_mark(const struct headers *h);
void headers_cut(struct headers *h, size_t mark);

/* Those that were kept, added again; what is no field is left out. */
void headers_add_lines(struct headers *h, struct str lines);

#endif
