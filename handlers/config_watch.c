/* config_watch: a timer, a job of up to three statements, and two looks at the sources: the first says
 * whether and how to ask the database, the second has its answer. SPDX-License-Identifier: ISC */
#include "handlers/config_watch.h"

#include "handlers/config_sql.h"
#include "handlers/settings.h"
#include "util/check.h"
#include "util/log.h"
#include "util/mem.h"

#define CONFIG_WATCH_MAGIC 0x63667761u
/* Settings that are taken from the database. */
#define SETTINGS_MAX 512

struct config_watch {
    unsigned magic;
    struct db *db;
    const struct config_source *source;
    const struct config *running; /* a reference */
    uv_timer_t timer;
    struct db_job job;
    uv_work_t work;
    const struct config *loaded; /* by work */
    bool reading, again, started;
    bool loading, final; /* in the thread pool; the last of its two looks */
    bool asking;         /* the database */
    bool told;           /* that the database cannot be asked */
    struct arena arena;  /* of one read */
    struct config_sql sql;
    struct config_setting settings[SETTINGS_MAX];
    size_t nsettings;
    config_watch_cb *on_read;
    void *arg;
    void (*on_closed)(void *arg);
    void *closed_arg;
};

static void on_timer(uv_timer_t *timer);

static void wait_for(struct config_watch *w, uint64_t ms)
{
    CHECK(!w->reading);
    CHECK(uv_timer_start(&w->timer, on_timer, ms, 0) == 0);
}

/* A line of config_load()'s messages each. */
static void log_messages(enum log_level level, struct buf *messages)
{
    struct str rest = buf_str(messages), line;
    while (str_split(&rest, '\n', &line)) {
        if (line.n)
            LOG_AT(level, CONFIG_NOTE, log_str("text", line));
    }
}

/* What the sources say with `settings` from the database; NULL after having logged why not. In the thread
 * pool: a file may lie on a file system that does not answer. */
static const struct config *load(const struct config_watch *w)
{
    struct config_source source = *w->source;
    struct buf messages;
    char error[256];
    source.running = w->running;
    source.database = w->settings;
    source.ndatabase = w->nsettings;
    buf_init(&messages, 0);
    const struct config *c = config_load(&source, &messages);
    if (!c || w->final)
        log_messages(c ? LOG_LEVEL_WARN : LOG_LEVEL_ERROR, &messages);
    buf_release(&messages);
    struct jwt *jwt = c ? settings_jwt_create(c, error, sizeof error) : NULL;
    if (c && !jwt) {
        LOG_AT(LOG_LEVEL_ERROR, CONFIG_NOTE, log_cstr("text", error));
        config_unref(c);
        c = NULL;
    }
    jwt_free(&jwt);
    return c;
}

static void work(uv_work_t *uv)
{
    struct config_watch *w = container_of(uv, struct config_watch, work);
    w->loaded = load(w);
}

static void after_work(uv_work_t *uv, int status);

/* final: the database has been asked, or need not be. */
static void begin_load(struct config_watch *w, bool final)
{
    w->final = final;
    w->loading = true;
    CHECK(uv_queue_work(w->timer.loop, &w->work, work, after_work) == 0);
}

/* What belongs to one read is forgotten with it. */
static void end_read(struct config_watch *w)
{
    w->reading = w->again = false;
    w->nsettings = 0;
    arena_release(&w->arena);
    arena_init(&w->arena, 0);
}

static void finish(struct config_watch *w, const struct config *c)
{
    bool again = w->again;
    end_read(w);
    if (again)
        wait_for(w, CONFIG_DEBOUNCE_MS);
    if (c) {
        config_unref(w->running);
        w->running = config_ref(c);
        LOG(CONFIG_LOADED);
    } else {
        LOG(CONFIG_FAILED);
    }
    /* Last, since it may stop us. */
    w->on_read(w->arg, c);
    config_unref(c);
}

static void on_rows(struct db_job *job, int stmt, const struct db_rows *rows)
{
    struct config_watch *w;
    size_t nname, nvalue;
    CAST_OBJ(w, job->arg, CONFIG_WATCH_MAGIC);
    if ((size_t)stmt + 1 < w->sql.n)
        return;
    for (int row = 0; row < rows->nrows && w->nsettings < SETTINGS_MAX; row++) {
        const char *name = db_rows_value(rows, row, 0, &nname), *value = db_rows_value(rows, row, 1, &nvalue);
        if (name && value)
            w->settings[w->nsettings++] =
                config_sql_setting(&w->arena, str_make(name, nname), str_make(value, nvalue));
    }
}

static void on_done(struct db_job *job, enum db_outcome outcome, const struct db_error *error)
{
    struct config_watch *w;
    CAST_OBJ(w, job->arg, CONFIG_WATCH_MAGIC);
    w->asking = false;
    if (outcome == DB_OK) {
        w->told = false;
        begin_load(w, true);
    } else if (outcome == DB_SQL_ERROR) {
        LOG_AT(LOG_LEVEL_ERROR, CONFIG_NOTE, log_cstr("text", "the settings in the database cannot be read"),
            log_str("error", error->message));
        finish(w, NULL);
    } else {
        if (!w->told)
            LOG(CONFIG_NOTE, log_cstr("text", "the database cannot be asked for its settings; trying on"),
                log_str("error", error->message));
        w->told = true;
        end_read(w);
        wait_for(w, CONFIG_RETRY_MS);
    }
}

static void ask(struct config_watch *w, struct str pre_config)
{
    db_job_init(&w->job);
    config_sql_init(&w->sql, &w->arena, pre_config);
    for (size_t i = 0; i < w->sql.n; i++) {
        db_stmt_init(
            &w->job.stmts[i], w->sql.stmts[i], w->sql.params, w->sql.nparams[i], (struct str){NULL, 0});
        w->job.stmts[i].once = true;
    }
    w->job.nstmts = (int)w->sql.n;
    w->job.lane = DB_EXCLUSIVE;
    w->job.trusted = true;
    w->job.on_rows = on_rows;
    w->job.on_done = on_done;
    w->job.arg = w;
    w->asking = true;
    db_submit(w->db, &w->job);
}

static void close_timer(struct config_watch *w);

static void after_work(uv_work_t *uv, int status)
{
    struct config_watch *w = container_of(uv, struct config_watch, work);
    CHECK_OBJ(w, CONFIG_WATCH_MAGIC);
    CHECK(status == 0); /* it is never cancelled */
    const struct config *c = w->loaded;
    w->loaded = NULL;
    w->loading = false;
    if (w->on_closed) {
        config_unref(c);
        close_timer(w);
    } else if (w->final || !c) {
        finish(w, c);
    } else {
        if (c->db_config)
            ask(w, arena_str(&w->arena, c->db_pre_config));
        else
            begin_load(w, true);
        config_unref(c);
    }
}

static void on_timer(uv_timer_t *timer)
{
    struct config_watch *w;
    CAST_OBJ(w, timer->data, CONFIG_WATCH_MAGIC);
    w->reading = w->started = true;
    begin_load(w, false);
}

void config_watch_request(struct config_watch *w)
{
    CHECK_OBJ(w, CONFIG_WATCH_MAGIC);
    if (w->reading)
        w->again = true;
    else if (!uv_is_active((uv_handle_t *)&w->timer))
        wait_for(w, w->started ? CONFIG_DEBOUNCE_MS : 0);
}

struct config_watch *config_watch_start(uv_loop_t *loop, struct db *db, const struct config_source *source,
    const struct config *running, config_watch_cb *on_read, void *arg)
{
    struct config_watch *w = MEM_NEW(struct config_watch);
    w->magic = CONFIG_WATCH_MAGIC;
    w->db = db;
    w->source = source;
    w->running = config_ref(running);
    w->on_read = on_read;
    w->arg = arg;
    arena_init(&w->arena, 0);
    CHECK(uv_timer_init(loop, &w->timer) == 0);
    w->timer.data = w;
    return w;
}

static void on_timer_closed(uv_handle_t *handle)
{
    struct config_watch *w;
    CAST_OBJ(w, handle->data, CONFIG_WATCH_MAGIC);
    void (*on_closed)(void *arg) = w->on_closed;
    void *arg = w->closed_arg;
    config_unref(w->running);
    arena_release(&w->arena);
    w->magic = 0;
    mem_free(w);
    on_closed(arg);
}

static void close_timer(struct config_watch *w)
{
    uv_close((uv_handle_t *)&w->timer, on_timer_closed);
}

void config_watch_stop(struct config_watch **wp, void (*on_closed)(void *arg), void *arg)
{
    struct config_watch *w = *wp;
    *wp = NULL;
    CHECK_OBJ(w, CONFIG_WATCH_MAGIC);
    if (w->asking)
        db_abandon(w->db, &w->job);
    w->on_closed = on_closed;
    w->closed_arg = arg;
    if (!w->loading)
        close_timer(w);
}
