/* wheel: see the header. SPDX-License-Identifier: ISC */
#include "db/wheel.h"

void wheel_init(struct wheel *w, uint64_t now_ms)
{
    for (unsigned i = 0; i < WHEEL_SLOTS; i++)
        list_init(&w->slots[i]);
    w->tick = now_ms / WHEEL_TICK_MS;
}

void wheel_item_init(struct wheel_item *item)
{
    list_init(&item->link);
    item->at_ms = 0;
}

void wheel_set(struct wheel *w, struct wheel_item *item, uint64_t at_ms)
{
    uint64_t tick = MAX(at_ms / WHEEL_TICK_MS, w->tick);
    list_remove(&item->link);
    item->at_ms = at_ms;
    list_append(&w->slots[tick % WHEEL_SLOTS], &item->link);
}

void wheel_remove(struct wheel_item *item)
{
    list_remove(&item->link);
}

static void expire_slot(struct list *slot, uint64_t now_ms, struct list *expired)
{
    LIST_FOREACH(it, slot)
    {
        if (LIST_ENTRY(it, struct wheel_item, link)->at_ms <= now_ms) {
            list_remove(it);
            list_append(expired, it);
        }
    }
}

void wheel_expire(struct wheel *w, uint64_t now_ms, struct list *expired)
{
    uint64_t now = now_ms / WHEEL_TICK_MS;
    if (now - w->tick >= WHEEL_SLOTS && now > w->tick)
        w->tick = now - WHEEL_SLOTS + 1; /* the loop slept longer than a turn: each slot once is enough */
    for (;; w->tick++) {
        expire_slot(&w->slots[w->tick % WHEEL_SLOTS], now_ms, expired);
        if (w->tick >= now)
            break;
    }
}
