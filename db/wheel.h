/* wheel: deadlines of many things for the price of two list operations each. A ring of slots, one per tick;
 * an item lies in the slot of its tick and is looked at once a turn of the ring, so that a deadline fires at
 * most one tick late. Items are embedded in their owners and owned by them. No timer of its own: the owner
 * calls wheel_expire(). After Varghese and Lauck, "Hashed and hierarchical timing wheels" (1987), scheme 6.
 * SPDX-License-Identifier: ISC */
#ifndef DB_WHEEL_H
#define DB_WHEEL_H

#include "util/list.h"

#define WHEEL_TICK_MS 16u
#define WHEEL_SLOTS 256u /* a power of two; one turn of the ring is 4 s */

struct wheel_item {
    struct list link;
    uint64_t at_ms;
};

struct wheel {
    struct list slots[WHEEL_SLOTS];
    uint64_t tick; /* all slots before it have been looked at */
};

void wheel_init(struct wheel *w, uint64_t now_ms);
void wheel_item_init(struct wheel_item *item);
/* Sets or moves the item's deadline. */
void wheel_set(struct wheel *w, struct wheel_item *item, uint64_t at_ms);
/* May be called twice, and for an item on an expired list. */
void wheel_remove(struct wheel_item *item);
/* Moves all items whose time has come to `expired`; the caller takes them from there one by one, since
 * handling one may remove others. */
void wheel_expire(struct wheel *w, uint64_t now_ms, struct list *expired);

#endif
