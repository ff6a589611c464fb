/* routes: the one table that says which paths exist. Matching is exact on the pattern's fixed part;
 * "{relation}" stands for one percent-encoded path segment. SPDX-License-Identifier: ISC */
#ifndef HANDLERS_ROUTES_H
#define HANDLERS_ROUTES_H

#include "query/accept.h"
#include "server/request.h"

enum route_kind {
    ROUTE_API,   /* a relation, under server-base-path: goes through all steps */
    ROUTE_CALL,  /* a function, there too */
    ROUTE_ROOT,  /* what there is: the OpenAPI document, or the function db-root-spec */
    ROUTE_PLAIN, /* answered at once by `handler`, no database, no credentials */
};

#define METHOD_BIT(m) (1u << (m))

struct route {
    enum route_kind kind;
    struct str path;     /* fixed part */
    bool segment;        /* one more segment follows */
    unsigned methods;    /* METHOD_BIT()s */
    struct str allow;    /* the same as text, for 405 and OPTIONS */
    unsigned media;      /* MEDIA_BIT()s that it can answer with */
    uint64_t body_limit; /* UINT64_MAX: limit-body; 0: no body */
    void (*handler)(struct request *req);
};

/* The row for a path without server-base-path (API) or as it is (plain); *segment is the raw last segment.
 * NULL: no such path. `plain` tells which kind of row is looked for. */
const struct route *route_find(struct str path, bool plain, struct str *segment);
const struct route *route_find_admin(struct str path);
/* The root when a function answers it. */
extern const struct route route_root_function;

#endif
