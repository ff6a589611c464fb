/* fixture: schema.sql in the words of the catalog builder. SPDX-License-Identifier: ISC */
#include "test/golden/fixture.h"

#include "schema/catalog_build.h"
#include "util/check.h"

#include <stdlib.h>

enum {
    COUNTRIES = 1000,
    CUSTOMERS,
    ADDRESSES,
    ORDERS,
    PRODUCTS,
    DETAILS,
    LINES,
    SHIPMENTS,
    CATEGORIES,
    PRODUCT_CATEGORIES,
    EMPLOYEES,
    ODD,
    AUDIT,
    PAINTS,
    OVERVIEW,
    ROW_TYPE = 10000, /* added to a relation: its row type */
    STATUS = 2000,
    EMAIL,
    TAG_LIST,
    ADDRESS,
    SHADE,
    PNG
};

static const struct {
    const char *name;
    uint32_t oid;
} types[] = {{"bool", 16}, {"int8", 20}, {"int4", 23}, {"text", 25}, {"json", 114}, {"_text", 1009},
    {"date", 1082}, {"timestamptz", 1184}, {"numeric", 1700}, {"tsvector", 3614}, {"jsonb", 3802},
    {"daterange", 3912}, {"status", STATUS}, {"email", EMAIL}, {"tag_list", TAG_LIST}, {"address", ADDRESS},
    {"shade", SHADE}, {"image/png", PNG}};

static uint32_t type_oid(struct str name)
{
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        if (str_eq_cstr(name, types[i].name))
            return types[i].oid;
    }
    UNREACHABLE();
}

/* columns: "name type; name type"; a name may hold blanks. */
static void relation(struct catalog_build *b, uint32_t oid, enum cat_kind kind, const char *schema,
    const char *name, const char *columns)
{
    struct str rest = str_cstr(columns), column;
    catalog_build_type(b, &(struct cat_type_row){.oid = oid + ROW_TYPE,
                              .relation_oid = oid,
                              .kind = TYPE_COMPOSITE,
                              .schema = str_cstr(schema),
                              .name = str_cstr(name),
                              .sql_name = str_cstr(name)});
    catalog_build_relation(b, &(struct cat_relation_row){.oid = oid,
                                  .kind = kind,
                                  .schema = str_cstr(schema),
                                  .name = str_cstr(name),
                                  .insertable = true,
                                  .updatable = true,
                                  .deletable = true,
                                  .exposed = true,
                                  .estimated_rows = 1000});
    for (int16_t attnum = 1; str_split(&rest, ';', &column); attnum++) {
        column = str_trim(column);
        size_t at = column.n;
        while (column.p[at - 1] != ' ')
            at--;
        catalog_build_column(b, &(struct cat_column_row){.relation_oid = oid,
                                    .type_oid = type_oid(str_sub(column, at, column.n)),
                                    .name = str_sub(column, 0, at - 1),
                                    .attnum = attnum});
    }
}

/* columns: attnums as digits, "12" being the first two. */
static size_t attnums(const char *digits, int16_t out[4])
{
    size_t n = 0;
    for (; digits[n]; n++)
        out[n] = (int16_t)(digits[n] - '0');
    return n;
}

/* columns: attnums as digits, each with `d` behind it where it goes down. */
static void index_on(struct catalog_build *b, uint32_t oid, bool primary, bool unique, const char *columns)
{
    static uint32_t number;
    int16_t numbers[4];
    uint8_t options[4] = {0};
    size_t n = 0;
    for (; *columns; columns++) {
        if (*columns == 'd')
            options[n - 1] = INDEX_DESC | INDEX_NULLS_FIRST;
        else
            numbers[n++] = (int16_t)(*columns - '0');
    }
    catalog_build_index(b, &(struct cat_index_row){.oid = 20000 + number++,
                               .relation_oid = oid,
                               .primary = primary,
                               .unique = unique,
                               .columns = numbers,
                               .options = options,
                               .ncolumns = n});
}

static void key(struct catalog_build *b, char type, const char *constraint, uint32_t oid, const char *columns)
{
    int16_t numbers[4];
    size_t n = attnums(columns, numbers);
    catalog_build_key(b, &(struct cat_key_row){.constraint = str_cstr(constraint),
                             .type = type,
                             .relation_oid = oid,
                             .columns = numbers,
                             .ncolumns = n});
    index_on(b, oid, type == 'p', true, columns);
}

static void foreign_key(
    struct catalog_build *b, const char *constraint, uint32_t oid, const char *column, uint32_t target)
{
    int16_t from[4], to[1] = {1};
    size_t n = attnums(column, from);
    CHECK(n == 1);
    catalog_build_key(b, &(struct cat_key_row){.constraint = str_cstr(constraint),
                             .type = 'f',
                             .relation_oid = oid,
                             .target_oid = target,
                             .columns = from,
                             .target_columns = to,
                             .ncolumns = 1});
}

static void function(struct catalog_build *b, uint32_t oid, const char *name, uint32_t of, uint32_t result,
    uint32_t result_relation, bool set, bool one, enum cat_volatility volatility)
{
    const struct str names[] = {{NULL, 0}};
    const uint32_t params[] = {of + ROW_TYPE};
    catalog_build_function(b, &(struct cat_function_row){.oid = oid,
                                  .result_oid = result,
                                  .result_relation_oid = result_relation,
                                  .schema = STR("erp"),
                                  .name = str_cstr(name),
                                  .param_names = names,
                                  .param_types = params,
                                  .nparams = 1,
                                  .returns_set = set,
                                  .returns_one_row = one,
                                  .exposed = true,
                                  .volatility = volatility});
}

/* params: "name type; name type"; the last ndefaults have defaults. An unnamed one is " type". */
static void callable(struct catalog_build *b, uint32_t oid, const char *name, const char *params,
    size_t ndefaults, uint32_t result, bool set, bool variadic, enum cat_volatility volatility)
{
    struct str names[4], rest = str_cstr(params), param;
    uint32_t types_[4];
    size_t n = 0;
    while (params[0] && str_split(&rest, ';', &param)) {
        size_t blank = param.n;
        while (param.p[blank - 1] != ' ')
            blank--;
        CHECK(n < ARRAY_LEN(names));
        names[n] = str_trim(str_sub(param, 0, blank));
        types_[n++] = type_oid(str_sub(param, blank, param.n));
    }
    catalog_build_function(b, &(struct cat_function_row){.oid = oid,
                                  .result_oid = result,
                                  .schema = STR("erp"),
                                  .name = str_cstr(name),
                                  .param_names = names,
                                  .param_types = types_,
                                  .nparams = n,
                                  .ndefaults = ndefaults,
                                  .returns_set = set,
                                  .variadic = variadic,
                                  .exposed = true,
                                  .volatility = volatility});
}

static void add_types(struct catalog_build *b)
{
    static const struct str labels[] = {{"draft", 5}, {"open", 4}, {"done", 4}};
    catalog_build_type(b, &(struct cat_type_row){.oid = STATUS,
                              .kind = TYPE_ENUM,
                              .schema = STR("erp"),
                              .name = STR("order_status"),
                              .sql_name = STR("erp.order_status"),
                              .labels = labels,
                              .nlabels = 3});
    catalog_build_type(b, &(struct cat_type_row){.oid = EMAIL,
                              .kind = TYPE_DOMAIN,
                              .base_oid = 25,
                              .schema = STR("erp"),
                              .name = STR("email"),
                              .sql_name = STR("erp.email")});
    catalog_build_type(b, &(struct cat_type_row){.oid = TAG_LIST,
                              .kind = TYPE_DOMAIN,
                              .base_oid = 1009,
                              .schema = STR("erp"),
                              .name = STR("tag_list"),
                              .sql_name = STR("erp.tag_list")});
    catalog_build_type(b, &(struct cat_type_row){.oid = ADDRESS,
                              .kind = TYPE_COMPOSITE,
                              .schema = STR("erp"),
                              .name = STR("address"),
                              .sql_name = STR("erp.address")});
    catalog_build_type(b, &(struct cat_type_row){.oid = SHADE,
                              .kind = TYPE_DOMAIN,
                              .base_oid = 23,
                              .schema = STR("erp"),
                              .name = STR("shade"),
                              .sql_name = STR("erp.shade"),
                              .to_json = STR("erp.shade_json"),
                              .from_json = STR("erp.shade_of"),
                              .from_text = STR("erp.shade_of")});
    catalog_build_type(b, &(struct cat_type_row){.oid = PNG,
                              .kind = TYPE_DOMAIN,
                              .base_oid = 17,
                              .schema = STR("erp"),
                              .name = STR("image/png"),
                              .sql_name = STR("erp.\"image/png\"")});
    catalog_build_type(b,
        &(struct cat_type_row){
            .oid = 2205, .schema = STR("pg_catalog"), .name = STR("regclass"), .sql_name = STR("regclass")});
}

static void add_relations(struct catalog_build *b)
{
    relation(b, PAINTS, CAT_TABLE, "erp", "paints", "id int4; shade shade; base_id int4");
    relation(b, COUNTRIES, CAT_TABLE, "ref", "countries", "code text; name text");
    relation(b, CUSTOMERS, CAT_TABLE, "erp", "customers",
        "id int8; name text; email email; address address; country text; tags _text; meta jsonb; created_at "
        "timestamptz; "
        "active bool; labels tag_list");
    relation(b, ADDRESSES, CAT_TABLE, "erp", "addresses", "id int8; customer_id int8; line text; city text");
    relation(b, ORDERS, CAT_TABLE, "erp", "orders",
        "id int8; order_no text; customer_id int8; ship_to int8; bill_to int8; status status; total numeric; "
        "placed_on date; note text; data json; search tsvector");
    relation(b, PRODUCTS, CAT_TABLE, "erp", "products",
        "id int8; sku text; name text; valid daterange; attrs jsonb");
    relation(
        b, DETAILS, CAT_TABLE, "erp", "product_details", "product_id int8; weight numeric; notes, long text");
    relation(b, LINES, CAT_TABLE, "erp", "order_lines",
        "order_id int8; line_no int4; product_id int8; qty int4; price numeric");
    relation(b, SHIPMENTS, CAT_TABLE, "erp", "shipments", "id int8; order_id int8; carrier text");
    relation(b, CATEGORIES, CAT_TABLE, "erp", "categories", "id int8; name text; parent_id int8");
    relation(
        b, PRODUCT_CATEGORIES, CAT_TABLE, "erp", "product_categories", "product_id int8; category_id int8");
    relation(
        b, EMPLOYEES, CAT_TABLE, "erp", "employees", "id int8; name text; manager_id int8; mentor_id int8");
    relation(b, ODD, CAT_TABLE, "erp", "Odd Table",
        "a.b int4; col,umn text; we\"ird text; select text; \xc3\x9cn\xc3\xaf x text");
    relation(b, AUDIT, CAT_TABLE, "erp", "audit", "at timestamptz; what text");
    relation(b, OVERVIEW, CAT_VIEW, "erp", "order_overview",
        "id int8; order_no text; customer_id int8; total numeric");
}

static void add_keys(struct catalog_build *b)
{
    key(b, 'p', "countries_pkey", COUNTRIES, "1");
    key(b, 'p', "customers_pkey", CUSTOMERS, "1");
    key(b, 'u', "customers_email_key", CUSTOMERS, "3");
    key(b, 'p', "addresses_pkey", ADDRESSES, "1");
    key(b, 'p', "orders_pkey", ORDERS, "1");
    key(b, 'u', "orders_order_no_key", ORDERS, "2");
    key(b, 'p', "products_pkey", PRODUCTS, "1");
    key(b, 'u', "products_sku_key", PRODUCTS, "2");
    key(b, 'p', "product_details_pkey", DETAILS, "1");
    key(b, 'p', "order_lines_pkey", LINES, "12");
    key(b, 'p', "shipments_pkey", SHIPMENTS, "1");
    key(b, 'u', "shipments_order_id_key", SHIPMENTS, "2");
    key(b, 'p', "categories_pkey", CATEGORIES, "1");
    key(b, 'p', "paints_pkey", PAINTS, "1");
    key(b, 'p', "product_categories_pkey", PRODUCT_CATEGORIES, "12");
    key(b, 'p', "employees_pkey", EMPLOYEES, "1");
    key(b, 'p', "Odd Table_pkey", ODD, "1");
    index_on(b, ORDERS, false, false, "8d1d");
    index_on(b, ORDERS, false, false, "31");
    index_on(b, ORDERS, false, false, "6");
    index_on(b, ADDRESSES, false, false, "241");
    foreign_key(b, "customers_country_fkey", CUSTOMERS, "5", COUNTRIES);
    foreign_key(b, "addresses_customer_id_fkey", ADDRESSES, "2", CUSTOMERS);
    foreign_key(b, "orders_customer_id_fkey", ORDERS, "3", CUSTOMERS);
    foreign_key(b, "orders_ship_to_fkey", ORDERS, "4", ADDRESSES);
    foreign_key(b, "orders_bill_to_fkey", ORDERS, "5", ADDRESSES);
    foreign_key(b, "product_details_product_id_fkey", DETAILS, "1", PRODUCTS);
    foreign_key(b, "order_lines_order_id_fkey", LINES, "1", ORDERS);
    foreign_key(b, "order_lines_product_id_fkey", LINES, "3", PRODUCTS);
    foreign_key(b, "shipments_order_id_fkey", SHIPMENTS, "2", ORDERS);
    foreign_key(b, "categories_parent_id_fkey", CATEGORIES, "3", CATEGORIES);
    foreign_key(b, "paints_base_id_fkey", PAINTS, "3", PAINTS);
    foreign_key(b, "product_categories_product_id_fkey", PRODUCT_CATEGORIES, "1", PRODUCTS);
    foreign_key(b, "product_categories_category_id_fkey", PRODUCT_CATEGORIES, "2", CATEGORIES);
    foreign_key(b, "employees_manager_id_fkey", EMPLOYEES, "3", EMPLOYEES);
    foreign_key(b, "employees_mentor_id_fkey", EMPLOYEES, "4", EMPLOYEES);
}

static void add_functions(struct catalog_build *b)
{
    function(b, 3001, "full_label", CUSTOMERS, 25, 0, false, false, FN_STABLE);
    function(b, 3002, "line_total", LINES, 1700, 0, false, false, FN_IMMUTABLE);
    function(b, 3003, "latest_order", CUSTOMERS, ORDERS + ROW_TYPE, ORDERS, true, true, FN_STABLE);
    function(b, 3004, "open_orders", CUSTOMERS, ORDERS + ROW_TYPE, ORDERS, true, false, FN_STABLE);
    callable(b, 3010, "orders_of", "customer int8; since date", 1, ORDERS + ROW_TYPE, true, false, FN_STABLE);
    callable(b, 3011, "place_order", " json", 0, 20, false, false, FN_VOLATILE);
    callable(b, 3012, "place_order", "customer int8; note text", 1, 20, false, false, FN_VOLATILE);
    callable(b, 3013, "tag_all", "prefix text; tags _text", 0, 25, true, true, FN_VOLATILE);
    callable(b, 3014, "tidy", "", 0, 2278, false, false, FN_VOLATILE);
    callable(b, 3015, "picture", "id int8", 0, PNG, false, false, FN_STABLE);
}

/* Media types of the schema: one over anything, one over customers, any type over audit, and GeoJSON. */
static void add_handlers(struct catalog_build *b)
{
    static const struct cat_handler_row rows[] = {
        {3101, 0, {"erp", 3}, {"as_yaml", 7}, {"application/yaml", 16}, false},
        {3102, CUSTOMERS, {"erp", 3}, {"as_vcard", 8}, {"text/vcard", 10}, false},
        {3103, AUDIT, {"erp", 3}, {"as_anything", 11}, {"*/*", 3}, false},
        {3104, 0, {"erp", 3}, {"st_asgeojson", 12}, {"application/geo+json", 20}, true},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        catalog_build_handler(b, &rows[i]);
}

struct catalog *fixture_catalog(void)
{
    static const struct str schemas[] = {{"erp", 3}, {"ref", 3}};
    struct catalog_build *b = catalog_build_create(schemas, 2);
    add_types(b);
    add_relations(b);
    add_keys(b);
    for (int16_t i = 1; i <= 3; i++)
        catalog_build_view_column(b, &(struct cat_view_column_row){OVERVIEW, ORDERS, i, i});
    catalog_build_view_column(b, &(struct cat_view_column_row){OVERVIEW, ORDERS, 4, 7});
    add_functions(b);
    add_handlers(b);
    /* A role that may read two of the columns of shipments, and all of categories. */
    catalog_build_grant(b, &(struct cat_grant_row){SHIPMENTS, 1, STR("clerk"), PRIV_SELECT});
    catalog_build_grant(b, &(struct cat_grant_row){SHIPMENTS, 3, STR("clerk"), PRIV_SELECT | PRIV_UPDATE});
    catalog_build_grant(b, &(struct cat_grant_row){SHIPMENTS, 2, STR("clerk"), PRIV_UPDATE});
    catalog_build_grant(b, &(struct cat_grant_row){CATEGORIES, 0, STR("clerk"), PRIV_SELECT});
    return catalog_build_finish(&b);
}
