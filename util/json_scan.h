/* json_scan: reads a JSON text (RFC 8259) token by token, and is strict about it: one value and blanks
 * around it, nothing else; UTF-8, no raw control characters, no leading zeros, no trailing commas. It builds
 * nothing and allocates nothing: strings are given as they are written, between their quotes. Linear in the
 * text; nesting is kept in a bit map and bounded by max_depth, so a hostile text costs its own length at
 * most.
 *
 *     struct json_scan s;
 *     json_scan_init(&s, text, 64);
 *     while ((t = json_scan_next(&s)) > JSON_END_OF_TEXT) ...
 *
 * The text is the caller's and must outlive the scanner. SPDX-License-Identifier: ISC */
#ifndef UTIL_JSON_SCAN_H
#define UTIL_JSON_SCAN_H

#include "util/arena.h"
#include "util/str.h"

#define JSON_SCAN_DEPTH 1000u

enum json_token {
    JSON_BAD,         /* and again at every further call; error and at say what and where */
    JSON_END_OF_TEXT, /* the value is complete, nothing but blanks follows */
    JSON_OBJECT,      /* { */
    JSON_ARRAY,       /* [ */
    JSON_CLOSE,       /* } or ], whatever was open */
    JSON_KEY,         /* with its colon */
    JSON_STRING,
    JSON_NUMBER,
    JSON_TRUE,
    JSON_FALSE,
    JSON_NULL
};

struct json_scan {
    struct str text;
    size_t at;         /* behind the last token; at JSON_BAD where the text stopped making sense */
    struct str value;  /* KEY, STRING: raw, without the quotes; NUMBER: its digits */
    bool escaped;      /* KEY, STRING: has backslashes, json_scan_unescape() gives what it means */
    unsigned depth;    /* objects and arrays open after the last token */
    const char *error; /* a phrase for people: "expected a comma" */
    /* The scanner's own. */
    unsigned max_depth;
    unsigned expects;
    uint64_t objects[JSON_SCAN_DEPTH / 64 + 1]; /* bit d: what is open on level d is an object */
};

/* max_depth: how many objects and arrays may be open at once, at most JSON_SCAN_DEPTH. Looks over the whole
 * text once for bytes that are not UTF-8. */
void json_scan_init(struct json_scan *s, struct str text, unsigned max_depth);
NODISCARD enum json_token json_scan_next(struct json_scan *s);
/* The token was JSON_OBJECT or JSON_ARRAY: goes on to behind its end. False: the text is bad. After any other
 * token nothing happens. */
NODISCARD bool json_scan_skip(struct json_scan *s, enum json_token token);

/* What a raw string means; false when an escape stands for no character (half a surrogate pair) or for NUL,
 * which text in PostgreSQL cannot hold. Without escapes *out is raw itself, else it is in the arena. */
NODISCARD bool json_scan_unescape(struct arena *a, struct str raw, struct str *out);

#endif
