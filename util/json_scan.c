/* json_scan: a pushdown automaton whose stack is a bit map. SPDX-License-Identifier: ISC */
#include "util/json_scan.h"

#include "util/check.h"
#include "util/utf8.h"

/* What may come next. */
enum {
    EXPECT_VALUE,        /* of the text, after a colon */
    EXPECT_VALUE_OR_END, /* after [ */
    EXPECT_KEY_OR_END,   /* after { */
    EXPECT_MORE,         /* after a value inside: comma or end */
    EXPECT_NOTHING,      /* after the value of the text */
    EXPECT_BAD
};

static enum json_token bad(struct json_scan *s, const char *error)
{
    s->expects = EXPECT_BAD;
    s->error = error;
    return JSON_BAD;
}

static bool fail(struct json_scan *s, const char *error)
{
    bad(s, error);
    return false;
}

void json_scan_init(struct json_scan *s, struct str text, unsigned max_depth)
{
    CHECK(max_depth >= 1 && max_depth <= JSON_SCAN_DEPTH);
    s->text = text;
    s->at = s->depth = 0;
    s->value = (struct str){NULL, 0};
    s->escaped = false;
    s->error = "";
    s->max_depth = max_depth;
    s->expects = EXPECT_VALUE;
    size_t valid = utf8_valid_prefix(text);
    if (valid < text.n) {
        s->at = valid;
        bad(s, "bytes that are not UTF-8");
    }
}

static char peek(const struct json_scan *s)
{
    return s->at < s->text.n ? s->text.p[s->at] : '\0';
}

static void skip_blanks(struct json_scan *s)
{
    while (s->at < s->text.n && (s->text.p[s->at] == ' ' || s->text.p[s->at] == '\n' ||
                                    s->text.p[s->at] == '\t' || s->text.p[s->at] == '\r'))
        s->at++;
}

static bool in_object(const struct json_scan *s)
{
    return s->depth > 0 && (s->objects[s->depth / 64] >> (s->depth % 64) & 1);
}

static void after_value(struct json_scan *s)
{
    s->expects = s->depth > 0 ? EXPECT_MORE : EXPECT_NOTHING;
}

static enum json_token open(struct json_scan *s, bool object)
{
    if (s->depth == s->max_depth)
        return bad(s, "nested too deeply");
    s->at++;
    s->depth++;
    uint64_t bit = (uint64_t)1 << (s->depth % 64);
    if (object)
        s->objects[s->depth / 64] |= bit;
    else
        s->objects[s->depth / 64] &= ~bit;
    s->expects = object ? EXPECT_KEY_OR_END : EXPECT_VALUE_OR_END;
    return object ? JSON_OBJECT : JSON_ARRAY;
}

static enum json_token close_level(struct json_scan *s)
{
    s->at++;
    s->depth--;
    after_value(s);
    return JSON_CLOSE;
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* Behind the backslash. */
static bool escape(struct json_scan *s)
{
    char c = peek(s);
    if (c == 'u') {
        for (int i = 1; i <= 4; i++) {
            if (s->at + (size_t)i >= s->text.n || !is_hex(s->text.p[s->at + (size_t)i]))
                return false;
        }
        s->at += 5;
        return true;
    }
    if (c == '\0')
        return false;
    s->at++;
    return strchr("\"\\/bfnrt", c) != NULL;
}

/* From the opening quote to behind the closing one. */
static bool string(struct json_scan *s)
{
    size_t start = ++s->at;
    s->escaped = false;
    for (; s->at < s->text.n; s->at++) {
        unsigned char c = (unsigned char)s->text.p[s->at];
        if (c == '"') {
            s->value = str_sub(s->text, start, s->at++);
            return true;
        }
        if (c < 0x20)
            return fail(s, "a control character inside a string");
        if (c != '\\')
            continue;
        s->escaped = true;
        s->at++;
        if (!escape(s))
            return fail(s, "an unknown escape inside a string");
        s->at--;
    }
    return fail(s, "a string without its end");
}

static bool digits(struct json_scan *s)
{
    size_t start = s->at;
    while (peek(s) >= '0' && peek(s) <= '9')
        s->at++;
    return s->at > start;
}

static enum json_token number(struct json_scan *s)
{
    size_t start = s->at;
    if (peek(s) == '-')
        s->at++;
    if (peek(s) == '0')
        s->at++;
    else if (!digits(s))
        return bad(s, "expected a value");
    if (peek(s) == '.') {
        s->at++;
        if (!digits(s))
            return bad(s, "expected a digit");
    }
    if (peek(s) == 'e' || peek(s) == 'E') {
        s->at++;
        if (peek(s) == '+' || peek(s) == '-')
            s->at++;
        if (!digits(s))
            return bad(s, "expected a digit");
    }
    s->value = str_sub(s->text, start, s->at);
    after_value(s);
    return JSON_NUMBER;
}

static enum json_token word(struct json_scan *s, struct str text, enum json_token token)
{
    if (!str_starts(str_sub(s->text, s->at, s->text.n), text))
        return bad(s, "expected a value");
    s->at += text.n;
    after_value(s);
    return token;
}

static enum json_token value(struct json_scan *s)
{
    switch (peek(s)) {
    case '{': return open(s, true);
    case '[': return open(s, false);
    case 't': return word(s, STR("true"), JSON_TRUE);
    case 'f': return word(s, STR("false"), JSON_FALSE);
    case 'n': return word(s, STR("null"), JSON_NULL);
    case '"':
        if (!string(s))
            return JSON_BAD;
        after_value(s);
        return JSON_STRING;
    default: return number(s);
    }
}

static enum json_token key(struct json_scan *s)
{
    if (peek(s) != '"')
        return bad(s, "expected a key in double quotes");
    if (!string(s))
        return JSON_BAD;
    skip_blanks(s);
    if (peek(s) != ':')
        return bad(s, "expected a colon");
    s->at++;
    s->expects = EXPECT_VALUE;
    return JSON_KEY;
}

/* A comma and what follows it, or the end of what is open. */
static enum json_token more(struct json_scan *s)
{
    bool object = in_object(s);
    if (peek(s) == (object ? '}' : ']'))
        return close_level(s);
    if (peek(s) != ',')
        return bad(s, object ? "expected a comma or }" : "expected a comma or ]");
    s->at++;
    skip_blanks(s);
    return object ? key(s) : value(s);
}

enum json_token json_scan_next(struct json_scan *s)
{
    if (s->expects == EXPECT_BAD)
        return JSON_BAD;
    skip_blanks(s);
    switch (s->expects) {
    case EXPECT_VALUE: return value(s);
    case EXPECT_VALUE_OR_END: return peek(s) == ']' ? close_level(s) : value(s);
    case EXPECT_KEY_OR_END: return peek(s) == '}' ? close_level(s) : key(s);
    case EXPECT_MORE: return more(s);
    case EXPECT_NOTHING: return s->at == s->text.n ? JSON_END_OF_TEXT : bad(s, "more than one value");
    default: UNREACHABLE();
    }
}

bool json_scan_skip(struct json_scan *s, enum json_token token)
{
    unsigned outside = s->depth - 1;
    if (token != JSON_OBJECT && token != JSON_ARRAY)
        return token != JSON_BAD;
    while (s->depth > outside) {
        if (json_scan_next(s) == JSON_BAD)
            return false;
    }
    return true;
}

static uint32_t hex4(const char *p)
{
    uint32_t n = 0;
    for (int i = 0; i < 4; i++)
        n = n << 4 | (uint32_t)(p[i] <= '9' ? p[i] - '0' : (p[i] | 0x20) - 'a' + 10);
    return n;
}

/* The character of \uXXXX (or a pair of them) at *at, behind the u; 0: none. */
static uint32_t code_point(struct str raw, size_t *at)
{
    uint32_t high = hex4(raw.p + *at), low;
    *at += 4;
    if (high < 0xd800 || high > 0xdfff)
        return high;
    if (high > 0xdbff || *at + 6 > raw.n || raw.p[*at] != '\\' || raw.p[*at + 1] != 'u')
        return 0;
    low = hex4(raw.p + *at + 2);
    *at += 6;
    return low >= 0xdc00 && low <= 0xdfff ? 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00) : 0;
}

static char plain_escape(char c)
{
    switch (c) {
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return c;
    }
}

bool json_scan_unescape(struct arena *a, struct str raw, struct str *out)
{
    *out = raw;
    if (str_find(raw, '\\') == raw.n)
        return true;
    char *start = arena_alloc(a, raw.n), *p = start;
    for (size_t at = 0; at < raw.n;) {
        char c = raw.p[at++];
        if (c != '\\') {
            *p++ = c;
            continue;
        }
        c = raw.p[at++];
        if (c != 'u') {
            *p++ = plain_escape(c);
            continue;
        }
        uint32_t code = code_point(raw, &at);
        if (code == 0)
            return false;
        p = utf8_write(p, code);
    }
    *out = str_make(start, (size_t)(p - start));
    return true;
}
