/* Unit tests of cache/redis_uri. SPDX-License-Identifier: ISC */
#include "cache/redis_uri.h"
#include "test/unit/test.h"

static const struct {
    const char *text, *host, *port, *path, *user, *password;
    unsigned db;
} good[] = {
    {"redis://127.0.0.1:6379/0", "127.0.0.1", "6379", NULL, NULL, NULL, 0},
    {"redis://cache", "cache", "6379", NULL, NULL, NULL, 0},
    {"REDIS://cache:7000/", "cache", "7000", NULL, NULL, NULL, 0},
    {"redis://:s%40cr%2Ft@cache:7000/3", "cache", "7000", NULL, NULL, "s@cr/t", 3},
    {"redis://bob:pw@cache/15", "cache", "6379", NULL, "bob", "pw", 15},
    {"redis://pw@cache", "cache", "6379", NULL, NULL, "pw", 0},
    {"redis://bob:p@w:x@cache", "cache", "6379", NULL, "bob", "p@w:x", 0},
    {"redis://[::1]:7000/1", "::1", "7000", NULL, NULL, NULL, 1},
    {"redis://[::1]", "::1", "6379", NULL, NULL, NULL, 0},
    {"redis://", "127.0.0.1", "6379", NULL, NULL, NULL, 0},
    {"redis://:7000", "127.0.0.1", "7000", NULL, NULL, NULL, 0},
    {"unix:/run/redis.sock", NULL, NULL, "/run/redis.sock", NULL, NULL, 0},
    {"unix:///run/redis.sock?db=4", NULL, NULL, "/run/redis.sock", NULL, NULL, 4},
    {"unix://:pw@/run/a%20b", NULL, NULL, "/run/a b", NULL, "pw", 0},
    {"unix:///run/at@home", NULL, NULL, "/run/at@home", NULL, NULL, 0},
};

static void assert_text(const char *what, const char *actual, const char *expected)
{
    if (!actual != !expected || (actual && strcmp(actual, expected) != 0))
        fail_msg("%s: %s, not %s", what, actual ? actual : "(none)", expected ? expected : "(none)");
}

static void understands(void **state)
{
    struct arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        struct redis_uri u;
        const char *why;
        if (!redis_uri_parse(&u, &a, str_cstr(good[i].text), &why))
            fail_msg("%s: %s", good[i].text, why);
        assert_text(good[i].text, u.host, good[i].host);
        assert_text(good[i].text, u.port, good[i].port);
        assert_text(good[i].text, u.path, good[i].path);
        assert_text(good[i].text, u.user.p, good[i].user);
        assert_text(good[i].text, u.password.p, good[i].password);
        assert_int_equal(u.db, good[i].db);
    }
    arena_release(&a);
}

static void refuses(void **state)
{
    static const char *const bad[] = {"", "127.0.0.1:6379", "http://cache", "rediss://cache",
        "redis://cache:0", "redis://cache:65536", "redis://cache:x", "redis://cache/x", "redis://cache/-1",
        "redis://cache/99999999999", "redis://:@cache", "redis://a:%zz@cache", "redis://[::1",
        "redis://[::1]x", "redis://%00", "unix:", "unix:relative", "unix:///a?x=1", "unix:///a?db=x",
        "unix:/"
        "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"
        "0123456789"};
    struct arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct redis_uri u;
        const char *why = NULL;
        if (redis_uri_parse(&u, &a, str_cstr(bad[i]), &why))
            fail_msg("%s accepted", bad[i]);
        assert_non_null(why);
    }
    arena_release(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(understands),
        cmocka_unit_test(refuses),
    };
    return cmocka_run_group_tests_name("redis_uri", tests, NULL, NULL);
}
