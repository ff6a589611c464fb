/* hex. SPDX-License-Identifier: ISC */
#include "util/hex.h"

char *hex_encode(char *p, const void *data, size_t n)
{
    const uint8_t *bytes = data;
    for (size_t i = 0; i < n; i++) {
        *p++ = "0123456789abcdef"[bytes[i] >> 4];
        *p++ = "0123456789abcdef"[bytes[i] & 15];
    }
    return p;
}

bool hex_decode(uint8_t *out, struct str in)
{
    if (in.n % 2 != 0)
        return false;
    for (size_t i = 0; i < in.n; i += 2) {
        unsigned high = hex_digit(in.p[i]), low = hex_digit(in.p[i + 1]);
        if ((high | low) > 15)
            return false;
        out[i / 2] = (uint8_t)(high << 4 | low);
    }
    return true;
}
