/* Unit tests of schema/catalog_build and the files that finish a catalog. SPDX-License-Identifier: ISC */
#include "schema/catalog_build.h"

#include "test/unit/schema/fixture.h"

#include <time.h>

static char text[4096];
#define assert_related(cat, name, expected)                                                                  \
    assert_string_equal(describe(relation((cat), (name)), text, sizeof text), (expected))

static void many_to_one_and_back(void **state)
{
    struct catalog_build *b = new_build();
    add_table(b, 1, "customers", "id");
    add_table(b, 2, "orders", "id customer_id ship_to");
    add_key(b, 'p', "customers_pkey", 1, "1");
    add_key(b, 'p', "orders_pkey", 2, "1");
    add_fk(b, "orders_ship_fk", 2, "3", 1, "1");
    add_fk(b, "orders_customer_fk", 2, "2", 1, "1");
    struct catalog *cat = catalog_build_finish(&b);
    assert_null(b);
    assert_related(cat, "orders",
        "customers M2O orders_customer_fk customer_id=id here\n"
        "customers M2O orders_ship_fk ship_to=id here\n");
    assert_related(cat, "customers",
        "orders O2M orders_customer_fk id=customer_id\n"
        "orders O2M orders_ship_fk id=ship_to\n");
    assert_true(relation(cat, "orders")->columns[0].in_pk);
    assert_false(relation(cat, "orders")->columns[1].in_pk);
    assert_str(relation(cat, "orders")->pk.constraint, "orders_pkey");
    catalog_unref(&cat);
}

static void one_to_one(void **state)
{
    struct catalog_build *b = new_build();
    add_table(b, 1, "products", "id code");
    add_table(b, 2, "materials", "product_id");
    add_table(b, 3, "labels", "id a b");
    add_table(b, 4, "notes", "id a b");
    add_key(b, 'p', "products_pkey", 1, "1");
    add_key(b, 'u', "products_pair", 1, "12");
    add_key(b, 'p', "materials_pkey", 2, "1");
    add_key(b, 'u', "labels_unique", 3, "32");
    add_key(b, 'u', "notes_unique", 4, "2");
    add_fk(b, "materials_fk", 2, "1", 1, "1");
    add_fk(b, "labels_fk", 3, "23", 1, "12");
    add_fk(b, "notes_fk", 4, "23", 1, "12");
    struct catalog *cat = catalog_build_finish(&b);
    assert_related(cat, "materials", "products O2O materials_fk product_id=id here\n");
    assert_related(cat, "labels", "products O2O labels_fk a=id,b=code here\n");
    assert_related(cat, "notes", "products M2O notes_fk a=id,b=code here\n");
    assert_related(cat, "products",
        "labels O2O labels_fk id=a,code=b\nmaterials O2O materials_fk id=product_id\n"
        "notes O2M notes_fk id=a,code=b\n");
    assert_int_equal(relation(cat, "products")->nuniques, 1);
    catalog_unref(&cat);
}

static void self_relationships(void **state)
{
    struct catalog_build *b = new_build();
    add_table(b, 1, "accounts", "id parent_id");
    add_key(b, 'p', "accounts_pkey", 1, "1");
    add_fk(b, "accounts_parent", 1, "2", 1, "1");
    struct catalog *cat = catalog_build_finish(&b);
    assert_related(cat, "accounts",
        "accounts M2O accounts_parent parent_id=id here self\naccounts O2M accounts_parent id=parent_id "
        "self\n");
    catalog_unref(&cat);
}

static struct catalog *tagged(const char *junction_pk, const char *schema)
{
    struct catalog_build *b = new_build();
    add_table(b, 1, "films", "id");
    add_table(b, 2, "actors", "id");
    add_relation(b, 3, CAT_TABLE, schema, "roles");
    add_columns(b, 3, "film_id actor_id character");
    add_key(b, 'p', "films_pkey", 1, "1");
    add_key(b, 'p', "actors_pkey", 2, "1");
    add_key(b, 'p', "roles_pkey", 3, junction_pk);
    add_fk(b, "roles_film", 3, "1", 1, "1");
    add_fk(b, "roles_actor", 3, "2", 2, "1");
    return catalog_build_finish(&b);
}

static void through_a_junction(void **state)
{
    struct catalog *cat = tagged("123", "app");
    assert_related(cat, "films", "actors M2M roles_film id=film_id\nroles O2M roles_film id=film_id\n");
    assert_related(cat, "actors", "films M2M roles_actor id=actor_id\nroles O2M roles_actor id=actor_id\n");
    const struct cat_relationship *rel = &relation(cat, "films")->relationships[0];
    assert_ptr_equal(rel->junction, relation(cat, "roles"));
    assert_str(rel->constraint2, "roles_actor");
    assert_int_equal(rel->nj_to_columns, 1);
    assert_int_equal(rel->j_to_columns[0], 1);
    assert_int_equal(rel->to_columns[0], 0);
    catalog_unref(&cat);
    cat = tagged("1", "app");
    assert_related(cat, "actors", "roles O2M roles_actor id=actor_id\n");
    catalog_unref(&cat);
    cat = tagged("12", "hidden");
    assert_related(cat, "films", "");
    catalog_unref(&cat);
}

static void junction_of_a_table_with_itself(void **state)
{
    struct catalog_build *b = new_build();
    add_table(b, 1, "users", "id");
    add_table(b, 2, "follows", "who whom");
    add_key(b, 'p', "users_pkey", 1, "1");
    add_key(b, 'p', "follows_pkey", 2, "12");
    add_fk(b, "f_who", 2, "1", 1, "1");
    add_fk(b, "f_whom", 2, "2", 1, "1");
    struct catalog *cat = catalog_build_finish(&b);
    assert_related(cat, "users",
        "follows O2M f_who id=who\nfollows O2M f_whom id=whom\n"
        "users M2M f_who id=who self\nusers M2M f_whom id=whom self\n");
    catalog_unref(&cat);
}

/* hidden.invoices -> hidden.clients, seen through app.bills (over a view over it) and app.customers. */
static void views_lend_keys(void **state)
{
    struct catalog_build *b = new_build();
    add_relation(b, 1, CAT_TABLE, "hidden", "clients");
    add_columns(b, 1, "id name");
    add_relation(b, 2, CAT_TABLE, "hidden", "invoices");
    add_columns(b, 2, "id client_id total");
    add_relation(b, 3, CAT_VIEW, "hidden", "invoices_v");
    add_columns(b, 3, "client_id id");
    add_view(b, 4, "bills", "no client");
    add_view(b, 5, "customers", "name id");
    add_view(b, 6, "totals", "total");
    add_key(b, 'p', "clients_pkey", 1, "1");
    add_key(b, 'p', "invoices_pkey", 2, "1");
    add_fk(b, "invoices_client", 2, "2", 1, "1");
    add_shown(b, 3, 1, 2, 2);
    add_shown(b, 3, 2, 2, 1);
    add_shown(b, 4, 1, 3, 2);
    add_shown(b, 4, 2, 3, 1);
    add_shown(b, 5, 1, 1, 2);
    add_shown(b, 5, 2, 1, 1);
    add_shown(b, 6, 1, 2, 3);
    struct catalog *cat = catalog_build_finish(&b);
    assert_related(cat, "bills", "customers M2O invoices_client client=id here\n");
    assert_related(cat, "customers", "bills O2M invoices_client id=client\n");
    assert_related(cat, "totals", "");
    assert_int_equal(relation(cat, "bills")->pk.ncolumns, 1);
    assert_int_equal(relation(cat, "bills")->pk.columns[0], 0);
    assert_int_equal(relation(cat, "customers")->pk.columns[0], 1);
    assert_int_equal(relation(cat, "totals")->pk.ncolumns, 0);
    assert_int_equal(relation(cat, "bills")->nbase_oids, 1);
    assert_int_equal(relation(cat, "bills")->base_oids[0], 2);
    catalog_unref(&cat);
}

static void view_and_table_both_ways(void **state)
{
    struct catalog_build *b = new_build();
    add_table(b, 1, "parents", "a b");
    add_table(b, 2, "children", "a b");
    add_view(b, 3, "parents_v", "b a");
    add_view(b, 4, "children_v", "b");
    add_key(b, 'p', "parents_pkey", 1, "12");
    add_fk(b, "fk", 2, "12", 1, "12");
    add_shown(b, 3, 1, 1, 2);
    add_shown(b, 3, 2, 1, 1);
    add_shown(b, 4, 1, 2, 2);
    struct catalog *cat = catalog_build_finish(&b);
    assert_related(cat, "children", "parents M2O fk a=a,b=b here\nparents_v M2O fk a=a,b=b here\n");
    assert_related(cat, "parents_v", "children O2M fk a=a,b=b\n");
    assert_related(cat, "children_v", "");
    assert_int_equal(relation(cat, "parents_v")->pk.ncolumns, 2);
    catalog_unref(&cat);
}

static void a_view_may_show_a_key_twice(void **state)
{
    struct catalog_build *b = new_build();
    add_table(b, 1, "people", "id");
    add_table(b, 2, "couples_t", "id person");
    add_view(b, 3, "couples", "left right");
    add_key(b, 'p', "people_pkey", 1, "1");
    add_fk(b, "fk", 2, "2", 1, "1");
    add_shown(b, 3, 1, 2, 2);
    add_shown(b, 3, 2, 2, 2);
    struct catalog *cat = catalog_build_finish(&b);
    assert_related(cat, "couples", "people M2O fk left=id here\npeople M2O fk right=id here\n");
    catalog_unref(&cat);
}

static void add_row_type(struct catalog_build *b, uint32_t oid, uint32_t relation_oid)
{
    catalog_build_type(b, &(struct cat_type_row){.oid = oid,
                              .kind = TYPE_COMPOSITE,
                              .schema = STR("app"),
                              .name = STR("row"),
                              .sql_name = STR("app.row"),
                              .relation_oid = relation_oid});
}

static void functions_of_a_row(void **state)
{
    const struct str names[] = {STR("")};
    const uint32_t types[] = {900};
    struct catalog_build *b = new_build();
    add_table(b, 1, "orders", "id customer_id");
    add_table(b, 2, "customers", "id");
    add_key(b, 'p', "customers_pkey", 2, "1");
    add_fk(b, "fk", 1, "2", 2, "1");
    add_row_type(b, 900, 1);
    add_row_type(b, 901, 2);
    struct cat_function_row fn = {.oid = 50,
        .result_oid = 25,
        .schema = STR("helpers"),
        .name = STR("label"),
        .param_names = names,
        .param_types = types,
        .nparams = 1};
    catalog_build_function(b, &fn);
    fn.oid = 51;
    fn.name = STR("customers");
    fn.result_oid = 901;
    fn.result_relation_oid = 2;
    fn.returns_set = fn.returns_one_row = true;
    catalog_build_function(b, &fn);
    fn.oid = 52;
    fn.name = STR("similar");
    fn.returns_one_row = false;
    catalog_build_function(b, &fn);
    struct catalog *cat = catalog_build_finish(&b);
    const struct cat_relation *orders = relation(cat, "orders");
    assert_related(cat, "orders", "customers ONE customers\ncustomers MANY similar\n");
    assert_related(cat, "customers", "orders O2M fk id=customer_id\n");
    assert_int_equal(orders->ncomputed, 1);
    assert_str(orders->computed[0]->name, "label");
    assert_ptr_equal(orders->relationships[0].function->table, relation(cat, "customers"));
    size_t n;
    assert_null(catalog_functions(cat, STR("helpers"), STR("label"), &n));
    assert_int_equal(n, 0);
    catalog_unref(&cat);
}

static void functions_by_name(void **state)
{
    const struct str names[] = {STR("a"), STR("b")}, settings[] = {STR("work_mem=64MB")};
    const uint32_t types[] = {INT4, TEXT};
    struct catalog_build *b = new_build();
    struct cat_function_row fn = {.oid = 61,
        .result_oid = 2278,
        .schema = STR("app"),
        .name = STR("post\"it"),
        .param_names = names,
        .param_types = types,
        .nparams = 2,
        .ndefaults = 1,
        .exposed = true,
        .volatility = FN_STABLE,
        .settings = settings,
        .nsettings = 1};
    catalog_build_function(b, &fn);
    fn.oid = 60;
    fn.nparams = fn.ndefaults = 0;
    catalog_build_function(b, &fn);
    fn.oid = 62;
    fn.name = STR("other");
    catalog_build_function(b, &fn);
    catalog_build_source(b, &(struct cat_source_row){62, 7, true});
    struct catalog *cat = catalog_build_finish(&b);
    size_t n;
    const struct cat_function *const *list = catalog_functions(cat, STR("app"), STR("post\"it"), &n);
    assert_int_equal(n, 2);
    assert_int_equal(list[0]->oid, 60);
    assert_int_equal(list[1]->oid, 61);
    assert_str(list[1]->quoted, "\"app\".\"post\"\"it\"");
    assert_null(list[1]->result);
    assert_true(list[1]->params[0].required);
    assert_false(list[1]->params[1].required);
    assert_str(list[1]->settings[0], "work_mem=64MB");
    list = catalog_functions(cat, STR("app"), STR("other"), &n);
    assert_int_equal(n, 1);
    assert_int_equal(list[0]->nbase_oids, 1);
    assert_int_equal(list[0]->base_oids[0], 7);
    assert_str(catalog_suggest_function(cat, STR("app"), STR("othre")), "other");
    catalog_unref(&cat);
}

static void hints_in_comments(void **state)
{
    struct catalog_build *b = new_build();
    struct cat_relation_row row = {.oid = 1, .schema = STR("app"), .name = STR("colors"), .exposed = true};
    row.comment = STR("Colours.\n@module garment\n  @cache lookup \nMail @bob.\n@since 1999");
    catalog_build_relation(b, &row);
    row.oid = 2;
    row.name = STR("plain");
    row.comment = STR("@cache unheard-of");
    catalog_build_relation(b, &row);
    struct catalog *cat = catalog_build_finish(&b);
    const struct cat_relation *colors = relation(cat, "colors");
    assert_str(colors->comment, "Colours.\nMail @bob.\n@since 1999");
    assert_str(colors->module, "garment");
    assert_int_equal(colors->cache_class, CLASS_LOOKUP);
    assert_str(colors->quoted, "\"app\".\"colors\"");
    assert_str(relation(cat, "plain")->comment, "@cache unheard-of");
    assert_int_equal(relation(cat, "plain")->cache_class, CLASS_NONE);
    catalog_unref(&cat);
}

static void types_refer_to_each_other(void **state)
{
    const struct str labels[] = {STR("draft"), STR("done")};
    struct catalog_build *b = new_build();
    add_relation(b, 1, CAT_TABLE, "app", "t");
    for (int16_t i = 0; i < 3; i++)
        catalog_build_column(b, &(struct cat_column_row){.relation_oid = 1,
                                    .type_oid = 5000u + (uint32_t)i,
                                    .name = i == 0 ? STR("a") : STR("b"),
                                    .type_sql = i == 1 ? STR("app.money(3)") : STR(""),
                                    .attnum = (int16_t)(3 - i)});
    catalog_build_type(b, &(struct cat_type_row){.oid = 5001,
                              .kind = TYPE_DOMAIN,
                              .base_oid = 1700,
                              .schema = STR("app"),
                              .name = STR("money"),
                              .sql_name = STR("app.money")});
    catalog_build_type(b, &(struct cat_type_row){.oid = 5000,
                              .kind = TYPE_ENUM,
                              .schema = STR("app"),
                              .name = STR("state"),
                              .sql_name = STR("app.state"),
                              .labels = labels,
                              .nlabels = 2});
    struct catalog *cat = catalog_build_finish(&b);
    const struct cat_column *columns = relation(cat, "t")->columns;
    assert_str(columns[0].type->name, "text");
    assert_str(columns[1].type->base->name, "numeric");
    assert_str(columns[1].type_sql, "app.money(3)");
    assert_str(columns[2].type->labels[1], "done");
    assert_str(columns[2].type_sql, "app.state");
    assert_int_equal(columns[2].attnum, 3);
    assert_ptr_equal(catalog_type(cat, STR("state")), columns[2].type);
    assert_ptr_equal(catalog_type(cat, STR("app.money")), columns[1].type);
    assert_int_equal(catalog_type(cat, STR("money"))->oid, 790);
    catalog_unref(&cat);
}

static void sources_follow_views(void **state)
{
    struct catalog_build *b = new_build();
    add_table(b, 1, "t1", "id");
    add_table(b, 2, "t2", "id");
    add_view(b, 3, "v", "id");
    add_view(b, 4, "over_v", "id");
    add_relation(b, 5, CAT_MATVIEW, "app", "stored");
    add_view(b, 6, "over_stored", "id");
    catalog_build_source(b, &(struct cat_source_row){4, 3, false});
    catalog_build_source(b, &(struct cat_source_row){3, 99, false});
    catalog_build_source(b, &(struct cat_source_row){3, 1, false});
    catalog_build_source(b, &(struct cat_source_row){3, 1, false});
    catalog_build_source(b, &(struct cat_source_row){1, 2, false});
    catalog_build_source(b, &(struct cat_source_row){2, 1, false});
    catalog_build_source(b, &(struct cat_source_row){5, 1, false});
    catalog_build_source(b, &(struct cat_source_row){6, 5, false});
    catalog_build_source(b, &(struct cat_source_row){4, 1, true});
    catalog_build_partition(b, &(struct cat_partition_row){99, 9});
    struct catalog *cat = catalog_build_finish(&b);
    const struct cat_relation *over = relation(cat, "over_v");
    assert_int_equal(over->nbase_oids, 3);
    assert_int_equal(over->base_oids[0], 1);
    assert_int_equal(over->base_oids[1], 2);
    assert_int_equal(over->base_oids[2], 9);
    assert_int_equal(relation(cat, "t1")->nbase_oids, 2);
    assert_int_equal(relation(cat, "stored")->nbase_oids, 1);
    assert_int_equal(relation(cat, "stored")->base_oids[0], 5);
    assert_int_equal(relation(cat, "over_stored")->base_oids[0], 5);
    catalog_unref(&cat);
}

static void dangling_rows_do_no_harm(void **state)
{
    struct catalog_build *b = new_build();
    add_table(b, 1, "t", "id");
    add_columns(b, 77, "id");
    add_key(b, 'p', "gone", 1, "9");
    add_key(b, 'u', "gone_u", 77, "1");
    add_fk(b, "fk1", 1, "1", 77, "1");
    add_fk(b, "fk2", 1, "5", 1, "1");
    add_shown(b, 1, 1, 1, 1);
    add_shown(b, 78, 1, 1, 1);
    catalog_build_grant(b, &(struct cat_grant_row){77, 0, STR("r"), PRIV_SELECT});
    catalog_build_grant(b, &(struct cat_grant_row){1, 9, STR("r"), PRIV_SELECT});
    struct catalog *cat = catalog_build_finish(&b);
    assert_related(cat, "t", "");
    assert_int_equal(relation(cat, "t")->pk.ncolumns, 0);
    assert_false(relation(cat, "t")->grants[0].some_columns);
    catalog_unref(&cat);
}

static void a_failed_load_leaves_nothing(void **state)
{
    struct catalog_build *b = new_build();
    add_table(b, 1, "t", "id");
    catalog_build_free(&b);
    assert_null(b);
    catalog_build_free(&b);
    b = new_build();
    struct catalog *cat = catalog_build_finish(&b);
    const struct cat_relation *rel;
    size_t i = 0;
    assert_false(catalog_each(cat, &i, &rel));
    catalog_unref(&cat);
}

/* 1,000 tables of 20 columns and 5,000 foreign keys in well under half a second; under a sanitizer ten times
 * that.
 */
static void large_schemas_are_quick(void **state)
{
    char name[32];
    struct timespec from, to;
    struct catalog_build *b = new_build();
    clock_gettime(CLOCK_MONOTONIC, &from);
    for (uint32_t t = 1; t <= 1000; t++) {
        snprintf(name, sizeof name, "table_%u", t);
        add_table(b, t, name, "id a b c d e f g h i j k l m n o p q r s");
        add_key(b, 'p', "pkey", t, "1");
        for (uint32_t k = 0; k < 5; k++) {
            const char column[] = {(char)('2' + k), '\0'};
            snprintf(name, sizeof name, "fk_%u_%u", t, k);
            add_fk(b, name, t, column, 1 + (t * 7 + k * 131) % 1000, "1");
        }
        for (int role = 0; role < 12; role++) {
            snprintf(name, sizeof name, "role_%d", role);
            catalog_build_grant(b, &(struct cat_grant_row){t, 0, str_cstr(name), PRIV_SELECT});
        }
    }
    struct catalog *cat = catalog_build_finish(&b);
    clock_gettime(CLOCK_MONOTONIC, &to);
    double ms = (double)(to.tv_sec - from.tv_sec) * 1e3 + (double)(to.tv_nsec - from.tv_nsec) / 1e6;
    print_message("built in %.1f ms\n", ms);
    assert_true(ms < 5000);
    assert_int_equal(relation(cat, "table_500")->nrelationships, 10);
    catalog_unref(&cat);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_to_one_and_back),
        cmocka_unit_test(one_to_one),
        cmocka_unit_test(self_relationships),
        cmocka_unit_test(through_a_junction),
        cmocka_unit_test(junction_of_a_table_with_itself),
        cmocka_unit_test(views_lend_keys),
        cmocka_unit_test(view_and_table_both_ways),
        cmocka_unit_test(a_view_may_show_a_key_twice),
        cmocka_unit_test(functions_of_a_row),
        cmocka_unit_test(functions_by_name),
        cmocka_unit_test(hints_in_comments),
        cmocka_unit_test(types_refer_to_each_other),
        cmocka_unit_test(sources_follow_views),
        cmocka_unit_test(dangling_rows_do_no_harm),
        cmocka_unit_test(a_failed_load_leaves_nothing),
        cmocka_unit_test(large_schemas_are_quick),
    };
    return cmocka_run_group_tests_name("catalog_build", tests, NULL, NULL);
}
