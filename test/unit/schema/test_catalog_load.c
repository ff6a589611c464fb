/* Tests of schema/catalog_load and schema/reload against a PostgreSQL. SPDX-License-Identifier: ISC */
#include "schema/catalog_load.h"

#include "schema/reload.h"
#include "test/unit/schema/database.h"

static const char shop_sql[] =
    "create schema shop; create schema inner_shop; create schema tools;"
    "create type shop.mood as enum ('sad', 'so so', 'ha\"ppy');"
    "create domain shop.price as numeric(12,2) check (value >= 0);"
    "create domain shop.label as varchar(30);"
    "create type shop.pair as (a int, b text);"
    "create domain shop.color as int;"
    "create function shop.color_json(shop.color) returns json language sql immutable as"
    " $$ select to_json('#' || to_hex($1::int)) $$;"
    "create cast (shop.color as json) with function shop.color_json(shop.color) as implicit;"
    "create table shop.customers (id bigint generated always as identity primary key, email text unique not "
    "null,"
    " mood shop.mood default 'sad', label shop.label, code varchar(12), paid shop.price, both_ shop.pair,"
    " tags text[], color shop.color, doubled int generated always as (1 + 1) stored);"
    "comment on table shop.customers is E'People.\\n@module crm\\n@cache lookup';"
    "comment on column shop.customers.email is 'Where to write, \"quoted\"';"
    "create table shop.orders (id int primary key, customer_id bigint references shop.customers);"
    "create table inner_shop.items (order_id int references shop.orders, no int, primary key (order_id, no));"
    "create view shop.items as select no, order_id as \"order\" from inner_shop.items where no > 0;"
    "create view shop.items2 as select \"order\" o, no + 1 as next from shop.items;"
    "create view shop.either as select id from shop.orders union all select id from shop.customers;"
    "create materialized view shop.counts as select count(*) as n from shop.orders;"
    "create table shop.log (at date, id int) partition by range (at);"
    "create table shop.log_2026 partition of shop.log for values from ('2026-01-01') to ('2027-01-01');"
    "create function shop.uid() returns bigint language sql stable as"
    " $$ select (nullif(current_setting('request.jwt.claims', true), '')::json ->> 'sub')::bigint $$;"
    "alter table shop.orders enable row level security;"
    "create policy everyone on shop.orders to %1$s_manager using (true);"
    "create policy own on shop.orders for select to %1$s_sales using (customer_id = (select shop.uid()));"
    "create function shop.full_name(shop.customers) returns text stable language sql as $$ select $1.email "
    "$$;"
    "create function tools.friends(shop.customers) returns setof shop.customers rows 1 stable language sql as"
    " $$ select * from shop.customers $$;"
    "create function shop.add(a int, b int default 2, variadic c int[] default '{}') returns int immutable"
    " language sql set work_mem = '64MB' as $$ select a + b $$;"
    "create function shop.report(day date, out total numeric, out n int) returns setof record stable"
    " language plpgsql as $$ begin return query select 1.0, 1 from shop.orders; end $$;"
    "create function shop.guarded() returns int language sql as $$ select 1 $$;"
    "revoke execute on function shop.guarded() from public;"
    "grant execute on function shop.guarded() to %1$s_manager;"
    "comment on schema shop is e'A shop\\nthat sells';"
    "create function shop.changed() returns trigger language plpgsql as $$ begin return new; end $$;"
    "grant usage on schema shop to %1$s_sales, %1$s_manager;"
    "grant select, insert on shop.customers to %1$s_sales; grant update (mood, label) on shop.customers to"
    " %1$s_sales; grant select on shop.orders, shop.items to %1$s_sales;"
    "grant all on all tables in schema shop to %1$s_manager;";

static const struct str schemas[] = {{"shop", 4}}, extra[] = {{"tools", 5}};
static const struct catalog_load_options options = {
    .schemas = schemas, .nschemas = 1, .extra = extra, .nextra = 1};
static struct session *owner;
static char login_uri[sizeof scratch_uri + sizeof scratch_name + 16];

static void run(const char *format)
{
    char sql[16384];
    snprintf(sql, sizeof sql, format, scratch_name);
    must_exec(owner, sql);
}

static int create_shop(void **state)
{
    create_scratch(state);
    owner = must_open(scratch_uri);
    run("create role %1$s_sales; create role %1$s_manager; create role %1$s_login login noinherit;"
        "grant %1$s_sales, %1$s_manager to %1$s_login");
    run(shop_sql);
    snprintf(login_uri, sizeof login_uri, "%s&user=%s_login", scratch_uri, scratch_name);
    return 0;
}

static int drop_shop(void **state)
{
    session_close(&owner);
    drop_scratch(state);
    on_server("drop role %1$s_sales; drop role %1$s_manager; drop role %1$s_login");
    return 0;
}

static const char *role(const char *suffix)
{
    static char name[sizeof scratch_name + 20];
    snprintf(name, sizeof name, "%s_%.16s", scratch_name, suffix);
    return name;
}

static struct catalog *load_now(void)
{
    struct buf error;
    buf_init(&error, 0);
    struct session *login = must_open(login_uri);
    struct catalog *cat = catalog_load_now(login, &options, &error);
    if (!cat)
        fail_msg("%.*s", STR_ARG(buf_str(&error)));
    session_close(&login);
    buf_release(&error);
    return cat;
}

static const struct cat_relation *relation(const struct catalog *cat, const char *name)
{
    const struct cat_relation *rel = catalog_relation(cat, STR("shop"), str_cstr(name));
    if (!rel)
        fail_msg("no relation %s", name);
    return rel;
}

static const struct cat_column *column(const struct cat_relation *rel, const char *name)
{
    const struct cat_column *col = cat_relation_column(rel, str_cstr(name));
    if (!col)
        fail_msg("no column %s", name);
    return col;
}

static void columns_and_types(void **state)
{
    struct catalog *cat = load_now();
    const struct cat_relation *rel = relation(cat, "customers");
    assert_int_equal(rel->ncolumns, 10);
    assert_str(rel->comment, "People.");
    assert_str(rel->module, "crm");
    assert_int_equal(rel->cache_class, CLASS_LOOKUP);
    assert_true(rel->insertable && rel->updatable && rel->deletable && !rel->row_security);
    assert_true(column(rel, "id")->identity && column(rel, "id")->not_null && column(rel, "id")->in_pk);
    assert_str(column(rel, "email")->comment, "Where to write, \"quoted\"");
    assert_int_equal(rel->nuniques, 1);
    const struct cat_column *mood = column(rel, "mood");
    assert_int_equal(mood->type->kind, TYPE_ENUM);
    assert_int_equal(mood->type->nlabels, 3);
    assert_str(mood->type->labels[2], "ha\"ppy");
    assert_str(mood->default_sql, "'sad'::shop.mood");
    assert_str(mood->type->sql_name, "shop.mood");
    assert_int_equal(column(rel, "label")->max_length, 30);
    assert_int_equal(column(rel, "code")->max_length, 12);
    assert_str(column(rel, "code")->type_sql, "character varying(12)");
    assert_int_equal(column(rel, "paid")->type->kind, TYPE_DOMAIN);
    assert_str(column(rel, "paid")->type->base->name, "numeric");
    assert_int_equal(column(rel, "both_")->type->kind, TYPE_COMPOSITE);
    assert_int_equal(column(rel, "both_")->type->relation_oid, 0);
    assert_int_equal(column(rel, "tags")->type->kind, TYPE_ARRAY);
    assert_str(column(rel, "tags")->type->elem->name, "text");
    assert_str(column(rel, "color")->type->to_json, "shop.color_json");
    assert_true(column(rel, "doubled")->generated);
    assert_non_null(catalog_type(cat, STR("mood")));
    catalog_unref(&cat);
}

static void relations_of_all_kinds(void **state)
{
    struct catalog *cat = load_now();
    assert_int_equal(relation(cat, "log")->kind, CAT_PARTITIONED);
    assert_null(catalog_relation(cat, STR("shop"), STR("log_2026")));
    assert_null(catalog_relation(cat, STR("inner_shop"), STR("items")));
    assert_int_equal(relation(cat, "counts")->kind, CAT_MATVIEW);
    assert_false(relation(cat, "counts")->insertable);
    assert_true(relation(cat, "items")->insertable);
    assert_false(relation(cat, "either")->updatable);
    uint32_t partition = (uint32_t)atoi(must_ask(owner, "select 'shop.log_2026'::regclass::oid"));
    assert_int_equal(catalog_root_oid(cat, partition), relation(cat, "log")->oid);
    catalog_unref(&cat);
}

/* "id, at desc!" (`!`: nulls at the end where they are not usual; `*`: a key) of each index. */
static void describe_indexes(const struct cat_relation *rel, char *out, size_t size)
{
    size_t n = 0;
    out[0] = '\0';
    for (size_t i = 0; i < rel->nindexes; i++) {
        const struct cat_index *x = &rel->indexes[i];
        n += (size_t)snprintf(out + n, size - n, "%s%s", i ? "; " : "", x->is_key ? "*" : "");
        for (size_t k = 0; k < x->ncolumns; k++) {
            bool down = x->options[k] & INDEX_DESC, first = x->options[k] & INDEX_NULLS_FIRST;
            n += (size_t)snprintf(out + n, size - n, "%s%.*s%s%s", k ? ", " : "",
                STR_ARG(rel->columns[x->columns[k]].name), down ? " desc" : "", down != first ? "!" : "");
        }
        assert_true(n < size);
    }
}

static void indexes_that_order_rows(void **state)
{
    char text[400];
    must_exec(owner,
        "create table shop.moves (no int not null, at date, note text, txt text, id int primary key);"
        "create unique index on shop.moves (no) include (note);"
        "create index on shop.moves (at desc nulls last, id);"
        "create unique index on shop.moves (note, no desc);"
        "create index on shop.moves (lower(note)); create index on shop.moves (at) where no > 0;"
        "create index on shop.moves using hash (no); create index on shop.moves using brin (at);"
        "create index on shop.moves (txt text_pattern_ops); create index on shop.moves (txt collate \"C\");"
        "create table shop.heirs () inherits (shop.moves); alter table shop.heirs add primary key (id);"
        "create index on only shop.log (id);" /* invalid while a partition has none */
        "create index on shop.log (id, at)");
    struct catalog *cat = load_now();
    describe_indexes(relation(cat, "moves"), text, sizeof text);
    assert_string_equal(text, "");
    describe_indexes(relation(cat, "log"), text, sizeof text);
    assert_string_equal(text, "id, at");
    describe_indexes(relation(cat, "customers"), text, sizeof text);
    assert_string_equal(text, "*id; *email");
    catalog_unref(&cat);
    must_exec(owner, "drop table shop.heirs");
    cat = load_now();
    describe_indexes(relation(cat, "moves"), text, sizeof text);
    assert_string_equal(text, "*id; *no; at desc!, id; note, no desc");
    assert_true(relation(cat, "either")->repeats && relation(cat, "counts")->repeats);
    assert_false(relation(cat, "items")->repeats || relation(cat, "moves")->repeats);
    catalog_unref(&cat);
}

static const struct cat_relationship *way(const struct cat_relation *from, const char *to)
{
    for (size_t i = 0; i < from->nrelationships; i++) {
        if (str_eq_cstr(from->relationships[i].to->name, to))
            return &from->relationships[i];
    }
    return NULL;
}

static void relationships_through_views(void **state)
{
    struct catalog *cat = load_now();
    const struct cat_relation *items = relation(cat, "items"), *items2 = relation(cat, "items2");
    const struct cat_relationship *rel = way(items, "orders");
    assert_non_null(rel);
    assert_int_equal(rel->cardinality, REL_M2O);
    assert_str(items->columns[rel->from_columns[0]].name, "order");
    assert_int_equal(items->pk.ncolumns, 2);
    assert_non_null(way(items2, "orders"));
    assert_int_equal(items2->pk.ncolumns, 0);
    assert_int_equal(way(relation(cat, "orders"), "items2")->cardinality, REL_O2M);
    assert_int_equal(relation(cat, "either")->nrelationships, 0);
    assert_int_equal(items2->nbase_oids, 1);
    assert_int_equal(relation(cat, "either")->nbase_oids, 2);
    catalog_unref(&cat);
}

static void functions_of_all_kinds(void **state)
{
    struct catalog *cat = load_now();
    const struct cat_relation *customers = relation(cat, "customers");
    size_t n;
    assert_null(catalog_functions(cat, STR("shop"), STR("changed"), &n));
    assert_null(catalog_functions(cat, STR("tools"), STR("friends"), &n));
    assert_int_equal(customers->ncomputed, 1);
    assert_str(customers->computed[0]->name, "full_name");
    assert_int_equal(way(customers, "customers")->cardinality, REL_COMPUTED_ONE);
    const struct cat_function *add = catalog_functions(cat, STR("shop"), STR("add"), &n)[0];
    assert_int_equal(n, 1);
    assert_int_equal(add->nparams, 3);
    assert_str(add->params[1].name, "b");
    assert_true(add->params[0].required && !add->params[1].required && !add->params[2].required);
    assert_true(add->params[2].variadic && add->has_variadic);
    assert_int_equal(add->volatility, FN_IMMUTABLE);
    assert_str(add->settings[0], "work_mem=64MB");
    const struct cat_function *report = catalog_functions(cat, STR("shop"), STR("report"), &n)[0];
    assert_int_equal(report->nparams, 1);
    assert_int_equal(report->ncolumns, 2);
    assert_str(report->columns[0].name, "total");
    assert_str(report->columns[1].type->name, "int4");
    assert_true(report->returns_set && report->claims);
    assert_int_equal(report->nbase_oids, 1);
    catalog_unref(&cat);
}

static void who_may_call(void **state)
{
    struct catalog *cat = load_now();
    const struct cat_function *fn;
    size_t n, seen = 0;
    const struct cat_function *add = catalog_functions(cat, STR("shop"), STR("add"), &n)[0];
    const struct cat_function *guarded = catalog_functions(cat, STR("shop"), STR("guarded"), &n)[0];
    assert_true(cat_function_callable(add, STR("nobody at all")));
    assert_true(cat_function_callable(guarded, str_cstr(role("manager"))));
    assert_false(cat_function_callable(guarded, str_cstr(role("sales"))));
    assert_false(cat_function_callable(guarded, STR("nobody at all")));
    for (size_t i = 0; catalog_each_function(cat, &i, &fn);)
        seen += fn == add || fn == guarded;
    assert_int_equal(seen, 2);
    assert_str(catalog_schema_comment(cat, STR("shop")), "A shop\nthat sells");
    assert_int_equal(catalog_schema_comment(cat, STR("tools")).n, 0);
    catalog_unref(&cat);
}

static void privileges_and_policies(void **state)
{
    struct catalog *cat = load_now();
    const struct cat_relation *customers = relation(cat, "customers"), *orders = relation(cat, "orders");
    struct str sales = str_cstr(role("sales"));
    assert_int_equal(cat_relation_privileges(customers, sales), PRIV_SELECT | PRIV_INSERT);
    assert_int_equal(cat_column_privileges(customers, sales, column(customers, "mood")),
        PRIV_SELECT | PRIV_INSERT | PRIV_UPDATE);
    assert_int_equal(
        cat_column_privileges(customers, sales, column(customers, "code")), PRIV_SELECT | PRIV_INSERT);
    const struct cat_grant *grant = cat_relation_grant(orders, sales);
    assert_true(grant->filtered && grant->claims);
    assert_false(cat_relation_grant(customers, sales)->claims);
    /* Its base is read as the view's owner, who owns the table too. */
    assert_false(cat_relation_grant(relation(cat, "items"), sales)->filtered);
    sales = str_cstr(role("manager"));
    grant = cat_relation_grant(orders, sales);
    assert_false(grant->filtered || grant->claims);
    assert_int_equal(grant->bits, PRIV_SELECT | PRIV_INSERT | PRIV_UPDATE | PRIV_DELETE);
    assert_int_equal(catalog_settings(cat), SETTING_CLAIMS);
    catalog_unref(&cat);
}

/* The asynchronous way. */

static uv_loop_t loop;
static uv_check_t check;
static struct db *db;
static struct catalog_holder *holder;
static struct reload *reload;
static struct catalog *loaded;
static char load_error[300];
static int calls, wanted_calls;

static void on_check(uv_check_t *handle)
{
    db_flush(db);
}

static void open_loop(const char *uri)
{
    struct db_options o = {.conninfo = uri,
        .application_name = "bobbin-test",
        .shared_connections = 1,
        .exclusive_connections = 1,
        .shared_depth = 4,
        .queue_max = 10,
        .statements_max = 10,
        .prepared = true,
        .acquire_timeout_ms = 3000,
        .request_timeout_ms = 5000,
        .connect_timeout_ms = 2000,
        .idle_ms = 10000,
        .lifetime_ms = 100000,
        .slow_us = 100000};
    calls = 0;
    wanted_calls = 1;
    load_error[0] = '\0';
    assert_int_equal(uv_loop_init(&loop), 0);
    db = db_create(&loop, &o);
    uv_check_init(&loop, &check);
    uv_check_start(&check, on_check);
    uv_unref((uv_handle_t *)&check);
}

static void on_db_closed(void *arg)
{
    uv_close((uv_handle_t *)&check, NULL);
}

static void close_loop(void)
{
    db_close(db, on_db_closed, NULL);
    assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
    db_free(&db);
    assert_int_equal(uv_loop_close(&loop), 0);
    catalog_unref(&loaded);
}

static void on_load(void *arg, struct catalog *cat, const char *error)
{
    assert_ptr_equal(arg, &loop);
    loaded = cat;
    snprintf(load_error, sizeof load_error, "%s", error ? error : "");
    calls++;
    uv_stop(&loop);
}

static void without_blocking(void **state)
{
    open_loop(login_uri);
    struct catalog_load *load = catalog_load_start(&loop, db, &options, on_load, &loop);
    assert_non_null(load);
    assert_int_equal(calls, 0);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(calls, 1);
    assert_string_equal(load_error, "");
    assert_int_equal(relation(loaded, "customers")->ncolumns, 10);
    assert_non_null(way(relation(loaded, "items2"), "orders"));
    close_loop();
}

static void cancelled_at_any_time(void **state)
{
    for (int turns = 0; turns < 40; turns++) {
        open_loop(login_uri);
        struct catalog_load *load = catalog_load_start(&loop, db, &options, on_load, &loop);
        for (int i = 0; i < turns && calls == 0; i++)
            uv_run(&loop, UV_RUN_ONCE);
        if (calls == 0) {
            catalog_load_cancel(&load);
            assert_null(load);
        }
        int before = calls;
        close_loop();
        assert_int_equal(calls, before);
    }
}

static void a_database_that_is_away(void **state)
{
    open_loop("host=127.0.0.1 port=1 dbname=none");
    struct catalog_load *load = catalog_load_start(&loop, db, &options, on_load, &loop);
    assert_non_null(load);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_null(loaded);
    assert_true(strlen(load_error) > 0);
    close_loop();
}

static void on_reload(void *arg, const struct catalog *cat, const char *error)
{
    assert_ptr_equal(arg, &holder);
    assert_true(!cat == (error != NULL));
    if (++calls >= wanted_calls)
        uv_stop(&loop);
}

static void reloads_when_asked(void **state)
{
    struct reload_stats stats;
    open_loop(login_uri);
    holder = catalog_holder_create();
    assert_null(catalog_holder_get(holder));
    struct catalog_view view = {NULL, 0};
    assert_null(catalog_view_get(&view, holder));
    reload = reload_start(&loop, db, holder, &options, on_reload, &holder);
    reload_request(reload);
    catalog_holder_stats(holder, &stats);
    assert_true(stats.behind);
    uv_run(&loop, UV_RUN_DEFAULT);
    struct catalog *first = catalog_holder_get(holder);
    assert_ptr_equal(catalog_view_get(&view, holder), first);
    assert_ptr_equal(catalog_view_get(&view, holder), first);
    assert_null(catalog_relation(first, STR("shop"), STR("fresh")));
    must_exec(owner, "create table shop.fresh (id int)");
    for (int i = 0; i < 5; i++)
        reload_request(reload);
    wanted_calls = 2;
    uv_run(&loop, UV_RUN_DEFAULT);
    struct catalog *second = catalog_holder_get(holder);
    assert_ptr_equal(catalog_view_get(&view, holder), second);
    assert_non_null(catalog_relation(second, STR("shop"), STR("fresh")));
    assert_null(catalog_relation(first, STR("shop"), STR("fresh")));
    catalog_holder_stats(holder, &stats);
    assert_int_equal(stats.loads_ok, 2);
    assert_int_equal(stats.loads_failed, 0);
    assert_true(stats.loaded_at > 0 && !stats.behind && !stats.loading);
    must_exec(owner, "drop table shop.fresh");
    catalog_unref(&first);
    catalog_unref(&second);
    reload_stop(&reload);
    close_loop();
    catalog_view_release(&view);
    catalog_holder_free(&holder);
}

static void repeats_what_failed(void **state)
{
    struct reload_stats stats;
    char sql[200];
    open_loop(login_uri);
    snprintf(sql, sizeof sql, "alter role %s_login nologin", scratch_name);
    must_exec(owner, sql);
    holder = catalog_holder_create();
    reload = reload_start(&loop, db, holder, &options, on_reload, &holder);
    reload_request(reload);
    uv_run(&loop, UV_RUN_DEFAULT);
    catalog_holder_stats(holder, &stats);
    assert_int_equal(stats.loads_failed, 1);
    assert_true(stats.behind && strlen(stats.last_error) > 0);
    snprintf(sql, sizeof sql, "alter role %s_login login", scratch_name);
    must_exec(owner, sql);
    while (stats.loads_ok == 0 && calls < 6) {
        uv_run(&loop, UV_RUN_DEFAULT);
        catalog_holder_stats(holder, &stats);
    }
    assert_int_equal(stats.loads_ok, 1);
    assert_string_equal(stats.last_error, "");
    reload_stop(&reload);
    close_loop();
    catalog_holder_free(&holder);
}

/* What was asked for before the options changed is never shown. */
static void configured_while_loading(void **state)
{
    static const struct str inner[] = {{"inner_shop", 10}};
    struct catalog_load_options other = options;
    other.schemas = inner;
    open_loop(login_uri);
    holder = catalog_holder_create();
    reload = reload_start(&loop, db, holder, &options, on_reload, &holder);
    reload_request(reload);
    struct reload_stats stats = {0};
    for (int i = 0; i < 100 && !stats.loading; i++) {
        uv_run(&loop, UV_RUN_NOWAIT);
        catalog_holder_stats(holder, &stats);
    }
    assert_true(stats.loading);
    assert_true(reload_configure(reload, &other));
    assert_false(reload_configure(reload, &other));
    wanted_calls = 1;
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(calls, 1);
    struct catalog *cat = catalog_holder_get(holder);
    assert_null(catalog_relation(cat, STR("shop"), STR("orders")));
    assert_non_null(catalog_relation(cat, STR("inner_shop"), STR("items")));
    catalog_unref(&cat);
    reload_stop(&reload);
    close_loop();
    catalog_holder_free(&holder);
}

static void stopped_while_loading(void **state)
{
    for (int turns = 0; turns < 20; turns++) {
        open_loop(login_uri);
        holder = catalog_holder_create();
        reload = reload_start(&loop, db, holder, &options, on_reload, &holder);
        reload_request(reload);
        for (int i = 0; i < turns; i++)
            uv_run(&loop, UV_RUN_NOWAIT);
        reload_stop(&reload);
        close_loop();
        catalog_holder_free(&holder);
    }
}

static void wishes(void **state)
{
    assert_int_equal(reload_wish(STR("")), RELOAD_SCHEMA | RELOAD_CONFIG);
    assert_int_equal(reload_wish(STR("reload schema")), RELOAD_SCHEMA);
    assert_int_equal(reload_wish(STR("reload config")), RELOAD_CONFIG);
    assert_int_equal(reload_wish(STR("reload")), RELOAD_NOTHING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_and_types),
        cmocka_unit_test(relations_of_all_kinds),
        cmocka_unit_test(indexes_that_order_rows),
        cmocka_unit_test(relationships_through_views),
        cmocka_unit_test(functions_of_all_kinds),
        cmocka_unit_test(who_may_call),
        cmocka_unit_test(privileges_and_policies),
        cmocka_unit_test(without_blocking),
        cmocka_unit_test(cancelled_at_any_time),
        cmocka_unit_test(a_database_that_is_away),
        cmocka_unit_test(reloads_when_asked),
        cmocka_unit_test(repeats_what_failed),
        cmocka_unit_test(configured_while_loading),
        cmocka_unit_test(stopped_while_loading),
        cmocka_unit_test(wishes),
    };
    if (!getenv("BOBBIN_TEST_PGURI"))
        return TEST_SKIPPED;
    return cmocka_run_group_tests_name("catalog_load", tests, create_shop, drop_shop);
}
