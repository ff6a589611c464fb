/* Unit tests of schema/reach. SPDX-License-Identifier: ISC */
#include "schema/reach.h"

#include "test/unit/schema/fixture.h"

enum { CUSTOMERS = 1, CONTACTS, RATES, ORDERS_VIEW, OWN_VIEW, PLAIN_VIEW };
enum { UID = 50, MAY_SEE, RATE, DYNAMIC, HASH, WRITTEN, PYTHON, DICE };

static struct reach *r;
static struct catalog_build *b;

static void relation_named(uint32_t oid, enum cat_kind kind, const char *name)
{
    add_relation(b, oid, kind, "app", name);
    add_columns(b, oid, "id");
    catalog_build_grant(b, &(struct cat_grant_row){oid, 0, STR("sales"), PRIV_SELECT});
    catalog_build_grant(b, &(struct cat_grant_row){oid, 0, STR("manager"), PRIV_SELECT});
    reach_name(r, oid, str_cstr(name));
    reach_want_relation(r, oid);
}

static void body(uint32_t oid, const char *name, const char *language, const char *text)
{
    catalog_build_function(b,
        &(struct cat_function_row){
            .oid = oid, .result_oid = TEXT, .schema = STR("app"), .name = str_cstr(name), .exposed = true});
    reach_function(r, &(struct reach_function){.oid = oid,
                          .name = str_cstr(name),
                          .language = str_cstr(language),
                          .owner = STR("owner"),
                          .is_volatile = true,
                          .definer = strstr(text, "definer") != NULL,
                          .body = str_cstr(text)});
    reach_want_function(r, oid);
}

static void policy(uint32_t relation, uint32_t oid, const char *role, const char *what)
{
    reach_policy(
        r, &(struct reach_policy){.relation = relation,
               .policy = oid,
               .role = str_cstr(role),
               .permissive = !strstr(what, "restrictive"),
               .always = strstr(what, "true") != NULL,
               .text = strstr(what, "setting") ? STR("current_setting('request.jwt.claims'::text, true)")
                                               : STR(""),
               .unsteady = strstr(what, "unsteady") != NULL});
}

static int setup(void **state)
{
    r = reach_create();
    b = new_build();
    reach_want_role(r, STR("sales"));
    reach_want_role(r, STR("manager"));
    reach_want_role(r, STR("sales"));
    relation_named(CUSTOMERS, CAT_TABLE, "customers");
    relation_named(CONTACTS, CAT_TABLE, "contacts");
    relation_named(RATES, CAT_TABLE, "Exchange Rates");
    return 0;
}

static int teardown(void **state)
{
    reach_free(&r);
    return 0;
}

static struct catalog *finish(void)
{
    reach_finish(r, b);
    return catalog_build_finish(&b);
}

static const struct cat_grant *grant(const struct catalog *cat, uint32_t oid, const char *role)
{
    const struct cat_grant *g = cat_relation_grant(catalog_relation_by_oid(cat, oid), str_cstr(role));
    assert_non_null(g);
    return g;
}

static void expect(const struct catalog *cat, uint32_t oid, const char *role, bool filtered, bool claims)
{
    assert_int_equal(grant(cat, oid, role)->filtered, filtered);
    assert_int_equal(grant(cat, oid, role)->claims, claims);
}

static const struct cat_function *function(const struct catalog *cat, const char *name)
{
    size_t n;
    const struct cat_function *const *list = catalog_functions(cat, STR("app"), str_cstr(name), &n);
    assert_int_equal(n, 1);
    return list[0];
}

static void policies_by_role(void **state)
{
    policy(CUSTOMERS, 100, "manager", "true");
    policy(CUSTOMERS, 101, "manager", "setting");
    policy(CUSTOMERS, 101, "sales", "setting");
    policy(CONTACTS, 0, "sales", "");
    policy(RATES, 102, "sales", "true");
    policy(RATES, 103, "sales", "restrictive setting");
    policy(RATES, 102, "manager", "true");
    policy(RATES, 104, "manager", "restrictive true");
    struct catalog *cat = finish();
    expect(cat, CUSTOMERS, "manager", false, false);
    expect(cat, CUSTOMERS, "sales", true, true);
    expect(cat, CONTACTS, "sales", true, false);
    expect(cat, CONTACTS, "manager", false, false);
    expect(cat, RATES, "sales", true, true);
    expect(cat, RATES, "manager", false, false);
    assert_int_equal(catalog_settings(cat), SETTING_CLAIMS);
    assert_int_equal(relation(cat, "customers")->settings, SETTING_CLAIMS);
    assert_int_equal(relation(cat, "contacts")->settings, 0);
    catalog_unref(&cat);
}

static void policies_through_functions_and_tables(void **state)
{
    body(UID, "uid", "sql", "select current_setting('request.jwt.claims', true)::json ->> 'sub'");
    body(MAY_SEE, "may_see", "plpgsql",
        "begin return exists (select from \"Exchange Rates\" where id = Uid ()); end");
    policy(CUSTOMERS, 100, "sales", "");
    reach_policy_function(r, 100, MAY_SEE);
    policy(CONTACTS, 101, "sales", "");
    reach_policy_relation(r, 101, CUSTOMERS);
    policy(CONTACTS, 102, "manager", "true");
    struct catalog *cat = finish();
    expect(cat, CUSTOMERS, "sales", true, true);
    expect(cat, CONTACTS, "sales", true, true);
    expect(cat, CONTACTS, "manager", false, false);
    assert_int_equal(catalog_settings(cat), SETTING_CLAIMS);
    const struct cat_relation *contacts = relation(cat, "contacts");
    assert_int_equal(contacts->nbase_oids, 3);
    assert_int_equal(contacts->base_oids[2], RATES);
    assert_true(function(cat, "may_see")->claims);
    assert_int_equal(function(cat, "may_see")->nbase_oids, 1);
    assert_int_equal(function(cat, "may_see")->base_oids[0], RATES);
    assert_false(contacts->opaque);
    catalog_unref(&cat);
}

static void view_over(uint32_t oid, const char *name, const char *owner, bool invoker, uint32_t base)
{
    relation_named(oid, CAT_VIEW, name);
    reach_view(r, &(struct reach_view){.oid = oid, .owner = str_cstr(owner), .invoker = invoker});
    reach_view_base(r, oid, base);
    catalog_build_source(b, &(struct cat_source_row){oid, base, false});
}

/* UID sets a setting; what leads there without naming it? */
static void code_that_no_text_names(void **state)
{
    enum { MOOD = 20001, JUDGED, TOTAL = 60 };
    body(UID, "uid", "sql", "select set_config('role', 'someone', true)");
    body(RATE, "rate", "sql", "select $1 <=~ 3");
    body(MAY_SEE, "may_see", "sql", "select 'x' :: Judged");
    body(DYNAMIC, "dynamic", "sql", "select total(1)");
    body(HASH, "hash", "sql", "select u&\"\\0075id\"()");
    body(DICE, "dice", "sql", "select a = b and a <= ~ 3 and u & \"total\" > 1 -- judge");
    body(TOTAL, "total", "aggregate", "");
    reach_word(r, STR("=~"), UID);
    reach_word(r, STR("judged"), UID);
    reach_call(r, TOTAL, UID);
    reach_type_function(r, JUDGED, UID);
    reach_type_function(r, MOOD, DICE);
    reach_relation_function(r, CONTACTS, UID);
    reach_relation_function(r, RATES, 0);
    for (uint32_t oid = MOOD; oid <= JUDGED; oid++)
        catalog_build_type(b, &(struct cat_type_row){.oid = oid,
                                  .kind = TYPE_DOMAIN,
                                  .base_oid = TEXT,
                                  .schema = STR("app"),
                                  .name = oid == MOOD ? STR("mood") : STR("judged"),
                                  .sql_name = oid == MOOD ? STR("app.mood") : STR("app.judged")});
    struct catalog *cat = finish();
    assert_true(function(cat, "rate")->opaque && function(cat, "may_see")->opaque);
    assert_true(function(cat, "dynamic")->opaque && function(cat, "hash")->opaque);
    assert_false(function(cat, "dice")->opaque);
    assert_true(relation(cat, "contacts")->opaque && relation(cat, "Exchange Rates")->opaque);
    assert_false(relation(cat, "customers")->opaque);
    assert_true(catalog_type(cat, STR("judged"))->opaque);
    assert_false(catalog_type(cat, STR("mood"))->opaque);
    catalog_unref(&cat);
}

static void policies_that_change_or_vary(void **state)
{
    policy(CUSTOMERS, 100, "sales", "unsteady");
    policy(CONTACTS, 101, "sales", "setting");
    struct catalog *cat = finish();
    assert_true(relation(cat, "customers")->opaque);
    assert_false(relation(cat, "contacts")->opaque);
    catalog_unref(&cat);
}

static void views_run_as_their_owner(void **state)
{
    policy(CUSTOMERS, 100, "sales", "setting");
    policy(CUSTOMERS, 101, "clerk", "setting");
    view_over(ORDERS_VIEW, "by_owner", "owner", false, CUSTOMERS);
    view_over(OWN_VIEW, "by_invoker", "owner", true, CUSTOMERS);
    view_over(PLAIN_VIEW, "by_clerk", "clerk", false, ORDERS_VIEW);
    reach_view_base(r, PLAIN_VIEW, CUSTOMERS);
    struct catalog *cat = finish();
    expect(cat, ORDERS_VIEW, "sales", false, false);
    expect(cat, OWN_VIEW, "sales", true, true);
    expect(cat, OWN_VIEW, "manager", false, false);
    expect(cat, PLAIN_VIEW, "manager", true, true);
    assert_int_equal(relation(cat, "by_clerk")->base_oids[0], CUSTOMERS);
    assert_int_equal(relation(cat, "by_clerk")->nbase_oids, 1);
    catalog_unref(&cat);
}

static void what_views_say_themselves(void **state)
{
    view_over(ORDERS_VIEW, "v", "owner", false, CUSTOMERS);
    relation_named(OWN_VIEW, CAT_VIEW, "w");
    reach_view(r, &(struct reach_view){.oid = OWN_VIEW,
                      .owner = STR("owner"),
                      .text = STR("select current_setting('request.path')"),
                      .unsteady = true});
    body(RATE, "rate", "sql", "select 1 -- contacts");
    reach_view_function(r, ORDERS_VIEW, RATE);
    struct catalog *cat = finish();
    expect(cat, OWN_VIEW, "sales", false, true);
    assert_int_equal(relation(cat, "w")->settings, SETTING_PATH);
    assert_int_equal(relation(cat, "v")->settings, 0);
    assert_true(relation(cat, "w")->opaque);
    expect(cat, ORDERS_VIEW, "sales", false, false);
    assert_int_equal(relation(cat, "v")->nbase_oids, 2);
    assert_int_equal(relation(cat, "v")->base_oids[1], CONTACTS);
    catalog_unref(&cat);
}

static void code_that_cannot_be_read(void **state)
{
    body(DYNAMIC, "dynamic", "plpgsql", "begin EXECUTE 'select ' || x; end");
    body(WRITTEN, "written", "sql", "select dynamic ( )");
    body(HASH, "hash", "c", "whatever current_setting");
    body(PYTHON, "python", "plpython3u", "return 1");
    body(DICE, "dice", "sql", "select random()");
    body(RATE, "rate", "sql", "select random from customers, dynamic");
    body(MAY_SEE, "may_see", "plpgsql", "begin set local role someone; return true; end");
    body(UID, "uid", "sql", "select set_config('request.jwt.claims', '', true)");
    reach_function(r, &(struct reach_function){.oid = 99, .name = STR("stable_c"), .language = STR("c")});
    reach_want_function(r, 99);
    struct catalog *cat = finish();
    assert_true(function(cat, "dynamic")->opaque);
    assert_true(function(cat, "written")->opaque);
    assert_false(function(cat, "written")->claims);
    assert_true(function(cat, "hash")->opaque);
    assert_false(function(cat, "hash")->claims);
    assert_true(function(cat, "python")->opaque && function(cat, "python")->claims);
    assert_true(function(cat, "dice")->opaque);
    assert_false(function(cat, "rate")->opaque);
    assert_true(function(cat, "may_see")->opaque && function(cat, "uid")->opaque);
    catalog_unref(&cat);
}

static void settings_of_the_database(void **state)
{
    body(UID, "agent", "sql", "select current_setting('request.headers')::json ->> 'user-agent'");
    body(RATE, "shade", "sql", "select agent() || current_setting('app.settings.shade')");
    policy(CUSTOMERS, 100, "sales", "");
    reach_policy_function(r, 100, UID);
    reach_anywhere(r, RATE);
    reach_text(r, STR("CHECK (current_setting('request.cookies'::text) <> '')"), true);
    reach_text(r, STR("set_config('response.status'::text, '418'::text, true)"), false);
    struct catalog *cat = finish();
    assert_int_equal(catalog_settings(cat), SETTING_HEADERS | SETTING_APP | SETTING_COOKIES | SETTING_ANSWER);
    assert_int_equal(catalog_settings_anywhere(cat), SETTING_HEADERS | SETTING_APP | SETTING_COOKIES);
    assert_int_equal(relation(cat, "customers")->settings, SETTING_HEADERS);
    assert_int_equal(relation(cat, "contacts")->settings, 0);
    catalog_unref(&cat);
}

static void code_that_cannot_be_read_may_read_all(void **state)
{
    body(DYNAMIC, "dynamic", "plpgsql", "begin EXECUTE 'select ' || x; end");
    body(RATE, "calm", "plpgsql", "begin return nextval('x'); end");
    policy(CUSTOMERS, 100, "sales", "");
    reach_policy_function(r, 100, DYNAMIC);
    policy(CONTACTS, 101, "sales", "");
    reach_policy_function(r, 101, RATE);
    struct catalog *cat = finish();
    assert_int_equal(catalog_settings(cat), SETTINGS_ALL);
    assert_int_equal(catalog_settings_anywhere(cat), 0);
    assert_int_equal(relation(cat, "customers")->settings, SETTINGS_ALL);
    assert_int_equal(relation(cat, "contacts")->settings, 0);
    catalog_unref(&cat);
}

static void functions_by_role(void **state)
{
    policy(CUSTOMERS, 100, "sales", "setting");
    policy(CUSTOMERS, 101, "manager", "true");
    body(RATE, "report", "sql", "select count(*) from customers");
    body(DICE, "total", "sql", "/* definer */ select report()");
    body(HASH, "as_whom", "sql", "select current_setting ( 'role', true), current_setting('app.settings.x')");
    body(UID, "uid", "sql", "select current_setting('request.jwt.claims', true)");
    struct catalog *cat = finish();
    const struct cat_function *report = function(cat, "report");
    assert_true(report->claims);
    assert_true(cat_function_claims(report, STR("sales")));
    assert_false(cat_function_claims(report, STR("manager")));
    assert_true(cat_function_claims(report, STR("stranger")));
    assert_false(function(cat, "total")->claims);
    assert_false(function(cat, "as_whom")->claims);
    assert_true(cat_function_claims(function(cat, "uid"), STR("manager")));
    catalog_unref(&cat);
}

static void circles_end(void **state)
{
    body(UID, "ping", "sql", "select pong(1)");
    body(RATE, "pong", "sql", "select ping(1), current_setting('x') from customers");
    policy(CUSTOMERS, 100, "sales", "");
    reach_policy_function(r, 100, UID);
    struct catalog *cat = finish();
    expect(cat, CUSTOMERS, "sales", true, true);
    assert_true(function(cat, "ping")->claims);
    catalog_unref(&cat);
}

static void unknown_things_are_passed_over(void **state)
{
    reach_policy_function(r, 100, 999);
    reach_view_base(r, 998, 997);
    reach_want_relation(r, 996);
    reach_want_function(r, 995);
    policy(996, 7, "sales", "setting");
    body(RATE, "rate", "sql", "select \"unclosed");
    struct catalog *cat = finish();
    expect(cat, CUSTOMERS, "sales", false, false);
    catalog_unref(&cat);
}

static bool writes(const struct catalog *cat, uint32_t oid)
{
    const struct cat_relation *rel = catalog_relation_by_oid(cat, oid);
    assert_false(rel->session_read);
    return rel->session_write;
}

/* Triggers run when a relation is written to, or one that it drags along; what a function may write to counts
 * as written. */
static void who_may_change_the_session(void **state)
{
    body(UID, "stamp", "plpgsql", "begin set search_path to hidden; return new; end");
    body(RATE, "touch", "sql", "update contacts set a = 1");
    body(MAY_SEE, "look", "sql", "select 1");
    reach_write_function(r, CUSTOMERS, UID);
    reach_write_relation(r, CONTACTS, CUSTOMERS);
    reach_write_function(r, RATES, MAY_SEE);
    struct catalog *cat = finish();
    assert_true(writes(cat, CUSTOMERS));
    assert_true(writes(cat, CONTACTS));
    assert_false(writes(cat, RATES));
    assert_true(function(cat, "stamp")->session);
    assert_true(function(cat, "touch")->session);
    assert_false(function(cat, "look")->session);
    assert_int_equal(catalog_session(cat), SESSION_SOMEWHERE);
    catalog_unref(&cat);
}

static void unknown_code_may_change_the_session(void **state)
{
    body(UID, "guess", "plpython3u", "pass");
    body(RATE, "fast", "c", "");
    policy(CUSTOMERS, 100, "sales", "");
    reach_policy_function(r, 100, UID);
    reach_anywhere(r, UID);
    reach_text(r, STR("set_config('a', 'b', false)"), false);
    struct catalog *cat = finish();
    assert_true(catalog_relation_by_oid(cat, CUSTOMERS)->session_read);
    assert_false(catalog_relation_by_oid(cat, CONTACTS)->session_read);
    assert_true(function(cat, "guess")->session);
    assert_false(function(cat, "fast")->session);
    assert_int_equal(catalog_session(cat), SESSION_READS | SESSION_WRITES | SESSION_SOMEWHERE);
    catalog_unref(&cat);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(policies_by_role),
        TEST(policies_through_functions_and_tables),
        TEST(policies_that_change_or_vary),
        TEST(code_that_no_text_names),
        TEST(views_run_as_their_owner),
        TEST(what_views_say_themselves),
        TEST(code_that_cannot_be_read),
        TEST(functions_by_role),
        TEST(settings_of_the_database),
        TEST(code_that_cannot_be_read_may_read_all),
        TEST(who_may_change_the_session),
        TEST(unknown_code_may_change_the_session),
        TEST(circles_end),
        TEST(unknown_things_are_passed_over),
    };
    return cmocka_run_group_tests_name("reach", tests, NULL, NULL);
}
