/* base64: RFC 4648, strict: one text for one value. Padding is required by the standard alphabet and refused
 * by the URL one (as JWT wants it, RFC 7515 2); blanks, line ends and left-over bits that are not zero are
 * errors, so that a token cannot be spelled in two ways. SPDX-License-Identifier: ISC */
#ifndef UTIL_BASE64_H
#define UTIL_BASE64_H

#include "util/str.h"

enum base64_alphabet {
    BASE64_STANDARD, /* + / and = */
    BASE64_URL,      /* - _ and no padding */
};

/* Room for what n bytes, or n characters, may become. */
#define BASE64_ENCODE_ROOM(n) (((n) + 2) / 3 * 4)
#define BASE64_DECODE_ROOM(n) (((n) + 3) / 4 * 3)

/* Returns the end. */
char *base64_encode(char *p, const void *data, size_t n, enum base64_alphabet alphabet);
/* `out` has BASE64_DECODE_ROOM(in.n) bytes; *n is how many were written. On false their contents are
 * undefined. */
NODISCARD bool base64_decode(uint8_t *out, size_t *n, struct str in, enum base64_alphabet alphabet);

#endif
