/* pipeline: one job becomes [Parse] Bind Describe Execute ... Sync, and what comes back becomes on_rows and
 * on_done. What libpq gives for it, in pipeline mode: for each step its results and a NULL, then
 * PGRES_PIPELINE_SYNC; after an error PGRES_PIPELINE_ABORTED for each step up to the Sync (docs 34.5). The
 * loop here goes by what comes, not by counting.
 *
 * Results are held until the Sync has been answered: then the transaction is committed, a deferred constraint
 * can no longer refuse it, and a job that has to be repeated has shown nothing yet. Only the rows of
 * a stream are handed out as they come. SPDX-License-Identifier: ISC */
#include "db/pool.h"

#include "db/stale.h"
#include "util/check.h"

#include <stdio.h>

#define CONFLICTS_MAX 2

static bool is_stream_step(const struct db_entry *e)
{
    return e->stream && e->at < e->nsteps && e->steps[e->at].kind == STEP_EXEC &&
           e->steps[e->at].stmt == e->stream_stmt;
}

/* Row by row, since chunks (libpq 17) are counted in rows: so many large ones would be in memory at a time.
 * Only takes effect while the statement is the one whose results come next. After an error nothing comes of
 * it but PGRES_PIPELINE_ABORTED, for which libpq refuses the mode. */
static void ask_for_batches(struct db_conn *c, const struct db_entry *e)
{
    if (!is_stream_step(e) || PQpipelineStatus(c->io.pg) == PQ_PIPELINE_ABORTED)
        return;
    if (PQsetSingleRowMode(c->io.pg) != 1)
        pg_conn_fail(&c->io, "the server answered out of turn");
}

void pipeline_add_step(struct db_entry *e, enum db_step_kind kind, int stmt)
{
    CHECK(e->nsteps < ARRAY_LEN(e->steps));
    e->steps[e->nsteps++] = (struct db_step){(uint8_t)kind, (uint8_t)stmt};
}

static bool send_unprepared(struct db_conn *c, const struct db_stmt *s)
{
    buf_clear(&c->scratch, 65536);
    buf_append(&c->scratch, s->sql);
    buf_append_char(&c->scratch, '\0');
    return PQsendQueryParams(c->io.pg, buf_str(&c->scratch).p, s->nparams, NULL, s->params, NULL, NULL, 0) ==
           1;
}

static bool send_stmt(struct db_conn *c, struct db_entry *e, int i)
{
    const struct db_stmt *s = &e->job->stmts[i];
    bool ok;
    e->keys[i] = s->key;
    e->serials[i] = 0;
    const struct stmt *known = prepared_get(c, e, i);
    if (known) {
        e->serials[i] = known->serial;
        ok = PQsendQueryPrepared(c->io.pg, known->name, s->nparams, s->params, NULL, NULL, 0) == 1;
    } else {
        ok = send_unprepared(c, s);
    }
    pipeline_add_step(e, STEP_EXEC, i);
    return ok;
}

bool pipeline_sync(struct db_conn *c)
{
#ifdef LIBPQ_HAS_SEND_PIPELINE_SYNC
    return PQsendPipelineSync(c->io.pg) == 1;
#else
    return PQpipelineSync(c->io.pg) == 1; /* sends at once: one system call a job */
#endif
}

/* Something is to be flushed. */
static void soil(struct db_conn *c)
{
    if (list_empty(&c->dirty))
        list_append(&c->lane->db->dirty, &c->dirty);
}

/* In place of a Sync. What libpq has read while it was sending is looked at, as nothing else may come. */
static bool send_flush_request(struct db_conn *c)
{
    if (list_empty(&c->kick))
        list_append(&c->lane->db->kicked, &c->kick);
    db_wake(c->lane->db);
    return PQsendFlushRequest(c->io.pg) == 1;
}

void pipeline_enqueue(struct db_conn *c, struct db_entry *e)
{
    e->state = ENTRY_SENT;
    e->sent_us = c->lane->db->now_us;
    e->conn = c;
    e->conn_id = c->id;
    if (list_empty(&c->inflight))
        c->head_us = c->lane->db->now_us;
    list_append(&c->inflight, &e->link);
    c->depth++;
    soil(c);
}

void pipeline_end_group(struct db_conn *c)
{
    bool open = c->tail != NULL;
    c->tail = NULL;
    if (open && c->io.phase == PG_UP && !pipeline_sync(c))
        pg_conn_fail(&c->io, PQerrorMessage(c->io.pg));
}

static bool may_share(const struct db_conn *c, const struct db_entry *e)
{
    const struct db *db = e->db;
    return e->job->shares && !e->alone && c->lane->kind == DB_SHARED && db->opt.group_max > 1 &&
           !group_is_apart(&db->apart, e->shape, db_now_ms(db));
}

static bool may_join(const struct db_conn *c, const struct db_entry *e)
{
    return c->group < e->db->opt.group_max && c->tail->job && group_same_caller(c->tail->job, e->job);
}

/* True: e goes behind the open group and needs neither its first statement nor a transaction. */
static bool join(struct db_conn *c, struct db_entry *e, bool shares)
{
    if (!c->tail)
        return false;
    if (!shares || !may_join(c, e)) {
        pipeline_end_group(c);
        return false;
    }
    c->tail->joined = true;
    e->db->stats.joined++;
    return true;
}

static bool send_stmts(struct db_conn *c, struct db_entry *e, int first)
{
    for (int i = first; i < e->nstmts; i++) {
        if (!send_stmt(c, e, i))
            return false;
    }
    return true;
}

void pipeline_send(struct db_conn *c, struct db_entry *e)
{
    CHECK(c->io.phase == PG_UP);
    if (UNLIKELY(upkeep_is_due(c))) {
        pipeline_end_group(c);
        upkeep_send(c);
    }
    e->changes_session = e->job->changes_session;
    bool shares = may_share(c, e), joined = join(c, e, shares);
    bool ok = send_stmts(c, e, joined ? 1 : 0);
    e->hold = e->job->hold;
    e->definite = !ok || e->hold; /* without its Sync it is never committed */
    if (ok && e->hold)
        ok = send_flush_request(c);
    else if (ok && !shares)
        ok = pipeline_sync(c);
    pipeline_enqueue(c, e);
    if (shares) {
        c->group = joined ? c->group + 1 : 1;
        c->tail = e;
    }
    if (!ok)
        pg_conn_fail(&c->io, PQerrorMessage(c->io.pg));
    else if (e->stream)
        ask_for_batches(c, e);
}

/* libpq 17 leaves the command tag of a stream with its last rows, older ones with the empty result at the
 * end. */
static struct str command_tag(struct db_entry *e, PGresult *res, bool last)
{
    const char *tag = PQcmdStatus(res);
    if (e->stream && *tag)
        snprintf(e->tag, sizeof e->tag, "%s", tag);
    if (!last)
        return (struct str){NULL, 0};
    return str_cstr(e->stream ? e->tag : tag);
}

static struct db_rows rows_of(struct db_entry *e, PGresult *res, bool last)
{
    return (struct db_rows){
        .res = res,
        .nrows = PQntuples(res),
        .ncols = PQnfields(res),
        .last = last,
        .command_tag = command_tag(e, res, last),
        .connection = e->conn_id,
    };
}

static void deliver(struct db_entry *e, int stmt, PGresult *res, bool last)
{
    struct db_job *job = e->job;
    if (job && job->on_rows) {
        struct db_rows rows = rows_of(e, res, last);
        e->delivered = true;
        job->on_rows(job, stmt, &rows);
    }
    PQclear(res);
}

/* What was held back; the owner may abandon the job inside any of the callbacks. */
static void deliver_held(struct db_entry *e)
{
    for (int i = 0; i < e->nstmts && e->job; i++) {
        PGresult *res = e->held[i];
        e->held[i] = NULL;
        if (res)
            deliver(e, i, res, true);
    }
}

/* The rest of a job that held: what its owner has added and the Sync, or a ROLLBACK when he is gone. */
static void end_hold(struct db_conn *c, struct db_entry *e)
{
    bool ok = true;
    uint8_t from = e->nstmts;
    deliver_held(e);
    e->delivered = true; /* even if there were no rows: its owner has acted on them */
    if (e->job) {
        e->job->hold = false;
        e->job->on_hold(e->job);
    }
    e->hold = e->job && e->job->hold;
    if (e->job) {
        entry_note_stmts(e);
        e->stream = e->job->stream;
        for (int i = from; i < e->nstmts && ok; i++)
            ok = send_stmt(c, e, i);
        e->definite = !ok || e->hold;
    } else {
        pipeline_add_step(e, STEP_EXEC, 0);
        ok = PQsendQueryParams(c->io.pg, "rollback", 0, NULL, NULL, NULL, NULL, 0) == 1;
    }
    if (!ok || !(e->hold ? send_flush_request(c) : pipeline_sync(c)))
        pg_conn_fail(&c->io, PQerrorMessage(c->io.pg));
    soil(c);
    db_wake(c->lane->db);
    if (ok)
        ask_for_batches(c, e);
}

static void on_batch(struct db_entry *e, PGresult *res, bool last)
{
    if (!e->job || e->error) {
        PQclear(res);
        return;
    }
    deliver_held(e);
    deliver(e, e->stream_stmt, res, last);
}

static void on_complete(struct db_conn *c, struct db_entry *e, PGresult *res)
{
    const struct db_step *step = &e->steps[e->at];
    e->got = true;
    if (UNLIKELY(e->asks_backend))
        upkeep_backend(c, res);
    if (e->job && !e->error && is_stream_step(e)) {
        on_batch(e, res, true);
    } else if (e->job && !e->error && e->at < e->nsteps && step->kind == STEP_EXEC) {
        PQclear(e->held[step->stmt]);
        e->held[step->stmt] = res;
    } else {
        PQclear(res);
    }
}

/* FATAL and PANIC end the session: no answer to this job, but the loss of the connection. The same for errors
 * that libpq makes itself, which have no SQLSTATE. */
static bool is_loss(struct db_conn *c, const PGresult *res)
{
    const char *severity = PQresultErrorField(res, PG_DIAG_SEVERITY_NONLOCALIZED);
    if (severity && strcmp(severity, "FATAL") != 0 && strcmp(severity, "PANIC") != 0)
        return false;
    c->fatal = severity != NULL;
    return true;
}

static void on_error(struct db_conn *c, struct db_entry *e, PGresult *res)
{
    if (is_loss(c, res)) {
        pg_conn_fail(&c->io, PQresultErrorMessage(res));
        PQclear(res);
        return;
    }
    bool in_step = e->at < e->nsteps && e->nstmts > 0; /* else: at the Sync, e.g. a deferred constraint */
    const struct db_step *step = &e->steps[e->at];
    e->got = e->failed = true;
    if (UNLIKELY(e->cleans))
        pg_conn_fail(&c->io, "the session cannot be put back to what it was");
    if (in_step && e->serials[step->stmt]) {
        if (step->kind == STEP_PREPARE)
            prepared_forget(c, e, step->stmt, false);
        else
            prepared_judge(c, e, step->stmt, res);
    }
    if (e->hold) { /* the server skips everything up to a Sync, which nobody else will send */
        e->hold = false;
        if (!pipeline_sync(c))
            pg_conn_fail(&c->io, PQerrorMessage(c->io.pg));
        soil(c);
        db_wake(c->lane->db);
    }
    if (e->error || !e->job) {
        PQclear(res);
        return;
    }
    e->error = res;
    e->error_stmt = in_step ? step->stmt : -1;
}

static void on_aborted(struct db_conn *c, struct db_entry *e)
{
    e->got = e->failed = true;
    if (e->at < e->nsteps && e->nstmts > 0 && e->steps[e->at].kind == STEP_PREPARE)
        prepared_forget(c, e, e->steps[e->at].stmt, false);
}

static struct str field(const PGresult *res, int code)
{
    return str_cstr(PQresultErrorField(res, code));
}

static void finish_error(struct db_entry *e)
{
    const PGresult *res = e->error;
    struct db_error error = {
        .sqlstate = field(res, PG_DIAG_SQLSTATE),
        .message = field(res, PG_DIAG_MESSAGE_PRIMARY),
        .detail = field(res, PG_DIAG_MESSAGE_DETAIL),
        .hint = field(res, PG_DIAG_MESSAGE_HINT),
        .constraint = field(res, PG_DIAG_CONSTRAINT_NAME),
        .column = field(res, PG_DIAG_COLUMN_NAME),
        .table = field(res, PG_DIAG_TABLE_NAME),
        .schema = field(res, PG_DIAG_SCHEMA_NAME),
        .stmt = e->error_stmt,
    };
    entry_finish(e, DB_SQL_ERROR, &error);
}

/* Undone by PostgreSQL for the sake of others: the same again may succeed (reliability: 40001, 40P01). */
static bool may_rest(struct db_entry *e)
{
    return e->job && e->error && e->conflicts < CONFLICTS_MAX && e->db->repeat_credit >= REPEAT_COST &&
           !e->db->closing && (stale_is_state(e->error, "40001") || stale_is_state(e->error, "40P01")) &&
           entry_restarts(e);
}

/* A write where nobody may write: the server may have become a standby since we connected. */
static bool may_move(struct db_entry *e)
{
    return e->job && e->error && !e->job->read_only && !e->moved && !e->db->closing &&
           stale_is_state(e->error, "25006") && entry_restarts(e);
}

/* Whether the job is tried again. */
static bool try_again(struct db_entry *e)
{
    if (e->job && e->stale_plan && !e->fresh && !e->db->closing && entry_restarts(e)) {
        e->fresh = true;
        entry_requeue(e);
    } else if (UNLIKELY(e->error != NULL) && may_rest(e)) {
        e->conflicts++;
        e->db->repeat_credit -= REPEAT_COST;
        entry_rest(e);
    } else if (UNLIKELY(e->error != NULL) && may_move(e)) {
        e->moved = true;
        lane_renew_all(e->db);
        entry_requeue(e);
    } else {
        return false;
    }
    return true;
}

static void finish(struct db_entry *e)
{
    if (try_again(e))
        return;
    if (UNLIKELY(e->fresh))
        prepared_convict(e);
    if (e->error) {
        finish_error(e);
    } else {
        deliver_held(e);
        entry_finish(e, DB_OK, NULL);
    }
    entry_release(e);
}

/* The transaction of several is gone: who failed by himself is told, and his like travel alone for a while;
 * the others have to ask again. An error at the Sync is nobody's. */
static void finish_failed(struct db_entry *e)
{
    struct db *db = e->db;
    bool own = e->error && e->error_stmt >= 0;
    if (own && (!e->stale_plan || e->suspect))
        group_set_apart(&db->apart, e->shape, db_now_ms(db));
    if (own || !e->job) {
        finish(e);
        return;
    }
    e->alone = true;
    entry_requeue(e);
}

static void note_pace(const struct db_conn *c, const struct db_entry *e, uint64_t took_us)
{
    struct db *db = c->lane->db;
    bool lost = pace_note(&db->pace, e->shape, took_us, e->streams, db_now_ms(db));
    db->stats.demoted += lost;
    if (UNLIKELY(lost) && c->lane->kind == DB_SHARED && e->source)
        pace_blame(&db->pace, e->source, false, db_now_ms(db));
}

/* One running time for several: when it was long, the next time shows whose it was. */
static void note_time(struct db_conn *c, const struct list *ended, bool several)
{
    struct db *db = c->lane->db;
    uint64_t took_us = db->now_us - c->head_us;
    bool slow = several && took_us >= db->opt.slow_us;
    LIST_FOREACH(it, ended)
    {
        const struct db_entry *e = LIST_ENTRY(it, struct db_entry, link);
        if (slow)
            group_set_apart(&db->apart, e->shape, db_now_ms(db));
        else if (!several && e->nstmts > 0)
            note_pace(c, e, took_us);
    }
}

/* From the connection's list to `ended`: the entries whose Sync is answered, the last of which is `last`. */
static bool take_ended(struct db_conn *c, const struct db_entry *last, struct list *ended)
{
    struct db_entry *e;
    bool failed = false;
    do {
        e = LIST_ENTRY(list_take_first(&c->inflight), struct db_entry, link);
        c->depth--;
        e->state = ENTRY_ENDING;
        e->conn = NULL;
        failed |= e->failed;
        list_append(ended, &e->link);
    } while (e != last);
    return failed;
}

/* The Sync is answered: the transaction is over. The connection is given back before owners hear of it; what
 * they do may end other jobs, but never takes an entry off `ended`. */
static void on_sync(struct db_conn *c, struct db_entry *last)
{
    struct list ended, *item;
    list_init(&ended);
    bool failed = take_ended(c, last, &ended);
    bool several = ended.next != ended.prev;
    c->current = NULL;
    note_time(c, &ended, several);
    c->head_us = c->lane->db->now_us;
    c->unclean |= last->changes_session;
    if (c->lane->kind == DB_EXCLUSIVE && last->nstmts > 0)
        lane_give_back(c);
    while ((item = list_take_first(&ended))) {
        struct db_entry *e = LIST_ENTRY(item, struct db_entry, link);
        if (several && failed)
            finish_failed(e);
        else
            finish(e);
    }
}

/* Rows that cannot be of the statement that is waited for: whatever else comes is not to be believed either.
 * Reads are repeated on another connection. */
static bool is_foreign(const struct db_entry *e, const PGresult *res)
{
    if (!e->job || e->at >= e->nsteps || e->steps[e->at].kind != STEP_EXEC)
        return false;
    int wanted = e->job->stmts[e->steps[e->at].stmt].ncolumns;
    return wanted && wanted != PQnfields(res);
}

static void on_result(struct db_conn *c, struct db_entry *e, PGresult *res)
{
    if (UNLIKELY(PQnfields(res) > 0 && is_foreign(e, res))) {
        e->fresh = true;
        PQclear(res);
        pg_conn_fail(&c->io, "the server answered with the columns of another statement");
        return;
    }
    switch ((int)PQresultStatus(res)) {
    case PGRES_PIPELINE_SYNC:
        PQclear(res);
        on_sync(c, e);
        return;
    case PGRES_PIPELINE_ABORTED:
        PQclear(res);
        on_aborted(c, e);
        return;
    case PGRES_TUPLES_OK:
    case PGRES_COMMAND_OK:
    case PGRES_EMPTY_QUERY: on_complete(c, e, res); return;
    case PGRES_SINGLE_TUPLE: on_batch(e, res, false); return;
    case PGRES_FATAL_ERROR: on_error(c, e, res); return;
    default: /* COPY, which has no place in a pipeline, or a broken protocol */
        PQclear(res);
        pg_conn_fail(&c->io, "the server answered what cannot be part of a job");
    }
}

static struct db_entry *current(const struct db_conn *c)
{
    return c->current ? c->current : LIST_ENTRY(c->inflight.next, struct db_entry, link);
}

/* e's results are complete when its last step's are; who has joined it comes next, without a Sync between. */
static void next_step(struct db_conn *c, struct db_entry *e)
{
    e->at += e->got;
    e->got = false;
    if (e->joined && e->at == e->nsteps)
        c->current = e = LIST_ENTRY(e->link.next, struct db_entry, link);
    if (UNLIKELY(e->hold) && e->at == e->nsteps)
        end_hold(c, e);
    else
        ask_for_batches(c, e);
}

static bool may_read(const struct db_conn *c)
{
    if (c->io.phase != PG_UP || list_empty(&c->inflight))
        return false;
    return !current(c)->paused && !PQisBusy(c->io.pg);
}

void pipeline_read(struct db_conn *c)
{
    bool was_null = false;
    db_read_clock(c->lane->db);
    while (may_read(c)) {
        struct db_entry *e = current(c);
        PGresult *res = PQgetResult(c->io.pg);
        if (res) {
            was_null = false;
            c->io.received = 0; /* of the result that comes next; what was read ahead of it is not counted */
            on_result(c, e, res);
            continue;
        }
        if (was_null)
            return; /* nothing is pending in libpq: more input must come first */
        was_null = true;
        next_step(c, e);
    }
}
