/* pg_json_value: the text form of one value to JSON, written to memory that is large enough. Inline, because
 * it is the innermost loop of the server: everything here runs once a field. Nothing reads outside of the
 * value: short runs are copied as two halves that overlap. SPDX-License-Identifier: ISC */
#ifndef DB_PG_JSON_VALUE_H
#define DB_PG_JSON_VALUE_H

#include "db/pg_json_types.h"
#include "util/json_escape.h"

/* Bytes that a value of n bytes may take in any encoding. */
#define PG_VALUE_ROOM(n) (JSON_ESCAPE_ROOM(n) + 32)

ALWAYS_INLINE char *copy_halves(char *p, const char *s, size_t n)
{
    if (n >= 8) {
        uint64_t a, b;
        memcpy(&a, s, 8);
        memcpy(&b, s + n - 8, 8);
        memcpy(p, &a, 8);
        memcpy(p + n - 8, &b, 8);
    } else if (n >= 4) {
        uint32_t a, b;
        memcpy(&a, s, 4);
        memcpy(&b, s + n - 4, 4);
        memcpy(p, &a, 4);
        memcpy(p + n - 4, &b, 4);
    } else if (n > 0) {
        char middle = s[n / 2], last = s[n - 1];
        p[0] = s[0];
        p[n / 2] = middle;
        p[n - 1] = last;
    }
    return p + n;
}

/* memcpy for what is nearly always shorter than 32 bytes: a call costs as much as the copy. */
ALWAYS_INLINE char *copy_short(char *p, const char *s, size_t n)
{
    if (n <= 16)
        return copy_halves(p, s, n);
    if (n <= 32) {
        memcpy(p, s, 16);
        memcpy(p + n - 16, s + n - 16, 16);
        return p + n;
    }
    memcpy(p, s, n);
    return p + n;
}

ALWAYS_INLINE char *write_plain(char *p, const char *s, size_t n)
{
    *p++ = '"';
    p = copy_short(p, s, n);
    *p++ = '"';
    return p;
}

/* PostgreSQL prints NaN, Infinity and -Infinity where JSON has no number. */
ALWAYS_INLINE char *write_number(char *p, const char *s, size_t n)
{
    unsigned char c = (unsigned char)s[s[0] == '-' && n > 1];
    if (LIKELY(c >= '0' && c <= '9'))
        return copy_short(p, s, n);
    return write_plain(p, s, n);
}

/* "2026-11-21 10:11:12.5+01 BC" to "2026-11-21T10:11:12.5+01:00 BC"; "infinity" stays. */
ALWAYS_INLINE char *write_timestamp(char *p, const char *s, size_t n, bool zone)
{
    *p++ = '"';
    char *start = p;
    p = copy_short(p, s, n);
    char *gap = n <= 10 ? NULL : start[10] == ' ' ? start + 10 : memchr(start, ' ', n);
    if (UNLIKELY(!gap)) {
        *p++ = '"';
        return p;
    }
    *gap = 'T';
    bool bc = p[-1] == 'C';
    if (UNLIKELY(bc))
        p -= 3;
    if (zone && (p[-3] == '+' || p[-3] == '-')) {
        memcpy(p, ":00", 3);
        p += 3;
    }
    if (UNLIKELY(bc)) {
        memcpy(p, " BC", 3);
        p += 3;
    }
    *p++ = '"';
    return p;
}

/* "1 2" to [1,2], or ["1","2"]. */
static inline char *write_vector(char *p, const char *s, size_t n, bool quoted)
{
    *p++ = '[';
    for (struct str rest = {n ? s : NULL, n}, piece; str_split(&rest, ' ', &piece); *p++ = ',')
        p = quoted ? write_plain(p, piece.p, piece.n) : copy_short(p, piece.p, piece.n);
    if (n > 0)
        p--;
    *p++ = ']';
    return p;
}

/* p has PG_VALUE_ROOM(n) bytes; returns the end. */
ALWAYS_INLINE char *pg_value_write(char *p, enum pg_encoding encoding, const char *s, size_t n)
{
    switch (encoding) {
    case PG_ENC_BOOL: memcpy(p, s[0] == 't' ? "true\0" : "false", 5); return p + (s[0] == 't' ? 4 : 5);
    case PG_ENC_RAW:
    case PG_ENC_JSON: return copy_short(p, s, n);
    case PG_ENC_NUMBER: return write_number(p, s, n);
    case PG_ENC_PLAIN: return write_plain(p, s, n);
    case PG_ENC_TEXT:
        *p++ = '"';
        p = json_escape_write(p, s, n);
        *p++ = '"';
        return p;
    case PG_ENC_TIMESTAMP: return write_timestamp(p, s, n, false);
    case PG_ENC_TIMESTAMPTZ: return write_timestamp(p, s, n, true);
    case PG_ENC_INT2VECTOR: return write_vector(p, s, n, false);
    case PG_ENC_OIDVECTOR: return write_vector(p, s, n, true);
    }
    UNREACHABLE();
}

#endif
