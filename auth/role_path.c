/* role_path: a recursive-descent compiler of five productions, and the walk. SPDX-License-Identifier: ISC */
#include "auth/role_path.h"

#include "util/check.h"

struct cursor {
    struct str text;
    size_t at;
    struct arena *arena;
};

static bool eat(struct cursor *c, struct str token)
{
    if (!str_starts(str_sub(c->text, c->at, c->text.n), token))
        return false;
    c->at += token.n;
    return true;
}

static void skip_blanks(struct cursor *c)
{
    while (eat(c, STR(" "))) {
    }
}

static bool is_name_byte(char ch)
{
    return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9') || ch == '_' ||
           ch == '$' || ch == '@' || ch == '-' || (unsigned char)ch >= 0x80;
}

/* "..." or '...', with a backslash before a quote or a backslash that is meant literally. */
static bool parse_quoted(struct cursor *c, struct str *out)
{
    char quote = c->at < c->text.n ? c->text.p[c->at] : '\0', *copy = arena_alloc(c->arena, c->text.n);
    size_t n = 0;
    if (quote != '"' && quote != '\'')
        return false;
    for (c->at++; c->at < c->text.n; c->at++) {
        char ch = c->text.p[c->at];
        if (ch == quote) {
            c->at++;
            *out = str_make(copy, n);
            return true;
        }
        if (ch == '\\' && ++c->at == c->text.n)
            return false;
        copy[n++] = c->text.p[c->at];
    }
    return false;
}

static bool parse_name(struct cursor *c, struct str *out)
{
    size_t from = c->at;
    if (from < c->text.n && c->text.p[from] == '"')
        return parse_quoted(c, out);
    while (c->at < c->text.n && is_name_byte(c->text.p[c->at]))
        c->at++;
    *out = arena_str(c->arena, str_sub(c->text, from, c->at));
    return c->at > from;
}

static bool parse_int(struct cursor *c, int64_t *out)
{
    size_t from = c->at;
    while (c->at < c->text.n &&
           (c->text.p[c->at] == '-' || (c->text.p[c->at] >= '0' && c->text.p[c->at] <= '9')))
        c->at++;
    return str_to_i64(str_sub(c->text, from, c->at), out);
}

/* Behind "[?(": a comparison of @ with a literal. */
static bool parse_filter(struct cursor *c, struct role_step *step)
{
    static const struct {
        const char *token;
        enum role_step_kind kind;
    } operators[] = {{"^==", ROLE_BEGINS}, {"*==", ROLE_HOLDS}, {"==^", ROLE_ENDS}, {"==", ROLE_EQUAL},
        {"!=", ROLE_DIFFERS}};
    skip_blanks(c);
    if (!eat(c, STR("@")))
        return false;
    skip_blanks(c);
    size_t i = 0;
    while (i < ARRAY_LEN(operators) && !eat(c, str_cstr(operators[i].token)))
        i++;
    if (i == ARRAY_LEN(operators))
        return false;
    step->kind = operators[i].kind;
    skip_blanks(c);
    if (!parse_quoted(c, &step->text))
        return false;
    skip_blanks(c);
    return eat(c, STR(")"));
}

/* [a] or [a:b]; both of the latter may be missing. */
static bool parse_numbers(struct cursor *c, struct role_step *step)
{
    *step = (struct role_step){.kind = ROLE_INDEX, .to = INT64_MAX};
    bool first = parse_int(c, &step->from);
    if (!eat(c, STR(":")))
        return first && step->from >= 0;
    step->kind = ROLE_SLICE;
    size_t before = c->at;
    return parse_int(c, &step->to) || c->at == before;
}

static bool parse_bracket(struct cursor *c, struct role_step *step)
{
    bool ok;
    if (eat(c, STR("?("))) {
        ok = parse_filter(c, step);
    } else if (parse_quoted(c, &step->text)) {
        step->kind = ROLE_MEMBER;
        ok = true;
    } else {
        ok = parse_numbers(c, step);
    }
    return ok && eat(c, STR("]"));
}

static bool parse_step(struct cursor *c, struct role_step *step)
{
    *step = (struct role_step){.kind = ROLE_MEMBER, .to = INT64_MAX};
    if (eat(c, STR("[")))
        return parse_bracket(c, step);
    return eat(c, STR(".")) && parse_name(c, &step->text);
}

bool role_path_compile(struct role_path *path, struct arena *a, struct str text, size_t *at)
{
    struct cursor c = {.text = text, .arena = a};
    *path = (struct role_path){0};
    (void)eat(&c, STR("$"));
    bool ok = c.at < text.n;
    while (ok && c.at < text.n) {
        ok = path->n < ROLE_PATH_MAX_STEPS && parse_step(&c, &path->steps[path->n]);
        path->n += ok;
    }
    *at = c.at;
    return ok;
}

static bool matches(const struct role_step *step, struct str s)
{
    switch (step->kind) {
    case ROLE_EQUAL: return str_eq(s, step->text);
    case ROLE_DIFFERS: return !str_eq(s, step->text);
    case ROLE_BEGINS: return str_starts(s, step->text);
    case ROLE_ENDS: return str_ends(s, step->text);
    case ROLE_HOLDS: return step->text.n == 0 || memmem(s.p, s.n, step->text.p, step->text.n) != NULL;
    case ROLE_MEMBER:
    case ROLE_INDEX:
    case ROLE_SLICE: break;
    }
    UNREACHABLE();
}

static struct str string_of(const json_t *value)
{
    return str_make(json_string_value(value), json_string_length(value));
}

static const json_t *first_match(const struct role_step *step, const json_t *array)
{
    const json_t *element;
    size_t i;
    json_array_foreach(array, i, element)
    {
        if (json_is_string(element) && matches(step, string_of(element)))
            return element;
    }
    return NULL;
}

/* The byte at which character `index` of the UTF-8 string begins; negative counts from the end; clamped. */
static size_t byte_of(struct str s, int64_t index)
{
    int64_t characters = 0, i = 0;
    size_t at = 0;
    for (size_t k = 0; k < s.n; k++)
        characters += (s.p[k] & 0xc0) != 0x80;
    if (index < 0)
        index = index < -characters ? 0 : characters + index;
    for (; at < s.n && i < index; i++) {
        do
            at++;
        while (at < s.n && (s.p[at] & 0xc0) == 0x80);
    }
    return at;
}

static struct str slice(struct str s, const struct role_step *step)
{
    return str_sub(s, byte_of(s, step->from), step->to == INT64_MAX ? s.n : byte_of(s, step->to));
}

/* One step down; NULL when there is nothing there. */
static const json_t *descend(const struct role_step *step, const json_t *value)
{
    if (step->kind == ROLE_MEMBER)
        return json_object_getn(value, step->text.p, step->text.n);
    if (step->kind == ROLE_INDEX)
        return json_array_get(value, (size_t)step->from);
    return first_match(step, value);
}

enum role_found role_path_walk(const struct role_path *path, const json_t *claims, struct str *role)
{
    const json_t *value = claims;
    size_t i = 0;
    while (i < path->n && value && path->steps[i].kind != ROLE_SLICE)
        value = descend(&path->steps[i++], value);
    if (!value || json_is_null(value))
        return ROLE_FOUND_NONE;
    if (!json_is_string(value))
        return ROLE_FOUND_OTHER;
    *role = string_of(value);
    for (; i < path->n; i++) {
        if (path->steps[i].kind != ROLE_SLICE)
            return ROLE_FOUND_NONE; /* a string has no members */
        *role = slice(*role, &path->steps[i]);
    }
    return ROLE_FOUND_STRING;
}
