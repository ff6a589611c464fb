/* settings_scan: two functions of PostgreSQL and the name that follows their parenthesis.
 * SPDX-License-Identifier: ISC */
#include "schema/settings_scan.h"

static const struct {
    struct str name;
    unsigned bit;
    bool prefix;
} settings[] = {
    {STR_INIT("request.jwt."), SETTING_CLAIMS, true},
    {STR_INIT("request.method"), SETTING_METHOD, false},
    {STR_INIT("request.path"), SETTING_PATH, false},
    {STR_INIT("request.headers"), SETTING_HEADERS, false},
    {STR_INIT("request.cookies"), SETTING_COOKIES, false},
    {STR_INIT("app.settings."), SETTING_APP, true},
    /* The same for all requests of a role. */
    {STR_INIT("role"), 0, false},
};

static struct str skip_blanks(struct str text)
{
    size_t i = 0;
    while (i < text.n && (text.p[i] == ' ' || text.p[i] == '\n' || text.p[i] == '\t' || text.p[i] == '\r'))
        i++;
    return str_sub(text, i, text.n);
}

static bool skip_one(struct str *text, struct str token)
{
    struct str rest = skip_blanks(*text);
    if (!str_starts(rest, token))
        return false;
    *text = str_sub(rest, token.n, rest.n);
    return true;
}

/* The first argument of the call whose function's name stands before `rest`, if it is nothing but a plain
 * literal. */
static bool first_literal(struct str rest, struct str *name)
{
    if (!skip_one(&rest, STR("(")) || !skip_one(&rest, STR("'")))
        return false;
    size_t end = str_find(rest, '\'');
    *name = str_sub(rest, 0, end);
    rest = str_sub(rest, end + 1, rest.n);
    if (skip_one(&rest, STR("::")) && !skip_one(&rest, STR("text")))
        return false;
    return skip_one(&rest, STR(",")) || skip_one(&rest, STR(")"));
}

/* Names of settings have no case. */
static unsigned reads(struct str rest)
{
    struct str name;
    if (!first_literal(rest, &name))
        return SETTINGS_READ;
    for (size_t i = 0; i < ARRAY_LEN(settings); i++) {
        if (settings[i].prefix ? str_starts_nocase(name, settings[i].name)
                               : str_eq_nocase(name, settings[i].name))
            return settings[i].bit;
    }
    return SETTING_OTHER;
}

/* A name that is a literal is a word of the text itself, see below. */
static unsigned writes(struct str rest)
{
    struct str name;
    return first_literal(rest, &name) ? 0 : SETTING_ANSWER;
}

static unsigned of_word(struct str word, struct str rest)
{
    if (str_eq_nocase(word, STR("current_setting")))
        return reads(str_starts(rest, STR("\"")) ? str_sub(rest, 1, rest.n) : rest);
    if (str_eq_nocase(word, STR("set_config")))
        return writes(str_starts(rest, STR("\"")) ? str_sub(rest, 1, rest.n) : rest);
    return str_eq_nocase(word, STR("response")) && str_starts(rest, STR(".")) ? SETTING_ANSWER : 0;
}

static bool is_word_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '$' || (unsigned char)c >= 0x80;
}

unsigned settings_scan(struct str text)
{
    unsigned found = 0;
    for (size_t i = 0, end; i < text.n; i = end + 1) {
        for (end = i; end < text.n && is_word_byte(text.p[end]); end++)
            ;
        if (end > i)
            found |= of_word(str_sub(text, i, end), str_sub(text, end, text.n));
    }
    return found;
}
