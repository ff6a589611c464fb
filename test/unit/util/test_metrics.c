/* Unit tests of util/metrics. SPDX-License-Identifier: ISC */
#include "test/unit/test.h"
#include "util/metrics.h"

#include <pthread.h>
#include <stdio.h>

static struct buf page;

static const char *scrape(void)
{
    buf_clear(&page, 0);
    metrics_write(&page);
    buf_append_char(&page, '\0');
    return page.data;
}

static void assert_line(const char *line)
{
    const char *all = scrape();
    char whole[200];
    snprintf(whole, sizeof(whole), "\n%s\n", line);
    if (!strstr(all, whole))
        fail_msg("no line %s in\n%s", line, all);
}

static void sums_over_sets_and_after_their_end(void **state)
{
    struct metrics *a = malloc(sizeof(*a)), *b = malloc(sizeof(*b));
    metrics_init(a);
    metrics_init(b);
    metric_inc(a, DB_JOBS);
    metric_add(b, DB_JOBS, 41);
    metric_add_shared(DB_JOBS, 0, 100);
    metric_add_label(a, HTTP_REQUESTS, metric_method_status(METRIC_PATCH, 204), 3);
    metric_add_label(b, HTTP_REQUESTS, metric_method_status(METRIC_OTHER, 599), 1);
    metric_set(a, HTTP_ACTIVE, 5);
    metric_set(b, HTTP_ACTIVE, -7);
    metric_set_label(a, DB_CONNECTIONS, METRIC_CONNECTING, 2);
    metric_add_label(a, PLAN_CACHE, METRIC_MISS, 9);
    assert_line("db_client_operations_total 142");
    assert_line("http_server_requests_total{method=\"PATCH\",status=\"2xx\"} 3");
    assert_line("http_server_requests_total{method=\"GET\",status=\"1xx\"} 0");
    assert_line("http_server_requests_total{method=\"other\",status=\"5xx\"} 1");
    assert_line("http_server_active_requests -2");
    assert_line("db_client_connection_count{state=\"connecting\"} 2");
    assert_line("plan_cache_requests_total{result=\"miss\"} 9");
    metrics_deinit(a);
    assert_line("db_client_operations_total 142");
    assert_line("http_server_active_requests -7");
    metrics_deinit(b);
    assert_line("db_client_operations_total 142");
    assert_line("http_server_active_requests 0");
    free(a);
    free(b);
}

static void histogram(void **state)
{
    struct metrics *m = malloc(sizeof(*m));
    metrics_init(m);
    static const uint64_t us[] = {0, 500, 501, 1000, 3000, 10000000, 10000001, 60000000};
    for (size_t i = 0; i < ARRAY_LEN(us); i++)
        metric_observe_us(m, HTTP_DURATION, us[i]);
    assert_line("# TYPE http_server_request_duration_seconds histogram");
    assert_line("http_server_request_duration_seconds_bucket{le=\"0.0005\"} 2");
    assert_line("http_server_request_duration_seconds_bucket{le=\"0.001\"} 4");
    assert_line("http_server_request_duration_seconds_bucket{le=\"0.0025\"} 4");
    assert_line("http_server_request_duration_seconds_bucket{le=\"0.005\"} 5");
    assert_line("http_server_request_duration_seconds_bucket{le=\"10\"} 6");
    assert_line("http_server_request_duration_seconds_bucket{le=\"+Inf\"} 8");
    assert_line("http_server_request_duration_seconds_sum 80.005002");
    assert_line("http_server_request_duration_seconds_count 8");
    metrics_deinit(m);
    free(m);
}

static void the_process_itself(void **state)
{
    double value;
    assert_line("bobbin_build_info{version=\"" BOBBIN_VERSION "\"} 1");
    const char *all = scrape();
    static const struct {
        const char *name;
        double low, high;
    } cases[] = {
        {"\nprocess_open_fds ", 3, 1000},
        {"\nprocess_max_fds ", 10, 1e10},
        {"\nprocess_threads ", 1, 100},
        {"\nprocess_resident_memory_bytes ", 1e5, 1e10},
        {"\nprocess_virtual_memory_bytes ", 1e5, 1e15},
        {"\nprocess_cpu_seconds_total ", 0, 1000},
        {"\nprocess_start_time_seconds ", 1.7e9, 1e11},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const char *at = strstr(all, cases[i].name);
        assert_non_null(at);
        assert_int_equal(sscanf(at + strlen(cases[i].name), "%lf", &value), 1);
        assert_true(value >= cases[i].low && value <= cases[i].high);
    }
}

/* Each sample stands once, below the description of its metric. */
static void well_formed(void **state)
{
    struct str s = str_cstr(scrape()), line;
    char name[100] = "?", type[20] = "";
    unsigned samples = 0;
    while (str_split(&s, '\n', &line) && line.n > 0) {
        char text[400];
        snprintf(text, sizeof(text), "%.*s", STR_ARG(line));
        if (sscanf(text, "# TYPE %99s %19s", name, type) == 2) {
            assert_true((strcmp(type, "counter") == 0) == str_ends(str_cstr(name), STR("_total")));
        } else if (text[0] != '#') {
            assert_true(str_starts(line, str_cstr(name)));
            assert_null(strstr(s.p ? s.p : "", text));
            samples++;
        }
    }
    assert_true(samples > METRIC_COUNT);
}

static void *count(void *arg)
{
    struct metrics *m = malloc(sizeof(*m));
    metrics_init(m);
    for (int i = 0; i < 100000; i++) {
        metric_inc(m, HTTP_ACCEPTED);
        metric_add_shared(HTTP_REJECTED, 0, 1);
    }
    metrics_deinit(m);
    free(m);
    return NULL;
}

static void threads_lose_nothing(void **state)
{
    pthread_t threads[3];
    for (int i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, count, NULL);
    for (int i = 0; i < 50; i++)
        scrape();
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    assert_line("http_server_connections_accepted_total 300000");
    assert_line("http_server_connections_rejected_total 300000");
    buf_release(&page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_over_sets_and_after_their_end),
        cmocka_unit_test(histogram),
        cmocka_unit_test(the_process_itself),
        cmocka_unit_test(well_formed),
        cmocka_unit_test(threads_lose_nothing),
    };
    return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}
