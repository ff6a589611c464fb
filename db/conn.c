/* conn: the connect state machine and the pump. Each step of PQconnectPoll() gets a fresh watch, since the
 * socket may be another one after it. SPDX-License-Identifier: ISC */
#include "db/conn.h"

#include "db/meter.h"

#include "util/check.h"
#include "util/mem.h"
#include "util/str.h"

#include <netdb.h>
#include <stdio.h>
#include <sys/socket.h>

#define PG_CONN_MAGIC 0x70676373u
#define CONNECT_TIMEOUT_MS 5000    /* per address, when the options say nothing */
#define READ_MOST ((size_t)262144) /* bytes of one connection in one turn */

static void try_address(struct pg_conn *c);
static void try_target(struct pg_conn *c);

static void note_error(struct pg_conn *c, const char *message)
{
    size_t n = strlen(message);
    while (n > 0 && message[n - 1] == '\n')
        n--;
    snprintf(c->error, sizeof c->error, "%.*s", (int)n, message);
}

/* Why a server did not let us in. libpq hands on no SQLSTATE of that, only its text, which has it when asked
 * to be verbose: "FATAL:  53300: sorry, too many clients already", then a line that says where in its source.
 */
static void note_refusal(struct pg_conn *c)
{
    const char *message = PQerrorMessage(c->pg);
    c->no_room = strstr(message, ":  53300: ") != NULL;
    note_error(c, message);
    char *rest = strstr(c->error, "\nLOCATION:");
    if (rest)
        *rest = '\0';
}

static void forget_addresses(struct pg_conn *c)
{
    if (c->addresses)
        uv_freeaddrinfo(c->addresses);
    c->addresses = c->address = NULL;
}

static void drop_pg(struct pg_conn *c)
{
    watch_close(&c->watch);
    if (c->pg)
        PQfinish(c->pg);
    c->pg = NULL;
}

static void on_failed(uv_timer_t *timer)
{
    struct pg_conn *c;
    CAST_OBJ(c, timer->data, PG_CONN_MAGIC);
    c->events->on_lost(c);
}

/* on_lost comes from the timer, so that it never runs inside a verb. */
static void fail(struct pg_conn *c)
{
    CHECK(c->phase != PG_CLOSING);
    if (c->phase == PG_FAILED)
        return;
    c->phase = PG_FAILED;
    watch_close(&c->watch);
    forget_addresses(c);
    uv_timer_start(&c->timer, on_failed, 0, 0);
}

void pg_conn_fail(struct pg_conn *c, const char *why)
{
    CHECK_OBJ(c, PG_CONN_MAGIC);
    if (c->phase == PG_CLOSING || c->phase == PG_FAILED)
        return;
    note_error(c, why);
    fail(c);
}

static bool prefers_standby(const struct pg_conn *c)
{
    return c->conf->session_attrs && strcmp(c->conf->session_attrs, "prefer-standby") == 0;
}

static void next_address(struct pg_conn *c)
{
    drop_pg(c);
    if (c->address)
        c->address = c->address->ai_next;
    if (c->address) {
        try_address(c);
        return;
    }
    forget_addresses(c);
    if (++c->target == c->conf->ntargets) {
        c->target = 0;
        if (!prefers_standby(c) || c->pass++ > 0) {
            fail(c);
            return;
        }
    }
    try_target(c);
}

static void ignore_notice(void *arg, const PGresult *res) {}

static bool consume(struct pg_conn *c)
{
    struct meter m;
    meter_start(&m, READ_MOST);
    bool ok = PQconsumeInput(c->pg) == 1;
    meter_stop(&m);
    c->received += m.taken;
    return ok;
}

/* While libpq cannot write it reads, lest both sides wait for each other, and no event tells of that. */
static void flush_and_look(struct pg_conn *c)
{
    struct meter m;
    meter_start(&m, READ_MOST);
    pg_conn_flush(c);
    meter_stop(&m);
    c->received += m.taken;
    c->heard |= m.taken > 0;
    if (c->phase == PG_UP)
        c->events->on_input(c);
}

static void pump(void *arg, int events)
{
    struct pg_conn *c;
    CAST_OBJ(c, arg, PG_CONN_MAGIC);
    bool ok = true;
    if (events & UV_READABLE) {
        ok = consume(c);
        c->heard = true;
        c->events->on_input(c);
    }
    if (c->phase != PG_UP)
        return;
    if (!ok || PQstatus(c->pg) != CONNECTION_OK)
        pg_conn_fail(c, PQerrorMessage(c->pg));
    else if (events & UV_WRITABLE)
        flush_and_look(c);
}

/* What the encoder relies on, in case the settings did not get through; the server reports them unasked. */
static bool formats_ok(struct pg_conn *c)
{
    const char *date = PQparameterStatus(c->pg, "DateStyle"),
               *interval = PQparameterStatus(c->pg, "IntervalStyle");
    return (!date || strncmp(date, "ISO", 3) == 0) && (!interval || strcmp(interval, "postgres") == 0);
}

static void up(struct pg_conn *c)
{
    forget_addresses(c);
    uv_timer_stop(&c->timer);
    PQsetNoticeReceiver(c->pg, ignore_notice, NULL);
    PQsetErrorVerbosity(c->pg, PQERRORS_DEFAULT);
    c->no_room = false;
    if (PQsetnonblocking(c->pg, 1) != 0 || (c->pipeline && PQenterPipelineMode(c->pg) != 1)) {
        pg_conn_fail(c, "libpq refuses non-blocking or pipeline mode");
        return;
    }
    if (!formats_ok(c)) {
        pg_conn_fail(c,
            "the pooler drops our settings: set DateStyle to ISO and IntervalStyle to postgres for the role");
        return;
    }
    c->watch = watch_open(c->loop, PQsocket(c->pg), pump, c);
    if (!c->watch) {
        pg_conn_fail(c, "cannot watch the socket: too many open files");
        return;
    }
    c->phase = PG_UP;
    c->paused = false;
    watch_set(c->watch, UV_READABLE);
    c->events->on_up(c);
}

/* PgBouncer before 1.20 knows no `options`; its own message is the only sign libpq hands on. */
static bool options_refused(struct pg_conn *c)
{
    return !c->no_options && strstr(PQerrorMessage(c->pg), "unsupported startup parameter") != NULL;
}

static void on_connect_event(void *arg, int events)
{
    struct pg_conn *c;
    CAST_OBJ(c, arg, PG_CONN_MAGIC);
    watch_close(&c->watch);
    PostgresPollingStatusType step = PQconnectPoll(c->pg);
    if (step == PGRES_POLLING_OK) {
        up(c);
        return;
    }
    if (step == PGRES_POLLING_FAILED) {
        note_refusal(c);
        if (options_refused(c)) {
            c->no_options = true;
            drop_pg(c);
            try_address(c);
        } else {
            next_address(c);
        }
        return;
    }
    c->watch = watch_open(c->loop, PQsocket(c->pg), on_connect_event, c);
    if (c->watch)
        watch_set(c->watch, step == PGRES_POLLING_READING ? UV_READABLE : UV_WRITABLE);
    else
        pg_conn_fail(c, "cannot watch the socket: too many open files");
}

static void on_connect_timeout(uv_timer_t *timer)
{
    struct pg_conn *c;
    CAST_OBJ(c, timer->data, PG_CONN_MAGIC);
    note_error(c, "timed out while connecting");
    next_address(c);
}

static const char *session_attrs(const struct pg_conn *c)
{
    if (!prefers_standby(c))
        return c->conf->session_attrs;
    return c->pass == 0 ? "standby" : "any";
}

/* The keywords for one address of one host. */
static PGconn *start_libpq(struct pg_conn *c, const char *address)
{
    const struct pg_conf *conf = c->conf;
    const struct pg_target *t = &conf->targets[c->target];
    const char *keys[PG_CONF_KEYWORDS + 6], *values[PG_CONF_KEYWORDS + 6];
    size_t n = 0;
    for (; n < conf->n; n++) {
        keys[n] = conf->keys[n];
        values[n] = conf->values[n];
    }
    const struct {
        const char *key, *value;
    } more[] = {{"host", t->host}, {"hostaddr", address}, {"port", t->port},
        {"options", c->no_options ? NULL : conf->options}, {"target_session_attrs", session_attrs(c)}};
    for (size_t i = 0; i < ARRAY_LEN(more); i++) {
        keys[n] = more[i].key;
        values[n] = more[i].value;
        n += more[i].value != NULL;
    }
    keys[n] = values[n] = NULL;
    return PQconnectStartParams(keys, values, 0);
}

static void try_address(struct pg_conn *c)
{
    char numeric[NI_MAXHOST];
    const char *address = c->conf->targets[c->target].hostaddr;
    c->phase = PG_CONNECTING;
    if (c->address) {
        int r = getnameinfo(
            c->address->ai_addr, c->address->ai_addrlen, numeric, sizeof numeric, NULL, 0, NI_NUMERICHOST);
        if (r != 0) {
            note_error(c, gai_strerror(r));
            next_address(c);
            return;
        }
        address = numeric;
    }
    c->pg = start_libpq(c, address);
    if (!c->pg || PQstatus(c->pg) == CONNECTION_BAD) {
        note_error(c, c->pg ? PQerrorMessage(c->pg) : "out of memory");
        next_address(c);
        return;
    }
    PQsetErrorVerbosity(c->pg, PQERRORS_VERBOSE); /* see note_refusal() */
    uv_timer_start(&c->timer, on_connect_timeout, c->connect_timeout_ms, 0);
    c->watch = watch_open(c->loop, PQsocket(c->pg), on_connect_event, c);
    if (c->watch)
        watch_set(c->watch, UV_WRITABLE);
    else
        pg_conn_fail(c, "cannot watch the socket: too many open files");
}

static void maybe_closed(struct pg_conn *c)
{
    if (!c->timer_closed || c->looking_up)
        return;
    drop_pg(c);
    forget_addresses(c);
    c->magic = 0;
    c->events->on_closed(c);
}

static void on_lookup(uv_getaddrinfo_t *lookup, int status, struct addrinfo *addresses)
{
    struct pg_conn *c;
    CAST_OBJ(c, lookup->data, PG_CONN_MAGIC);
    c->looking_up = false;
    if (c->phase != PG_RESOLVING) {
        uv_freeaddrinfo(addresses);
        if (c->phase == PG_CLOSING)
            maybe_closed(c);
        return;
    }
    if (status != 0) {
        snprintf(c->error, sizeof c->error, "could not translate host name \"%s\": %s",
            c->conf->targets[c->target].host, uv_strerror(status));
        next_address(c);
        return;
    }
    c->addresses = c->address = addresses;
    try_address(c);
}

static void on_lookup_timeout(uv_timer_t *timer)
{
    struct pg_conn *c;
    CAST_OBJ(c, timer->data, PG_CONN_MAGIC);
    pg_conn_fail(c, "timed out while looking up the host name");
}

/* A path or an abstract socket needs no lookup, nor does a host whose address is given. */
static void try_target(struct pg_conn *c)
{
    const struct pg_target *t = &c->conf->targets[c->target];
    if (!t->host || t->hostaddr || t->host[0] == '/' || t->host[0] == '@') {
        try_address(c);
        return;
    }
    static const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_family = AF_UNSPEC};
    c->phase = PG_RESOLVING;
    c->lookup.data = c;
    if (c->looking_up || uv_getaddrinfo(c->loop, &c->lookup, on_lookup, t->host, NULL, &hints) != 0) {
        pg_conn_fail(c, "cannot look up the host name");
        return;
    }
    c->looking_up = true;
    uv_timer_start(&c->timer, on_lookup_timeout, c->connect_timeout_ms, 0);
}

void pg_conn_init(struct pg_conn *c, uv_loop_t *loop, const struct pg_conf *conf,
    const struct pg_conn_events *events, uint64_t connect_timeout_ms, bool pipeline)
{
    *c = (struct pg_conn){.magic = PG_CONN_MAGIC,
        .pipeline = pipeline,
        .loop = loop,
        .conf = conf,
        .events = events,
        .connect_timeout_ms = connect_timeout_ms ? connect_timeout_ms : CONNECT_TIMEOUT_MS};
    uv_timer_init(loop, &c->timer);
    c->timer.data = c;
}

void pg_conn_start(struct pg_conn *c)
{
    CHECK_OBJ(c, PG_CONN_MAGIC);
    CHECK(c->phase == PG_IDLE);
    if (c->conf->error)
        pg_conn_fail(c, c->conf->error);
    else
        try_target(c);
}

static void watch_for(struct pg_conn *c, bool writable)
{
    watch_set(c->watch, (c->paused ? 0 : UV_READABLE) | (writable ? UV_WRITABLE : 0));
}

void pg_conn_flush(struct pg_conn *c)
{
    CHECK_OBJ(c, PG_CONN_MAGIC);
    if (c->phase != PG_UP)
        return;
    int r = PQflush(c->pg);
    if (r < 0)
        pg_conn_fail(c, PQerrorMessage(c->pg));
    else
        watch_for(c, r > 0);
}

void pg_conn_pause(struct pg_conn *c, bool paused)
{
    CHECK_OBJ(c, PG_CONN_MAGIC);
    c->paused = paused;
    if (c->phase == PG_UP)
        pg_conn_flush(c);
}

static void on_timer_closed(uv_handle_t *handle)
{
    struct pg_conn *c;
    CAST_OBJ(c, handle->data, PG_CONN_MAGIC);
    c->timer_closed = true;
    maybe_closed(c);
}

/* The PGconn lives until the close callback: the caller may be inside a loop over its results. */
void pg_conn_close(struct pg_conn *c)
{
    CHECK_OBJ(c, PG_CONN_MAGIC);
    if (c->phase == PG_CLOSING)
        return;
    c->phase = PG_CLOSING;
    watch_close(&c->watch);
    if (c->looking_up)
        uv_cancel((uv_req_t *)&c->lookup);
    uv_close((uv_handle_t *)&c->timer, on_timer_closed);
}
