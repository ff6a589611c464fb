/* caller: a table in static memory, of which the system gives only the pages that are used.
 * SPDX-License-Identifier: ISC */
#include "util/caller.h"

#include "util/map.h"

#define CELL_BYTES 64 /* a cache line each, so that threads with different callers do not meet */

union cell {
    struct caller caller;
    _Alignas(CELL_BYTES) char room[CELL_BYTES];
};

_Static_assert(sizeof(union cell) == CELL_BYTES, "a cell is one cache line");

static union cell cells[CALLER_CELLS];

struct caller *caller_of(struct str address)
{
    return &cells[hash_bytes(address) % CALLER_CELLS].caller;
}

uint64_t caller_id(const struct caller *c)
{
    return (uint64_t)((const union cell *)c - cells) + 1;
}

/* How long before now an allowance is whole again when the last of the burst has been taken. */
static uint64_t tolerance(uint64_t interval_us, unsigned burst)
{
    return interval_us * (burst > 0 ? burst - 1 : 0);
}

bool caller_rate_take(
    caller_rate *rate, uint64_t now_us, uint64_t interval_us, unsigned burst, uint64_t *wait_us)
{
    uint64_t whole = atomic_load_explicit(rate, memory_order_relaxed), next;
    do {
        if (whole > now_us + tolerance(interval_us, burst)) {
            if (wait_us)
                *wait_us = whole - tolerance(interval_us, burst) - now_us;
            return false;
        }
        next = MAX(whole, now_us) + interval_us;
    } while (!atomic_compare_exchange_weak_explicit(
        rate, &whole, next, memory_order_relaxed, memory_order_relaxed));
    return true;
}

bool caller_rate_has(const caller_rate *rate, uint64_t now_us, uint64_t interval_us, unsigned burst)
{
    return atomic_load_explicit(rate, memory_order_relaxed) <= now_us + tolerance(interval_us, burst);
}
