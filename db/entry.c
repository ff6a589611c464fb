/* entry: the jobs that are under way, and how they end. SPDX-License-Identifier: ISC */
#include "db/pool.h"

#include "util/check.h"
#include "util/mem.h"

#define SLAB_ENTRIES 64
#define REST_MIN_MS 16   /* so that whoever was in the way has gone on */
#define REPEATS_UNDONE 4 /* when all connections are killed at once, each may be found dead only by a job */

struct slab {
    struct list link;
    struct db_entry entries[SLAB_ENTRIES];
};

static void grow(struct db *db)
{
    struct slab *slab = MEM_NEW(struct slab);
    list_append(&db->slabs, &slab->link);
    for (size_t i = 0; i < SLAB_ENTRIES; i++)
        list_append(&db->free_entries, &slab->entries[i].link);
}

struct db_entry *entry_take(struct db *db)
{
    if (list_empty(&db->free_entries))
        grow(db);
    struct db_entry *e = LIST_ENTRY(list_take_first(&db->free_entries), struct db_entry, link);
    CHECK(e->state == ENTRY_FREE);
    memset(e, 0, offsetof(struct db_entry, steps));
    e->magic = DB_ENTRY_MAGIC;
    e->db = db;
    e->error_stmt = -1;
    list_init(&e->link);
    queue_item_init(&e->wait);
    wheel_item_init(&e->due);
    db->active++;
    return e;
}

void entry_clear_results(struct db_entry *e)
{
    for (unsigned i = 0; i < e->nstmts; i++) {
        PQclear(e->held[i]);
        e->held[i] = NULL;
    }
    PQclear(e->error);
    e->error = NULL;
    e->error_stmt = -1;
}

void entry_release(struct db_entry *e)
{
    struct db *db = e->db;
    CHECK_OBJ(e, DB_ENTRY_MAGIC);
    CHECK(e->job == NULL && db->active > 0);
    entry_clear_results(e);
    wheel_remove(&e->due);
    list_remove(&e->link);
    queue_remove(&db->lanes[e->lane].queue, &e->wait);
    e->state = ENTRY_FREE;
    e->magic = 0;
    list_prepend(&db->free_entries, &e->link);
    db->active--;
}

void entry_free_all(struct db *db)
{
    struct list *item;
    while ((item = list_take_first(&db->slabs)))
        mem_free(LIST_ENTRY(item, struct slab, link));
}

void entry_finish(struct db_entry *e, enum db_outcome outcome, const struct db_error *error)
{
    struct db_job *job = e->job;
    if (!job)
        return;
    CHECK_OBJ(job, DB_JOB_MAGIC);
    e->job = NULL;
    job->entry = NULL;
    wheel_remove(&e->due);
    e->db->stats.timeouts += outcome == DB_TIMEOUT;
    job->on_done(job, outcome, error);
}

unsigned db_retry_after_s(const struct db *db)
{
    uint64_t now = db_now_ms(db), at = db->lanes[DB_SHARED].retry_ms;
    return at > now ? (unsigned)((at - now + 999) / 1000) : 1;
}

static void finish_with(struct db_entry *e, enum db_outcome outcome, const char *message)
{
    struct db_error error = {.message = str_cstr(message), .stmt = -1};
    if (outcome == DB_UNAVAILABLE)
        error.retry_after_s = db_retry_after_s(e->db);
    entry_finish(e, outcome, &error);
}

void entry_unavailable(struct db_entry *e, const char *why)
{
    finish_with(e, DB_UNAVAILABLE, why);
}

/* As if it had never been sent. */
static void reset(struct db_entry *e)
{
    CHECK(e->job != NULL && !e->delivered);
    entry_clear_results(e);
    queue_remove(&e->db->lanes[e->lane].queue, &e->wait);
    e->conn = NULL;
    e->nsteps = e->at = 0;
    entry_note_stmts(e);
    e->got = e->stale_plan = e->definite = e->joined = e->failed = false;
}

void entry_requeue(struct db_entry *e)
{
    reset(e);
    e->acquire_ms = db_now_ms(e->db) + e->db->opt.acquire_timeout_ms;
    db_wait_again(e, e->large ? DB_EXCLUSIVE : e->lane);
    e->db->stats.retries++;
    db_wake(e->db);
}

void entry_rest(struct db_entry *e)
{
    uint64_t ms = REST_MIN_MS + uv_hrtime() / 64 % (REST_MIN_MS << e->conflicts);
    reset(e);
    e->state = ENTRY_RESTING;
    wheel_set(&e->db->wheel, &e->due, MIN(db_now_ms(e->db) + ms, e->deadline_ms));
    list_append(&e->db->resting, &e->link);
}

void entry_note_stmts(struct db_entry *e)
{
    e->nstmts = (uint8_t)e->job->nstmts;
    e->stream_stmt = (uint8_t)(e->job->nstmts - 1 - e->job->after_stream);
}

bool entry_restarts(struct db_entry *e)
{
    struct db_job *job = e->job;
    if (e->delivered && job->on_restart && job->on_restart(job)) {
        e->delivered = false;
        job->entry = e;
    }
    return !e->delivered;
}

/* What may be repeated: what certainly did not run, and what only reads, unless its owner has shown rows. */
void entry_salvage(struct db_entry *e, bool definite, bool ours)
{
    bool read_only = e->job && e->job->read_only;
    e->state = ENTRY_ENDING;
    unsigned limit = definite ? REPEATS_UNDONE : read_only;
    if (ours && limit > 0)
        limit = UINT8_MAX;
    if (e->job && !e->db->closing && e->repeats < limit && entry_restarts(e)) {
        e->repeats += !ours;
        entry_requeue(e);
        return;
    }
    if (e->delivered || !(definite || read_only))
        finish_with(e, DB_LOST, "the connection to the database was lost");
    else
        entry_unavailable(e, "the connection to the database was lost");
    entry_release(e);
}

void entry_too_large(struct db_entry *e)
{
    finish_with(e, DB_TOO_LARGE, "a row of the result is larger than one may be");
}

static void finish_acquire_timeout(struct db_entry *e)
{
    const struct db_error error = {.message = str_cstr("no connection to the database became free in time"),
        .retry_after_s = 1,
        .acquire_timeout = true,
        .stmt = -1};
    e->db->stats.acquire_timeouts++;
    entry_finish(e, DB_UNAVAILABLE, &error);
}

static void expired_waiting(struct db_entry *e, uint64_t now)
{
    e->state = ENTRY_ENDING;
    if (now >= e->deadline_ms)
        finish_with(e, DB_TIMEOUT, "the request waited too long for the database");
    else
        finish_acquire_timeout(e);
    entry_release(e);
}

void entry_expired(struct db_entry *e)
{
    uint64_t now = db_now_ms(e->db);
    CHECK_OBJ(e, DB_ENTRY_MAGIC);
    if (e->state == ENTRY_RESTING) {
        list_remove(&e->link);
        entry_requeue(e);
        return;
    }
    if (e->state == ENTRY_WAITING) {
        expired_waiting(e, now);
        return;
    }
    CHECK(e->state == ENTRY_SENT && e->job != NULL);
    if (now < e->deadline_ms) {
        wheel_set(&e->db->wheel, &e->due, e->deadline_ms);
        return;
    }
    bool finish = e->streams && e->job->finish; /* its client was too slow, and its rows are dropped */
    if (e->conn->lane->kind == DB_EXCLUSIVE && !finish)
        lane_cancel(e->conn);
    finish_with(e, DB_TIMEOUT, "the database did not answer in time");
    entry_resume(e);
}
