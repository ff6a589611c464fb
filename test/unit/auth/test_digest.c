/* Unit tests of auth/digest, against values computed by another implementation. SPDX-License-Identifier: ISC
 */
#include "auth/digest.h"
#include "test/unit/test.h"
#include "util/hex.h"

static void expect(const uint8_t *digest, const char *hex)
{
    char text[DIGEST_HEX];
    hex_encode(text, digest, DIGEST_BYTES);
    assert_memory_equal(text, hex, DIGEST_HEX);
}

static void hashes_parts_behind_their_lengths(void **state)
{
    uint8_t d[DIGEST_BYTES];
    digest_sha256(NULL, 0, d);
    expect(d, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    digest_sha256((const struct str[]){STR("a"), STR("bc")}, 2, d);
    expect(d, "9a8acca1b6c6c0befd3fbc756aed625da998c998f7252e738c4ef061906b9b21");
    digest_sha256((const struct str[]){STR("ab"), STR("c")}, 2, d);
    expect(d, "43ee655579de01ca739b3f95c1c2d3f46d353b2c0df818064ea594506cdb2617");
}

static void signs_with_a_key(void **state)
{
    uint8_t d[DIGEST_BYTES], other[DIGEST_BYTES];
    const struct str parts[] = {STR("a"), STR("")};
    digest_hmac_sha256(STR("key"), parts, 2, d);
    expect(d, "190a8aeb7a7fa79547efad941bcf3275955b8e9ac198701e3681c618667a5565");
    digest_hmac_sha256(STR("kez"), parts, 2, other);
    assert_false(digest_equal(d, other, DIGEST_BYTES));
    assert_true(digest_equal(d, d, DIGEST_BYTES));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes_parts_behind_their_lengths),
        cmocka_unit_test(signs_with_a_key),
    };
    return cmocka_run_group_tests_name("digest", tests, NULL, NULL);
}
