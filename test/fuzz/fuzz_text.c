/* fuzz_text: what util/ decodes and encodes. The first byte says what the rest is:
 *
 *     q  a query string      p  a path segment      b  base64, both alphabets      h  hexadecimal digits
 *     d  an HTTP date        j  text to escape      l  a value to log
 *
 * What is accepted must come back the same when it is written again. SPDX-License-Identifier: ISC */
#include "test/fuzz/fuzz.h"
#include "util/base64.h"
#include "util/check.h"
#include "util/clock.h"
#include "util/hex.h"
#include "util/json_escape.h"
#include "util/log.h"
#include "util/mem.h"
#include "util/uri.h"
#include "util/utf8.h"

#include <fcntl.h>
#include <unistd.h>

static void check_decoded(struct arena *a, struct str text)
{
    CHECK(utf8_valid(text) && str_find(text, '\0') == text.n);
    struct buf again;
    struct str back;
    buf_init(&again, 0);
    uri_encode(&again, text);
    CHECK(uri_decode(a, buf_str(&again), URI_PLUS_IS_SPACE, &back) == URI_OK && str_eq(back, text));
    buf_release(&again);
}

static void run_query(struct str query)
{
    struct arena a;
    struct uri_param p;
    arena_init(&a, 0);
    while (uri_query_next(&query, &p)) {
        if (uri_param_decode(&a, &p) == URI_OK) {
            check_decoded(&a, p.key);
            check_decoded(&a, p.value);
        }
    }
    arena_release(&a);
}

static void run_path(struct str s)
{
    struct arena a;
    struct str out;
    arena_init(&a, 0);
    if (uri_decode(&a, s, URI_PLUS_IS_PLUS, &out) == URI_OK)
        check_decoded(&a, out);
    arena_release(&a);
}

static void run_base64(struct str s)
{
    for (int alphabet = BASE64_STANDARD; alphabet <= BASE64_URL; alphabet++) {
        uint8_t *bytes = mem_alloc(BASE64_DECODE_ROOM(s.n) + 1);
        size_t n;
        if (base64_decode(bytes, &n, s, (enum base64_alphabet)alphabet)) {
            char *text = mem_alloc(BASE64_ENCODE_ROOM(n) + 1);
            size_t len = (size_t)(base64_encode(text, bytes, n, (enum base64_alphabet)alphabet) - text);
            CHECK(str_eq(str_make(text, len), s));
            mem_free(text);
        }
        mem_free(bytes);
    }
}

static void run_hex(struct str s)
{
    uint8_t *bytes = mem_alloc(s.n / 2 + 1);
    char *text = mem_alloc(s.n + 1);
    if (hex_decode(bytes, s)) {
        CHECK((size_t)(hex_encode(text, bytes, s.n / 2) - text) == s.n);
        CHECK(str_eq_nocase(str_make(text, s.n), s));
    }
    mem_free(bytes);
    mem_free(text);
}

static void run_date(struct str s)
{
    int64_t t;
    char again[CLOCK_HTTP_DATE];
    if (clock_http_date_read(s.p, s.n, &t)) {
        clock_http_date_write(again, t);
        CHECK(str_eq(str_make(again, sizeof(again)), s));
    }
}

static void run_escape(struct str s)
{
    char *p = mem_alloc(JSON_ESCAPE_ROOM(s.n)), *end = json_escape_write(p, s.p, s.n);
    size_t bare = 0;
    for (char *c = p; c < end; c++) {
        CHECK((unsigned char)*c >= 0x20);
        if (*c == '\\') {
            c += c[1] == 'u' ? 5 : 1;
            CHECK(c < end);
        } else {
            CHECK(*c != '"');
        }
        bare++;
    }
    CHECK(bare == s.n);
    mem_free(p);
}

static void run_log(struct str s)
{
    static bool started;
    if (!started) {
        log_start(&(struct log_options){.level = LOG_LEVEL_INFO, .fd = open("/dev/null", O_WRONLY)});
        started = true;
    }
    log_set_format(s.n % 2 ? LOG_JSON : LOG_TEXT);
    LOG(SERVER_STARTED, log_str("a", s), log_u64("n", s.n), log_str("b", s), log_str("c", s),
        log_str("d", s));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct str s = {(const char *)data + 1, size - 1};
    switch (data[0]) {
    case 'q': run_query(s); break;
    case 'p': run_path(s); break;
    case 'b': run_base64(s); break;
    case 'h': run_hex(s); break;
    case 'd': run_date(s); break;
    case 'j': run_escape(s); break;
    case 'l': run_log(s); break;
    default: break;
    }
    return 0;
}
