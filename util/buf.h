/* buf: a growable run of bytes on the heap, written at the end and consumed from the front.
 *
 *     data .. head  -- consumed (head room)
 *     head .. tail  -- content
 *     tail .. cap   -- free
 *
 * Whoever writes many small pieces reserves their worst case once (buf_reserve), writes through the returned
 * pointer without checks, and commits the new end: one branch a field instead of one a byte.
 * A buffer has an owner that releases it; growth beyond `limit` (0: none) fails in buf_try_reserve and aborts
 * in buf_reserve, so that sizes a peer controls must use the try form. SPDX-License-Identifier: ISC */
#ifndef UTIL_BUF_H
#define UTIL_BUF_H

#include "util/check.h"
#include "util/str.h"

struct buf {
    char *data;
    size_t head, tail, cap;
    size_t limit; /* bytes of content; 0: none */
};

void buf_init(struct buf *b, size_t limit);
/* Gives the memory back; the buffer is as after init. */
void buf_release(struct buf *b);

static inline size_t buf_len(const struct buf *b)
{
    return b->tail - b->head;
}

static inline struct str buf_str(const struct buf *b)
{
    return (struct str){b->data ? b->data + b->head : NULL, b->tail - b->head};
}

/* Empties; keeps the memory unless more than `keep` bytes are held. */
void buf_clear(struct buf *b, size_t keep);
/* Drops n bytes of content at the front. */
void buf_consume(struct buf *b, size_t n);
/* Gives back what is consumed and free, when that is half of a large buffer or more: for one that will be
 * kept. */
void buf_compact(struct buf *b);
/* Room for n bytes behind the content; NULL when the limit or the memory does not allow it. */
NODISCARD char *buf_try_reserve_slow(struct buf *b, size_t n);

static inline NODISCARD char *buf_try_reserve(struct buf *b, size_t n)
{
    if (LIKELY(b->cap - b->tail >= n && b->limit == 0))
        return b->data + b->tail;
    return buf_try_reserve_slow(b, n);
}

static inline NODISCARD char *buf_reserve(struct buf *b, size_t n)
{
    char *p = buf_try_reserve(b, MAX(n, (size_t)1)); /* an empty buffer has no memory, which is no failure */
    CHECK(p != NULL);
    return p;
}

/* The content now ends at `end`, which lies within the last reservation. */
static inline void buf_commit(struct buf *b, const char *end)
{
    b->tail = (size_t)(end - b->data);
    CHECK(b->tail <= b->cap && b->head <= b->tail);
}

void buf_append(struct buf *b, struct str s);
void buf_append_char(struct buf *b, char c);
void buf_append_u64(struct buf *b, uint64_t v);
void buf_printf(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
NODISCARD bool buf_try_append(struct buf *b, struct str s);

/* Decimal digits of v at p (at most 20 bytes, no NUL); returns the end. */
char *u64_write(char *p, uint64_t v);

#endif
