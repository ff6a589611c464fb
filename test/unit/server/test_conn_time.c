/* Unit tests of the time that each request of a connection has: the time of another is not counted, and a
 * reload changes it for all. SPDX-License-Identifier: ISC */
#include "test/unit/server/conn_fixture.h"

#include <unistd.h>

static void each_read_of_a_half_closed_client_has_its_time(void **state)
{
    exchange_known(GET("/wait1") GET("/wait2"));
    loopback_half_close(&lb);
    loopback_wait(&lb, 250);
    send_text(seen.pending[0], 200, "first");
    loopback_wait(&lb, 250);
    assert_int_equal(seen.aborted, 0);
    send_text(seen.pending[1], 200, "second");
    loopback_wait(&lb, 0);
    assert_has("first");
    assert_has("second");
}

static void each_head_that_waits_has_its_time(void **state)
{
    exchange_known(GET("/later") POST("/later", "2", "x"));
    loopback_wait(&lb, 200);
    request_head_decided(seen.judged, HEAD_READ_BODY, 0);
    loopback_wait(&lb, 200);
    assert_non_null(seen.judged);
    request_head_decided(seen.judged, HEAD_READ_BODY, 2);
    loopback_send(&lb, STR("y"));
    assert_int_equal(loopback_status(&lb, 0), 200);
    assert_int_equal(loopback_status(&lb, 1), 200);
}

/* Who expects 100 Continue cannot send the body before it, and it cannot overtake an earlier response. */
static void a_body_that_nobody_asked_for_has_its_time(void **state)
{
    exchange_known(GET("/wait") "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n"
                                "Expect: 100-continue\r\n\r\n");
    loopback_wait(&lb, 700);
    assert_str(str_cstr(got()), "");
    send_text(seen.pending[0], 200, "first");
    loopback_wait(&lb, 0);
    assert_has("100 Continue");
    loopback_send(&lb, STR("body"));
    assert_has("\r\n\r\nbody");
}

static void reload(const char *idle)
{
    struct config_setting settings = {STR("timeout-idle"), str_cstr(idle)};
    struct config_source source = {.flags = &settings, .nflags = 1};
    struct buf messages;
    buf_init(&messages, 0);
    const struct config *fresh = config_load(&source, &messages);
    buf_release(&messages);
    assert_non_null(fresh);
    server_set_config(lb.server, fresh);
    config_unref(fresh);
    loopback_wait(&lb, 0);
}

/* Old connections have the new time too, and above all none hides behind them. */
static void a_reload_changes_the_time(void **state)
{
    reload("3600s");
    loopback_exchange(&lb, GET("/"));
    int old = lb.fd;
    lb.fd = -1;
    reload("200ms");
    loopback_exchange(&lb, GET("/"));
    loopback_wait(&lb, 500);
    assert_true(lb.closed);
    close(old);
}

/* At the end of a drain whoever is still sending is told so, too. */
static void giving_up_is_said_to_who_sends(void **state)
{
    loopback_exchange(&lb, POST("/echo", "10", "abc"));
    conn_give_up(LIST_ENTRY(lb.worker->conns.next, struct conn, link));
    loopback_wait(&lb, 0);
    assert_int_equal(loopback_status(&lb, 0), 503);
    assert_true(lb.closed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_read_of_a_half_closed_client_has_its_time),
        TEST(each_head_that_waits_has_its_time),
        TEST(a_body_that_nobody_asked_for_has_its_time),
        TEST(a_reload_changes_the_time),
        TEST(giving_up_is_said_to_who_sends),
    };
    return cmocka_run_group_tests_name("conn_time", tests, NULL, NULL);
}
