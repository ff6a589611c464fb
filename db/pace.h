/* pace: how long statements of a shape take, learned from their measured times, and what follows for where
 * they run. Nobody believes a new shape: it begins on a connection of its own and earns a place among the
 * pipelined ones by PACE_PROOF quick runs. What turns out slow there loses it for PACE_DISTRUST_MS, since the
 * values of a shape decide its time as well as its text: a caller who sends a hundred quick ones and then a
 * slow one must not be believed again at once.
 *
 * Nor is the one who sent it: for as long, none of that source's shapes is given a place that is not by key.
 * New shapes are free, sources are not. One who costs the others their connection again and again, with
 * results that are too large for it or with reads that he does not wait for, is given no place at all.
 *
 * A set of four places a key; a new key takes the place that is worth least, but a shape that was seen often
 * has to be worn down first, so that a flood of new shapes does not push out those that everybody uses.
 * SPDX-License-Identifier: ISC */
#ifndef DB_PACE_H
#define DB_PACE_H

#include "util/base.h"

#define PACE_WAYS 4u
#define PACE_SETS 1024u /* a power of two */
#define PACE_PROOF 2u
#define PACE_SLOW 10u /* so many times the limit is slow for a connection of its own, too */
#define PACE_DISTRUST_MS 60000u

enum pace_verdict {
    PACE_UNKNOWN, /* not seen often enough */
    PACE_QUICK,   /* proven: its average is within the limit */
    PACE_STEADY,  /* above the limit, but not PACE_SLOW times; or large; or distrusted */
    PACE_TARDY,   /* slower than that */
};

struct pace_slot {
    uint64_t key; /* 0: free */
    uint64_t distrusted_until_ms;
    uint32_t ewma_us;
    uint16_t runs; /* saturates */
    bool large;    /* its last result outgrew the buffer */
};

#define PACE_SOURCES 256u

#define PACE_LOSSES_MAX 2u /* connections that one source may cost the others within PACE_DISTRUST_MS */

struct pace_source {
    uint64_t source, blamed_until_ms;
    unsigned losses; /* since it was first blamed */
};

struct pace {
    uint32_t limit_us;
    unsigned nblamed; /* places of `sources` that were ever used */
    struct pace_source sources[PACE_SOURCES];
    struct pace_slot slots[PACE_SETS * PACE_WAYS];
};

void pace_init(struct pace *p, uint64_t limit_us);
/* What is known of the shape `key` (not 0). A large result is never PACE_QUICK. */
enum pace_verdict pace_of(const struct pace *p, uint64_t key, uint64_t now_ms);
/* A statement of this source held up others; loss: and took their connection with it. */
void pace_blame(struct pace *p, uint64_t source, bool loss, uint64_t now_ms);
/* Whether the source gets no place among the pipelined ones; by_key: for what is trusted otherwise. */
bool pace_is_blamed(const struct pace *p, uint64_t source, bool by_key, uint64_t now_ms);
/* Notes one run; true when it made the shape one that is known not to be quick. */
bool pace_note(struct pace *p, uint64_t key, uint64_t took_us, bool large, uint64_t now_ms);

#endif
