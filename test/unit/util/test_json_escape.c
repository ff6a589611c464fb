/* Unit tests of util/json_escape: against a byte loop that states the rule, on all lengths and alignments.
 * Built a second time with JSON_ESCAPE_PORTABLE for the path of other processors. SPDX-License-Identifier:
 * ISC */
#include "test/unit/test.h"
#include "util/json_escape.h"

#include <stdio.h>

static size_t naive(char *p, const char *s, size_t n)
{
    char *start = p;
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)s[i];
        const char *at = strchr("\bb\ff\nn\rr\tt", c);
        if (c == '"' || c == '\\')
            p += sprintf(p, "\\%c", c);
        else if (c != 0 && c < 0x20 && at)
            p += sprintf(p, "\\%c", at[1]);
        else if (c < 0x20)
            p += sprintf(p, "\\u%04x", c);
        else
            *p++ = (char)c;
    }
    return (size_t)(p - start);
}

static void rules(void **state)
{
    struct buf b;
    buf_init(&b, 0);
    json_escape(&b, STR("a\"b\\c/\b\f\n\r\t\x01\x1f\x7f\xc3\xa9 \xf0\x9f\x98\x80'"));
    assert_str(buf_str(&b), "\"a\\\"b\\\\c/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\xc3\xa9 \xf0\x9f\x98\x80'\"");
    buf_clear(&b, 0);
    json_escape(&b, STR(""));
    json_escape(&b, str_make(NULL, 0));
    assert_str(buf_str(&b), "\"\"\"\"");
    buf_release(&b);
}

/* The text and its room are exact heap blocks, so that the sanitizer sees one byte too many on either side.
 */
static void check_same(const char *text, size_t n)
{
    char *want = malloc(JSON_ESCAPE_ROOM(n) + 8), *got = malloc(JSON_ESCAPE_ROOM(n) + 1);
    char *exact = malloc(n ? n : 1);
    memcpy(exact, text, n);
    size_t len = naive(want, exact, n);
    char *end = json_escape_write(got, exact, n);
    assert_int_equal(end - got, len);
    assert_memory_equal(got, want, len);
    free(want);
    free(got);
    free(exact);
}

static void every_byte_at_every_place(void **state)
{
    char text[48];
    for (size_t n = 1; n <= sizeof(text); n++) {
        for (size_t at = 0; at < n; at++) {
            for (unsigned c = 0; c < 256; c += c < 0x23 || c == 0x5b ? 1 : 3) {
                memset(text, 'x', n);
                text[at] = (char)c;
                check_same(text, n);
            }
        }
    }
}

static void random_text_at_every_alignment(void **state)
{
    static char text[600];
    static const char common[] = "\"\\\n\t\x01\x1f";
    srand(7);
    for (int round = 0; round < 20000; round++) {
        size_t offset = (size_t)rand() % 64, n = (size_t)rand() % (sizeof(text) - 64);
        int density = 1 + rand() % 60;
        for (size_t i = 0; i < n; i++)
            text[offset + i] = rand() % density ? (char)(rand() % 256) : common[rand() % 6];
        check_same(text + offset, n);
    }
}

static void long_text_in_pieces(void **state)
{
    size_t n = 100003;
    char *text = malloc(n), *want = malloc(JSON_ESCAPE_ROOM(n) + 2);
    for (size_t i = 0; i < n; i++)
        text[i] = i % 4093 ? 'y' : '\n';
    want[0] = '"';
    size_t len = naive(want + 1, text, n) + 2;
    want[len - 1] = '"';
    struct buf b;
    buf_init(&b, 0);
    json_escape(&b, str_make(text, n));
    assert_int_equal(buf_len(&b), len);
    assert_memory_equal(b.data, want, len);
    assert_true(b.cap < 2 * n);
    buf_release(&b);
    buf_init(&b, 5000);
    assert_false(json_try_escape(&b, str_make(text, n)));
    buf_release(&b);
    free(text);
    free(want);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules),
        cmocka_unit_test(every_byte_at_every_place),
        cmocka_unit_test(random_text_at_every_alignment),
        cmocka_unit_test(long_text_in_pieces),
    };
    return cmocka_run_group_tests_name("json_escape", tests, NULL, NULL);
}
