/* Unit tests of util/sysinfo. SPDX-License-Identifier: ISC */
#include "test/unit/test.h"
#include "util/mem.h"
#include "util/sysinfo.h"

#include <fcntl.h>
#include <unistd.h>

static void memory_that_is_touched_shows(void **state)
{
    size_t n = 64u << 20;
    uint64_t before = sysinfo_rss_bytes();
    char *p = mem_alloc(n);
    memset(p, 1, n);
    uint64_t after = sysinfo_rss_bytes();
    mem_free(p);
    assert_true(before > 0);
    assert_true(after >= before + n / 2);
    assert_true(sysinfo_memory_limit() > n);
}

/* The count without the kernel's help agrees with it. */
static void open_files_are_counted(void **state)
{
    int fds[300];
    uint64_t before = sysinfo_open_fds();
    assert_in_range(before, 3, 1000);
    for (size_t i = 0; i < ARRAY_LEN(fds); i++) {
        fds[i] = open("/dev/null", O_RDONLY | O_CLOEXEC);
        assert_true(fds[i] >= 0);
    }
    assert_int_equal(sysinfo_open_fds(), before + ARRAY_LEN(fds));
    assert_int_equal(sysinfo_open_fds_by_poll(), before + ARRAY_LEN(fds));
    for (size_t i = 0; i < ARRAY_LEN(fds); i++)
        close(fds[i]);
    assert_int_equal(sysinfo_open_fds_by_poll(), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_that_is_touched_shows), cmocka_unit_test(open_files_are_counted)};
    return cmocka_run_group_tests_name("sysinfo", tests, NULL, NULL);
}
