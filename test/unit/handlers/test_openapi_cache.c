/* Unit tests of handlers/openapi_cache. SPDX-License-Identifier: ISC */
#include "handlers/openapi_cache.h"
#include "test/unit/test.h"

static struct openapi_key key(uint64_t catalog, const char *role, int version)
{
    return (struct openapi_key){
        .catalog = catalog, .schema = STR("api"), .role = str_cstr(role), .version = version};
}

static struct openapi_doc *put(struct openapi_cache *c, struct openapi_key k, const char *text)
{
    struct buf b;
    buf_init(&b, 0);
    buf_append(&b, str_cstr(text));
    struct openapi_doc *doc = openapi_cache_put(c, &k, &b);
    assert_int_equal(b.cap, 0);
    return doc;
}

static bool has(struct openapi_cache *c, struct openapi_key k)
{
    struct openapi_doc *doc = openapi_cache_get(c, &k);
    if (doc)
        openapi_doc_unref(doc);
    return doc != NULL;
}

static void keeps_what_differs_apart(void **state)
{
    struct openapi_cache *c = openapi_cache_create(1 << 20);
    openapi_doc_unref(put(c, key(1, "a", 2), "two"));
    openapi_doc_unref(put(c, key(1, "a", 3), "three"));
    openapi_doc_unref(put(c, key(1, "b", 2), "other"));
    struct openapi_key k = key(1, "a", 3);
    struct openapi_doc *doc = openapi_cache_get(c, &k);
    assert_str(blob_str(openapi_doc_text(doc)), "three");
    assert_false(has(c, key(2, "a", 3)));
    openapi_cache_free(&c);
    assert_str(blob_str(openapi_doc_text(doc)), "three");
    openapi_doc_unref(doc);
}

static void first_of_two_alike_stays(void **state)
{
    struct openapi_cache *c = openapi_cache_create(1 << 20);
    struct openapi_doc *first = put(c, key(1, "a", 2), "same"), *second = put(c, key(1, "a", 2), "same");
    assert_ptr_equal(first, second);
    openapi_doc_unref(first);
    openapi_doc_unref(second);
    openapi_cache_free(&c);
}

static void newer_catalogs_replace_older_ones(void **state)
{
    struct openapi_cache *c = openapi_cache_create(1 << 20);
    openapi_doc_unref(put(c, key(1, "a", 2), "old"));
    openapi_doc_unref(put(c, key(2, "b", 2), "new"));
    assert_false(has(c, key(1, "a", 2)));
    assert_true(has(c, key(2, "b", 2)));
    openapi_cache_free(&c);
}

static void longest_unused_leaves_and_newest_stays(void **state)
{
    struct openapi_cache *c = openapi_cache_create(40000);
    openapi_doc_unref(put(c, key(1, "a", 2), "x"));
    openapi_doc_unref(put(c, key(1, "b", 2), "x"));
    assert_true(has(c, key(1, "a", 2)));
    for (int i = 0; i < 20; i++) {
        char role[2] = {(char)('c' + i), 0};
        openapi_doc_unref(put(c, key(1, role, 2), "x"));
        assert_true(has(c, key(1, "a", 2)));
    }
    assert_false(has(c, key(1, "b", 2)));
    openapi_cache_free(&c);
    c = openapi_cache_create(0);
    openapi_doc_unref(put(c, key(1, "a", 2), "larger than its room"));
    assert_true(has(c, key(1, "a", 2)));
    openapi_cache_free(&c);
}

/* Other servers must come to the same tag: it is FNV-1a of the text (the vector is the authors' own). */
static void tags_are_of_the_text_alone(void **state)
{
    struct openapi_cache *c = openapi_cache_create(0);
    struct openapi_doc *doc = put(c, key(1, "a", 2), "foobar");
    assert_str(openapi_doc_etag(doc), "\"85944171f73967e8\"");
    openapi_doc_unref(doc);
    openapi_cache_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_what_differs_apart),
        cmocka_unit_test(first_of_two_alike_stays),
        cmocka_unit_test(newer_catalogs_replace_older_ones),
        cmocka_unit_test(longest_unused_leaves_and_newest_stays),
        cmocka_unit_test(tags_are_of_the_text_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
