/* database: a scratch database for tests that need PostgreSQL. BOBBIN_TEST_PGURI names a database whose role
 * may create databases; without it such a test is skipped. SPDX-License-Identifier: ISC */
#ifndef TEST_UNIT_SCHEMA_DATABASE_H
#define TEST_UNIT_SCHEMA_DATABASE_H

#include "db/session.h"
#include "test/unit/test.h"

#include <stdio.h>
#include <unistd.h>

#define TEST_SKIPPED 77

static char scratch_name[64], scratch_uri[512];

static inline struct session *must_open(const char *uri)
{
    struct session *s = session_open(uri, "bobbin-test");
    if (!session_ok(s))
        fail_msg("%s: %s", uri, session_error(s));
    return s;
}

static inline void must_exec(struct session *s, const char *sql)
{
    if (!session_exec(s, sql))
        fail_msg("%s\n%s", session_error(s), sql);
}

/* The first value of a query. */
static inline const char *must_ask(struct session *s, const char *sql)
{
    must_exec(s, sql);
    assert_true(session_nrows(s) > 0);
    return session_value(s, 0, 0);
}

static inline void on_server(const char *format)
{
    char sql[400];
    struct session *s = must_open(getenv("BOBBIN_TEST_PGURI"));
    snprintf(sql, sizeof sql, format, scratch_name);
    must_exec(s, sql);
    session_close(&s);
}

/* Group fixtures: an empty database scratch_name, reached by scratch_uri. */
static inline int create_scratch(void **state)
{
    const char *base = getenv("BOBBIN_TEST_PGURI");
    snprintf(scratch_name, sizeof scratch_name, "bobbin_test_%d", (int)getpid());
    snprintf(
        scratch_uri, sizeof scratch_uri, "%s%cdbname=%s", base, strchr(base, '?') ? '&' : '?', scratch_name);
    on_server("create database %s");
    return 0;
}

static inline int drop_scratch(void **state)
{
    on_server("drop database %s with (force)");
    return 0;
}

#endif
