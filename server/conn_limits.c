/* conn_limits: minimum rates, and who gives way when memory is short. Both look only at connections that the
 * server waits for, which are on the lists of their deadlines. SPDX-License-Identifier: ISC */
#include "server/conn_limits.h"

#include "server/request.h"
#include "server/server_impl.h"
#include "server/worker_impl.h"
#include "util/budget.h"
#include "util/check.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>

/* Connections that have held memory for less are not cut: they may be about to go on. */
#define PATIENCE_MS 1000u
/* How many a worker cuts at one tick, and the part of the limit that it wants to be free then. */
#define CUTS_AT_ONCE 8
#define WANTED_FREE(limit) ((limit) / 8)

void conn_count_cut(const struct conn *c, enum metric_cut why)
{
    metric_add_label(&c->worker->metrics, HTTP_CUT, why, 1);
}

void conn_close_idle(struct worker *w, unsigned n)
{
    LIST_FOREACH(it, &w->deadlines[DEADLINE_IDLE])
    {
        struct conn *c = container_of(it, struct conn, read_deadline.link);
        if (n-- == 0 || w->now_ms - c->read_deadline.since < 1000)
            return;
        conn_drain(c);
    }
}

/* Bytes of our output that the peer does not have yet. Our writes alone would not show a slow client: it gets
 * what the kernel holds, megabytes on a fast network, for minutes before there is room to write again. */
static uint64_t kernel_queue(const struct conn *c)
{
    int n = 0;
    return ioctl(c->io.fd, SIOCOUTQ, &n) == 0 && n > 0 ? (uint64_t)n : 0;
}

void conn_limits_full(struct conn *c)
{
    struct taking *t = &c->taking;
    t->full_ms = c->worker->now_ms;
    t->queue = kernel_queue(c);
    if (t->since_ms)
        return;
    t->since_ms = t->full_ms;
    t->first = t->queue;
    t->given = 0;
}

void conn_limits_writable(struct conn *c)
{
    struct taking *t = &c->taking;
    uint64_t now = uv_now(&c->worker->loop);
    t->waited_ms += now > t->full_ms ? now - t->full_ms : 0;
}

void conn_limits_next(struct conn *c)
{
    struct taking *t = &c->taking;
    uint64_t now = c->worker->now_ms;
    *t = (struct taking){.full_ms = now, .queue = t->queue, .first = t->queue};
    if (c->blocked)
        t->since_ms = t->began_ms = now;
}

bool conn_limits_goes_on(struct conn *c)
{
    struct worker *w = c->worker;
    uint64_t queue = kernel_queue(c);
    if (queue >= c->taking.queue)
        return false;
    c->taking.queue = queue;
    deadline_start(&c->write_deadline, w->deadlines, DEADLINE_WRITE, w->now_ms);
    return true;
}

static uint64_t waited_ms(const struct conn *c)
{
    const struct taking *t = &c->taking;
    uint64_t now = c->worker->now_ms;
    return t->waited_ms + (c->blocked && now > t->full_ms ? now - t->full_ms : 0);
}

static uint64_t taken(const struct conn *c)
{
    uint64_t all = c->taking.first + c->taking.given, queue = kernel_queue(c);
    return all > queue ? all - queue : 0;
}

uint64_t request_take_rate(const struct request *req)
{
    const struct conn *c = req->conn;
    uint64_t ms = waited_ms(c);
    if (c->taking.since_ms == 0 || ms == 0 || c->requests.next != &req->link)
        return UINT64_MAX;
    return taken(c) * 1000 / ms;
}

static bool too_slow(const struct conn *c)
{
    const struct config *config = c->worker->config;
    uint64_t ms = waited_ms(c), grace = config->timeout_response_grace,
             rate = config->limit_response_min_rate;
    return rate != 0 && ms > grace && taken(c) * 1000 < rate * (ms - grace);
}

static bool too_long(const struct conn *c)
{
    uint64_t most = c->worker->config->timeout_response;
    return most != 0 && c->worker->now_ms - c->taking.began_ms > most;
}

static void check_response(struct conn *c)
{
    if (c->lost || c->admin)
        return;
    if (too_slow(c))
        conn_count_cut(c, METRIC_CUT_RESPONSE_RATE);
    else if (too_long(c))
        conn_count_cut(c, METRIC_CUT_RESPONSE_TIME);
    else
        return;
    conn_lose(c);
}

void conn_limits_rates(struct worker *w)
{
    LIST_FOREACH(it, &w->deadlines[DEADLINE_WRITE])
    check_response(container_of(it, struct conn, write_deadline.link));
    if (w->config->limit_body_min_rate == 0)
        return;
    LIST_FOREACH(body, &w->deadlines[DEADLINE_BODY])
    conn_check_rate(container_of(body, struct conn, read_deadline.link), w->now_ms);
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
        weigh(&h, c, c->taking.since_ms);
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
