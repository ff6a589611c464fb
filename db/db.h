/* db: the database as one loop sees it. A job is what one HTTP request asks of PostgreSQL: up to DB_JOB_STMTS
 * statements that run in one implicit transaction, end with one Sync and cost one round trip. Jobs go to
 * lanes:
 *
 *     SHARED     one or two pipelined connections; for statements known to be cheap; never stops reading
 *     EXCLUSIVE  a few connections, one job at a time; for everything else, and for streams with
 *                back-pressure
 *
 * The shared lane is earned: a job that asks for it gets it when it is `trusted`, or when statements like it
 * were measured to be quick (pace.h). Jobs behind one that takes long all the same are requeued elsewhere. Of
 * the exclusive lane, one connection is kept for what is quick and for writes, and one more for reads that
 * nothing is known of; streams together get half of it. With one too many, a slow reader gives way, of the
 * source with the most streams first; others do when somebody waits. Jobs wait in a queue that is fair by
 * source (queue.h).
 *
 * A reload of the schema makes all prepared statements worthless (db_set_generation). An error that may come
 * from one of them in the meantime, or because a pooler or SQL has dropped it, is not believed: the job is
 * tried once more with nothing prepared, if it can be (on_restart).
 *
 * What PostgreSQL undid because of others (a deadlock, a serialization failure) is tried again, twice, after
 * a moment of random length; what it refused because it has become a standby, once, on a new connection.
 *
 * All of it belongs to one thread. Nothing blocks: name lookup, connect, cancel and every read are
 * asynchronous. A job that cannot get a connection waits in a bounded queue with a deadline.
 * SPDX-License-Identifier: ISC */
#ifndef DB_DB_H
#define DB_DB_H

#include "util/arena.h"
#include "util/list.h"
#include "util/str.h"

#include <stdatomic.h>
#include <uv.h>

#define DB_JOB_STMTS 30
#define DB_JOB_FEW 12 /* that a job has room for of its own */

enum db_lane { DB_SHARED, DB_EXCLUSIVE };

/* What is presumed of a job while nothing is known of its statements: that a write is quick, that a read may
 * be slow, that a function may be slower. */
enum db_kind { DB_READ, DB_WRITE, DB_CALL };

enum db_outcome {
    DB_OK,          /* every statement succeeded and the Sync was answered */
    DB_SQL_ERROR,   /* PostgreSQL refused; `error` says what; the transaction is rolled back */
    DB_UNAVAILABLE, /* no connection, queue full, lost before anything could have run; retry later */
    DB_LOST, /* connection lost after the Sync was sent: a read may be repeated, a write's fate is unknown */
    DB_TIMEOUT,   /* the job's own deadline passed (waiting or running) */
    DB_TOO_LARGE, /* a row, or a result that cannot be streamed, is larger than the options' row_max */
};

/* Slices live until on_done returns. */
struct db_error {
    struct str sqlstate; /* 5 bytes; empty when PostgreSQL did not answer */
    struct str message, detail, hint, constraint, column, table, schema;
    unsigned retry_after_s; /* seconds until the next attempt to connect, at least 1; for DB_UNAVAILABLE */
    int stmt;               /* which statement failed, -1: none */
    bool
        acquire_timeout; /* of DB_UNAVAILABLE: the database is there, but no connection became free in time */
    bool crowded;        /* of DB_UNAVAILABLE: a stream that gave way to others */
};

/* A batch of rows of statement `stmt`; valid inside the callback only. Values are text, NUL-terminated. */
struct db_rows {
    const void *res; /* a PGresult; only db/ looks inside */
    int nrows, ncols;
    bool last; /* the statement is complete with this batch (always true for buffered jobs) */
    struct str command_tag;
    uint64_t connection; /* which of the process's connections answered; never used twice */
};

const char *db_rows_value(const struct db_rows *rows, int row, int col, size_t *len); /* NULL: SQL NULL */
uint32_t db_rows_type(const struct db_rows *rows, int col);

struct db_stmt {
    struct str sql; /* must live until on_done; hashed once by db_stmt_init */
    const char *const *params;
    int nparams;
    int ncolumns; /* that rows must have, or the server's answers are not ours: the connection is given up.
                     0: any */
    uint64_t
        key; /* of the prepared statement: hash of sql and of `salt` (e.g. the role where policies differ) */
    bool once; /* not worth preparing: it will hardly come again on this connection */
};

void db_stmt_init(struct db_stmt *s, struct str sql, const char *const *params, int nparams, struct str salt);

/* What the message of an error that a statement of ours raises on purpose quotes begins with this; such an
 * error is believed. */
#define DB_GUARD "bobbin-"

struct db;
struct db_job;

/* on_rows: called for each statement that returns a result, in order; for a stream as often as there are
 * batches. on_done: called exactly once, unless the job was abandoned; the job may be reused or freed inside
 * it. Neither is called from within db_submit(). on_restart: a stream that has given rows is to be asked
 * again from the beginning, or any job whose transaction is undone after it was given rows; true: its
 * owner has shown nothing of them yet and has forgotten them. He may fill the job anew, from db_job_init()
 * on. */
typedef void db_rows_cb(struct db_job *job, int stmt, const struct db_rows *rows);
typedef bool db_restart_cb(struct db_job *job);
typedef void db_done_cb(struct db_job *job, enum db_outcome outcome, const struct db_error *error);
/* Of a job that holds: all statements have succeeded, their rows were handed out, nothing is committed. May
 * add statements to the job; they and the Sync follow, and on_done tells how that ended. Or it sets `hold`
 * again, and is called again when those have succeeded too. */
typedef void db_hold_cb(struct db_job *job);

/* Embedded in its owner's request state; the owner fills it, then submits. Everything it points at must live
 * until on_done or db_abandon(). */
struct db_job {
    unsigned magic;
    int nstmts;
    enum db_lane lane; /* SHARED: where it may go once that is earned */
    enum db_kind kind;
    uint64_t source; /* who asks, for the fair queue; 0: ourselves */
    bool trusted;    /* needs no proof for the shared lane: by key, or our own */
    bool read_only;  /* may be repeated once when the connection is lost before any row was delivered */
    bool hold;       /* EXCLUSIVE only: a second round trip before the Sync, see db_hold_cb; reset by it */
    bool shares;     /* SHARED and read_only: may share a transaction with others of the same first statement,
                        which then is sent once and must not return rows (group.h) */
    bool stream; /* on an exclusive connection rows arrive in batches, and db_job_pause() holds the database
                    back; on a shared one they arrive at once, and are few */
    bool finish; /* db_abandon() does not cancel it: what it changes is changed, and its rows are dropped */
    bool changes_session; /* may run code that leaves something behind in the session: settings, locks,
                             temporary tables. Goes to EXCLUSIVE; the session is put back before it is used
                             again */
    int after_stream;     /* statements behind the one whose rows are streamed; 0: that is the last one */
    uint64_t timeout_ms;  /* from submit to on_done; 0: the options' request timeout. A stream is exempt from
                             db_job_streams() on */
    db_rows_cb *on_rows;
    db_done_cb *on_done;
    db_hold_cb *on_hold;       /* when `hold` is set */
    db_restart_cb *on_restart; /* may be NULL: a stream is not asked again */
    void *arg;
    /* Owned by db/ between submit and done. */
    struct list link;
    struct db_entry *entry;
    int room;
    struct db_stmt
        *stmts; /* `few`, or what db_job_widen() was given; behind the first nstmts nothing is looked at */
    struct db_stmt few[DB_JOB_FEW];
};

#define DB_JOB_MAGIC 0x6a6f6221u
void db_job_init(struct db_job *job);
/* Moves the statements to `stmts`, with room for DB_JOB_STMTS, which must live as long as the job. (A job
 * points into itself: it may not be copied.) */
void db_job_widen(struct db_job *job, struct db_stmt *stmts);

struct db_options {
    const char *conninfo; /* libpq URI or keyword string; multi-host allowed */
    const char *application_name;
    const char *search_path;        /* that connections begin with; NULL: the server's */
    struct db_slots *slots;         /* of the process; NULL: no cap beyond those of the lanes */
    unsigned shared_connections;    /* per loop */
    unsigned exclusive_connections; /* per loop, at most */
    unsigned shared_depth;          /* jobs in flight on one shared connection */
    unsigned group_max;             /* jobs that may share a transaction; 1: none does */
    unsigned queue_max;      /* jobs waiting for a connection, per loop; beyond: DB_UNAVAILABLE at once */
    unsigned statements_max; /* prepared statements per connection */
    size_t statement_bytes;  /* of a backend's memory that they may take, by estimate; 0: 32 MB */
    bool prepared;           /* db-prepared-statements */
    uint64_t acquire_timeout_ms, request_timeout_ms, connect_timeout_ms, statement_timeout_ms;
    uint64_t idle_ms,
        lifetime_ms;  /* exclusive connections: closed when idle so long; any: replaced when so old */
    uint64_t slow_us; /* a statement whose measured time is above goes to EXCLUSIVE next time */
    size_t
        shared_result_max; /* bytes of one result on a shared connection; a larger one is streamed instead */
    size_t row_max;        /* bytes of one row, and of a result that cannot be streamed */
};

/* How many connections the whole process may have. From any thread. */
struct db_slots {
    unsigned max;
    atomic_uint used;
};
NODISCARD bool db_slots_take(struct db_slots *s);
void db_slots_give(struct db_slots *s);

struct db_stats {
    unsigned connected, connecting, busy, waiting;
    uint64_t jobs, retries, timeouts, acquire_timeouts, reconnects, cancels, prepares, demoted, joined,
        cleanings;
    uint64_t moved;     /* jobs requeued because the one in front of them took long */
    uint64_t evicted;   /* streams that gave way to others */
    uint64_t outgrown;  /* results too large for a shared connection, asked again as streams */
    uint64_t refused;   /* jobs for which the queue had no room */
    uint64_t heard_ms;  /* age of the last sign of life of the server; UINT64_MAX: there was none */
    bool reachable;     /* at least one connection is usable, and none has been silent for too long */
    uint64_t silent_ms; /* age of the oldest answer that is owed */
};

NODISCARD struct db *db_create(uv_loop_t *loop, const struct db_options *options);
/* Takes over what may change while it runs: prepared, statement_bytes, queue_max, request_timeout_ms,
 * slow_us. What was learned about slow statements is learned again. */
void db_configure(struct db *db, const struct db_options *options);
/* The schema is another one from now on; statements prepared before are prepared anew before they are used
 * again. `generation` only grows. */
void db_set_generation(struct db *db, uint64_t generation);
/* Stops: waiting jobs end with DB_UNAVAILABLE, running ones are cancelled; on_closed runs when all handles
 * are closed. Not from within a job's callback. */
void db_close(struct db *db, void (*on_closed)(void *arg), void *arg);
void db_free(struct db **db);

void db_submit(struct db *db, struct db_job *job);
/* The caller no longer wants it: no callback will follow. On an exclusive connection the query is cancelled,
 * on a shared one its rows are drained; when it goes on for more than a second, its connection is given up
 * and the reads behind it are repeated. Safe at any time between submit and done; afterwards the job's memory
 * is the caller's again. */
void db_abandon(struct db *db, struct db_job *job);
/* Streams: stop and go on delivering rows (the database is held back by not reading its socket). */
void db_job_pause(struct db_job *job);
/* The response has outgrown its buffer: from here on the client's pace counts, no deadline of the job's, and
 * it is one of the streams that have to get along with each other. */
void db_job_streams(struct db_job *job);
void db_job_resume(struct db_job *job);

void db_get_stats(const struct db *db, struct db_stats *out);
/* Why the last connection was lost or could not be made; "" when that never happened. */
const char *db_last_error(const struct db *db);
/* Sends all that was submitted in this turn; called by the loop's uv_check, and by nobody else. */
void db_flush(struct db *db);

#endif
