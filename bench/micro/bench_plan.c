/* bench_plan: microseconds to plan typical requests, over the catalog of the golden tests.
 * SPDX-License-Identifier: ISC */
#include "query/plan.h"
#include "test/golden/fixture.h"

#include <stdio.h>
#include <time.h>

#define ROUNDS 200000

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static bool plan(struct arena *a, const struct catalog *cat, const char *query)
{
    static const struct query_limits limits = {.max_rows = 1000,
        .default_limit = 25,
        .embed_depth = 8,
        .embeds = 32,
        .filters = 64,
        .tree_depth = 16,
        .select_items = 256};
    struct read_request req = {
        .schema = STR("erp"), .relation = STR("orders"), .query = str_cstr(query), .count = COUNT_EXACT};
    struct read_plan p;
    struct query_error error;
    return plan_read(a, cat, &limits, &req, &p, &error);
}

int main(void)
{
    static const char *const queries[] = {
        "id=eq.1",
        "select=id,order_no,total,customers(id,name),order_lines(line_no,qty,products(name))&status=eq.open"
        "&placed_on=gte.2025-01-01&order=placed_on.desc&limit=25&offset=50",
        "select=*,customers(*)&offset=10&limit=10&order=id.desc&order_no=ilike.%25a%25&total=gte.1&total=lte."
        "2"
        "&or=(note.eq.1,order_no.ilike.%22%25z%25%22)",
    };
    struct catalog *cat = fixture_catalog();
    struct arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < ARRAY_LEN(queries); i++) {
        double start = now();
        for (int round = 0; round < ROUNDS; round++) {
            if (!plan(&a, cat, queries[i]))
                return 1;
            arena_reset(&a);
        }
        printf("%6.2f us  %s\n", (now() - start) / ROUNDS, queries[i]);
    }
    arena_release(&a);
    catalog_unref(&cat);
    return 0;
}
