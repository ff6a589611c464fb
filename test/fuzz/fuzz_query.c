/* fuzz_query: any bytes as a request to the planner, over the catalog of the golden tests.
 *
 *     byte 0        which relation, byte 1 flags, then the query string, a newline, the Range header,
 *     a newline, a Prefer header, a newline, an Accept header
 *
 * What must hold of every plan is checked here: outside of quoted identifiers and literals the SQL has no
 * byte that could end a statement, begin a comment or leave a quote, its parentheses match, its parameters
 * are all there, and the shape stays within the columns. SPDX-License-Identifier: ISC */
#include "query/accept.h"
#include "query/plan.h"
#include "query/prefer.h"
#include "test/fuzz/check_sql.h"
#include "test/fuzz/fuzz.h"
#include "test/golden/fixture.h"
#include "util/check.h"

static const struct {
    struct str schema, name;
} relations[] = {{{"erp", 3}, {"orders", 6}}, {{"erp", 3}, {"customers", 9}},
    {{"erp", 3}, {"order_lines", 11}}, {{"erp", 3}, {"employees", 9}}, {{"erp", 3}, {"products", 8}},
    {{"erp", 3}, {"order_overview", 14}}, {{"erp", 3}, {"Odd Table", 9}}, {{"ref", 3}, {"countries", 9}},
    {{"erp", 3}, {"nothing", 7}}};

static void check_plan(const struct read_plan *plan)
{
    check_sql(&plan->main);
    check_shape(&plan->shape);
    if (plan->count.sql.n) {
        check_sql(&plan->count);
        check_sql(&plan->estimate);
    }
    CHECK(plan->ntables > 0 && plan->tables[0] == plan->relation);
}

static void plan(struct arena *a, const struct catalog *cat, uint8_t relation, uint8_t flags, struct str text)
{
    const struct query_limits limits = {.max_rows = flags & 1 ? 1000 : 0,
        .default_limit = flags & 2 ? 25 : 0,
        .embed_depth = flags & 4 ? 3 : 0,
        .embeds = 20,
        .filters = flags & 8 ? 30 : 0,
        .tree_depth = 10,
        .aggregates = flags & 16,
        .legacy_names = flags & 32};
    struct str line = {NULL, 0}, query = {NULL, 0};
    struct read_request req = {.schema = relations[relation % ARRAY_LEN(relations)].schema,
        .relation = relations[relation % ARRAY_LEN(relations)].name,
        .unbounded = flags & 64};
    struct read_plan plan;
    struct query_error error;
    struct prefer prefer = {0};
    struct accept accept;
    struct format format;
    if (str_split(&text, '\n', &query))
        req.query = query;
    if (str_split(&text, '\n', &line))
        req.range = line;
    if (str_split(&text, '\n', &line))
        prefer_parse(&prefer, line);
    req.count = prefer.count;
    accept_parse(a, text, &accept);
    struct format_offer offer = {.media = FORMAT_ROWS,
        .plans = true,
        .cat = cat,
        .relation = catalog_relation(cat, req.schema, req.relation),
        .whole = format_selects_whole(a, req.query)};
    if (!format_choose(a, &accept, &offer, &format))
        return;
    req.format = &format;
    if (plan_read(a, cat, &limits, &req, &plan, &error))
        check_plan(&plan);
    else
        CHECK(error.message.n > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct catalog *cat;
    static struct arena arena;
    if (!cat) {
        cat = fixture_catalog();
        arena_init(&arena, 0);
    }
    if (size < 2)
        return 0;
    plan(&arena, cat, data[0], data[1], str_make((const char *)data + 2, size - 2));
    arena_reset(&arena);
    return 0;
}
