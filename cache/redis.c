/* redis: the breaker, deadlines and commands above one link at a time. SPDX-License-Identifier: ISC */
#include "cache/redis.h"

#include "cache/redis_link.h"
#include "cache/redis_uri.h"
#include "util/check.h"
#include "util/list.h"
#include "util/mem.h"

#include <stdio.h>

#define REDIS_MAGIC 0x72656469u
#define COMMAND_MAGIC 0x72636d64u

#define HEARTBEAT_MS 1000
#define HEARTBEAT_SUSPICIOUS_MS 100 /* after a missed deadline */
#define MISSES_MAX 3
#define BACKOFF_MIN_MS 100
#define BACKOFF_MAX_MS 2000
#define STEADY_MS 2000 /* READY for so long forgives earlier failures */

/* A command that hiredis will call back for. */
struct command {
    unsigned magic;
    struct list link; /* of redis.waiting; on no list once its deadline has passed */
    redis_cb cb;      /* NULL: nobody waits any more */
    void *arg;
    uint64_t deadline_ms;
};

struct redis {
    unsigned magic;
    uv_loop_t *loop;
    struct arena arena; /* of the URI */
    struct redis_uri uri;
    uint64_t command_timeout_ms, connect_timeout_ms;
    size_t max_pending;
    struct redis_link *link;  /* NULL: none, or going */
    uv_getaddrinfo_t *lookup; /* heap-allocated, freed in its callback; NULL: none */
    uv_timer_t timer;         /* DOWN: until the next probe; PROBING: connect deadline; READY: heartbeat */
    uv_timer_t deadline;      /* of the oldest command; runs only while one waits */
    struct list waiting;      /* struct command, oldest first */
    unsigned misses;          /* loop turns with missed deadlines since the last answer in time */
    unsigned failures;        /* times DOWN without having been steady */
    uint64_t ready_at_ms, pinged_at_ns;
    unsigned open; /* handles and links whose end we wait for before the memory can go */
    struct redis_stats stats;
    void (*done)(void *arg);
    void *done_arg;
};

static void probe(struct redis *r);
static void trip(struct redis *r, const char *reason);

/* ---- life ---- */

static void on_timer(uv_timer_t *timer);

struct redis *redis_create(uv_loop_t *loop, const struct redis_options *options, char *error, size_t size)
{
    struct redis *r = MEM_NEW(struct redis);
    const char *why;
    arena_init(&r->arena, 0);
    if (!redis_uri_parse(&r->uri, &r->arena, options->uri, &why)) {
        snprintf(error, size, "redis-uri: %s", why);
        arena_release(&r->arena);
        mem_free(r);
        return NULL;
    }
    r->magic = REDIS_MAGIC;
    r->loop = loop;
    r->command_timeout_ms = options->command_timeout_ms ? options->command_timeout_ms : 50;
    r->connect_timeout_ms = options->connect_timeout_ms ? options->connect_timeout_ms : 1000;
    r->max_pending = options->max_pending ? options->max_pending : 1024;
    list_init(&r->waiting);
    CHECK(uv_timer_init(loop, &r->timer) == 0 && uv_timer_init(loop, &r->deadline) == 0);
    r->timer.data = r->deadline.data = r;
    r->open = 2;
    probe(r);
    return r;
}

static void release(struct redis *r)
{
    CHECK(r->open > 0);
    if (--r->open > 0)
        return;
    CHECK(r->stats.state == REDIS_STATE_STOPPED && !r->lookup && !r->link && r->stats.pending == 0);
    void (*done)(void *) = r->done;
    void *arg = r->done_arg;
    arena_release(&r->arena);
    r->magic = 0;
    mem_free(r);
    if (done)
        done(arg);
}

static void on_timer_closed(uv_handle_t *handle)
{
    struct redis *r;
    CAST_OBJ(r, handle->data, REDIS_MAGIC);
    release(r);
}

static void drop_link(struct redis *r)
{
    struct redis_link *l = r->link;
    r->link = NULL;
    if (l)
        redis_link_drop(l);
}

void redis_close(struct redis **pr, void (*done)(void *arg), void *arg)
{
    struct redis *r = *pr;
    CHECK_OBJ(r, REDIS_MAGIC);
    CHECK(r->stats.state != REDIS_STATE_STOPPED);
    *pr = NULL;
    r->stats.state = REDIS_STATE_STOPPED;
    r->done = done;
    r->done_arg = arg;
    uv_close((uv_handle_t *)&r->timer, on_timer_closed);
    uv_close((uv_handle_t *)&r->deadline, on_timer_closed);
    if (r->lookup)
        (void)uv_cancel((uv_req_t *)r->lookup);
    drop_link(r);
}

/* ---- commands ---- */

static void count(struct redis *r, enum redis_result result)
{
    switch (result) {
    case REDIS_ANSWERED: r->stats.answered++; break;
    case REDIS_REFUSED: r->stats.refused++; break;
    case REDIS_TIMED_OUT: r->stats.timed_out++; break;
    case REDIS_LOST: r->stats.lost++; break;
    }
}

/* Tells whoever waits; the command itself stays until hiredis is done with it. */
static void settle(
    struct redis *r, struct command *c, enum redis_result result, const struct redis_reply *reply)
{
    redis_cb cb = c->cb;
    c->cb = NULL;
    list_remove(&c->link);
    count(r, result);
    if (cb)
        cb(c->arg, result, reply);
}

/* Error replies after which this Redis is of no use for now; the next probe looks the name up again. */
static bool is_useless(struct str error)
{
    return str_starts(error, STR("LOADING ")) || str_starts(error, STR("READONLY ")) ||
           str_starts(error, STR("MASTERDOWN ")) || str_starts(error, STR("NOAUTH "));
}

static void on_reply(void *arg, void *command, const struct redis_reply *reply)
{
    struct redis *r;
    struct command *c;
    CAST_OBJ(r, arg, REDIS_MAGIC);
    CAST_OBJ(c, command, COMMAND_MAGIC);
    CHECK(r->stats.pending > 0);
    r->stats.pending--;
    bool in_time = !list_empty(&c->link), useless = false;
    if (reply && reply->kind == REDIS_KIND_ERROR)
        useless = is_useless(reply->text);
    if (reply && in_time)
        r->misses = 0;
    if (in_time)
        settle(r, c,
            !reply                            ? REDIS_LOST
            : reply->kind == REDIS_KIND_ERROR ? REDIS_REFUSED
                                              : REDIS_ANSWERED,
            reply);
    c->magic = 0;
    mem_free(c);
    if (useless && r->stats.state == REDIS_STATE_READY) {
        char reason[sizeof r->stats.error];
        snprintf(reason, sizeof reason, "%.*s", STR_ARG(reply->text));
        trip(r, reason);
    }
}

static void on_deadline(uv_timer_t *timer);

static void watch_deadline(struct redis *r)
{
    if (list_empty(&r->waiting) || uv_is_active((uv_handle_t *)&r->deadline))
        return;
    const struct command *oldest = LIST_ENTRY(r->waiting.next, struct command, link);
    uint64_t now = uv_now(r->loop);
    uv_timer_start(&r->deadline, on_deadline, oldest->deadline_ms > now ? oldest->deadline_ms - now : 1, 0);
}

static bool send_command(
    struct redis *r, const struct str *argv, size_t n, redis_cb cb, void *arg, uint64_t timeout_ms)
{
    struct command *c = MEM_NEW(struct command);
    *c = (struct command){
        .magic = COMMAND_MAGIC, .cb = cb, .arg = arg, .deadline_ms = uv_now(r->loop) + timeout_ms};
    if (!redis_link_send(r->link, argv, n, c)) {
        mem_free(c);
        return false;
    }
    list_append(&r->waiting, &c->link);
    r->stats.pending++;
    r->stats.commands++;
    return true;
}

/* Takes the commands off the list whose time is over; returns how many. A callback may close r. */
static size_t expire(struct redis *r, uint64_t now)
{
    size_t expired = 0;
    while (r->stats.state == REDIS_STATE_READY && !list_empty(&r->waiting)) {
        struct command *c = LIST_ENTRY(r->waiting.next, struct command, link);
        if (c->deadline_ms > now)
            break;
        settle(r, c, REDIS_TIMED_OUT, NULL);
        expired++;
    }
    return expired;
}

/* The loop may have been busy rather than Redis slow: answers that are here already count as in time. */
static void on_deadline(uv_timer_t *timer)
{
    struct redis *r;
    CAST_OBJ(r, timer->data, REDIS_MAGIC);
    if (r->link)
        redis_link_poke(r->link);
    if (r->stats.state != REDIS_STATE_READY)
        return;
    if (expire(r, uv_now(r->loop)) > 0)
        r->misses++;
    if (r->stats.state != REDIS_STATE_READY)
        return;
    if (r->misses >= MISSES_MAX)
        trip(r, "no answer in time");
    else
        watch_deadline(r);
}

bool redis_command(struct redis *r, const struct str *argv, size_t n, redis_cb cb, void *arg)
{
    CHECK_OBJ(r, REDIS_MAGIC);
    if (r->stats.state != REDIS_STATE_READY || r->stats.pending >= r->max_pending ||
        !send_command(r, argv, n, cb, arg, r->command_timeout_ms)) {
        r->stats.rejected++;
        return false;
    }
    watch_deadline(r);
    return true;
}

void redis_set_timeout(struct redis *r, unsigned ms)
{
    r->command_timeout_ms = ms ? ms : 50;
}

void redis_flush(struct redis *r)
{
    CHECK_OBJ(r, REDIS_MAGIC);
    if (r->link)
        redis_link_flush(r->link);
}

/* ---- heartbeat ---- */

static void on_pong(void *arg, enum redis_result result, const struct redis_reply *reply)
{
    struct redis *r;
    CAST_OBJ(r, arg, REDIS_MAGIC);
    if (result == REDIS_ANSWERED)
        r->stats.rtt_us = (uv_hrtime() - r->pinged_at_ns) / 1000;
}

static void beat(struct redis *r)
{
    r->pinged_at_ns = uv_hrtime();
    if (redis_command(r, (const struct str[]){STR("PING")}, 1, on_pong, r))
        redis_flush(r);
    if (r->stats.state == REDIS_STATE_READY)
        uv_timer_start(&r->timer, on_timer, r->misses ? HEARTBEAT_SUSPICIOUS_MS : HEARTBEAT_MS, 0);
}

/* ---- the breaker ---- */

static uint64_t backoff_ms(const struct redis *r)
{
    uint64_t ms = BACKOFF_MIN_MS;
    for (unsigned i = 1; i < r->failures && ms < BACKOFF_MAX_MS; i++)
        ms *= 2;
    ms = MIN(ms, BACKOFF_MAX_MS);
    return ms - ms / 4 +
           uv_hrtime() / 1000 % (ms / 2); /* +- a quarter, so that loops do not knock together */
}

/* READY or PROBING becomes DOWN. */
static void trip(struct redis *r, const char *reason)
{
    CHECK(r->stats.state == REDIS_STATE_READY || r->stats.state == REDIS_STATE_PROBING);
    if (r->stats.state == REDIS_STATE_READY) {
        r->stats.trips++;
        if (uv_now(r->loop) - r->ready_at_ms >= STEADY_MS)
            r->failures = 0;
    }
    r->failures++;
    r->misses = 0;
    r->stats.state = REDIS_STATE_DOWN;
    snprintf(r->stats.error, sizeof r->stats.error, "%s", reason);
    if (r->lookup)
        (void)uv_cancel((uv_req_t *)r->lookup);
    uv_timer_stop(&r->deadline);
    uv_timer_start(&r->timer, on_timer, backoff_ms(r), 0);
    drop_link(r);
}

/* Of a link that broke, or that trip() or redis_close() dropped. */
static void on_down(void *arg, const char *reason)
{
    struct redis *r;
    CAST_OBJ(r, arg, REDIS_MAGIC);
    if (!r->link)
        return;
    r->link = NULL;
    trip(r, reason);
}

static void on_link_freed(void *arg)
{
    struct redis *r;
    CAST_OBJ(r, arg, REDIS_MAGIC);
    release(r);
}

static const struct redis_link_events link_events = {on_reply, on_down, on_link_freed};

/* ---- probing: lookup, connect, log in, PING ---- */

static void on_login(void *arg, enum redis_result result, const struct redis_reply *reply)
{
    struct redis *r;
    CAST_OBJ(r, arg, REDIS_MAGIC);
    char reason[sizeof r->stats.error];
    if (result != REDIS_REFUSED || r->stats.state != REDIS_STATE_PROBING)
        return;
    snprintf(reason, sizeof reason, "%.*s", STR_ARG(reply->text));
    trip(r, reason);
}

static void on_first_pong(void *arg, enum redis_result result, const struct redis_reply *reply)
{
    struct redis *r;
    CAST_OBJ(r, arg, REDIS_MAGIC);
    on_login(arg, result, reply);
    if (result != REDIS_ANSWERED || r->stats.state != REDIS_STATE_PROBING)
        return;
    r->stats.state = REDIS_STATE_READY;
    r->stats.connects++;
    r->ready_at_ms = uv_now(r->loop);
    beat(r);
}

/* All at once, sent when the connection is made. */
static bool log_in(struct redis *r)
{
    char db[24];
    struct str auth[3] = {STR("AUTH"), r->uri.user.p ? r->uri.user : r->uri.password, r->uri.password};
    struct str select[2] = {STR("SELECT"), str_make(db, 0)}, ping[1] = {STR("PING")};
    uint64_t timeout = r->connect_timeout_ms;
    if (r->uri.password.p && !send_command(r, auth, r->uri.user.p ? 3 : 2, on_login, r, timeout))
        return false;
    select[1].n = (size_t)snprintf(db, sizeof db, "%llu", (unsigned long long)r->uri.db);
    if (r->uri.db > 0 && !send_command(r, select, 2, on_login, r, timeout))
        return false;
    return send_command(r, ping, 1, on_first_pong, r, timeout);
}

static void connect_link(struct redis *r, const char *host)
{
    char reason[sizeof r->stats.error];
    uint64_t port = 0;
    if (host)
        CHECK(str_to_u64(str_cstr(r->uri.port), &port));
    r->link = redis_link_open(r->loop, host, (int)port, r->uri.path, &link_events, r, reason, sizeof reason);
    if (!r->link) {
        trip(r, reason);
        return;
    }
    r->open++;
    if (!log_in(r))
        trip(r, "cannot log in");
}

/* One address an attempt, the next one after each failure: "localhost" often names ::1 first. */
static int pick_address(const struct redis *r, const struct addrinfo *found, char *host, size_t size)
{
    const struct addrinfo *at = found;
    for (unsigned i = 0; i < r->failures; i++)
        at = at->ai_next ? at->ai_next : found;
    return uv_ip_name(at->ai_addr, host, size);
}

static void on_lookup(uv_getaddrinfo_t *lookup, int status, struct addrinfo *found)
{
    struct redis *r;
    char host[INET6_ADDRSTRLEN] = "", reason[sizeof r->stats.error];
    CAST_OBJ(r, lookup->data, REDIS_MAGIC);
    bool current = r->lookup == lookup && r->stats.state == REDIS_STATE_PROBING;
    if (r->lookup == lookup)
        r->lookup = NULL;
    if (status == 0)
        status = pick_address(r, found, host, sizeof host);
    uv_freeaddrinfo(found);
    mem_free(lookup);
    if (current && status == 0) {
        connect_link(r, host);
    } else if (current) {
        snprintf(reason, sizeof reason, "name lookup: %s", uv_strerror(status));
        trip(r, reason);
    }
    release(r);
}

static void start_lookup(struct redis *r)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    uv_getaddrinfo_t *lookup = MEM_NEW(uv_getaddrinfo_t);
    lookup->data = r;
    int status = uv_getaddrinfo(r->loop, lookup, on_lookup, r->uri.host, r->uri.port, &hints);
    if (status != 0) {
        mem_free(lookup);
        trip(r, uv_strerror(status));
        return;
    }
    r->lookup = lookup;
    r->open++;
}

static bool is_numeric(const char *host)
{
    struct in6_addr address;
    return uv_inet_pton(AF_INET, host, &address) == 0 || uv_inet_pton(AF_INET6, host, &address) == 0;
}

static void probe(struct redis *r)
{
    r->stats.state = REDIS_STATE_PROBING;
    uv_timer_start(&r->timer, on_timer, r->connect_timeout_ms, 0);
    if (r->uri.path || is_numeric(r->uri.host))
        connect_link(r, r->uri.host);
    else
        start_lookup(r);
}

static void on_timer(uv_timer_t *timer)
{
    struct redis *r;
    CAST_OBJ(r, timer->data, REDIS_MAGIC);
    switch (r->stats.state) {
    case REDIS_STATE_DOWN: probe(r); break;
    case REDIS_STATE_PROBING: trip(r, "connecting took too long"); break;
    case REDIS_STATE_READY: beat(r); break;
    case REDIS_STATE_STOPPED: break;
    }
}

/* ---- looking ---- */

bool redis_ready(const struct redis *r)
{
    CHECK_OBJ(r, REDIS_MAGIC);
    return r->stats.state == REDIS_STATE_READY && r->stats.pending < r->max_pending;
}

struct redis_stats redis_stats(const struct redis *r)
{
    CHECK_OBJ(r, REDIS_MAGIC);
    return r->stats;
}

const char *redis_state_name(enum redis_state state)
{
    static const char *const names[] = {"probing", "ready", "down", "stopped"};
    CHECK((size_t)state < ARRAY_LEN(names));
    return names[state];
}
