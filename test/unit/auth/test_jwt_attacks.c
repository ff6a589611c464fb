/* The JWT attacks of the attack battery (section E, items 100 to 121), each by its number. Items 117 (where a
 * token may stand in a request) and 119 (RSA sizes) are tested where they are decided: test_jwt.c, test_jwk.c
 * and the integration tests. SPDX-License-Identifier: ISC */
#include "auth/jwt.h"
#include "test/unit/auth/authenticate.h"
#include "test/unit/auth/signer.h"
#include "test/unit/test.h"
#include "util/base64.h"

#include <stdio.h>

#define SECRET "a secret of more than thirty-two bytes"
#define NOW 1700000000
#define PAYLOAD "{\"role\":\"editor\"}"

static struct signer signer;
static struct arena arena;
static char error[256];

static int group_set_up(void **state)
{
    signer_init(&signer);
    return 0;
}

static int group_tear_down(void **state)
{
    signer_deinit(&signer);
    return 0;
}

static int set_up(void **state)
{
    arena_init(&arena, 0);
    return 0;
}

static int tear_down(void **state)
{
    arena_release(&arena);
    return 0;
}

static enum jwt_error judge_with(struct jwt_options options, struct str token)
{
    struct principal p;
    struct jwt *j = jwt_create(&options, error, sizeof error);
    if (!j)
        fail_msg("%s", error);
    enum jwt_error e = jwt_authenticate(j, token, NOW, &arena, &p);
    jwt_free(&j);
    return e;
}

static enum jwt_error judge(const char *secret, struct str token)
{
    return judge_with((struct jwt_options){.secret = str_cstr(secret)}, token);
}

static struct str hs256(const char *header, const char *payload)
{
    return signer_hs(&arena, JWA_HS256, STR(SECRET), header, payload);
}

/* A token with this header, signed as alg by the signer. */
static struct str signed_as(enum jwa alg, int curve, const char *header, const char *payload)
{
    struct str input = signer_input(&arena, str_cstr(header), str_cstr(payload));
    return signer_token(&arena, input, signer_sign(&signer, &arena, alg, curve, STR(SECRET), input));
}

static const char *rsa_key(void)
{
    return arena_printf(&arena, "{%s}", signer_rsa_jwk(&signer, &arena)).p;
}

static const char *ec_key(int curve)
{
    return arena_printf(&arena, "{%s}", signer_ec_jwk(&signer, &arena, curve)).p;
}

#define assert_verdict(secret, token, expected)                                                              \
    do {                                                                                                     \
        struct str assert_t_ = (token);                                                                      \
        enum jwt_error assert_e_ = judge(secret, assert_t_);                                                 \
        if (assert_e_ != (expected))                                                                         \
            fail_msg("%.*s: %d, not %s", STR_ARG(assert_t_), assert_e_, #expected);                          \
    } while (0)

static void good_tokens_of_every_algorithm_pass(void **state)
{
    static const char long_secret[] = "0123456789012345678901234567890123456789012345678901234567890123";
    for (int i = 0; i < 3; i++) {
        char header[32];
        enum jwa hs = (enum jwa)(JWA_HS256 + i), rs = (enum jwa)(JWA_RS256 + i),
                 ps = (enum jwa)(JWA_PS256 + i), es = (enum jwa)(JWA_ES256 + i);
        snprintf(header, sizeof header, "{\"alg\":\"%s\"}", jwa_name(hs));
        assert_verdict(long_secret, signer_hs(&arena, hs, str_cstr(long_secret), header, PAYLOAD), JWT_OK);
        snprintf(header, sizeof header, "{\"alg\":\"%s\"}", jwa_name(rs));
        assert_verdict(rsa_key(), signed_as(rs, 0, header, PAYLOAD), JWT_OK);
        snprintf(header, sizeof header, "{\"alg\":\"%s\"}", jwa_name(ps));
        assert_verdict(rsa_key(), signed_as(ps, 0, header, PAYLOAD), JWT_OK);
        snprintf(header, sizeof header, "{\"alg\":\"%s\"}", jwa_name(es));
        assert_verdict(ec_key(i), signed_as(es, i, header, PAYLOAD), JWT_OK);
    }
}

static void attack_100_algorithm_none(void **state)
{
    static const char *const none[] = {"none", "None", "NONE", "nOnE"};
    static const char *const other[] = {"{\"alg\":\"\"}", "{}", "{\"alg\":null}", "{\"alg\":0}",
        "{\"alg\":[\"HS256\"]}", "{\"alg\":\"hs256\"}", "{\"alg\":\"HS256 \"}", "{\"alg\":\"EdDSA\"}",
        "{\"ALG\":\"HS256\"}", "{\"alg\":\"none \"}"};
    for (size_t i = 0; i < ARRAY_LEN(none); i++) {
        struct str header = arena_printf(&arena, "{\"alg\":\"%s\"}", none[i]);
        struct str input = signer_input(&arena, header, STR(PAYLOAD));
        assert_verdict(SECRET, signer_token(&arena, input, STR("")), JWT_ERR_ALG_NONE);
        assert_verdict(rsa_key(), signer_token(&arena, input, STR("")), JWT_ERR_ALG_NONE);
        assert_verdict(SECRET, hs256(header.p, PAYLOAD), JWT_ERR_ALG_NONE);
    }
    for (size_t i = 0; i < ARRAY_LEN(other); i++)
        assert_verdict(SECRET, hs256(other[i], PAYLOAD), JWT_ERR_ALG_UNKNOWN);
}

/* Replaces the signature of a token by n bytes of c. */
static struct str with_signature(struct str token, size_t n, char c)
{
    char *bytes = arena_alloc(&arena, n + 1);
    memset(bytes, c, n);
    size_t input = (size_t)(strrchr(token.p, '.') - token.p);
    return signer_token(&arena, str_sub(token, 0, input), str_make(bytes, n));
}

/* The right signature, followed by one byte. */
static struct str with_one_byte_more(struct str token)
{
    size_t input = (size_t)(strrchr(token.p, '.') - token.p), n;
    uint8_t bytes[600] = {0};
    assert_true(base64_decode(bytes, &n, str_sub(token, input + 1, token.n), BASE64_URL));
    return signer_token(&arena, str_sub(token, 0, input), str_make((char *)bytes, n + 1));
}

static void attack_101_signature_stripped_or_damaged(void **state)
{
    const struct {
        const char *key;
        struct str token;
        size_t n;
    } targets[] = {{SECRET, hs256("{\"alg\":\"HS256\"}", PAYLOAD), 32},
        {rsa_key(), signed_as(JWA_RS256, 0, "{\"alg\":\"RS256\"}", PAYLOAD), 256},
        {rsa_key(), signed_as(JWA_PS256, 0, "{\"alg\":\"PS256\"}", PAYLOAD), 256},
        {ec_key(0), signed_as(JWA_ES256, 0, "{\"alg\":\"ES256\"}", PAYLOAD), 64},
        {ec_key(2), signed_as(JWA_ES512, 2, "{\"alg\":\"ES512\"}", PAYLOAD), 132}};
    for (size_t i = 0; i < ARRAY_LEN(targets); i++) {
        struct str token = targets[i].token;
        const char *key = targets[i].key;
        size_t n = targets[i].n;
        assert_verdict(key, token, JWT_OK);
        assert_verdict(key, with_one_byte_more(token), JWT_ERR_BAD_SIGNATURE);
        assert_verdict(key, with_signature(token, 0, 0), JWT_ERR_BAD_SIGNATURE);
        assert_verdict(key, with_signature(token, 1, 0), JWT_ERR_BAD_SIGNATURE);
        assert_verdict(key, with_signature(token, n, 0), JWT_ERR_BAD_SIGNATURE); /* r = s = 0 for ES256 */
        assert_verdict(key, with_signature(token, n, '\xff'), JWT_ERR_BAD_SIGNATURE);
        assert_verdict(key, with_signature(token, n - 1, 1), JWT_ERR_BAD_SIGNATURE);
        assert_verdict(key, with_signature(token, n + 1, 1), JWT_ERR_BAD_SIGNATURE);
        assert_verdict(key, with_signature(token, 2 * n, 0), JWT_ERR_BAD_SIGNATURE);
    }
}

/* Every byte of an HMAC token changed once: nothing but the token itself passes. */
static void attack_101_every_byte_flipped(void **state)
{
    struct jwt *j =
        jwt_create(&(struct jwt_options){.secret = STR(SECRET), .cache_entries = 100}, error, sizeof error);
    struct str token = hs256("{\"alg\":\"HS256\"}", PAYLOAD);
    struct principal p;
    assert_int_equal(jwt_authenticate(j, token, NOW, &arena, &p), JWT_OK);
    for (size_t i = 0; i < token.n; i++) {
        for (int bit = 0; bit < 8; bit++) {
            struct str bad = arena_str(&arena, token);
            ((char *)bad.p)[i] = (char)(bad.p[i] ^ 1 << bit);
            if (jwt_authenticate(j, bad, NOW, &arena, &p) == JWT_OK)
                fail_msg("byte %zu, bit %d", i, bit);
        }
        assert_int_not_equal(jwt_authenticate(j, str_sub(token, 0, i), NOW, &arena, &p), JWT_OK);
        assert_int_not_equal(jwt_authenticate(j, str_sub(token, i + 1, token.n), NOW, &arena, &p), JWT_OK);
    }
    assert_int_equal(jwt_cache_stats(j).entries, 1);
    jwt_free(&j);
}

/* r = n or s = n: equal to zero modulo the order of P-256. */
static void attack_101_signature_of_the_group_order(void **state)
{
    static const unsigned char order[] = {0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63,
        0x25, 0x51};
    char signature[64];
    struct str input = signer_input(&arena, STR("{\"alg\":\"ES256\"}"), STR(PAYLOAD));
    memcpy(signature, order, 32);
    memcpy(signature + 32, order, 32);
    assert_verdict(ec_key(0), signer_token(&arena, input, str_make(signature, 64)), JWT_ERR_BAD_SIGNATURE);
    memset(signature + 32, 0, 31);
    signature[63] = 1;
    assert_verdict(ec_key(0), signer_token(&arena, input, str_make(signature, 64)), JWT_ERR_BAD_SIGNATURE);
}

/* ECDSA as ASN.1 DER, which X.509 uses, instead of r || s. */
static void attack_101_signature_in_der(void **state)
{
    struct str input = signer_input(&arena, STR("{\"alg\":\"ES256\"}"), STR(PAYLOAD));
    struct str raw = signer_sign(&signer, &arena, JWA_ES256, 0, STR(""), input);
    char der[72] = {0x30, 70, 0x02, 33, 0};
    memcpy(der + 5, raw.p, 32);
    der[37] = 0x02;
    der[38] = 33;
    der[39] = 0;
    memcpy(der + 40, raw.p + 32, 32);
    assert_verdict(ec_key(0), signer_token(&arena, input, str_make(der, sizeof der)), JWT_ERR_BAD_SIGNATURE);
}

static void attack_102_public_key_as_hmac_secret(void **state)
{
    unsigned char modulus[256];
    assert_int_equal(
        mbedtls_rsa_export_raw(&signer.rsa, modulus, sizeof modulus, NULL, 0, NULL, 0, NULL, 0, NULL, 0), 0);
    const char *jwk = rsa_key();
    struct str secrets[] = {str_cstr(jwk), str_make((char *)modulus, sizeof modulus),
        str_cstr(signer_base64url(&arena, str_make((char *)modulus, sizeof modulus))),
        STR("-----BEGIN PUBLIC KEY-----\n")};
    const char *both = arena_printf(
        &arena, "{\"keys\":[%s,{\"kty\":\"oct\",\"k\":\"%s\"}]}", jwk, signer_base64url(&arena, STR(SECRET)))
                           .p;
    for (size_t i = 0; i < ARRAY_LEN(secrets); i++) {
        struct str token = signer_hs(&arena, JWA_HS256, secrets[i], "{\"alg\":\"HS256\"}", PAYLOAD);
        assert_verdict(jwk, token, JWT_ERR_NO_KEY);
        assert_verdict(both, token, JWT_ERR_BAD_SIGNATURE);
    }
    assert_verdict(both, hs256("{\"alg\":\"HS256\"}", PAYLOAD), JWT_OK);
    /* A PEM as jwt-secret would make its holder a signer: it is refused when it is loaded. */
    assert_null(jwt_create(
        &(struct jwt_options){
            .secret = STR("-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n")},
        error, sizeof error));
}

static void attack_103_blank_and_weak_secrets(void **state)
{
    static const char *const weak[] = {"", "secret", "password", "\n", (SECRET "\n"), (" " SECRET)};
    for (size_t i = 0; i < ARRAY_LEN(weak); i++) {
        struct str token = signer_hs(&arena, JWA_HS256, str_cstr(weak[i]), "{\"alg\":\"HS256\"}", PAYLOAD);
        assert_verdict(SECRET, token, JWT_ERR_BAD_SIGNATURE);
    }
    assert_null(jwt_create(&(struct jwt_options){.secret = STR("secret")}, error, sizeof error));
}

static void attack_104_algorithms_mixed(void **state)
{
    assert_verdict(rsa_key(), signed_as(JWA_PS256, 0, "{\"alg\":\"RS256\"}", PAYLOAD), JWT_ERR_BAD_SIGNATURE);
    assert_verdict(rsa_key(), signed_as(JWA_RS256, 0, "{\"alg\":\"PS256\"}", PAYLOAD), JWT_ERR_BAD_SIGNATURE);
    assert_verdict(rsa_key(), signed_as(JWA_RS512, 0, "{\"alg\":\"RS256\"}", PAYLOAD), JWT_ERR_BAD_SIGNATURE);
    assert_verdict(rsa_key(), signed_as(JWA_ES256, 0, "{\"alg\":\"ES256\"}", PAYLOAD), JWT_ERR_NO_KEY);
    assert_verdict(ec_key(0), signed_as(JWA_RS256, 0, "{\"alg\":\"RS256\"}", PAYLOAD), JWT_ERR_NO_KEY);
    assert_verdict(ec_key(1), signed_as(JWA_ES256, 1, "{\"alg\":\"ES256\"}", PAYLOAD), JWT_ERR_NO_KEY);
    assert_verdict(ec_key(0), signed_as(JWA_ES384, 0, "{\"alg\":\"ES384\"}", PAYLOAD), JWT_ERR_NO_KEY);
    /* 38 bytes are enough for HS256 alone. */
    assert_verdict(
        SECRET, signer_hs(&arena, JWA_HS512, STR(SECRET), "{\"alg\":\"HS512\"}", PAYLOAD), JWT_ERR_NO_KEY);
    assert_verdict(SECRET, signer_hs(&arena, JWA_HS512, STR(SECRET), "{\"alg\":\"HS256\"}", PAYLOAD),
        JWT_ERR_BAD_SIGNATURE);
    const char *only_rs256 =
        arena_printf(&arena, "{%s,\"alg\":\"RS256\"}", signer_rsa_jwk(&signer, &arena)).p;
    assert_verdict(only_rs256, signed_as(JWA_RS256, 0, "{\"alg\":\"RS256\"}", PAYLOAD), JWT_OK);
    assert_verdict(only_rs256, signed_as(JWA_RS384, 0, "{\"alg\":\"RS384\"}", PAYLOAD), JWT_ERR_NO_KEY);
    assert_verdict(only_rs256, signed_as(JWA_PS256, 0, "{\"alg\":\"PS256\"}", PAYLOAD), JWT_ERR_NO_KEY);
}

static void attack_105_kid(void **state)
{
    static const char *const bad[] = {"\"../../../../dev/null\"", "\"' or 1=1 --\"", "\"|cmd\"",
        "\"unknown\"", "\"\"", "0", "[\"k1\"]", "null", "{\"a\":1}", "\"K1\"", "\"k1 \""};
    const char *set = arena_printf(&arena, "{\"keys\":[{\"kty\":\"oct\",\"kid\":\"k1\",\"k\":\"%s\"}]}",
        signer_base64url(&arena, STR(SECRET)))
                          .p;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        const char *header = arena_printf(&arena, "{\"alg\":\"HS256\",\"kid\":%s}", bad[i]).p;
        assert_verdict(set, hs256(header, PAYLOAD), JWT_ERR_NO_KEY);
        assert_verdict(SECRET, hs256(header, PAYLOAD), JWT_ERR_NO_KEY);
    }
    assert_verdict(set, hs256("{\"alg\":\"HS256\",\"kid\":\"k1\"}", PAYLOAD), JWT_OK);
    assert_verdict(set, hs256("{\"alg\":\"HS256\"}", PAYLOAD), JWT_OK);
    /* A plain secret has no kid, so a token that asks for one does not mean it. */
    assert_verdict(SECRET, hs256("{\"alg\":\"HS256\",\"kid\":\"k1\"}", PAYLOAD), JWT_ERR_NO_KEY);
    char *kid = arena_alloc(&arena, 65537);
    memset(kid, 'k', 65536);
    kid[65536] = '\0';
    assert_verdict(set, hs256(arena_printf(&arena, "{\"alg\":\"HS256\",\"kid\":\"%s\"}", kid).p, PAYLOAD),
        JWT_ERR_TOO_LONG);
    kid[3000] = '\0';
    assert_verdict(set, hs256(arena_printf(&arena, "{\"alg\":\"HS256\",\"kid\":\"%s\"}", kid).p, PAYLOAD),
        JWT_ERR_NO_KEY);
}

static void attack_106_key_brought_along(void **state)
{
    struct signer other;
    signer_init(&other);
    const char *jwk = signer_rsa_jwk(&other, &arena);
    const char *header = arena_printf(&arena,
        "{\"alg\":\"RS256\",\"jwk\":{%s},\"jku\":\"http://127.0.0.1:1/jwks\","
        "\"x5u\":\"http://127.0.0.1:1/x5u\",\"x5c\":[\"MIIB\"]}",
        jwk)
                             .p;
    struct str input = signer_input(&arena, str_cstr(header), STR(PAYLOAD));
    struct str forged = signer_sign(&other, &arena, JWA_RS256, 0, STR(""), input);
    assert_verdict(rsa_key(), signer_token(&arena, input, forged), JWT_ERR_BAD_SIGNATURE);
    /* With the right signature they are ignored. */
    assert_verdict(rsa_key(), signed_as(JWA_RS256, 0, header, PAYLOAD), JWT_OK);
    signer_deinit(&other);
}

static void attack_107_critical_extensions(void **state)
{
    assert_verdict(SECRET, hs256("{\"alg\":\"HS256\",\"crit\":[\"x\"],\"x\":1}", PAYLOAD), JWT_ERR_CRITICAL);
    assert_verdict(SECRET, hs256("{\"alg\":\"HS256\",\"crit\":[\"exp\"]}", PAYLOAD), JWT_ERR_CRITICAL);
    assert_verdict(SECRET, hs256("{\"alg\":\"HS256\",\"crit\":[]}", PAYLOAD), JWT_ERR_CRITICAL);
    assert_verdict(SECRET, hs256("{\"alg\":\"HS256\",\"crit\":null}", PAYLOAD), JWT_ERR_CRITICAL);
    assert_verdict(
        SECRET, hs256("{\"alg\":\"HS256\",\"b64\":false,\"crit\":[\"b64\"]}", PAYLOAD), JWT_ERR_CRITICAL);
    assert_verdict(SECRET, hs256("{\"alg\":\"HS256\",\"b64\":false}", PAYLOAD), JWT_ERR_CRITICAL);
    assert_verdict(SECRET, hs256("{\"alg\":\"HS256\",\"b64\":true}", PAYLOAD), JWT_OK);
}

static void attack_108_tokens_of_another_kind(void **state)
{
    static const char *const good[] = {
        "\"JWT\"", "\"jwt\"", "\"at+jwt\"", "\"application/at+jwt\"", "\"AT+JWT\"", "\"JOSE\""};
    static const char *const bad[] = {
        "\"logout+jwt\"", "\"application/dpop+jwt\"", "\"secevent+jwt\"", "\"rt+jwt\"", "7"};
    for (size_t i = 0; i < ARRAY_LEN(good); i++)
        assert_verdict(SECRET,
            hs256(arena_printf(&arena, "{\"alg\":\"HS256\",\"typ\":%s}", good[i]).p, PAYLOAD), JWT_OK);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        const char *header = arena_printf(&arena, "{\"alg\":\"HS256\",\"typ\":%s}", bad[i]).p;
        assert_verdict(SECRET, hs256(header, PAYLOAD), JWT_ERR_TYPE);
    }
}

static void attack_109_expiry(void **state)
{
    static const char *const expired[] = {
        "0", "-1", "-9223372036854775808", "1699999969", "-1e20", "1699999969.5", "-0.0"};
    static const char *const malformed[] = {"\"1800000000\"", "\"\"", "[]", "{}", "true", "false"};
    for (size_t i = 0; i < ARRAY_LEN(expired); i++) {
        const char *payload = arena_printf(&arena, "{\"role\":\"r\",\"exp\":%s}", expired[i]).p;
        assert_verdict(SECRET, hs256("{\"alg\":\"HS256\"}", payload), JWT_ERR_EXPIRED);
    }
    for (size_t i = 0; i < ARRAY_LEN(malformed); i++) {
        const char *payload = arena_printf(&arena, "{\"role\":\"r\",\"exp\":%s}", malformed[i]).p;
        assert_verdict(SECRET, hs256("{\"alg\":\"HS256\"}", payload), JWT_ERR_EXP_TYPE);
    }
    /* Beyond 64 bits, and beyond a double: not yet. */
    assert_verdict(
        SECRET, hs256("{\"alg\":\"HS256\"}", "{\"role\":\"r\",\"exp\":99999999999999999999}"), JWT_OK);
    assert_verdict(SECRET, hs256("{\"alg\":\"HS256\"}", "{\"role\":\"r\",\"exp\":1e999}"), JWT_OK);
    struct jwt_options strict = {.secret = STR(SECRET), .require_exp = true};
    assert_int_equal(judge_with(strict, hs256("{\"alg\":\"HS256\"}", PAYLOAD)), JWT_ERR_EXP_MISSING);
}

static void attack_110_tokens_of_the_future(void **state)
{
    assert_verdict(
        SECRET, hs256("{\"alg\":\"HS256\"}", "{\"role\":\"r\",\"nbf\":1700000031}"), JWT_ERR_NOT_YET);
    assert_verdict(
        SECRET, hs256("{\"alg\":\"HS256\"}", "{\"role\":\"r\",\"iat\":1700000031}"), JWT_ERR_ISSUED_AT);
    assert_verdict(SECRET, hs256("{\"alg\":\"HS256\"}", "{\"role\":\"r\",\"nbf\":1e19}"), JWT_ERR_NOT_YET);
}

static void attack_111_audience(void **state)
{
    struct jwt_options o = {.secret = STR(SECRET), .audience = STR("https://erp.example")};
    struct str other = hs256("{\"alg\":\"HS256\"}", "{\"role\":\"r\",\"aud\":\"https://erp.example.evil\"}");
    struct str prefix = hs256("{\"alg\":\"HS256\"}", "{\"role\":\"r\",\"aud\":[\"https://erp.exampl\"]}");
    struct str mixed =
        hs256("{\"alg\":\"HS256\"}", "{\"role\":\"r\",\"aud\":[\"x\",\"https://erp.example\"]}");
    assert_int_equal(judge_with(o, other), JWT_ERR_AUDIENCE);
    assert_int_equal(judge_with(o, prefix), JWT_ERR_AUDIENCE);
    assert_int_equal(judge_with(o, mixed), JWT_OK);
}

static void attack_112_duplicate_members(void **state)
{
    assert_verdict(
        SECRET, hs256("{\"alg\":\"HS256\"}", "{\"role\":\"editor\",\"role\":\"admin\"}"), JWT_ERR_CLAIMS);
    assert_verdict(SECRET, hs256("{\"alg\":\"HS256\"}", "{\"role\":\"editor\",\"\\u0072ole\":\"admin\"}"),
        JWT_ERR_CLAIMS);
    assert_verdict(SECRET, hs256("{\"alg\":\"HS256\"}", "{\"exp\":1,\"role\":\"r\",\"exp\":1800000000}"),
        JWT_ERR_CLAIMS);
    assert_verdict(SECRET, hs256("{\"alg\":\"none\",\"alg\":\"HS256\"}", PAYLOAD), JWT_ERR_MALFORMED);
    assert_verdict(
        SECRET, hs256("{\"alg\":\"HS256\",\"kid\":\"a\",\"kid\":\"b\"}", PAYLOAD), JWT_ERR_MALFORMED);
}

/* A payload of n times `open`, a 1, and n times `close`. */
static struct str nested(const char *before, char open, char close, size_t n, const char *after)
{
    char *text = arena_alloc(&arena, 2 * n + 2);
    memset(text, open, n);
    text[n] = '1';
    memset(text + n + 1, close, n);
    text[2 * n + 1] = '\0';
    return arena_printf(&arena, "%s%s%s", before, text, after);
}

static void attack_113_monstrous_claims(void **state)
{
    static const char *const bad[] = {"{\"role\":\"a\\u0000b\"}", "{\"role\":\"\xc3\x28\"}",
        "{\"role\":\"\xed\xa0\x80\"}", "{\"role\":\"\\ud800\"}", "{\"role\":\"\xff\"}", "[\"role\"]",
        "\"role\"", "null", "", "{", "{\"role\":\"r\"} x", "{\"role\":\"r\",}", "{'role':'r'}",
        "\xef\xbb\xbf{\"role\":\"r\"}", "{\"role\":\"a\nb\"}", "{\"role\":NaN}"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_verdict(SECRET, hs256("{\"alg\":\"HS256\"}", bad[i]), JWT_ERR_CLAIMS);
    static const struct str nul[] = {{"{\"role\":\"r\"}\0", 13}, {"{\"iat\":-1\0,\"role\":\"r\"}", 22},
        {"{\"role\":\"a\0b\"}", 14}, {"\0{\"role\":\"r\"}", 13}};
    for (size_t i = 0; i < ARRAY_LEN(nul); i++) {
        struct str input = signer_input(&arena, STR("{\"alg\":\"HS256\"}"), nul[i]);
        struct str signature = signer_sign(NULL, &arena, JWA_HS256, 0, STR(SECRET), input);
        assert_verdict(SECRET, signer_token(&arena, input, signature), JWT_ERR_CLAIMS);
    }
    assert_verdict(
        SECRET, hs256("{\"alg\":\"HS256\"}", nested("{\"role\":\"r\",\"a\":", '[', ']', 31, "}").p), JWT_OK);
    assert_verdict(SECRET,
        hs256("{\"alg\":\"HS256\"}", nested("{\"role\":\"r\",\"a\":", '[', ']', 32, "}").p), JWT_ERR_CLAIMS);
    assert_verdict(SECRET,
        hs256("{\"alg\":\"HS256\"}", nested("{\"role\":\"r\",\"a\":", '[', ']', 5000, "}").p),
        JWT_ERR_CLAIMS);
    assert_verdict(SECRET,
        hs256("{\"alg\":\"HS256\"}", nested("{\"role\":\"r\",\"a\":", '[', ']', 10000, "}").p),
        JWT_ERR_TOO_LONG);
    assert_verdict(SECRET,
        hs256("{\"alg\":\"HS256\"}", nested("{\"role\":\"r\",\"a\":\"", 'x', 'x', 500000, "\"}").p),
        JWT_ERR_TOO_LONG);
    assert_verdict(
        SECRET, hs256(nested("{\"alg\":\"HS256\",\"a\":", '[', ']', 33, "}").p, PAYLOAD), JWT_ERR_MALFORMED);
    assert_verdict(SECRET, hs256(nested("{\"alg\":\"HS256\",\"a\":\"", 'x', 'x', 2500, "\"}").p, PAYLOAD),
        JWT_ERR_MALFORMED);
}

/* The same bytes in a spelling that is not base64url's only one. */
static void attack_114_other_base64(void **state)
{
    struct str token = hs256("{\"alg\":\"HS256\"}", "{\"role\":\"editor?\"}");
    size_t dot = str_find(token, '.');
    const char *spellings[] = {arena_printf(&arena, "%.*s=", STR_ARG(token)).p,
        arena_printf(&arena, "%.*s==%s", (int)dot, token.p, token.p + dot).p,
        arena_printf(&arena, " %.*s", STR_ARG(token)).p, arena_printf(&arena, "%.*s\n", STR_ARG(token)).p,
        arena_printf(&arena, "%.*s %s", (int)dot, token.p, token.p + dot).p,
        arena_printf(&arena, "%.*s\r\n", STR_ARG(token)).p};
    for (size_t i = 0; i < ARRAY_LEN(spellings); i++)
        assert_verdict(SECRET, str_cstr(spellings[i]), JWT_ERR_MALFORMED);
    /* The last character of 32 bytes carries four bits; the other two must be zero. */
    const char *letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    struct str other = arena_str(&arena, token);
    char *last = (char *)other.p + other.n - 1;
    *last = letters[strchr(letters, *last) - letters + 1];
    assert_verdict(SECRET, other, JWT_ERR_MALFORMED);
    /* Standard alphabet: a signature that has - or _ in it. */
    for (int i = 0; i < 100; i++) {
        struct str t = hs256("{\"alg\":\"HS256\"}", arena_printf(&arena, "{\"role\":\"r\",\"i\":%d}", i).p);
        char *special = memchr(t.p, '-', t.n);
        if (!special)
            continue;
        *special = '+';
        assert_verdict(SECRET, t, JWT_ERR_MALFORMED);
        return;
    }
    fail_msg("no token with a - in it");
}

static void attack_115_number_of_parts(void **state)
{
    struct str token = hs256("{\"alg\":\"HS256\"}", PAYLOAD);
    size_t second = (size_t)(strrchr(token.p, '.') - token.p);
    assert_verdict(SECRET, STR(""), JWT_ERR_EMPTY);
    assert_verdict(SECRET, STR("x"), JWT_ERR_PARTS);
    assert_verdict(SECRET, STR("."), JWT_ERR_PARTS);
    assert_verdict(SECRET, STR(".."), JWT_ERR_MALFORMED);
    assert_verdict(SECRET, STR("..."), JWT_ERR_PARTS);
    assert_verdict(SECRET, str_sub(token, 0, second), JWT_ERR_PARTS);
    assert_verdict(SECRET, arena_printf(&arena, "%.*s.", STR_ARG(token)), JWT_ERR_PARTS);
    assert_verdict(
        SECRET, arena_printf(&arena, "%.*s.x.y", STR_ARG(token)), JWT_ERR_PARTS); /* a JWE has five */
    assert_verdict(SECRET, hs256("{\"alg\":\"HS256\",\"enc\":\"A256GCM\"}", PAYLOAD), JWT_ERR_CRITICAL);
    assert_verdict(SECRET, hs256("{\"alg\":\"dir\",\"enc\":\"A256GCM\"}", PAYLOAD), JWT_ERR_ALG_UNKNOWN);
    /* A token in a token. */
    assert_verdict(SECRET, hs256("{\"alg\":\"HS256\",\"cty\":\"JWT\"}", token.p), JWT_ERR_CLAIMS);
}

static void attack_116_roles(void **state)
{
    static const char *const bad[] = {"\"\"", "\"none\"", "\"authenticator\"", "7", "true", "[]",
        "[\"editor\"]", "{}", "{\"a\":1}",
        "\"0123456789012345678901234567890123456789012345678901234567890123\""};
    struct jwt_options o = {
        .secret = STR(SECRET), .login_role = STR("authenticator"), .anon_role = STR("anon")};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        const char *payload = arena_printf(&arena, "{\"role\":%s}", bad[i]).p;
        enum jwt_error e = judge_with(o, hs256("{\"alg\":\"HS256\"}", payload));
        if (e != JWT_ERR_ROLE)
            fail_msg("role %s: %d", bad[i], e);
    }
    /* Odd but harmless: it is only ever a bound value, and the database knows no such role. */
    assert_int_equal(
        judge_with(o, hs256("{\"alg\":\"HS256\"}", "{\"role\":\"\\\"; set role postgres\"}")), JWT_OK);
}

static void attack_118_rotated_keys(void **state)
{
    struct jwt_options before = {.secret = STR(SECRET), .cache_entries = 10}, after = before;
    after.secret = STR("another secret of more than thirty-two bytes");
    struct str token = hs256("{\"alg\":\"HS256\"}", PAYLOAD);
    struct principal p;
    struct jwt *j = jwt_create(&before, error, sizeof error);
    assert_int_equal(jwt_authenticate(j, token, NOW, &arena, &p), JWT_OK);
    jwt_free(&j);
    j = jwt_create(&after, error, sizeof error);
    assert_int_equal(jwt_authenticate(j, token, NOW, &arena, &p), JWT_ERR_BAD_SIGNATURE);
    jwt_free(&j);
}

/* Bad tokens cost a signature each and leave nothing behind. */
static void attack_121_flood_of_bad_tokens(void **state)
{
    struct jwt *j =
        jwt_create(&(struct jwt_options){.secret = STR(SECRET), .cache_entries = 100}, error, sizeof error);
    struct str good = hs256("{\"alg\":\"HS256\"}", PAYLOAD);
    struct principal p;
    assert_int_equal(jwt_authenticate(j, good, NOW, &arena, &p), JWT_OK);
    for (int i = 0; i < 10000; i++) {
        struct arena a;
        arena_init(&a, 0);
        char payload[64];
        snprintf(payload, sizeof payload, "{\"role\":\"admin\",\"jti\":%d}", i);
        struct str token = signer_hs(&a, JWA_HS256, STR("guess"), "{\"alg\":\"HS256\"}", payload);
        enum jwt_error e = jwt_authenticate(j, token, NOW, &a, &p);
        assert_int_equal(e, JWT_ERR_BAD_SIGNATURE);
        arena_release(&a);
    }
    assert_int_equal(jwt_cache_stats(j).entries, 1);
    assert_int_equal(jwt_cache_stats(j).evictions, 0);
    jwt_free(&j);
}

/* A dear signature is never verified on the loop, a bad token that is repeated only once, and however many
 * there are, new good ones pass. */
static void attack_121_flood_of_dear_signatures(void **state)
{
    struct jwt_options o = {.secret = str_cstr(ec_key(2)), .cache_entries = 100};
    struct jwt *j = jwt_create(&o, error, sizeof error);
    struct str good = signed_as(JWA_ES512, 2, "{\"alg\":\"ES512\"}", PAYLOAD);
    struct str other = signed_as(JWA_ES512, 2, "{\"alg\":\"ES512\"}", "{\"role\":\"other\"}");
    struct str bad = arena_printf(&arena, "%.*sAAAA", (int)(good.n - 4), good.p);
    struct principal p;
    struct jwt_check *check;
    assert_int_equal(jwt_begin(j, bad, NOW, &arena, &p, &check), JWT_SLOW);
    jwt_check_run(check);
    assert_true(jwt_check_failed(check));
    assert_int_equal(jwt_finish(j, check, NOW, &arena, &p), JWT_ERR_BAD_SIGNATURE);
    jwt_check_free(&check);
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(jwt_begin(j, bad, NOW, &arena, &p, &check), JWT_ERR_BAD_SIGNATURE);
        assert_null(check);
    }
    assert_int_equal(jwt_begin(j, good, NOW, &arena, &p, &check), JWT_SLOW);
    jwt_check_run(check);
    assert_false(jwt_check_failed(check));
    for (int i = 0; i < 3; i++) { /* several may wait for the same one */
        assert_int_equal(jwt_finish(j, check, NOW, &arena, &p), JWT_OK);
        assert_str(p.role, "editor");
    }
    jwt_check_free(&check);
    assert_int_equal(jwt_begin(j, good, NOW, &arena, &p, &check), JWT_OK);
    assert_null(check);
    assert_int_equal(jwt_cache_stats(j).entries, 1);
    assert_int_equal(jwt_authenticate(j, other, NOW, &arena, &p), JWT_OK);
    jwt_free(&j);
}

/* What can be told without computing is told at once: the wrong length, no such key. */
static void attack_121_cheap_checks_come_first(void **state)
{
    struct jwt *j = jwt_create(&(struct jwt_options){.secret = str_cstr(ec_key(0))}, error, sizeof error);
    struct str good = signed_as(JWA_ES256, 0, "{\"alg\":\"ES256\"}", PAYLOAD);
    struct str kid = signed_as(JWA_ES256, 0, "{\"alg\":\"ES256\",\"kid\":\"x\"}", PAYLOAD);
    struct principal p;
    struct jwt_check *check;
    assert_int_equal(
        jwt_begin(j, str_sub(good, 0, good.n - 2), NOW, &arena, &p, &check), JWT_ERR_BAD_SIGNATURE);
    assert_int_equal(jwt_begin(j, kid, NOW, &arena, &p, &check), JWT_ERR_NO_KEY);
    assert_null(check);
    jwt_free(&j);
}

/* A token without kid is tried against four keys, not against thirty-two. */
static void attack_121_many_keys(void **state)
{
    static const char *const others[] = {"a", "b", "c"};
    struct jwt_options o = {.cache_entries = 10};
    const char *ours = signer_ec_jwk(&signer, &arena, 0), *keys = "{\"keys\":[";
    struct signer strangers[4];
    struct principal p;
    struct str token = signed_as(JWA_ES256, 0, "{\"alg\":\"ES256\"}", PAYLOAD);
    struct str named = signed_as(JWA_ES256, 0, "{\"alg\":\"ES256\",\"kid\":\"ours\"}", PAYLOAD);
    for (size_t n = 3; n <= 4; n++) {
        struct str set = arena_printf(&arena, "%s", keys);
        for (size_t i = 0; i < n; i++) {
            signer_init(&strangers[i]);
            set = arena_printf(&arena, "%.*s{%s,\"kid\":\"%s\"},", STR_ARG(set),
                signer_ec_jwk(&strangers[i], &arena, 0), i < 3 ? others[i] : "d");
            signer_deinit(&strangers[i]);
        }
        o.secret = arena_printf(&arena, "%.*s{%s,\"kid\":\"ours\"}]}", STR_ARG(set), ours);
        struct jwt *j = jwt_create(&o, error, sizeof error);
        assert_non_null(j);
        assert_int_equal(jwt_authenticate(j, token, NOW, &arena, &p), n == 3 ? JWT_OK : JWT_ERR_NO_KID);
        assert_int_equal(jwt_authenticate(j, named, NOW, &arena, &p), JWT_OK);
        jwt_free(&j);
    }
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(good_tokens_of_every_algorithm_pass),
        TEST(attack_100_algorithm_none),
        TEST(attack_101_signature_stripped_or_damaged),
        TEST(attack_101_every_byte_flipped),
        TEST(attack_101_signature_of_the_group_order),
        TEST(attack_101_signature_in_der),
        TEST(attack_102_public_key_as_hmac_secret),
        TEST(attack_103_blank_and_weak_secrets),
        TEST(attack_104_algorithms_mixed),
        TEST(attack_105_kid),
        TEST(attack_106_key_brought_along),
        TEST(attack_107_critical_extensions),
        TEST(attack_108_tokens_of_another_kind),
        TEST(attack_109_expiry),
        TEST(attack_110_tokens_of_the_future),
        TEST(attack_111_audience),
        TEST(attack_112_duplicate_members),
        TEST(attack_113_monstrous_claims),
        TEST(attack_114_other_base64),
        TEST(attack_115_number_of_parts),
        TEST(attack_116_roles),
        TEST(attack_118_rotated_keys),
        TEST(attack_121_flood_of_bad_tokens),
        TEST(attack_121_flood_of_dear_signatures),
        TEST(attack_121_cheap_checks_come_first),
        TEST(attack_121_many_keys),
    };
    return cmocka_run_group_tests_name("jwt_attacks", tests, group_set_up, group_tear_down);
}
