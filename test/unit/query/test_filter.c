/* Unit tests of query/filter: every operator, values in and out of trees. SPDX-License-Identifier: ISC */
#include "query/filter.h"
#include "query_test.h"

#include "util/buf.h"

static void print_filter(struct buf *b, const struct ast_cond *c)
{
    static const char *const quantifiers[] = {"", "(any)", "(all)"};
    static const char *const is[] = {"null", "not_null", "true", "false", "unknown"};
    buf_printf(b, "%.*s", STR_ARG(c->field.name));
    for (const struct ast_step *s = c->field.steps; s; s = s->next)
        buf_printf(b, "%s%.*s", s->as_text ? "->>" : "->", STR_ARG(s->key));
    buf_printf(b, " %s%s", filter_ops[c->op].name.p, quantifiers[c->quantifier]);
    if (c->language.n)
        buf_printf(b, "(%.*s)", STR_ARG(c->language));
    if (c->op == OP_IS)
        buf_printf(b, " %s", is[c->is]);
    else
        buf_printf(b, " <%.*s>", STR_ARG(c->value));
}

static void print_cond(struct buf *b, const struct ast_cond *c)
{
    if (c->negated)
        buf_printf(b, "not ");
    if (c->kind == COND_FILTER) {
        print_filter(b, c);
        return;
    }
    buf_printf(b, c->kind == COND_AND ? "and[" : "or[");
    for (const struct ast_cond *child = c->children; child; child = child->next) {
        print_cond(b, child);
        if (child->next)
            buf_printf(b, ", ");
    }
    buf_printf(b, "]");
}

static void check_print(const char *text, const struct ast_cond *cond, const char *expected)
{
    struct buf b;
    buf_init(&b, 0);
    print_cond(&b, cond);
    if (!str_eq_cstr(buf_str(&b), expected))
        fail_msg("%s: %.*s", text, STR_ARG(buf_str(&b)));
    buf_release(&b);
}

static void every_operator(void **state)
{
    for (unsigned op = 0; op < OP_COUNT; op++) {
        char text[64];
        struct ast_cond cond = {0};
        const char *value = op == OP_IN ? "(1)" : op == OP_IS ? "null" : "v";
        snprintf(text, sizeof text, "not.%s.%s", filter_ops[op].name.p, value);
        struct lex lx = over(text);
        assert_true(filter_has_operator(str_cstr(text)));
        assert_true(filter_parse(&lx, &cond));
        assert_int_equal(cond.op, op);
        assert_true(cond.negated);
        snprintf(text, sizeof text, "%s(any).v", filter_ops[op].name.p);
        lx = over(text);
        cond = (struct ast_cond){0};
        bool fts = filter_ops[op].kind == FILTER_FTS;
        assert_int_equal(filter_parse(&lx, &cond), filter_ops[op].any || fts);
    }
}

static void filters(void **state)
{
    static const struct {
        const char *text, *cond;
    } cases[] = {
        {"eq.5", " eq <5>"},
        {"eq.", " eq <>"},
        {"eq.a.b,c)\"", " eq <a.b,c)\">"},
        {"not.like.*a*", "not  like <*a*>"},
        {"like(any).{O*,P*}", " like(any) <{O*,P*}>"},
        {"gte(all).{1,2}", " gte(all) <{1,2}>"},
        {"in.(1,2,3)", " in <{\"1\",\"2\",\"3\"}>"},
        {"in.()", " in <{}>"},
        {"in.(\"a,b\",\"c)d\",e\"f)", " in <{\"a,b\",\"c)d\",\"e\\\"f\"}>"},
        {"in.(\"q\\\"\\\\\",\"x\"y)", " in <{\"q\\\"\\\\\",\"\\\"x\\\"y\"}>"},
        {"in.( a, b,)", " in <{\"a\",\" b\",\"\"}>"},
        {"in.(\"a\", \"b\")", " in <{\"a\",\"b\"}>"},
        {"is.NULL", " is null"},
        {"is.not_null", " is not_null"},
        {"is.True", " is true"},
        {"is.unknown", " is unknown"},
        {"fts(english).fat & cat", " fts(english) <fat & cat>"},
        {"wfts.x", " wfts <x>"},
        {"isdistinct.3", " isdistinct <3>"},
        {"cs.{a,b}", " cs <{a,b}>"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct lex lx = over(cases[i].text);
        struct ast_cond cond = {0};
        if (!filter_parse(&lx, &cond))
            fail_msg("%s: %.*s", cases[i].text, STR_ARG(error.details));
        check_print(cases[i].text, &cond, cases[i].cond);
    }
}

static void filters_refused(void **state)
{
    static const struct {
        const char *text, *details;
    } cases[] = {
        {"x", "unexpected \"x\" expecting \"not\" or operator (eq, gt, ...)"},
        {"5", "unexpected \"5\" expecting \"not\" or operator (eq, gt, ...)"},
        {"", "unexpected end of input expecting \"not\" or operator (eq, gt, ...)"},
        {"eq", "unexpected end of input expecting operator (eq, gt, ...)"},
        {"eqx.1", "unexpected \"x\" expecting operator (eq, gt, ...)"},
        {"not", "unexpected end of input expecting delimiter (.)"},
        {"nope.1", "unexpected \"p\" expecting \"not\" or operator (eq, gt, ...)"},
        {"not.not.eq.1", "unexpected \"n\" expecting operator (eq, gt, ...)"},
        {"not.ix.1", "unexpected \"x\" expecting operator (eq, gt, ...)"},
        {"eq(some).1", "unexpected \"s\" expecting operator (eq, gt, ...)"},
        {"eq(anyway).1", "unexpected \"w\" expecting operator (eq, gt, ...)"},
        {"cs(any).{1}", "unexpected \"(\" expecting operator (eq, gt, ...)"},
        {"fts().x", "unexpected \")\" expecting operator (eq, gt, ...)"},
        {"in.1,2", "unexpected \"1\" expecting \"(\""},
        {"in.(1,2", "unexpected end of input expecting \",\" or \")\""},
        {"in.(1,2)x", "unexpected \"x\" expecting the end of the value"},
        {"in.(\"1", "unexpected end of input expecting the closing quote (\")"},
        {"is.nil", "unexpected \"i\" expecting isVal: (null, not_null, true, false, unknown)"},
        {"is.nullx", "unexpected \"x\" expecting isVal: (null, not_null, true, false, unknown)"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct lex lx = over(cases[i].text);
        struct ast_cond cond = {0};
        assert_false(filter_parse(&lx, &cond));
        if (!str_eq_cstr(error.details, cases[i].details))
            fail_msg("%s: %.*s", cases[i].text, STR_ARG(error.details));
    }
}

static void trees(void **state)
{
    static const struct {
        const char *text, *cond;
    } cases[] = {
        {"(a.eq.1,b.gt.2)", "or[a eq <1>, b gt <2>]"},
        {"( a.eq.1 , not.and( b.gte.1 , c.is.null ) )", "or[a eq <1 >, not and[b gte <1 >, c is null]]"},
        {"(a.not.eq.1)", "or[not a eq <1>]"},
        {"(a.eq.\"x,y)\",b.eq.q\"r)", "or[a eq <x,y)>, b eq <q\"r>]"},
        {"(a.ilike.\"%z%\",b.in.(1,\"2,3\"))", "or[a ilike <%z%>, b in <{\"1\",\"2,3\"}>]"},
        {"(a.cs.{1,2},d.cs.{\"a\":[1,2],\"b\":\"}\"})", "or[a cs <{1,2}>, d cs <{\"a\":[1,2],\"b\":\"}\"}>]"},
        {"(d->a->>b.eq.1,\"x.y\".is.true)", "or[d->a->>b eq <1>, x.y is true]"},
        {"(or.eq.1,and.is.null)", "or[or eq <1>, and is null]"},
        {"(a.eq.,b.eq.)", "or[a eq <>, b eq <>]"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct lex lx = over(cases[i].text);
        struct ast_cond cond = {.kind = COND_OR};
        if (!filter_parse_tree(&lx, &cond))
            fail_msg("%s: %.*s", cases[i].text, STR_ARG(error.details));
        check_print(cases[i].text, &cond, cases[i].cond);
    }
}

static void trees_refused(void **state)
{
    static const char *const cases[] = {"", "a.eq.1", "()", "(a)", "(a.eq.1", "(a.eq.1,)", "(a.eq.1)x",
        "(not.a.eq.1)", "(a.eq.{1)", "(a.eq.\"1)", "(and(and(and(and(and(and(a.eq.1)))))))"};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct lex lx = over(cases[i]);
        struct ast_cond cond = {.kind = COND_OR};
        if (filter_parse_tree(&lx, &cond))
            fail_msg("accepted: %s", cases[i]);
        assert_true(error.message.n > 0 && error.details.n > 0);
    }
    assert_true(str_ends(error.message, STR("limit-filter-depth")));
}

static void operators_are_told_from_arguments(void **state)
{
    assert_true(filter_has_operator(STR("eq.1")) && filter_has_operator(STR("not.in.(1)")));
    assert_true(filter_has_operator(STR("fts(german).x")));
    assert_false(filter_has_operator(STR("5")) || filter_has_operator(STR("eq")));
    assert_false(filter_has_operator(STR("equal.1")) || filter_has_operator(STR("")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_operator), cmocka_unit_test(filters),
        cmocka_unit_test(filters_refused), cmocka_unit_test(trees), cmocka_unit_test(trees_refused),
        cmocka_unit_test(operators_are_told_from_arguments)};
    return RUN(tests);
}
