/* lane: the connections of one lane: opened when missing or wanted, with back-off; closed when old or idle;
 * cancelled when their job is gone. SPDX-License-Identifier: ISC */
#include "db/pool.h"

#include "util/check.h"
#include "util/log.h"
#include "util/mem.h"

#include <stdio.h>

#define DB_CONN_MAGIC 0x6462636eu
#define BACKOFF_MIN_MS 50
#define BACKOFF_MAX_MS 1000 /* the server is noticed at most this long after its return */
#define SHORT_LIVED_MS 1000 /* a connection lost so soon counts as an attempt that failed */
#define RENEW_MS 1000
#define UNWANTED_US 1000000 /* how long a statement may go on for nobody where others wait behind it */
/* A stream that is one too many gives way when its client was slow for this share (in thousandths) of its
 * time, and not before it has had some. */
#define STREAM_IDLE 500u
#define STREAM_GRACE_US 1000000u
#define CONTENDED_MS 2000u
#define DRAIN_MS 5000 /* how long a cancelled query may take to stop before its connection is closed */

#define TO(state) (1u << (state))
static const unsigned legal[CONN_NSTATES] = {
    [CONN_CONNECTING] = TO(CONN_READY) | TO(CONN_CLOSING),
    [CONN_READY] = TO(CONN_BUSY) | TO(CONN_RETIRING) | TO(CONN_CLOSING),
    [CONN_BUSY] = TO(CONN_READY) | TO(CONN_DRAINING) | TO(CONN_CLOSING),
    [CONN_DRAINING] = TO(CONN_READY) | TO(CONN_CLOSING),
    [CONN_RETIRING] = TO(CONN_CLOSING),
};

/* The newest first: a READY connection used last is used next, so that the others can grow idle. */
void lane_set_state(struct db_conn *c, enum db_conn_state state)
{
    struct lane *lane = c->lane;
    CHECK(legal[c->state] & TO(state));
    list_remove(&c->link);
    lane->n[c->state]--;
    c->state = state;
    list_prepend(&lane->conns[state], &c->link);
    lane->n[state]++;
}

static unsigned usable(const struct lane *lane)
{
    return lane->n[CONN_READY] + lane->n[CONN_BUSY] + lane->n[CONN_DRAINING];
}

/* Nothing works, and the last attempt has failed. Jobs of the shared lane can go to the other one. */
bool lane_down(const struct lane *lane)
{
    if (lane->kind == DB_SHARED && usable(&lane->db->lanes[DB_EXCLUSIVE]) > 0)
        return false;
    return lane->failed && usable(lane) == 0;
}

static uint64_t jitter(uint64_t ms)
{
    return ms / 2 + uv_hrtime() / 64 % (ms / 2 + 1);
}

static void back_off(struct lane *lane)
{
    lane->backoff_ms = lane->backoff_ms ? MIN(lane->backoff_ms * 2, BACKOFF_MAX_MS) : BACKOFF_MIN_MS;
    lane->retry_ms = db_now_ms(lane->db) + jitter(lane->backoff_ms);
}

/* Certain when the server itself said FATAL: it answers in order, so what it has not answered it has not
 * done. The oldest job is the exception when all its statements are done (it may be committing), or when one
 * of them was an explicit COMMIT. */
static bool certainly_not_done(const struct db_conn *c, const struct db_entry *e, bool oldest)
{
    if (e->definite || !c->fatal)
        return e->definite;
    for (unsigned i = 0; i < e->nstmts; i++) {
        if (e->held[i] && strcmp(PQcmdStatus(e->held[i]), "COMMIT") == 0)
            return false;
    }
    return !oldest || e->at + e->got < e->nsteps;
}

/* From the newest to the oldest, so that those that wait again keep their order. */
static void salvage_all(struct db_conn *c)
{
    while (!list_empty(&c->inflight)) {
        struct db_entry *e = LIST_ENTRY(c->inflight.prev, struct db_entry, link);
        bool oldest = c->inflight.next == &e->link;
        list_remove(&e->link);
        c->depth--;
        entry_salvage(e, certainly_not_done(c, e, oldest), c->abandoned);
    }
}

static void close_conn(struct db_conn *c)
{
    struct db *db = c->lane->db;
    if (c->state == CONN_CLOSING)
        return;
    lane_set_state(c, CONN_CLOSING);
    list_remove(&c->dirty);
    list_remove(&c->kick);
    if (c->cancel)
        c->cancel->conn = NULL;
    c->cancel = NULL;
    pg_conn_close(&c->io);
    salvage_all(c);
    db_wake(db);
}

static struct db_conn *conn_of(struct pg_conn *io)
{
    struct db_conn *c = container_of(io, struct db_conn, io);
    CHECK_OBJ(c, DB_CONN_MAGIC);
    return c;
}

static void note_heard(struct db *db)
{
    db->heard_ms = db_now_ms(db);
    db->silent = false;
}

static void on_up(struct pg_conn *io)
{
    struct db_conn *c = conn_of(io);
    struct db *db = c->lane->db;
    uint64_t now = db_now_ms(db), lifetime = db->opt.lifetime_ms;
    lane_set_state(c, CONN_READY);
    c->up_ms = c->idle_ms = now;
    c->expires_ms = lifetime ? now + lifetime - lifetime / 5 + jitter(lifetime / 5) : UINT64_MAX;
    note_heard(db);
    for (unsigned i = 0; i < ARRAY_LEN(db->lanes); i++)
        db->lanes[i].backoff_ms = 0;
    c->lane->failed = c->lane->no_room = false;
    if (usable(c->lane) > c->lane->max && c->lane->kind == DB_EXCLUSIVE)
        close_conn(c); /* a probe: it has its answer */
    db_wake(db);
}

static void on_input(struct pg_conn *io)
{
    struct db_conn *c = conn_of(io);
    if (io->heard)
        note_heard(c->lane->db);
    io->heard = false;
    pipeline_read(c);
    if (UNLIKELY(c->io.received > (c->lane->kind == DB_SHARED ? c->lane->db->opt.shared_result_max
                                                              : c->lane->db->opt.row_max)))
        lane_outgrown(c);
    if (c->state == CONN_RETIRING && c->depth == 0)
        close_conn(c);
}

void lane_fail_waiting(struct lane *lane, const char *why)
{
    struct list all, *it;
    struct queue_item *item;
    list_init(&all);
    while ((item = queue_next(&lane->queue)))
        list_append(&all, &LIST_ENTRY(item, struct db_entry, wait)->link);
    while ((it = list_take_first(&all))) {
        struct db_entry *e = LIST_ENTRY(it, struct db_entry, link);
        if (e->repeats > 0 && !lane->db->closing) { /* was promised its second chance until its deadline */
            db_wait(e, lane->kind);
            continue;
        }
        e->state = ENTRY_ENDING;
        entry_unavailable(e, why);
        entry_release(e);
    }
}

/* A server that has no room is there: jobs wait until a connection of ours or of others is free. */
static void note_failure(struct lane *lane, const struct pg_conn *io)
{
    if (io->no_room)
        note_heard(lane->db);
    if (io->no_room && !lane->no_room)
        LOG(DB_CROWDED, log_cstr("error", io->error));
    lane->no_room = io->no_room;
    lane->failed = !io->no_room;
}

static void on_lost(struct pg_conn *io)
{
    struct db_conn *c = conn_of(io);
    struct lane *lane = c->lane;
    struct db *db = lane->db;
    bool was_up = c->state != CONN_CONNECTING;
    snprintf(db->error, sizeof db->error, "%s", io->error);
    if (!was_up || (!c->abandoned && db_now_ms(db) - c->up_ms < SHORT_LIVED_MS))
        back_off(lane);
    if (!was_up)
        note_failure(lane, io);
    db->stats.reconnects += was_up;
    close_conn(c);
    for (unsigned i = 0; i < ARRAY_LEN(db->lanes); i++) {
        if (lane_down(&db->lanes[i]))
            lane_fail_waiting(&db->lanes[i], "the database cannot be reached");
    }
}

static void on_closed(struct pg_conn *io)
{
    struct db_conn *c = conn_of(io);
    struct db *db = c->lane->db;
    c->lane->n[c->state]--;
    list_remove(&c->link);
    stmt_cache_release(&c->stmts);
    buf_release(&c->scratch);
    c->magic = 0;
    mem_free(c);
    db_slots_give(db->opt.slots);
    db_handle_closed(db);
}

static const struct pg_conn_events events = {on_up, on_input, on_lost, on_closed};

static _Atomic uint64_t last_id;

/* Nothing happens when the process has all the connections that it may have: whoever waits goes on waiting.
 */
static void open_conn(struct lane *lane)
{
    struct db *db = lane->db;
    if (!db_slots_take(db->opt.slots))
        return;
    struct db_conn *c = MEM_NEW(struct db_conn);
    c->magic = DB_CONN_MAGIC;
    c->lane = lane;
    c->id = ++last_id;
    c->state = CONN_CONNECTING;
    list_append(&lane->conns[c->state], &c->link);
    lane->n[c->state]++;
    list_init(&c->dirty);
    list_init(&c->kick);
    list_init(&c->inflight);
    stmt_cache_init(&c->stmts, db->opt.statements_max);
    buf_init(&c->scratch, 0);
    db->handles++;
    pg_conn_init(&c->io, db->loop, &db->conf, &events, db->opt.connect_timeout_ms, true);
    pg_conn_start(&c->io);
}

/* Connections that should be there and are not. */
static unsigned missing(const struct lane *lane)
{
    unsigned have = lane->n[CONN_CONNECTING] + usable(lane);
    if (have >= lane->max)
        return 0;
    if (lane->kind == DB_SHARED)
        return lane->max - have;
    unsigned wanted = lane->queue.nwaiting;
    if (lane->failed && usable(lane) == 0)
        wanted = MAX(wanted, 1); /* keeps asking, although jobs are refused meanwhile */
    return wanted > lane->n[CONN_CONNECTING] ? MIN(wanted - lane->n[CONN_CONNECTING], lane->max - have) : 0;
}

void lane_maintain(struct lane *lane)
{
    struct db *db = lane->db;
    unsigned n = db->closing ? 0 : missing(lane);
    if (n > 0 && lane->backoff_ms > 0)
        n = lane->n[CONN_CONNECTING] == 0 && db_now_ms(db) >= lane->retry_ms;
    while (n-- > 0)
        open_conn(lane);
}

bool lane_wants(const struct lane *lane)
{
    return missing(lane) > 0;
}

void lane_open_probe(struct lane *lane)
{
    open_conn(lane);
}

/* A shared connection is replaced before it goes, so that nobody waits for the new one. */
static void reap_shared(struct lane *lane, uint64_t now)
{
    struct db_conn *old = NULL;
    LIST_FOREACH(it, &lane->conns[CONN_READY])
    {
        struct db_conn *c = LIST_ENTRY(it, struct db_conn, link);
        if (now >= c->expires_ms)
            old = c;
    }
    if (!old)
        return;
    if (lane->n[CONN_READY] + lane->n[CONN_CONNECTING] <= lane->max) {
        if (lane->backoff_ms == 0)
            open_conn(lane);
        if (lane->n[CONN_CONNECTING] == 0 && old->depth == 0)
            close_conn(old); /* there is no room for another one beside it */
    } else if (lane->n[CONN_READY] > lane->max) {
        if (old->depth == 0)
            close_conn(old);
        else
            lane_set_state(old, CONN_RETIRING);
    }
}

static void reap_exclusive(struct lane *lane, uint64_t now)
{
    uint64_t idle_ms = lane->db->opt.idle_ms;
    LIST_FOREACH(it, &lane->conns[CONN_READY])
    {
        struct db_conn *c = LIST_ENTRY(it, struct db_conn, link);
        if (c->depth == 0 && (now >= c->expires_ms || (idle_ms && now - c->idle_ms >= idle_ms)))
            close_conn(c);
    }
    LIST_FOREACH(it, &lane->conns[CONN_DRAINING])
    {
        struct db_conn *c = LIST_ENTRY(it, struct db_conn, link);
        if (now >= c->drain_ms)
            pg_conn_fail(&c->io, "a cancelled query does not stop");
    }
}

void lane_reap(struct lane *lane)
{
    uint64_t now = db_now_ms(lane->db);
    if (lane->kind == DB_SHARED)
        reap_shared(lane, now);
    else
        reap_exclusive(lane, now);
}

static void make_ready(struct db_conn *c)
{
    struct db *db = c->lane->db;
    c->idle_ms = db_now_ms(db);
    if (c->idle_ms >= c->expires_ms || PQtransactionStatus(c->io.pg) != PQTRANS_IDLE)
        close_conn(c);
    else
        lane_set_state(c, CONN_READY);
    /* At once, or locks would be held for as long as nobody needs this connection. */
    if (UNLIKELY(c->unclean) && c->state == CONN_READY && c->io.phase == PG_UP)
        upkeep_clean(c);
    db_wake(db);
}

void lane_give_back(struct db_conn *c)
{
    if (!c->cancel)
        make_ready(c);
}

static void on_cancelled(void *arg)
{
    struct db_cancel *cancel = arg;
    struct db *db = cancel->db;
    struct db_conn *c = cancel->conn;
    list_remove(&cancel->link);
    mem_free(cancel);
    if (c) {
        c->cancel = NULL;
        db_read_clock(db);
        if (c->state == CONN_DRAINING && c->depth == 0)
            make_ready(c);
    }
    if (db->closing && list_empty(&db->cancels))
        db_end_tick(db);
    db_handle_closed(db);
}

/* False: it cannot be made. `stays`: the connection is not used before the request has been made. */
static bool cancel_what_runs(struct db_conn *c, bool stays)
{
    struct db *db = c->lane->db;
    struct db_cancel *cancel = MEM_NEW(struct db_cancel);
    *cancel = (struct db_cancel){.db = db, .conn = stays ? c : NULL};
    cancel->pg = pg_cancel_start(db->loop, c->io.pg, on_cancelled, cancel);
    if (!cancel->pg) {
        mem_free(cancel);
        return false;
    }
    if (stays)
        c->cancel = cancel;
    list_append(&db->cancels, &cancel->link);
    db->handles++;
    db->stats.cancels++;
    return true;
}

void lane_hurry_cancels(struct db *db)
{
    LIST_FOREACH(it, &db->cancels)
    pg_cancel_hurry(LIST_ENTRY(it, struct db_cancel, link)->pg);
}

void lane_cancel(struct db_conn *c)
{
    struct db *db = c->lane->db;
    if (c->state != CONN_BUSY || c->io.phase != PG_UP)
        return;
    lane_set_state(c, CONN_DRAINING);
    c->drain_ms = db_now_ms(db) + DRAIN_MS;
    if (!cancel_what_runs(c, true))
        pg_conn_fail(&c->io, "cannot cancel");
}

void lane_init(struct lane *lane, struct db *db, enum db_lane kind, unsigned max)
{
    *lane = (struct lane){.db = db, .kind = kind, .max = MAX(max, 1)};
    for (unsigned i = 0; i < CONN_NSTATES; i++)
        list_init(&lane->conns[i]);
    queue_init(&lane->queue);
}

void lane_renew_all(struct db *db)
{
    uint64_t now = db_now_ms(db);
    if (db->renewed_ms && now - db->renewed_ms < RENEW_MS)
        return;
    db->renewed_ms = now;
    for (unsigned l = 0; l < ARRAY_LEN(db->lanes); l++) {
        for (unsigned state = CONN_READY; state < CONN_RETIRING; state++) {
            LIST_FOREACH(it, &db->lanes[l].conns[state])
            {
                struct db_conn *c = LIST_ENTRY(it, struct db_conn, link);
                c->expires_ms = 0;
            }
        }
    }
    lane_reap(&db->lanes[DB_EXCLUSIVE]);
}

/* The job whose statement runs now. */
static struct db_entry *running(const struct db_conn *c)
{
    return c->current ? c->current : LIST_ENTRY(c->inflight.next, struct db_entry, link);
}

/* The results of a group come with its Sync, or when the server's buffer is full: what runs may be any of
 * those that are not complete, up to this one. */
static struct db_entry *last_that_may_run(const struct db_conn *c)
{
    struct db_entry *e = running(c);
    while (e->joined)
        e = LIST_ENTRY(e->link.next, struct db_entry, link);
    return e;
}

static bool is_known_to_run(const struct db_conn *c, const struct db_entry *e)
{
    return e == running(c) && e == last_that_may_run(c);
}

/* Only what may be repeated is in flight, and what runs is nobody's. The server has been heard of since, or
 * it would be the server that is slow. */
static bool is_unwanted(const struct db_conn *c)
{
    const struct db *db = c->lane->db;
    if (c->io.phase != PG_UP || c->depth == 0 || db->heard_ms * 1000 < c->head_us + UNWANTED_US)
        return false;
    const struct db_entry *runs = running(c);
    if (runs->job || runs->nstmts == 0)
        return false;
    LIST_FOREACH(it, &c->inflight)
    {
        const struct db_entry *e = LIST_ENTRY(it, struct db_entry, link);
        if (e->job && !e->job->read_only)
            return false;
    }
    return true;
}

/* Those that may have held up the others are timed one by one for a while. */
static void set_group_apart(const struct db_conn *c)
{
    struct db *db = c->lane->db;
    const struct db_entry *e = running(c), *last = last_that_may_run(c);
    group_set_apart(&db->apart, last->shape, db_now_ms(db));
    for (; e != last; e = LIST_ENTRY(e->link.next, struct db_entry, link))
        group_set_apart(&db->apart, e->shape, db_now_ms(db));
}

/* The statement that runs costs everybody its shared connection. */
static void note_loss(const struct db_conn *c, const struct db_entry *runs, bool large)
{
    struct db *db = c->lane->db;
    if (!large && !is_known_to_run(c, runs)) {
        set_group_apart(c);
        return;
    }
    uint64_t now_us = uv_hrtime() / 1000, took_us = now_us - MIN(c->head_us, now_us);
    pace_note(&db->pace, runs->shape, large ? db->opt.slow_us : took_us, large, db_now_ms(db));
    if (runs->source)
        pace_blame(&db->pace, runs->source, true, db_now_ms(db));
}

/* A cancel request names a session, not a statement: it is safe only when the session ends with it. The reads
 * behind are asked again elsewhere. */
void lane_drop_unwanted(struct lane *lane)
{
    LIST_FOREACH(it, &lane->conns[CONN_READY])
    {
        struct db_conn *c = LIST_ENTRY(it, struct db_conn, link);
        if (!is_unwanted(c) || !cancel_what_runs(c, false))
            continue;
        c->abandoned = true;
        note_loss(c, running(c), false);
        pg_conn_fail(&c->io, "a statement that nobody waited for did not end");
    }
}

/* What it has sent stays in its connection's FIFO, for nobody; the job waits anew. */
static void move_on(struct db_entry *e)
{
    struct db *db = e->db;
    struct db_job *job = e->job;
    struct db_entry *next = entry_take(db);
    e->job = NULL;
    wheel_remove(&e->due);
    next->job = job;
    job->entry = next;
    entry_note_stmts(next);
    next->source = e->source;
    next->shape = e->shape;
    next->deadline_ms = e->deadline_ms;
    next->acquire_ms = db_now_ms(db) + db->opt.acquire_timeout_ms;
    next->repeats = e->repeats;
    next->conflicts = e->conflicts;
    next->moved = e->moved;
    next->fresh = e->fresh;
    next->alone = e->alone;
    next->moved_on = true;
    db->stats.moved++;
    db->repeat_credit -= REPEAT_COST;
    db_wait(next, DB_EXCLUSIVE);
}

static void move_blocked(struct db_conn *c)
{
    LIST_FOREACH(it, &c->inflight)
    {
        struct db_entry *e = LIST_ENTRY(it, struct db_entry, link);
        if (!is_known_to_run(c, e) && e->job && e->job->read_only && !e->delivered && !e->moved_on &&
            c->lane->db->repeat_credit >= REPEAT_COST)
            move_on(e);
    }
}

void lane_move_blocked(struct lane *lane)
{
    struct db *db = lane->db;
    LIST_FOREACH(it, &lane->conns[CONN_READY])
    {
        struct db_conn *c = LIST_ENTRY(it, struct db_conn, link);
        if (c->io.phase == PG_UP && c->depth > 1 && db->now_us > c->head_us + db->opt.slow_us) {
            move_blocked(c);
            db_wake(db);
        }
    }
}

/* The stream of a connection, or NULL. */
static struct db_entry *stream_of(const struct db_conn *c)
{
    if (list_empty(&c->inflight))
        return NULL;
    struct db_entry *e = LIST_ENTRY(c->inflight.next, struct db_entry, link);
    return e->streams && e->job ? e : NULL;
}

static unsigned streams_of(const struct lane *lane, uint64_t source, bool any)
{
    unsigned n = 0;
    LIST_FOREACH(it, &lane->conns[CONN_BUSY])
    {
        const struct db_entry *e = stream_of(LIST_ENTRY(it, struct db_conn, link));
        n += e && (any || e->source == source);
    }
    return n;
}

/* How much of its time a stream has waited for its client, in thousandths. */
static uint64_t idleness(const struct db_entry *e, uint64_t now_us)
{
    uint64_t paused = e->paused_us + (e->paused ? now_us - e->pause_at_us : 0);
    return paused * 1000 / MAX(now_us - MIN(e->sent_us, now_us), (uint64_t)1);
}

/* Its client has kept it waiting for most of its time. */
static bool is_slow(const struct db_entry *e, uint64_t now_us)
{
    return now_us - MIN(e->sent_us, now_us) >= STREAM_GRACE_US && idleness(e, now_us) >= STREAM_IDLE;
}

/* Of the source with most streams, the one whose client is slowest; `slow`: if it is slow. */
static struct db_entry *stream_to_evict(const struct lane *lane, uint64_t now_us, bool slow)
{
    uint64_t slowest = 0;
    unsigned most = 0;
    struct db_entry *victim = NULL;
    LIST_FOREACH(it, &lane->conns[CONN_BUSY])
    {
        struct db_entry *e = stream_of(LIST_ENTRY(it, struct db_conn, link));
        if (!e || (slow && !is_slow(e, now_us)))
            continue;
        unsigned n = streams_of(lane, e->source, false);
        uint64_t idle = idleness(e, now_us);
        if (n > most || (n == most && idle >= slowest)) {
            victim = e;
            most = n;
            slowest = idle;
        }
    }
    return victim;
}

/* Somebody has waited for a connection for as long as streams should be patient with each other. */
static bool is_contended(const struct lane *lane)
{
    const struct queue_item *first = queue_first(&lane->queue);
    const struct db_entry *e = first ? LIST_ENTRY(first, struct db_entry, wait) : NULL;
    uint64_t timeout = lane->db->opt.acquire_timeout_ms;
    return e && db_now_ms(lane->db) + timeout >= e->acquire_ms + MIN(CONTENDED_MS, timeout / 2);
}

static void evict(struct db_entry *e)
{
    static const struct db_error crowded = {.message = {"other streams need the connection", 33},
        .retry_after_s = 1,
        .crowded = true,
        .stmt = -1};
    struct db_conn *c = e->conn;
    bool finish = e->job->finish;
    e->db->stats.evicted++;
    entry_finish(e, DB_UNAVAILABLE, &crowded);
    if (!finish)
        lane_cancel(c);
    entry_resume(e);
}

/* Those who read slowly go first; others only when somebody waits, or would have no connection to wait for.
 */
void lane_evict_streams(struct lane *lane)
{
    uint64_t now_us = uv_hrtime() / 1000;
    unsigned most = MAX(lane->max / 2, 1u), n;
    while ((n = streams_of(lane, 0, true)) > most) {
        struct db_entry *e = stream_to_evict(lane, now_us, true);
        if (!e && (n >= MAX(lane->max, 2u) || is_contended(lane)))
            e = stream_to_evict(lane, now_us, false);
        if (!e)
            return; /* the next tick looks again */
        evict(e);
    }
    lane->db->crowded = false;
}

/* Where nobody can hold the server back, the result is given up and asked for again as a stream; else it is
 * one row, or cannot be streamed, and is refused. */
void lane_outgrown(struct db_conn *c)
{
    struct db *db = c->lane->db;
    if (c->io.phase != PG_UP || list_empty(&c->inflight))
        return;
    struct db_entry *e = running(c);
    c->abandoned = true;
    if (c->lane->kind == DB_SHARED && e->job && e->job->stream) {
        e->large = true;
        db->stats.outgrown++;
        note_loss(c, e, true);
    } else if (e->job && (e->job->read_only || e->definite)) {
        entry_too_large(e);
    } /* else what it changed may be committed: its owner hears of a lost connection */
    pg_conn_fail(&c->io, "a result was larger than it may be");
}

void lane_close_all(struct lane *lane)
{
    lane_fail_waiting(lane, "the server is stopping");
    for (unsigned state = 0; state < CONN_CLOSING; state++) {
        while (!list_empty(&lane->conns[state])) {
            struct db_conn *c = LIST_ENTRY(lane->conns[state].next, struct db_conn, link);
            if (lane->kind == DB_EXCLUSIVE && c->depth > 0 && c->io.phase == PG_UP && !c->cancel)
                (void)cancel_what_runs(c, false);
            close_conn(c);
        }
    }
}
