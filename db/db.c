/* db: what db.h promises: submit, flush, abandon, close; dispatching to lanes; the tick that watches
 * deadlines, silence and age. SPDX-License-Identifier: ISC */
#include "db/pool.h"

#include "util/check.h"
#include "util/map.h"
#include "util/mem.h"

#define TICK_FAST_MS WHEEL_TICK_MS /* while jobs are under way or connections missing */
#define TICK_IDLE_MS 500
#define PROBE_MS 1000    /* unanswered for so long: ask on another connection */
#define SILENT_MS 2000   /* and nothing heard at all for so long: the server is not there */
#define CLOSE_MS 1000    /* a server that is asked to cancel something has this long to do it when we stop */
#define PARAMS_MAX 65535 /* the protocol counts them in 16 bits */

const char *db_rows_value(const struct db_rows *rows, int row, int col, size_t *len)
{
    const PGresult *res = rows->res;
    if (PQgetisnull(res, row, col))
        return NULL;
    *len = (size_t)PQgetlength(res, row, col);
    return PQgetvalue(res, row, col);
}

uint32_t db_rows_type(const struct db_rows *rows, int col)
{
    return PQftype(rows->res, col);
}

void db_stmt_init(struct db_stmt *s, struct str sql, const char *const *params, int nparams, struct str salt)
{
    *s = (struct db_stmt){.sql = sql, .params = params, .nparams = nparams, .key = hash_bytes(sql)};
    if (salt.n)
        s->key = s->key * 31 + hash_bytes(salt);
}

void db_job_init(struct db_job *job)
{
    memset(job, 0, offsetof(struct db_job, few));
    job->magic = DB_JOB_MAGIC;
    job->stmts = job->few;
    job->room = DB_JOB_FEW;
    list_init(&job->link);
}

void db_job_widen(struct db_job *job, struct db_stmt *stmts)
{
    CHECK(job->stmts == job->few);
    memcpy(stmts, job->few, (size_t)job->nstmts * sizeof *stmts);
    job->stmts = stmts;
    job->room = DB_JOB_STMTS;
}

bool db_slots_take(struct db_slots *s)
{
    unsigned used = s ? atomic_load_explicit(&s->used, memory_order_relaxed) : 0;
    while (s && used < s->max) {
        if (atomic_compare_exchange_weak_explicit(
                &s->used, &used, used + 1, memory_order_relaxed, memory_order_relaxed))
            return true;
    }
    return !s;
}

void db_slots_give(struct db_slots *s)
{
    if (s)
        atomic_fetch_sub_explicit(&s->used, 1, memory_order_relaxed);
}

static void on_idle(uv_idle_t *idle) {}

void db_wake(struct db *db)
{
    if (db->idling || db->closing)
        return;
    db->idling = true;
    uv_idle_start(&db->idle, on_idle);
}

/* The age of the oldest answer the server owes us. Whoever is paused owes it to his client. */
static uint64_t oldest_owed_ms(const struct db *db)
{
    uint64_t oldest = UINT64_MAX, now = uv_hrtime() / 1000;
    for (unsigned l = 0; l < ARRAY_LEN(db->lanes); l++) {
        for (unsigned state = CONN_READY; state <= CONN_RETIRING; state++) {
            LIST_FOREACH(it, &db->lanes[l].conns[state])
            {
                const struct db_conn *c = LIST_ENTRY(it, struct db_conn, link);
                if (c->depth > 0 && !c->io.paused)
                    oldest = MIN(oldest, c->head_us);
            }
        }
    }
    return oldest < now ? (now - oldest) / 1000 : 0;
}

/* Asks where nobody else waits; if there is no such place, a new connection is the question, one more than
 * the cap if need be: that all connections are busy must not look like a server that is not there. */
static void probe(struct db *db)
{
    for (unsigned l = 0; l < ARRAY_LEN(db->lanes); l++) {
        LIST_FOREACH(it, &db->lanes[l].conns[CONN_READY])
        {
            struct db_conn *c = LIST_ENTRY(it, struct db_conn, link);
            if (c->depth == 0 && c->io.phase == PG_UP) {
                pipeline_probe(c);
                return;
            }
        }
    }
    if (db->lanes[DB_EXCLUSIVE].n[CONN_CONNECTING] == 0)
        lane_open_probe(&db->lanes[DB_EXCLUSIVE]);
}

/* A read in flight whose owner still waits and has seen nothing, or NULL. */
static struct db_entry *unanswered_read(const struct db *db)
{
    for (unsigned l = 0; l < ARRAY_LEN(db->lanes); l++) {
        for (unsigned state = CONN_READY; state <= CONN_RETIRING; state++) {
            LIST_FOREACH(it, &db->lanes[l].conns[state])
            {
                LIST_FOREACH(at, &LIST_ENTRY(it, struct db_conn, link)->inflight)
                {
                    struct db_entry *e = LIST_ENTRY(at, struct db_entry, link);
                    if (e->job && e->job->read_only && !e->delivered)
                        return e;
                }
            }
        }
    }
    return NULL;
}

/* The server is not there: reads are told at once instead of waiting for their deadlines; what PostgreSQL
 * answers later is drained. Writes wait on: their fate is decided, only not known. Searches anew after each
 * callback, since its owner may change any list. */
static COLD void fail_silent(struct db *db)
{
    struct db_entry *e;
    while ((e = unanswered_read(db))) {
        struct db_conn *c = e->conn;
        entry_unavailable(e, "the database does not answer");
        lane_cancel(c); /* or it would run on for nobody when the server is back */
    }
    for (unsigned l = 0; l < ARRAY_LEN(db->lanes); l++)
        lane_fail_waiting(&db->lanes[l], "the database does not answer");
}

/* Only a question that has had its time tells: what is owed may have been owed while we did not listen. */
static void watch_silence(struct db *db)
{
    uint64_t now = db_now_ms(db), quiet = now - db->heard_ms;
    if (quiet < PROBE_MS) {
        db->asked_ms = 0;
        return;
    }
    uint64_t owed = oldest_owed_ms(db);
    if (owed >= PROBE_MS && !db->asked_ms) {
        db->asked_ms = now;
        probe(db);
    }
    bool was_silent = db->silent, asked = db->asked_ms && now - db->asked_ms >= SILENT_MS - PROBE_MS;
    db->silent = asked && owed >= SILENT_MS && quiet >= SILENT_MS;
    if (db->silent && !was_silent)
        fail_silent(db);
}

static void on_tick(uv_timer_t *tick);

static void set_tick(struct db *db, bool fast)
{
    if (db->fast == fast && uv_is_active((uv_handle_t *)&db->tick))
        return;
    db->fast = fast;
    uv_timer_start(
        &db->tick, on_tick, fast ? TICK_FAST_MS : TICK_IDLE_MS, fast ? TICK_FAST_MS : TICK_IDLE_MS);
}

static void on_tick(uv_timer_t *tick)
{
    struct db *db;
    struct list expired, *item;
    CAST_OBJ(db, tick->data, DB_MAGIC);
    list_init(&expired);
    wheel_expire(&db->wheel, db_now_ms(db), &expired);
    while ((item = list_take_first(&expired)))
        entry_expired(LIST_ENTRY(item, struct db_entry, due.link));
    if (db->closing)
        return;
    db_read_clock(db);
    watch_silence(db);
    lane_drop_unwanted(&db->lanes[DB_SHARED]);
    lane_move_blocked(&db->lanes[DB_SHARED]);
    bool wants = false;
    for (unsigned l = 0; l < ARRAY_LEN(db->lanes); l++) {
        lane_reap(&db->lanes[l]);
        lane_maintain(&db->lanes[l]);
        wants |= lane_wants(&db->lanes[l]);
    }
    set_tick(db, db->active > 0 || wants);
    if (!list_empty(&db->dirty) || db->crowded)
        db_wake(db);
}

static uint64_t shape_of(const struct db_job *job)
{
    uint64_t shape = 1;
    for (int i = 0; i < job->nstmts; i++)
        shape = shape * 0x9e3779b97f4a7c15u + job->stmts[i].key;
    return shape ? shape : 1;
}

static bool too_many_params(const struct db_job *job)
{
    int most = 0;
    for (int i = 0; i < job->nstmts; i++)
        most = MAX(most, job->stmts[i].nparams);
    return most > PARAMS_MAX;
}

/* What is presumed or known of the job decides which connections it may have. */
static unsigned level_of(const struct db_entry *e)
{
    enum pace_verdict pace = pace_of(&e->db->pace, e->shape, db_now_ms(e->db));
    bool presumed_quick = e->job->trusted || e->job->kind == DB_WRITE;
    switch (pace) {
    case PACE_QUICK: return LEVEL_QUICK;
    case PACE_TARDY: return LEVEL_TARDY;
    case PACE_STEADY: return presumed_quick ? LEVEL_QUICK : LEVEL_UNPROVEN;
    case PACE_UNKNOWN: break;
    }
    return presumed_quick ? LEVEL_QUICK : e->job->kind == DB_CALL ? LEVEL_TARDY : LEVEL_UNPROVEN;
}

static void prepare_to_wait(struct db_entry *e, enum db_lane kind)
{
    e->lane = kind;
    e->state = ENTRY_WAITING;
    e->stream = e->job->stream && kind == DB_EXCLUSIVE;
    wheel_set(&e->db->wheel, &e->due, MIN(e->acquire_ms, e->deadline_ms));
}

void db_wait(struct db_entry *e, enum db_lane kind)
{
    prepare_to_wait(e, kind);
    queue_put(&e->db->lanes[kind].queue, &e->wait, e->source, level_of(e));
}

void db_wait_again(struct db_entry *e, enum db_lane kind)
{
    prepare_to_wait(e, kind);
    queue_put_back(&e->db->lanes[kind].queue, &e->wait, e->source, level_of(e));
}

/* The shared lane is for what is trusted and does not disappoint, and for what has proven itself. */
static enum db_lane lane_of(const struct db_entry *e)
{
    if (e->job->lane == DB_EXCLUSIVE || e->job->changes_session || e->large)
        return DB_EXCLUSIVE;
    if (pace_is_blamed(&e->db->pace, e->source, e->job->trusted, db_now_ms(e->db)))
        return DB_EXCLUSIVE;
    enum pace_verdict pace = pace_of(&e->db->pace, e->shape, db_now_ms(e->db));
    return pace == PACE_QUICK || (pace == PACE_UNKNOWN && e->job->trusted) ? DB_SHARED : DB_EXCLUSIVE;
}

void db_submit(struct db *db, struct db_job *job)
{
    CHECK_OBJ(db, DB_MAGIC);
    CHECK_OBJ(job, DB_JOB_MAGIC);
    CHECK(job->entry == NULL && job->nstmts >= 1 && job->nstmts <= job->room && job->on_done);
    CHECK(!job->hold || (job->lane == DB_EXCLUSIVE && job->on_hold));
    uint64_t now = db_now_ms(db);
    struct db_entry *e = entry_take(db);
    e->job = job;
    job->entry = e;
    entry_note_stmts(e);
    e->source = job->source;
    e->shape = shape_of(job);
    e->deadline_ms = now + (job->timeout_ms ? job->timeout_ms : db->opt.request_timeout_ms);
    e->acquire_ms = now + db->opt.acquire_timeout_ms;
    e->lane = lane_of(e);
    db->stats.jobs++;
    db->repeat_credit = MIN(db->repeat_credit + 1, REPEAT_CREDIT_MAX);
    if (UNLIKELY(db->closing || db->silent || lane_down(&db->lanes[e->lane]) || too_many_params(job))) {
        e->state = ENTRY_REFUSED;
        list_append(&db->refused, &e->link);
    } else {
        db_wait(e, e->lane);
    }
    if (UNLIKELY(!db->fast) && !db->closing)
        set_tick(db, true);
    db_wake(db);
}

void db_abandon(struct db *db, struct db_job *job)
{
    struct db_entry *e = job->entry;
    CHECK_OBJ(db, DB_MAGIC);
    CHECK_OBJ(job, DB_JOB_MAGIC);
    if (!e)
        return;
    e->job = NULL;
    job->entry = NULL;
    wheel_remove(&e->due);
    if (e->state == ENTRY_WAITING || e->state == ENTRY_RESTING || e->state == ENTRY_REFUSED) {
        entry_release(e);
    } else if (e->state == ENTRY_SENT && e->conn->lane->kind == DB_EXCLUSIVE) {
        if (!job->finish)
            lane_cancel(e->conn);
        entry_resume(e);
    }
}

/* The owner may be in the middle of on_rows; what libpq holds already is looked at in db_flush(). */
void entry_resume(struct db_entry *e)
{
    if (!e->paused)
        return;
    e->paused = false;
    e->paused_us += uv_hrtime() / 1000 - e->pause_at_us;
    if (e->streams)
        wheel_remove(&e->due);
    if (e->state != ENTRY_SENT)
        return;
    pg_conn_pause(&e->conn->io, false);
    if (list_empty(&e->conn->kick))
        list_append(&e->db->kicked, &e->conn->kick);
    db_wake(e->db);
}

/* What a transaction has locked stays locked for as long as its client is slow: all pauses together may last
 * as long as a request. */
static void bound_pauses(struct db_entry *e)
{
    uint64_t most = e->db->opt.request_timeout_ms, so_far = e->paused_us / 1000;
    e->deadline_ms = db_now_ms(e->db) + (most > so_far ? most - so_far : 0);
    wheel_set(&e->db->wheel, &e->due, e->deadline_ms);
}

void db_job_pause(struct db_job *job)
{
    struct db_entry *e = job->entry;
    CHECK_OBJ(job, DB_JOB_MAGIC);
    if (!e || e->paused || !e->stream)
        return;
    e->paused = true;
    e->pause_at_us = uv_hrtime() / 1000;
    if (e->state == ENTRY_SENT)
        pg_conn_pause(&e->conn->io, true);
    if (e->streams && !job->read_only)
        bound_pauses(e);
}

void db_job_streams(struct db_job *job)
{
    struct db_entry *e = job->entry;
    CHECK_OBJ(job, DB_JOB_MAGIC);
    if (!e || !e->stream || e->streams)
        return;
    e->streams = true;
    wheel_remove(&e->due);
    queue_relevel(&e->db->lanes[DB_EXCLUSIVE].queue, &e->wait, MAX(e->wait.level, (unsigned)LEVEL_UNPROVEN));
    e->db->crowded = true;
    db_wake(e->db);
}

void db_job_resume(struct db_job *job)
{
    CHECK_OBJ(job, DB_JOB_MAGIC);
    if (job->entry)
        entry_resume(job->entry);
}

static void refuse(struct db_entry *e)
{
    struct db *db = e->db;
    static const struct db_error many = {
        .sqlstate = {"54023", 5}, .message = {"a statement has more than 65535 parameters", 42}, .stmt = -1};
    e->state = ENTRY_ENDING;
    if (e->job && too_many_params(e->job))
        entry_finish(e, DB_SQL_ERROR, &many);
    else
        entry_unavailable(e, db->silent ? "the database does not answer" : "the database cannot be reached");
    entry_release(e);
}

static void finish_refused(struct db *db)
{
    struct list now, *item;
    if (LIKELY(list_empty(&db->refused)))
        return;
    now = db->refused; /* what is refused meanwhile has its turn next time */
    now.next->prev = now.prev->next = &now;
    list_init(&db->refused);
    while ((item = list_take_first(&now)))
        refuse(LIST_ENTRY(item, struct db_entry, link));
}

/* The shared connection with the least to do; NULL when all are full or missing. `*stuck`: some could take
 * the job but have been busy with one for long. */
static struct db_conn *pick_shared(struct db *db, bool *stuck)
{
    struct db_conn *best = NULL;
    *stuck = false;
    LIST_FOREACH(it, &db->lanes[DB_SHARED].conns[CONN_READY])
    {
        struct db_conn *c = LIST_ENTRY(it, struct db_conn, link);
        if (c->io.phase != PG_UP)
            continue;
        if (c->depth > 0 && db->now_us > c->head_us + db->opt.slow_us)
            *stuck = true;
        else if (c->depth < db->opt.shared_depth && (!best || c->depth < best->depth))
            best = c;
    }
    return best;
}

static struct db_conn *pick_exclusive(struct db *db)
{
    LIST_FOREACH(it, &db->lanes[DB_EXCLUSIVE].conns[CONN_READY])
    {
        struct db_conn *c = LIST_ENTRY(it, struct db_conn, link);
        if (c->io.phase == PG_UP && !c->cancel)
            return c;
    }
    return NULL;
}

static struct db_entry *entry_of(struct queue_item *item)
{
    return item ? LIST_ENTRY(item, struct db_entry, wait) : NULL;
}

/* The shared lane is of no use for new jobs: they go to the other one. */
static void move_to_exclusive(struct db *db)
{
    struct db_entry *e;
    while ((e = entry_of(queue_next(&db->lanes[DB_SHARED].queue))))
        db_wait(e, DB_EXCLUSIVE);
}

static void dispatch_shared(struct db *db)
{
    struct lane *lane = &db->lanes[DB_SHARED];
    bool stuck = false;
    if (lane->queue.nwaiting == 0)
        return;
    while (lane->queue.nwaiting > 0) {
        struct db_conn *c = pick_shared(db, &stuck);
        if (!c)
            break;
        pipeline_send(c, entry_of(queue_next(&lane->queue)));
    }
    bool none = lane->n[CONN_READY] == 0 && (lane->failed || lane->no_room);
    if (lane->queue.nwaiting > 0 && (stuck || none))
        move_to_exclusive(db);
}

/* Which levels may have one more connection, as a set of bits. */
static unsigned open_levels(const struct lane *lane)
{
    const unsigned *running = lane->queue.running;
    unsigned unproven_max = MAX(lane->max, 2u) - 1, tardy_max = MAX(lane->max, 3u) - 2;
    unsigned levels = 1u << LEVEL_QUICK;
    if (running[LEVEL_UNPROVEN] + running[LEVEL_TARDY] < unproven_max) {
        levels |= 1u << LEVEL_UNPROVEN;
        levels |= running[LEVEL_TARDY] < tardy_max ? 1u << LEVEL_TARDY : 0;
    }
    return levels;
}

/* The job that is to run next; no source has all the connections that tardy ones may have. */
static struct db_entry *take_runnable(struct lane *lane)
{
    unsigned tardy_max = MAX(lane->max, 3u) - 2;
    const unsigned source_max[QUEUE_LEVELS] = {[LEVEL_TARDY] = MAX(tardy_max * 3 / 4, 1u)};
    return entry_of(queue_take(&lane->queue, open_levels(lane), source_max));
}

static void dispatch_exclusive(struct db *db)
{
    struct lane *lane = &db->lanes[DB_EXCLUSIVE];
    struct db_entry *e;
    struct db_conn *c;
    while (lane->queue.nwaiting > 0 && (c = pick_exclusive(db)) && (e = take_runnable(lane))) {
        lane_set_state(c, CONN_BUSY);
        pipeline_send(c, e);
        if (e->paused)
            pg_conn_pause(&c->io, true);
    }
}

/* The queue is bounded after dispatching; who has most in it loses what he put there last. */
static void bound_queue(struct db *db, struct lane *lane)
{
    while (UNLIKELY(lane->queue.nwaiting > db->opt.queue_max)) {
        struct db_entry *e = entry_of(queue_victim(&lane->queue));
        e->state = ENTRY_ENDING;
        db->stats.refused++;
        entry_unavailable(e, "too many requests wait for the database");
        entry_release(e);
    }
}

static void read_kicked(struct db *db)
{
    struct list *item;
    while (UNLIKELY((item = list_take_first(&db->kicked)) != NULL))
        pipeline_read(LIST_ENTRY(item, struct db_conn, kick));
}

void db_flush(struct db *db)
{
    struct list *item;
    CHECK_OBJ(db, DB_MAGIC);
    if (db->closing) {
        finish_refused(db);
        return;
    }
    if (db->idling) {
        db->idling = false;
        uv_idle_stop(&db->idle);
    }
    db_read_clock(db);
    finish_refused(db);
    read_kicked(db);
    if (UNLIKELY(db->crowded))
        lane_evict_streams(&db->lanes[DB_EXCLUSIVE]);
    dispatch_shared(db);
    dispatch_exclusive(db);
    for (unsigned l = 0; l < ARRAY_LEN(db->lanes); l++) {
        bound_queue(db, &db->lanes[l]);
        lane_maintain(&db->lanes[l]);
    }
    while ((item = list_take_first(&db->dirty))) {
        struct db_conn *c = LIST_ENTRY(item, struct db_conn, dirty);
        pipeline_end_group(c);
        pg_conn_flush(&c->io);
    }
}

static struct db_options with_defaults(const struct db_options *o)
{
    struct db_options d = *o;
    d.shared_depth = d.shared_depth ? d.shared_depth : 32;
    d.group_max = MIN(MAX(d.group_max, 1u), GROUP_MAX);
    d.queue_max = d.queue_max ? d.queue_max : 1024;
    d.statements_max = d.statements_max ? d.statements_max : 256;
    d.statement_bytes = d.statement_bytes ? d.statement_bytes : (size_t)32 << 20;
    d.acquire_timeout_ms = d.acquire_timeout_ms ? d.acquire_timeout_ms : 2000;
    d.request_timeout_ms = d.request_timeout_ms ? d.request_timeout_ms : 30000;
    d.slow_us = d.slow_us ? d.slow_us : 5000;
    d.shared_result_max = d.shared_result_max ? d.shared_result_max : SIZE_MAX;
    d.row_max = d.row_max ? d.row_max : SIZE_MAX;
    d.conninfo = d.application_name = d.search_path = NULL; /* read, not kept */
    return d;
}

struct db *db_create(uv_loop_t *loop, const struct db_options *options)
{
    struct db *db = MEM_NEW(struct db);
    db->magic = DB_MAGIC;
    db->loop = loop;
    db->opt = with_defaults(options);
    db->repeat_credit = REPEAT_CREDIT_MAX;
    pg_conf_init(&db->conf, &(struct pg_conf_options){options->conninfo, options->application_name,
                                options->search_path, options->statement_timeout_ms});
    lane_init(&db->lanes[DB_SHARED], db, DB_SHARED, options->shared_connections);
    lane_init(&db->lanes[DB_EXCLUSIVE], db, DB_EXCLUSIVE, options->exclusive_connections);
    struct list *lists[] = {
        &db->dirty, &db->kicked, &db->cancels, &db->refused, &db->resting, &db->free_entries, &db->slabs};
    for (size_t i = 0; i < ARRAY_LEN(lists); i++)
        list_init(lists[i]);
    wheel_init(&db->wheel, uv_now(loop));
    pace_init(&db->pace, db->opt.slow_us);
    uv_timer_init(loop, &db->tick);
    uv_idle_init(loop, &db->idle);
    db->tick.data = db->idle.data = db;
    db->handles = 2;
    set_tick(db, true);
    lane_maintain(&db->lanes[DB_SHARED]);
    return db;
}

void db_configure(struct db *db, const struct db_options *options)
{
    struct db_options o = with_defaults(options);
    CHECK_OBJ(db, DB_MAGIC);
    if (db->opt.slow_us != o.slow_us)
        pace_init(&db->pace, o.slow_us);
    db->opt.prepared = o.prepared;
    db->opt.statement_bytes = o.statement_bytes;
    db->opt.queue_max = o.queue_max;
    db->opt.request_timeout_ms = o.request_timeout_ms;
    db->opt.slow_us = o.slow_us;
    db->opt.row_max = o.row_max;
}

void db_set_generation(struct db *db, uint64_t generation)
{
    CHECK_OBJ(db, DB_MAGIC);
    db->generation = MAX(db->generation, generation);
}

void db_handle_closed(struct db *db)
{
    CHECK(db->handles > 0);
    if (--db->handles == 0 && db->closing && db->on_closed)
        db->on_closed(db->on_closed_arg);
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct db *db;
    CAST_OBJ(db, handle->data, DB_MAGIC);
    db_handle_closed(db);
}

void db_end_tick(struct db *db)
{
    if (!uv_is_closing((uv_handle_t *)&db->tick))
        uv_close((uv_handle_t *)&db->tick, on_handle_closed);
}

static void on_close_late(uv_timer_t *tick)
{
    struct db *db;
    CAST_OBJ(db, tick->data, DB_MAGIC);
    lane_hurry_cancels(db);
    db_end_tick(db);
}

static void end_resting(struct db *db)
{
    struct list *item;
    while ((item = list_take_first(&db->resting))) {
        struct db_entry *e = LIST_ENTRY(item, struct db_entry, link);
        e->state = ENTRY_ENDING;
        entry_unavailable(e, "the server is stopping");
        entry_release(e);
    }
}

void db_close(struct db *db, void (*on_closed)(void *arg), void *arg)
{
    CHECK_OBJ(db, DB_MAGIC);
    CHECK(!db->closing);
    db->closing = true;
    db->on_closed = on_closed;
    db->on_closed_arg = arg;
    finish_refused(db);
    end_resting(db);
    lane_close_all(&db->lanes[DB_SHARED]);
    lane_close_all(&db->lanes[DB_EXCLUSIVE]);
    finish_refused(db); /* what the callbacks have submitted */
    if (list_empty(&db->cancels))
        db_end_tick(db);
    else
        uv_timer_start(&db->tick, on_close_late, db->silent ? 0 : CLOSE_MS, 0);
    uv_close((uv_handle_t *)&db->idle, on_handle_closed);
}

void db_free(struct db **pdb)
{
    struct db *db = *pdb;
    if (!db)
        return;
    CHECK_OBJ(db, DB_MAGIC);
    CHECK(db->closing && db->handles == 0 && db->active == 0);
    entry_free_all(db);
    for (unsigned l = 0; l < ARRAY_LEN(db->lanes); l++)
        queue_deinit(&db->lanes[l].queue);
    pg_conf_release(&db->conf);
    db->magic = 0;
    mem_free(db);
    *pdb = NULL;
}

void db_get_stats(const struct db *db, struct db_stats *out)
{
    *out = db->stats;
    for (unsigned l = 0; l < ARRAY_LEN(db->lanes); l++) {
        const struct lane *lane = &db->lanes[l];
        unsigned up =
            lane->n[CONN_READY] + lane->n[CONN_BUSY] + lane->n[CONN_DRAINING] + lane->n[CONN_RETIRING];
        out->connected += up;
        out->connecting += lane->n[CONN_CONNECTING];
        out->busy += lane->n[CONN_BUSY] + lane->n[CONN_DRAINING];
        out->waiting += lane->queue.nwaiting;
    }
    out->silent_ms = oldest_owed_ms(db);
    out->heard_ms = db->heard_ms ? db_now_ms(db) - db->heard_ms : UINT64_MAX;
    out->reachable = !db->silent && out->connected > 0;
}

const char *db_last_error(const struct db *db)
{
    return db->error;
}
