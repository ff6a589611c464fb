/* deadline: time-outs of thousands of connections without a timer each. Every kind of deadline has one
 * duration, so the list of that kind is ordered by time when new deadlines are appended, and one coarse tick
 * per loop looks at the fronts only. Only the beginning is noted: a reload that changes a duration changes it
 * for those under way too, and the order stays. SPDX-License-Identifier: ISC */
#ifndef SERVER_DEADLINE_H
#define SERVER_DEADLINE_H

#include "util/list.h"

enum deadline_kind {
    DEADLINE_HEAD,    /* the request head is complete */
    DEADLINE_VERDICT, /* the application has decided on the head */
    DEADLINE_BODY,    /* the request body is complete */
    DEADLINE_IDLE,    /* the next request begins */
    DEADLINE_LINGER,  /* the peer has closed too */
    DEADLINE_GONE,    /* a response begins for a peer that sends no more */
    DEADLINE_WRITE,   /* the peer has taken something */
    DEADLINE_KINDS
};

struct deadline {
    struct list link;
    uint64_t since; /* ms, monotonic */
    enum deadline_kind kind;
};

static inline void deadline_init(struct deadline *d)
{
    list_init(&d->link);
}

static inline bool deadline_active(const struct deadline *d)
{
    return !list_empty(&d->link);
}

static inline void deadline_stop(struct deadline *d)
{
    list_remove(&d->link);
}

static inline void deadline_start(
    struct deadline *d, struct list kinds[DEADLINE_KINDS], enum deadline_kind kind, uint64_t now)
{
    list_remove(&d->link);
    d->kind = kind;
    d->since = now;
    list_append(&kinds[kind], &d->link);
}

/* The first of that kind that began `after` ms ago or earlier, stopped; NULL when none did. */
static inline struct deadline *deadline_take(
    struct list kinds[DEADLINE_KINDS], enum deadline_kind kind, uint64_t now, uint64_t after)
{
    struct list *first = kinds[kind].next;
    struct deadline *d = LIST_ENTRY(first, struct deadline, link);
    if (first == &kinds[kind] || now - d->since < after)
        return NULL;
    deadline_stop(d);
    return d;
}

#endif
