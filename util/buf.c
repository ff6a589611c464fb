/* buf: growth by doubling, and the little writers on top of it. SPDX-License-Identifier: ISC */
#include "util/buf.h"

#include "util/mem.h"

#include <stdarg.h>
#include <stdio.h>

#define BUF_FIRST ((size_t)1024)
#define BUF_COMPACT ((size_t)16384)

void buf_init(struct buf *b, size_t limit)
{
    *b = (struct buf){.limit = limit};
}

void buf_release(struct buf *b)
{
    mem_free(b->data);
    buf_init(b, b->limit);
}

void buf_clear(struct buf *b, size_t keep)
{
    if (b->cap > keep)
        buf_release(b);
    b->head = b->tail = 0;
}

void buf_consume(struct buf *b, size_t n)
{
    CHECK(n <= buf_len(b));
    b->head += n;
    if (b->head == b->tail)
        b->head = b->tail = 0;
}

void buf_compact(struct buf *b)
{
    size_t len = buf_len(b);
    if (b->cap < BUF_COMPACT || len > b->cap / 2)
        return;
    if (len == 0) {
        buf_release(b);
        return;
    }
    memmove(b->data, b->data + b->head, len);
    b->head = 0;
    b->tail = len;
    char *p = mem_try_realloc(b->data, len);
    if (!p)
        return;
    b->data = p;
    b->cap = len;
}

char *buf_try_reserve_slow(struct buf *b, size_t n)
{
    size_t len = buf_len(b), need;
    if (!size_add(len, n, &need) || (b->limit != 0 && need > b->limit))
        return NULL;
    if (b->cap - b->tail >= n && b->data)
        return b->data + b->tail;
    if (b->head > 0) {
        memmove(b->data, b->data + b->head, len);
        b->head = 0;
        b->tail = len;
    }
    if (need > b->cap || !b->data) {
        size_t cap = MAX(b->cap, BUF_FIRST);
        while (cap < need) {
            if (!size_mul(cap, 2, &cap))
                return NULL;
        }
        char *p = mem_try_realloc(b->data, cap);
        if (!p)
            return NULL;
        b->data = p;
        b->cap = cap;
    }
    return b->data + b->tail;
}

bool buf_try_append(struct buf *b, struct str s)
{
    if (s.n == 0)
        return true;
    char *p = buf_try_reserve(b, s.n);
    if (!p)
        return false;
    memcpy(p, s.p, s.n);
    b->tail += s.n;
    return true;
}

void buf_append(struct buf *b, struct str s)
{
    CHECK(buf_try_append(b, s));
}

void buf_append_char(struct buf *b, char c)
{
    *buf_reserve(b, 1) = c;
    b->tail++;
}

char *u64_write(char *p, uint64_t v)
{
    char digits[20];
    size_t n = 0;
    do {
        digits[n++] = (char)('0' + v % 10);
        v /= 10;
    } while (v != 0);
    while (n > 0)
        *p++ = digits[--n];
    return p;
}

void buf_append_u64(struct buf *b, uint64_t v)
{
    buf_commit(b, u64_write(buf_reserve(b, 20), v));
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    CHECK(n >= 0);
    char *p = buf_reserve(b, (size_t)n + 1);
    va_start(args, fmt);
    vsnprintf(p, (size_t)n + 1, fmt, args);
    va_end(args);
    b->tail += (size_t)n;
}
