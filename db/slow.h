/* slow: which jobs turned out to be slow. Remembers a moving average of the running time of those job shapes
 * (all statements of a job together) that were ever worth remembering; a shape that is not in the table is
 * fast. The common case is an empty table and costs nothing. Direct-mapped and of fixed size: two slow shapes
 * in one place displace each other, and the loser is learned again. SPDX-License-Identifier: ISC */
#ifndef DB_SLOW_H
#define DB_SLOW_H

#include "util/base.h"

#define SLOW_SLOTS 512u

struct slow_slot {
    uint64_t key; /* 0: free */
    uint32_t ewma_us;
    bool slow;
};

struct slow {
    struct slow_slot slots[SLOW_SLOTS];
    unsigned n;
    uint32_t limit_us; /* an average above is slow; one below half of it is fast again */
};

void slow_init(struct slow *s, uint64_t limit_us);
bool slow_is(const struct slow *s, uint64_t key);
/* Notes one run; true when this made the shape slow. */
bool slow_note(struct slow *s, uint64_t key, uint64_t took_us);

#endif
