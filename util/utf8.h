/* utf8: is this well-formed text? As Unicode 15 table 3-7 and RFC 3629 define it: no overlong forms, no
 * surrogates, nothing above U+10FFFF. NUL is well-formed; whoever hands text to PostgreSQL refuses it
 * separately, since text there cannot hold it. SPDX-License-Identifier: ISC */
#ifndef UTIL_UTF8_H
#define UTIL_UTF8_H

#include "util/str.h"

/* Length of the longest well-formed beginning of s; s.n when all of it is. */
size_t utf8_valid_prefix(struct str s);

static inline bool utf8_valid(struct str s)
{
    return utf8_valid_prefix(s) == s.n;
}

/* The largest length <= max that does not cut a character of the well-formed s in two. */
size_t utf8_truncate(struct str s, size_t max);
/* Writes the character at p (at most 4 bytes); returns the end. The code point is neither a surrogate nor
 * above U+10FFFF. */
char *utf8_write(char *p, uint32_t code_point);

#endif
