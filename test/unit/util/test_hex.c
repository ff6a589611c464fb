/* Unit tests of util/hex. SPDX-License-Identifier: ISC */
#include "test/unit/test.h"
#include "util/hex.h"

static void there_and_back(void **state)
{
    uint8_t bytes[256], back[256];
    char text[512];
    for (int i = 0; i < 256; i++)
        bytes[i] = (uint8_t)i;
    assert_ptr_equal(hex_encode(text, bytes, 256), text + 512);
    assert_memory_equal(text + 2 * 0xab, "abac", 4);
    assert_true(hex_decode(back, str_make(text, 512)));
    assert_memory_equal(back, bytes, 256);
}

static void refuses(void **state)
{
    uint8_t out[4];
    assert_true(hex_decode(out, STR("")));
    assert_true(hex_decode(out, STR("AbFf")));
    assert_int_equal(out[0], 0xab);
    assert_int_equal(out[1], 0xff);
    static const char *const bad[] = {"a", "0g", "g0", "0 ", "\xc1\xc2", "0x", "@A", "`a", ":0"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_false(hex_decode(out, str_cstr(bad[i])));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(there_and_back), cmocka_unit_test(refuses)};
    return cmocka_run_group_tests_name("hex", tests, NULL, NULL);
}
