/* json_escape: the compiler's vector types instead of intrinsics, so that one loop serves SSE2, NEON and the
 * rest; only the question "is there any hit" has a faster answer on x86. A block without hits is stored as it
 * is; one with any goes through a table byte by byte, which costs the same for one escape and for sixteen.
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

/* No byte of v needs an escape. */
ALWAYS_INLINE bool clean(v16 v)
{
    v16 hits = (v16)((v < 0x20) | (v == '"') | (v == '\\'));
#if HAVE_MOVEMASK
    return _mm_movemask_epi8((__m128i)hits) == 0;
#else
    return (((v2u64)hits)[0] | ((v2u64)hits)[1]) == 0;
#endif
}

/* What each byte becomes, and how long that is: text with many escapes is written by table, without branches.
 */
struct form {
    char text[7];
    uint8_t n;
};

#define NAME(c)                                                                                              \
    ((c) == '\b'      ? 'b'                                                                                  \
        : (c) == '\f' ? 'f'                                                                                  \
        : (c) == '\n' ? 'n'                                                                                  \
        : (c) == '\r' ? 'r'                                                                                  \
        : (c) == '\t' ? 't'                                                                                  \
        : (c) == '"'  ? '"'                                                                                  \
        : (c) == '\\' ? '\\'                                                                                 \
                      : 0)
#define HEX(d) (char)((d) < 10 ? '0' + (d) : 'a' + (d)-10)
#define FORM(c)                                                                                              \
    {                                                                                                        \
        {(char)(NAME(c) || (c) < 0x20 ? '\\' : (c)), NAME(c) ? NAME(c) : 'u', '0', '0', HEX((c) >> 4),       \
            HEX((c)&15)},                                                                                    \
            NAME(c)      ? 2                                                                                 \
            : (c) < 0x20 ? 6                                                                                 \
                         : 1                                                                                 \
    }
#define FORMS4(c) FORM(c), FORM((c) + 1), FORM((c) + 2), FORM((c) + 3)
#define FORMS16(c) FORMS4(c), FORMS4((c) + 4), FORMS4((c) + 8), FORMS4((c) + 12)
#define FORMS64(c) FORMS16(c), FORMS16((c) + 16), FORMS16((c) + 32), FORMS16((c) + 48)

static const struct form forms[256] = {FORMS64(0), FORMS64(64), FORMS64(128), FORMS64(192)};

ALWAYS_INLINE char *write_bytes(char *p, const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct form *f = &forms[(unsigned char)s[i]];
        memcpy(p, f, sizeof(*f));
        p += f->n;
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
        if (LIKELY(clean((v16)(v2u64){a, b}))) {
            memcpy(p, &a, 8);
            memcpy(p + n - 8, &b, 8);
            return p + n;
        }
    } else if (n >= 4) {
        uint32_t a, b;
        memcpy(&a, s, 4);
        memcpy(&b, s + n - 4, 4);
        uint64_t both = (uint64_t)a << 32 | b;
        if (LIKELY(clean((v16)(v2u64){both, both}))) {
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
    for (; n >= BLOCK; s += BLOCK, n -= BLOCK) {
        v16 v;
        memcpy(&v, s, BLOCK);
        if (LIKELY(clean(v))) {
            memcpy(p, &v, BLOCK);
            p += BLOCK;
        } else {
            p = write_bytes(p, s, BLOCK);
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
