/* arena: bump allocation with dispose hooks. SPDX-License-Identifier: ISC */
#include "util/arena.h"

#include "util/budget.h"
#include "util/check.h"
#include "util/mem.h"
#include "util/metrics.h"

#include <stdarg.h>
#include <stdio.h>

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_ASAN 1
#endif
#endif

#ifdef ARENA_ASAN
#include <sanitizer/asan_interface.h>
#define POISON(p, n) __asan_poison_memory_region((p), (n))
#define UNPOISON(p, n) __asan_unpoison_memory_region((p), (n))
/* A gap between neighbours, so that running over the end of one is seen. */
#define GAP ((size_t)16)
#else
#define POISON(p, n) ((void)0)
#define UNPOISON(p, n) ((void)0)
#define GAP ((size_t)0)
#endif

#define ALIGNMENT ((size_t)16)

struct arena_block {
    struct arena_block *older;
    size_t size; /* of the whole block, this header included */
    _Alignas(16) char data[];
};

static size_t align_up(size_t n)
{
    return (n + (ALIGNMENT - 1)) & ~(ALIGNMENT - 1);
}

void arena_init(struct arena *a, size_t limit)
{
    *a = (struct arena){.limit = limit};
}

void arena_use_budget(struct arena *a)
{
    a->budgeted = true;
}

static void free_block(struct arena *a, struct arena_block *b)
{
    a->bytes -= b->size;
    UNPOISON(b->data, b->size - sizeof *b);
    mem_free(b);
}

static void run_hooks(struct arena *a)
{
    while (a->hooks) {
        struct arena_dispose *hook = a->hooks;
        a->hooks = hook->next;
        hook->fn(hook->arg);
    }
}

static void use_block(struct arena *a, struct arena_block *b)
{
    a->at = b->data;
    a->end = (char *)b + b->size;
    POISON(a->at, (size_t)(a->end - a->at));
}

void arena_reset(struct arena *a)
{
    struct arena_block *keep = NULL;
    run_hooks(a);
    budget_give(a->taken);
    a->taken = 0;
    while (a->blocks) {
        struct arena_block *b = a->blocks;
        a->blocks = b->older;
        if (!keep && b->size == ARENA_BLOCK_SIZE)
            keep = b;
        else
            free_block(a, b);
    }
    a->at = a->end = NULL;
    if (!keep)
        return;
    keep->older = NULL;
    a->blocks = keep;
    use_block(a, keep);
}

void arena_release(struct arena *a)
{
    arena_reset(a);
    if (a->blocks)
        free_block(a, a->blocks);
    a->blocks = NULL;
    a->at = a->end = NULL;
    CHECK(a->bytes == 0);
}

static void count_block(struct arena *a, size_t size)
{
    a->bytes += size;
    if (!a->budgeted || a->bytes <= BUDGET_SMALL)
        return;
    budget_take(size);
    a->taken += size;
}

/* A block that holds n more bytes. A large piece gets a block of its own, placed behind the current one, so
 * that the rest of the current block is not lost. */
static void *alloc_slow(struct arena *a, size_t n, bool may_fail)
{
    bool own = n > ARENA_BLOCK_SIZE / 4;
    size_t size = own ? sizeof(struct arena_block) + n : ARENA_BLOCK_SIZE;
    struct arena_block *b = may_fail ? mem_try_alloc(size) : mem_alloc(size);
    if (!b)
        return NULL;
    b->size = size;
    count_block(a, size);
    if (own && a->blocks) {
        b->older = a->blocks->older;
        a->blocks->older = b;
        return b->data;
    }
    b->older = a->blocks;
    a->blocks = b;
    if (own) {
        a->at = a->end = (char *)b + size;
        return b->data;
    }
    use_block(a, b);
    return arena_alloc(a, n - GAP);
}

static inline void *alloc(struct arena *a, size_t n, bool may_fail)
{
    CHECK(n < (size_t)1 << 40);
    n = align_up(n ? n : 1) + GAP;
    if (UNLIKELY((size_t)(a->end - a->at) < n))
        return alloc_slow(a, n, may_fail);
    char *p = a->at;
    a->at += n;
    UNPOISON(p, n - GAP);
    return p;
}

void *arena_alloc(struct arena *a, size_t n)
{
    return alloc(a, n, false);
}

void *arena_zalloc(struct arena *a, size_t n)
{
    return memset(arena_alloc(a, n), 0, n);
}

void *arena_zalloc_array(struct arena *a, size_t n, size_t size)
{
    size_t bytes;
    CHECK(size_mul(n, size, &bytes));
    return arena_zalloc(a, bytes);
}

void *arena_try_alloc(struct arena *a, size_t n)
{
    if (a->limit != 0 && (n > a->limit || a->bytes > a->limit - n))
        return NULL;
    if (a->budgeted && n > BUDGET_SMALL && !budget_has_room(n)) {
        metric_add_shared(MEMORY_REFUSALS, METRIC_MEMORY_ARENA, 1);
        return NULL;
    }
    return alloc(a, n, true);
}

char *arena_cstr(struct arena *a, struct str s)
{
    char *p = arena_alloc(a, s.n + 1);
    if (s.n)
        memcpy(p, s.p, s.n);
    p[s.n] = '\0';
    return p;
}

struct str arena_str(struct arena *a, struct str s)
{
    return str_make(arena_cstr(a, s), s.n);
}

struct str arena_printf(struct arena *a, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    CHECK(n >= 0);
    char *p = arena_alloc(a, (size_t)n + 1);
    va_start(args, fmt);
    vsnprintf(p, (size_t)n + 1, fmt, args);
    va_end(args);
    return str_make(p, (size_t)n);
}

void arena_on_dispose(struct arena *a, void (*fn)(void *arg), void *arg)
{
    struct arena_dispose *hook = arena_alloc(a, sizeof *hook);
    *hook = (struct arena_dispose){a->hooks, fn, arg};
    a->hooks = hook;
}
