/* hash128: two lanes over the same words, with different constants (from the digits of pi).
 * SPDX-License-Identifier: ISC */
#include "util/hash128.h"

#include <string.h>

#define K0 0x243f6a8885a308d3u
#define K1 0x13198a2e03707344u
#define K2 0xa4093822299f31d0u
#define K3 0x082efa98ec4e6c89u

__extension__ typedef unsigned __int128 wide;

static uint64_t fold(uint64_t a, uint64_t b)
{
    wide product = (wide)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Little endian, whatever the machine. */
static uint64_t word(const unsigned char *p, size_t n)
{
    uint64_t w = 0;
    if (n == 8) {
        memcpy(&w, p, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
        w = __builtin_bswap64(w);
#endif
        return w;
    }
    for (size_t i = 0; i < n; i++)
        w |= (uint64_t)p[i] << (8 * i);
    return w;
}

struct hash128 hash128(struct str s)
{
    struct hash128 h = {K2 ^ s.n, K3 + s.n};
    const unsigned char *p = (const unsigned char *)s.p;
    for (size_t left = s.n; left > 0;) {
        size_t n = left < 8 ? left : 8, m = left - n < 8 ? left - n : 8;
        uint64_t x = word(p, n), y = m ? word(p + n, m) : 0;
        h.a = fold(h.a ^ x ^ K0, y ^ K1);
        h.b = fold(h.b ^ y ^ K2, (x ^ K3) + h.a);
        p += n + m;
        left -= n + m;
    }
    h.a = fold(h.a ^ K1, h.b ^ K0);
    h.b = fold(h.b ^ K3, h.a ^ K2);
    return h;
}
