/* test_conf. SPDX-License-Identifier: ISC */
#include "db/conf.h"

#include "test/unit/test.h"
#include "util/mem.h"

static struct pg_conf conf;

static void parse(const char *conninfo)
{
    pg_conf_release(&conf);
    pg_conf_init(&conf, &(struct pg_conf_options){conninfo, "app", "\"a b\", \"c\\\"", 5000});
}

static const char *value(const char *key)
{
    const char *found = NULL;
    for (size_t i = 0; i < conf.n; i++) {
        if (strcmp(conf.keys[i], key) == 0)
            found = conf.values[i];
    }
    return found;
}

static void hosts_are_taken_apart(void **state)
{
    parse(
        "postgresql://joe:pw@one:1111,two:2222,[::1]:3333/shop?target_session_attrs=primary&sslmode=require");
    assert_null(conf.error);
    assert_int_equal(conf.ntargets, 3);
    assert_string_equal(conf.targets[0].host, "one");
    assert_string_equal(conf.targets[1].port, "2222");
    assert_string_equal(conf.targets[2].host, "::1");
    assert_string_equal(conf.session_attrs, "primary");
    assert_string_equal(value("user"), "joe");
    assert_string_equal(value("password"), "pw");
    assert_string_equal(value("dbname"), "shop");
    assert_string_equal(value("sslmode"), "require");
    assert_null(value("host"));
    assert_null(value("port"));
}

static void one_port_counts_for_all(void **state)
{
    parse("host=a,b,c port=77 hostaddr=10.0.0.1,,10.0.0.3");
    assert_int_equal(conf.ntargets, 3);
    assert_string_equal(conf.targets[2].port, "77");
    assert_string_equal(conf.targets[0].hostaddr, "10.0.0.1");
    assert_null(conf.targets[1].hostaddr);
}

static void defaults_yield_to_what_is_given(void **state)
{
    parse("host=/tmp keepalives_idle=60 application_name=mine connect_timeout=3");
    assert_string_equal(value("keepalives_idle"), "60");
    assert_string_equal(value("keepalives_count"), "3");
    assert_string_equal(value("application_name"), "mine");
    assert_string_equal(value("client_encoding"), "UTF8");
    assert_string_equal(value("gssencmode"), "disable");
    assert_null(value("connect_timeout"));
    parse("");
    assert_string_equal(value("application_name"), "app");
}

static void formats_have_the_last_word(void **state)
{
    parse("options='-c DateStyle=German -c work_mem=9MB -c statement_timeout=1s'");
    const char *o = conf.options;
    assert_non_null(strstr(o, "work_mem=9MB"));
    assert_true(strstr(o, "DateStyle=ISO") > strstr(o, "DateStyle=German"));
    assert_true(strstr(o, "statement_timeout=5000") < strstr(o, "statement_timeout=1s"));
    assert_null(value("options"));
}

static void mistakes_are_reported(void **state)
{
    parse("postgresql://host/db?no_such_option=1");
    assert_non_null(conf.error);
    assert_non_null(strstr(conf.error, "no_such_option"));
    parse("just words");
    assert_non_null(conf.error);
    pg_conf_release(&conf);
}

static void user_is_given_or_from_the_environment(void **state)
{
    static const char *const rows[][2] = {{"postgresql://joe@/shop", "joe"}, {"user='a b' dbname=x", "a b"},
        {"dbname=shop", "env"}, {"", "env"}, {"postgresql:///shop", "env"}, {"no such=", NULL}};
    setenv("PGUSER", "env", 1);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char *user = pg_conf_user(rows[i][0]);
        if (rows[i][1])
            assert_string_equal(user, rows[i][1]);
        else
            assert_null(user);
        mem_free(user);
    }
    unsetenv("PGUSER");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(hosts_are_taken_apart),
        cmocka_unit_test(one_port_counts_for_all),
        cmocka_unit_test(defaults_yield_to_what_is_given),
        cmocka_unit_test(formats_have_the_last_word),
        cmocka_unit_test(mistakes_are_reported),
        cmocka_unit_test(user_is_given_or_from_the_environment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
