/* pg_fixture: a loop, a db and jobs that remember what happened to them, for tests against a real PostgreSQL
 * (BOBBIN_TEST_PGURI, a superuser's; without it such a program exits with 77, "skipped"). Each program works
 * in a database of its own, made anew. SPDX-License-Identifier: ISC */
#ifndef TEST_UNIT_DB_PG_FIXTURE_H
#define TEST_UNIT_DB_PG_FIXTURE_H

#include "db/db.h"
#include "db/session.h"

#include "test/unit/test.h"

#include <stdio.h>

struct pg_fixture {
    uv_loop_t loop;
    uv_check_t check;
    uv_timer_t pulse; /* lets fixture_wait() look at its condition now and then */
    struct db *db;
    struct db_options options;
    struct session *admin; /* in the database of the URI, not in the test's */
    char uri[1024];
    bool closed;
};

/* One job of up to three statements without parameters, or with those set afterwards. */
struct pg_work {
    struct db_job job;
    bool started, done; /* rows have come; on_done has */
    enum db_outcome outcome;
    char sqlstate[6], message[256], constraint[64];
    unsigned retry_after_s;
    int error_stmt;
    uint64_t nrows, nbatches;
    char value[256]; /* the first column of the last row seen */
    char tag[64];
    int last_stmt;
    uint64_t took_ms, started_ms;
    bool pause_at_first;
    uv_loop_t *loop;
};

/* Exits with 77 when there is no URI. */
void fixture_main_check(void);
void fixture_open(struct pg_fixture *f, const char *database, const struct db_options *options);
void fixture_close(struct pg_fixture *f);
/* Creates the database anew. */
void fixture_create_database(const char *database);
/* NULL: the database of the URI. */
struct session *fixture_session(const char *database);

void work_init(struct pg_fixture *f, struct pg_work *w, enum db_lane lane, int n, ...);
void work_submit(struct pg_fixture *f, struct pg_work *w);
/* Runs the loop until *flag or for ms; true when the flag was set. */
bool fixture_wait(struct pg_fixture *f, const bool *flag, uint64_t ms);
void fixture_run_for(struct pg_fixture *f, uint64_t ms);
/* Submits and waits up to 10 s. */
enum db_outcome work_run(struct pg_fixture *f, struct pg_work *w);
/* One read on the lane, its only value; "" when it failed. */
const char *fixture_ask(struct pg_fixture *f, enum db_lane lane, const char *sql);
struct db_stats fixture_stats(struct pg_fixture *f);
size_t fixture_rss_kb(void);

#endif
