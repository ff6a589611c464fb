/* test_session: against a real server. SPDX-License-Identifier: ISC */
#include "db/session.h"

#include "test/unit/db/pg_fixture.h"

#include <pthread.h>
#include <unistd.h>

static void results_and_errors(void **state)
{
    static const char *const params[] = {"4", NULL};
    struct session *s = fixture_session(NULL);
    assert_true(session_ok(s));
    assert_true(session_server_version(s) >= 130000);
    assert_true(session_query(s, "select i, $2::text from generate_series(1, $1::int) i", params, 2));
    assert_int_equal(session_nrows(s), 4);
    assert_string_equal(session_value(s, 3, 0), "4");
    assert_null(session_value(s, 0, 1));
    assert_string_equal(session_sqlstate(s), "");
    assert_false(session_exec(s, "select 1; select 1/0"));
    assert_string_equal(session_sqlstate(s), "22012");
    assert_non_null(strstr(session_error(s), "division by zero"));
    assert_true(session_exec(s, "select 1; select 2"));
    assert_string_equal(session_error(s), "");
    session_close(&s);
    assert_null(s);
}

static void cannot_connect(void **state)
{
    struct session *s = session_open("postgresql://nobody@127.0.0.1:1/x", "test");
    assert_false(session_ok(s));
    assert_non_null(strstr(session_error(s), "refused"));
    assert_false(session_exec(s, "select 1"));
    assert_int_equal(session_nrows(s), 0);
    session_cancel(s);
    session_close(&s);
}

static void *cancel_soon(void *arg)
{
    usleep(100000);
    session_cancel(arg);
    return NULL;
}

static void cancelled_from_another_thread(void **state)
{
    pthread_t thread;
    struct session *s = fixture_session(NULL);
    assert_int_equal(pthread_create(&thread, NULL, cancel_soon, s), 0);
    assert_false(session_exec(s, "select pg_sleep(20)"));
    assert_string_equal(session_sqlstate(s), "57014");
    pthread_join(thread, NULL);
    session_close(&s);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(results_and_errors),
        cmocka_unit_test(cannot_connect),
        cmocka_unit_test(cancelled_from_another_thread),
    };
    fixture_main_check();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
