/* Unit tests of util/uri. SPDX-License-Identifier: ISC */
#include "test/unit/test.h"
#include "util/uri.h"

static void decodes(void **state)
{
    struct arena a;
    arena_init(&a, 0);
    struct str out;
    assert_int_equal(uri_decode(&a, STR("a%20b%2Bc+d%c3%A9"), URI_PLUS_IS_PLUS, &out), URI_OK);
    assert_str(out, "a b+c+d\xc3\xa9");
    assert_int_equal(uri_decode(&a, STR("a+b%2B"), URI_PLUS_IS_SPACE, &out), URI_OK);
    assert_str(out, "a b+");
    assert_int_equal(uri_decode(&a, str_make(NULL, 0), URI_PLUS_IS_SPACE, &out), URI_OK);
    assert_int_equal(out.n, 0);
    struct str plain = STR("order=id.desc");
    assert_int_equal(uri_decode(&a, plain, URI_PLUS_IS_SPACE, &out), URI_OK);
    assert_ptr_equal(out.p, plain.p);
    arena_release(&a);
}

static void refuses(void **state)
{
    static const struct {
        struct str in;
        enum uri_error e;
    } cases[] = {
        {{"%", 1}, URI_BAD_ESCAPE},
        {{"a%4", 3}, URI_BAD_ESCAPE},
        {{"%g0", 3}, URI_BAD_ESCAPE},
        {{"%0x", 3}, URI_BAD_ESCAPE},
        {{"%%41", 4}, URI_BAD_ESCAPE},
        {{"% 41", 4}, URI_BAD_ESCAPE},
        {{"a%00b", 5}, URI_NUL},
        {{"a\0b", 3}, URI_NUL},
        {{"%ff", 3}, URI_BAD_UTF8},
        {{"\xff", 1}, URI_BAD_UTF8},
        {{"%c0%ae", 6}, URI_BAD_UTF8},
        {{"%ed%a0%80", 9}, URI_BAD_UTF8},
    };
    struct arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct str out = STR("untouched");
        assert_int_equal(uri_decode(&a, cases[i].in, URI_PLUS_IS_SPACE, &out), cases[i].e);
        assert_str(out, "untouched");
        assert_true(strlen(uri_error_text(cases[i].e)) > 10);
    }
    arena_release(&a);
}

static void query_pieces(void **state)
{
    struct arena a;
    arena_init(&a, 0);
    struct str q = STR("&a=1&&b=x=y&c&d=&%6b%26=%3D+&");
    struct uri_param p;
    static const struct {
        const char *key, *value;
        bool has_value;
    } want[] = {{"a", "1", true}, {"b", "x=y", true}, {"c", "", false}, {"d", "", true}, {"k&", "= ", true}};
    for (size_t i = 0; i < ARRAY_LEN(want); i++) {
        assert_true(uri_query_next(&q, &p));
        assert_int_equal(uri_param_decode(&a, &p), URI_OK);
        assert_str(p.key, want[i].key);
        assert_str(p.value, want[i].value);
        assert_int_equal(p.has_value, want[i].has_value);
    }
    assert_false(uri_query_next(&q, &p));
    assert_false(uri_query_next(&q, &p));
    q = STR("a=%zz");
    assert_true(uri_query_next(&q, &p));
    assert_int_equal(uri_param_decode(&a, &p), URI_BAD_ESCAPE);
    arena_release(&a);
}

static void encode_and_back(void **state)
{
    char all[127];
    for (int i = 0; i < 127; i++)
        all[i] = (char)(i + 1);
    struct buf b;
    struct arena a;
    buf_init(&b, 0);
    arena_init(&a, 0);
    uri_encode(&b, STR("a-b._~/?\xc3\xa9 "));
    assert_str(buf_str(&b), "a-b._~%2F%3F%C3%A9%20");
    buf_clear(&b, 4096);
    uri_encode(&b, str_make(all, 127));
    struct str out;
    assert_int_equal(uri_decode(&a, buf_str(&b), URI_PLUS_IS_SPACE, &out), URI_OK);
    assert_int_equal(out.n, 127);
    assert_memory_equal(out.p, all, 127);
    arena_release(&a);
    buf_release(&b);
}

static void http_uris(void **state)
{
    static const struct {
        const char *uri, *scheme, *host, *port, *path;
    } good[] = {
        {"https://example.com:8443/base/path", "https", "example.com", "8443", "/base/path"},
        {"https://example.com/", "https", "example.com", "443", ""},
        {"http://10.0.0.1", "http", "10.0.0.1", "80", ""},
        {"http://[::1]:81/x/", "http", "[::1]", "81", "/x"},
        {"http://[::1]", "http", "[::1]", "80", ""},
    };
    static const char *const bad[] = {"", "example.com", "ftp://example.com", "http://", "http://:80",
        "http://a:", "http://a:0", "http://a:65536", "http://a:x", "http://user:word@a/", "http://a/?b",
        "http://a/#b"};
    struct uri_http uri;
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        assert_true(uri_http_parse(str_cstr(good[i].uri), &uri));
        assert_str(uri.scheme, good[i].scheme);
        assert_str(uri.host, good[i].host);
        assert_str(uri.port, good[i].port);
        assert_str(uri.path, good[i].path);
    }
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_false(uri_http_parse(str_cstr(bad[i]), &uri));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decodes),
        cmocka_unit_test(refuses),
        cmocka_unit_test(query_pieces),
        cmocka_unit_test(encode_and_back),
        cmocka_unit_test(http_uris),
    };
    return cmocka_run_group_tests_name("uri", tests, NULL, NULL);
}
