/* Unit tests of query/parse: which key means what. SPDX-License-Identifier: ISC */
#include "query/parse.h"
#include "query_test.h"

static struct ast_node *parse(const char *query)
{
    struct ast_node *root = NULL;
    if (!parse_read(&arena, &limits, str_cstr(query), (struct str){NULL, 0}, &root, &error))
        fail_msg("%s: %.*s", query, STR_ARG(error.message));
    return root;
}

static void refuse(const char *query, enum query_error_code code)
{
    struct ast_node *root;
    if (parse_read(&arena, &limits, str_cstr(query), (struct str){NULL, 0}, &root, &error))
        fail_msg("accepted: %s", query);
    assert_int_equal(error.code, code);
    assert_true(error.message.n > 0);
}

static void keys_are_told_apart(void **state)
{
    struct ast_node *root =
        parse("id=eq.1&order=id&limit=2&offset=3&or=(a.eq.1,b.eq.2)&columns=x&on_conflict=y&d&"
              "&orders=eq.4&\"limit\"=eq.5&x.y->>or=eq.6&select=x(*)");
    const struct ast_node *x = root->items->embed;
    const struct ast_cond *c = root->where;
    assert_str(c->field.name, "id");
    assert_int_equal(c->next->kind, COND_OR);
    assert_str(c->next->next->field.name, "orders");
    assert_str(c->next->next->next->field.name, "limit");
    assert_null(c->next->next->next->next);
    assert_true(root->limit == 2 && root->offset == 3 && root->orders != NULL);
    assert_str(x->where->field.name, "y");
    assert_str(x->where->field.steps->key, "or");
}

static void keys_of_embeds(void **state)
{
    struct ast_node *root =
        parse("a.order=id&a.limit=1&a.b.offset=2&a.b.not.or=(x.eq.1)&a.b.c=is.null&not.and=(x.eq.1)&"
              "select=a(b(c))");
    struct ast_node *a = root->items->embed, *b = a->items->embed;
    assert_true(a->orders && a->limit == 1 && b->offset == 2);
    assert_true(b->where->kind == COND_OR && b->where->negated);
    assert_str(b->where->next->field.name, "c");
    assert_true(root->where->kind == COND_AND && root->where->negated);
}

static void an_alias_hides_its_target_unless_legacy(void **state)
{
    struct ast_node *root = parse("select=x:a(*),a(*),y:b(*)");
    struct ast_node *x = root->items->embed, *a = root->items->next->embed,
                    *y = root->items->next->next->embed;
    assert_ptr_equal(parse_find_embed(root, STR("x"), false), x);
    assert_ptr_equal(parse_find_embed(root, STR("a"), true), a);
    assert_null(parse_find_embed(root, STR("b"), false));
    assert_ptr_equal(parse_find_embed(root, STR("b"), true), y);
    assert_null(parse_find_embed(root, STR("c"), true));
}

static void decoding(void **state)
{
    struct ast_node *root = parse("a+b=eq.c%2Bd+e&n%5B0%5D=eq.1&m[1][2]=eq.2&select=*");
    assert_str(root->where->field.name, "a b");
    assert_str(root->where->value, "c+d e");
    assert_str(root->where->next->field.name, "n");
    assert_str(root->where->next->next->field.name, "m");
}

static void refused(void **state)
{
    refuse("k[x]=eq.3", QUERY_PARSE);
    refuse("k]=eq.3", QUERY_PARSE);
    refuse("[0]=eq.3", QUERY_PARSE);
    refuse("=eq.3", QUERY_PARSE);
    refuse("a.=eq.3", QUERY_NOT_EMBEDDED);
    refuse("a..b=eq.3", QUERY_NOT_EMBEDDED);
    refuse("a.b=eq.3", QUERY_NOT_EMBEDDED);
    refuse("a.order=b", QUERY_NOT_EMBEDDED);
    refuse(".order=b", QUERY_PARSE);
    refuse("a->b.c=eq.3", QUERY_PARSE);
    refuse("limit=1&limit=1", QUERY_PARSE);
    refuse("select=a&select=a", QUERY_PARSE);
    refuse("select=a(*)&a.limit=-1", QUERY_RANGE);
    refuse("a=eq.%", QUERY_PARSE);
    refuse("a=eq.%00", QUERY_PARSE);
    refuse("a=eq.\xff", QUERY_PARSE);
    refuse("not.not.or=(a.eq.1)", QUERY_NOT_EMBEDDED);
}

static void repeated_trees_add_up(void **state)
{
    struct ast_node *root = parse("or=(a.eq.1)&or=(b.eq.1)&and=(c.eq.1)");
    assert_non_null(root->where->next->next);
    assert_null(root->where->next->next->next);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(keys_are_told_apart),
        cmocka_unit_test(keys_of_embeds), cmocka_unit_test(an_alias_hides_its_target_unless_legacy),
        cmocka_unit_test(decoding), cmocka_unit_test(refused), cmocka_unit_test(repeated_trees_add_up)};
    limits.legacy_names = false;
    return RUN(tests);
}
