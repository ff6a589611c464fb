/* metrics: counters, gauges and histograms, one set of cells a thread, summed when somebody asks. Only the
 * owner writes its cells, so an increment is a load and a store without a locked instruction; readers see
 * each cell whole. What happens outside of the loops uses the process's own set with atomic additions. Labels
 * have few, fixed values: no client can make new time series. Rows are in util/metrics.def.
 * SPDX-License-Identifier: ISC */
#ifndef UTIL_METRICS_H
#define UTIL_METRICS_H

#include "util/buf.h"
#include "util/check.h"
#include "util/list.h"

#include <stdatomic.h>

/* SET(id, number of combinations); metrics.c has the names and values, in this order:
 *     METHOD_STATUS  metric_method_status()
 *     CUT            why a connection was ended: enum metric_cut
 *     MEMORY         what the memory budget refused: enum metric_memory
 *     STATE          enum metric_state
 *     RESULT         hit, miss: enum metric_result
 *     OUTCOME        success, failure: enum metric_outcome
 *     FATE           the same in the words of PostgREST */
#define METRIC_LABEL_SETS(SET)                                                                               \
    SET(NONE, 1)                                                                                             \
    SET(METHOD_STATUS, 40)                                                                                   \
    SET(CUT, 9) SET(MEMORY, 4) SET(STATE, 3) SET(RESULT, 2) SET(OUTCOME, 2) SET(FATE, 2) SET(VERSION, 1)

enum metric_method {
    METRIC_GET,
    METRIC_HEAD,
    METRIC_POST,
    METRIC_PATCH,
    METRIC_PUT,
    METRIC_DELETE,
    METRIC_OPTIONS,
    METRIC_OTHER,
};
enum metric_cut {
    METRIC_CUT_HEAD,
    METRIC_CUT_BODY,
    METRIC_CUT_IDLE,
    METRIC_CUT_LINGER,
    METRIC_CUT_HALF_CLOSED,
    METRIC_CUT_WRITE,
    METRIC_CUT_MEMORY,
    METRIC_CUT_RESPONSE_RATE,
    METRIC_CUT_RESPONSE_TIME,
};
enum metric_memory {
    METRIC_MEMORY_BODY,
    METRIC_MEMORY_RESPONSE,
    METRIC_MEMORY_ARENA,
    METRIC_MEMORY_CONNECTION
};
enum metric_state { METRIC_IDLE, METRIC_USED, METRIC_CONNECTING };
enum metric_result { METRIC_HIT, METRIC_MISS };
enum metric_outcome { METRIC_SUCCESS, METRIC_FAILURE };

#define METRIC_BUCKETS 14 /* upper bounds, without +Inf: 0.5 ms to 10 s */

enum metric_set_size {
#define SET(id, n) METRIC_SET_##id = n,
    METRIC_LABEL_SETS(SET)
#undef SET
};
enum metric_type_size {
    METRIC_CELLS_COUNTER = 1,
    METRIC_CELLS_GAUGE = 1,
    METRIC_CELLS_HISTOGRAM = METRIC_BUCKETS + 2
};

enum metric {
#define METRIC(id, type, name, labels, help) METRIC_##id,
#include "util/metrics.def"
#undef METRIC
    METRIC_COUNT
};

/* The first cell of each metric, and how many there are in all. */
enum metric_cell {
#define METRIC(id, type, name, labels, help)                                                                 \
    METRIC_AT_##id, METRIC_END_##id = METRIC_AT_##id + METRIC_CELLS_##type * METRIC_SET_##labels - 1,
#include "util/metrics.def"
#undef METRIC
    METRIC_CELLS
};

#define METRICS_MAGIC 0x6d657472u

struct metrics {
    unsigned magic;
    struct list link; /* all sets, under metrics.c's lock */
    _Atomic uint64_t cells[METRIC_CELLS];
};

/* The set takes part in metrics_write() until deinit, which keeps what it counted. From any thread. */
void metrics_init(struct metrics *m);
void metrics_deinit(struct metrics *m);
/* Appends all metrics in Prometheus' text format 0.0.4, those of the process included. From any thread. */
void metrics_write(struct buf *out);

/* For the macros below only. */
static inline void metrics_add_cell(struct metrics *m, unsigned cell, uint64_t n)
{
    uint64_t v = atomic_load_explicit(&m->cells[cell], memory_order_relaxed);
    atomic_store_explicit(&m->cells[cell], v + n, memory_order_relaxed);
}
void metrics_add_shared_cell(unsigned cell, uint64_t n);
static inline uint64_t metrics_cell(const struct metrics *m, unsigned cell)
{
    return atomic_load_explicit(&m->cells[cell], memory_order_relaxed);
}

/* By the thread that owns m. `label` is the combination, 0 for NONE. */
#define metric_add_label(m, id, label, n)                                                                    \
    metrics_add_cell((m), metric_cell_checked(METRIC_AT_##id, METRIC_END_##id, (label)), (n))
#define metric_add(m, id, n) metrics_add_cell((m), METRIC_AT_##id, (n))
#define metric_inc(m, id) metric_add(m, id, 1)
#define metric_dec(m, id) metric_add(m, id, UINT64_MAX) /* of a gauge */
/* What this set has of a metric without labels; from any thread. */
#define metric_get(m, id) metrics_cell((m), METRIC_AT_##id)
/* Sets a gauge, or a counter that is kept elsewhere; v may be negative. */
#define metric_set_label(m, id, label, v)                                                                    \
    atomic_store_explicit(&(m)->cells[metric_cell_checked(METRIC_AT_##id, METRIC_END_##id, (label))],        \
        (uint64_t)(v), memory_order_relaxed)
#define metric_set(m, id, v) metric_set_label(m, id, 0, v)
/* From any thread, into the process's own set. */
#define metric_add_shared(id, label, n)                                                                      \
    metrics_add_shared_cell(metric_cell_checked(METRIC_AT_##id, METRIC_END_##id, (label)), (n))
/* One observation of a histogram, in microseconds. */
#define metric_observe_us(m, id, us) metrics_observe((m), METRIC_AT_##id, (us))

void metrics_observe(struct metrics *m, unsigned cell, uint64_t us);

static inline unsigned metric_cell_checked(unsigned first, unsigned last, unsigned label)
{
    CHECK(label <= last - first);
    return first + label;
}

/* The label of METHOD_STATUS; `status` is 100 to 599. */
static inline unsigned metric_method_status(enum metric_method method, unsigned status)
{
    CHECK(method <= METRIC_OTHER && status >= 100 && status <= 599);
    return (unsigned)method * 5 + status / 100 - 1;
}

#endif
