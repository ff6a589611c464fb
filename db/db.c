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
#define STUCK 4          /* a shared connection whose oldest job runs for so many slow_us gets no more */
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
    while ((e = unanswered_read(db)))
        entry_unavailable(e, "the database does not answer");
    for (unsigned l = 0; l < ARRAY_LEN(db->lanes); l++)
        lane_fail_waiting(&db->lanes[l], "the database does not answer");
}

static void watch_silence(struct db *db)
{
    uint64_t quiet = db_now_ms(db) - db->heard_ms;
    if (quiet < PROBE_MS) {
        db->probing = false;
        return;
    }
    uint64_t owed = oldest_owed_ms(db);
    if (owed >= PROBE_MS && !db->probing) {
        db->probing = true;
        probe(db);
    }
    bool was_silent = db->silent;
    db->silent = owed >= SILENT_MS && quiet >= SILENT_MS;
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
    bool wants = false;
    for (unsigned l = 0; l < ARRAY_LEN(db->lanes); l++) {
        lane_reap(&db->lanes[l]);
        lane_maintain(&db->lanes[l]);
        wants |= lane_wants(&db->lanes[l]);
    }
    set_tick(db, db->active > 0 || wants);
    if (!list_empty(&db->dirty))
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

static void wait_in(struct lane *lane, struct db_entry *e)
{
    e->lane = lane->kind;
    e->state = ENTRY_WAITING;
    list_append(&lane->waiting, &e->link);
    lane->nwaiting++;
    wheel_set(&lane->db->wheel, &e->due, MIN(e->acquire_ms, e->deadline_ms));
}

void db_submit(struct db *db, struct db_job *job)
{
    CHECK_OBJ(db, DB_MAGIC);
    CHECK_OBJ(job, DB_JOB_MAGIC);
    CHECK(job->entry == NULL && job->nstmts >= 1 && job->nstmts <= job->room && job->on_done);
    CHECK((!job->stream && !job->hold) || job->lane == DB_EXCLUSIVE);
    CHECK(!job->hold || (!job->stream && job->on_hold));
    uint64_t now = db_now_ms(db);
    struct db_entry *e = entry_take(db);
    e->job = job;
    job->entry = e;
    e->nstmts = (uint8_t)job->nstmts;
    e->stream = job->stream;
    e->stream_stmt = (uint8_t)(job->nstmts - 1 - job->after_stream);
    e->shape = shape_of(job);
    e->deadline_ms = now + (job->timeout_ms ? job->timeout_ms : db->opt.request_timeout_ms);
    e->acquire_ms = now + db->opt.acquire_timeout_ms;
    e->lane = slow_is(&db->slow, e->shape) ? DB_EXCLUSIVE : job->lane;
    db->stats.jobs++;
    db->repeat_credit = MIN(db->repeat_credit + 1, REPEAT_CREDIT_MAX);
    if (UNLIKELY(db->closing || db->silent || lane_down(&db->lanes[e->lane]) || too_many_params(job))) {
        e->state = ENTRY_REFUSED;
        list_append(&db->refused, &e->link);
    } else {
        wait_in(&db->lanes[e->lane], e);
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
    if (e->state == ENTRY_WAITING)
        db->lanes[e->lane].nwaiting--;
    if (e->state == ENTRY_WAITING || e->state == ENTRY_RESTING || e->state == ENTRY_REFUSED) {
        entry_release(e);
    } else if (e->state == ENTRY_SENT && e->conn->lane->kind == DB_EXCLUSIVE) {
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
    if (e->state != ENTRY_SENT)
        return;
    pg_conn_pause(&e->conn->io, false);
    if (list_empty(&e->conn->kick))
        list_append(&e->db->kicked, &e->conn->kick);
    db_wake(e->db);
}

void db_job_pause(struct db_job *job)
{
    struct db_entry *e = job->entry;
    CHECK_OBJ(job, DB_JOB_MAGIC);
    if (!e || e->paused || !e->stream)
        return;
    e->paused = true;
    if (e->state == ENTRY_SENT)
        pg_conn_pause(&e->conn->io, true);
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
        if (c->depth > 0 && db->now_us > c->head_us + STUCK * db->opt.slow_us)
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
        if (c->io.phase == PG_UP && !c->cancelling)
            return c;
    }
    return NULL;
}

static struct db_entry *take_waiting(struct lane *lane)
{
    lane->nwaiting--;
    return LIST_ENTRY(list_take_first(&lane->waiting), struct db_entry, link);
}

/* The shared lane is of no use for new jobs: they go to the other one. */
static void move_to_exclusive(struct db *db)
{
    struct lane *from = &db->lanes[DB_SHARED], *to = &db->lanes[DB_EXCLUSIVE];
    while (!list_empty(&from->waiting)) {
        struct db_entry *e = take_waiting(from);
        e->lane = DB_EXCLUSIVE;
        list_append(&to->waiting, &e->link);
        to->nwaiting++;
    }
}

static void dispatch_shared(struct db *db)
{
    struct lane *lane = &db->lanes[DB_SHARED];
    bool stuck = false;
    if (list_empty(&lane->waiting))
        return;
    while (!list_empty(&lane->waiting)) {
        struct db_conn *c = pick_shared(db, &stuck);
        if (!c)
            break;
        pipeline_send(c, take_waiting(lane));
    }
    bool none = lane->n[CONN_READY] == 0 && lane->failed;
    if (!list_empty(&lane->waiting) && (stuck || none))
        move_to_exclusive(db);
}

/* A stream holds its connection for as long as its client reads; all of them together leave one connection to
 * the others, or a few readers that have stopped would stop everybody. */
static bool may_stream(const struct lane *lane)
{
    unsigned streams = 0;
    LIST_FOREACH(it, &lane->conns[CONN_BUSY])
    {
        const struct db_conn *c = LIST_ENTRY(it, struct db_conn, link);
        if (!list_empty(&c->inflight))
            streams += LIST_ENTRY(c->inflight.next, struct db_entry, link)->stream;
    }
    return streams + 1 < MAX(lane->max, 2u);
}

/* The first that may run now, or NULL. */
static struct db_entry *take_runnable(struct lane *lane)
{
    bool stream = may_stream(lane);
    LIST_FOREACH(it, &lane->waiting)
    {
        struct db_entry *e = LIST_ENTRY(it, struct db_entry, link);
        if (e->stream && !stream)
            continue;
        list_remove(&e->link);
        lane->nwaiting--;
        return e;
    }
    return NULL;
}

static void dispatch_exclusive(struct db *db)
{
    struct lane *lane = &db->lanes[DB_EXCLUSIVE];
    struct db_entry *e;
    struct db_conn *c;
    while (!list_empty(&lane->waiting) && (c = pick_exclusive(db)) && (e = take_runnable(lane))) {
        lane_set_state(c, CONN_BUSY);
        pipeline_send(c, e);
        if (e->paused)
            pg_conn_pause(&c->io, true);
    }
}

/* The queue is bounded after dispatching: what came last goes first. */
static void bound_queue(struct db *db, struct lane *lane)
{
    while (UNLIKELY(lane->nwaiting > db->opt.queue_max)) {
        struct db_entry *e = LIST_ENTRY(lane->waiting.prev, struct db_entry, link);
        list_remove(&e->link);
        lane->nwaiting--;
        e->state = ENTRY_ENDING;
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
    d.acquire_timeout_ms = d.acquire_timeout_ms ? d.acquire_timeout_ms : 2000;
    d.request_timeout_ms = d.request_timeout_ms ? d.request_timeout_ms : 30000;
    d.slow_us = d.slow_us ? d.slow_us : 5000;
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
    slow_init(&db->slow, db->opt.slow_us);
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
        slow_init(&db->slow, o.slow_us);
    db->opt.prepared = o.prepared;
    db->opt.queue_max = o.queue_max;
    db->opt.request_timeout_ms = o.request_timeout_ms;
    db->opt.slow_us = o.slow_us;
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
    if (db->cancel)
        pg_cancel_hurry(db->cancel);
    uv_close((uv_handle_t *)&db->tick, on_handle_closed);
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
        out->waiting += lane->nwaiting;
    }
    out->silent_ms = oldest_owed_ms(db);
    out->reachable = !db->silent && out->connected > 0;
}

const char *db_last_error(const struct db *db)
{
    return db->error;
}
