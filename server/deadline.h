/* deadline: time-outs of thousands of connections without a timer each. Every kind of deadline has one
 * duration, so the list of that kind is ordered by time when new deadlines are appended, and one coarse tick
 * per loop looks at the fronts only. SPDX-License-Identifier: ISC */
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
    uint64_t at; /* ms, monotonic */
    uint64_t since;
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

static inline void deadline_start(struct deadline *d, struct list kinds[DEADLINE_KINDS],
    enum deadline_kind kind, uint64_t now, uint64_t after)
{
    list_remove(&d->link);
    d->kind = kind;
    d->since = now;
    d->at = now + after;
    list_append(&kinds[kind], &d->link);
}

/* The first deadline of that kind that has passed, stopped; NULL when none has. */
static inline struct deadline *deadline_take(
    struct list kinds[DEADLINE_KINDS], enum deadline_kind kind, uint64_t now)
{
    struct list *first = kinds[kind].next;
    struct deadline *d = LIST_ENTRY(first, struct deadline, link);
    if (first == &kinds[kind] || d->at > now)
        return NULL;
    deadline_stop(d);
    return d;
}

#endif
