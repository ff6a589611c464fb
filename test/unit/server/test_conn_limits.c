/* Unit tests of what bounds a connection beyond its deadlines: memory, peers that left, clients that do not
 * read. SPDX-License-Identifier: ISC */
#include "test/unit/server/conn_fixture.h"

#include <sys/socket.h>

#define MB ((size_t)1 << 20)

static void post(const char *path, size_t n)
{
    struct buf b;
    buf_init(&b, 0);
    buf_printf(&b, "POST %s HTTP/1.1\r\nHost: a\r\nContent-Length: %zu\r\n\r\n", path, n);
    memset(buf_reserve(&b, n), 'b', n);
    b.tail += n;
    loopback_open(&lb);
    loopback_send(&lb, buf_str(&b));
    buf_release(&b);
}

static uint64_t count_of(unsigned cell)
{
    return metrics_cell(&lb.worker->metrics, cell);
}

/* Bodies and responses count while they are there, and not a moment longer. (tear_down() sees that nothing is
 * left.) */
static void memory_is_counted(void **state)
{
    assert_int_equal(budget_held(), 0);
    post("/wait", 300000);
    assert_in_range(budget_held(), 300000, 700000);
    send_text(seen.pending[0], 200, "done");
    loopback_wait(&lb, 0);
    assert_int_equal(budget_held(), 0);
    loopback_send(&lb, STR(GET("/stream")));
    uint64_t before = budget_held();
    int fd = lb.fd;
    lb.fd = -1;
    for (int i = 0; i < 100 && seen.streaming; i++)
        piece(big_text(60000), false);
    assert_in_range(budget_held(), before + 60000, before + 400000);
    lb.fd = fd;
    loopback_close(&lb);
    assert_int_equal(budget_held(), 0);
    loopback_exchange(&lb, GET("/wait"));
    loopback_send(&lb, STR(POST("/echo", "2", "ab") GET("/waits, in the stash")));
    assert_true(budget_held() > 0);
    loopback_close(&lb);
    assert_int_equal(budget_held(), 0);
}

static void a_shortage_refuses_what_is_large(void **state)
{
    budget_set_limit(MB);
    budget_take(MB);
    post("/echo", 10000);
    assert_int_equal(loopback_status(&lb, 0), 200);
    post("/echo", 20000);
    assert_int_equal(loopback_status(&lb, 0), 503);
    assert_has("{\"507\":\"There is not enough memory for the request body\"}");
    assert_true(lb.closed);
    loopback_exchange(&lb, GET("/small") GET("/big/100000") GET("/small"));
    assert_int_equal(loopback_status(&lb, 0), 200);
    assert_int_equal(loopback_status(&lb, 1), 503);
    assert_int_equal(loopback_status(&lb, 2), 200);
    assert_false(lb.closed);
    /* Who made a change is told so, and a stream holds little. */
    loopback_exchange(&lb, POST("/big/100000", "0", "") GET("/stream"));
    assert_int_equal(loopback_status(&lb, 0), 200);
    piece("whole", true);
    assert_has("whole");
    budget_give(MB);
    loopback_exchange(&lb, GET("/big/100000"));
    assert_int_equal(loopback_status(&lb, 0), 200);
}

/* Who holds most for longest gives way; nobody does while there is room. */
static void a_shortage_cuts_the_largest(void **state)
{
    budget_set_limit(8 * MB);
    loopback_exchange(&lb, "");
    int fd = lb.fd;
    lb.fd = -1;
    assert_true(send(fd, GET("/big/4000000"), strlen(GET("/big/4000000")), 0) > 0);
    loopback_wait(&lb, 1300);
    assert_in_range(budget_held(), 3 * MB, 5 * MB);
    assert_int_equal(count_of(METRIC_AT_HTTP_CUT + METRIC_CUT_MEMORY), 0);
    budget_take(4 * MB);
    loopback_wait(&lb, 300);
    assert_int_equal(count_of(METRIC_AT_HTTP_CUT + METRIC_CUT_MEMORY), 1);
    assert_int_equal(budget_held(), 4 * MB);
    budget_give(4 * MB);
    lb.fd = fd;
    loopback_close(&lb);
}

/* How many requests are worked on beside each other depends on how large responses were. */
static void large_responses_are_made_one_at_a_time(void **state)
{
    loopback_exchange(&lb, GET("/wait/1") GET("/wait/2"));
    assert_int_equal(seen.npending, 1); /* nobody knows yet */
    send_text(seen.pending[0], 200, big_text(100000));
    loopback_wait(&lb, 0);
    for (int i = 0; i < 40; i++)
        loopback_send(&lb, STR(GET("/wait/n")));
    assert_int_equal(seen.npending, 3); /* 256 kB have room for two of 100 kB */
    for (unsigned i = 1; i < 42; i++) {
        send_text(seen.pending[i], 200, "small");
        loopback_wait(&lb, 0);
        assert_true(i + 1 == 42 || seen.npending > i + 1);
    }
    assert_int_equal(seen.npending, 42);
}

/* A client that reads nothing has one response waiting, whatever it asks for. */
static void who_does_not_read_has_one_response(void **state)
{
    exchange_known("");
    int fd = lb.fd;
    lb.fd = -1;
    for (int i = 0; i < 20; i++)
        assert_true(send(fd, GET("/big/200000"), strlen(GET("/big/200000")), 0) > 0);
    loopback_wait(&lb, 0);
    for (int i = 0; i < 20; i++)
        assert_true(send(fd, GET("/stream"), strlen(GET("/stream")), 0) > 0);
    loopback_wait(&lb, 0);
    assert_in_range(budget_held(), 1, 300000);
    assert_null(seen.streaming);
    /* And everything as soon as it reads. */
    lb.fd = fd;
    loopback_wait(&lb, 0);
    assert_int_equal(loopback_status(&lb, 19), 200);
    assert_non_null(seen.streaming);
    loopback_close(&lb);
}

static int without_reading(const char *request)
{
    int fd = lb.fd;
    lb.fd = -1;
    assert_true(send(fd, request, strlen(request), 0) > 0);
    loopback_wait(&lb, 0);
    return fd;
}

/* The client takes 80 kB a second where a megabyte is the least. */
static void a_slow_reader_is_cut(void **state)
{
    static char bytes[8192];
    exchange_known("");
    int fd = without_reading(GET("/stream"));
    struct conn *c = LIST_ENTRY(lb.worker->conns.next, struct conn, link);
    struct request *req = LIST_ENTRY(c->requests.next, struct request, link);
    assert_true(request_take_rate(req) == UINT64_MAX); /* nothing has waited for it yet */
    piece(big_text(4000000), false);
    for (int i = 0; i < 100 && !list_empty(&lb.worker->conns); i++) {
        assert_true(recv(fd, bytes, sizeof bytes, 0) > 0);
        loopback_wait(&lb, 100);
        if (i == 3)
            assert_in_range(request_take_rate(req), 1000, 1000000);
    }
    assert_true(list_empty(&lb.worker->conns));
    assert_int_equal(count_of(METRIC_AT_HTTP_CUT + METRIC_CUT_RESPONSE_RATE), 1);
    assert_int_equal(seen.stopped, 1);
    lb.fd = fd;
    loopback_close(&lb);
}

static void a_response_has_its_time(void **state)
{
    static char bytes[8192];
    exchange_known("");
    int fd = without_reading(GET("/big/4000000"));
    for (int i = 0; i < 100 && !list_empty(&lb.worker->conns); i++) {
        assert_true(recv(fd, bytes, sizeof bytes, 0) > 0);
        loopback_wait(&lb, 100);
    }
    assert_true(list_empty(&lb.worker->conns));
    assert_int_equal(count_of(METRIC_AT_HTTP_CUT + METRIC_CUT_RESPONSE_TIME), 1);
    lb.fd = fd;
    loopback_close(&lb);
}

/* The database's time is not the client's. */
static void a_slow_stream_is_not_the_readers_fault(void **state)
{
    exchange_known(GET("/stream"));
    for (int i = 0; i < 16; i++) {
        piece("little", false);
        loopback_wait(&lb, 100);
    }
    piece("end", true);
    assert_has("end");
    assert_int_equal(count_of(METRIC_AT_HTTP_CUT + METRIC_CUT_RESPONSE_RATE), 0);
}

/* With input that nobody reads before it, a FIN is seen too; and who half-closed has his time. */
static void a_fin_behind_input_that_waits(void **state)
{
    loopback_exchange(&lb, GET("/wait") POST("/echo", "1", "x") GET("/never"));
    loopback_send(&lb, STR(GET("/never")));
    loopback_half_close(&lb);
    assert_int_equal(seen.aborted, 0);
    loopback_wait(&lb, 700);
    assert_int_equal(seen.aborted, 1);
    assert_true(lb.closed);
    assert_int_equal(count_of(METRIC_AT_HTTP_CUT + METRIC_CUT_HALF_CLOSED), 1);
}

static void what_waits_for_a_half_closed_client_is_answered(void **state)
{
    loopback_exchange(&lb, GET("/wait") POST("/echo", "1", "x"));
    loopback_half_close(&lb);
    loopback_wait(&lb, 100);
    send_text(seen.pending[0], 200, "first");
    loopback_wait(&lb, 0);
    assert_int_equal(loopback_status(&lb, 1), 200);
    assert_true(lb.closed);
    loopback_exchange(&lb, GET("/orphan") GET("/2"));
    loopback_half_close(&lb);
    send_text(seen.pending[1], 200, "first");
    loopback_wait(&lb, 0);
    assert_int_equal(loopback_status(&lb, 1), 200);
    assert_true(lb.closed);
}

/* The bounds up to 10 ms are five. */
static uint64_t slow_iterations(unsigned histogram)
{
    uint64_t n = 0;
    for (unsigned bucket = 5; bucket <= METRIC_BUCKETS; bucket++)
        n += count_of(histogram + bucket);
    return n;
}

/* Whether the longest step of an iteration was the busy request; it is not when something else ran on the
 * processor. */
static bool is_named(struct iteration *it)
{
    loopback_open(&lb);
    assert_true(send(lb.fd, GET("/busy"), strlen(GET("/busy")), 0) > 0);
    for (int i = 0; i < 10; i++) {
        uv_run(&lb.worker->loop, UV_RUN_NOWAIT);
        if (it->longest == ITERATION_REQUEST && it->longest_ns > 20000000)
            return it->longest_id == lb.worker->requests;
    }
    return false;
}

/* A step that takes the loop for long is counted, and named from the second time on. */
static void long_iterations_are_seen(void **state)
{
    struct iteration *it = &lb.worker->iteration;
    uint64_t before = slow_iterations(METRIC_AT_LOOP_ITERATION);
    uint64_t busy_before = slow_iterations(METRIC_AT_LOOP_CPU);
    exchange_known(GET("/busy"));
    assert_true(slow_iterations(METRIC_AT_LOOP_ITERATION) > before);
    assert_int_equal(slow_iterations(METRIC_AT_LOOP_CPU), busy_before); /* it slept */
    exchange_known(GET("/spin"));
    assert_true(slow_iterations(METRIC_AT_LOOP_CPU) > busy_before);
    before = slow_iterations(METRIC_AT_LOOP_ITERATION);
    loopback_send(&lb, STR(GET("/busy")));
    assert_true(slow_iterations(METRIC_AT_LOOP_ITERATION) > before);
    assert_true(it->traced);
    bool named = false;
    for (int i = 0; i < 20 && !named; i++)
        named = is_named(it);
    assert_true(named);
}

static int demanding(void **state)
{
    return conn_set_up_with("timeout-response-grace = 100ms\nlimit-response-min-rate = 1MB\n");
}

static int impatient(void **state)
{
    return conn_set_up_with("timeout-response = 500ms\nlimit-response-min-rate = 0\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(memory_is_counted),
        TEST(a_shortage_refuses_what_is_large),
        TEST(a_shortage_cuts_the_largest),
        TEST(large_responses_are_made_one_at_a_time),
        TEST(who_does_not_read_has_one_response),
        cmocka_unit_test_setup_teardown(a_slow_reader_is_cut, demanding, conn_tear_down),
        cmocka_unit_test_setup_teardown(a_slow_stream_is_not_the_readers_fault, demanding, conn_tear_down),
        cmocka_unit_test_setup_teardown(a_response_has_its_time, impatient, conn_tear_down),
        TEST(long_iterations_are_seen),
        TEST(a_fin_behind_input_that_waits),
        TEST(what_waits_for_a_half_closed_client_is_answered),
    };
    return cmocka_run_group_tests_name("conn_limits", tests, NULL, NULL);
}
