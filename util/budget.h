/* budget: the bytes that callers make this process hold, in one number with a limit (limit-memory). Whoever
 * keeps memory whose size a caller decides counts it here: request bodies, input that waits, responses until
 * the client has them, large arenas, results. What the process needs for itself (catalog, plans, connections)
 * is not counted.
 *
 *     budget_take(n)      they are there already, or must be had; may pass the limit
 *     budget_try_take(n)  they are asked for; false when they would pass the limit
 *     budget_give(n)      as many as were taken, on whatever thread
 *
 * Whoever is told false refuses, with 503 and Retry-After, and counts the refusal (MEMORY_REFUSALS). Bytes
 * are given when their memory is freed, not when it is merely sent.
 *
 * Amounts up to BUDGET_SMALL are taken, never tried: small requests are served in a shortage too, and there
 * are at most as many of them as connections. A buffer that changes hands is counted by one owner at a time:
 * give, hand over, and let the new owner take.
 *
 * All may be called from any thread. Each thread takes from the process's total in steps, so that a small
 * amount costs two additions on the thread's own memory and no locked instruction; the total may therefore be
 * ahead of what is held by two steps a thread. SPDX-License-Identifier: ISC */
#ifndef UTIL_BUDGET_H
#define UTIL_BUDGET_H

#include "util/base.h"

#define BUDGET_SMALL ((size_t)16384)
#define BUDGET_STEP ((size_t)65536)

/* 0: no limit. */
void budget_set_limit(uint64_t bytes);
uint64_t budget_limit(void);

void budget_take(size_t n);
NODISCARD bool budget_try_take(size_t n);
void budget_give(size_t n);
/* From `before` bytes to `after`: what the owner of a buffer that grows and shrinks calls now and then. */
static inline void budget_change(size_t before, size_t after)
{
    if (after > before)
        budget_take(after - before);
    else if (before > after)
        budget_give(before - after);
}

/* n bytes more would not pass the limit, as things are now. */
NODISCARD bool budget_has_room(size_t n);
/* So little room is left (a sixteenth) that those who hold most give way. */
NODISCARD bool budget_is_short(void);
/* Exactly what is held; for metrics and tests: walks all threads. */
uint64_t budget_held(void);

#endif
