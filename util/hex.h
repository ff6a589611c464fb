/* hex: bytes as hexadecimal digits and back. SPDX-License-Identifier: ISC */
#ifndef UTIL_HEX_H
#define UTIL_HEX_H

#include "util/str.h"

/* Value of one digit, either case; above 15 for any other byte. */
static inline unsigned hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0');
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10 : 16;
}

/* Writes 2 * n lower-case digits to p; returns the end. */
char *hex_encode(char *p, const void *data, size_t n);
/* in.n / 2 bytes to out; false for an odd length or a byte that is no digit. */
NODISCARD bool hex_decode(uint8_t *out, struct str in);

#endif
