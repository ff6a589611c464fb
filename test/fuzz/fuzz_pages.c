/* fuzz_pages: any bytes as a page token: what is opened must be what would be made of it again, and nothing
 * may be opened under another key. SPDX-License-Identifier: ISC */
#include "handlers/pages.h"
#include "test/fuzz/fuzz.h"
#include "util/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint64_t key[2] = {1, 2}, other[2] = {1, 3};
    struct arena a;
    struct read_seek seek = {.there = false};
    struct str input = {(const char *)data, size}, purpose = STR("erp\norders\n");
    arena_init(&a, 0);
    if (page_token_open(&a, key, purpose, input, &seek)) {
        CHECK(str_eq(page_token_make(&a, key, purpose, seek.values, seek.position), input));
        CHECK(!page_token_open(&a, other, purpose, input, &seek));
    }
    struct str token = page_token_make(&a, key, purpose, str_sub(input, 0, 512), size);
    CHECK(page_token_open(&a, key, purpose, token, &seek) && seek.position == size);
    CHECK(str_eq(seek.values, str_sub(input, 0, 512)));
    CHECK(!page_token_open(&a, key, STR("erp\norders\nid"), token, &seek));
    arena_release(&a);
    return 0;
}
