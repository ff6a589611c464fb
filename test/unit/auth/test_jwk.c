/* Unit tests of auth/jwk and auth/jwk_key. SPDX-License-Identifier: ISC */
#include "auth/jwk.h"
#include "test/unit/auth/signer.h"
#include "test/unit/auth/vectors.h"
#include "test/unit/test.h"
#include "util/base64.h"

static char error[256];

static struct jwk_set *load(const char *text)
{
    error[0] = '\0';
    return jwk_set_load(str_cstr(text), false, error, sizeof error);
}

static void assert_refused(const char *text, const char *reason)
{
    struct jwk_set *set = load(text);
    if (set || !strstr(error, reason))
        fail_msg("%.60s...: %s", text, set ? "accepted" : error);
}

/* The verdict of the key in `jwk` about a token in its compact form. */
static enum jwk_verdict verdict(const char *jwk, enum jwa alg, const char *token)
{
    struct jwk_set *set = load(jwk);
    assert_non_null(set);
    const char *dot = strrchr(token, '.');
    uint8_t signature[600];
    size_t n;
    assert_true(base64_decode(signature, &n, str_cstr(dot + 1), BASE64_URL));
    enum jwk_verdict v = jwk_set_verify(
        set, alg, (struct str){0}, str_make(token, (size_t)(dot - token)), str_make((char *)signature, n));
    jwk_set_free(&set);
    assert_null(set);
    return v;
}

static void vectors_of_others(void **state)
{
    assert_int_equal(verdict(RFC7515_HS_KEY, JWA_HS256, RFC7515_HS256), JWK_VALID);
    assert_int_equal(verdict(RFC7515_RSA_KEY, JWA_RS256, RFC7515_RS256), JWK_VALID);
    assert_int_equal(verdict(RFC7515_P256_KEY, JWA_ES256, RFC7515_ES256), JWK_VALID);
    assert_int_equal(verdict(RFC7515_P521_KEY, JWA_ES512, RFC7515_ES512), JWK_VALID);
    assert_int_equal(verdict(OTHER_RSA_KEY, JWA_RS256, OTHER_RS256), JWK_VALID);
    assert_int_equal(verdict(OTHER_RSA_KEY, JWA_RS384, OTHER_RS384), JWK_VALID);
    assert_int_equal(verdict(OTHER_RSA_KEY, JWA_RS512, OTHER_RS512), JWK_VALID);
    assert_int_equal(verdict(OTHER_RSA_KEY, JWA_PS256, OTHER_PS256), JWK_VALID);
    assert_int_equal(verdict(OTHER_RSA_KEY, JWA_PS384, OTHER_PS384), JWK_VALID);
    assert_int_equal(verdict(OTHER_RSA_KEY, JWA_PS512, OTHER_PS512), JWK_VALID);
    assert_int_equal(verdict(OTHER_P384_KEY, JWA_ES384, OTHER_ES384), JWK_VALID);
}

static void vectors_with_the_wrong_key_or_algorithm(void **state)
{
    assert_int_equal(verdict(OTHER_RSA_KEY, JWA_RS256, RFC7515_RS256), JWK_BAD_SIGNATURE);
    assert_int_equal(verdict(OTHER_RSA_KEY, JWA_PS256, OTHER_RS256), JWK_BAD_SIGNATURE);
    assert_int_equal(verdict(OTHER_RSA_KEY, JWA_RS256, OTHER_PS256), JWK_BAD_SIGNATURE);
    assert_int_equal(verdict(OTHER_RSA_KEY, JWA_RS512, OTHER_RS256), JWK_BAD_SIGNATURE);
    assert_int_equal(verdict(OTHER_RSA_KEY, JWA_HS256, OTHER_RS256), JWK_NO_KEY);
    assert_int_equal(verdict(OTHER_P384_KEY, JWA_ES256, RFC7515_ES256), JWK_NO_KEY);
    assert_int_equal(verdict(RFC7515_P256_KEY, JWA_ES384, OTHER_ES384), JWK_NO_KEY);
    assert_int_equal(verdict(RFC7515_P256_KEY, JWA_ES256, OTHER_ES384), JWK_BAD_SIGNATURE);
}

static void plain_secrets(void **state)
{
    assert_refused("", "at least 32 bytes");
    assert_refused("0123456789012345678901234567890", "at least 32 bytes");
    struct jwk_set *set = load("01234567890123456789012345678901");
    assert_non_null(set);
    assert_int_equal(set->n, 1);
    assert_int_equal(set->keys[0].algs, 1u << JWA_HS256);
    jwk_set_free(&set);
    char long_secret[JWK_SECRET_MAX + 2];
    memset(long_secret, 's', sizeof long_secret);
    long_secret[64] = '\0';
    set = load(long_secret);
    assert_int_equal(set->keys[0].algs, 1u << JWA_HS256 | 1u << JWA_HS384 | 1u << JWA_HS512);
    jwk_set_free(&set);
    long_secret[64] = 's';
    long_secret[JWK_SECRET_MAX + 1] = '\0';
    assert_refused(long_secret, "at most 4096 bytes");
}

static void base64_secrets(void **state)
{
    static const char *const spellings[] = {"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHv8=",
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHv8", "AAECAwQFBgcICQoLDA0ODxAR\nEhMUFRYXGBkaGxwdHv8=\n"};
    for (size_t i = 0; i < ARRAY_LEN(spellings); i++) {
        struct jwk_set *set = jwk_set_load(str_cstr(spellings[i]), true, error, sizeof error);
        assert_non_null(set);
        assert_int_equal(set->keys[0].secret.n, 32);
        assert_int_equal((unsigned char)set->keys[0].secret.p[31], 0xff);
        jwk_set_free(&set);
    }
    assert_null(
        jwk_set_load(STR("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHv8=!"), true, error, sizeof error));
    assert_null(jwk_set_load(STR("c2hvcnQ="), true, error, sizeof error));
}

static void keys_are_bound_to_algorithms(void **state)
{
    struct jwk_set *set =
        load("{\"keys\":["
             "{\"kty\":\"oct\",\"alg\":\"HS256\",\"kid\":\"a\","
             "\"k\":\"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZ"
             "r1Z9CAow\"},"
             "{\"kty\":\"oct\",\"use\":\"enc\",\"k\":\"AAAA\"},"
             "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"},"
             "{\"kty\":\"RSA\",\"alg\":\"RSA-OAEP\",\"n\":\"AQ\",\"e\":\"AQAB\"},"
             "{\"kty\":\"oct\",\"key_ops\":[\"encrypt\"],\"k\":\"AAAA\"},"
             "{\"kty\":\"EC\",\"crv\":\"P-256\",\"use\":\"sig\",\"key_ops\":[\"verify\"],"
             "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
             "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}]}");
    assert_non_null(set);
    assert_int_equal(set->n, 2);
    assert_int_equal(set->keys[0].algs, 1u << JWA_HS256);
    assert_string_equal(set->keys[0].kid, "a");
    assert_int_equal(set->keys[1].algs, 1u << JWA_ES256);
    assert_null(set->keys[1].kid);
    assert_ptr_equal(jwk_set_find(set, JWA_ES256), &set->keys[1]);
    assert_null(jwk_set_find(set, JWA_RS256));
    jwk_set_free(&set);
    set = load(RFC7515_RSA_KEY);
    assert_int_equal(set->keys[0].algs, 0x3f << JWA_RS256);
    jwk_set_free(&set);
}

static void bad_keys_are_refused(void **state)
{
    assert_refused("{", "not valid JSON");
    assert_refused("{\"kty\":\"oct\",\"kty\":\"oct\"}", "not valid JSON");
    assert_refused("{}", "not a JSON Web Key");
    assert_refused("{\"kty\":7}", "not a JSON Web Key");
    assert_refused("{\"keys\":[]}", "holds no key");
    assert_refused("{\"keys\":[7]}", "key 1");
    assert_refused("{\"keys\":{}}", "array");
    assert_refused("{\"kty\":\"OKP\"}", "holds no key");
    assert_refused("{\"kty\":\"oct\"}", "at least 32 bytes");
    assert_refused("{\"kty\":\"oct\",\"k\":\"AAAA\"}", "at least 32 bytes");
    assert_refused("{\"kty\":\"oct\",\"k\":\"AAAA====\"}", "at least 32 bytes");
    assert_refused(
        "{\"kty\":\"oct\",\"alg\":\"HS512\",\"k\":\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHv8\"}",
        "wrong type");
    assert_refused(
        "{\"kty\":\"oct\",\"alg\":\"RS256\",\"k\":\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHv8\"}",
        "wrong type");
    assert_refused("{\"kty\":\"oct\",\"alg\":1}", "strings");
    assert_refused("{\"kty\":\"oct\",\"kid\":1}", "kid");
    assert_refused("{\"kty\":\"oct\",\"key_ops\":\"verify\"}", "array");
    assert_refused("{\"kty\":\"EC\",\"crv\":\"secp256k1\",\"x\":\"AA\",\"y\":\"AA\"}", "crv");
    assert_refused("{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AA\",\"y\":\"AA\"}", "as long as");
    assert_refused("{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
                   "\"y\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\"}",
        "not a point");
    assert_refused("-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKC\n", "PEM");
    assert_refused("  -----BEGIN RSA PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKC\n", "PEM");
}

/* A modulus of so many bytes, every one 0xff, and an exponent in base64url. */
static void assert_rsa_refused(size_t modulus_bytes, const char *exponent, const char *reason)
{
    struct arena a;
    arena_init(&a, 0);
    char *n = arena_alloc(&a, modulus_bytes);
    memset(n, 0xff, modulus_bytes);
    struct str jwk = arena_printf(&a, "{\"kty\":\"RSA\",\"n\":\"%s\",\"e\":\"%s\"}",
        signer_base64url(&a, str_make(n, modulus_bytes)), exponent);
    assert_refused(jwk.p, reason);
    arena_release(&a);
}

/* Attack 119. */
static void rsa_sizes_are_capped(void **state)
{
    assert_rsa_refused(128, "AQAB", "at least 2048 bits");
    assert_rsa_refused(255, "AQAB", "at least 2048 bits");
    assert_rsa_refused(513, "AQAB", "at most 4096 bits");
    assert_rsa_refused(2048, "AQAB", "at most 4096 bits"); /* 16384 bits */
    assert_rsa_refused(256, "AQ", "exponent");
    assert_rsa_refused(256, "Ag", "exponent");
    assert_rsa_refused(256, "", "exponent");
    assert_rsa_refused(256, "AQAAAAE", "exponent");           /* 2^32 + 1 */
    char huge[BASE64_ENCODE_ROOM(513) + 1], bytes[513] = {1}; /* 2^4096 + 1 */
    bytes[512] = 1;
    *base64_encode(huge, bytes, sizeof bytes, BASE64_URL) = '\0';
    assert_rsa_refused(256, huge, "exponent");
}

static void too_many_keys(void **state)
{
    struct arena a;
    arena_init(&a, 0);
    struct str text = STR("{\"keys\":[");
    for (size_t i = 0; i <= JWK_SET_MAX_KEYS; i++)
        text = arena_printf(&a, "%.*s%s%s", STR_ARG(text), i ? "," : "", RFC7515_P256_KEY);
    text = arena_printf(&a, "%.*s]}", STR_ARG(text));
    assert_refused(text.p, "more than 32 keys");
    arena_release(&a);
}

static void algorithm_names_are_exact(void **state)
{
    static const char *const bad[] = {
        "", "none", "hs256", "HS25", "HS2566", "HS256 ", "EdDSA", "ES256K", "RS1"};
    enum jwa alg;
    for (unsigned i = 0; i < JWA_COUNT; i++) {
        assert_true(jwa_parse(str_cstr(jwa_name((enum jwa)i)), &alg));
        assert_int_equal(alg, i);
    }
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_false(jwa_parse(str_cstr(bad[i]), &alg));
}

/* The binding holds in the key itself, whoever calls. */
static void a_key_verifies_nothing_else(void **state)
{
    struct jwk_set *rsa = load(RFC7515_RSA_KEY), *oct = load(RFC7515_HS_KEY), *ec = load(RFC7515_P256_KEY);
    char signature[256] = {0};
    for (unsigned i = 0; i < JWA_COUNT; i++) {
        enum jwa alg = (enum jwa)i;
        assert_false(jwk_verify(&rsa->keys[0], alg, STR("x"), str_make(signature, sizeof signature)));
        assert_false(jwk_verify(&oct->keys[0], alg, STR("x"), str_make(signature, 32)));
        assert_false(jwk_verify(&ec->keys[0], alg, STR("x"), str_make(signature, 64)));
    }
    jwk_set_free(&rsa);
    jwk_set_free(&oct);
    jwk_set_free(&ec);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_of_others),
        cmocka_unit_test(vectors_with_the_wrong_key_or_algorithm),
        cmocka_unit_test(plain_secrets),
        cmocka_unit_test(base64_secrets),
        cmocka_unit_test(keys_are_bound_to_algorithms),
        cmocka_unit_test(bad_keys_are_refused),
        cmocka_unit_test(rsa_sizes_are_capped),
        cmocka_unit_test(too_many_keys),
        cmocka_unit_test(algorithm_names_are_exact),
        cmocka_unit_test(a_key_verifies_nothing_else),
    };
    return cmocka_run_group_tests_name("jwk", tests, NULL, NULL);
}
