/* utf8: eight ASCII bytes at a time, one character at a time where there are others. SPDX-License-Identifier:
 * ISC */
#include "util/utf8.h"

#include "util/check.h"

static bool continuation(unsigned char c)
{
    return (c & 0xc0) == 0x80;
}

/* Length of the well-formed character that begins s (n > 0, not ASCII); 0 when there is none. The second byte
 * has a narrower range after E0, ED, F0 and F4: that is what keeps overlong forms, surrogates and > U+10FFFF
 * out. */
static size_t character(const unsigned char *s, size_t n)
{
    unsigned char lead = s[0], low = 0x80, high = 0xbf;
    size_t len;
    if (lead >= 0xc2 && lead <= 0xdf) {
        len = 2;
    } else if ((lead & 0xf0) == 0xe0) {
        len = 3;
        low = lead == 0xe0 ? 0xa0 : low;
        high = lead == 0xed ? 0x9f : high;
    } else if (lead >= 0xf0 && lead <= 0xf4) {
        len = 4;
        low = lead == 0xf0 ? 0x90 : low;
        high = lead == 0xf4 ? 0x8f : high;
    } else {
        return 0;
    }
    if (n < len || s[1] < low || s[1] > high)
        return 0;
    for (size_t i = 2; i < len; i++) {
        if (!continuation(s[i]))
            return 0;
    }
    return len;
}

size_t utf8_valid_prefix(struct str s)
{
    const unsigned char *p = (const unsigned char *)s.p;
    size_t at = 0;
    while (at < s.n) {
        uint64_t eight;
        while (s.n - at >= 8 && (memcpy(&eight, p + at, 8), (eight & 0x8080808080808080u) == 0))
            at += 8;
        while (at < s.n && p[at] < 0x80)
            at++;
        while (at < s.n && p[at] >= 0x80) {
            size_t len = character(p + at, s.n - at);
            if (len == 0)
                return at;
            at += len;
        }
    }
    return at;
}

size_t utf8_truncate(struct str s, size_t max)
{
    if (s.n <= max)
        return s.n;
    while (max > 0 && continuation((unsigned char)s.p[max]))
        max--;
    return max;
}

char *utf8_write(char *p, uint32_t c)
{
    CHECK(c <= 0x10ffff && (c < 0xd800 || c > 0xdfff));
    if (c < 0x80) {
        *p++ = (char)c;
        return p;
    }
    if (c < 0x800) {
        *p++ = (char)(0xc0 | c >> 6);
    } else {
        if (c < 0x10000) {
            *p++ = (char)(0xe0 | c >> 12);
        } else {
            *p++ = (char)(0xf0 | c >> 18);
            *p++ = (char)(0x80 | (c >> 12 & 0x3f));
        }
        *p++ = (char)(0x80 | (c >> 6 & 0x3f));
    }
    *p++ = (char)(0x80 | (c & 0x3f));
    return p;
}
