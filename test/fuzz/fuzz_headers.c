/* fuzz_headers: any bytes as the headers that decide how an answer is given. The first byte says which:
 *
 *     a  Accept      p  Prefer      r  Range
 *
 * Lists stay within their bounds and in order, slices within the text; what is answered as Content-Type has
 * only bytes that a header may have. SPDX-License-Identifier: ISC */
#include "query/format.h"
#include "query/parse.h"
#include "query/prefer.h"
#include "test/fuzz/fuzz.h"
#include "test/golden/fixture.h"
#include "util/check.h"

static bool within(struct str text, struct str part)
{
    return part.n == 0 || (part.p >= text.p && part.p + part.n <= text.p + text.n);
}

static void check_accept(struct str text, const struct accept *accept)
{
    CHECK(accept->nitems <= ACCEPT_MAX);
    for (size_t i = 0; i < accept->nitems; i++) {
        const struct accept_item *item = &accept->items[i];
        CHECK(item->q >= 1 && item->q <= 1000 && item->name.n > 0);
        CHECK(i == 0 || accept->items[i - 1].q >= item->q);
        CHECK(str_trim(text).n == 0 || (within(text, item->name) && within(text, item->text)));
        CHECK(item->plan_options < 32);
    }
}

static void choose(
    struct arena *a, const struct catalog *cat, const struct accept *accept, const char *relation)
{
    struct format_offer offer = {.media = FORMAT_ROWS,
        .plans = true,
        .cat = cat,
        .relation = relation ? catalog_relation(cat, STR("erp"), str_cstr(relation)) : NULL,
        .whole = true};
    struct format f;
    if (!format_choose(a, accept, &offer, &f))
        return;
    CHECK(f.content_type.n > 0);
    for (size_t i = 0; i < f.content_type.n; i++)
        CHECK(f.content_type.p[i] >= ' ' && f.content_type.p[i] < 0x7f);
    CHECK(!f.nulls_stripped || f.media == MEDIA_OBJECT || f.media == MEDIA_ARRAY);
    CHECK(!f.handler || f.handler->relation_oid == 0 || f.row_type.n > 0);
}

static void run_accept(struct arena *a, const struct catalog *cat, struct str text)
{
    struct accept accept;
    accept_parse(a, text, &accept);
    check_accept(text, &accept);
    choose(a, cat, &accept, "customers");
    choose(a, cat, &accept, "audit");
    choose(a, cat, &accept, NULL);
    CHECK(format_wanted(a, &accept).n <= text.n + 2 * ACCEPT_MAX + sizeof "*/*");
}

static void run_prefer(struct str text)
{
    struct prefer prefer = {0};
    struct buf out;
    prefer_parse(&prefer, text);
    prefer_parse(&prefer, text);
    for (size_t i = 0; i < prefer.nunknown; i++)
        CHECK(within(text, prefer.unknown[i]));
    buf_init(&out, 0);
    prefer_applied(&prefer, &out);
    buf_release(&out);
}

static void run_range(struct arena *a, struct str text)
{
    const struct query_limits limits = {.max_offset = 1000000};
    struct query_error error;
    struct ast_node *root;
    if (parse_read(a, &limits, STR("offset=3&limit=7"), text, &root, &error))
        CHECK(root->limit <= 7 && root->offset <= limits.max_offset);
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
    if (size < 1)
        return 0;
    struct str text = str_make((const char *)data + 1, size - 1);
    switch (data[0]) {
    case 'a': run_accept(&arena, cat, text); break;
    case 'p': run_prefer(text); break;
    case 'r': run_range(&arena, text); break;
    }
    arena_reset(&arena);
    return 0;
}
