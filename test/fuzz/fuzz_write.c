/* fuzz_write: any bytes as a write or a call, over the catalog of the golden tests.
 *
 *     byte 0   which relation or function     byte 1   method and type of the body
 *     byte 2   flags; then the query string, a newline, and the body
 *
 * Bodies that are taken must be valid, their keys distinct; statements are checked as those of reads are, and
 * nothing of a body may be part of one. SPDX-License-Identifier: ISC */
#include "query/call.h"
#include "query/write.h"
#include "test/fuzz/check_sql.h"
#include "test/fuzz/fuzz.h"
#include "test/golden/fixture.h"
#include "util/check.h"
#include "util/json_scan.h"
#include "util/utf8.h"

static const struct str relations[] = {{"orders", 6}, {"customers", 9}, {"order_lines", 11}, {"audit", 5},
    {"order_overview", 14}, {"Odd Table", 9}, {"nothing", 7}};
static const struct str functions[] = {
    {"orders_of", 9}, {"place_order", 11}, {"tag_all", 7}, {"tidy", 4}, {"picture", 7}, {"nothing", 7}};

/* The formats that make statements differ. */
static const struct str accepts[] = {{"*/*", 3}, {"application/vnd.pgrst.object", 28}, {"text/csv", 8},
    {"application/vnd.pgrst.array+json;nulls=stripped", 47}, {"application/yaml", 16}, {"text/vcard", 10},
    {"application/geo+json", 20}, {"application/vnd.pgrst.plan;for=\"image/png\"", 42}, {"image/png", 9}};
#define OFFER ((struct format_offer){.media = FORMAT_ROWS, .plans = true})

static const struct query_limits limits = {.max_rows = 1000,
    .embed_depth = 3,
    .embeds = 20,
    .filters = 30,
    .tree_depth = 10,
    .document_lines = 5,
    .aggregates = true,
    .legacy_names = true};

static void check_payload(const struct payload_options *options, const struct payload *p)
{
    struct json_scan s;
    enum json_token t;
    json_scan_init(&s, str_cstr(p->json), JSON_SCAN_DEPTH);
    do
        t = json_scan_next(&s);
    while (t > JSON_END_OF_TEXT);
    CHECK(t == JSON_END_OF_TEXT);
    CHECK(!options->records || p->kind != PAYLOAD_VALUE);
    CHECK(options->keys || p->nkeys == 0);
    for (size_t i = 0; i < p->nkeys && i < 50; i++) {
        CHECK(utf8_valid(p->keys[i]));
        for (size_t k = 0; k < i; k++)
            CHECK(!str_eq(p->keys[i], p->keys[k]));
    }
}

static void write(struct arena *a, const struct catalog *cat, uint8_t which, uint8_t method, uint8_t flags,
    struct str query, struct str body)
{
    struct payload payload;
    struct query_error error;
    struct payload_options options = {.type = (enum payload_type)(method / 4 % 3),
        .max_depth = 20,
        .records = true,
        .keys = !write_names_columns(a, query),
        .max_json = 100000};
    struct accept accept;
    struct format format;
    struct format_offer offer = OFFER;
    offer.cat = cat;
    offer.relation = catalog_relation(cat, STR("erp"), relations[which % ARRAY_LEN(relations)]);
    offer.whole = format_selects_whole(a, query);
    accept_parse(a, accepts[method / 12 % ARRAY_LEN(accepts)], &accept);
    if (!format_choose(a, &accept, &offer, &format))
        return;
    struct write_request req = {.verb = (enum write_verb)(method % 4),
        .schema = STR("erp"),
        .relation = relations[which % ARRAY_LEN(relations)],
        .query = query,
        .payload = method % 4 == WRITE_DELETE ? NULL : &payload,
        .returning = (enum prefer_return)(flags % 4),
        .resolution =
            method % 4 == WRITE_PUT ? RESOLUTION_MERGE_DUPLICATES : (enum prefer_resolution)(flags / 4 % 3),
        .missing_default = flags & 16,
        .format = &format,
        .singular = format.media == MEDIA_OBJECT,
        .has_max = flags & 64};
    struct write_plan plan;
    if (req.payload && !payload_read(a, &options, body, &payload, &error)) {
        CHECK(error.code == QUERY_BODY && error.message.n > 0);
        return;
    }
    if (req.payload)
        check_payload(&options, &payload);
    if (!plan_write(a, cat, &limits, &req, &plan, &error)) {
        CHECK(error.message.n > 0);
        return;
    }
    check_sql(&plan.main);
    for (size_t i = 0; i < plan.nlines; i++)
        check_sql(&plan.lines[i].stmt);
    if (plan.shown.sql.n)
        check_sql(&plan.shown);
    if (plan.answer == WRITE_ROWS)
        check_shape(&plan.shape);
}

static void call(struct arena *a, const struct catalog *cat, uint8_t which, uint8_t method, uint8_t flags,
    struct str query, struct str body)
{
    struct payload payload;
    struct query_error error;
    struct payload_options options = {.max_depth = 20, .keys = true};
    struct accept accept;
    accept_parse(a, accepts[method / 6 % ARRAY_LEN(accepts)], &accept);
    struct call_request req = {.schema = STR("erp"),
        .name = functions[which % ARRAY_LEN(functions)],
        .query = query,
        .body = (enum call_body)(method % 6),
        .payload = &payload,
        .raw = body,
        .count = flags & 1 ? COUNT_EXACT : COUNT_NONE,
        .accept = &accept,
        .offer = OFFER,
        .has_max = flags & 4};
    struct call_plan plan;
    bool text = req.body == CALL_BODY_TEXT || req.body == CALL_BODY_XML;
    if (text && (!utf8_valid(body) || str_find(body, '\0') < body.n))
        return;
    if (req.body == CALL_BODY_JSON && !payload_read(a, &options, body, &payload, &error))
        return;
    if (!plan_call(a, cat, &limits, &req, &plan, &error)) {
        CHECK(error.message.n > 0);
        return;
    }
    check_sql(&plan.main);
    check_shape(&plan.shape);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct catalog *cat;
    static struct arena arena;
    if (!cat) {
        cat = fixture_catalog();
        arena_init(&arena, 0);
    }
    if (size < 3)
        return 0;
    struct str body = str_make((const char *)data + 3, size - 3), query = {NULL, 0};
    size_t end = str_find(body, '\n');
    query = str_sub(body, 0, end);
    body = str_sub(body, end + 1, body.n);
    if (data[0] & 0x80)
        call(&arena, cat, data[0] & 0x7f, data[1], data[2], query, body);
    else
        write(&arena, cat, data[0], data[1], data[2], query, body);
    arena_reset(&arena);
    return 0;
}
