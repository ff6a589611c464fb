/* server: making and running the whole. SPDX-License-Identifier: ISC */
#include "server/server.h"

#include "server/conn.h"
#include "server/server_impl.h"
#include "util/budget.h"
#include "util/caller.h"
#include "util/check.h"
#include "util/mem.h"
#include "util/sysinfo.h"

#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

/* Descriptors that are not for clients: databases, Redis, files, the loops' own. */
#define OTHER_FILES 256u

/* Memory that malloc keeps beyond this goes back to the system, looked at this often. */
#define KEPT_BYTES ((size_t)32 << 20)
#define LOOK_MS 5000u

/* As many open files as the system allows; how many of them clients may have. */
static uint64_t raise_file_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return 512;
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
    (void)getrlimit(RLIMIT_NOFILE, &limit);
    return limit.rlim_cur > 2 * OTHER_FILES ? limit.rlim_cur - OTHER_FILES : limit.rlim_cur / 2;
}

static unsigned count_threads(const struct config *config, const struct app *app)
{
    if (app->threads)
        return app->threads;
    return config->server_threads ? (unsigned)config->server_threads
                                  : MAX(1u, MIN(256u, uv_available_parallelism()));
}

static void set_budget(const struct config *config)
{
    budget_set_limit(config->limit_memory ? config->limit_memory : sysinfo_memory_limit() / 2);
}

struct server *server_create(const struct config *config, const struct app *app)
{
    struct server *s = MEM_NEW(struct server);
    CHECK(app->request != NULL);
    signal(SIGPIPE, SIG_IGN);
    /* Large bodies come from mmap and go back at once; by default glibc raises this limit after the first
     * one. */
    mallopt(M_MMAP_THRESHOLD, 512 * 1024);
    set_budget(config);
    s->magic = SERVER_MAGIC;
    atomic_init(&s->config, config_ref(config));
    s->app = app;
    s->max_connections = raise_file_limit();
    s->reserve_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    s->nworkers = count_threads(config, app);
    s->workers = MEM_NEW_ARRAY(struct worker, s->nworkers);
    for (unsigned i = 0; i < s->nworkers; i++)
        worker_init(&s->workers[i], s, i);
    return s;
}

static bool has_listener(const struct server *s, bool admin)
{
    for (unsigned i = 0; i < s->nlisteners; i++) {
        if (s->listeners[i].admin == admin)
            return true;
    }
    return false;
}

static bool listen_admin(struct server *s, const struct config *c, char *error, size_t size)
{
    if (c->admin_server_unix_socket.n)
        return listener_open_unix(
            s, c->admin_server_unix_socket, c->admin_server_unix_socket_mode, true, error, size);
    return c->admin_server_port == 0 ||
           listener_open_tcp(s, c->admin_server_host, c->admin_server_port, true, error, size);
}

bool server_listen(struct server *s, char *error, size_t size)
{
    const struct config *c = server_config(s);
    bool ok = true;
    (void)listener_inherit(s);
    if (!has_listener(s, false))
        ok =
            c->server_unix_socket.n
                ? listener_open_unix(s, c->server_unix_socket, c->server_unix_socket_mode, false, error, size)
                : listener_open_tcp(s, c->server_host, c->server_port, false, error, size);
    return ok && (has_listener(s, true) || listen_admin(s, c, error, size));
}

static void *worker_main(void *arg)
{
    struct worker *w;
    CAST_OBJ(w, arg, WORKER_MAGIC);
    worker_begin(w);
    uv_run(&w->loop, UV_RUN_DEFAULT);
    return NULL;
}

int server_run(struct server *s)
{
    for (unsigned i = 1; i < s->nworkers; i++) {
        struct worker *w = &s->workers[i];
        CHECK(pthread_create(&w->thread, NULL, worker_main, w) == 0);
        w->threaded = true;
    }
    server_start_signals(s);
    worker_begin(&s->workers[0]);
    for (unsigned i = 0; i < s->nlisteners; i++)
        listener_start(&s->listeners[i]);
    uv_run(&s->workers[0].loop, UV_RUN_DEFAULT);
    for (unsigned i = 1; i < s->nworkers; i++)
        pthread_join(s->workers[i].thread, NULL);
    return s->exit_status;
}

/* What runs no more, or never ran. */
static void close_loops(struct server *s)
{
    for (unsigned i = 0; i < s->nlisteners; i++)
        listener_close(&s->listeners[i]);
    for (unsigned i = 0; i < s->nworkers; i++) {
        struct worker *w = &s->workers[i];
        if (s->phase != PHASE_CLOSED)
            worker_close(w);
        uv_run(&w->loop, UV_RUN_DEFAULT);
    }
}

void server_free(struct server **sp)
{
    struct server *s = *sp;
    if (!s)
        return;
    close_loops(s);
    for (unsigned i = 0; i < s->nworkers; i++)
        worker_deinit(&s->workers[i]);
    config_unref(atomic_load(&s->config));
    if (s->reserve_fd >= 0)
        close(s->reserve_fd);
    mem_free(s->workers);
    s->magic = 0;
    mem_free(s);
    *sp = NULL;
}

const struct config *server_config(const struct server *s)
{
    return atomic_load_explicit(&s->config, memory_order_acquire);
}

static void take_config(struct worker *w, void *arg)
{
    const struct config *old = w->config;
    w->config = arg;
    w->date_s = 0;
    LIST_FOREACH(it, &w->conns)
    LIST_ENTRY(it, struct conn, link)->http1.config = w->config;
    if (w->callbacks->configure && w->app)
        w->callbacks->configure(w->app, w->config);
    config_unref(old);
}

void server_set_config(struct server *s, const struct config *config)
{
    const struct config *old = atomic_exchange(&s->config, config_ref(config));
    set_budget(config);
    for (unsigned i = 0; i < s->nworkers; i++)
        worker_post(&s->workers[i], take_config, (void *)config_ref(config));
    config_unref(old);
}

unsigned server_port(const struct server *s, bool admin)
{
    for (unsigned i = 0; i < s->nlisteners; i++) {
        if (s->listeners[i].admin == admin && s->listeners[i].fd >= 0)
            return listener_port(&s->listeners[i]);
    }
    return 0;
}

unsigned server_nworkers(const struct server *s)
{
    return s->nworkers;
}

struct worker *server_worker(struct server *s, unsigned index)
{
    CHECK(index < s->nworkers);
    return &s->workers[index];
}

bool server_draining(const struct server *s)
{
    return atomic_load_explicit(&s->draining, memory_order_relaxed);
}

uint64_t server_slowest_loop_ms(const struct server *s)
{
    uint64_t oldest = UINT64_MAX, now = uv_hrtime() / 1000000;
    for (unsigned i = 0; i < s->nworkers; i++)
        oldest = MIN(oldest, atomic_load_explicit(&s->workers[i].beat_ms, memory_order_relaxed));
    return now > oldest ? now - oldest : 0;
}

void server_stats(const struct server *s, struct server_stats *stats)
{
    *stats = (struct server_stats){
        .connections = atomic_load(&s->connections),
        .admin_connections = atomic_load(&s->admin_connections),
        .refused = metric_get(&s->workers[0].metrics, HTTP_REJECTED),
    };
    for (unsigned i = 0; i < s->nworkers; i++) {
        const struct worker *w = &s->workers[i];
        stats->requests += atomic_load_explicit(&w->requests, memory_order_relaxed);
        for (unsigned cell = METRIC_AT_HTTP_CUT; cell <= METRIC_END_HTTP_CUT; cell++)
            stats->timeouts += metrics_cell(&w->metrics, cell);
    }
}

void server_on_reload(struct server *s, void (*fn)(void *arg, int signum), void *arg)
{
    s->on_reload = fn;
    s->reload_arg = arg;
}

/* After a flood, the freed memory of thousands of connections would stay with the process. */
void server_trim_memory(struct server *s, uint64_t now_ms)
{
    if (now_ms - s->looked_ms < LOOK_MS)
        return;
    s->looked_ms = now_ms;
    size_t kept = mallinfo2().fordblks;
    if (kept > s->kept_bytes + KEPT_BYTES) {
        malloc_trim(1 << 20);
        s->kept_bytes = kept;
    }
    s->kept_bytes = MIN(s->kept_bytes, kept);
}

void server_forget(struct worker *w, const struct conn *c)
{
    struct server *s = w->server;
    if (c->admin)
        atomic_fetch_sub(&s->admin_connections, 1);
    if (!c->counted)
        return;
    metric_dec(&w->metrics, HTTP_CONNECTIONS);
    atomic_fetch_sub(&s->connections, 1);
    atomic_fetch_sub(&c->caller->connections, 1);
    atomic_fetch_sub(&w->load, 1);
}
