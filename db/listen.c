/* listen: LISTEN in one simple query, then a question every few seconds: a server that does not answer it is
 * as good as gone, however open its socket, and one whose backend has changed does not listen.
 * SPDX-License-Identifier: ISC */
#include "db/listen.h"

#include "db/conn.h"
#include "db/pooler.h"

#include "util/buf.h"
#include "util/check.h"
#include "util/mem.h"

#include <stdlib.h>

#define DB_LISTEN_MAGIC 0x6c73746eu
#define BACKOFF_MIN_MS 50
#define BACKOFF_MAX_MS 1000
#define PING_MS 5000

struct db_listen {
    unsigned magic;
    uv_loop_t *loop;
    struct pg_conf conf;
    struct pg_conn io;
    uv_timer_t timer; /* back-off while down, ping while up */
    struct db_listen_events events;
    void *arg;
    char *channels[DB_LISTEN_CHANNELS];
    size_t nchannels;
    uint64_t connect_timeout_ms;
    unsigned backoff_ms;
    bool up, owed, closing;
    int backend; /* that listens; 0: not yet known */
    unsigned handles;
    void (*on_closed)(void *arg);
    void *on_closed_arg;
};

static void handle_closed(struct db_listen *l)
{
    if (--l->handles == 0)
        l->on_closed(l->on_closed_arg);
}

/* Quoted by hand, since PQescapeIdentifier() wants a connection for the encoding, and ours is always UTF-8.
 */
static void append_identifier(struct buf *sql, const char *name)
{
    buf_append_char(sql, '"');
    for (; *name; name++) {
        if (*name == '"')
            buf_append_char(sql, '"');
        buf_append_char(sql, *name);
    }
    buf_append_char(sql, '"');
}

static void ask(struct db_listen *l, const char *sql)
{
    l->owed = true;
    if (PQsendQuery(l->io.pg, sql) == 1)
        pg_conn_flush(&l->io);
    else
        pg_conn_fail(&l->io, PQerrorMessage(l->io.pg));
}

static void on_ping(uv_timer_t *timer)
{
    struct db_listen *l;
    CAST_OBJ(l, timer->data, DB_LISTEN_MAGIC);
    if (l->owed)
        pg_conn_fail(&l->io, "no answer");
    else
        ask(l, POOLER_SQL);
}

static void on_up(struct pg_conn *io)
{
    struct db_listen *l = container_of(io, struct db_listen, io);
    struct buf sql;
    buf_init(&sql, 0);
    for (size_t i = 0; i < l->nchannels; i++) {
        buf_append(&sql, STR("listen "));
        append_identifier(&sql, l->channels[i]);
        buf_append_char(&sql, ';');
    }
    buf_append(&sql, STR(POOLER_SQL));
    buf_append_char(&sql, '\0');
    l->backend = 0;
    ask(l, buf_str(&sql).p);
    buf_release(&sql);
    uv_timer_start(&l->timer, on_ping, PING_MS, PING_MS);
}

static void note_backend(struct db_listen *l, const PGresult *res)
{
    int backend = PQntuples(res) == 1 ? atoi(PQgetvalue(res, 0, 0)) : 0;
    if (l->backend && backend && backend != l->backend)
        pooler_report();
    l->backend = backend ? backend : l->backend;
}

static void read_results(struct db_listen *l)
{
    PGresult *res;
    while (l->owed && l->io.phase == PG_UP && !PQisBusy(l->io.pg)) {
        if (!(res = PQgetResult(l->io.pg))) {
            l->owed = false;
            break;
        }
        if (PQresultStatus(res) == PGRES_FATAL_ERROR)
            pg_conn_fail(&l->io, PQresultErrorMessage(res));
        note_backend(l, res);
        PQclear(res);
    }
    if (l->owed || l->up || l->io.phase != PG_UP)
        return;
    l->up = true;
    l->backoff_ms = 0;
    l->events.on_reconnected(l->arg);
}

static void on_input(struct pg_conn *io)
{
    struct db_listen *l = container_of(io, struct db_listen, io);
    PGnotify *n;
    CHECK_OBJ(l, DB_LISTEN_MAGIC);
    read_results(l);
    while (!l->closing && (n = PQnotifies(io->pg))) {
        l->events.on_notify(l->arg, str_cstr(n->relname), str_cstr(n->extra));
        PQfreemem(n);
    }
}

static void on_lost(struct pg_conn *io)
{
    struct db_listen *l = container_of(io, struct db_listen, io);
    bool was_up = l->up;
    l->up = l->owed = false;
    uv_timer_stop(&l->timer);
    pg_conn_close(io);
    if (was_up && l->events.on_lost)
        l->events.on_lost(l->arg);
}

static void start(struct db_listen *l);

static void on_retry(uv_timer_t *timer)
{
    struct db_listen *l;
    CAST_OBJ(l, timer->data, DB_LISTEN_MAGIC);
    start(l);
}

static void on_io_closed(struct pg_conn *io)
{
    struct db_listen *l = container_of(io, struct db_listen, io);
    if (!l->closing) {
        l->backoff_ms = l->backoff_ms ? MIN(l->backoff_ms * 2, BACKOFF_MAX_MS) : BACKOFF_MIN_MS;
        uv_timer_start(&l->timer, on_retry, l->backoff_ms / 2 + uv_hrtime() / 64 % (l->backoff_ms / 2), 0);
    }
    handle_closed(l);
}

static const struct pg_conn_events io_events = {on_up, on_input, on_lost, on_io_closed};

static void start(struct db_listen *l)
{
    l->handles++;
    pg_conn_init(&l->io, l->loop, &l->conf, &io_events, l->connect_timeout_ms, false);
    pg_conn_start(&l->io);
}

struct db_listen *db_listen_create(uv_loop_t *loop, const struct db_options *options,
    const char *const *channels, size_t nchannels, const struct db_listen_events *events, void *arg)
{
    struct db_listen *l = MEM_NEW(struct db_listen);
    CHECK(nchannels > 0 && nchannels <= DB_LISTEN_CHANNELS);
    *l = (struct db_listen){.magic = DB_LISTEN_MAGIC,
        .loop = loop,
        .events = *events,
        .arg = arg,
        .nchannels = nchannels,
        .connect_timeout_ms = options->connect_timeout_ms,
        .handles = 1};
    for (size_t i = 0; i < nchannels; i++)
        l->channels[i] = mem_strdup(channels[i]);
    pg_conf_init(&l->conf, &(struct pg_conf_options){
                               .conninfo = options->conninfo, .application_name = options->application_name});
    uv_timer_init(loop, &l->timer);
    l->timer.data = l;
    start(l);
    return l;
}

bool db_listen_is_up(const struct db_listen *l)
{
    return l->up && !pooler_found();
}

static void on_timer_closed(uv_handle_t *handle)
{
    struct db_listen *l;
    CAST_OBJ(l, handle->data, DB_LISTEN_MAGIC);
    handle_closed(l);
}

void db_listen_close(struct db_listen *l, void (*on_closed)(void *arg), void *arg)
{
    CHECK_OBJ(l, DB_LISTEN_MAGIC);
    CHECK(!l->closing);
    l->closing = true;
    l->up = false;
    l->on_closed = on_closed;
    l->on_closed_arg = arg;
    if (l->handles > 1) /* otherwise it waits for its next attempt */
        pg_conn_close(&l->io);
    uv_close((uv_handle_t *)&l->timer, on_timer_closed);
}

void db_listen_free(struct db_listen **pl)
{
    struct db_listen *l = *pl;
    if (!l)
        return;
    CHECK_OBJ(l, DB_LISTEN_MAGIC);
    CHECK(l->closing && l->handles == 0);
    pg_conf_release(&l->conf);
    for (size_t i = 0; i < l->nchannels; i++)
        mem_free(l->channels[i]);
    l->magic = 0;
    mem_free(l);
    *pl = NULL;
}
