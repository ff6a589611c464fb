/* arena: the memory of one request. Allocations are a pointer bump and are never freed one by one; reset
 * gives all of it back at once, after running the dispose hooks (last registered first) that return foreign
 * resources: a database job, a catalog reference, a timer. Allocation never fails for small sizes;
 * arena_try_alloc() is for sizes that a peer controls and respects the arena's byte limit.
 *
 * Blocks of the first size are kept by reset, larger ones go back to the heap, so that one large request does
 * not leave its size behind on an idle connection. Under AddressSanitizer unused bytes are poisoned. Idea:
 * lwan's arena, h2o's pool with linked destructors. SPDX-License-Identifier: ISC */
#ifndef UTIL_ARENA_H
#define UTIL_ARENA_H

#include "util/base.h"
#include "util/str.h"

#define ARENA_BLOCK_SIZE ((size_t)4096)

struct arena_block;

struct arena_dispose {
    struct arena_dispose *next;
    void (*fn)(void *arg);
    void *arg;
};

struct arena {
    char *at, *end;             /* the free part of the newest block */
    struct arena_block *blocks; /* newest first */
    struct arena_dispose *hooks;
    size_t bytes; /* taken from the heap so far */
    size_t limit; /* for arena_try_alloc(); 0: none */
    bool budgeted;
    size_t taken; /* of `bytes`, what the budget knows */
};

/* Takes no memory until the first allocation. */
void arena_init(struct arena *a, size_t limit);
/* Counts what it holds beyond BUDGET_SMALL in util/budget.h, from now on. */
void arena_use_budget(struct arena *a);
/* Runs the hooks; keeps at most one block of ARENA_BLOCK_SIZE for the next request. */
void arena_reset(struct arena *a);
/* As reset, and gives everything back to the heap: what an idle connection does. */
void arena_release(struct arena *a);

/* Aligned to 16 bytes, contents undefined. */
NODISCARD void *arena_alloc(struct arena *a, size_t n);
NODISCARD void *arena_zalloc(struct arena *a, size_t n);
/* NULL when the limit or the budget would be passed, or there is no memory. */
NODISCARD void *arena_try_alloc(struct arena *a, size_t n);

#define ARENA_NEW(a, type) ((type *)arena_zalloc((a), sizeof(type)))
#define ARENA_NEW_ARRAY(a, type, n) ((type *)arena_zalloc_array((a), (n), sizeof(type)))
NODISCARD void *arena_zalloc_array(struct arena *a, size_t n, size_t size);

/* Copies with a NUL behind the last byte, so that the result also serves C interfaces. */
NODISCARD struct str arena_str(struct arena *a, struct str s);
NODISCARD char *arena_cstr(struct arena *a, struct str s);
NODISCARD struct str arena_printf(struct arena *a, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* fn(arg) runs at the next reset or release. */
void arena_on_dispose(struct arena *a, void (*fn)(void *arg), void *arg);

#endif
