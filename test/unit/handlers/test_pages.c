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

static void purposes_do_not_meet(void **state)
{
    static const struct str lists[][3] = {{STR_INIT("s"), STR_INIT("r"), STR_INIT("o")},
        {STR_INIT("s\nr"), STR_INIT("o"), STR_INIT("")}, {STR_INIT("s"), STR_INIT("r\no"), STR_INIT("")},
        {STR_INIT("s"), STR_INIT("r\n"), STR_INIT("o")}, {STR_INIT("s"), STR_INIT("r"), STR_INIT("\no")},
        {STR_INIT("s1:r"), STR_INIT("o"), STR_INIT("")}, {STR_INIT("s"), STR_INIT("1:ro"), STR_INIT("")},
        {STR_INIT(""), STR_INIT("sr"), STR_INIT("o")}, {STR_INIT("sr"), STR_INIT(""), STR_INIT("o")}};
    struct arena a;
    struct read_seek seek;
    arena_init(&a, 0);
    for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
        struct str p = page_token_purpose(&a, lists[i][0], lists[i][1], lists[i][2]);
        struct str token = page_token_make(&a, key, p, STR("\x01"), 1);
        for (size_t k = 0; k < ARRAY_LEN(lists); k++) {
            struct str q = page_token_purpose(&a, lists[k][0], lists[k][1], lists[k][2]);
            assert_int_equal(page_token_open(&a, key, q, token, &seek), i == k);
        }
    }
    arena_release(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens_come_back),
        cmocka_unit_test(every_character_counts),
        cmocka_unit_test(purposes_do_not_meet),
    };
    return cmocka_run_group_tests_name("pages", tests, NULL, NULL);
}
