/* Unit tests of util/sysinfo. SPDX-License-Identifier: ISC */
#include "test/unit/test.h"
#include "util/mem.h"
#include "util/sysinfo.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(memory_that_is_touched_shows)};
    return cmocka_run_group_tests_name("sysinfo", tests, NULL, NULL);
}
