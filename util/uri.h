/* uri: percent-encoding (RFC 3986 2.1) and query strings (the + of application/x-www-form-urlencoded).
 * Decoding is strict, since what it gives out becomes names and values in a database: an incomplete escape, a
 * NUL and anything that is not UTF-8 are errors of the client, never passed on or repaired.
 *
 * Decoded slices lie in the arena, or point into the input when nothing had to be decoded: they live as long
 * as the shorter-lived of both, which is the request. SPDX-License-Identifier: ISC */
#ifndef UTIL_URI_H
#define UTIL_URI_H

#include "util/arena.h"
#include "util/buf.h"
#include "util/str.h"

enum uri_error {
    URI_OK,
    URI_BAD_ESCAPE, /* % without two hexadecimal digits behind it */
    URI_NUL,        /* %00, or a NUL as it is */
    URI_BAD_UTF8,
};

/* What is wrong, for the `details` of an error body. */
const char *uri_error_text(enum uri_error e);

enum uri_plus { URI_PLUS_IS_PLUS, URI_PLUS_IS_SPACE };

NODISCARD enum uri_error uri_decode(struct arena *a, struct str in, enum uri_plus plus, struct str *out);

struct uri_param {
    struct str key, value;
    bool has_value; /* there was a '=': "a" and "a=" differ */
};

/* Takes the next key=value (not decoded) from *query, which is without its '?'; empty pieces ("a=1&&b=2") are
 * passed over; false at the end. */
bool uri_query_next(struct str *query, struct uri_param *raw);
/* Decodes key and value in place, + being a space. */
NODISCARD enum uri_error uri_param_decode(struct arena *a, struct uri_param *p);

/* Appends s with everything but unreserved characters escaped: fit for a path segment, a query key or value.
 */
void uri_encode(struct buf *out, struct str s);
/* The same at p, where there is room for 3 * s.n bytes; the end of what was written. */
char *uri_encode_at(char *p, struct str s);

/* "https://host:port/path" taken apart; without a port it is the scheme's own. The path is without a slash at
 * its end. False: it is no such URI, or has credentials, a query or a fragment. */
struct uri_http {
    struct str scheme, host, port, path;
};
NODISCARD bool uri_http_parse(struct str uri, struct uri_http *out);

#endif
