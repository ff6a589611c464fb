/* slow: each run moves the average by a quarter of the difference. A run counts for at most 4 limits, so that
 * it takes two slow ones close together, and one hiccup of a busy machine is forgiven; some five fast runs
 * lead back. SPDX-License-Identifier: ISC */
#include "db/slow.h"

#define WORTH_NOTING                                                                                         \
    4 /* a new shape is remembered from limit / 4 upwards, and forgotten below a half of that */

void slow_init(struct slow *s, uint64_t limit_us)
{
    *s = (struct slow){.limit_us = (uint32_t)MIN(limit_us, UINT32_MAX / 8)};
}

bool slow_is(const struct slow *s, uint64_t key)
{
    const struct slow_slot *slot = &s->slots[key % SLOW_SLOTS];
    return UNLIKELY(s->n > 0) && slot->key == key && slot->slow;
}

/* The slot of key, taken over from another shape if that one is not slow or this one is slower. */
static struct slow_slot *claim(struct slow *s, uint64_t key, uint32_t took_us)
{
    struct slow_slot *slot = &s->slots[key % SLOW_SLOTS];
    if (slot->key == key)
        return slot;
    if (took_us < s->limit_us / WORTH_NOTING || (slot->key && slot->slow && slot->ewma_us > took_us))
        return NULL;
    s->n += slot->key == 0;
    *slot = (struct slow_slot){.key = key};
    return slot;
}

bool slow_note(struct slow *s, uint64_t key, uint64_t took)
{
    uint32_t took_us = (uint32_t)MIN(took, 4 * (uint64_t)s->limit_us);
    if (LIKELY(s->n == 0 && took_us < s->limit_us / WORTH_NOTING))
        return false;
    struct slow_slot *slot = claim(s, key, took_us);
    if (!slot)
        return false;
    bool was = slot->slow;
    slot->ewma_us = (uint32_t)((int64_t)slot->ewma_us + ((int64_t)took_us - (int64_t)slot->ewma_us) / 4);
    slot->slow = slot->ewma_us > (was ? s->limit_us / 2 : s->limit_us);
    if (!slot->slow && slot->ewma_us < s->limit_us / WORTH_NOTING / 2 &&
        took_us < s->limit_us / WORTH_NOTING) {
        *slot = (struct slow_slot){0};
        s->n--;
        return false;
    }
    return slot->slow && !was;
}
