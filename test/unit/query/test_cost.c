/* Unit tests of what a query string may cost: whatever it says, planning it takes memory in proportion to its
 * length and next to no time. The bounds are generous (a sanitizer and a busy machine pass them); what is not
 * linear goes beyond them by orders of magnitude. SPDX-License-Identifier: ISC */
#include "query/call.h"
#include "query/plan.h"
#include "query_test.h"
#include "test/golden/fixture.h"
#include "util/buf.h"

#include <time.h>

#define FORM ((size_t)1 << 20) /* limit-body: filters may come as a form */
#define LINE ((size_t)16000)   /* limit-request-line */

static struct catalog *cat;
/* As server/config.def has them. */
static const struct query_limits usual = {.embed_depth = 8,
    .embeds = 32,
    .filters = 1000,
    .tree_depth = 16,
    .select_items = 500,
    .document_lines = 1000,
    .aggregates = true,
    .legacy_names = true};

/* `begin`, then `piece` again and again up to `size` bytes or `max` times, then `end`. */
static struct str repeat(const char *begin, const char *piece, const char *end, size_t size, size_t max)
{
    struct buf b;
    buf_init(&b, 0);
    buf_append(&b, str_cstr(begin));
    for (size_t i = 0; i < max && buf_len(&b) + strlen(piece) + strlen(end) <= size; i++)
        buf_append(&b, str_cstr(piece));
    buf_append(&b, str_cstr(end));
    struct str text = arena_str(&arena, buf_str(&b));
    buf_release(&b);
    return text;
}

/* The piece with `fill` in place of its `~`. */
static const char *filled(const char *piece, const char *with, size_t n)
{
    struct buf b;
    buf_init(&b, 0);
    for (const char *p = piece; *p; p++) {
        for (size_t i = 0; *p == '~' && i < n; i++)
            buf_append(&b, str_cstr(with));
        if (*p != '~')
            buf_append_char(&b, *p);
    }
    struct str text = arena_str(&arena, buf_str(&b));
    buf_release(&b);
    return text.p;
}

struct cost {
    double seconds;
    size_t bytes;
};

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static struct cost cost_of_read(const char *relation, struct str query)
{
    struct arena own;
    struct read_plan p;
    arena_init(&own, 0);
    struct read_request req = {.schema = STR("erp"), .relation = str_cstr(relation), .query = query};
    double start = now();
    (void)!plan_read(&own, cat, &usual, &req, &p, &error);
    struct cost cost = {now() - start, own.bytes};
    arena_release(&own);
    return cost;
}

static void check_cost(const char *what, struct cost cost, size_t n)
{
    if (cost.seconds > 2 || cost.bytes > 400 * n + 65536)
        fail_msg("%s, %zu bytes: %.3f s, %zu bytes of memory", what, n, cost.seconds, cost.bytes);
}

static void reads_cost_what_their_text_does(void **state)
{
    const char *embeds =
        "select=~c:customers(name),a:addresses!orders_ship_to_fkey(city),order_lines(qty),shipments(id)";
    const struct {
        const char *what, *relation;
        struct str query;
    } cases[] = {
        {"lists in a tree", "orders",
            repeat("or=(id.eq.1", filled(",id.in.(~1)", "1,", 500), ")", FORM, 989)},
        {"short lists in a tree", "orders",
            repeat("and=(id.eq.1", ",id.in.(1)", filled(",note.eq.~)", "x", FORM - 20000), FORM, 989)},
        {"quoted lists", "orders", repeat("note=in.(", "\"\\\"\\,\",", "x)", FORM, FORM)},
        {"quotes that are none", "orders", repeat("note=in.(", "\"a,\"b\\\",", "x)", FORM, FORM)},
        {"items", "orders", repeat("select=", "id,", "id", LINE, 499)},
        {"more items", "orders", repeat("select=", "id,", "id", FORM, FORM)},
        {"items with casts", "orders", repeat("select=", "x:note::text,", "id", LINE, 499)},
        {"stars", "shipments", repeat("select=", "*,", "*", LINE, 499)},
        {"paths", "customers", repeat("select=", "meta->a->b->c->d,", "id", LINE, 499)},
        {"long path", "customers", repeat("select=meta", "->a", "", FORM, FORM)},
        {"filters", "orders", repeat("", "id=eq.1&", "", FORM, 1000)},
        {"more filters", "orders", repeat("", "id=eq.1&", "", FORM, FORM)},
        {"filters without operators", "orders", repeat("", "x=&", "", FORM, FORM)},
        {"names without values", "orders", repeat("", "x&", "", FORM, FORM)},
        {"ampersands", "orders", repeat("", "&", "", FORM, FORM)},
        {"trees", "orders", repeat("", "or=(id.eq.1,id.eq.2)&", "", FORM, 500)},
        {"deep tree", "orders", repeat("or=(id.eq.1", ",and(id.eq.1", filled("~", ")", 15), FORM, 14)},
        {"deeper tree", "orders", repeat("or=(id.eq.1", ",and(id.eq.1", "", FORM, FORM)},
        {"filters on embeds", "orders",
            repeat(filled(embeds, "id,", 400), "&order_lines.qty=eq.1", "", FORM, 1000)},
        {"questions about embeds", "orders",
            repeat(filled(embeds, "id,", 400), "&shipments=is.null", "", FORM, 1000)},
        {"orders of embeds", "orders", repeat(filled(embeds, "id,", 400), "", "&order=c(name)", FORM, 1)},
        {"more orders of embeds", "orders",
            repeat(filled(embeds, "id,", 400), "&order=c(name)", ",c(name)", FORM, 1)},
        {"orders", "orders", repeat("select=id&limit=5&order=", "id,", "id", FORM, 999)},
        {"orders of groups", "orders",
            repeat(filled("select=~total.sum()&order=note", "placed_on,id,note,status,", 90),
                ",placed_on.desc", "", FORM, 990)},
        {"unknown name", "orders", repeat("", filled("~=eq.1", "x", FORM - 100), "", FORM, 1)},
        {"unknown column", "orders", repeat("select=", "nota", "", 60, 60)},
        {"indexes of a name", "orders", repeat("id", "[0]", "=eq.1", FORM, FORM)},
        {"dots", "orders", repeat("id", ".id", "=eq.1", FORM, FORM)},
        {"blanks", "orders", repeat("select=", " ", "id", FORM, FORM)},
        {"escapes", "orders", repeat("select=\"", "\\\\", "\"", FORM, FORM)},
        {"braces", "customers", repeat("or=(tags.cs.", "{", ")", FORM, FORM)},
        {"many embeds", "orders", repeat("select=id", ",customers(orders(customers(id)))", "", LINE, 10)},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        check_cost(cases[i].what, cost_of_read(cases[i].relation, cases[i].query), cases[i].query.n);
}

static struct cost cost_of_call(const char *name, struct str form)
{
    struct arena own;
    struct call_plan p;
    arena_init(&own, 0);
    static const struct accept accept;
    struct call_request req = {
        .schema = STR("erp"), .name = str_cstr(name), .body = CALL_BODY_FORM, .raw = form, .accept = &accept};
    double start = now();
    (void)!plan_call(&own, cat, &usual, &req, &p, &error);
    struct cost cost = {now() - start, own.bytes};
    arena_release(&own);
    return cost;
}

static void forms_of_calls_too(void **state)
{
    const struct {
        const char *what, *function;
        struct str form;
    } cases[] = {
        {"names", "nothing", repeat("", "x&", "", FORM, FORM)},
        {"other names", "place_order", repeat("", "x&y=1&", "", FORM, FORM)},
        {"variadic", "tag_all", repeat("prefix=a", "&tags=b", "", FORM, FORM)},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        check_cost(cases[i].what, cost_of_call(cases[i].function, cases[i].form), cases[i].form.n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_cost_what_their_text_does), cmocka_unit_test(forms_of_calls_too)};
    cat = fixture_catalog();
    int failed = RUN(tests);
    catalog_unref(&cat);
    return failed;
}
