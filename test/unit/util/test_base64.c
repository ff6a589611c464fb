/* Unit tests of util/base64. SPDX-License-Identifier: ISC */
#include "test/unit/test.h"
#include "util/base64.h"

static struct str encoded(char *room, const char *text, enum base64_alphabet alphabet)
{
    return str_make(room, (size_t)(base64_encode(room, text, strlen(text), alphabet) - room));
}

/* RFC 4648 section 10. */
static void vectors_of_the_rfc(void **state)
{
    static const char *const cases[][3] = {{"", "", ""}, {"f", "Zg==", "Zg"}, {"fo", "Zm8=", "Zm8"},
        {"foo", "Zm9v", "Zm9v"}, {"foob", "Zm9vYg==", "Zm9vYg"}, {"fooba", "Zm9vYmE=", "Zm9vYmE"},
        {"foobar", "Zm9vYmFy", "Zm9vYmFy"}, {"\xfb\xff\xbf", "+/+/", "-_-_"}};
    char room[32];
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        for (int a = BASE64_STANDARD; a <= BASE64_URL; a++) {
            assert_str(encoded(room, cases[i][0], (enum base64_alphabet)a), cases[i][1 + a]);
            uint8_t out[16];
            size_t n;
            assert_true(base64_decode(out, &n, str_cstr(cases[i][1 + a]), (enum base64_alphabet)a));
            assert_str(str_make((char *)out, n), cases[i][0]);
        }
    }
}

static void refuses(void **state)
{
    static const struct {
        const char *text;
        enum base64_alphabet alphabet;
    } bad[] = {{"Zg", BASE64_STANDARD}, {"Zg=", BASE64_STANDARD}, {"Z===", BASE64_STANDARD},
        {"====", BASE64_STANDARD}, {"Zh==", BASE64_STANDARD}, {"Zm9=", BASE64_STANDARD},
        {"Zg==Zg==", BASE64_STANDARD}, {"Zm9\n", BASE64_STANDARD}, {"-_-_", BASE64_STANDARD},
        {"Zg==", BASE64_URL}, {"Z", BASE64_URL}, {"Zm9vY", BASE64_URL}, {"Zh", BASE64_URL},
        {"Zm9", BASE64_URL}, {"+/+/", BASE64_URL}, {"Zm v", BASE64_URL}, {"Zm\xc3\xa9", BASE64_URL}};
    uint8_t out[16];
    size_t n;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        if (base64_decode(out, &n, str_cstr(bad[i].text), bad[i].alphabet))
            fail_msg("%s was taken", bad[i].text);
    }
}

static void random_bytes_there_and_back(void **state)
{
    srand(3);
    for (int round = 0; round < 3000; round++) {
        size_t n = (size_t)rand() % 100, got;
        enum base64_alphabet alphabet = rand() % 2 ? BASE64_URL : BASE64_STANDARD;
        char *text = malloc(BASE64_ENCODE_ROOM(n) + 1);
        uint8_t *bytes = malloc(n + 1);
        for (size_t i = 0; i < n; i++)
            bytes[i] = (uint8_t)rand();
        struct str s = {text, (size_t)(base64_encode(text, bytes, n, alphabet) - text)};
        assert_true(s.n <= BASE64_ENCODE_ROOM(n));
        uint8_t *back = malloc(BASE64_DECODE_ROOM(s.n) + 1);
        assert_true(base64_decode(back, &got, s, alphabet));
        assert_int_equal(got, n);
        assert_memory_equal(back, bytes, n);
        free(text);
        free(bytes);
        free(back);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_of_the_rfc),
        cmocka_unit_test(refuses),
        cmocka_unit_test(random_bytes_there_and_back),
    };
    return cmocka_run_group_tests_name("base64", tests, NULL, NULL);
}
