/* filter: operators, values and trees of conditions. SPDX-License-Identifier: ISC */
#include "query/filter.h"

#include "query/errors.h"
#include "util/buf.h"

#define DEPTH_MAX 64

#define OPERATOR "operator (eq, gt, ...)"
#define LIST_END "\",\" or \")\""

const struct filter_op filter_ops[OP_COUNT] = {
#define OP(id, name, sql, kind, any) [OP_##id] = {{name, sizeof(name) - 1}, sql, FILTER_##kind, any},
#include "query/ops.def"
#undef OP
};

/* Steps over the name of an operator; OP_COUNT and no step when there is none. */
static enum ast_op take_op(struct lex *lx)
{
    struct str word = lex_word(lx);
    for (unsigned i = 0; i < OP_COUNT; i++) {
        if (str_eq(word, filter_ops[i].name) && (lex_peek(lx) == '.' || lex_peek(lx) == '('))
            return (enum ast_op)i;
    }
    lx->at -= word.n;
    return OP_COUNT;
}

bool filter_has_operator(struct str text)
{
    struct lex lx = {.text = text};
    lex_take_word(&lx, STR("not."));
    return take_op(&lx) != OP_COUNT;
}

/* What may stand between the operator and the dot: (any), (all) or the language of a text search. */
static bool parse_modifier(struct lex *lx, struct ast_cond *cond)
{
    const struct filter_op *op = &filter_ops[cond->op];
    if (op->kind != FILTER_FTS && !op->any)
        return lex_peek(lx) == '.' || lex_fail(lx, OPERATOR);
    if (!lex_take(lx, '('))
        return true;
    if (op->any) {
        cond->quantifier = lex_take_word(lx, STR("any"))   ? QUANT_ANY
                           : lex_take_word(lx, STR("all")) ? QUANT_ALL
                                                           : QUANT_NONE;
        if (cond->quantifier == QUANT_NONE)
            return lex_fail_word(lx, STR("any"), OPERATOR);
    } else {
        cond->language = lex_word(lx);
        if (cond->language.n == 0)
            return lex_fail(lx, OPERATOR);
    }
    return lex_expect(lx, ')', OPERATOR);
}

/* Appends one element to an array literal, always quoted (PostgreSQL docs 8.15.2). */
static void write_element(struct buf *out, struct str element)
{
    char *p = buf_reserve(out, 2 * element.n + 3);
    if (buf_len(out) > 1)
        *p++ = ',';
    *p++ = '"';
    for (size_t i = 0; i < element.n; i++) {
        if (element.p[i] == '"' || element.p[i] == '\\')
            *p++ = '\\';
        *p++ = element.p[i];
    }
    *p++ = '"';
    buf_commit(out, p);
}

/* An element of a list or a value in a tree: quoted, or raw up to a comma or the closing parenthesis. A
 * quoted run that is followed by something else was part of a raw one after all; it then ends before the next
 * quoted run begins, so that no byte is looked at more than twice. */
static bool parse_element(struct lex *lx, struct str *element)
{
    size_t start = lx->at;
    if (lex_take(lx, '"')) {
        if (!lex_quoted(lx, element))
            return false;
        if (lex_at_end(lx) || lex_peek(lx) == ',' || lex_peek(lx) == ')')
            return true;
        lx->at = start;
    }
    while (!lex_at_end(lx) && lex_peek(lx) != ',' && lex_peek(lx) != ')')
        lx->at++;
    *element = str_sub(lx->text, start, lx->at);
    return true;
}

/* Blanks behind a comma belong to a raw element, as in PostgREST: the second of `(a, b)` is " b". */
static void skip_list_blanks(struct lex *lx, bool first)
{
    size_t start = lx->at;
    lex_skip_blanks(lx);
    if (!first && lex_peek(lx) != '"')
        lx->at = start;
}

static bool parse_elements(struct lex *lx, struct buf *out)
{
    bool first = true;
    if (lex_take(lx, ')'))
        return true;
    do {
        struct str element;
        skip_list_blanks(lx, first);
        if (!parse_element(lx, &element))
            return false;
        write_element(out, element);
        first = false;
    } while (lex_take(lx, ','));
    return lex_expect(lx, ')', LIST_END);
}

/* (a,"b,c") to the array literal {"a","b,c"}. It grows with the list: what follows in the text is of no
 * concern, as there may be a thousand more lists. */
static bool parse_list(struct lex *lx, struct str *literal)
{
    struct buf out;
    if (!lex_expect(lx, '(', "\"(\""))
        return false;
    buf_init(&out, 0);
    buf_append_char(&out, '{');
    bool ok = parse_elements(lx, &out);
    buf_append_char(&out, '}');
    if (ok)
        *literal = arena_str(lx->arena, buf_str(&out));
    buf_release(&out);
    return ok;
}

/* How far the word goes along with any of these. */
static COLD size_t furthest(struct str word, const struct str *words, size_t n)
{
    size_t best = 0;
    for (size_t i = 0; i < n; i++) {
        size_t common = MIN(word.n, words[i].n);
        while (!str_eq_nocase(str_sub(word, 0, common), str_sub(words[i], 0, common)))
            common--;
        best = MAX(best, common);
    }
    return best;
}

static bool parse_is(struct lex *lx, struct ast_cond *cond)
{
    static const struct str words[] = {
        [IS_NULL] = {"null", 4},
        [IS_NOT_NULL] = {"not_null", 8},
        [IS_TRUE] = {"true", 4},
        [IS_FALSE] = {"false", 5},
        [IS_UNKNOWN] = {"unknown", 7},
    };
    struct str word = lex_word(lx);
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (str_eq_nocase(word, words[i])) {
            cond->is = (enum ast_is)i;
            return true;
        }
    }
    lx->at -= word.n;
    lx->at += furthest(word, words, ARRAY_LEN(words));
    return lex_fail(lx, "isVal: (null, not_null, true, false, unknown)");
}

/* From { to its closing }, over quoted strings and nested braces. */
static bool take_braces(struct lex *lx)
{
    size_t depth = 0;
    bool quoted = false;
    for (; !lex_at_end(lx); lx->at++) {
        char c = lex_peek(lx);
        if (c == '\\' && lx->at + 1 < lx->text.n)
            lx->at++;
        else if (c == '"')
            quoted = !quoted;
        else if (!quoted && c == '{')
            depth++;
        else if (!quoted && c == '}' && --depth == 0)
            return lex_take(lx, '}');
    }
    return lex_fail(lx, "the closing brace, or double quotes around the value");
}

static bool parse_tree_value(struct lex *lx, struct str *value)
{
    size_t start = lx->at;
    if (lex_peek(lx) == '{' && !take_braces(lx))
        return false;
    if (start == lx->at)
        return parse_element(lx, value);
    while (!lex_at_end(lx) && lex_peek(lx) != ',' && lex_peek(lx) != ')')
        lx->at++;
    *value = str_sub(lx->text, start, lx->at);
    return true;
}

static bool parse_value(struct lex *lx, struct ast_cond *cond, bool in_tree)
{
    if (filter_ops[cond->op].kind == FILTER_IN)
        return parse_list(lx, &cond->value);
    if (filter_ops[cond->op].kind == FILTER_IS)
        return parse_is(lx, cond);
    if (in_tree)
        return parse_tree_value(lx, &cond->value);
    cond->value = lex_rest(lx);
    lx->at = lx->text.n;
    return true;
}

/* Behind the longest operator that stands here, or at its beginning. */
static COLD bool fail_operator(struct lex *lx, bool negated)
{
    size_t longest = 0;
    for (unsigned i = 0; i < OP_COUNT; i++) {
        if (str_starts(lex_rest(lx), filter_ops[i].name))
            longest = MAX(longest, filter_ops[i].name.n);
    }
    lx->at += longest;
    if (longest > 0)
        return lex_fail(lx, OPERATOR);
    if (negated)
        return lex_fail_word(lx, STR("in"), OPERATOR);
    if (lex_take_word(lx, STR("not")))
        return lex_fail(lx, "delimiter (.)");
    return lex_fail_word(lx, STR("not"), "\"not\" or " OPERATOR);
}

static bool parse_operation(struct lex *lx, struct ast_cond *cond, bool in_tree)
{
    cond->kind = COND_FILTER;
    if (!lex_spend_filter(lx))
        return false;
    cond->negated = lex_take_word(lx, STR("not."));
    cond->op = take_op(lx);
    if (cond->op == OP_COUNT)
        return fail_operator(lx, cond->negated);
    return parse_modifier(lx, cond) && lex_expect(lx, '.', OPERATOR) && parse_value(lx, cond, in_tree);
}

bool filter_parse(struct lex *lx, struct ast_cond *cond)
{
    return parse_operation(lx, cond, false) && (lex_at_end(lx) || lex_fail(lx, "the end of the value"));
}

static bool parse_children(struct lex *lx, struct ast_cond *parent, unsigned depth);

/* [not.]and( or [not.]or( : the cursor is behind the word. A column of that name has a dot there. */
static bool take_logic(struct lex *lx, struct ast_cond *cond)
{
    size_t start = lx->at;
    cond->negated = lex_take_word(lx, STR("not."));
    cond->kind = lex_take_word(lx, STR("and"))  ? COND_AND
                 : lex_take_word(lx, STR("or")) ? COND_OR
                                                : COND_FILTER;
    if (cond->kind != COND_FILTER) {
        lex_skip_blanks(lx);
        if (lex_peek(lx) == '(')
            return true;
    }
    lx->at = start;
    cond->negated = false;
    return false;
}

static bool parse_child(struct lex *lx, struct ast_cond *cond, unsigned depth)
{
    if (take_logic(lx, cond))
        return lex_spend_filter(lx) && parse_children(lx, cond, depth + 1);
    if (!lex_name(lx, &cond->field.name, LEX_NAME ", negation operator (not) or logic operator (and, or)") ||
        !lex_path(lx, &cond->field.steps))
        return false;
    if (!lex_take(lx, '.'))
        return lex_fail_behind(lx, "\"->>\", \"->\" or delimiter (.)");
    return parse_operation(lx, cond, true);
}

static bool parse_children(struct lex *lx, struct ast_cond *parent, unsigned depth)
{
    unsigned max = lx->budget->limits->tree_depth;
    struct ast_cond **tail = &parent->children;
    max = max && max < DEPTH_MAX ? max : DEPTH_MAX;
    if (depth > max)
        return error_limit(lx->arena, lx->error, "limit-filter-depth", max, "levels of and/or");
    lex_skip_blanks(lx);
    if (!lex_expect(lx, '(', "\"(\""))
        return false;
    do {
        struct ast_cond *child = ARENA_NEW(lx->arena, struct ast_cond);
        lex_skip_blanks(lx);
        if (!parse_child(lx, child, depth))
            return false;
        lex_skip_blanks(lx);
        *tail = child;
        tail = &child->next;
    } while (lex_take(lx, ','));
    return lex_expect(lx, ')', LIST_END);
}

bool filter_parse_tree(struct lex *lx, struct ast_cond *cond)
{
    if (!parse_children(lx, cond, 1))
        return false;
    lex_skip_blanks(lx);
    return lex_at_end(lx) || lex_fail(lx, "the end");
}
