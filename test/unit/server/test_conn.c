/* Unit tests of server/conn and response through a loopback connection: pipelining, errors behind pending
 * answers, early answers, streaming, half-close, time limits, aborts. SPDX-License-Identifier: ISC */
#include "test/unit/server/conn_fixture.h"

#include <sys/socket.h>

static void one_exchange(void **state)
{
    loopback_exchange(&lb, GET("/hello"));
    assert_has("HTTP/1.1 200 OK\r\nDate: ");
    assert_has("\r\nServer: bobbin\r\n");
    assert_has("\r\nX-Content-Type-Options: nosniff\r\n");
    assert_has("\r\nContent-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n");
    assert_has("\r\nContent-Length: 6\r\n\r\n/hello");
    assert_lacks("Connection");
    assert_false(lb.closed);
    assert_int_equal(seen.finished, 1);
}

static void headers_of_the_handler(void **state)
{
    loopback_exchange(&lb, GET("/headers"));
    assert_has("\r\nX-One: 1\r\n");
    assert_has("\r\nContent-Security-Policy: default-src 'self'\r\n");
    assert_lacks("default-src 'none'");
}

static void bodiless_answers(void **state)
{
    loopback_exchange(&lb, GET("/204") GET("/304") "HEAD /hello HTTP/1.1\r\nHost: a\r\n\r\n" GET("/end"));
    assert_has("204 No Content");
    assert_has("304 Not Modified");
    assert_has("Content-Length: 4\r\n\r\n/end");
    const char *first = strstr(got(), "Content-Length");
    assert_ptr_equal(first, strstr(got(), "Content-Length: 4"));
}

static void connection_header(void **state)
{
    loopback_exchange(&lb, "GET / HTTP/1.0\r\n\r\n");
    assert_has("Connection: close\r\n");
    assert_true(lb.closed);
    loopback_exchange(&lb, "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    assert_has("Connection: keep-alive\r\n");
    assert_false(lb.closed);
    loopback_exchange(&lb, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" GET("/ignored"));
    assert_has("Connection: close\r\n");
    assert_int_equal(loopback_status(&lb, 0), 200);
    assert_int_equal(loopback_status(&lb, 1), 0);
}

static void pipelined_in_order(void **state)
{
    exchange_known(GET("/wait/1") GET("/2") GET("/wait/3") GET("/4"));
    assert_int_equal(seen.npending, 2);
    assert_int_equal(lb.received.tail, 0);
    send_text(seen.pending[1], 200, "third");
    loopback_wait(&lb, 0);
    assert_int_equal(lb.received.tail, 0);
    send_text(seen.pending[0], 200, "first");
    loopback_wait(&lb, 0);
    assert_int_equal(loopback_status(&lb, 3), 200);
    assert_true(strstr(got(), "first") < strstr(got(), "/2"));
    assert_true(strstr(got(), "/2") < strstr(got(), "third"));
    assert_true(strstr(got(), "third") < strstr(got(), "/4"));
}

static void writes_do_not_overtake(void **state)
{
    loopback_exchange(&lb, GET("/wait/1") POST("/wait/2", "1", "x") GET("/wait/3"));
    assert_int_equal(seen.npending, 1);
    send_text(seen.pending[0], 200, "first");
    loopback_wait(&lb, 0);
    assert_int_equal(seen.npending, 2);
    assert_int_equal(seen.pending[1]->method, HTTP_POST_);
    send_text(seen.pending[1], 200, "second");
    loopback_wait(&lb, 0);
    assert_int_equal(seen.npending, 3);
    send_text(seen.pending[2], 200, "third");
    loopback_wait(&lb, 0);
    assert_int_equal(loopback_status(&lb, 2), 200);
}

static void pipeline_is_bounded(void **state)
{
    exchange_known("");
    for (int i = 0; i < 50; i++)
        loopback_send(&lb, STR(GET("/wait")));
    assert_int_equal(seen.npending, 32);
    for (unsigned i = 0; i < seen.npending; i++) {
        send_text(seen.pending[i], 200, "");
        loopback_wait(&lb, 0);
    }
    assert_int_equal(seen.npending, 50);
    assert_int_equal(loopback_status(&lb, 49), 200);
}

static void error_waits_for_earlier_answers(void **state)
{
    loopback_exchange(&lb, GET("/wait") "BAD\x01REQUEST\r\n\r\n" GET("/never"));
    assert_int_equal(lb.received.tail, 0);
    send_text(seen.pending[0], 200, "good");
    loopback_wait(&lb, 0);
    assert_int_equal(loopback_status(&lb, 0), 200);
    assert_int_equal(loopback_status(&lb, 1), 400);
    assert_int_equal(loopback_status(&lb, 2), 0);
    assert_has("Connection: close");
    assert_true(lb.closed);
}

static void body_limits(void **state)
{
    loopback_exchange(&lb, POST("/echo", "5", "hello"));
    assert_has("\r\n\r\nhello");
    loopback_exchange(&lb, POST("/small", "5", "hello"));
    assert_int_equal(loopback_status(&lb, 0), 413);
    assert_true(lb.closed);
    loopback_exchange(&lb, "POST /small HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                           "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
    assert_int_equal(loopback_status(&lb, 0), 413);
    loopback_exchange(&lb, "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                           "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n" GET("/next"));
    assert_has("\r\n\r\nabcdeHTTP/1.1 200");
}

static void early_answers_keep_framing(void **state)
{
    loopback_exchange(&lb, POST("/refuse", "34", "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n") GET("/next"));
    assert_int_equal(loopback_status(&lb, 0), 401);
    assert_int_equal(loopback_status(&lb, 1), 200);
    assert_lacks("smuggled");
    loopback_exchange(&lb, "GET /refuse HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                           "0\r\n\r\n" GET("/next"));
    assert_int_equal(loopback_status(&lb, 0), 401);
    assert_has("Connection: close");
    assert_int_equal(loopback_status(&lb, 1), 0);
    loopback_exchange(&lb, POST("/refuse", "500000", "x"));
    assert_int_equal(loopback_status(&lb, 0), 401);
    assert_true(lb.closed);
}

static void expectation(void **state)
{
    loopback_open(&lb);
    loopback_send(
        &lb, STR("POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"));
    assert_string_equal(got(), "HTTP/1.1 100 Continue\r\n\r\n");
    loopback_send(&lb, STR("hi"));
    assert_has("\r\n\r\nhi");
    loopback_exchange(
        &lb, "POST /refuse HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    assert_lacks("100 Continue");
    assert_int_equal(loopback_status(&lb, 0), 401);
    assert_true(lb.closed);
    loopback_exchange(
        &lb, "POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nhi");
    assert_lacks("100 Continue");
    assert_has("\r\n\r\nhi");
}

static void a_stream(void **state)
{
    loopback_exchange(&lb, GET("/stream") GET("/next"));
    assert_has("Transfer-Encoding: chunked\r\n\r\n");
    assert_int_equal(seen.proceeded, 1);
    piece("abc", false);
    assert_has("\r\n\r\n3\r\nabc\r\n");
    piece("", false);
    piece("0123456789abcdef0", true);
    assert_has("3\r\nabc\r\n11\r\n0123456789abcdef0\r\n0\r\n\r\nHTTP/1.1 200 OK\r\n");
    assert_has("\r\n\r\n/next");
    assert_int_equal(seen.proceeded, 3);
    assert_int_equal(seen.stopped, 0);
    assert_false(lb.closed);
}

static void a_stream_that_ends_empty(void **state)
{
    loopback_exchange(&lb, GET("/stream"));
    piece("", true);
    assert_has("chunked\r\n\r\n0\r\n\r\n");
    loopback_exchange(&lb, "GET /stream HTTP/1.0\r\n\r\n");
    piece("plain", false);
    piece("text", true);
    assert_has("Connection: close\r\n\r\nplaintext");
    assert_lacks("chunked");
    assert_true(lb.closed);
}

static void head_of_a_stream(void **state)
{
    loopback_exchange(&lb, "HEAD /stream HTTP/1.1\r\nHost: a\r\n\r\n" GET("/next"));
    assert_int_equal(seen.proceeded, 0);
    assert_int_equal(seen.stopped, 1);
    assert_has("Transfer-Encoding: chunked\r\n\r\nHTTP/1.1 200 OK");
    assert_has("/next");
}

static void an_aborted_stream_is_cut(void **state)
{
    loopback_exchange(&lb, GET("/stream"));
    piece("abc", false);
    response_abort(seen.streaming);
    seen.streaming = NULL;
    loopback_wait(&lb, 0);
    assert_true(lb.closed);
    assert_lacks("0\r\n\r\n");
    assert_int_equal(seen.stopped, 0);
    assert_int_equal(seen.finished, 1);
}

static void back_pressure(void **state)
{
    char *big = malloc(60001);
    memset(big, 'x', 60000);
    big[60000] = '\0';
    loopback_open(&lb);
    loopback_send(&lb, STR(GET("/stream")));
    /* The client reads all the while here; without anybody reading, the generator must not be asked for ever.
     */
    int fd = lb.fd;
    lb.fd = -1;
    for (int i = 0; i < 100 && seen.streaming; i++)
        piece(big, false);
    assert_null(seen.streaming);
    assert_in_range(seen.proceeded, 2, 60);
    unsigned before = seen.proceeded;
    lb.fd = fd;
    loopback_wait(&lb, 0);
    assert_true(seen.proceeded > before);
    loopback_close(&lb);
    loopback_wait(&lb, 0);
    assert_int_equal(seen.stopped, 1);
    free(big);
}

/* The last piece of a stream comes while the one before it is still on the wire: what was pipelined behind
 * has to wait for both. */
static void nothing_gets_into_the_end_of_a_stream(void **state)
{
    exchange_known(GET("/orphan") GET("/behind"));
    response_stream(seen.pending[0], 200, &generator);
    loopback_wait(&lb, 0);
    const struct conn *c = LIST_ENTRY(lb.worker->conns.next, struct conn, link);
    int fd = lb.fd;
    lb.fd = -1;
    for (int i = 0; i < 100 && !c->blocked; i++)
        piece(big_text(50000), false);
    assert_true(c->blocked);
    piece("the end", true);
    lb.fd = fd;
    loopback_wait(&lb, 0);
    assert_has("\r\n7\r\nthe end\r\n0\r\n\r\nHTTP/1.1 200 OK");
    assert_has("\r\n\r\n/behind");
}

static void a_client_that_leaves(void **state)
{
    exchange_known(GET("/wait/1") GET("/wait/2"));
    loopback_close(&lb);
    assert_int_equal(seen.aborted, 2);
    assert_int_equal(seen.finished, 3);
    assert_true(list_empty(&lb.worker->conns));
}

static void an_orphan_stays_until_answered(void **state)
{
    exchange_known(GET("/wait/1") GET("/orphan"));
    loopback_close(&lb);
    assert_true(list_empty(&lb.worker->conns));
    assert_int_equal(seen.finished, 2);
    assert_true(seen.pending[1]->aborted);
    send_text(seen.pending[1], 200, "two");
    loopback_wait(&lb, 0);
    assert_int_equal(seen.finished, 3);
}

/* A response that ends with the connection cannot take back the requests behind it, of which one may stay
 * until it is answered: while the connection lingers, as it closes, or afterwards. */
static void stream_with_an_orphan_behind(void)
{
    exchange_known("GET /wait HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" GET("/orphan"));
    assert_int_equal(seen.npending, 2);
    response_stream(seen.pending[0], 200, &generator);
    loopback_wait(&lb, 0);
    piece("the end", true);
    assert_has("the end");
    assert_true(lb.closed);
    assert_int_equal(seen.finished, 2);
    assert_true(seen.pending[1]->aborted);
}

static void an_orphan_of_a_lingering_connection(void **state)
{
    stream_with_an_orphan_behind();
    assert_false(list_empty(&lb.worker->conns));
    unsigned spare = lb.worker->nspare_requests;
    send_text(seen.pending[1], 200, "late");
    loopback_wait(&lb, 0);
    assert_int_equal(seen.finished, 3);
    assert_int_equal(lb.worker->nspare_requests, spare + 1);
}

static void an_orphan_answered_while_its_connection_closes(void **state)
{
    stream_with_an_orphan_behind();
    struct conn *c = LIST_ENTRY(lb.worker->conns.next, struct conn, link);
    send_text(seen.pending[1], 200, "late");
    conn_expire(c, &(struct deadline){.kind = DEADLINE_LINGER});
    loopback_wait(&lb, 0);
    assert_int_equal(seen.finished, 3);
}

static void an_orphan_that_streams_too_late(void **state)
{
    stream_with_an_orphan_behind();
    response_stream(seen.pending[1], 200, &generator);
    loopback_wait(&lb, 0);
    assert_int_equal(seen.stopped, 1);
    assert_int_equal(seen.finished, 3);
    loopback_close(&lb);
    assert_int_equal(seen.finished, 3);
    assert_true(list_empty(&lb.worker->conns));
}

static void half_close_is_answered(void **state)
{
    loopback_exchange(&lb, GET("/wait"));
    loopback_half_close(&lb);
    assert_false(lb.closed);
    send_text(seen.pending[0], 200, "still there");
    loopback_wait(&lb, 0);
    assert_has("still there");
    assert_true(lb.closed);
    assert_int_equal(seen.aborted, 0);
    loopback_exchange(&lb, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nabc");
    loopback_half_close(&lb);
    assert_int_equal(loopback_status(&lb, 0), 400);
    assert_true(lb.closed);
}

static void decide(enum head_verdict verdict, uint64_t body_limit)
{
    struct request *req = seen.judged;
    assert_non_null(req);
    if (verdict == HEAD_REFUSED)
        send_text(req, 401, "no");
    request_head_decided(req, verdict, body_limit);
    loopback_wait(&lb, 0);
}

static void a_head_that_waits(void **state)
{
    loopback_exchange(&lb, GET("/later") GET("/behind"));
    assert_str(str_cstr(got()), "");
    decide(HEAD_READ_BODY, 100);
    assert_has("\r\n\r\n/later");
    assert_has("\r\n\r\n/behind");
    loopback_exchange(&lb, GET("/later") GET("/behind"));
    decide(HEAD_REFUSED, 0);
    assert_int_equal(loopback_status(&lb, 0), 401);
    assert_int_equal(loopback_status(&lb, 1), 200);
    assert_false(lb.closed);
}

static void a_body_waits_for_the_head(void **state)
{
    loopback_exchange(&lb, POST("/later", "10", "01234"));
    assert_int_equal(buf_len(&seen.judged->body), 5);
    loopback_send(&lb, STR("56789" GET("/behind")));
    assert_int_equal(buf_len(&seen.judged->body), 5); /* not read */
    assert_str(str_cstr(got()), "");
    decide(HEAD_READ_BODY, 10);
    assert_int_equal(loopback_status(&lb, 0), 200);
    assert_int_equal(loopback_status(&lb, 1), 200);
    loopback_exchange(&lb, POST("/later", "10", "0123456789"));
    decide(HEAD_READ_BODY, 9);
    assert_int_equal(loopback_status(&lb, 0), 413);
    loopback_exchange(&lb, POST("/later", "10", "01"));
    decide(HEAD_READ_BODY, 9);
    assert_int_equal(loopback_status(&lb, 0), 413);
    loopback_exchange(&lb, POST("/later", "10", "01"));
    decide(HEAD_REFUSED, 0);
    assert_int_equal(loopback_status(&lb, 0), 401);
    loopback_send(&lb, STR("23456789" GET("/behind")));
    assert_int_equal(loopback_status(&lb, 1), 200);
}

/* Whatever the application waits for, it ends: with a 503, since it is not the client who is late. */
static void a_head_waits_for_so_long(void **state)
{
    loopback_exchange(&lb, GET("/later"));
    loopback_wait(&lb, 600);
    assert_int_equal(loopback_status(&lb, 0), 503);
    assert_null(seen.judged);
    loopback_exchange(&lb, POST("/later", "10", "01"));
    loopback_wait(&lb, 600);
    assert_int_equal(loopback_status(&lb, 0), 503);
    assert_true(lb.closed);
    assert_null(seen.judged);
}

static void no_continue_before_the_head_is_decided(void **state)
{
    loopback_exchange(
        &lb, "POST /later HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
    assert_str(str_cstr(got()), "");
    decide(HEAD_READ_BODY, 10);
    assert_has("100 Continue");
    loopback_send(&lb, STR("xy"));
    assert_has("200 OK");
}

static void leaving_while_the_head_waits(void **state)
{
    loopback_exchange(&lb, GET("/later"));
    assert_non_null(seen.judged);
    struct linger reset = {.l_onoff = 1};
    setsockopt(lb.fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    loopback_close(&lb);
    assert_null(seen.judged);
    assert_int_equal(seen.finished, 1);
    /* What comes with the head may be malformed: then the server has responded by itself. */
    loopback_exchange(
        &lb, "POST /later HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nno chunk\r\n");
    assert_has("400 Bad Request");
    assert_null(seen.judged);
}

static void time_limits(void **state)
{
    loopback_exchange(&lb, "GET / HT");
    loopback_wait(&lb, 450);
    assert_int_equal(loopback_status(&lb, 0), 408);
    assert_true(lb.closed);
    loopback_exchange(&lb, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nabc");
    loopback_wait(&lb, 550);
    assert_int_equal(loopback_status(&lb, 0), 408);
    assert_has("body");
    loopback_exchange(&lb, GET("/"));
    loopback_wait(&lb, 650);
    assert_int_equal(loopback_status(&lb, 0), 200);
    assert_int_equal(loopback_status(&lb, 1), 0);
    assert_true(lb.closed);
    loopback_exchange(&lb, "");
    loopback_wait(&lb, 450);
    assert_true(lb.closed);
    assert_int_equal(lb.received.tail, 0);
    loopback_exchange(&lb, GET("/wait"));
    loopback_wait(&lb, 800);
    assert_false(lb.closed);
    send_text(seen.pending[0], 200, "done");
    loopback_wait(&lb, 0);
    assert_has("done");
}

static void draining(void **state)
{
    loopback_exchange(&lb, GET("/wait"));
    worker_drain(lb.worker, true);
    send_text(seen.pending[0], 200, "last");
    loopback_wait(&lb, 0);
    assert_has("Connection: close\r\n");
    assert_true(lb.closed);
    lb.worker->draining = lb.worker->closing = false;
}

static void a_reload_within_a_request(void **state)
{
    struct config_setting name = {STR("server-name"), STR("other")};
    struct config_source source = {.flags = &name, .nflags = 1};
    struct buf messages;
    buf_init(&messages, 0);
    const struct config *fresh = config_load(&source, &messages);
    buf_release(&messages);
    loopback_exchange(&lb, "GET /x HTTP/1.1\r\nHo");
    server_set_config(lb.server, fresh);
    config_unref(fresh);
    loopback_wait(&lb, 150); /* the fixed headers are written at the next tick */
    loopback_send(&lb, STR("st: a\r\n\r\n"));
    assert_has("Server: other\r\n");
    assert_str(worker_config(lb.worker)->server_name, "other");
}

static void an_idle_connection_is_small(void **state)
{
    loopback_exchange(&lb, GET("/"));
    assert_int_equal(lb.worker->nspare_requests > 0, 1);
    struct conn *c = LIST_ENTRY(lb.worker->conns.next, struct conn, link);
    assert_true(sizeof *c < 1024);
    assert_true(list_empty(&c->requests));
    assert_null(c->stash.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(one_exchange),
        TEST(headers_of_the_handler),
        TEST(bodiless_answers),
        TEST(connection_header),
        TEST(pipelined_in_order),
        TEST(writes_do_not_overtake),
        TEST(pipeline_is_bounded),
        TEST(error_waits_for_earlier_answers),
        TEST(body_limits),
        TEST(early_answers_keep_framing),
        TEST(expectation),
        TEST(a_stream),
        TEST(a_stream_that_ends_empty),
        TEST(head_of_a_stream),
        TEST(an_aborted_stream_is_cut),
        TEST(back_pressure),
        TEST(nothing_gets_into_the_end_of_a_stream),
        TEST(a_client_that_leaves),
        TEST(an_orphan_stays_until_answered),
        TEST(an_orphan_of_a_lingering_connection),
        TEST(an_orphan_answered_while_its_connection_closes),
        TEST(an_orphan_that_streams_too_late),
        TEST(half_close_is_answered),
        TEST(a_head_that_waits),
        TEST(a_body_waits_for_the_head),
        TEST(a_head_waits_for_so_long),
        TEST(no_continue_before_the_head_is_decided),
        TEST(leaving_while_the_head_waits),
        TEST(time_limits),
        TEST(draining),
        TEST(a_reload_within_a_request),
        TEST(an_idle_connection_is_small),
    };
    return cmocka_run_group_tests_name("conn", tests, NULL, NULL);
}
