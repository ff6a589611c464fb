/* conn_limits: minimum rates, and who gives way when memory is short. Both look only at connections that the
 * server waits for, which are on the lists of their deadlines. SPDX-License-Identifier: ISC */
#include "server/conn_limits.h"

#include "server/request.h"
#include "server/server_impl.h"
#include "server/worker_impl.h"
#include "util/budget.h"
#include "util/check.h"

/* Connections that have held memory for less are not cut: they may be about to go on. */
#define PATIENCE_MS 1000u
/* How many a worker cuts at one tick, and the part of the limit that it wants to be free then. */
#define CUTS_AT_ONCE 8
#define WANTED_FREE(limit) ((limit) / 8)

void conn_limits_rates(struct worker *w)
{
    if (w->config->limit_body_min_rate == 0)
        return;
    LIST_FOREACH(it, &w->deadlines[DEADLINE_BODY])
    conn_check_rate(container_of(it, struct conn, read_deadline.link), w->now_ms);
}

static uint64_t held_by(const struct conn *c)
{
    uint64_t bytes = c->stash.cap;
    LIST_FOREACH(it, &c->requests)
    {
        const struct request *req = LIST_ENTRY(it, struct request, link);
        bytes += req->charged + req->arena.taken;
    }
    return bytes;
}

struct heaviest {
    struct conn *conn;
    uint64_t weight, bytes;
};

/* Weight is bytes times the milliseconds that they have been held. */
static void weigh(struct heaviest *h, struct conn *c, uint64_t since)
{
    uint64_t age = c->worker->now_ms - since;
    if (c->admin || c->lost || age < PATIENCE_MS)
        return;
    uint64_t bytes = held_by(c);
    if (bytes > BUDGET_SMALL && bytes * age > h->weight)
        *h = (struct heaviest){c, bytes * age, bytes};
}

static struct heaviest find_heaviest(struct worker *w)
{
    struct heaviest h = {NULL, 0, 0};
    LIST_FOREACH(it, &w->deadlines[DEADLINE_WRITE])
    {
        struct conn *c = container_of(it, struct conn, write_deadline.link);
        weigh(&h, c, c->blocked_since);
    }
    LIST_FOREACH(it, &w->deadlines[DEADLINE_BODY])
    {
        struct conn *c = container_of(it, struct conn, read_deadline.link);
        weigh(&h, c, c->read_deadline.since);
    }
    return h;
}

/* Workers tell each other the weight of their heaviest connection; who has none of the heavy ones cuts none.
 */
static bool is_among_heaviest(struct worker *w, uint64_t weight)
{
    uint64_t most = 0;
    atomic_store_explicit(&w->heaviest, weight, memory_order_relaxed);
    for (unsigned i = 0; i < w->server->nworkers; i++)
        most = MAX(most, atomic_load_explicit(&w->server->workers[i].heaviest, memory_order_relaxed));
    return weight >= most / 2;
}

void conn_limits_memory(struct worker *w)
{
    uint64_t limit = budget_limit(), most = limit - WANTED_FREE(limit), freed = 0;
    if (!budget_is_short()) {
        atomic_store_explicit(&w->heaviest, 0, memory_order_relaxed);
        return;
    }
    uint64_t held = budget_held();
    for (int i = 0; i < CUTS_AT_ONCE && held > most + freed; i++) {
        struct heaviest h = find_heaviest(w);
        if (!is_among_heaviest(w, h.weight) || !h.conn)
            return;
        conn_count_cut(h.conn, METRIC_CUT_MEMORY);
        metric_add_shared(MEMORY_REFUSALS, METRIC_MEMORY_CONNECTION, 1);
        conn_lose(h.conn);
        freed += h.bytes;
    }
}
