/* watch: listening, and who does what when. SPDX-License-Identifier: ISC */
#include "handlers/watch.h"

#include "db/listen.h"
#include "handlers/config_watch.h"
#include "schema/reload.h"
#include "util/caller.h"
#include "util/check.h"
#include "util/log.h"
#include "util/mem.h"

#include <signal.h>

#define WATCH_MAGIC 0x77617463u
#define OWN_CHANNEL "bobbin"
/* Reloads by notification: so many at once, as migrations of many statements ask for, then one each half
 * second. What comes within the debounce of the last one is part of it. */
#define NOTIFY_BURST 20u
#define NOTIFY_INTERVAL_US ((uint64_t)500000)
#define JOIN_US ((uint64_t)RELOAD_DEBOUNCE_MS * 1000)

struct watch {
    unsigned magic;
    struct server *server;
    struct schema_watch *schema;
    struct config_watch *configs;
    struct db_listen *listen;     /* NULL: db-channel-enabled is off */
    struct db_options options;    /* of the connection that listens, but for conninfo */
    const struct config *config;  /* what is in effect: a reference */
    const struct config *pending; /* waits for its catalog: a reference, or NULL */
    uv_timer_t patience;
    uv_timer_t calm;      /* until notifications are granted again */
    unsigned notified;    /* what they ask for, and have not been granted */
    uint64_t granted_us;  /* when the last turn was; 0: never */
    caller_rate notifies; /* of turns */
    bool relisten;        /* the old one is being closed, for another channel */
    bool configured;      /* the configuration was read once */
    bool schema_wished;   /* when the configuration is read */
    bool stopping;
    unsigned closing; /* parts whose close is awaited */
    void (*on_closed)(void *arg);
    void *closed_arg;
};

static void wish(struct watch *w, unsigned what)
{
    if (w->stopping)
        return;
    w->schema_wished = w->schema_wished || (what & RELOAD_SCHEMA);
    if (what & RELOAD_CONFIG) {
        config_watch_request(w->configs);
    } else if (w->configured && w->schema_wished) {
        w->schema_wished = false;
        schema_watch_reload(w->schema);
    }
}

/* Listening */

static uint64_t now_us(const struct watch *w)
{
    return uv_now(w->calm.loop) * 1000;
}

static void on_calm(uv_timer_t *timer);

/* Whoever may run SQL may notify: what is wished for too often waits, all of it for one turn. What comes at
 * once is one turn as well. */
static void grant_or_wait(struct watch *w)
{
    uint64_t wait = 0, now = now_us(w);
    bool joins = w->granted_us && now - w->granted_us < JOIN_US;
    unsigned what = w->notified;
    if (what == RELOAD_NOTHING || uv_is_active((uv_handle_t *)&w->calm))
        return;
    if (!joins && !caller_rate_take(&w->notifies, now, NOTIFY_INTERVAL_US, NOTIFY_BURST, &wait)) {
        LOG(RELOAD_STORM, log_ms("wait_ms", wait));
        CHECK(uv_timer_start(&w->calm, on_calm, wait / 1000 + 1, 0) == 0);
        return;
    }
    w->granted_us = joins ? w->granted_us : now;
    w->notified = RELOAD_NOTHING;
    wish(w, what);
}

static void on_calm(uv_timer_t *timer)
{
    struct watch *w;
    CAST_OBJ(w, timer->data, WATCH_MAGIC);
    grant_or_wait(w);
}

static void on_notify(void *arg, struct str channel, struct str payload)
{
    struct watch *w;
    CAST_OBJ(w, arg, WATCH_MAGIC);
    (void)channel;
    w->notified |= reload_wish(payload);
    grant_or_wait(w);
}

static void on_reconnected(void *arg)
{
    struct watch *w;
    CAST_OBJ(w, arg, WATCH_MAGIC);
    uv_timer_stop(&w->patience);
    wish(w, RELOAD_SCHEMA | RELOAD_CONFIG);
}

static void on_impatient(uv_timer_t *timer)
{
    struct watch *w;
    CAST_OBJ(w, timer->data, WATCH_MAGIC);
    wish(w, RELOAD_SCHEMA | RELOAD_CONFIG);
}

static void start_listening(struct watch *w)
{
    static const struct db_listen_events events = {.on_notify = on_notify, .on_reconnected = on_reconnected};
    const struct config *c = w->config;
    const char *channels[] = {OWN_CHANNEL, c->db_channel.p};
    size_t n = c->db_channel.n && !str_eq_cstr(c->db_channel, OWN_CHANNEL) ? 2 : 1;
    if (!c->db_channel_enabled)
        return;
    w->options.conninfo = c->db_uri.p;
    w->listen = db_listen_create(w->patience.loop, &w->options, channels, n, &events, w);
}

static void on_part_closed(void *arg)
{
    struct watch *w;
    CAST_OBJ(w, arg, WATCH_MAGIC);
    CHECK(w->closing > 0);
    if (--w->closing > 0)
        return;
    void (*on_closed)(void *arg) = w->on_closed;
    void *closed_arg = w->closed_arg;
    config_unref(w->config);
    config_unref(w->pending);
    w->magic = 0;
    mem_free(w);
    on_closed(closed_arg);
}

static void on_listen_closed(void *arg)
{
    struct watch *w;
    CAST_OBJ(w, arg, WATCH_MAGIC);
    db_listen_free(&w->listen);
    w->relisten = false;
    if (w->stopping)
        on_part_closed(w);
    else
        start_listening(w);
}

static void listen_anew(struct watch *w)
{
    if (!w->listen) {
        start_listening(w);
    } else if (!w->relisten) {
        w->relisten = true;
        db_listen_close(w->listen, on_listen_closed, w);
    }
}

/* The configuration */

static void apply(struct watch *w, const struct config *c)
{
    const struct config *old = w->config;
    bool channel =
        old->db_channel_enabled != c->db_channel_enabled || !str_eq(old->db_channel, c->db_channel);
    w->config = config_ref(c);
    if (!config_same(old, c)) /* each worker would empty its caches */
        server_set_config(w->server, c);
    log_set_level((enum log_level)c->log_level);
    log_set_format((enum log_format)c->log_format);
    if (channel)
        listen_anew(w);
    config_unref(old);
}

static void hold(struct watch *w, const struct config *c)
{
    config_unref(w->pending);
    w->pending = config_ref(c);
}

static void on_config(void *arg, const struct config *c)
{
    struct watch *w;
    CAST_OBJ(w, arg, WATCH_MAGIC);
    bool other = c && schema_watch_configure(w->schema, c);
    if (c && schema_watch_loads(w->schema) > 0 && (other || w->pending))
        hold(w, c);
    else if (c)
        apply(w, c);
    w->configured = true;
    wish(w, RELOAD_NOTHING);
}

static void on_schema(void *arg)
{
    struct watch *w;
    CAST_OBJ(w, arg, WATCH_MAGIC);
    if (!w->pending)
        return;
    apply(w, w->pending);
    config_unref(w->pending);
    w->pending = NULL;
}

/* Life */

static void on_signal(void *arg, int signum)
{
    struct watch *w;
    CAST_OBJ(w, arg, WATCH_MAGIC);
    wish(w, signum == SIGUSR1   ? RELOAD_SCHEMA
            : signum == SIGUSR2 ? RELOAD_CONFIG
                                : RELOAD_SCHEMA | RELOAD_CONFIG);
}

struct watch *watch_start(struct server *server, struct schema_watch *schema,
    const struct config_source *source, uv_loop_t *loop, struct db *db, const struct db_options *options,
    struct metrics *metrics)
{
    struct watch *w = MEM_NEW(struct watch);
    w->magic = WATCH_MAGIC;
    w->server = server;
    w->schema = schema;
    w->options = *options;
    w->config = config_ref(server_config(server));
    CHECK(uv_timer_init(loop, &w->patience) == 0);
    w->patience.data = w;
    CHECK(uv_timer_init(loop, &w->calm) == 0);
    w->calm.data = w;
    schema_watch_start(schema, loop, db, w->config, metrics, on_schema, w);
    w->configs = config_watch_start(loop, db, source, w->config, on_config, w);
    server_on_reload(server, on_signal, w);
    start_listening(w);
    CHECK(uv_timer_start(&w->patience, on_impatient, w->listen ? WATCH_LISTEN_MS : 0, 0) == 0);
    return w;
}

static void on_timer_closed(uv_handle_t *handle)
{
    on_part_closed(handle->data);
}

void watch_stop(struct watch **wp, void (*on_closed)(void *arg), void *arg)
{
    struct watch *w = *wp;
    *wp = NULL;
    CHECK_OBJ(w, WATCH_MAGIC);
    w->stopping = true;
    w->on_closed = on_closed;
    w->closed_arg = arg;
    w->closing = 3 + (w->listen != NULL);
    server_on_reload(w->server, NULL, NULL);
    schema_watch_stop(w->schema);
    config_watch_stop(&w->configs, on_part_closed, w);
    if (w->listen && !w->relisten)
        db_listen_close(w->listen, on_listen_closed, w);
    uv_close((uv_handle_t *)&w->patience, on_timer_closed);
    uv_close((uv_handle_t *)&w->calm, on_timer_closed);
}
