/* Unit tests of handlers/pages: tokens. SPDX-License-Identifier: ISC */
#include "handlers/pages.h"
#include "test/unit/test.h"

static const uint64_t key[2] = {0x0123456789abcdefu, 42};

static void tokens_come_back(void **state)
{
    struct arena a;
    struct read_seek seek = {.there = false};
    arena_init(&a, 0);
    struct str values = STR("\x02\0"
                            "17\xff\xff"),
               purpose = STR("erp\norders\nid");
    struct str token = page_token_make(&a, key, purpose, values, 20);
    assert_true(page_token_open(&a, key, purpose, token, &seek));
    assert_true(seek.there && seek.position == 20 && str_eq(seek.values, values));
    arena_release(&a);
}

static void every_character_counts(void **state)
{
    struct arena a;
    struct read_seek seek;
    arena_init(&a, 0);
    struct str token = page_token_make(&a, key, STR("p"),
        STR("\x01\0"
            "7"),
        1);
    for (size_t i = 0; i < token.n; i++) {
        char *copy = arena_cstr(&a, token);
        copy[i] = copy[i] == 'A' ? 'B' : 'A';
        assert_false(page_token_open(&a, key, STR("p"), str_make(copy, token.n), &seek));
        assert_false(page_token_open(&a, key, STR("p"), str_sub(token, 0, i), &seek));
    }
    assert_false(page_token_open(&a, (const uint64_t[]){key[0], 43}, STR("p"), token, &seek));
    assert_false(page_token_open(&a, key, STR("q"), token, &seek));
    arena_release(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens_come_back),
        cmocka_unit_test(every_character_counts),
    };
    return cmocka_run_group_tests_name("pages", tests, NULL, NULL);
}
