/* Unit tests of server/headers, and of responses whose body others hold too. SPDX-License-Identifier: ISC */
#include "test/unit/server/conn_fixture.h"

static struct headers h;

static int setup(void **state)
{
    headers_init(&h);
    return 0;
}

static int teardown(void **state)
{
    headers_release(&h);
    return 0;
}

static void fields_are_lines_in_their_order(void **state)
{
    headers_add(&h, STR("ETag"), STR("\"1\""));
    headers_add(&h, STR("X-Empty"), STR(""));
    headers_add(&h, STR("ETag"), STR("\"2\""));
    assert_str(buf_str(&h.lines), "ETag: \"1\"\r\nX-Empty: \r\nETag: \"2\"\r\n");
    headers_clear(&h, 0);
    assert_int_equal(buf_len(&h.lines), 0);
}

static void names_are_found_in_whatever_case(void **state)
{
    headers_add(&h, STR("Content-Type"), STR("text/x: Vary: b"));
    headers_add(&h, STR("Varying"), STR("1"));
    assert_true(headers_has(&h, STR("content-TYPE")));
    assert_false(headers_has(&h, STR("Content")));
    assert_false(headers_has(&h, STR("Vary")));
    assert_false(headers_has(&h, STR("Content-Type:")));
}

static void a_value_does_not_end_its_line(void **state)
{
    assert_true(headers_value_ok(STR("a b")));
    assert_true(headers_value_ok((struct str){NULL, 0}));
    assert_false(headers_value_ok(STR("a\rb")));
    assert_false(headers_value_ok(STR("a\nb")));
    assert_false(headers_value_ok(STR("a\0b")));
}

static void what_was_said_too_early_is_taken_back(void **state)
{
    headers_add(&h, STR("A"), STR("1"));
    size_t mark = headers_mark(&h);
    headers_add(&h, STR("content-security-policy"), STR("default-src 'self'"));
    assert_true(h.csp);
    headers_cut(&h, mark);
    assert_false(h.csp);
    assert_str(buf_str(&h.lines), "A: 1\r\n");
}

static void lines_that_were_kept_come_back(void **state)
{
    headers_add_lines(
        &h, STR("A: 1\r\nContent-Security-Policy: x\r\nno field\r\n: nothing\r\nB:2\nC: a\rb\r\n\r\n"));
    assert_str(buf_str(&h.lines), "A: 1\r\nContent-Security-Policy: x\r\nB: 2\r\nC: a\r\n");
    assert_true(h.csp);
    headers_add_lines(&h, (struct str){NULL, 0});
    headers_clear(&h, 0);
    headers_add_lines(&h, STR("D"));
    assert_int_equal(buf_len(&h.lines), 0);
}

/* A large body that others hold is sent to each of its clients, a slow one among them. */
static void a_shared_body_reaches_all(void **state)
{
    struct buf b;
    buf_init(&b, 0);
    buf_append(&b, str_cstr(big_text(3000000)));
    struct blob *blob = blob_of(&b);
    uint64_t held = budget_held();
    exchange_known(GET("/wait1") GET("/wait2") "HEAD /wait3 HTTP/1.1\r\nHost: a\r\n\r\n" GET("/wait4"));
    for (unsigned i = 0; i < 3; i++) {
        response_header(seen.pending[i], STR("X-Kept"), STR("k"));
        response_own_header(seen.pending[i], STR("X-Own"), STR("o"));
        response_send_shared(seen.pending[i], 200, blob);
    }
    blob_unref(&blob);
    send_text(seen.pending[3], 200, "behind");
    assert_true(budget_held() < held + 1000000); /* nothing was copied */
    loopback_wait(&lb, 50);
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(loopback_status(&lb, i), 200);
    assert_has("\r\nX-Kept: k\r\nX-Own: o\r\nContent-Length: 3000000\r\n\r\nxxx");
    assert_has("\r\n\r\nbehind");
    assert_true(buf_len(&lb.received) > 6000000 && buf_len(&lb.received) < 6010000);
}

static void a_client_that_leaves_gives_the_body_back(void **state)
{
    struct buf b;
    buf_init(&b, 0);
    buf_append(&b, str_cstr(big_text(3000000)));
    struct blob *blob = blob_of(&b);
    exchange_known(GET("/wait1"));
    response_send_shared(seen.pending[0], 200, blob);
    worker_end_turn(lb.worker); /* a part is sent */
    loopback_close(&lb);
    assert_int_equal(blob_str(blob).n, 3000000);
    blob_unref(&blob); /* the last one, or the sanitizer says so */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(fields_are_lines_in_their_order, setup, teardown),
        cmocka_unit_test_setup_teardown(names_are_found_in_whatever_case, setup, teardown),
        cmocka_unit_test_setup_teardown(a_value_does_not_end_its_line, setup, teardown),
        cmocka_unit_test_setup_teardown(what_was_said_too_early_is_taken_back, setup, teardown),
        cmocka_unit_test_setup_teardown(lines_that_were_kept_come_back, setup, teardown),
        TEST(a_shared_body_reaches_all),
        TEST(a_client_that_leaves_gives_the_body_back),
    };
    return cmocka_run_group_tests_name("headers", tests, NULL, NULL);
}
