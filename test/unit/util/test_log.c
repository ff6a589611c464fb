/* Unit tests of util/log: what a line looks like, what is cut and escaped, and that nobody waits for a
 * reader. SPDX-License-Identifier: ISC */
#include "test/unit/test.h"
#include "util/clock.h"
#include "util/log.h"
#include "util/utf8.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static int pipe_fds[2];
static char text[1 << 20];

static void start(enum log_format format, enum log_level level, size_t capacity)
{
    assert_int_equal(pipe(pipe_fds), 0);
    log_start(
        &(struct log_options){.level = level, .format = format, .fd = pipe_fds[1], .capacity = capacity});
}

static struct str read_all(void)
{
    close(pipe_fds[1]);
    size_t n = 0;
    for (ssize_t r; (r = read(pipe_fds[0], text + n, sizeof(text) - n)) > 0;)
        n += (size_t)r;
    close(pipe_fds[0]);
    return str_make(text, n);
}

static struct str stop_and_read(void)
{
    log_stop(5000);
    return read_all();
}

#define AT INT64_C(784111777123456)
#define STAMP "1994-11-06T08:49:37.123456Z"

static const struct log_field who[] = {{LOG_STR, "role", {{"erp_viewer", 10}}}, {LOG_END, NULL, {{NULL, 0}}}};

static void some_lines(void)
{
    LOG(SERVER_STARTED);
    LOG(DB_LOST, log_cstr("host", "/tmp/pg sock"), log_u64("jobs", UINT64_MAX), log_i64("left", INT64_MIN),
        log_bool("retry", true), log_ms("after_ms", 1234005), log_cstr("empty", NULL));
    LOG_AT(LOG_LEVEL_WARN, REQUEST, log_group(who), log_cstr("path", "/a=b"), log_cstr("sql", "x\ny\"\\"));
}

static void text_lines(void **state)
{
    clock_fake(0, AT);
    start(LOG_TEXT, LOG_LEVEL_INFO, 0);
    some_lines();
    clock_fake_end();
    assert_str(stop_and_read(), STAMP
        " info server: listening\n" STAMP " error db: connection to the database lost host=\"/tmp/pg sock\" "
        "jobs=18446744073709551615 left=-9223372036854775808 retry=true "
        "after_ms=1234.005 empty=\"\"\n" STAMP
        " warn request: request role=erp_viewer path=\"/a=b\" sql=\"x\\u000ay\\\"\\\\\"\n");
}

static void json_lines(void **state)
{
    clock_fake(0, AT);
    start(LOG_JSON, LOG_LEVEL_INFO, 0);
    some_lines();
    clock_fake_end();
    assert_str(stop_and_read(),
        "{\"timestamp\":\"" STAMP "\",\"level\":\"info\",\"logger\":\"server\",\"event\":\"server_started\","
        "\"message\":\"listening\"}\n"
        "{\"timestamp\":\"" STAMP "\",\"level\":\"error\",\"logger\":\"db\",\"event\":\"db_lost\","
        "\"message\":\"connection to the database lost\",\"host\":\"/tmp/pg "
        "sock\",\"jobs\":18446744073709551615,"
        "\"left\":-9223372036854775808,\"retry\":true,\"after_ms\":1234.005,\"empty\":\"\"}\n"
        "{\"timestamp\":\"" STAMP "\",\"level\":\"warn\",\"logger\":\"request\",\"event\":\"request\","
        "\"message\":\"request\",\"role\":\"erp_viewer\",\"path\":\"/a=b\",\"sql\":\"x\\u000ay\\\"\\\\\"}\n");
}

static void levels(void **state)
{
    enum log_level level;
    assert_true(log_level_by_name(STR("warn"), &level));
    assert_int_equal(level, LOG_LEVEL_WARN);
    assert_false(log_level_by_name(STR("warning"), &level));
    start(LOG_TEXT, level, 0);
    int evaluated = 0;
    LOG(SERVER_STARTED, log_i64("n", ++evaluated));
    assert_int_equal(evaluated, 0);
    log_set_level(LOG_LEVEL_INFO);
    LOG(SERVER_STARTED, log_i64("n", ++evaluated));
    log_set_level(LOG_LEVEL_CRIT);
    LOG(DB_LOST, log_i64("n", ++evaluated));
    assert_true(log_flush(5000));
    struct str s = stop_and_read();
    assert_int_equal(evaluated, 1);
    assert_true(str_ends(s, STR("info server: listening n=1\n")));
    assert_int_equal(str_find(s, '\n'), s.n - 1);
}

/* Nothing that a client sends starts a new line, ends a quote or moves the cursor. */
static void hostile_values(void **state)
{
    const struct {
        struct str value;
        const char *shown;
    } cases[] = {
        {STR("a\r\n2026 crit x: y"), "\"a\\u000d\\u000a2026 crit x: y\""},
        {STR("\x1b[2J\x7f"), "\"\\u001b[2J\\u007f\""},
        {STR("\xc2\x9b"
             "31m \xe2\x80\xae \xe2\x81\xa6 \xef\xbb\xbf"),
            "\"\\u009b31m \\u202e \\u2066 \\ufeff\""},
        {STR("\xff\xc3(\xed\xa0\x80 ok \xc3\xa9\xf0\x9f\x98\x80\xf0\x9f"),
            "\"\xef\xbf\xbd\xef\xbf\xbd(\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd ok "
            "\xc3\xa9\xf0\x9f\x98\x80\xef\xbf\xbd\xef\xbf\xbd\""},
        {STR("\xe2\x80\x8f\xd8\x9c\xe2\x80\x8b\xc2\xad\xf3\xa0\x81\x81"),
            "\"\\u200f\\u061c\\u200b\\u00ad\\udb40\\udc41\""},
        {STR("nul\0byte"), "\"nul\\u0000byte\""},
        {STR("plain-text_1/2?x:y"), "plain-text_1/2?x:y"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        start(LOG_TEXT, LOG_LEVEL_INFO, 0);
        LOG(SERVER_STARTED, log_str("v", cases[i].value));
        struct str s = stop_and_read();
        size_t eq = str_find(s, '=');
        assert_str(str_sub(s, eq + 1, s.n - 1), cases[i].shown);
    }
}

static void long_values_and_lines_are_cut(void **state)
{
    static char big[9000];
    memset(big, 'x', sizeof(big));
    for (size_t n = 0; n < 5000; n += n < 1020 || n > 1030 ? 97 : 1) {
        for (int format = LOG_TEXT; format <= LOG_JSON; format++) {
            for (int c = 0; c < 3; c++) {
                memset(big, "x\n\xc3"[c], sizeof(big));
                for (size_t i = 1; c == 2 && i < sizeof(big); i += 2)
                    big[i] = '\xa9';
                start((enum log_format)format, LOG_LEVEL_INFO, 0);
                LOG(SERVER_STARTED, log_str("a", str_make(big, n)), log_str("b", str_make(big, 1024)),
                    log_str("c", str_make(big, 1024)), log_str("d", str_make(big, 1024)), log_u64("e", 1),
                    log_str("f", str_make(big, n)), log_bool("g", false));
                struct str s = stop_and_read();
                assert_true(s.n <= LOG_LINE_MAX);
                assert_int_equal(str_find(s, '\n'), s.n - 1);
                assert_true(c != 2 || utf8_valid(s) || n % 2);
                assert_true(str_ends(s, format == LOG_JSON ? STR("}\n") : STR("\n")));
                size_t quotes = 0;
                for (size_t i = 0; i < s.n; i++)
                    quotes += s.p[i] == '"';
                assert_int_equal(quotes % 2, 0);
                if (n > 1024)
                    assert_true(str_ends(
                        s, format == LOG_JSON ? STR(",\"truncated\":true}\n") : STR(" truncated=true\n")));
            }
        }
    }
}

/* The sum of what the lines about dropped lines say. */
static uint64_t told(struct str s)
{
    uint64_t sum = 0, lines;
    struct str line;
    while (str_split(&s, '\n', &line)) {
        const char *at = memmem(line.p, line.n, " lines=", 7);
        if (at && str_to_u64(str_sub(line, (size_t)(at + 7 - line.p), line.n), &lines))
            sum += lines;
    }
    return sum;
}

/* The pipe is full and nobody reads: callers go on at once, and the loss is counted and told. */
static void a_stuck_reader_blocks_nobody(void **state)
{
    uint64_t before = log_dropped(), started = clock_mono_ms();
    start(LOG_TEXT, LOG_LEVEL_INFO, 8192);
    fcntl(pipe_fds[1], F_SETFL, O_NONBLOCK);
    while (write(pipe_fds[1], text, 4096) > 0) {
    }
    fcntl(pipe_fds[1], F_SETFL, 0);
    for (int i = 0; i < 20000; i++)
        LOG(SERVER_STARTED, log_i64("n", i));
    assert_true(clock_mono_ms() - started < 5000);
    assert_false(log_flush(20));
    uint64_t lost = log_dropped() - before;
    assert_true(lost > 19000 && lost < 20000);
    /* Now somebody reads. */
    static char some[1 << 18];
    size_t n = 0;
    while (!log_flush(0)) {
        ssize_t r = read(pipe_fds[0], some + n, sizeof(some) - 1 - n);
        assert_true(r > 0);
        n += (size_t)r;
    }
    LOG(SERVER_STOPPED);
    assert_int_equal(told(str_make(some, n)) + told(stop_and_read()), lost);
}

static void *chatter(void *arg)
{
    for (int i = 0; i < 2000; i++)
        LOG(SERVER_STARTED, log_u64("thread", (uint64_t)(uintptr_t)arg), log_i64("n", i));
    return NULL;
}

static void *reader(void *arg)
{
    *(struct str *)arg = read_all();
    return NULL;
}

static void threads_keep_their_order(void **state)
{
    start(LOG_TEXT, LOG_LEVEL_INFO, 0);
    pthread_t threads[4], collector;
    struct str s;
    int write_end = pipe_fds[1];
    pipe_fds[1] = -1; /* stays open until the log has stopped */
    pthread_create(&collector, NULL, reader, &s);
    for (uintptr_t i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, chatter, (void *)i);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    log_stop(5000);
    close(write_end);
    pthread_join(collector, NULL);
    int next[4] = {0};
    struct str line;
    while (str_split(&s, '\n', &line) && line.n > 0) {
        unsigned thread;
        int n;
        char copy[200];
        snprintf(copy, sizeof(copy), "%.*s", STR_ARG(line));
        assert_int_equal(sscanf(strstr(copy, "thread="), "thread=%u n=%d", &thread, &n), 2);
        assert_int_equal(n, next[thread]++);
    }
    for (int i = 0; i < 4; i++)
        assert_int_equal(next[i], 2000);
}

static void a_closed_reader_is_only_counted(void **state)
{
    uint64_t before = log_dropped();
    start(LOG_TEXT, LOG_LEVEL_INFO, 0);
    close(pipe_fds[0]);
    LOG(SERVER_STARTED);
    LOG(SERVER_STOPPED);
    assert_true(log_flush(5000));
    assert_int_equal(log_dropped() - before, 2);
    log_stop(5000);
    close(pipe_fds[1]);
}

static void a_full_disk_is_only_counted(void **state)
{
    uint64_t before = log_dropped();
    int full = open("/dev/full", O_WRONLY);
    assert_true(full >= 0);
    log_start(&(struct log_options){.level = LOG_LEVEL_INFO, .fd = full});
    for (int i = 0; i < 100; i++)
        LOG(SERVER_STARTED, log_i64("n", i));
    assert_true(log_flush(5000));
    assert_true(log_dropped() - before >= 100); /* lines that tell of the loss are lost too */
    log_stop(5000);
    close(full);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_lines),
        cmocka_unit_test(json_lines),
        cmocka_unit_test(levels),
        cmocka_unit_test(hostile_values),
        cmocka_unit_test(long_values_and_lines_are_cut),
        cmocka_unit_test(a_stuck_reader_blocks_nobody),
        cmocka_unit_test(threads_keep_their_order),
        cmocka_unit_test(a_closed_reader_is_only_counted),
        cmocka_unit_test(a_full_disk_is_only_counted),
    };
    return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
