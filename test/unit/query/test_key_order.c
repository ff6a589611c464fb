/* Unit tests of query/key_order: which lists get a key in their order, beside the golden cases `1.5-key-*`.
 * SPDX-License-Identifier: ISC */
#include "query/key_order.h"
#include "query/plan.h"
#include "test/unit/schema/fixture.h"

enum { T = 100, PARTS, MINE, BARE, SIMPLE, JOINED };

static struct arena arena;
static struct catalog *cat;

/* "1 2d 3": attnums, `d` where the index goes down. */
static void add_index(
    struct catalog_build *b, uint32_t oid, uint32_t relation, const char *kind, const char *columns)
{
    int16_t numbers[8];
    uint8_t options[8] = {0};
    size_t n = 0;
    for (const char *p = columns; *p; p++) {
        if (*p == 'd')
            options[n - 1] = INDEX_DESC | INDEX_NULLS_FIRST;
        else if (*p != ' ')
            numbers[n++] = (int16_t)(*p - '0');
    }
    catalog_build_index(b, &(struct cat_index_row){.oid = oid,
                               .relation_oid = relation,
                               .primary = kind[0] == 'p',
                               .unique = kind[0] != 'i',
                               .columns = numbers,
                               .options = options,
                               .ncolumns = n});
}

static void add_strict_table(struct catalog_build *b, uint32_t oid, const char *name)
{
    add_relation(b, oid, CAT_TABLE, "app", name);
    catalog_build_column(
        b, &(struct cat_column_row){
               .relation_oid = oid, .type_oid = INT4, .name = STR("code"), .attnum = 1, .not_null = true});
    catalog_build_column(
        b, &(struct cat_column_row){.relation_oid = oid, .type_oid = INT4, .name = STR("a"), .attnum = 2});
}

static void grant(struct catalog_build *b, uint32_t oid, int16_t attnum, const char *role)
{
    catalog_build_grant(b, &(struct cat_grant_row){oid, attnum, str_cstr(role), PRIV_SELECT});
}

static int start(void **state)
{
    struct catalog_build *b = new_build();
    add_table(b, T, "t", "id a b c d");
    add_key(b, 'p', "t_pkey", T, "1");
    add_index(b, 1, T, "primary", "1");
    add_index(b, 2, T, "index", "2d 3 1");
    add_index(b, 3, T, "index", "4 4 1d");
    add_index(b, 4, T, "unique", "5"); /* may be null */
    grant(b, T, 0, "reader");
    grant(b, T, 2, "clerk");
    grant(b, T, 0, "tenant");
    catalog_build_policy(b, &(struct cat_policy_row){T, STR("tenant"), true, true});
    add_relation(b, PARTS, CAT_PARTITIONED, "app", "parts");
    add_columns(b, PARTS, "id a");
    add_index(b, 5, PARTS, "primary", "1");
    add_index(b, 6, PARTS, "index", "2 1");
    add_strict_table(b, MINE, "mine"); /* no primary key, but one as good */
    add_index(b, 7, MINE, "unique", "1d");
    add_table(b, BARE, "bare", "id a");
    add_key(b, 'p', "bare_pkey", BARE, "1"); /* without an index: others inherit from it */
    add_view(b, SIMPLE, "simple", "id a");
    add_shown(b, SIMPLE, 1, T, 1);
    catalog_build_relation(b, &(struct cat_relation_row){.oid = JOINED,
                                  .kind = CAT_VIEW,
                                  .schema = STR("app"),
                                  .name = STR("joined"),
                                  .exposed = true,
                                  .repeats = true});
    add_columns(b, JOINED, "id a");
    add_shown(b, JOINED, 1, T, 1);
    cat = catalog_build_finish(&b);
    arena_init(&arena, 0);
    return 0;
}

static int stop(void **state)
{
    arena_release(&arena);
    catalog_unref(&cat);
    return 0;
}

static struct read_plan plan(const char *relation, const char *query, const char *role)
{
    static const struct query_limits limits = {.max_rows = 1000, .default_limit = 25, .aggregates = true};
    struct read_request req = {.schema = STR("app"),
        .relation = str_cstr(relation),
        .query = str_cstr(query),
        .role = str_cstr(role)};
    struct query_error error;
    struct read_plan p;
    if (!plan_read(&arena, cat, &limits, &req, &p, &error))
        fail_msg("%s: %.*s", query, STR_ARG(error.message));
    return p;
}

/* What stands between ORDER BY and LIMIT, without `t0.` and quotes. */
static const char *order_of(struct str sql)
{
    static char out[200];
    size_t n = 0;
    const char *end = sql.p + sql.n, *p = memmem(sql.p, sql.n, " ORDER BY ", 10);
    for (p = p ? p + 10 : end; p < end && strncmp(p, " LIMIT", 6) != 0 && n + 1 < sizeof out; p++) {
        if (strncmp(p, "t0.", 3) == 0)
            p += 2;
        else if (*p != '"')
            out[n++] = *p;
    }
    out[n] = '\0';
    return out;
}

static void orders_and_whether_they_can_be_sought(void **state)
{
    static const struct {
        const char *relation, *query, *role, *order;
        bool sought;
    } cases[] = {
        {"t", "", "", "id", true},
        {"t", "limit=0", "", "", false},
        {"t", "order=id.desc", "", "id DESC", true},
        {"t", "order=a", "", "a", false}, /* the index has b between */
        {"t", "a=eq.1", "", "", false},
        {"t", "a=eq.1&b=eq.1", "", "id", true},
        {"t", "b=eq.1&a=eq.1&a=eq.2", "", "id", true},
        {"t", "b=eq.1", "", "", false},
        {"t", "order=a.desc,b", "", "a DESC, b, id", true},
        {"t", "order=a,b.desc", "", "a, b DESC, id DESC", true},
        {"t", "order=a,b", "", "a, b", false},
        {"t", "order=a.desc.nullslast,b", "", "a DESC NULLS LAST, b", false},
        {"t", "order=a.desc.nullsfirst,b,a,b", "", "a DESC NULLS FIRST, b, a, b, id", true},
        {"t", "a=eq.1&order=b.desc", "", "b DESC, id DESC", true},
        {"t", "a=eq.1&order=b&b=gte.3&b=lt.9", "", "b, id", true},
        {"t", "a=gt.1&order=a.desc,b", "", "a DESC, b, id", true},
        {"t", "b=gt.1&order=a.desc,b", "", "a DESC, b", false},
        {"t", "c=eq.1", "", "id", true}, /* upwards, although the index goes down */
        {"t", "a=in.(1,2)", "", "", false},
        {"t", "a=not.eq.1&b=eq.1", "", "", false},
        {"t", "or=(a.eq.1,b.eq.1)", "", "", false},
        {"t", "a=is.null&b=eq.1", "", "", false},
        {"t", "d=eq.1", "", "", false},
        {"t", "order=d", "", "d", false},
        {"t", "select=a.sum()", "", "", false},
        {"t", "id=eq.1", "", "", false},
        {"t", "", "reader", "id", true},
        {"t", "select=a", "clerk", "", false},
        {"t", "select=a", "tenant", "", false}, /* a policy is a filter */
        {"t", "order=id", "tenant", "id", true},
        {"parts", "", "", "", false},
        {"parts", "a=eq.1", "", "", false},
        {"parts", "order=a.desc", "", "a DESC, id DESC", true},
        {"mine", "", "", "code", true},
        {"mine", "order=a", "", "a", false},
        {"mine", "order=code,a", "", "code, a", true},
        {"bare", "", "", "", false},
        {"bare", "order=id", "", "id", false},
        {"simple", "", "", "", false},
        {"simple", "order=id", "", "id", true},
        {"joined", "order=id", "", "id", false},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct read_plan p = plan(cases[i].relation, cases[i].query, cases[i].role);
        const char *order = order_of(p.main.sql);
        if (strcmp(order, cases[i].order) != 0 || (p.nkeys > 0) != cases[i].sought)
            fail_msg("%s?%s as %s: %s, %zu keys", cases[i].relation, cases[i].query, cases[i].role, order,
                p.nkeys);
    }
}

/* A token is for one order, which the filters have a part in. */
static void orders_are_told_apart(void **state)
{
    assert_str(plan("t", "", "").seek_order, "1al");
    assert_str(plan("t", "order=a,b.desc", "").seek_order, "2al3df1df");
    assert_str(plan("t", "order=a.desc.nullslast,id", "").seek_order, "2dl1al");
    assert_int_equal(plan("t", "a=eq.1", "").seek_order.n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(orders_and_whether_they_can_be_sought), cmocka_unit_test(orders_are_told_apart)};
    return cmocka_run_group_tests(tests, start, stop);
}
