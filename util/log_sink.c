/* log_sink: two halves, one lock, one thread. SPDX-License-Identifier: ISC */
#include "util/log_sink.h"

#include "util/check.h"
#include "util/mem.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

#define GATHER_MS 5u /* how long the thread waits for more lines; bounds its wake-ups to 200 a second */

static struct {
    pthread_mutex_t lock;
    pthread_cond_t wake;  /* something is there for an idle thread */
    pthread_cond_t hurry; /* do not gather any longer */
    pthread_cond_t done;  /* progress was made */
    pthread_t thread;
    bool running, stopping, urgent, finished;
    int fd;
    char *halves[2];
    int filling; /* which half takes lines */
    size_t used, capacity;
    uint64_t put, written; /* bytes, ever */
} sink = {.lock = PTHREAD_MUTEX_INITIALIZER};

static _Atomic uint64_t dropped, unreported;

static void drop(uint64_t lines)
{
    atomic_fetch_add_explicit(&dropped, lines, memory_order_relaxed);
    atomic_fetch_add_explicit(&unreported, lines, memory_order_relaxed);
}

static uint64_t count_lines(const char *p, size_t n)
{
    uint64_t lines = 0;
    for (size_t i = 0; i < n; i++)
        lines += p[i] == '\n';
    return lines;
}

/* Blocks as long as it takes; what cannot be written at all is lost. A descriptor shared with somebody who
 * made it non-blocking is waited for. */
static void write_all(int fd, const char *p, size_t n)
{
    while (n > 0) {
        ssize_t written = write(fd, p, n);
        if (written >= 0) {
            p += written;
            n -= (size_t)written;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            struct pollfd pfd = {.fd = fd, .events = POLLOUT};
            (void)poll(&pfd, 1, -1);
        } else if (errno != EINTR) {
            drop(count_lines(p, n));
            return;
        }
    }
}

static struct timespec after(unsigned ms)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += ms / 1000;
    t.tv_nsec += (long)(ms % 1000) * 1000000;
    if (t.tv_nsec >= 1000000000) {
        t.tv_sec++;
        t.tv_nsec -= 1000000000;
    }
    return t;
}

/* With the lock held; returns with it held, and something to write unless stopping. */
static void wait_for_lines(void)
{
    while (sink.used == 0 && !sink.stopping)
        pthread_cond_wait(&sink.wake, &sink.lock);
    struct timespec until = after(GATHER_MS);
    while (!sink.urgent && !sink.stopping && sink.used < sink.capacity / 2) {
        if (pthread_cond_timedwait(&sink.hurry, &sink.lock, &until) == ETIMEDOUT)
            break;
    }
    sink.urgent = false;
}

static void *writer(void *arg)
{
    pthread_mutex_lock(&sink.lock);
    for (;;) {
        wait_for_lines();
        size_t n = sink.used;
        if (n == 0 && sink.stopping)
            break;
        const char *full = sink.halves[sink.filling];
        sink.filling = !sink.filling;
        sink.used = 0;
        pthread_mutex_unlock(&sink.lock);
        write_all(sink.fd, full, n);
        pthread_mutex_lock(&sink.lock);
        sink.written += n;
        pthread_cond_broadcast(&sink.done);
    }
    sink.finished = true;
    pthread_cond_broadcast(&sink.done);
    pthread_mutex_unlock(&sink.lock);
    return NULL;
}

static void init_condition(pthread_cond_t *c)
{
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    CHECK(pthread_cond_init(c, &attr) == 0);
    pthread_condattr_destroy(&attr);
}

void log_sink_start(int fd, size_t capacity)
{
    CHECK(!sink.running);
    init_condition(&sink.wake);
    init_condition(&sink.hurry);
    init_condition(&sink.done);
    sink.fd = fd;
    sink.capacity = capacity;
    sink.halves[0] = mem_alloc(capacity);
    sink.halves[1] = mem_alloc(capacity);
    sink.filling = 0;
    sink.used = 0;
    sink.put = sink.written = 0;
    sink.stopping = sink.urgent = sink.finished = false;
    /* Signals are for the main thread. */
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    CHECK(pthread_create(&sink.thread, NULL, writer, NULL) == 0);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_mutex_lock(&sink.lock);
    sink.running = true;
    pthread_mutex_unlock(&sink.lock);
}

bool log_sink_stop(unsigned timeout_ms)
{
    pthread_mutex_lock(&sink.lock);
    if (!sink.running) {
        pthread_mutex_unlock(&sink.lock);
        return false;
    }
    sink.running = false;
    sink.stopping = true;
    pthread_cond_signal(&sink.wake);
    pthread_cond_signal(&sink.hurry);
    struct timespec until = after(timeout_ms);
    while (!sink.finished && pthread_cond_timedwait(&sink.done, &sink.lock, &until) == 0) {
    }
    bool finished = sink.finished;
    pthread_mutex_unlock(&sink.lock);
    if (!finished) {
        /* Still inside write(): its memory must stay. The process is about to end. */
        pthread_detach(sink.thread);
        return false;
    }
    pthread_join(sink.thread, NULL);
    pthread_cond_destroy(&sink.wake);
    pthread_cond_destroy(&sink.hurry);
    pthread_cond_destroy(&sink.done);
    mem_free(sink.halves[0]);
    mem_free(sink.halves[1]);
    sink.halves[0] = sink.halves[1] = NULL;
    return true;
}

bool log_sink_flush(unsigned timeout_ms)
{
    struct timespec until = after(timeout_ms);
    pthread_mutex_lock(&sink.lock);
    uint64_t target = sink.put;
    bool ok = true;
    if (sink.running) {
        sink.urgent = true;
        pthread_cond_signal(&sink.hurry);
        while (ok && sink.written < target)
            ok = pthread_cond_timedwait(&sink.done, &sink.lock, &until) == 0;
    }
    pthread_mutex_unlock(&sink.lock);
    return ok;
}

/* With the lock held, and room for the line. */
static void append(struct str line, bool urgent)
{
    memcpy(sink.halves[sink.filling] + sink.used, line.p, line.n);
    if (sink.used == 0)
        pthread_cond_signal(&sink.wake);
    sink.used += line.n;
    sink.put += line.n;
    if ((urgent || sink.used >= sink.capacity / 2) && !sink.urgent) {
        sink.urgent = true;
        pthread_cond_signal(&sink.hurry);
    }
}

bool log_sink_put(struct str line, bool urgent)
{
    pthread_mutex_lock(&sink.lock);
    bool running = sink.running, fits = running && sink.capacity - sink.used >= line.n;
    if (fits)
        append(line, urgent);
    pthread_mutex_unlock(&sink.lock);
    if (!running)
        write_all(STDERR_FILENO, line.p, line.n);
    else if (!fits)
        drop(1);
    return fits || !running;
}

uint64_t log_sink_dropped(void)
{
    return atomic_load_explicit(&dropped, memory_order_relaxed);
}

uint64_t log_sink_take_unreported(void)
{
    if (atomic_load_explicit(&unreported, memory_order_relaxed) == 0)
        return 0;
    return atomic_exchange_explicit(&unreported, 0, memory_order_relaxed);
}

void log_sink_add_unreported(uint64_t lines)
{
    atomic_fetch_add_explicit(&unreported, lines, memory_order_relaxed);
}
