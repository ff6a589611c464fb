/* pace: each run moves the average by a quarter of the difference. A run counts for at most 4 limits towards
 * it while the shape is quick, so that it takes two slow ones close together, and one hiccup of a busy
 * machine is forgiven. SPDX-License-Identifier: ISC */
#include "db/pace.h"

#include <string.h>

#define RUNS_MAX 255u
#define CLAMP 3u           /* limits that one run of a quick shape counts for */
#define TOOK_MAX 60000000u /* 60 s */

void pace_init(struct pace *p, uint64_t limit_us)
{
    memset(p, 0, sizeof *p);
    p->limit_us = (uint32_t)MIN(limit_us, (uint64_t)TOOK_MAX);
}

static size_t set_of(uint64_t key)
{
    return (size_t)(key & (PACE_SETS - 1)) * PACE_WAYS;
}

static const struct pace_slot *find(const struct pace *p, uint64_t key)
{
    const struct pace_slot *set = &p->slots[set_of(key)];
    for (unsigned i = 0; i < PACE_WAYS; i++) {
        if (set[i].key == key)
            return &set[i];
    }
    return NULL;
}

/* The place of key; NULL: all others in its set are worth more, the least of them now a little less. */
static struct pace_slot *claim(struct pace *p, uint64_t key)
{
    struct pace_slot *set = &p->slots[set_of(key)], *least = set;
    for (unsigned i = 0; i < PACE_WAYS; i++) {
        if (set[i].key == key)
            return &set[i];
        if (set[i].key == 0 || set[i].runs < least->runs)
            least = &set[i];
        if (least->key == 0)
            break;
    }
    if (least->key != 0 && least->runs > 1) {
        least->runs--;
        return NULL;
    }
    *least = (struct pace_slot){.key = key};
    return least;
}

static bool is_quick(const struct pace *p, const struct pace_slot *s, uint64_t now_ms)
{
    return s->runs >= PACE_PROOF && s->ewma_us <= p->limit_us && !s->large &&
           now_ms >= s->distrusted_until_ms;
}

static enum pace_verdict verdict(const struct pace *p, const struct pace_slot *s, uint64_t now_ms)
{
    if (is_quick(p, s, now_ms))
        return PACE_QUICK;
    if (s->ewma_us > (uint64_t)p->limit_us * PACE_SLOW)
        return PACE_TARDY;
    bool known = s->ewma_us > p->limit_us || s->large || now_ms < s->distrusted_until_ms;
    return known ? PACE_STEADY : PACE_UNKNOWN;
}

enum pace_verdict pace_of(const struct pace *p, uint64_t key, uint64_t now_ms)
{
    const struct pace_slot *s = find(p, key);
    return s ? verdict(p, s, now_ms) : PACE_UNKNOWN;
}

static bool is_welcome(enum pace_verdict v)
{
    return v == PACE_UNKNOWN || v == PACE_QUICK;
}

static void move_average(struct pace_slot *s, uint64_t took_us)
{
    int64_t took = (int64_t)MIN(took_us, (uint64_t)TOOK_MAX), average = s->ewma_us;
    s->ewma_us = (uint32_t)(s->runs == 0 ? took : average + (took - average) / 4);
    s->runs += s->runs < RUNS_MAX;
}

bool pace_note(struct pace *p, uint64_t key, uint64_t took_us, bool large, uint64_t now_ms)
{
    struct pace_slot *s = claim(p, key);
    if (!s)
        return false;
    enum pace_verdict before = verdict(p, s, now_ms);
    move_average(s, before == PACE_QUICK ? MIN(took_us, (uint64_t)p->limit_us * CLAMP) : took_us);
    s->large = large;
    enum pace_verdict after = verdict(p, s, now_ms);
    if (before == PACE_QUICK && after != PACE_QUICK) {
        s->distrusted_until_ms = now_ms + PACE_DISTRUST_MS;
        s->runs = 0; /* to be proven anew */
    }
    return is_welcome(before) && !is_welcome(after);
}

void pace_blame(struct pace *p, uint64_t source, bool loss, uint64_t now_ms)
{
    struct pace_source *s = &p->sources[source % PACE_SOURCES];
    unsigned before = s->source == source && now_ms < s->blamed_until_ms ? s->losses : 0;
    p->nblamed += s->blamed_until_ms == 0;
    *s = (struct pace_source){source, now_ms + PACE_DISTRUST_MS, before + loss};
}

bool pace_is_blamed(const struct pace *p, uint64_t source, bool by_key, uint64_t now_ms)
{
    const struct pace_source *s = &p->sources[source % PACE_SOURCES];
    return UNLIKELY(p->nblamed > 0) && s->source == source && now_ms < s->blamed_until_ms &&
           (!by_key || s->losses > PACE_LOSSES_MAX);
}
