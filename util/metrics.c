/* metrics: summing and showing. SPDX-License-Identifier: ISC */
#include "util/metrics.h"

#include "util/budget.h"
#include "util/clock.h"
#include "util/log.h"
#include "util/mem.h"
#include "util/sysinfo.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

enum type { COUNTER, GAUGE, HISTOGRAM };
enum label_set {
#define SET(id, n) SET_##id,
    METRIC_LABEL_SETS(SET)
#undef SET
};

#define VALUES_MAX 9

static const struct {
    const char *label[2];
    const char *values[2][VALUES_MAX];
} sets[] = {
    [SET_METHOD_STATUS] = {{"method", "status"},
        {{"GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS", "other"},
            {"1xx", "2xx", "3xx", "4xx", "5xx"}}},
    [SET_CUT] = {{"reason"}, {{"head", "body", "idle", "linger", "half_closed", "write", "memory",
                                 "response_rate", "response_time"}}},
    [SET_MEMORY] = {{"what"}, {{"body", "response", "arena", "connection"}}},
    [SET_STATE] = {{"state"}, {{"idle", "used", "connecting"}}},
    [SET_RESULT] = {{"result"}, {{"hit", "miss"}}},
    [SET_OUTCOME] = {{"status"}, {{"success", "failure"}}},
    [SET_FATE] = {{"status"}, {{"SUCCESS", "FAIL"}}},
    [SET_VERSION] = {{"version"}, {{BOBBIN_VERSION}}},
};

static const struct {
    enum type type;
    const char *name, *help;
    enum label_set set;
    unsigned combinations, at;
} table[] = {
#define METRIC(id, type, name, labels, help)                                                                 \
    {type, name, help, SET_##labels, METRIC_SET_##labels, METRIC_AT_##id},
#include "util/metrics.def"
#undef METRIC
};

/* Upper bounds of the histograms, in microseconds. */
static const uint64_t bounds[METRIC_BUCKETS] = {
    500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 500000, 1000000, 2500000, 5000000, 10000000};
#define SUM_CELL (METRIC_BUCKETS + 1)

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct list all = {&all, &all};
static _Atomic uint64_t shared[METRIC_CELLS]; /* the process's own set, and what ended sets counted */

void metrics_init(struct metrics *m)
{
    m->magic = METRICS_MAGIC;
    for (size_t i = 0; i < METRIC_CELLS; i++)
        atomic_init(&m->cells[i], 0);
    pthread_mutex_lock(&lock);
    list_append(&all, &m->link);
    pthread_mutex_unlock(&lock);
}

static unsigned cells_of(size_t i)
{
    return table[i].combinations * (table[i].type == HISTOGRAM ? METRIC_CELLS_HISTOGRAM : 1);
}

void metrics_deinit(struct metrics *m)
{
    pthread_mutex_lock(&lock);
    CHECK_OBJ(m, METRICS_MAGIC);
    m->magic = 0;
    list_remove(&m->link);
    for (size_t i = 0; i < METRIC_COUNT; i++) {
        for (unsigned cell = table[i].at; table[i].type != GAUGE && cell < table[i].at + cells_of(i); cell++)
            metrics_add_shared_cell(cell, atomic_load_explicit(&m->cells[cell], memory_order_relaxed));
    }
    pthread_mutex_unlock(&lock);
}

void metrics_add_shared_cell(unsigned cell, uint64_t n)
{
    atomic_fetch_add_explicit(&shared[cell], n, memory_order_relaxed);
}

void metrics_observe(struct metrics *m, unsigned cell, uint64_t us)
{
    unsigned bucket = 0;
    while (bucket < METRIC_BUCKETS && us > bounds[bucket])
        bucket++;
    metrics_add_cell(m, cell + bucket, 1);
    metrics_add_cell(m, cell + SUM_CELL, us);
}

/* Microseconds since the epoch at which the process began: its age on the clock that /proc uses, taken from
 * now. */
static int64_t start_us(uint64_t start_ticks, long ticks)
{
    struct timespec up;
    clock_gettime(CLOCK_BOOTTIME, &up);
    int64_t up_us = (int64_t)up.tv_sec * 1000000 + up.tv_nsec / 1000;
    return clock_wall_us() - (up_us - (int64_t)(start_ticks * 1000000 / (uint64_t)ticks));
}

/* proc(5): fields 14 and 15 are user and system time, 20 threads, 22 the start, 23 and 24 memory. */
static void read_stat(uint64_t *totals)
{
    char text[1024];
    FILE *f = fopen("/proc/self/stat", "r");
    if (!f)
        return;
    size_t n = fread(text, 1, sizeof(text) - 1, f);
    fclose(f);
    text[n] = '\0';
    const char *after_name = strrchr(text, ')');
    uint64_t user, system, threads, start, virtual, resident;
    if (!after_name || sscanf(after_name + 1,
                           " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %" SCNu64 " %" SCNu64
                           " %*d %*d %*d %*d %" SCNu64 " %*d %" SCNu64 " %" SCNu64 " %" SCNu64,
                           &user, &system, &threads, &start, &virtual, &resident) != 6)
        return;
    long ticks = sysconf(_SC_CLK_TCK);
    totals[METRIC_AT_PROCESS_CPU] = (user + system) * 1000000 / (uint64_t)ticks;
    totals[METRIC_AT_PROCESS_THREADS] = threads;
    totals[METRIC_AT_PROCESS_START] = (uint64_t)start_us(start, ticks);
    totals[METRIC_AT_PROCESS_VIRTUAL] = virtual;
    totals[METRIC_AT_PROCESS_RESIDENT] = resident * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void read_process(uint64_t *totals)
{
    read_stat(totals);
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
        totals[METRIC_AT_PROCESS_MAX_FDS] = limit.rlim_cur;
    totals[METRIC_AT_PROCESS_OPEN_FDS] = sysinfo_open_fds();
    totals[METRIC_AT_MEMORY_HELD] = budget_held();
    totals[METRIC_AT_MEMORY_LIMIT] = budget_limit();
    totals[METRIC_AT_LOG_DROPPED] = log_dropped();
    totals[METRIC_AT_BUILD_INFO] = 1;
}

static void sum(uint64_t *totals)
{
    pthread_mutex_lock(&lock); /* also so that a set that ends just now is counted once */
    for (size_t i = 0; i < METRIC_CELLS; i++)
        totals[i] = atomic_load_explicit(&shared[i], memory_order_relaxed);
    LIST_FOREACH(it, &all)
    {
        struct metrics *m = LIST_ENTRY(it, struct metrics, link);
        CHECK_OBJ(m, METRICS_MAGIC);
        for (size_t i = 0; i < METRIC_CELLS; i++)
            totals[i] += atomic_load_explicit(&m->cells[i], memory_order_relaxed);
    }
    pthread_mutex_unlock(&lock);
    read_process(totals);
}

static unsigned count_values(const char *const *values)
{
    unsigned n = 0;
    while (n < VALUES_MAX && values[n])
        n++;
    return n;
}

/* {method="GET",status="2xx"}, or nothing; `more` is a label of a histogram, or empty. */
static void put_labels(struct buf *out, enum label_set set, unsigned combination, const char *more)
{
    unsigned inner = sets[set].label[1] ? count_values(sets[set].values[1]) : 1;
    const char *comma = "";
    if (!sets[set].label[0] && !*more)
        return;
    buf_append_char(out, '{');
    for (unsigned i = 0; i < 2 && sets[set].label[i]; i++) {
        unsigned value = i == 0 ? combination / inner : combination % inner;
        CHECK(value < VALUES_MAX && sets[set].values[i][value]);
        buf_printf(out, "%s%s=\"%s\"", comma, sets[set].label[i], sets[set].values[i][value]);
        comma = ",";
    }
    buf_printf(out, *more ? "%s%s}" : "}", comma, more);
}

static void put_seconds(struct buf *out, uint64_t us)
{
    buf_printf(out, "%" PRIu64 ".%06" PRIu64, us / 1000000, us % 1000000);
}

static void put_sample(struct buf *out, size_t i, unsigned combination, uint64_t value)
{
    buf_append(out, str_cstr(table[i].name));
    put_labels(out, table[i].set, combination, "");
    buf_append_char(out, ' ');
    if (strstr(table[i].name, "_seconds"))
        put_seconds(out, value);
    else if (table[i].type == GAUGE)
        buf_printf(out, "%" PRId64, (int64_t)value);
    else
        buf_append_u64(out, value);
    buf_append_char(out, '\n');
}

static void put_histogram(struct buf *out, size_t i, unsigned combination, const uint64_t *cells)
{
    uint64_t count = 0;
    char le[32];
    for (unsigned bucket = 0; bucket <= METRIC_BUCKETS; bucket++) {
        count += cells[bucket];
        if (bucket < METRIC_BUCKETS)
            snprintf(le, sizeof(le), "le=\"%g\"", (double)bounds[bucket] / 1e6);
        else
            snprintf(le, sizeof(le), "le=\"+Inf\"");
        buf_printf(out, "%s_bucket", table[i].name);
        put_labels(out, table[i].set, combination, le);
        buf_printf(out, " %" PRIu64 "\n", count);
    }
    buf_printf(out, "%s_sum", table[i].name);
    put_labels(out, table[i].set, combination, "");
    buf_append_char(out, ' ');
    put_seconds(out, cells[SUM_CELL]);
    buf_printf(out, "\n%s_count", table[i].name);
    put_labels(out, table[i].set, combination, "");
    buf_printf(out, " %" PRIu64 "\n", count);
}

void metrics_write(struct buf *out)
{
    static const char *const types[] = {"counter", "gauge", "histogram"};
    uint64_t *totals = mem_zalloc_array(METRIC_CELLS, sizeof(uint64_t));
    sum(totals);
    for (size_t i = 0; i < METRIC_COUNT; i++) {
        const uint64_t *cells = totals + table[i].at;
        buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", table[i].name, table[i].help, table[i].name,
            types[table[i].type]);
        for (unsigned c = 0; c < table[i].combinations; c++) {
            if (table[i].type == HISTOGRAM)
                put_histogram(out, i, c, cells + (size_t)c * METRIC_CELLS_HISTOGRAM);
            else
                put_sample(out, i, c, cells[c]);
        }
    }
    mem_free(totals);
}
