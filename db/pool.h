/* pool: what the files of db/ share about jobs and connections of one loop; nobody else includes it.
 *
 *     db_submit -> lane.waiting -> conn.inflight -> (Sync answered) -> on_done
 *                     ^----- again, once, after a lost connection or a stale plan
 *
 * A job's place in here is a db_entry, since a job may be gone (abandoned, timed out) before PostgreSQL has
 * answered for it: entry->job is then NULL and the entry stays in its connection's FIFO until its Sync.
 * Jobs that share a transaction (group.h) are neighbours in their connection's FIFO; the last of them owns
 * the Sync, and all of them end with it.
 *
 * Entries are pooled; connections are on exactly one list of their lane, by state; lane_set_state() is the
 * only way from one to another. SPDX-License-Identifier: ISC */
#ifndef DB_POOL_H
#define DB_POOL_H

#include "db/cancel.h"
#include "db/conf.h"
#include "db/conn.h"
#include "db/db.h"
#include "db/group.h"
#include "db/pace.h"
#include "db/queue.h"
#include "db/stmt.h"
#include "db/wheel.h"

#include "util/buf.h"

#define DB_ENTRY_MAGIC 0x656e7472u
#define DB_MAGIC 0x64626462u

enum db_entry_state { ENTRY_FREE, ENTRY_WAITING, ENTRY_RESTING, ENTRY_REFUSED, ENTRY_SENT, ENTRY_ENDING };

enum db_step_kind { STEP_PREPARE, STEP_EXEC };

struct db_step {
    uint8_t kind, stmt;
};

struct db_entry {
    unsigned magic;
    enum db_entry_state state;
    struct list link;       /* db.resting, db.refused, conn.inflight or db.free */
    struct queue_item wait; /* in its lane's queue, while it waits and, on an exclusive connection, runs */
    struct wheel_item due;
    struct db *db;
    struct db_job *job;   /* NULL: nobody waits for it any more, or it is our own */
    struct db_conn *conn; /* while SENT */
    uint64_t conn_id;     /* of the connection that was last asked */
    uint64_t deadline_ms, acquire_ms, shape;
    uint8_t nsteps, at, nstmts, stream_stmt;
    enum db_lane lane;
    bool stream, paused, delivered; /* delivered: rows have reached the owner */
    bool streams;                   /* outgrew the response buffer: its client's pace counts */
    bool moved_on;                  /* requeued once because of the job in front of it */
    bool large;                     /* outgrew a shared connection: only to be streamed */
    uint64_t source, sent_us;
    uint64_t paused_us, pause_at_us; /* in all, and since when */
    bool hold;                       /* its Sync is still to be sent */
    bool got;                        /* the step at `at` has answered; its closing NULL is to come */
    bool joined;                     /* the Sync behind its statements is a later entry's */
    bool alone;                      /* joins no group any more: one that it was in has failed */
    bool failed;                     /* one of its steps ended in an error or was skipped because of one */
    uint8_t repeats;                 /* after lost connections */
    uint8_t conflicts;               /* after deadlocks and serialization failures */
    bool moved;                      /* after a refusal by a standby */
    bool changes_session;            /* of its job */
    bool cleans;                     /* our own: puts the session back; the connection ends when it fails */
    bool asks_backend;               /* our own: which backend is it */
    bool stale_plan;                 /* its error may come from a statement prepared for another schema */
    bool fresh;                      /* nothing is prepared for it: its second try after that */
    bool definite;
    PGresult *held[DB_JOB_STMTS]; /* buffered results, handed out when the Sync is answered */
    PGresult *error;
    int error_stmt;
    uint64_t suspect; /* key of the statement whose error was only a suspicion, with this SQLSTATE; 0: none */
    char suspect_state[6];
    char tag[64]; /* of the statement that is streamed */
    /* Not cleared when an entry is taken: of nsteps steps, and of the statements that they are about. */
    struct db_step steps[DB_JOB_STMTS * 2];
    uint32_t serials[DB_JOB_STMTS]; /* of the prepared statements it uses; 0: none */
    uint64_t keys[DB_JOB_STMTS];
};

enum db_conn_state { CONN_CONNECTING, CONN_READY, CONN_BUSY, CONN_DRAINING, CONN_RETIRING, CONN_CLOSING };
#define CONN_NSTATES (CONN_CLOSING + 1)

struct db_conn {
    unsigned magic;
    enum db_conn_state state;
    struct pg_conn io;
    struct lane *lane;
    struct list link;     /* lane->conns[state] */
    struct list dirty;    /* db->dirty: has output to flush */
    struct list kick;     /* db->kicked: results may be waiting in libpq, of a stream that goes on or of a job
                             that holds */
    struct list inflight; /* entries, oldest first */
    unsigned depth;
    bool abandoned; /* closed by our own choice: what is in flight is repeated without being counted */
    struct db_entry *current; /* whose results come next; NULL: the oldest's */
    struct db_entry *tail;    /* newest of the group whose Sync is not sent yet; only within db_flush() */
    unsigned group;           /* jobs in that group */
    struct stmt_cache stmts;
    struct buf scratch; /* NUL-terminated text of an unprepared statement */
    uint64_t id;        /* unique in the process */
    uint64_t head_us;   /* since when the oldest entry is the server's work */
    uint64_t up_ms, idle_ms, expires_ms, drain_ms;
    struct db_cancel *cancel; /* the cancel request that is under way; NULL: none */
    bool unclean;             /* a job may have left something behind in the session */
    bool doubted;             /* a statement was missing: is it still the same backend? */
    bool fatal;               /* the server said why it hangs up: what was not answered was not executed */
};

/* A request to cancel; it may outlive its connection. */
struct db_cancel {
    struct list link; /* db->cancels */
    struct db *db;
    struct db_conn *conn; /* NULL: closed meanwhile */
    struct pg_cancel *pg;
};

struct lane {
    struct db *db;
    enum db_lane kind;
    unsigned max;
    struct list conns[CONN_NSTATES];
    unsigned n[CONN_NSTATES];
    struct queue queue;
    bool failed;         /* the last attempt to connect */
    bool no_room;        /* it, because the server takes no more connections */
    unsigned backoff_ms; /* 0: connect at once */
    uint64_t retry_ms;
};

/* Jobs that others' transactions undid (40001, 40P01) are repeated while they are few: each job earns a tenth
 * of a repeat, up to a burst. Else repeats would feed the contention that they come from. What a lost
 * connection took with it needs no budget: it waits, once, for a connection that is made with growing pauses.
 */
#define REPEAT_COST 10u
#define REPEAT_CREDIT_MAX (100 * REPEAT_COST)

/* Levels of the queues, best first: what is proven to be quick, and writes; what is not proven; functions
 * that are not proven, and what is known to be tardy. */
enum { LEVEL_QUICK, LEVEL_UNPROVEN, LEVEL_TARDY };

struct db {
    unsigned magic;
    uv_loop_t *loop;
    struct db_options opt;
    struct pg_conf conf;
    struct lane lanes[2];
    struct list dirty, kicked, cancels, refused, resting, free_entries, slabs;
    struct wheel wheel;
    struct pace pace;
    struct group_apart apart;
    struct stmt_seen seen;
    uv_timer_t tick;
    uv_idle_t idle; /* keeps the loop from sleeping between db_submit() and db_flush() */
    bool idling, fast, closing, silent;
    bool crowded;    /* there may be more streams than there should be */
    unsigned active; /* entries that are not free */
    unsigned handles;
    uint64_t generation;    /* of the schema: statements prepared for an older one are not used */
    unsigned repeat_credit; /* tenths of repeats after a conflict that may still be made */
    uint64_t heard_ms;
    uint64_t asked_ms;   /* when whether anybody is there was asked; 0: not since we have heard something */
    uint64_t renewed_ms; /* when all connections were last given up */
    uint64_t now_us;     /* read once per db_flush() and per read event: enough for averages */
    struct db_stats stats;
    char error[256];
    void (*on_closed)(void *arg);
    void *on_closed_arg;
};

static inline uint64_t db_now_ms(const struct db *db)
{
    return uv_now(db->loop);
}

static inline uint64_t db_read_clock(struct db *db)
{
    return db->now_us = uv_hrtime() / 1000;
}

/* db.c: makes sure that db_flush() runs soon. */
void db_wake(struct db *db);
/* The timer is of no use any more: while closing, it bounds the wait for cancel requests. */
void db_end_tick(struct db *db);
/* One of db->handles is gone. */
void db_handle_closed(struct db *db);

/* db.c: the entry waits for a connection of `kind`, or its turn again in front of its like. */
void db_wait(struct db_entry *e, enum db_lane kind);
void db_wait_again(struct db_entry *e, enum db_lane kind);

/* entry.c */
struct db_entry *entry_take(struct db *db);
void entry_release(struct db_entry *e);
/* Ends the job with this outcome, if there is one; the entry stays the caller's. */
void entry_finish(struct db_entry *e, enum db_outcome outcome, const struct db_error *error);
void entry_unavailable(struct db_entry *e, const char *why);
/* Waits again, before all others; the caller has taken it off its list. */
void entry_requeue(struct db_entry *e);
/* Waits again after a moment. */
void entry_rest(struct db_entry *e);
void entry_clear_results(struct db_entry *e);
/* Its connection is gone: repeats it, or ends it as what is known allows; `ours`: we have closed it, for no
 * fault of this job. */
void entry_salvage(struct db_entry *e, bool definite, bool ours);
/* How many statements the job has, and which of them is the stream. */
void entry_note_stmts(struct db_entry *e);
/* Whether it can be asked again: its owner has seen no rows, or has shown none and has forgotten them. The
 * last thing to ask before that is done. */
NODISCARD bool entry_restarts(struct db_entry *e);
void entry_too_large(struct db_entry *e);
void entry_expired(struct db_entry *e);
/* A paused stream goes on. */
void entry_resume(struct db_entry *e);
void entry_free_all(struct db *db);
unsigned db_retry_after_s(const struct db *db);

/* pipeline.c: jobs to messages, results to callbacks. */
/* False: the connection is broken and has been failed; the entry is in its FIFO all the same. */
void pipeline_send(struct db_conn *c, struct db_entry *e);
/* Sends the Sync that pipeline_send() may have left open for others to join. */
void pipeline_end_group(struct db_conn *c);
void pipeline_read(struct db_conn *c);
/* For upkeep.c and prepared.c: one more step; the Sync; the entry waits for its results. */
void pipeline_add_step(struct db_entry *e, enum db_step_kind kind, int stmt);
bool pipeline_sync(struct db_conn *c);
void pipeline_enqueue(struct db_conn *c, struct db_entry *e);

/* prepared.c: the named statements of a connection. */
/* The one for the job's statement i, prepared if that is worth it. NULL: it is sent with its text. */
struct stmt *prepared_get(struct db_conn *c, struct db_entry *e, int i);
/* Statement `stmt` of the entry does not exist on the server, or is of no use any more. */
void prepared_forget(struct db_conn *c, const struct db_entry *e, int stmt, bool exists);
/* Whether the error may be the fault of a prepared statement and not of what was asked; then the job is tried
 * once more with nothing prepared. A mere suspicion changes nothing for others: everybody can provoke such
 * errors. */
void prepared_judge(struct db_conn *c, struct db_entry *e, int stmt, const PGresult *error);
/* It ran with nothing prepared. If that made a difference, what was prepared is of no use to anybody. */
void prepared_convict(struct db_entry *e);

/* upkeep.c: jobs of our own. */
/* An empty query: is anybody there? */
void pipeline_probe(struct db_conn *c);
bool upkeep_is_due(const struct db_conn *c);
/* Puts back what jobs may have changed in the session. */
void upkeep_clean(struct db_conn *c);
/* What is due, before the next job; no group is open. */
void upkeep_send(struct db_conn *c);
/* The answer to the question which backend it is. */
void upkeep_backend(const struct db_conn *c, const PGresult *res);

/* lane.c: connections. */
void lane_init(struct lane *lane, struct db *db, enum db_lane kind, unsigned max);
void lane_set_state(struct db_conn *c, enum db_conn_state state);
/* Opens what is missing, as far as back-off and cap allow. */
void lane_maintain(struct lane *lane);
/* Closes what is too old or idle for too long. */
void lane_reap(struct lane *lane);
/* Gives up shared connections on which a statement that nobody waits for any more goes on and on. */
void lane_drop_unwanted(struct lane *lane);
/* Requeues what stands behind a job that takes long on a shared connection. */
void lane_move_blocked(struct lane *lane);
/* Streams give way until there are no more than there may be. */
void lane_evict_streams(struct lane *lane);
/* The result that is coming in has outgrown its connection. */
void lane_outgrown(struct db_conn *c);
/* True when lane_maintain() has something left to open. */
bool lane_wants(const struct lane *lane);
/* One more than the lane has, if the process may have one, to see whether the server answers; it is closed
 * again when it is one too many. */
void lane_open_probe(struct lane *lane);
/* Ends what waits for a connection of this lane, but what was promised a second chance. */
void lane_fail_waiting(struct lane *lane, const char *why);
/* Nothing works and nothing could be reached: jobs need not wait. */
bool lane_down(const struct lane *lane);
void lane_close_all(struct lane *lane);
/* The server behind them has become a standby: none is used for another job, at most once a second. */
void lane_renew_all(struct db *db);
/* The answer to an exclusive connection's job is complete. */
void lane_give_back(struct db_conn *c);
/* The job of an exclusive connection is gone: cancels what runs. */
void lane_cancel(struct db_conn *c);
/* Waits for no cancel request any longer. */
void lane_hurry_cancels(struct db *db);

#endif
