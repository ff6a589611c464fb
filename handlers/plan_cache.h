/* plan_cache: request text to plan, at the price of a hash. Kept per loop; an entry is the plan of a shape
 * (query/shape.h) for one role, with its statements ready to be sent; the values of a request are bound to it
 * in the request's arena. Entries keep the catalog they were made from alive; a new catalog empties the
 * cache. SPDX-License-Identifier: ISC */
#ifndef HANDLERS_PLAN_CACHE_H
#define HANDLERS_PLAN_CACHE_H

#include "cache/sieve.h"
#include "db/db.h"
#include "query/plan.h"
#include "util/metrics.h"

struct plan_cache;

struct plan_cache_options {
    size_t max_entries;
    struct query_limits limits;
    struct metrics *metrics; /* of the worker; for hits and misses */
};

/* A plan with the values of one request. `entry` is a reference that goes back with the request's arena; the
 * statements' parameters live in that arena. */
struct bound_plan {
    const struct read_plan *read;
    const struct catalog *catalog;        /* that it was made from */
    struct db_stmt main, count, estimate; /* sql is empty when there is none */
    struct str canonical;                 /* the query, as Content-Location has it */
    size_t *body; /* bytes of the last answer with this plan: what to reserve for the next, and to be told */
};

NODISCARD struct plan_cache *plan_cache_create(const struct plan_cache_options *options);
/* New limits make plans of before worthless. */
void plan_cache_limit(struct plan_cache *c, const struct query_limits *limits);
void plan_cache_free(struct plan_cache **c);
/* The plan for req and its role, bound in arena `a`; false: *error says what is wrong with the request. cat
 * is the current catalog; the entry takes its own reference. */
NODISCARD bool plan_cache_read(struct plan_cache *c, struct arena *a, struct catalog *cat,
    const struct read_request *req, struct bound_plan *out, struct query_error *error);
/* The same without the cache, for a request that is not worth a place there; from any thread. The plan is in
 * the arena, cat must outlive it, and there is no text for Content-Location. */
NODISCARD bool plan_alone(struct arena *a, const struct query_limits *limits, const struct catalog *cat,
    const struct read_request *req, struct bound_plan *out, struct query_error *error);

#endif
