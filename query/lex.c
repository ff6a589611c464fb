/* lex: names, quotes and paths. A table classes each byte, as a switch would be a search per byte.
 * SPDX-License-Identifier: ISC */
#include "query/lex.h"

#include "query/errors.h"

enum { C_NAME = 1, C_WORD = 2, C_JSON_END = 4 };

#define W (C_NAME | C_WORD)
#define N C_NAME
#define J C_JSON_END
/* clang-format off */
static const unsigned char ascii_class[128] = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    N, 0, 0, 0, N, 0, 0, 0, J, J, 0, 0, J, 0, J, 0,
    W, W, W, W, W, W, W, W, W, W, J, 0, 0, J, J, 0,
    0, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W,
    W, W, W, W, W, W, W, W, W, W, W, 0, 0, 0, 0, W,
    0, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W,
    W, W, W, W, W, W, W, W, W, W, W, 0, 0, 0, 0, 0,
};
/* clang-format on */
#undef W
#undef N
#undef J

static unsigned char class_at(const struct lex *lx)
{
    unsigned char c = (unsigned char)lx->text.p[lx->at];
    return c < 128 ? ascii_class[c] : C_NAME;
}

bool lex_take(struct lex *lx, char c)
{
    if (lex_at_end(lx) || lx->text.p[lx->at] != c)
        return false;
    lx->at++;
    return true;
}

bool lex_take_word(struct lex *lx, struct str word)
{
    if (!str_starts(lex_rest(lx), word))
        return false;
    lx->at += word.n;
    return true;
}

void lex_skip_blanks(struct lex *lx)
{
    while (lex_peek(lx) == ' ' || lex_peek(lx) == '\t' || lex_peek(lx) == '\n' || lex_peek(lx) == '\r')
        lx->at++;
}

static bool fail(struct lex *lx, size_t seen, const char *expecting)
{
    struct error_place place = {lx->text, lx->at, seen, lx->shift};
    return error_parse(lx->arena, lx->error, lx->what, &place, expecting);
}

bool lex_fail(struct lex *lx, const char *expecting)
{
    return fail(lx, lx->at, expecting);
}

bool lex_fail_word(struct lex *lx, struct str word, const char *expecting)
{
    size_t seen = 0;
    while (seen < word.n && lx->at + seen < lx->text.n && lx->text.p[lx->at + seen] == word.p[seen])
        seen++;
    return fail(lx, lx->at + seen, expecting);
}

bool lex_fail_behind(struct lex *lx, const char *expecting)
{
    if (lx->bare)
        expecting = arena_printf(lx->arena, "letter, digit, \"-\", %s", expecting).p;
    return lex_fail(lx, expecting);
}

bool lex_expect(struct lex *lx, char c, const char *expecting)
{
    return lex_take(lx, c) || lex_fail(lx, expecting);
}

/* A dash that is not the start of -> or ->>. */
static bool dash_in_name(const struct lex *lx)
{
    return lx->text.p[lx->at] == '-' && !(lx->at + 1 < lx->text.n && lx->text.p[lx->at + 1] == '>');
}

static struct str trim_blanks(struct str s)
{
    while (s.n > 0 && s.p[0] == ' ')
        s = str_sub(s, 1, s.n);
    while (s.n > 0 && s.p[s.n - 1] == ' ')
        s.n--;
    return s;
}

/* The text between from and to without its escapes. */
static struct str unescape(struct lex *lx, size_t from, size_t to)
{
    char *copy = arena_alloc(lx->arena, to - from), *p = copy;
    for (size_t i = from; i < to; i++) {
        if (lx->text.p[i] == '\\')
            i++;
        *p++ = lx->text.p[i];
    }
    return str_make(copy, (size_t)(p - copy));
}

bool lex_quoted(struct lex *lx, struct str *text)
{
    size_t start = lx->at;
    bool escaped = false;
    while (!lex_at_end(lx) && lex_peek(lx) != '"') {
        if (lex_take(lx, '\\'))
            escaped = true;
        if (!lex_at_end(lx))
            lx->at++;
    }
    if (lex_at_end(lx))
        return lex_fail(lx, "the closing quote (\")");
    *text = escaped ? unescape(lx, start, lx->at) : str_sub(lx->text, start, lx->at);
    lx->at++;
    return true;
}

bool lex_name(struct lex *lx, struct str *name, const char *expecting)
{
    size_t start = lx->at;
    lx->bare = lex_peek(lx) != '"';
    if (lex_take(lx, '"'))
        return lex_quoted(lx, name);
    while (!lex_at_end(lx) && ((class_at(lx) & C_NAME) || dash_in_name(lx)))
        lx->at++;
    *name = trim_blanks(str_sub(lx->text, start, lx->at));
    return name->n > 0 || lex_fail(lx, expecting);
}

struct str lex_word(struct lex *lx)
{
    size_t start = lx->at;
    while (!lex_at_end(lx) && (class_at(lx) & C_WORD))
        lx->at++;
    return str_sub(lx->text, start, lx->at);
}

static bool ends_index(const struct lex *lx)
{
    return lex_at_end(lx) || (class_at(lx) & C_JSON_END) || str_starts(lex_rest(lx), STR("->"));
}

/* An optional minus and at most nine digits (so that it fits PostgreSQL's integer), followed by the end of
 * the step; otherwise the cursor stays and it is a key. */
static bool take_index(struct lex *lx, struct str *key)
{
    size_t start = lx->at;
    lex_take(lx, '-');
    size_t digits = lx->at;
    while (lex_peek(lx) >= '0' && lex_peek(lx) <= '9')
        lx->at++;
    *key = str_sub(lx->text, start, lx->at);
    if (lx->at > digits && lx->at - digits <= 9 && ends_index(lx))
        return true;
    lx->at = start;
    return false;
}

static bool take_key(struct lex *lx, struct str *key)
{
    size_t start = lx->at;
    if (lex_take(lx, '"'))
        return lex_quoted(lx, key);
    while (!lex_at_end(lx) && !(class_at(lx) & C_JSON_END) && (lex_peek(lx) != '-' || dash_in_name(lx)))
        lx->at++;
    *key = str_sub(lx->text, start, lx->at);
    return key->n > 0 || lex_fail(lx, "any non reserved character different from: .,>()");
}

bool lex_path(struct lex *lx, struct ast_step **steps)
{
    for (unsigned n = 0; lex_take_word(lx, STR("->")); n++) {
        struct ast_step *step = ARENA_NEW(lx->arena, struct ast_step);
        if (n == LEX_PATH_MAX)
            return lex_fail(lx, "a JSON path of at most 32 steps");
        step->as_text = lex_take(lx, '>');
        lx->bare = false;
        step->index = take_index(lx, &step->key);
        if (!step->index && !take_key(lx, &step->key))
            return false;
        *steps = step;
        steps = &step->next;
    }
    return true;
}

bool lex_field(struct lex *lx, struct ast_field *field)
{
    return lex_name(lx, &field->name, LEX_NAME) && lex_path(lx, &field->steps);
}

bool lex_spend_filter(struct lex *lx)
{
    unsigned max = lx->budget->limits->filters;
    if (max == 0 || max > LEX_FILTERS_MAX)
        max = LEX_FILTERS_MAX;
    return ++lx->budget->filters <= max ||
           error_limit(lx->arena, lx->error, "limit-filters", max, "filters and order terms");
}
