/* Tests of cache/redis against a real Redis that the test starts, stops and kills itself. BOBBIN_TEST_REDIS
 * names the redis-server program; without it the test is skipped (77). SPDX-License-Identifier: ISC */
#include "test/unit/cache/loop.h"
#include "test/unit/test.h"

#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static uv_loop_t loop;
static pid_t pid;
static int port;
static char directory[] = "/tmp/bobbin-test-redis-XXXXXX", uri[64], socket_uri[96], error[128];

/* ---- what hiredis and libuv ask of the kernel, counted ---- */

static unsigned writes, controls;

__attribute__((visibility("default"))) ssize_t write(int fd, const void *p, size_t n)
{
    writes += fd > 2;
    return syscall(SYS_write, fd, p, n);
}

__attribute__((visibility("default"))) ssize_t send(int fd, const void *p, size_t n, int flags)
{
    writes++;
    return syscall(SYS_sendto, fd, p, n, flags, NULL, 0);
}

__attribute__((visibility("default"))) int epoll_ctl(int epfd, int op, int fd, void *event);
__attribute__((visibility("default"))) int epoll_ctl(int epfd, int op, int fd, void *event)
{
    controls++;
    return (int)syscall(SYS_epoll_ctl, epfd, op, fd, event);
}

/* ---- the server ---- */

static int free_port(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof a;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&a, n), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &n), 0);
    close(fd);
    return ntohs(a.sin_port);
}

static void start_redis(void)
{
    char number[8];
    snprintf(number, sizeof number, "%d", port);
    pid = fork();
    assert_true(pid >= 0);
    if (pid > 0)
        return;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (!freopen("/dev/null", "w", stdout) || chdir(directory) != 0)
        _exit(126);
    execlp(getenv("BOBBIN_TEST_REDIS"), "redis-server", "--port", number, "--bind", "127.0.0.1", "--save", "",
        "--appendonly", "no", "--unixsocket", "redis.sock", "--enable-debug-command", "yes", (char *)NULL);
    _exit(127);
}

static void kill_redis(int signum)
{
    kill(pid, signum);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    pid = 0;
}

static int group_set_up(void **state)
{
    assert_non_null(mkdtemp(directory));
    port = free_port();
    snprintf(uri, sizeof uri, "redis://127.0.0.1:%d/1", port);
    snprintf(socket_uri, sizeof socket_uri, "unix:%s/redis.sock", directory);
    start_redis();
    return 0;
}

static int group_tear_down(void **state)
{
    char path[64];
    kill_redis(SIGKILL);
    snprintf(path, sizeof path, "%s/redis.sock", directory);
    unlink(path);
    return rmdir(directory);
}

static int set_up(void **state)
{
    return uv_loop_init(&loop);
}

static int tear_down(void **state)
{
    for (uint64_t end = now_ms() + 1000; uv_run(&loop, UV_RUN_NOWAIT) && now_ms() < end;)
        uv_sleep(1);
    return uv_loop_close(&loop);
}

static struct redis *open_with_timeout(const char *where, unsigned timeout_ms)
{
    struct redis_options o = {.uri = str_cstr(where), .command_timeout_ms = timeout_ms};
    struct redis *r = redis_create(&loop, &o, error, sizeof error);
    if (!r)
        fail_msg("%s", error);
    if (!run_state(&loop, &r, REDIS_STATE_READY, 5000))
        fail_msg("%s", redis_stats(r).error);
    return r;
}

/* With a deadline that a busy machine does not reach. */
static struct redis *open_ready(const char *where)
{
    return open_with_timeout(where, 2000);
}

static void wait_for_all(struct redis **r)
{
    for (uint64_t end = now_ms() + 3000; redis_stats(*r).pending > 0 && now_ms() < end;)
        run_for(&loop, r, 5);
    assert_int_equal(redis_stats(*r).pending, 0);
}

/* ---- tests ---- */

static void stores_and_finds(void **state)
{
    const char *const where[] = {uri, socket_uri};
    for (size_t i = 0; i < ARRAY_LEN(where); i++) {
        struct redis *r = open_ready(where[i]);
        struct outcome o[4] = {{0}};
        assert_true(send_texts(r, &o[0], "SET", "key", "value", "EX", "60", NULL));
        assert_true(send_texts(r, &o[1], "GET", "key", NULL));
        assert_true(send_texts(r, &o[2], "INCR", "n", NULL));
        assert_true(send_texts(r, &o[3], "INCR", "key", NULL));
        assert_true(run_outcomes(&loop, &r, o, 4, 1000));
        assert_string_equal(o[0].text, "OK");
        assert_string_equal(o[1].text, "value");
        assert_int_equal(o[2].integer, 1); /* database 1, then database 0 */
        assert_int_equal(o[3].result, REDIS_REFUSED);
        assert_int_equal(redis_stats(r).state, REDIS_STATE_READY);
        assert_true(close_redis(&loop, &r));
    }
}

static void compare(void *arg, enum redis_result result, const struct redis_reply *reply)
{
    const struct str *expected = arg;
    assert_int_equal(result, REDIS_ANSWERED);
    assert_true(str_eq(reply->text, *expected));
}

/* Attack 158: line ends, blanks, formats and NUL in keys and values are bytes like any others. */
static void attack_158_arguments_are_bytes(void **state)
{
    const struct str evil[] = {STR("a\r\nFLUSHALL\r\n"), STR("a b"), STR("%s %n %b"), {"a\0b", 3}, STR(""),
        STR("*3\r\n$3\r\nSET\r\n"), STR("\xff\xfe")};
    struct redis *r = open_ready(uri);
    for (size_t i = 0; i < ARRAY_LEN(evil); i++) {
        struct str value = evil[ARRAY_LEN(evil) - 1 - i];
        assert_true(redis_command(r, (const struct str[]){STR("SET"), evil[i], value}, 3, NULL, NULL));
        assert_true(redis_command(r, (const struct str[]){STR("GET"), evil[i]}, 2, compare, &value));
        wait_for_all(&r);
    }
    assert_true(close_redis(&loop, &r));
}

static void large_values(void **state)
{
    struct redis *r = open_ready(uri);
    char *bytes = calloc(1, 4 << 20);
    struct str value = {bytes, 4 << 20};
    memset(bytes, 'v', value.n);
    assert_true(redis_command(r, (const struct str[]){STR("SET"), STR("large"), value}, 3, NULL, NULL));
    assert_true(redis_command(r, (const struct str[]){STR("GET"), STR("large")}, 2, compare, &value));
    wait_for_all(&r);
    assert_int_equal(redis_stats(r).state, REDIS_STATE_READY);
    free(bytes);
    assert_true(close_redis(&loop, &r));
}

/* The reason for an adapter of our own. */
static void a_turn_is_one_write_and_no_epoll_ctl(void **state)
{
    struct redis *r = open_ready(uri);
    struct outcome o[100] = {{0}};
    wait_for_all(&r);
    assert_true(controls > 0); /* they are counted: connecting needed some */
    writes = controls = 0;
    for (int turn = 0; turn < 10; turn++) {
        memset(o, 0, sizeof o);
        for (size_t i = 0; i < ARRAY_LEN(o); i++)
            assert_true(send_texts(r, &o[i], "GET", "key", NULL));
        redis_flush(r);
        for (uint64_t end = now_ms() + 1000; o[99].calls == 0 && now_ms() < end;)
            uv_run(&loop, UV_RUN_NOWAIT);
        assert_int_equal(o[99].result, REDIS_ANSWERED);
    }
    assert_int_equal(writes, 10);
    assert_int_equal(controls, 0);
    assert_true(close_redis(&loop, &r));
}

static void slow_command(void **state)
{
    struct redis *r = open_with_timeout(uri, 50);
    struct outcome slow = {0}, next = {0};
    assert_true(send_texts(r, &slow, "DEBUG", "SLEEP", "0.1", NULL));
    assert_true(run_outcomes(&loop, &r, &slow, 1, 1000));
    assert_int_equal(slow.result, REDIS_TIMED_OUT);
    wait_for_all(&r);
    assert_int_equal(redis_stats(r).state, REDIS_STATE_READY);
    assert_true(send_texts(r, &next, "PING", NULL));
    assert_true(run_outcomes(&loop, &r, &next, 1, 1000));
    assert_string_equal(next.text, "PONG");
    assert_true(close_redis(&loop, &r));
}

static void stopped_and_continued(void **state)
{
    struct redis *r = open_with_timeout(uri, 50);
    kill(pid, SIGSTOP);
    uint64_t start = now_ms();
    unsigned sent = 0, limit = 0;
    for (struct outcome o; redis_stats(r).state == REDIS_STATE_READY && limit < 100; limit++) {
        o = (struct outcome){0};
        if (send_texts(r, &o, "GET", "key", NULL))
            sent++;
        else
            break;
        assert_true(run_outcomes(&loop, &r, &o, 1, 1000));
        assert_int_equal(o.result, REDIS_TIMED_OUT);
    }
    assert_in_range(sent, 1, 3);
    assert_in_range(now_ms() - start, 50, 1000);
    run_for(&loop, &r, 300); /* the kernel accepts for it, so probes connect and wait */
    assert_int_not_equal(redis_stats(r).state, REDIS_STATE_READY);
    assert_false(send_texts(r, NULL, "GET", "key", NULL));
    kill(pid, SIGCONT);
    assert_true(run_state(&loop, &r, REDIS_STATE_READY, 3000));
    assert_true(close_redis(&loop, &r));
}

static void killed_and_restarted(void **state)
{
    struct redis *r = open_ready(uri);
    struct outcome o = {0};
    assert_true(send_texts(r, &o, "DEBUG", "SLEEP", "10", NULL));
    redis_flush(r);
    kill_redis(SIGKILL);
    assert_true(run_outcomes(&loop, &r, &o, 1, 1000));
    assert_int_equal(o.result, REDIS_LOST);
    assert_int_equal(redis_stats(r).state, REDIS_STATE_DOWN);
    run_for(&loop, &r, 500);
    assert_int_not_equal(redis_stats(r).state, REDIS_STATE_READY);
    start_redis();
    uint64_t start = now_ms();
    assert_true(run_state(&loop, &r, REDIS_STATE_READY, 5000));
    assert_true(now_ms() - start < 3000);
    memset(&o, 0, sizeof o);
    assert_true(send_texts(r, &o, "GET", "key", NULL));
    assert_true(run_outcomes(&loop, &r, &o, 1, 1000));
    assert_int_equal(o.kind, REDIS_KIND_NIL);
    assert_int_equal(redis_stats(r).connects, 2);
    assert_true(close_redis(&loop, &r));
}

static void finds_it_by_name(void **state)
{
    char by_name[64];
    snprintf(by_name, sizeof by_name, "redis://localhost:%d", port);
    struct redis *r = open_ready(by_name);
    wait_for_all(&r);
    assert_in_range(redis_stats(r).rtt_us, 1, 100000);
    assert_true(close_redis(&loop, &r));
}

static void wants_a_password(void **state)
{
    struct redis *admin = open_ready(uri);
    struct outcome o = {0};
    char with_login[96];
    assert_true(send_texts(admin, &o, "CONFIG", "SET", "requirepass", "pa ss", NULL));
    assert_true(run_outcomes(&loop, &admin, &o, 1, 1000));
    snprintf(with_login, sizeof with_login, "redis://:pa%%20ss@127.0.0.1:%d", port);
    struct redis *r = open_ready(with_login);
    assert_true(close_redis(&loop, &r));
    r = redis_create(&loop, &(struct redis_options){.uri = str_cstr(uri)}, error, sizeof error);
    assert_true(run_state(&loop, &r, REDIS_STATE_DOWN, 1000));
    assert_non_null(strstr(redis_stats(r).error, "NOAUTH"));
    assert_true(close_redis(&loop, &r));
    memset(&o, 0, sizeof o);
    assert_true(send_texts(admin, &o, "CONFIG", "SET", "requirepass", "", NULL));
    assert_true(run_outcomes(&loop, &admin, &o, 1, 1000));
    assert_true(close_redis(&loop, &admin));
}

/* Attack 160: a full Redis refuses writes, and that is all. */
static void attack_160_full(void **state)
{
    struct redis *r = open_ready(uri);
    struct outcome o[4] = {{0}};
    assert_true(send_texts(r, &o[0], "CONFIG", "SET", "maxmemory", "1", NULL));
    assert_true(send_texts(r, &o[1], "SET", "key", "value", NULL));
    assert_true(send_texts(r, &o[2], "GET", "key", NULL));
    assert_true(send_texts(r, &o[3], "CONFIG", "SET", "maxmemory", "0", NULL));
    assert_true(run_outcomes(&loop, &r, o, 4, 1000));
    assert_int_equal(o[1].result, REDIS_REFUSED);
    assert_non_null(strstr(o[1].text, "OOM"));
    assert_int_equal(o[2].result, REDIS_ANSWERED);
    assert_int_equal(redis_stats(r).state, REDIS_STATE_READY);
    assert_true(close_redis(&loop, &r));
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(stores_and_finds),
        TEST(attack_158_arguments_are_bytes),
        TEST(large_values),
        TEST(a_turn_is_one_write_and_no_epoll_ctl),
        TEST(slow_command),
        TEST(stopped_and_continued),
        TEST(killed_and_restarted),
        TEST(finds_it_by_name),
        TEST(wants_a_password),
        TEST(attack_160_full),
    };
    if (!getenv("BOBBIN_TEST_REDIS"))
        return 77;
    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests_name("redis", tests, group_set_up, group_tear_down);
}
