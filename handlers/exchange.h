/* exchange: what the handlers know about one request, from ROUTE to FINISH. It lives in the request's arena
 * and dies with it; what is not memory (catalog reference, plan reference, database job) is given back by
 * dispose hooks. The steps are a table (steps.def); a small driver runs them:
 *
 *     MORE  go on with the next step
 *     WAIT  exactly one party holds the exchange (wait.h) and will call exchange_resume()
 *     DONE  an answer is complete or streaming; the driver must not be entered again
 *
 * SPDX-License-Identifier: ISC */
#ifndef HANDLERS_EXCHANGE_H
#define HANDLERS_EXCHANGE_H

#include "db/db.h"
#include "handlers/app.h"
#include "handlers/offload.h"
#include "handlers/plan_cache.h"
#include "handlers/timing.h"
#include "handlers/wait.h"
#include "query/format.h"
#include "query/plan.h"
#include "query/prefer.h"
#include "server/worker.h"

#define EXCHANGE_MAGIC 0x65786368u

enum step_result { STEP_MORE, STEP_WAIT, STEP_DONE };

enum step {
#define STEP(name, function, text) STEP_##name,
#include "handlers/steps.def"
#undef STEP
    STEPS_N
};

struct response_settings;
struct route;

struct exchange {
    unsigned magic;
    struct request *req;
    struct app_worker *app;
    struct settings *settings; /* as they were when the head came */
    struct timing *timing;     /* NULL: nobody asks */
    bool foreign_headers;      /* some are not ours: we do not know which there are */
    const struct route *route;
    enum step step;
    struct str schema, relation;     /* decoded */
    struct str next, prev;           /* parameters of the pages around this one (pages.h); empty: none */
    const struct jwt_check *checked; /* AUTH goes on with it; else NULL */
    enum jwt_error unchecked;        /* why there is none though AUTH waited for it */
    bool anonymous;
    uint64_t source;           /* who asks, for the fair queue of database jobs: address, role and claims */
    bool read_form;            /* a read by POST, with its parameters in the body */
    const char *role, *claims; /* NUL-terminated: parameters of the first statement */
    struct accept accept;      /* parsed when that is needed, see media.h; nitems = 0: not yet */
    struct format format;      /* of the answer */
    bool unbounded;            /* an export */
    struct prefer prefer;
    struct bound_plan plan;
    int main_stmt; /* number of the first statement of job that does the work, see context.h */
    struct response_settings *said; /* what SQL says about the answer; NULL: nobody was asked */
    struct buf body;
    uint64_t rows; /* encoded so far */
    bool have_total;
    bool estimated; /* counting took too long: the total is the planner's */
    bool too_large; /* no memory for the answer */
    uint64_t total;
    struct idempotency *idem;  /* of a write that came with a key; else NULL */
    int status;                /* of a write's or call's answer, once that is composed; 0: not yet */
    struct row_stream *stream; /* an answer that is sent while it is read; else NULL */
    struct wait *wait;         /* NULL: it runs, or has ended */
    struct wait job_wait;      /* for `job` */
    enum wait_kind waited;     /* for what, the last time */
    struct db_job job;         /* last: what it has no statements for is not cleared */
};

struct exchange *exchange_create(struct app_worker *app, struct request *req);
/* Runs steps from the current one until one waits or is done, but not beyond `last`. */
enum step_result exchange_run(struct exchange *x, enum step last);
/* The steps of the head, up to NEGOTIATE; *body_limit as in struct app. */
enum head_verdict exchange_head(struct exchange *x, uint64_t *body_limit);
/* See wait.h. */
void exchange_wait(struct exchange *x, struct wait *w);
void exchange_waited(struct exchange *x);
/* Submits x->job and waits for it: kept when it may change something. */
void exchange_submit(struct exchange *x, bool kept);
/* Has work done in the thread pool, with x->req and arg as in offload.h, and waits for it; done() begins with
 * exchange_waited(). Or refuses, when too much waits there. */
enum step_result exchange_offload(
    struct exchange *x, offload_work_fn *work, offload_done_fn *done, void *arg);
/* After exchange_waited(): the step after the waiting one runs next. */
void exchange_resume(struct exchange *x);
/* The current catalog, lent until the next one is asked for, or NULL while there is none. Statements that
 * were prepared before it are not used any more. */
NODISCARD struct catalog *exchange_catalog(const struct exchange *x);
/* Of the request's body, without its parameters; empty when there is none. */
struct str exchange_content_type(const struct exchange *x);
enum step_result step_route(struct exchange *x);
enum step_result step_auth(struct exchange *x);
enum step_result step_negotiate(struct exchange *x);
enum step_result step_target(struct exchange *x);
enum step_result step_root(struct exchange *x);
enum step_result step_call(struct exchange *x);
enum step_result step_write(struct exchange *x);
enum step_result step_plan(struct exchange *x);
enum step_result step_db(struct exchange *x);
enum step_result step_count(struct exchange *x);
enum step_result step_answer(struct exchange *x);

#endif
