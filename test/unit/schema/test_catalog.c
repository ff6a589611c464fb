/* Unit tests of schema/catalog. SPDX-License-Identifier: ISC */
#include "schema/catalog.h"

#include "test/unit/schema/fixture.h"

static struct catalog *shop(void)
{
    struct catalog_build *b = new_build();
    add_table(b, 30, "products", "id sku name");
    add_table(b, 10, "customers", "id email");
    add_relation(b, 20, CAT_TABLE, "second", "customers");
    add_relation(b, 40, CAT_TABLE, "hidden", "secrets");
    catalog_build_grant(b, &(struct cat_grant_row){10, 0, STR("sales"), PRIV_SELECT | PRIV_INSERT});
    catalog_build_grant(b, &(struct cat_grant_row){10, 0, STR("sales"), PRIV_UPDATE});
    catalog_build_grant(b, &(struct cat_grant_row){10, 2, STR("sales"), PRIV_UPDATE});
    catalog_build_grant(b, &(struct cat_grant_row){10, 1, STR("anon"), PRIV_SELECT});
    catalog_build_grant(b, &(struct cat_grant_row){10, 0, STR("admin"), PRIV_SELECT});
    catalog_build_policy(b, &(struct cat_policy_row){10, STR("sales"), true, true});
    catalog_build_partition(b, &(struct cat_partition_row){92, 30});
    catalog_build_partition(b, &(struct cat_partition_row){91, 10});
    return catalog_build_finish(&b);
}

static void relations_by_name_and_oid(void **state)
{
    struct catalog *cat = shop();
    assert_int_equal(relation(cat, "customers")->oid, 10);
    assert_int_equal(catalog_relation(cat, STR("second"), STR("customers"))->oid, 20);
    assert_null(catalog_relation(cat, STR("app"), STR("Customers")));
    assert_null(catalog_relation(cat, STR("hidden"), STR("secrets")));
    assert_null(catalog_relation(cat, STR(""), STR("")));
    assert_ptr_equal(catalog_relation_by_oid(cat, 30), relation(cat, "products"));
    assert_null(catalog_relation_by_oid(cat, 40));
    assert_null(catalog_relation_by_oid(cat, 31));
    char longest[2000];
    memset(longest, 'a', sizeof longest);
    assert_null(catalog_relation(cat, STR("app"), str_make(longest, sizeof longest)));
    catalog_unref(&cat);
    assert_null(cat);
}

static void each_in_order(void **state)
{
    struct catalog *cat = shop();
    const struct cat_relation *rel;
    const uint32_t expected[] = {10, 30, 20};
    size_t n = 0;
    for (size_t i = 0; catalog_each(cat, &i, &rel); n++)
        assert_int_equal(rel->oid, expected[n]);
    assert_int_equal(n, 3);
    const struct str *schemas = catalog_schemas(cat, &n);
    assert_int_equal(n, 2);
    assert_str(schemas[0], "app");
    assert_str(schemas[1], "second");
    catalog_unref(&cat);
}

static void columns_and_suggestions(void **state)
{
    struct catalog *cat = shop();
    const struct cat_relation *products = relation(cat, "products");
    assert_int_equal(cat_relation_column(products, STR("name"))->index, 2);
    assert_null(cat_relation_column(products, STR("nam")));
    struct str found[2];
    assert_int_equal(cat_relation_suggest_columns(products, STR("nam"), found), 1);
    assert_str(found[0], "name");
    assert_int_equal(cat_relation_suggest_columns(products, STR("colour"), found), 0);
    assert_str(catalog_suggest_relation(cat, STR("app"), STR("customer")), "customers");
    assert_str(catalog_suggest_relation(cat, STR("app"), STR("secret")), "");
    catalog_unref(&cat);
}

static void columns_of_wide_tables(void **state)
{
    struct catalog_build *b = new_build();
    char name[16];
    add_relation(b, 7, CAT_TABLE, "app", "wide");
    for (unsigned i = 0; i < 1600; i++) {
        snprintf(name, sizeof name, "c%u", i * 7919 % 1600); /* not in their order */
        catalog_build_column(
            b, &(struct cat_column_row){
                   .relation_oid = 7, .type_oid = INT4, .name = str_cstr(name), .attnum = (int16_t)(i + 1)});
    }
    struct catalog *cat = catalog_build_finish(&b);
    const struct cat_relation *rel = relation(cat, "wide");
    assert_non_null(rel->by_name);
    for (unsigned i = 0; i < 1600; i++)
        assert_ptr_equal(cat_relation_column(rel, rel->columns[i].name), &rel->columns[i]);
    assert_null(cat_relation_column(rel, STR("c1600")));
    assert_null(cat_relation_column(rel, STR("")));
    assert_null(cat_relation_column(rel, STR("d")));
    catalog_unref(&cat);
}

static void privileges(void **state)
{
    struct catalog *cat = shop();
    const struct cat_relation *rel = relation(cat, "customers");
    const struct cat_column *id = cat_relation_column(rel, STR("id"));
    const struct cat_column *email = cat_relation_column(rel, STR("email"));
    assert_int_equal(cat_relation_privileges(rel, STR("sales")), PRIV_SELECT | PRIV_INSERT | PRIV_UPDATE);
    assert_false(cat_relation_grant(rel, STR("sales"))->some_columns);
    assert_true(cat_relation_grant(rel, STR("sales"))->filtered);
    assert_true(cat_relation_grant(rel, STR("sales"))->claims);
    assert_false(cat_relation_grant(rel, STR("admin"))->filtered);
    assert_int_equal(cat_relation_privileges(rel, STR("anon")), 0);
    assert_true(cat_relation_grant(rel, STR("anon"))->some_columns);
    assert_int_equal(cat_column_privileges(rel, STR("anon"), id), PRIV_SELECT);
    assert_int_equal(cat_column_privileges(rel, STR("anon"), email), 0);
    assert_int_equal(cat_column_privileges(rel, STR("admin"), email), PRIV_SELECT);
    assert_int_equal(cat_column_privileges(rel, STR("nobody"), email), 0);
    assert_null(cat_relation_grant(rel, STR("nobody")));
    assert_int_equal(cat_relation_privileges(relation(cat, "products"), STR("sales")), 0);
    catalog_unref(&cat);
}

static void partitions_lead_to_their_root(void **state)
{
    struct catalog *cat = shop();
    assert_int_equal(catalog_root_oid(cat, 91), 10);
    assert_int_equal(catalog_root_oid(cat, 92), 30);
    assert_int_equal(catalog_root_oid(cat, 30), 30);
    assert_int_equal(catalog_root_oid(cat, 7), 7);
    catalog_unref(&cat);
}

static void types_by_name(void **state)
{
    struct catalog *cat = shop();
    const char *const names[] = {"int", "int4", "integer", "INTEGER", "Int4", "pg_catalog.int4"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        assert_int_equal(catalog_type(cat, str_cstr(names[i]))->oid, INT4);
    assert_int_equal(catalog_type(cat, STR("varchar"))->oid, 1043);
    assert_int_equal(catalog_type(cat, STR("decimal"))->oid, 1700);
    assert_int_equal(catalog_type(cat, STR("double precision"))->oid, 701);
    assert_int_equal(catalog_type(cat, STR("timestamp"))->oid, 1114);
    assert_int_equal(catalog_type(cat, STR("_text"))->elem->oid, TEXT);
    assert_null(catalog_type(cat, STR("colour")));
    assert_null(catalog_type(cat, STR("")));
    catalog_unref(&cat);
}

static void references_and_versions(void **state)
{
    struct catalog *cat = shop(), *other = shop(), *held = catalog_ref(cat);
    assert_int_not_equal(catalog_version(cat), catalog_version(other));
    catalog_unref(&cat);
    assert_non_null(relation(held, "customers"));
    catalog_unref(&held);
    catalog_unref(&held);
    catalog_unref(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(relations_by_name_and_oid),
        cmocka_unit_test(each_in_order),
        cmocka_unit_test(columns_and_suggestions),
        cmocka_unit_test(columns_of_wide_tables),
        cmocka_unit_test(privileges),
        cmocka_unit_test(partitions_lead_to_their_root),
        cmocka_unit_test(types_by_name),
        cmocka_unit_test(references_and_versions),
    };
    return cmocka_run_group_tests_name("catalog", tests, NULL, NULL);
}
