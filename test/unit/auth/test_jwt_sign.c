/* Unit tests of auth/jwt_sign: what it signs, auth/jwt accepts. SPDX-License-Identifier: ISC */
#include "auth/jwt.h"
#include "auth/jwt_sign.h"
#include "test/unit/auth/authenticate.h"
#include "test/unit/auth/vectors.h"
#include "test/unit/test.h"

#define SECRET "a secret of more than thirty-two bytes"

static char error[256];

static void signs_what_the_server_accepts(void **state)
{
    struct jwt *j = jwt_create(&(struct jwt_options){.secret = STR(SECRET)}, error, sizeof error);
    struct arena a;
    struct buf out;
    struct principal p;
    arena_init(&a, 0);
    buf_init(&out, 0);
    buf_append(&out, STR("kept "));
    assert_true(jwt_sign_hs256(STR(SECRET), false, STR("{\"role\":\"editor\",\"sub\":\"7\",\"exp\":1000}"),
        &out, error, sizeof error));
    assert_true(str_starts(buf_str(&out), STR("kept eyJ")));
    struct str token = str_sub(buf_str(&out), 5, SIZE_MAX);
    assert_int_equal(jwt_authenticate(j, token, 999, &a, &p), JWT_OK);
    assert_str(p.role, "editor");
    assert_str(p.subject, "7");
    assert_int_equal(p.expires, 1000);
    buf_release(&out);
    arena_release(&a);
    jwt_free(&j);
}

static void repeats_the_vector_of_the_rfc(void **state)
{
    /* RFC 7515 A.1.1 with our header, so only the second part is the RFC's; the signature is then verified.
     */
    struct jwt *j =
        jwt_create(&(struct jwt_options){.secret = str_cstr(RFC7515_HS_KEY), .anon_role = STR("anon")}, error,
            sizeof error);
    struct arena a;
    struct buf out;
    struct principal p;
    arena_init(&a, 0);
    buf_init(&out, 0);
    assert_true(jwt_sign_hs256(str_cstr(RFC7515_HS_KEY), false,
        STR("{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}"), &out,
        error, sizeof error));
    assert_int_equal(jwt_authenticate(j, buf_str(&out), 1300819380, &a, &p), JWT_OK);
    const char *payload = strchr(RFC7515_HS256, '.') + 1;
    assert_non_null(memmem(out.data, out.tail, payload, (size_t)(strrchr(payload, '.') - payload)));
    buf_release(&out);
    arena_release(&a);
    jwt_free(&j);
}

static void names_the_key(void **state)
{
    static const char set[] = "{\"keys\":[{\"kty\":\"oct\",\"kid\":\"k-1\","
                              "\"k\":\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHv8\"}]}";
    struct jwt *j = jwt_create(
        &(struct jwt_options){.secret = str_cstr(set), .anon_role = STR("anon")}, error, sizeof error);
    struct arena a;
    struct buf out;
    struct principal p;
    arena_init(&a, 0);
    buf_init(&out, 0);
    assert_true(jwt_sign_hs256(str_cstr(set), false, STR("{}"), &out, error, sizeof error));
    assert_int_equal(jwt_authenticate(j, buf_str(&out), 0, &a, &p), JWT_OK);
    buf_release(&out);
    arena_release(&a);
    jwt_free(&j);
}

static void refuses(void **state)
{
    struct buf out;
    buf_init(&out, 0);
    assert_false(jwt_sign_hs256(STR(SECRET), false, STR("[]"), &out, error, sizeof error));
    assert_non_null(strstr(error, "JSON object"));
    assert_false(jwt_sign_hs256(STR(SECRET), false, STR("{\"a\":1,\"a\":2}"), &out, error, sizeof error));
    assert_false(jwt_sign_hs256(STR("short"), false, STR("{}"), &out, error, sizeof error));
    assert_false(jwt_sign_hs256(str_cstr(RFC7515_P256_KEY), false, STR("{}"), &out, error, sizeof error));
    assert_non_null(strstr(error, "HS256"));
    assert_int_equal(buf_len(&out), 0);
    buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signs_what_the_server_accepts),
        cmocka_unit_test(repeats_the_vector_of_the_rfc),
        cmocka_unit_test(names_the_key),
        cmocka_unit_test(refuses),
    };
    return cmocka_run_group_tests_name("jwt_sign", tests, NULL, NULL);
}
