/* Tests of cache/redis against a server of the test's own that answers by a script, in the same loop: what no
 * real Redis does on demand. SPDX-License-Identifier: ISC */
#include "test/unit/cache/loop.h"
#include "test/unit/test.h"

#include <signal.h>
#include <stdio.h>

/* How the server answers each command: by the first letter of its name, or for all. NULL: not at all. */
struct script {
    const char *ping, *get, *set, *auth, *select;
    bool hang_up_on_get;
};

struct peer {
    uv_tcp_t tcp;
    char in[65536];
    size_t n;
};

static uv_loop_t loop;
static uv_tcp_t server;
static struct script script;
static struct peer *peers[16];
static size_t npeers;
static unsigned accepted, answered;
static char uri[64], error[128], last_auth[128];

static void on_peer_closed(uv_handle_t *h)
{
    free(h->data);
}

static void close_peer(struct peer *p)
{
    for (size_t i = 0; i < npeers; i++) {
        if (peers[i] == p) {
            peers[i] = peers[--npeers];
            uv_close((uv_handle_t *)&p->tcp, on_peer_closed);
            return;
        }
    }
}

static void on_written(uv_write_t *w, int status)
{
    free(w);
}

static void answer(struct peer *p, const char *text)
{
    if (!text)
        return;
    uv_write_t *w = malloc(sizeof *w);
    uv_buf_t b = uv_buf_init((char *)text, (unsigned)strlen(text));
    assert_int_equal(uv_write(w, (uv_stream_t *)&p->tcp, &b, 1, on_written), 0);
    answered++;
}

/* The length of the first complete command in p->in, with its words joined by a blank; 0: none yet. */
static size_t take_command(const struct peer *p, char *words, size_t size)
{
    int n, used;
    if (sscanf(p->in, "*%d\r\n%n", &n, &used) != 1)
        return 0;
    size_t at = (size_t)used;
    words[0] = '\0';
    for (int i = 0; i < n; i++) {
        size_t length;
        if (at >= p->n || sscanf(p->in + at, "$%zu\r\n%n", &length, &used) != 1 ||
            at + (size_t)used + length + 2 > p->n)
            return 0;
        at += (size_t)used;
        size_t have = strlen(words);
        snprintf(words + have, size - have, "%s%.*s", i ? " " : "", (int)length, p->in + at);
        at += length + 2;
    }
    return at;
}

static bool serve(struct peer *p, const char *words)
{
    if (strncmp(words, "GET", 3) == 0 && script.hang_up_on_get) {
        close_peer(p);
        return false;
    }
    if (strncmp(words, "AUTH", 4) == 0)
        snprintf(last_auth, sizeof last_auth, "%s", words);
    answer(p, words[0] == 'P'                      ? script.ping
              : words[0] == 'G'                    ? script.get
              : words[0] == 'A'                    ? script.auth
              : words[1] == 'E' && words[2] == 'L' ? script.select
                                                   : script.set);
    return true;
}

static void on_read(uv_stream_t *s, ssize_t n, const uv_buf_t *b)
{
    struct peer *p = s->data;
    char words[1024];
    size_t used;
    if (n < 0) {
        close_peer(p);
        return;
    }
    p->n += (size_t)n;
    p->in[p->n] = '\0';
    while ((used = take_command(p, words, sizeof words)) > 0) {
        memmove(p->in, p->in + used, p->n - used + 1);
        p->n -= used;
        if (!serve(p, words))
            return;
    }
}

static void on_alloc(uv_handle_t *h, size_t suggested, uv_buf_t *b)
{
    struct peer *p = h->data;
    *b = uv_buf_init(p->in + p->n, (unsigned)(sizeof p->in - p->n - 1));
}

static void on_connection(uv_stream_t *s, int status)
{
    struct peer *p = calloc(1, sizeof *p);
    uv_tcp_init(&loop, &p->tcp);
    p->tcp.data = p;
    assert_int_equal(uv_accept(s, (uv_stream_t *)&p->tcp), 0);
    uv_read_start((uv_stream_t *)&p->tcp, on_alloc, on_read);
    peers[npeers++] = p;
    accepted++;
}

static int set_up(void **state)
{
    struct sockaddr_in any;
    int n = sizeof any;
    script = (struct script){"+PONG\r\n", "$2\r\nhi\r\n", "+OK\r\n", "+OK\r\n", "+OK\r\n", false};
    accepted = 0;
    last_auth[0] = '\0';
    uv_loop_init(&loop);
    uv_tcp_init(&loop, &server);
    uv_ip4_addr("127.0.0.1", 0, &any);
    assert_int_equal(uv_tcp_bind(&server, (struct sockaddr *)&any, 0), 0);
    assert_int_equal(uv_listen((uv_stream_t *)&server, 16, on_connection), 0);
    uv_tcp_getsockname(&server, (struct sockaddr *)&any, &n);
    snprintf(uri, sizeof uri, "redis://127.0.0.1:%d", ntohs(any.sin_port));
    return 0;
}

/* No handle may be left: what redis_close() promises. */
static int tear_down(void **state)
{
    uv_close((uv_handle_t *)&server, NULL);
    while (npeers > 0)
        close_peer(peers[0]);
    for (uint64_t end = now_ms() + 1000; uv_run(&loop, UV_RUN_NOWAIT) && now_ms() < end;)
        uv_sleep(1);
    return uv_loop_close(&loop);
}

static struct redis *open_with(struct redis_options options)
{
    if (options.uri.n == 0)
        options.uri = str_cstr(uri);
    struct redis *r = redis_create(&loop, &options, error, sizeof error);
    if (!r)
        fail_msg("%s", error);
    return r;
}

static struct redis *open_ready(void)
{
    struct redis *r = open_with((struct redis_options){0});
    assert_true(run_state(&loop, &r, REDIS_STATE_READY, 2000));
    return r;
}

static void answers_of_every_kind(void **state)
{
    static const struct {
        const char *wire, *text;
        enum redis_result result;
        enum redis_kind kind;
        int64_t integer;
    } kinds[] = {{"$2\r\nhi\r\n", "hi", REDIS_ANSWERED, REDIS_KIND_TEXT, 0},
        {"+OK\r\n", "OK", REDIS_ANSWERED, REDIS_KIND_TEXT, 0},
        {"$-1\r\n", "", REDIS_ANSWERED, REDIS_KIND_NIL, 0},
        {"*-1\r\n", "", REDIS_ANSWERED, REDIS_KIND_NIL, 0},
        {":-42\r\n", "", REDIS_ANSWERED, REDIS_KIND_INTEGER, -42},
        {"*0\r\n", "", REDIS_ANSWERED, REDIS_KIND_ARRAY, 0},
        {"$0\r\n\r\n", "", REDIS_ANSWERED, REDIS_KIND_TEXT, 0},
        {"-OOM command not allowed\r\n", "OOM command not allowed", REDIS_REFUSED, REDIS_KIND_ERROR, 0}};
    struct redis *r = open_ready();
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        struct outcome o = {0};
        script.get = kinds[i].wire;
        assert_true(send_texts(r, &o, "GET", "k", NULL));
        assert_true(run_outcomes(&loop, &r, &o, 1, 1000));
        assert_int_equal(o.result, kinds[i].result);
        assert_int_equal(o.kind, kinds[i].kind);
        assert_int_equal(o.integer, kinds[i].integer);
        assert_string_equal(o.text, kinds[i].text);
    }
    assert_int_equal(redis_stats(r).state, REDIS_STATE_READY); /* OOM concerns writes only */
    assert_true(close_redis(&loop, &r));
}

static char joined[64];

static void join(void *arg, enum redis_result result, const struct redis_reply *reply)
{
    assert_int_equal(result, REDIS_ANSWERED);
    assert_int_equal(reply->n, 3);
    struct redis_reply inner = redis_element(reply, 2);
    struct redis_reply first = redis_element(reply, 0), second = redis_element(reply, 1),
                       last = redis_element(&inner, 0);
    snprintf(joined, sizeof joined, "%.*s %d %.*s", STR_ARG(first.text), second.kind, STR_ARG(last.text));
}

static void arrays(void **state)
{
    struct redis *r = open_ready();
    script.get = "*3\r\n$1\r\na\r\n$-1\r\n*1\r\n$1\r\nz\r\n";
    joined[0] = '\0';
    assert_true(redis_command(r, (const struct str[]){STR("GET"), STR("k")}, 2, join, NULL));
    run_for(&loop, &r, 50);
    assert_string_equal(joined, "a 0 z");
    assert_true(close_redis(&loop, &r));
}

static void logs_in_and_selects(void **state)
{
    struct redis_options o = {0};
    char with_login[128];
    snprintf(with_login, sizeof with_login, "redis://bob:s%%20ecret@%s/3", uri + strlen("redis://"));
    o.uri = str_cstr(with_login);
    struct redis *r = open_with(o);
    assert_true(run_state(&loop, &r, REDIS_STATE_READY, 2000));
    assert_string_equal(last_auth, "AUTH bob s ecret");
    assert_true(close_redis(&loop, &r));
}

/* Any error of the log-in keeps it DOWN; it goes on trying, at growing intervals. */
static void assert_never_ready(const char *reason)
{
    char with_login[128];
    snprintf(with_login, sizeof with_login, "redis://:hunter22@%s/3", uri + strlen("redis://"));
    struct redis *r = open_with((struct redis_options){.uri = str_cstr(with_login)});
    accepted = 0;
    run_for(&loop, &r, 800);
    struct redis_stats st = redis_stats(r);
    assert_int_not_equal(st.state, REDIS_STATE_READY);
    assert_int_equal(st.connects, 0);
    assert_non_null(strstr(st.error, reason));
    assert_null(strstr(st.error, "hunter22"));
    assert_in_range(accepted, 2, 5);
    assert_false(send_texts(r, NULL, "GET", "k", NULL));
    assert_true(close_redis(&loop, &r));
}

static void wrong_password(void **state)
{
    script.auth = "-WRONGPASS invalid username-password pair or user is disabled.\r\n";
    assert_never_ready("WRONGPASS");
}

static void no_such_database(void **state)
{
    script.select = "-ERR DB index is out of range\r\n";
    assert_never_ready("out of range");
}

static void loading(void **state)
{
    script.ping = "-LOADING Redis is loading the dataset in memory\r\n";
    assert_never_ready("LOADING");
}

static void comes_back_when_loaded(void **state)
{
    script.ping = "-LOADING Redis is loading the dataset in memory\r\n";
    struct redis *r = open_with((struct redis_options){0});
    run_for(&loop, &r, 150);
    script.ping = "+PONG\r\n";
    assert_true(run_state(&loop, &r, REDIS_STATE_READY, 3000));
    assert_true(close_redis(&loop, &r));
}

static void not_a_redis(void **state)
{
    script.ping = script.auth = script.select = "HTTP/1.1 400 Bad Request\r\n\r\n";
    assert_never_ready("Protocol error");
}

static void silent_server(void **state)
{
    script.ping = NULL;
    struct redis *r = open_with((struct redis_options){.connect_timeout_ms = 100});
    uint64_t start = now_ms();
    assert_true(run_state(&loop, &r, REDIS_STATE_DOWN, 1000));
    assert_in_range(now_ms() - start, 90, 300);
    assert_string_equal(redis_stats(r).error, "connecting took too long");
    assert_true(close_redis(&loop, &r));
}

static void nobody_listens(void **state)
{
    struct redis *r = open_with((struct redis_options){.uri = STR("redis://127.0.0.1:1")});
    assert_true(run_state(&loop, &r, REDIS_STATE_DOWN, 1000));
    assert_non_null(strstr(redis_stats(r).error, "refused"));
    assert_true(close_redis(&loop, &r));
    r = open_with((struct redis_options){.uri = STR("unix:/nonexistent/redis.sock")});
    assert_int_equal(redis_stats(r).state, REDIS_STATE_DOWN);
    assert_non_null(strstr(redis_stats(r).error, "No such file"));
    assert_true(close_redis(&loop, &r));
}

static void bad_uri(void **state)
{
    assert_null(redis_create(&loop, &(struct redis_options){.uri = STR("http://x")}, error, sizeof error));
    assert_non_null(strstr(error, "redis-uri"));
}

static void becomes_a_replica(void **state)
{
    struct redis *r = open_ready();
    struct outcome o[2] = {{0}};
    script.set = "-READONLY You can't write against a read only replica.\r\n";
    assert_true(send_texts(r, &o[0], "SET", "k", "v", NULL));
    assert_true(send_texts(r, &o[1], "GET", "k", NULL));
    assert_true(run_outcomes(&loop, &r, o, 2, 1000));
    assert_int_equal(o[0].result, REDIS_REFUSED);
    assert_int_equal(o[1].result, REDIS_LOST);
    assert_int_equal(redis_stats(r).state, REDIS_STATE_DOWN);
    assert_non_null(strstr(redis_stats(r).error, "READONLY"));
    assert_true(run_state(&loop, &r, REDIS_STATE_READY, 1000)); /* perhaps another one answers there now */
    assert_true(close_redis(&loop, &r));
}

static void hangs_up(void **state)
{
    struct redis *r = open_ready();
    struct outcome o[3] = {{0}};
    script.hang_up_on_get = true;
    for (int i = 0; i < 3; i++)
        assert_true(send_texts(r, &o[i], "GET", "k", NULL));
    assert_true(run_outcomes(&loop, &r, o, 3, 1000));
    for (int i = 0; i < 3; i++) {
        assert_int_equal(o[i].result, REDIS_LOST);
        assert_int_equal(o[i].calls, 1);
    }
    assert_false(send_texts(r, NULL, "GET", "k", NULL));
    assert_int_equal(redis_stats(r).trips, 1);
    assert_int_equal(redis_stats(r).lost, 3);
    assert_int_equal(redis_stats(r).pending, 0);
    script.hang_up_on_get = false;
    assert_true(run_state(&loop, &r, REDIS_STATE_READY, 1000));
    assert_true(close_redis(&loop, &r));
}

/* A torn reply: the connection ends inside a bulk string. */
static void torn_reply(void **state)
{
    struct redis *r = open_ready();
    struct outcome o = {0};
    script.get = "$100\r\nonly this";
    assert_true(send_texts(r, &o, "GET", "k", NULL));
    run_for(&loop, &r, 20);
    close_peer(peers[0]);
    assert_true(run_outcomes(&loop, &r, &o, 1, 1000));
    assert_int_equal(o.result, REDIS_LOST);
    assert_true(close_redis(&loop, &r));
}

/* One slow answer costs its caller the deadline and nobody else anything: it is dropped when it comes. */
static void late_answer_is_dropped(void **state)
{
    struct redis *r = open_ready();
    struct outcome slow = {0}, next = {0};
    script.get = NULL;
    uint64_t start = now_ms();
    assert_true(send_texts(r, &slow, "GET", "slow", NULL));
    assert_true(run_outcomes(&loop, &r, &slow, 1, 1000));
    assert_int_equal(slow.result, REDIS_TIMED_OUT);
    assert_in_range(slow.at_ms - start, 49, 120);
    assert_int_equal(redis_stats(r).pending, 1);
    answer(peers[0], "$4\r\nlate\r\n");
    script.get = "$5\r\nright\r\n";
    assert_true(send_texts(r, &next, "GET", "next", NULL));
    assert_true(run_outcomes(&loop, &r, &next, 1, 1000));
    assert_int_equal(next.result, REDIS_ANSWERED);
    assert_string_equal(next.text, "right");
    assert_int_equal(slow.calls, 1);
    assert_int_equal(redis_stats(r).state, REDIS_STATE_READY);
    assert_int_equal(redis_stats(r).pending, 0);
    assert_true(close_redis(&loop, &r));
}

static void three_misses_open_the_circuit(void **state)
{
    struct redis *r = open_ready();
    struct outcome o[3] = {{0}};
    script.get = NULL;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(redis_stats(r).state, REDIS_STATE_READY);
        assert_true(send_texts(r, &o[i], "GET", "k", NULL));
        assert_true(run_outcomes(&loop, &r, &o[i], 1, 1000));
        assert_int_equal(o[i].result, REDIS_TIMED_OUT);
    }
    assert_int_equal(redis_stats(r).state, REDIS_STATE_DOWN);
    assert_string_equal(redis_stats(r).error, "no answer in time");
    assert_true(run_state(&loop, &r, REDIS_STATE_READY, 1000));
    assert_true(close_redis(&loop, &r));
}

/* A loop that was busy longer than the deadline must not blame Redis, whose answer has been there all the
 * time. */
static void a_busy_loop_is_not_a_slow_redis(void **state)
{
    struct redis *r = open_ready();
    struct outcome o = {0};
    run_for(&loop, &r, 20); /* the first heartbeat */
    assert_true(send_texts(r, &o, "GET", "k", NULL));
    redis_flush(r);
    for (unsigned before = answered; answered == before;)
        uv_run(&loop, UV_RUN_NOWAIT);
    assert_int_equal(o.calls, 0); /* the answer is in the socket, and the loop has something else to do */
    uv_sleep(80);
    assert_true(run_outcomes(&loop, &r, &o, 1, 1000));
    assert_int_equal(o.result, REDIS_ANSWERED);
    assert_true(close_redis(&loop, &r));
}

/* Now and then a slow one among good ones is no reason to do without Redis. */
static void an_answer_in_time_forgives(void **state)
{
    struct redis *r = open_ready();
    for (int i = 0; i < 5; i++) {
        struct outcome slow = {0}, good = {0};
        script.get = NULL;
        assert_true(send_texts(r, &slow, "GET", "k", NULL));
        assert_true(run_outcomes(&loop, &r, &slow, 1, 1000));
        assert_int_equal(slow.result, REDIS_TIMED_OUT);
        answer(peers[0], "$4\r\nlate\r\n");
        script.get = "$2\r\nhi\r\n";
        assert_true(send_texts(r, &good, "GET", "k", NULL));
        assert_true(run_outcomes(&loop, &r, &good, 1, 1000));
        assert_int_equal(good.result, REDIS_ANSWERED);
    }
    assert_int_equal(redis_stats(r).trips, 0);
    assert_true(close_redis(&loop, &r));
}

static void pending_commands_are_bounded(void **state)
{
    struct redis *r = open_with((struct redis_options){.max_pending = 4});
    struct outcome o[4] = {{0}};
    assert_true(run_state(&loop, &r, REDIS_STATE_READY, 1000));
    run_for(&loop, &r, 20); /* the first heartbeat */
    for (int i = 0; i < 4; i++)
        assert_true(send_texts(r, &o[i], "GET", "k", NULL));
    assert_false(redis_ready(r));
    assert_false(send_texts(r, NULL, "GET", "k", NULL));
    assert_int_equal(redis_stats(r).rejected, 1);
    assert_true(run_outcomes(&loop, &r, o, 4, 1000));
    assert_true(redis_ready(r));
    assert_true(close_redis(&loop, &r));
}

static void closing_while_commands_wait(void **state)
{
    struct redis *r = open_ready();
    struct outcome o[2] = {{0}};
    script.get = NULL;
    assert_true(send_texts(r, &o[0], "GET", "k", NULL));
    run_for(&loop, &r, 10);
    assert_true(send_texts(r, &o[1], "GET", "unsent", NULL));
    assert_true(close_redis(&loop, &r));
    assert_int_equal(o[0].calls, 1);
    assert_int_equal(o[0].result, REDIS_LOST);
    assert_int_equal(o[1].result, REDIS_LOST);
}

static void closing_in_every_state(void **state)
{
    struct redis *r = open_with((struct redis_options){0});
    assert_int_equal(redis_stats(r).state, REDIS_STATE_PROBING);
    assert_true(close_redis(&loop, &r));
    r = open_with(
        (struct redis_options){.uri = STR("redis://localhost:1")}); /* while the name is looked up */
    assert_true(close_redis(&loop, &r));
    r = open_with((struct redis_options){.uri = STR("redis://127.0.0.1:1")});
    assert_true(run_state(&loop, &r, REDIS_STATE_DOWN, 1000));
    assert_true(close_redis(&loop, &r));
}

struct closer {
    struct redis *r;
    bool closed;
    unsigned calls;
};

static void note_closed(void *arg)
{
    *(bool *)arg = true;
}

static void close_inside(void *arg, enum redis_result result, const struct redis_reply *reply)
{
    struct closer *c = arg;
    c->calls++;
    if (c->r)
        redis_close(&c->r, note_closed, &c->closed);
}

static bool closer_done(void *arg)
{
    return ((struct closer *)arg)->closed;
}

static void assert_closes_inside(const char *reply, bool hang_up)
{
    struct closer c = {.r = open_ready()};
    script.get = reply;
    script.hang_up_on_get = hang_up;
    for (int i = 0; i < 3; i++)
        assert_true(redis_command(c.r, (const struct str[]){STR("GET"), STR("k")}, 2, close_inside, &c));
    assert_true(run_until(&loop, &c.r, closer_done, &c, 2000));
    assert_int_equal(c.calls, 3);
    script.hang_up_on_get = false;
}

static void closing_inside_a_callback(void **state)
{
    assert_closes_inside("$2\r\nhi\r\n", false);
    assert_closes_inside("-LOADING x\r\n", false);
    assert_closes_inside(NULL, true);
    assert_closes_inside(NULL, false); /* by the deadline */
}

struct sender {
    struct redis *r;
    unsigned calls;
    bool taken;
};

static void send_again(void *arg, enum redis_result result, const struct redis_reply *reply)
{
    struct sender *s = arg;
    s->taken = redis_command(
        s->r, (const struct str[]){STR("GET"), STR("k")}, 2, s->calls++ < 3 ? send_again : NULL, s);
}

static void sending_inside_a_callback(void **state)
{
    struct sender s = {.r = open_ready()};
    send_again(&s, REDIS_ANSWERED, NULL);
    run_for(&loop, &s.r, 50);
    assert_int_equal(s.calls, 4);
    assert_true(s.taken);
    s.calls = 0;
    script.hang_up_on_get = true;
    send_again(&s, REDIS_ANSWERED, NULL);
    run_for(&loop, &s.r, 50);
    assert_false(s.taken); /* not on a link that is going down */
    assert_true(close_redis(&loop, &s.r));
}

/* An idle link whose peer stopped answering is found by the heartbeat. */
static void heartbeat_finds_a_dead_peer(void **state)
{
    struct redis *r = open_ready();
    run_for(&loop, &r, 20);
    assert_in_range(redis_stats(r).rtt_us, 1, 50000);
    script.ping = NULL;
    assert_true(run_state(&loop, &r, REDIS_STATE_DOWN, 3000));
    script.ping = "+PONG\r\n";
    assert_true(run_state(&loop, &r, REDIS_STATE_READY, 3000));
    assert_true(close_redis(&loop, &r));
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(answers_of_every_kind),
        TEST(arrays),
        TEST(logs_in_and_selects),
        TEST(wrong_password),
        TEST(no_such_database),
        TEST(loading),
        TEST(comes_back_when_loaded),
        TEST(not_a_redis),
        TEST(silent_server),
        TEST(nobody_listens),
        TEST(bad_uri),
        TEST(becomes_a_replica),
        TEST(hangs_up),
        TEST(torn_reply),
        TEST(late_answer_is_dropped),
        TEST(three_misses_open_the_circuit),
        TEST(a_busy_loop_is_not_a_slow_redis),
        TEST(an_answer_in_time_forgives),
        TEST(pending_commands_are_bounded),
        TEST(closing_while_commands_wait),
        TEST(closing_in_every_state),
        TEST(closing_inside_a_callback),
        TEST(sending_inside_a_callback),
        TEST(heartbeat_finds_a_dead_peer),
    };
    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests_name("redis_faults", tests, NULL, NULL);
}
