/* budget: a share for each thread, and the total that they take from. A share is written by its thread alone;
 * it is never freed, since memory that one thread took may be given back by another later.
 * SPDX-License-Identifier: ISC
 */
#include "util/budget.h"

#include "util/mem.h"

#include <pthread.h>
#include <stdatomic.h>

struct share {
    struct share *next;
    _Atomic int64_t used; /* below zero on a thread that gives back more than it takes */
    int64_t reserved;     /* its part of the total; used <= reserved */
};

static _Atomic int64_t total; /* of all threads' `reserved` */
static _Atomic uint64_t limit;
static struct share *_Atomic shares;
static _Thread_local struct share *own;

static COLD struct share *join(void)
{
    struct share *s = MEM_NEW(struct share);
    s->next = atomic_load(&shares);
    while (!atomic_compare_exchange_weak(&shares, &s->next, s))
        continue;
    own = s;
    return s;
}

static struct share *share(void)
{
    return LIKELY(own != NULL) ? own : join();
}

static int64_t used(const struct share *s)
{
    return atomic_load_explicit(&s->used, memory_order_relaxed);
}

static void set_used(struct share *s, int64_t bytes)
{
    atomic_store_explicit(&s->used, bytes, memory_order_relaxed);
}

static int64_t in_steps(int64_t bytes)
{
    return (bytes + (int64_t)BUDGET_STEP - 1) / (int64_t)BUDGET_STEP * (int64_t)BUDGET_STEP;
}

/* Takes from the total what the share lacks; false, with nothing taken, when that passes the limit. */
static bool reserve(struct share *s, int64_t lacks, bool may_fail)
{
    int64_t steps = in_steps(lacks);
    int64_t now = atomic_fetch_add_explicit(&total, steps, memory_order_relaxed) + steps;
    uint64_t most = budget_limit();
    if (may_fail && most != 0 && now > 0 && (uint64_t)now > most) {
        atomic_fetch_sub_explicit(&total, steps, memory_order_relaxed);
        return false;
    }
    s->reserved += steps;
    return true;
}

static bool take(size_t n, bool may_fail)
{
    struct share *s = share();
    int64_t after = used(s) + (int64_t)n;
    if (after > s->reserved && !reserve(s, after - s->reserved, may_fail))
        return false;
    set_used(s, after);
    return true;
}

void budget_take(size_t n)
{
    (void)take(n, false);
}

bool budget_try_take(size_t n)
{
    return take(n, true);
}

void budget_give(size_t n)
{
    struct share *s = share();
    int64_t after = used(s) - (int64_t)n, spare = s->reserved - after;
    set_used(s, after);
    if (spare < 2 * (int64_t)BUDGET_STEP)
        return;
    int64_t back = spare / (int64_t)BUDGET_STEP * (int64_t)BUDGET_STEP - (int64_t)BUDGET_STEP;
    s->reserved -= back;
    atomic_fetch_sub_explicit(&total, back, memory_order_relaxed);
}

void budget_set_limit(uint64_t bytes)
{
    atomic_store_explicit(&limit, bytes, memory_order_relaxed);
}

uint64_t budget_limit(void)
{
    return atomic_load_explicit(&limit, memory_order_relaxed);
}

static bool fits(uint64_t n, uint64_t most)
{
    int64_t now = atomic_load_explicit(&total, memory_order_relaxed);
    return most == 0 || (n <= most && (now <= 0 || (uint64_t)now <= most - n));
}

bool budget_has_room(size_t n)
{
    return fits(n, budget_limit());
}

bool budget_is_short(void)
{
    uint64_t most = budget_limit();
    return !fits(most / 16, most);
}

uint64_t budget_held(void)
{
    int64_t sum = 0;
    for (const struct share *s = atomic_load(&shares); s; s = s->next)
        sum += used(s);
    return sum > 0 ? (uint64_t)sum : 0;
}
