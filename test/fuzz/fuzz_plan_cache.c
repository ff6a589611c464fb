/* fuzz_plan_cache: two requests in a row through one plan cache. The second must get what it gets from an
 * empty cache, and both what the planner says of their own text: no request is ever given a plan, a parameter
 * or a Content-Location that another one has left behind.
 *
 *     byte 0        which relation, byte 1 flags, then a query string, a newline, another query string
 *
 * SPDX-License-Identifier: ISC */
#include "handlers/plan_cache.h"
#include "test/fuzz/fuzz.h"
#include "test/golden/fixture.h"
#include "util/check.h"

static const struct str relations[] = {{"orders", 6}, {"customers", 9}, {"order_lines", 11}, {"products", 8}};
static const struct query_limits limits = {.embed_depth = 3,
    .embeds = 20,
    .filters = 40,
    .tree_depth = 10,
    .aggregates = true,
    .legacy_names = true};

static struct plan_cache *new_cache(struct metrics *metrics)
{
    return plan_cache_create(
        &(struct plan_cache_options){.max_entries = 64, .limits = limits, .metrics = metrics});
}

static void check_same_stmt(const struct db_stmt *have, const struct plan_stmt *want)
{
    CHECK(str_eq(have->sql, want->sql) && (size_t)have->nparams == want->nparams);
    for (size_t i = 0; i < want->nparams; i++) {
        const char *p = have->params[i], *q = want->params[i];
        CHECK(p && q ? strcmp(p, q) == 0 : p == q);
    }
}

static bool read_cached(struct arena *a, struct plan_cache *c, struct catalog *cat,
    const struct read_request *r, struct bound_plan *out)
{
    struct query_error error;
    return plan_cache_read(c, a, cat, r, out, &error);
}

static void check_request(struct arena *a, struct plan_cache *used, struct catalog *cat,
    struct metrics *metrics, const struct read_request *r)
{
    struct plan_cache *fresh = new_cache(metrics);
    struct bound_plan have, alone;
    struct read_plan plan;
    struct query_error error;
    bool ok = read_cached(a, used, cat, r, &have);
    CHECK(read_cached(a, fresh, cat, r, &alone) == ok);
    CHECK(plan_read(a, cat, &limits, r, &plan, &error) == ok);
    if (ok) {
        CHECK(str_eq(have.canonical, alone.canonical));
        check_same_stmt(&have.main, &plan.main);
        check_same_stmt(&alone.main, &plan.main);
        check_same_stmt(&have.count, &plan.count);
    }
    arena_reset(a); /* the references into the cache */
    plan_cache_free(&fresh);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct catalog *cat;
    static struct metrics metrics;
    static struct arena arena;
    if (!cat) {
        cat = fixture_catalog();
        metrics_init(&metrics);
        arena_init(&arena, 0);
    }
    if (size < 2)
        return 0;
    struct str text = str_make((const char *)data + 2, size - 2), query;
    struct plan_cache *cache = new_cache(&metrics);
    for (int i = 0; i < 3 && str_split(&text, '\n', &query); i++) {
        struct read_request r = {.schema = STR("erp"),
            .relation = relations[data[0] % ARRAY_LEN(relations)],
            .role = STR("reader"),
            .query = query,
            .count = data[1] & 1 ? COUNT_EXACT : COUNT_NONE};
        check_request(&arena, cache, cat, &metrics, &r);
    }
    plan_cache_free(&cache);
    return 0;
}
