/* json_escape: the compiler's vector types instead of intrinsics, so that one loop serves SSE2, NEON and the
 * rest; only the question "where is the first hit" has a faster answer on x86. Blocks are stored before they
 * are judged: a store that turns out too long is overwritten by the escape that follows.
 * SPDX-License-Identifier: ISC */
#include "util/json_escape.h"

#if defined(__SSE2__) && !defined(JSON_ESCAPE_PORTABLE)
#include <emmintrin.h>
#define HAVE_MOVEMASK 1
#else
#define HAVE_MOVEMASK 0
#endif

#define BLOCK ((size_t)16)
#define PIECE ((size_t)4096) /* source bytes per reservation of json_try_escape() */

typedef uint8_t v16 __attribute__((vector_size(16)));
typedef uint64_t v2u64 __attribute__((vector_size(16)));

static bool special(unsigned char c)
{
    return c < 0x20 || c == '"' || c == '\\';
}

/* Index of the first byte of v that needs an escape; BLOCK when none does. */
ALWAYS_INLINE unsigned first_special(v16 v)
{
#if HAVE_MOVEMASK
    __m128i hits = (__m128i)((v < 0x20) | (v == '"') | (v == '\\'));
    return (unsigned)__builtin_ctz((unsigned)_mm_movemask_epi8(hits) | 1u << BLOCK);
#else
    v2u64 hits = (v2u64)((v < 0x20) | (v == '"') | (v == '\\'));
    if (LIKELY((hits[0] | hits[1]) == 0))
        return BLOCK;
    uint64_t half = hits[0] ? hits[0] : hits[1];
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    unsigned at = (unsigned)__builtin_ctzll(half) / 8;
#else
    unsigned at = (unsigned)__builtin_clzll(half) / 8;
#endif
    return hits[0] ? at : at + 8;
#endif
}

static char *put_escape(char *p, unsigned char c)
{
    static const char named[] = {
        ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't', ['"'] = '"', ['\\'] = '\\'};
    static const char hex[] = "0123456789abcdef";
    p[0] = '\\';
    if (named[c]) {
        p[1] = named[c];
        return p + 2;
    }
    memcpy(p + 1, "u00", 3);
    p[4] = hex[c >> 4];
    p[5] = hex[c & 15];
    return p + 6;
}

static char *write_bytes(char *p, const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)s[i];
        if (UNLIKELY(special(c)))
            p = put_escape(p, c);
        else
            *p++ = (char)c;
    }
    return p;
}

/* Fewer than BLOCK bytes: one look at two halves that overlap, so that nothing beyond the text is read. */
static char *write_tail(char *p, const char *s, size_t n)
{
    if (n >= 8) {
        uint64_t a, b;
        memcpy(&a, s, 8);
        memcpy(&b, s + n - 8, 8);
        if (LIKELY(first_special((v16)(v2u64){a, b}) == BLOCK)) {
            memcpy(p, &a, 8);
            memcpy(p + n - 8, &b, 8);
            return p + n;
        }
    } else if (n >= 4) {
        uint32_t a, b;
        memcpy(&a, s, 4);
        memcpy(&b, s + n - 4, 4);
        uint64_t both = (uint64_t)a << 32 | b;
        if (LIKELY(first_special((v16)(v2u64){both, both}) == BLOCK)) {
            memcpy(p, &a, 4);
            memcpy(p + n - 4, &b, 4);
            return p + n;
        }
    }
    return write_bytes(p, s, n);
}

char *json_escape_write(char *p, const char *text, size_t n)
{
    const char *s = text;
    while (n >= BLOCK) {
        v16 v;
        memcpy(&v, s, BLOCK);
        memcpy(p, &v, BLOCK);
        unsigned clean = first_special(v);
        p += clean;
        s += clean;
        n -= clean;
        if (clean < BLOCK) {
            p = put_escape(p, (unsigned char)*s++);
            n--;
        }
    }
    return write_tail(p, s, n);
}

bool json_try_escape(struct buf *out, struct str text)
{
    if (!buf_try_append(out, STR("\"")))
        return false;
    for (size_t at = 0; at < text.n; at += PIECE) {
        size_t n = MIN(PIECE, text.n - at);
        char *p = buf_try_reserve(out, JSON_ESCAPE_ROOM(n));
        if (!p)
            return false;
        buf_commit(out, json_escape_write(p, text.p + at, n));
    }
    return buf_try_append(out, STR("\""));
}

void json_escape(struct buf *out, struct str text)
{
    CHECK(json_try_escape(out, text));
}
