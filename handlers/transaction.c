/* transaction: building the job, and what becomes of it. SPDX-License-Identifier: ISC */
#include "handlers/transaction.h"

#include "handlers/body.h"
#include "handlers/context.h"
#include "handlers/errors.h"
#include "handlers/idempotency.h"
#include "handlers/offload.h"
#include "handlers/response_settings.h"
#include "handlers/row_stream.h"
#include "handlers/statements.h"
#include "server/response.h"
#include "util/check.h"

void transaction_init(
    struct transaction *t, const struct transaction_ops *ops, struct exchange *x, const struct catalog *cat)
{
    *t = (struct transaction){.magic = TRANSACTION_MAGIC, .ops = ops, .x = x, .cat = cat};
}

void transaction_settle(struct transaction *t, bool has_max)
{
    struct exchange *x = t->x;
    bool allowed;
    t->asks = !x->format.explain && context_may_answer(x, catalog_settings(t->cat));
    t->rollback = statements_roll_back(x, &allowed);
    t->honoured = (struct prefer){.handling = x->prefer.handling,
        .timezone = x->prefer.timezone,
        .tx = allowed ? x->prefer.tx : PREFER_TX_UNSET,
        .has_max_affected = has_max,
        .max_affected = x->prefer.max_affected};
}

/* What only reads, or is undone, may be repeated without a key. */
bool transaction_prepare(struct transaction *t, struct plan_stmt *main)
{
    struct exchange *x = t->x;
    if (x->format.explain)
        main->sql = format_explain(&x->req->arena, &x->format, main->sql);
    return t->rollback || t->read_only || idempotency_read(x);
}

/* The response */

/* An EXPLAIN changes nothing, or by ANALYZE; then it matters how the transaction ended. */
static int plan_head(struct transaction *t)
{
    struct exchange *x = t->x;
    statements_preference_applied(x, &(struct prefer){.tx = t->honoured.tx});
    response_header(x->req, STR("Content-Type"), x->format.content_type);
    return 200;
}

/* Makes the response, but does not send it. */
static void compose(struct transaction *t)
{
    struct exchange *x = t->x;
    x->status = x->format.explain ? plan_head(t) : response_settings_apply(x, t->ops->head(t, true));
}

/* The head leaves before the last row is there. */
static int stream_head(struct exchange *x)
{
    struct transaction *t;
    CAST_OBJ(t, x->job.arg, TRANSACTION_MAGIC);
    return response_settings_apply(x, t->ops->head(t, false));
}

/* What is kept for a key may come of another statement than main: a document is shown by its last one. */
static void note_growth(struct transaction *t, bool main, bool last)
{
    struct exchange *x = t->x;
    if (x->too_large)
        return;
    if (x->stream && main)
        row_stream_more(x, last);
    else if (t->at_work && idempotency_outgrown(x))
        t->outgrown = true;
    if (t->outgrown)
        buf_clear(&x->body, 0);
}

static void on_rows(struct db_job *job, int stmt, const struct db_rows *rows)
{
    struct transaction *t;
    CAST_OBJ(t, job->arg, TRANSACTION_MAGIC);
    struct exchange *x = t->x;
    bool main = t->at_work && stmt == x->main_stmt;
    response_settings_rows(x, stmt, rows);
    if (x->format.explain && main)
        x->too_large |= !body_rows(x, NULL, rows);
    else
        t->ops->rows(t, stmt, rows);
    note_growth(t, main, rows->last);
}

/* The transaction is over, and part of the response is out. */
static void end_stream(struct transaction *t, bool ok)
{
    if (ok && !t->x->too_large)
        CHECK(!row_stream_end(t->x));
    else
        CHECK(!row_stream_failed(t->x));
}

static bool is_ok(const struct transaction *t)
{
    return !t->outgrown && t->ops->ok(t);
}

static void refuse(struct transaction *t)
{
    if (t->outgrown)
        error_send(t->x->req, ERR_KEY_RESPONSE, NULL);
    else
        t->ops->refuse(t);
}

static void fail(struct transaction *t, enum db_outcome outcome, const struct db_error *error)
{
    struct exchange *x = t->x;
    uint64_t n;
    const struct cat_relation *lines = t->ops->lines ? t->ops->lines(t, error) : NULL;
    enum idempotency_verdict verdict = idempotency_failed(x, outcome, error);
    if (verdict == IDEMPOTENCY_AGAIN)
        transaction_submit(t);
    else if (verdict == IDEMPOTENCY_ANSWERED)
        return;
    else if (outcome == DB_SQL_ERROR && t->guarded && statements_guard_failed(error, &n))
        t->ops->guarded(t, error, n);
    else if (outcome != DB_SQL_ERROR || !response_settings_failed(x, error))
        error_send_write(x->req, &(struct error_source){t->cat, lines}, outcome, error, x->anonymous,
            !t->read_only && !t->rollback);
}

static void on_done(struct db_job *job, enum db_outcome outcome, const struct db_error *error)
{
    struct transaction *t;
    CAST_OBJ(t, job->arg, TRANSACTION_MAGIC);
    struct exchange *x = t->x;
    exchange_waited(x);
    if (row_stream_started(x)) {
        end_stream(t, outcome == DB_OK);
    } else if (outcome != DB_OK) {
        fail(t, outcome, error);
    } else if (!x->status && !is_ok(t)) {
        refuse(t);
    } else {
        if (!x->status)
            compose(t);
        response_send(x->req, x->status, &x->body);
    }
}

/* Nothing was committed yet. What is no response is not kept. */
static void on_hold(struct db_job *job)
{
    struct transaction *t;
    CAST_OBJ(t, job->arg, TRANSACTION_MAGIC);
    if (t->ops->held && t->ops->held(t))
        return;
    if (!is_ok(t)) {
        statements_add_rollback(t->x);
        return;
    }
    compose(t);
    idempotency_keep(t->x);
}

/* The job */

/* Where the end decides on the head it is worth some memory to wait for it. */
static void begin_stream(struct transaction *t)
{
    const struct config *c = t->x->settings->config;
    size_t most = c->response_buffer;
    t->x->stream = NULL;
    if (!t->many || t->x->idem)
        return;
    if (t->late || t->asks || t->honoured.count != COUNT_NONE)
        most = MAX(most, c->limit_response_held);
    row_stream_init(t->x, most, stream_head);
}

static void begin(struct transaction *t)
{
    struct exchange *x = t->x;
    buf_clear(&x->body, SIZE_MAX);
    x->rows = 0;
    x->status = 0;
    x->too_large = x->have_total = false;
    x->said = NULL;
    t->outgrown = t->at_work = false;
    begin_stream(t);
    statements_begin(x, t->cat, t->function);
    t->ops->reset(t);
    if (!x->idem)
        return;
    if (t->foregone)
        compose(t);
    idempotency_claim(x, x->status);
}

void transaction_add_main(struct transaction *t, const struct plan_stmt *main,
    const struct cat_relation *const *tables, size_t ntables)
{
    struct exchange *x = t->x;
    if (x->stream && t->asks && x->settings->context->pre_request.n)
        response_settings_ask(x); /* or what it said would be known too late */
    t->at_work = true;
    x->main_stmt = x->job.nstmts;
    statements_add(x, main, tables, ntables);
    x->job.stmts[x->main_stmt].once = x->format.explain;
}

void transaction_add_end(struct transaction *t)
{
    struct exchange *x = t->x;
    if (t->asks)
        response_settings_ask(x);
    if (t->rollback)
        statements_add_rollback(x);
    x->job.hold = x->idem && !x->status;
    x->job.stream = t->many;
    x->job.after_stream = x->job.nstmts - 1 - x->main_stmt;
}

static bool on_restart(struct db_job *job);

static void build(struct transaction *t)
{
    struct exchange *x = t->x;
    begin(t);
    statements_start(x, t->cat, t->function, t->read_only);
    x->job.changes_session |= t->session;
    t->ops->add(t);
    x->job.finish = !t->read_only;
    x->job.on_rows = on_rows;
    x->job.on_done = on_done;
    x->job.on_hold = on_hold;
    x->job.on_restart = on_restart;
    x->job.arg = t;
}

static bool on_restart(struct db_job *job)
{
    struct transaction *t;
    CAST_OBJ(t, job->arg, TRANSACTION_MAGIC);
    if (row_stream_started(t->x))
        return false;
    idempotency_forget(t->x);
    build(t);
    return true;
}

void transaction_submit(struct transaction *t)
{
    struct exchange *x = t->x;
    build(t);
    exchange_submit(x, !t->read_only);
}

/* Planning */

static enum step_result go_on(struct transaction *t)
{
    if (!t->has_plan) {
        error_send_query(t->x->req, &t->error);
        return STEP_DONE;
    }
    if (!t->ops->planned(t))
        return STEP_DONE;
    transaction_submit(t);
    return STEP_WAIT;
}

static void plan(void *arg)
{
    struct transaction *t;
    CAST_OBJ(t, arg, TRANSACTION_MAGIC);
    t->has_plan = t->ops->plan(t, &t->error);
}

static void on_planned(struct request *req, void *arg, bool ran)
{
    struct transaction *t;
    CAST_OBJ(t, arg, TRANSACTION_MAGIC);
    exchange_waited(t->x);
    if (ran)
        (void)go_on(t);
    else
        error_send(req, ERR_BUSY, NULL); /* the process stops */
}

enum step_result transaction_run(struct transaction *t)
{
    struct exchange *x = t->x;
    if (buf_len(&x->req->body) <= OFFLOAD_BODY) {
        plan(t);
        return go_on(t);
    }
    return exchange_offload(x, plan, on_planned, t);
}
