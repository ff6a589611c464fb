/* base64: four characters and three bytes at a time. SPDX-License-Identifier: ISC */
#include "util/base64.h"

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

static char letter(unsigned value, enum base64_alphabet alphabet)
{
    if (value < 62)
        return letters[value];
    return alphabet == BASE64_URL ? "-_"[value - 62] : "+/"[value - 62];
}

/* Above 63 for what is not in the alphabet. */
static unsigned value_of(char c, enum base64_alphabet alphabet)
{
    if (c >= 'A' && c <= 'Z')
        return (unsigned)(c - 'A');
    if (c >= 'a' && c <= 'z')
        return (unsigned)(c - 'a') + 26;
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0') + 52;
    if (c == letter(62, alphabet))
        return 62;
    return c == letter(63, alphabet) ? 63 : 64;
}

char *base64_encode(char *p, const void *data, size_t n, enum base64_alphabet alphabet)
{
    const uint8_t *b = data;
    for (; n > 0; b += MIN(n, 3), n -= MIN(n, 3)) {
        unsigned v = (unsigned)b[0] << 16 | (n > 1 ? (unsigned)b[1] << 8 : 0) | (n > 2 ? b[2] : 0u);
        for (unsigned i = 0; i < 4; i++) {
            if (i <= n)
                *p++ = letter(v >> (18 - 6 * i) & 63, alphabet);
            else if (alphabet == BASE64_STANDARD)
                *p++ = '=';
        }
    }
    return p;
}

/* 1 to 4 characters, without padding, to one byte less. */
static bool decode_group(uint8_t *out, const char *s, size_t n, enum base64_alphabet alphabet)
{
    unsigned v = 0;
    for (size_t i = 0; i < 4; i++) {
        unsigned digit = i < n ? value_of(s[i], alphabet) : 0;
        if (digit > 63)
            return false;
        v = v << 6 | digit;
    }
    for (size_t i = 0; i + 1 < n; i++)
        out[i] = (uint8_t)(v >> (16 - 8 * i));
    unsigned unused = n == 2 ? 0xffff : n == 3 ? 0xff : 0;
    return n > 1 && (v & unused) == 0;
}

bool base64_decode(uint8_t *out, size_t *n, struct str in, enum base64_alphabet alphabet)
{
    if (alphabet == BASE64_STANDARD) {
        if (in.n % 4 != 0)
            return false;
        for (int i = 0; i < 2 && in.n > 0 && in.p[in.n - 1] == '='; i++)
            in.n--;
    }
    size_t at = 0;
    for (size_t i = 0; i < in.n; i += 4) {
        size_t group = MIN(in.n - i, 4);
        if (!decode_group(out + at, in.p + i, group, alphabet))
            return false;
        at += group - 1;
    }
    *n = at;
    return true;
}
