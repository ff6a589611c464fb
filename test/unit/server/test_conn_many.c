/* Unit tests of many connections that end at once: so many a turn, and requests are served in between.
 * SPDX-License-Identifier: ISC */
#include "test/unit/server/conn_fixture.h"
#include "util/caller.h"

#include <sys/socket.h>
#include <unistd.h>

#define PEERS 450u
#define MOST_IN_A_TURN 256u /* a turn has two ends */

static int peers[PEERS];

static void connect_peers(void)
{
    int pair[2];
    for (unsigned i = 0; i < PEERS; i++) {
        struct accepted a = {.client = "test", .caller = caller_of(STR("test"))};
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair), 0);
        a.fd = pair[0];
        peers[i] = pair[1];
        conn_create(lb.worker, &a);
    }
}

static void disconnect_peers(void)
{
    for (unsigned i = 0; i < PEERS; i++)
        close(peers[i]);
}

/* Turns until all have ended; each ends some, none too many. */
static void assert_ends_in_turns(unsigned keep)
{
    unsigned turns = 0;
    for (unsigned left = lb.worker->nconns; left > keep && turns < 10000; turns++) {
        uv_run(&lb.worker->loop, UV_RUN_NOWAIT);
        usleep(left == lb.worker->nconns ? 1000 : 0);
        assert_in_range(left - lb.worker->nconns, 0, MOST_IN_A_TURN);
        left = lb.worker->nconns;
    }
    assert_int_equal(lb.worker->nconns, keep);
    assert_true(turns > PEERS / MOST_IN_A_TURN);
}

static void many_that_leave_at_once(void **state)
{
    connect_peers();
    assert_int_equal(lb.worker->nconns, PEERS);
    disconnect_peers();
    assert_ends_in_turns(0);
}

static void requests_are_served_meanwhile(void **state)
{
    connect_peers();
    loopback_exchange(&lb, GET("/first"));
    disconnect_peers();
    assert_true(send(lb.fd, GET("/second"), strlen(GET("/second")), 0) > 0);
    while (lb.worker->nconns == PEERS + 1)
        uv_run(&lb.worker->loop, UV_RUN_NOWAIT);
    assert_true(lb.worker->nconns > 1); /* most are still to be closed */
    char answer[1000];
    assert_true(recv(lb.fd, answer, sizeof answer, 0) > 0);
    assert_memory_equal(answer, "HTTP/1.1 200", 12);
    assert_ends_in_turns(1);
}

static void many_whose_time_is_over(void **state)
{
    connect_peers();
    usleep(350000);
    assert_ends_in_turns(0);
    disconnect_peers();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(many_that_leave_at_once),
        TEST(requests_are_served_meanwhile),
        TEST(many_whose_time_is_over),
    };
    return cmocka_run_group_tests_name("conn_many", tests, NULL, NULL);
}
