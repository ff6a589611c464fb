/* Unit tests of util/clock. The calendar is checked against the C library's. SPDX-License-Identifier: ISC */
#include "test/unit/test.h"
#include "util/clock.h"

#include <stdio.h>
#include <time.h>

static void fake_stands_still_until_moved(void **state)
{
    uint64_t before = clock_mono_ns();
    clock_fake(5000000000u, 1000);
    assert_int_equal(clock_mono_ns(), 5000000000u);
    assert_int_equal(clock_wall_us(), 1000);
    clock_fake_advance(2500000000u);
    assert_int_equal(clock_mono_ms(), 7500);
    assert_int_equal(clock_wall_us(), 2501000);
    clock_fake_end();
    assert_true(clock_mono_ns() >= before);
    assert_true(llabs(clock_wall_us() / 1000000 - (int64_t)time(NULL)) < 5);
}

static void as_the_library_writes_it(void **state)
{
    for (int64_t t = -62135596800; t < 253402300800; t += 86400 * 13 + 12345) {
        char got[32], want[120];
        struct tm tm;
        time_t seconds = (time_t)t;
        gmtime_r(&seconds, &tm);
        strftime(want, sizeof(want), "%a, %d %b ", &tm);
        sprintf(want + 12, "%04d %02d:%02d:%02d GMT", tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
        assert_ptr_equal(clock_http_date_write(got, t), got + CLOCK_HTTP_DATE);
        assert_memory_equal(got, want, CLOCK_HTTP_DATE);
        int64_t back;
        assert_true(clock_http_date_read(got, CLOCK_HTTP_DATE, &back));
        assert_int_equal(back, t);
        assert_ptr_equal(clock_rfc3339_write(got, t * 1000000 + 42), got + CLOCK_RFC3339);
        snprintf(want, sizeof(want), "%04d-%02d-%02dT%02d:%02d:%02d.000042Z", tm.tm_year + 1900,
            tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
        assert_memory_equal(got, want, CLOCK_RFC3339);
    }
}

static void dates_that_are_none(void **state)
{
    static const char *const bad[] = {"", "Sun, 06 Nov 1994 08:49:37 GM", "Mon, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06 nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 06 Nov 1994 24:49:37 GMT",
        "Thu, 31 Feb 2026 00:00:00 GMT", "Sun, 06-Nov-1994 08:49:37 GMT", "Sun, 00 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:60:37 GMT", "Sun, x6 Nov 1994 08:49:37 GMT", "Fri, 31 Dec 9999 99:99:99 GMT"};
    int64_t t;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_false(clock_http_date_read(bad[i], strlen(bad[i]), &t));
    assert_true(clock_http_date_read("Sun, 06 Nov 1994 08:49:37 GMT", 29, &t));
    assert_int_equal(t, 784111777);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fake_stands_still_until_moved),
        cmocka_unit_test(as_the_library_writes_it),
        cmocka_unit_test(dates_that_are_none),
    };
    return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
