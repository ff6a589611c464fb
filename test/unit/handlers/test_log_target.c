/* Unit tests of handlers/log_target. SPDX-License-Identifier: ISC */
#include "handlers/log_target.h"
#include "test/unit/test.h"

static void shown(const char *target, const char *expected)
{
    char room[LOG_TARGET_ROOM];
    assert_str(log_target(room, str_cstr(target)).u.str, expected);
}

static void credentials_are_masked(void **state)
{
    shown("/api/v1/items", "/api/v1/items");
    shown("/items?", "/items?");
    shown("/items?select=id&id=eq.1", "/items?select=id&id=eq.1");
    shown("/items?access_token=abc&id=eq.1", "/items?access_token=***&id=eq.1");
    shown("/items?id=eq.1&ApiKey=abc", "/items?id=eq.1&ApiKey=***");
    shown("/users?password=eq.hunter2&api_key=&x", "/users?password=***&api_key=&x");
    shown("/items?k=eyJhbGciOiJIUzI1NiJ9.e30.x", "/items?k=***");
    shown("/items?or=(a.eq.1,t.eq.eyJhbGciOiJIUzI1NiJ9)", "/items?or=***");
    shown("/items?after=eyx&&b==c", "/items?after=eyx&&b==c");
}

static void long_targets_stay_within_the_room(void **state)
{
    char room[LOG_TARGET_ROOM], target[3 * LOG_TARGET_ROOM];
    memset(target, 'x', sizeof target);
    for (size_t n = LOG_TARGET_ROOM - 8; n < LOG_TARGET_ROOM + 8; n++) {
        memcpy(target, "/?", 2);
        memcpy(target + n, "&token=secret", 13);
        struct str s = log_target(room, str_make(target, sizeof target)).u.str;
        assert_true(s.n <= LOG_TARGET_ROOM && s.n > LOG_VALUE_MAX);
        assert_null(memmem(s.p, s.n, "=s", 2));
        memset(target + n, 'x', 13);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(credentials_are_masked),
        cmocka_unit_test(long_targets_stay_within_the_room),
    };
    return cmocka_run_group_tests_name("log_target", tests, NULL, NULL);
}
