/* json_escape: text to the inside of a JSON string, exactly as PostgreSQL's escape_json() writes it: \b \f \n
 * \r \t \" \\ by name, every other byte below 0x20 as \u00xx (lower case), all else as it is: 0x7f, '/' and
 * UTF-8 pass. The text is taken to be valid UTF-8 without NUL; whoever reads from outside checks that
 * (util/utf8.h).
 *
 * Sixteen bytes at a time where they are clean, which nearly all are; never reads outside of the text.
 * SPDX-License-Identifier: ISC */
#ifndef UTIL_JSON_ESCAPE_H
#define UTIL_JSON_ESCAPE_H

#include "util/buf.h"
#include "util/str.h"

/* Bytes that the escaped form of n bytes may take, without quotes; json_escape_write() touches no more. */
#define JSON_ESCAPE_ROOM(n) (6 * (n) + 2)

/* Writes without quotes to p, which has JSON_ESCAPE_ROOM(n) bytes; returns the end of what was written. Bytes
 * behind it, within the room, may have been scribbled on. */
NODISCARD char *json_escape_write(char *p, const char *text, size_t n);

/* Appends the string with its quotes. Reserves in pieces, so that a long text does not ask for six times its
 * size. */
void json_escape(struct buf *out, struct str text);
/* For text whose size a peer controls: false when the buffer's limit or the memory does not allow it; `out`
 * then ends somewhere inside the string. */
NODISCARD bool json_try_escape(struct buf *out, struct str text);

#endif
