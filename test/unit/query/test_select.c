/* Unit tests of query/select: the tree is printed back in one canonical form. SPDX-License-Identifier: ISC */
#include "query/select.h"
#include "query_test.h"

#include "util/buf.h"

static void print_items(struct buf *b, const struct ast_node *node);

static void print_embed(struct buf *b, const struct ast_node *n)
{
    static const char *const joins[] = {"", "!left", "!inner"};
    buf_printf(b, "%s[%.*s=%.*s!%.*s%s](", n->spread ? "..." : "", STR_ARG(n->alias), STR_ARG(n->target),
        STR_ARG(n->hint), joins[n->join]);
    print_items(b, n);
    buf_printf(b, ")");
}

static void print_item(struct buf *b, const struct ast_item *item)
{
    if (item->kind == ITEM_STAR) {
        buf_printf(b, "*");
    } else if (item->kind == ITEM_EMBED) {
        print_embed(b, item->embed);
    } else {
        buf_printf(b, "%.*s=%.*s", STR_ARG(item->alias), STR_ARG(item->field.name));
        for (const struct ast_step *s = item->field.steps; s; s = s->next)
            buf_printf(b, "%s%s%.*s", s->as_text ? "->>" : "->", s->index ? "#" : "", STR_ARG(s->key));
        buf_printf(b, "%s%.*s", item->cast.n ? "::" : "", STR_ARG(item->cast));
        if (item->aggregate)
            buf_printf(b, ".%s()", select_aggregate_name(item->aggregate));
        buf_printf(b, "%s%.*s", item->aggregate_cast.n ? "::" : "", STR_ARG(item->aggregate_cast));
    }
}

static void print_items(struct buf *b, const struct ast_node *node)
{
    for (const struct ast_item *item = node->items; item; item = item->next) {
        print_item(b, item);
        if (item->next)
            buf_printf(b, " ");
    }
}

static void accepted(void **state)
{
    static const struct {
        const char *text, *tree;
    } cases[] = {
        {"", "*"},
        {"*", "*"},
        {"id, name", "=id =name"},
        {"a:b::text", "a=b::text"},
        {"x:data->k->>0::int,data->k", "x=data->k->>#0::int =data->k"},
        {"\"a,b\":\"c(d\"", "a,b=c(d"},
        {"full name,a-b", "=full name =a-b"},
        {"amount.sum(),n:count(),d->x::numeric.avg()::int,b.max(),c.min(),d.count()",
            "=amount.sum() n=.count() =d->x::numeric.avg()::int =b.max() =c.min() =d.count()"},
        {"count", "=count"},
        {"count()::text", "=.count()::text"},
        {"a,b(c)", "=a [=b!](=c)"},
        {"x:b!h!inner(*,y:c!left(d))", "[x=b!h!inner](* [y=c!!left](=d))"},
        {"b!inner!h()", "[=b!h!inner]()"},
        {"...b!h(x:y,...c(z))", "...[=b!h](x=y ...[=c!](=z))"},
        {"count!h(a)", "[=count!h](=a)"},
        {"\"count\"(a)", "[=count!](=a)"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct lex lx = over(cases[i].text);
        struct ast_node root = {0};
        struct buf b;
        buf_init(&b, 0);
        if (!select_parse(&lx, &root))
            fail_msg("%s: %.*s", cases[i].text, STR_ARG(error.details));
        print_items(&b, &root);
        assert_str(buf_str(&b), cases[i].tree);
        buf_release(&b);
    }
}

static void refused(void **state)
{
    static const struct {
        const char *text;
        int column;
        const char *expecting;
    } cases[] = {
        {"id,", 4, "end of input expecting \"...\", field name (* or [a..z0..9_$]), \"*\" or \"count()\""},
        {"id)", 3, "expecting letter, digit, \"-\", \"->>\", \"->\", \"::\", \".\", \",\" or end of input"},
        {"id]", 3,
            "expecting letter, digit, \"-\", \"->>\", \"->\", \"::\", \".\", \")\", \",\" or end of input"},
        {"\"id\"]", 5, "expecting \"->>\", \"->\", \"::\", \".\", \")\", \",\" or end of input"},
        {"(id", 1, "expecting \"...\", field name (* or [a..z0..9_$]), \"*\", \"count()\" or end of input"},
        {"a(", 3, "expecting \"...\", field name (* or [a..z0..9_$]), \"*\", \"count()\" or \")\""},
        {"a(b", 4, "expecting letter, digit, \"-\", \"->>\", \"->\", \"::\", \".\", \")\" or \",\""},
        {"a(b(c)", 7, "end of input expecting \",\" or \")\""},
        {"a(b)]", 5, "expecting \",\" or end of input"},
        {"*]", 2, "expecting \")\", \",\" or end of input"},
        {"a!b", 4, "expecting letter, digit, \"-\", \"!\" or \"(\""},
        {"a!b!c(d)", 5, "expecting \"inner\" or \"left\""},
        {"a::", 4, "expecting letter or digit"},
        {"a::b]", 5, "expecting letter, digit, \".\", \"::\", \")\", \",\" or end of input"},
        {"a.b()", 3, "unexpected \"b\" expecting \"sum\", \"avg\", \"count\", \"max\" or \"min\""},
        {"a.sum", 6, "end of input expecting \"()\""},
        {"a.sum(x)", 6, "unexpected \"x\" expecting \"()\""},
        {"a.sum()x", 8, "expecting \"::\", \")\", \",\" or end of input"},
        {"a.sum()::b]", 11, "expecting letter, digit, \")\", \",\" or end of input"},
        {"x:*", 3, "expecting field name (* or [a..z0..9_$])"},
        {"x:y:z", 4,
            "unexpected ':' expecting letter, digit, \"-\", \"->>\", \"->\", \"::\", \".\", \")\", \",\" "
            "or "
            "end of input"},
        {"count(*)", 6,
            "unexpected '(' expecting letter, digit, \"-\", \"->>\", \"->\", \"::\", \".\", \")\", \",\" or "
            "end of input"},
        {"...a", 5, "expecting letter, digit, \"-\", \"!\" or \"(\""},
        {"a->", 4, "any non reserved character different from: .,>()"},
        {"count()(x)", 8, "expecting \"::\", \")\", \",\" or end of input"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct lex lx = over(cases[i].text);
        struct ast_node root = {0};
        char where[40];
        snprintf(where, sizeof where, "(line 1, column %d)", cases[i].column);
        assert_false(select_parse(&lx, &root));
        if (!str_ends(error.message, str_cstr(where)))
            fail_msg("%s: %.*s, not at %d", cases[i].text, STR_ARG(error.message), cases[i].column);
        if (!str_ends(error.details, str_cstr(cases[i].expecting)))
            fail_msg("%s: %.*s", cases[i].text, STR_ARG(error.details));
    }
}

static void limits_have_names(void **state)
{
    static const struct {
        const char *text, *name;
    } cases[] = {
        {"a(b(c(d(e(f)))))", "limit-embed-depth"},
        {"a(x),b(x),c(x),d(x),e(x),f(x),g(x),h(x),i(x)", "limit-embeds"},
        {"a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a", "limit-select-items"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct lex lx = over(cases[i].text);
        struct ast_node root = {0};
        assert_false(select_parse(&lx, &root));
        assert_true(str_ends(error.message, str_cstr(cases[i].name)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepted), cmocka_unit_test(refused), cmocka_unit_test(limits_have_names)};
    return RUN(tests);
}
