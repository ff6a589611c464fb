/* str: a slice of bytes that somebody else owns. Never NUL-terminated by contract; `p` may be NULL when n is
 * 0. Whoever makes a slice states whose memory it points into. SPDX-License-Identifier: ISC */
#ifndef UTIL_STR_H
#define UTIL_STR_H

#include "util/base.h"

#include <string.h>

struct str {
    const char *p;
    size_t n;
};

/* A slice of a string literal. */
#define STR(literal) ((struct str){"" literal, sizeof(literal) - 1})
/* The same as a constant initialiser. */
#define STR_INIT(literal)                                                                                    \
    {                                                                                                        \
        "" literal, sizeof(literal) - 1                                                                      \
    }
/* For printf("%.*s", STR_ARG(s)): lengths beyond INT_MAX do not occur, every input is limited far below. */
#define STR_ARG(s) (int)(s).n, (s).p

static inline struct str str_make(const char *p, size_t n)
{
    return (struct str){p, n};
}

static inline struct str str_cstr(const char *s)
{
    return (struct str){s, s ? strlen(s) : 0};
}

static inline bool str_eq(struct str a, struct str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool str_eq_cstr(struct str a, const char *b)
{
    return str_eq(a, str_cstr(b));
}

/* Bytes [from, to) of s; the bounds are clamped to s. */
static inline struct str str_sub(struct str s, size_t from, size_t to)
{
    to = MIN(to, s.n);
    from = MIN(from, to);
    return (struct str){s.p + from, to - from};
}

/* ASCII-only case folding: header names and media types are ASCII, and a locale must not change what they
 * mean. */
bool str_same_nocase(const char *a, const char *b, size_t n);
/* A request compares a hundred pairs of header names, most of them of different lengths: inlined for those.
 */
static inline bool str_eq_nocase(struct str a, struct str b)
{
    return a.n == b.n && str_same_nocase(a.p, b.p, a.n);
}
bool str_starts(struct str s, struct str prefix);
bool str_starts_nocase(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);
/* <0, 0, >0 as memcmp, shorter first. */
int str_cmp(struct str a, struct str b);
/* Index of the first c in s, or s.n. */
size_t str_find(struct str s, char c);
/* Without the blanks and tabs at both ends. */
struct str str_trim(struct str s);
/* Takes from *rest what stands before the first sep (all of it when there is none); false when *rest was
 * empty and finished (rest->p == NULL). "a,,b" gives a, "", b. */
bool str_split(struct str *rest, char sep, struct str *piece);
/* The whole of s as a decimal number: false for an empty slice, a sign where none fits, other bytes or
 * overflow. */
NODISCARD bool str_to_u64(struct str s, uint64_t *out);
NODISCARD bool str_to_i64(struct str s, int64_t *out);

#endif
