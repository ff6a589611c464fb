/* list: intrusive doubly linked ring. The head is a struct list that points at itself when empty; an element
 * that is on no list points at itself too, so that list_remove() may be called twice. Owns nothing.
 * SPDX-License-Identifier: ISC */
#ifndef UTIL_LIST_H
#define UTIL_LIST_H

#include "util/base.h"

struct list {
    struct list *next, *prev;
};

static inline void list_init(struct list *l)
{
    l->next = l->prev = l;
}

static inline bool list_empty(const struct list *l)
{
    return l->next == l;
}

static inline void list_insert_before(struct list *pos, struct list *item)
{
    item->prev = pos->prev;
    item->next = pos;
    pos->prev->next = item;
    pos->prev = item;
}

static inline void list_append(struct list *head, struct list *item)
{
    list_insert_before(head, item);
}

static inline void list_prepend(struct list *head, struct list *item)
{
    list_insert_before(head->next, item);
}

static inline void list_remove(struct list *item)
{
    item->prev->next = item->next;
    item->next->prev = item->prev;
    list_init(item);
}

/* The first element taken off, or NULL. */
static inline struct list *list_take_first(struct list *head)
{
    struct list *item = head->next;
    if (item == head)
        return NULL;
    list_remove(item);
    return item;
}

#define LIST_ENTRY(item, type, member) container_of(item, type, member)
/* `it` may be removed from the list inside the loop; no other element may. */
#define LIST_FOREACH(it, head)                                                                               \
    for (struct list *it = (head)->next, *it##_next_ = it->next; it != (head);                               \
         it = it##_next_, it##_next_ = it->next)

#endif
