/* timing: a clock and five sums. SPDX-License-Identifier: ISC */
#include "handlers/timing.h"

#include "util/buf.h"
#include "util/clock.h"

void timing_start(struct timing *t)
{
    t->mark_ns = clock_mono_ns();
}

void timing_note(struct timing *t, enum timing_phase phase)
{
    uint64_t now = clock_mono_ns();
    t->spent_ns[phase] += now - t->mark_ns;
    t->mark_ns = now;
}

struct str timing_header(struct arena *a, const struct timing *t)
{
    static const char *const names[] = {"jwt", "parse", "plan", "transaction", "response"};
    struct buf text;
    buf_init(&text, 0);
    for (int i = 0; i < TIMING_PHASES; i++)
        buf_printf(&text, "%s%s;dur=%.3f", i ? ", " : "", names[i], (double)t->spent_ns[i] / 1e6);
    struct str result = arena_str(a, buf_str(&text));
    buf_release(&text);
    return result;
}
