/* Unit tests of server/http1 and of request_judge(): which heads are requests and which are refused, with
 * what status. SPDX-License-Identifier: ISC */
#include "server/http1.h"
#include "server/response.h"
#include "server/worker_impl.h"
#include "test/unit/test.h"

struct parsed {
    struct http1 http1;
    struct worker worker; /* only its stock of requests is used */
    struct request *req;
};

static const struct config *config;

static struct request *begin(struct http1 *h)
{
    struct parsed *p = container_of(h, struct parsed, http1);
    if (p->req)
        request_free(p->req);
    p->req = request_take(&p->worker);
    return p->req;
}

static void head(struct http1 *h, struct request *req) {}

static const struct http1_ops ops = {begin, head};

static void parsed_init(struct parsed *p)
{
    memset(p, 0, sizeof *p);
    list_init(&p->worker.spare_requests);
    http1_init(&p->http1, &ops, config, false);
}

static void parsed_deinit(struct parsed *p)
{
    if (p->req)
        request_free(p->req);
}

/* Feeds pieces of at most `step` bytes up to the first event; 0 for a whole request, -1 for an incomplete
 * one, else the status of the refusal. */
static int feed(struct parsed *p, struct str s, size_t step)
{
    while (s.n > 0) {
        enum http1_event event;
        size_t used = http1_feed(&p->http1, s.p, MIN(step, s.n), &event);
        if (event == HTTP1_MESSAGE)
            return 0;
        if (event == HTTP1_FAILED)
            return p->http1.status;
        s = str_sub(s, used, s.n);
    }
    return -1;
}

#define H "Host: a\r\n"
#define CHUNKED "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n"

/* 0: accepted; -1: more is awaited; else refused with that status. */
static const struct {
    int expected;
    const char *bytes;
} heads[] = {
    {0, "GET / HTTP/1.1\r\n" H "\r\n"},
    {0, "\r\n\r\nGET / HTTP/1.1\r\n" H "\r\n"},
    {400, "\r\n\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\n" H "\r\n"},
    {0, "GET / HTTP/1.0\r\n\r\n"},
    {-1, "GET / HTTP/1.1\r\n" H},
    /* Versions. */
    {505, "GET / HTTP/2.0\r\n" H "\r\n"},
    {505, "GET / HTTP/1.2\r\n" H "\r\n"},
    {505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
    {400, "GET /\r\n\r\n"},
    {400, "GET / \r\n\r\n"},
    {400, "GET / HTTPS/1.1\r\n" H "\r\n"},
    {400, "GET / http/1.1\r\n" H "\r\n"},
    {400, "GET  / HTTP/1.1\r\n" H "\r\n"},
    {400, "GET / HTTP/1.1 \r\n" H "\r\n"},
    {400, "GET\t/ HTTP/1.1\r\n" H "\r\n"},
    /* Methods. */
    {501, "FROB / HTTP/1.1\r\n" H "\r\n"},
    {501, "get / HTTP/1.1\r\n" H "\r\n"},
    {0, "TRACE / HTTP/1.1\r\n" H "\r\n"},
    {501, "CONNECT a:80 HTTP/1.1\r\n" H "\r\n"},
    {501, "TRACK / HTTP/1.1\r\n" H "\r\n"},
    {400, "\x16\x03\x01\x02\x01\x01"},
    {400, "PROXY TCP4 1.1.1.1 2.2.2.2 1 2\r\nGET / HTTP/1.1\r\n" H "\r\n"},
    {400, "\r\n\r\n\0\r\nQUIT\n\x21\x11"},
    {0, "PATCH / HTTP/1.1\r\n" H "Content-Length: 0\r\n\r\n"},
    {0, "PURGE / HTTP/1.1\r\n" H "\r\n"},
    /* Line ends, blanks, bytes. */
    {400, "GET / HTTP/1.1\n" H "\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a\r\nA: b\rC: d\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\n" H "A: b\r\n c\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\n" H "A : b\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\n" H " A: b\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\n " H "\r\n"},
    {400, "GET / HTTP/1.1\r\n" H ": b\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\n" H "novalue\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\n" H "A(b: c\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\n" H "A: b\x01\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\n" H "A: b\x7f\r\n\r\n"},
    {0, "GET / HTTP/1.1\r\n" H "A: b\tc\r\n\r\n"},
    {0, "GET / HTTP/1.1\r\n" H "A: \xc3\xa9\r\n\r\n"},
    {0, "GET / HTTP/1.1\r\n" H "A:\r\nB:  \r\n\r\n"},
    /* Host. */
    {400, "GET / HTTP/1.1\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost:\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a,b\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a b\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a..b\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: .a\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a:65536\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a:8x\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a:-1\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: :80\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: ::1\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: [::1.]\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: [::g]\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: []\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: [::1]x\r\n\r\n"},
    {400, "GET / HTTP/1.0\r\nHost: a/b\r\n\r\n"},
    {0, "GET / HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n"},
    {0, "GET / HTTP/1.1\r\nHost: [::ffff:1.2.3.4]\r\n\r\n"},
    {0, "GET / HTTP/1.1\r\nhOSt:a.example.:65535\r\n\r\n"},
    {0, "GET / HTTP/1.1\r\nHost: a:\r\n\r\n"},
    /* Targets. */
    {0, "GET /a%20b?c=%25&d HTTP/1.1\r\n" H "\r\n"},
    {0, "OPTIONS * HTTP/1.1\r\n" H "\r\n"},
    {0, "GET http://b:80/x HTTP/1.1\r\n" H "\r\n"},
    {0, "GET HTTP://b HTTP/1.1\r\n" H "\r\n"},
    {0, "GET http://b?x=1 HTTP/1.1\r\n" H "\r\n"},
    {421, "GET https://b/x HTTP/1.1\r\n" H "\r\n"},
    {400, "GET ftp://b/x HTTP/1.1\r\n" H "\r\n"},
    {400, "GET http:///x HTTP/1.1\r\n" H "\r\n"},
    {400, "GET http://u@b/x HTTP/1.1\r\n" H "\r\n"},
    {400, "GET * HTTP/1.1\r\n" H "\r\n"},
    {400, "OPTIONS */x HTTP/1.1\r\n" H "\r\n"},
    {400, "GET a:80 HTTP/1.1\r\n" H "\r\n"},
    {400, "GET a HTTP/1.1\r\n" H "\r\n"},
    {400, "GET /% HTTP/1.1\r\n" H "\r\n"},
    {400, "GET /%g1 HTTP/1.1\r\n" H "\r\n"},
    {400, "GET /%u002e HTTP/1.1\r\n" H "\r\n"},
    {400, "GET /?a=%2 HTTP/1.1\r\n" H "\r\n"},
    {400, "GET /a#b HTTP/1.1\r\n" H "\r\n"},
    {400, "GET /\xc3\xa9 HTTP/1.1\r\n" H "\r\n"},
    {400, "GET /\x01 HTTP/1.1\r\n" H "\r\n"},
    {400, "GET /\x7f HTTP/1.1\r\n" H "\r\n"},
    /* Framing. */
    {0, "POST / HTTP/1.1\r\n" H "Content-Length: 3\r\n\r\nabc"},
    {-1, "POST / HTTP/1.1\r\n" H "Content-Length: 3\r\n\r\nab"},
    {400, "POST / HTTP/1.1\r\n" H "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc"},
    {400, "POST / HTTP/1.1\r\n" H "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc"},
    {400, "POST / HTTP/1.1\r\n" H "Content-Length: 3, 3\r\n\r\nabc"},
    {400, "POST / HTTP/1.1\r\n" H "Content-Length: +3\r\n\r\nabc"},
    {400, "POST / HTTP/1.1\r\n" H "Content-Length: -3\r\n\r\nabc"},
    {400, "POST / HTTP/1.1\r\n" H "Content-Length: 0x3\r\n\r\nabc"},
    {400, "POST / HTTP/1.1\r\n" H "Content-Length: 3 3\r\n\r\nabc"},
    {400, "POST / HTTP/1.1\r\n" H "Content-Length:\r\n\r\n"},
    {400, "POST / HTTP/1.1\r\n" H "Content-Length: 18446744073709551616\r\n\r\n"},
    {400, "POST / HTTP/1.1\r\n" H "Content-Length: 18446744073709551615\r\n\r\n"},
    {413, "POST / HTTP/1.1\r\n" H "Content-Length: 18446744073709551614\r\n\r\n"},
    {413, "POST / HTTP/1.1\r\n" H "Content-Length: 1001\r\n\r\n"},
    {400, "POST / HTTP/1.1\r\n" H "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
    {400, "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n"},
    {400, "POST / HTTP/1.0\r\n" H "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
    {400, "POST / HTTP/1.1\r\n" H "Transfer-Encoding:\r\n\r\n0\r\n\r\n"},
    {400, "POST / HTTP/1.1\r\n" H "Transfer-Encoding: identity\r\n\r\n0\r\n\r\n"},
    {400, "POST / HTTP/1.1\r\n" H "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"},
    {400, "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n"},
    {501, "POST / HTTP/1.1\r\n" H "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"},
    {400,
        "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
    {400, "POST / HTTP/1.1\r\n" H "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n"},
    {400, "POST / HTTP/1.1\r\n" H "Transfer-Encoding: \x0b"
          "chunked\r\n\r\n0\r\n\r\n"},
    {0, "POST / HTTP/1.1\r\n" H "Transfer-Encoding: Chunked\r\n\r\n0\r\n\r\n"},
    {0, CHUNKED "3\r\nabc\r\n0\r\n\r\n"},
    {0, CHUNKED "00003;a=\"b\"\r\nabc\r\n0\r\nX: y\r\n\r\n"},
    {400, CHUNKED "3\nabc\r\n0\r\n\r\n"},
    {400, CHUNKED "3\r\nabc0\r\n\r\n"},
    {400, CHUNKED "3\r\nabcd\r\n0\r\n\r\n"},
    {400, CHUNKED "0x3\r\nabc\r\n0\r\n\r\n"},
    {400, CHUNKED " 3\r\nabc\r\n0\r\n\r\n"},
    {400, CHUNKED "3 \r\nabc\r\n0\r\n\r\n"},
    {400, CHUNKED "-3\r\nabc\r\n0\r\n\r\n"},
    {400, CHUNKED "\r\nabc\r\n0\r\n\r\n"},
    {400, CHUNKED "g\r\nabc\r\n0\r\n\r\n"},
    {400, CHUNKED "10000000000000003\r\nabc\r\n0\r\n\r\n"},
    {400, CHUNKED "3;a\nb\r\nabc\r\n0\r\n\r\n"},
    {400, CHUNKED "0\r\nX : y\r\n\r\n"},
    {413, CHUNKED "3e9\r\n"}, /* filled up to the limit and beyond by the test */
    /* Expect. */
    {0, "POST / HTTP/1.1\r\n" H "Expect: 100-Continue\r\nContent-Length: 1\r\n\r\nx"},
    {417, "POST / HTTP/1.1\r\n" H "Expect: x 100-continue\r\nContent-Length: 1\r\n\r\nx"},
    {417,
        "POST / HTTP/1.1\r\n" H "Expect: 100-continue\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx"},
    {0, "POST / HTTP/1.0\r\nExpect: nonsense\r\nContent-Length: 1\r\n\r\nx"},
    /* Upgrade is ignored. */
    {0, "GET / HTTP/1.1\r\n" H
        "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\n\r\n"},
    {0, "POST / HTTP/1.1\r\n" H "Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 2\r\n\r\nab"},
};

/* Some entries hold a NUL: that length is not strlen's. */
static struct str bytes_of(size_t i)
{
    static const char with_nul[] = "\r\n\r\n\0\r\nQUIT\n\x21\x11";
    if (strncmp(heads[i].bytes, "\r\n\r\n", 5) == 0)
        return str_make(with_nul, sizeof with_nul - 1);
    return str_cstr(heads[i].bytes);
}

static void heads_in_any_pieces(void **state)
{
    size_t wrong = 0;
    static const size_t steps[] = {SIZE_MAX, 1, 2, 3, 7};
    for (size_t i = 0; i < ARRAY_LEN(heads); i++) {
        for (size_t k = 0; k < ARRAY_LEN(steps); k++) {
            struct parsed p;
            parsed_init(&p);
            int status = feed(&p, bytes_of(i), steps[k]);
            if (status == -1 && heads[i].expected == 413) {
                char fill[1002];
                memset(fill, 'x', sizeof fill);
                status = feed(&p, str_make(fill, sizeof fill), steps[k]);
            }
            wrong += status != heads[i].expected;
            if (status != heads[i].expected)
                print_error("in steps of %zu, %d instead of %d (%s) for: %s\n", steps[k], status,
                    heads[i].expected, p.http1.message, heads[i].bytes);
            parsed_deinit(&p);
        }
    }
    assert_int_equal(wrong, 0);
}

static void fields_are_collected(void **state)
{
    struct str s =
        STR("POST http://b.example:81/p%20q?x=%25 HTTP/1.1\r\nHost: a\r\nX-Empty:\r\nX-Blanks: \t v w \t\r\n"
            "Content-Length: 5\r\nx-blanks: two\r\n\r\nhello");
    for (size_t step = 1; step < 40; step++) {
        struct parsed p;
        parsed_init(&p);
        assert_int_equal(feed(&p, s, step), 0);
        assert_int_equal(p.req->method, HTTP_POST_);
        assert_str(p.req->method_name, "POST");
        assert_str(p.req->target, "http://b.example:81/p%20q?x=%25");
        assert_str(p.req->path, "/p%20q");
        assert_str(p.req->query, "x=%25");
        assert_str(p.req->host, "b.example:81");
        assert_str(request_header(p.req, STR("x-blanks")), "v w");
        assert_str(request_header(p.req, STR("X-EMPTY")), "");
        assert_null(request_header(p.req, STR("absent")).p);
        assert_int_equal(request_header_count(p.req, STR("X-Blanks")), 2);
        assert_str(buf_str(&p.req->body), "hello");
        assert_true(p.req->keep_alive && p.req->has_body);
        parsed_deinit(&p);
    }
}

static void trailers_are_dropped(void **state)
{
    struct parsed p;
    parsed_init(&p);
    assert_int_equal(feed(&p, STR(CHUNKED "1\r\na\r\n0\r\nX-Role: admin\r\nHost: evil\r\n\r\n"), 1), 0);
    assert_int_equal(request_header_count(p.req, STR("x-role")), 0);
    assert_int_equal(request_header_count(p.req, STR("host")), 1);
    assert_str(buf_str(&p.req->body), "a");
    assert_true(p.req->content_length == UINT64_MAX);
    parsed_deinit(&p);
}

static void two_messages_share_nothing(void **state)
{
    struct str s = STR("POST /1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
                       "GET /2 HTTP/1.1\r\nHost: b\r\nConnection: close\r\n\r\nrest");
    struct parsed p;
    enum http1_event event;
    parsed_init(&p);
    size_t used = http1_feed(&p.http1, s.p, s.n, &event);
    assert_int_equal(event, HTTP1_MESSAGE);
    assert_str(p.req->path, "/1");
    s = str_sub(s, used, s.n);
    assert_true(str_starts(s, STR("GET /2")));
    used = http1_feed(&p.http1, s.p, s.n, &event);
    assert_int_equal(event, HTTP1_MESSAGE);
    assert_str(p.req->path, "/2");
    assert_str(p.req->host, "b");
    assert_false(p.req->keep_alive || p.req->has_body);
    assert_str(str_sub(s, used, s.n), "rest");
    parsed_deinit(&p);
}

/* A head with `n` filler bytes between the two texts. */
static int with_filler(const char *before, char filler, size_t n, const char *after, size_t step)
{
    struct buf b;
    struct parsed p;
    buf_init(&b, 0);
    buf_append(&b, str_cstr(before));
    for (size_t i = 0; i < n; i++)
        buf_append_char(&b, filler);
    buf_append(&b, str_cstr(after));
    parsed_init(&p);
    int status = feed(&p, buf_str(&b), step);
    parsed_deinit(&p);
    buf_release(&b);
    return status;
}

static void limits(void **state)
{
    static const size_t steps[] = {1, 1000, SIZE_MAX};
    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        size_t step = steps[i];
        assert_int_equal(with_filler("GET /", 'a', 16384, " HTTP/1.1\r\n" H "\r\n", step), 0);
        assert_int_equal(with_filler("GET /", 'a', 16640, " HTTP/1.1\r\n" H "\r\n", step), 414);
        assert_int_equal(with_filler("GET /", 'a', 70000, "", step), 414);
        assert_int_equal(with_filler("GET / HTTP/1.1\r\n" H "A: ", 'a', 32000, "\r\n\r\n", step), 0);
        assert_int_equal(with_filler("GET / HTTP/1.1\r\n" H "A: ", 'a', 32768, "\r\n\r\n", step), 431);
        assert_int_equal(with_filler("GET / HTTP/1.1\r\n" H, 'a', 70000, "", step), 431);
        assert_int_equal(with_filler("GET / HTTP/1.1\r\n" H "A:", ' ', 200000, "", step), 431);
        assert_int_equal(with_filler(CHUNKED "3;", 'a', 16384, "\r\nabc\r\n0\r\n\r\n", step), 0);
        assert_int_equal(with_filler(CHUNKED "3;", 'a', 16385, "\r\nabc\r\n0\r\n\r\n", step), 413);
        assert_int_equal(with_filler(CHUNKED "0\r\nA: ", 'a', 4000, "\r\n\r\n", step), 0);
        assert_int_equal(with_filler(CHUNKED "0\r\nA: ", 'a', 4096, "\r\n\r\n", step), 431);
    }
}

static void field_count_limit(void **state)
{
    for (int n = 98; n <= 100; n++) {
        struct buf b;
        struct parsed p;
        buf_init(&b, 0);
        buf_append(&b, STR("GET / HTTP/1.1\r\n" H));
        for (int i = 0; i < n; i++)
            buf_printf(&b, "A%d: b\r\n", i);
        buf_append(&b, STR("\r\n"));
        parsed_init(&p);
        assert_int_equal(feed(&p, buf_str(&b), SIZE_MAX), n <= 99 ? 0 : 431);
        parsed_deinit(&p);
        buf_release(&b);
    }
}

static int make_config(void **state)
{
    struct config_setting body = {STR("limit-body"), STR("1000")};
    struct config_source source = {.flags = &body, .nflags = 1};
    struct buf messages;
    buf_init(&messages, 0);
    config = config_load(&source, &messages);
    buf_release(&messages);
    return config ? 0 : -1;
}

static int free_config(void **state)
{
    config_unref(config);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heads_in_any_pieces),
        cmocka_unit_test(fields_are_collected),
        cmocka_unit_test(trailers_are_dropped),
        cmocka_unit_test(two_messages_share_nothing),
        cmocka_unit_test(limits),
        cmocka_unit_test(field_count_limit),
    };
    return cmocka_run_group_tests_name("http1", tests, make_config, free_config);
}
