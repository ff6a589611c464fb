/* claims_text: numbers in place, one member replaced. SPDX-License-Identifier: ISC */
#include "auth/claims_text.h"

#include "util/json_scan.h"

#include <math.h>
#include <stdlib.h>

#define WHOLE_DIGITS ((size_t)18)  /* a whole number of so many fits 64 bits */
#define LEAST_OVERFLOW ((size_t)5) /* bytes of 1e309, the shortest number beyond a double */

static size_t digits(const char *p, const char *end)
{
    const char *at = p;
    while (at < end && *at >= '0' && *at <= '9')
        at++;
    return (size_t)(at - p);
}

/* Bytes of the JSON number at p, without its sign; 0: there is none. */
static size_t number_bytes(const char *p, const char *end, bool *whole)
{
    size_t n = digits(p, end), k;
    *whole = true;
    if (n == 0 || (n > 1 && p[0] == '0'))
        return 0;
    if (p + n < end && p[n] == '.') {
        if ((k = digits(p + n + 1, end)) == 0)
            return 0;
        *whole = false;
        n += 1 + k;
    }
    if (p + n < end && (p[n] | 0x20) == 'e') {
        size_t sign = p + n + 1 < end && (p[n + 1] == '+' || p[n + 1] == '-');
        if ((k = digits(p + n + 1 + sign, end)) == 0)
            return 0;
        *whole = false;
        n += 1 + sign + k;
    }
    return n;
}

/* The text is NUL-terminated, so that strtod() ends with the number. */
static void shorten(char *p, size_t n, bool whole)
{
    if (whole ? n <= WHOLE_DIGITS : n < LEAST_OVERFLOW)
        return;
    if (!isfinite(strtod(p, NULL))) {
        memset(p, ' ', n);
        memcpy(p, "9e300", 5);
    } else if (whole) {
        memcpy(p + n - 4, "e004", 4); /* the last four of so many digits */
    }
}

struct str claims_text_readable(struct arena *a, struct str payload)
{
    char *p = arena_cstr(a, payload), *end = p + payload.n;
    bool quoted = false, whole;
    for (char *at = p; at < end; at++) {
        if (quoted && *at == '\\') {
            at++;
        } else if (*at == '"') {
            quoted = !quoted;
        } else if (!quoted && *at >= '0' && *at <= '9') {
            size_t n = number_bytes(at, end, &whole);
            shorten(at, n, whole);
            at += MAX(n, digits(at, end)) - 1;
        }
    }
    return str_make(p, payload.n);
}

struct str claims_text_set_role(struct arena *a, struct str payload, struct str value)
{
    struct json_scan s;
    struct str key;
    enum json_token t;
    json_scan_init(&s, payload, JSON_SCAN_DEPTH);
    while ((t = json_scan_next(&s)) > JSON_END_OF_TEXT) {
        if (t == JSON_KEY && s.depth == 1 && json_scan_unescape(a, s.value, &key) && str_eq(key, STR("role")))
            break;
    }
    size_t begin = s.at;
    if (t != JSON_KEY || !json_scan_skip(&s, json_scan_next(&s)))
        return (struct str){NULL, 0};
    return arena_printf(a, "%.*s%.*s%.*s", STR_ARG(str_sub(payload, 0, begin)), STR_ARG(value),
        STR_ARG(str_sub(payload, s.at, payload.n)));
}
