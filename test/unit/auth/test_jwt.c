/* Unit tests of auth/jwt and auth/jwt_claims: what a good token becomes, claims, cache, words.
 * The hostile ones are in test_jwt_attacks.c. SPDX-License-Identifier: ISC */
#include "auth/jwt.h"
#include "test/unit/auth/authenticate.h"
#include "test/unit/auth/signer.h"
#include "test/unit/auth/vectors.h"
#include "test/unit/test.h"

#include <stdio.h>

#define SECRET "a secret of more than thirty-two bytes"
#define NOW 1700000000

static struct arena arena;
static char error[256];

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

static struct jwt *make(struct jwt_options options)
{
    if (options.secret.n == 0)
        options.secret = STR(SECRET);
    struct jwt *j = jwt_create(&options, error, sizeof error);
    if (!j)
        fail_msg("%s", error);
    return j;
}

static struct str token_of(const char *payload)
{
    return signer_hs(&arena, JWA_HS256, STR(SECRET), "{\"alg\":\"HS256\",\"typ\":\"JWT\"}", payload);
}

/* The verdict of a default verifier with anonymous role "anon". */
static enum jwt_error judge(struct jwt_options options, const char *payload, struct principal *p)
{
    if (options.anon_role.n == 0)
        options.anon_role = STR("anon");
    struct jwt *j = make(options);
    enum jwt_error e = jwt_authenticate(j, token_of(payload), NOW, &arena, p);
    jwt_free(&j);
    return e;
}

static void assert_claims(const char *payload, enum jwt_error expected)
{
    struct principal p;
    enum jwt_error e = judge((struct jwt_options){0}, payload, &p);
    if (e != expected)
        fail_msg("%s: %d, not %d", payload, e, expected);
}

static void vectors_of_others(void **state)
{
    struct principal p;
    static const char *const rfc[][2] = {
        {RFC7515_HS_KEY, RFC7515_HS256}, {RFC7515_RSA_KEY, RFC7515_RS256}, {RFC7515_P256_KEY, RFC7515_ES256}};
    for (size_t i = 0; i < ARRAY_LEN(rfc); i++) {
        struct jwt *j = make((struct jwt_options){.secret = str_cstr(rfc[i][0]), .anon_role = STR("anon")});
        assert_int_equal(jwt_authenticate(j, str_cstr(rfc[i][1]), 1300819380, &arena, &p), JWT_OK);
        assert_str(p.role, "anon");
        assert_str(p.claims, "{\"role\":\"anon\",\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n "
                             "\"http://example.com/is_root\":true}");
        assert_int_equal(jwt_authenticate(j, str_cstr(rfc[i][1]), NOW, &arena, &p), JWT_ERR_EXPIRED);
        jwt_free(&j);
    }
    struct jwt *j = make((struct jwt_options){.secret = str_cstr(RFC7515_P521_KEY)});
    assert_int_equal(jwt_authenticate(j, str_cstr(RFC7515_ES512), NOW, &arena, &p), JWT_ERR_CLAIMS);
    jwt_free(&j);
    j = make((struct jwt_options){.secret = str_cstr(OTHER_RSA_KEY)});
    assert_int_equal(jwt_authenticate(j, str_cstr(OTHER_PS384), NOW, &arena, &p), JWT_OK);
    assert_str(p.role, "editor");
    jwt_free(&j);
}

static void becomes_a_principal(void **state)
{
    struct principal p;
    assert_int_equal(judge((struct jwt_options){0},
                         "{\"role\":\"editor\",\"sub\":\"u-7\",\"exp\":1700000100,\"tenant\":4.50}", &p),
        JWT_OK);
    assert_int_equal(p.origin, PRINCIPAL_JWT);
    assert_str(p.role, "editor");
    assert_str(p.subject, "u-7");
    assert_int_equal(p.expires, 1700000100);
    assert_str(p.claims, "{\"role\":\"editor\",\"sub\":\"u-7\",\"exp\":1700000100,\"tenant\":4.50}");
    assert_int_equal(judge((struct jwt_options){0}, "{\"role\":\"editor\",\"sub\":7}", &p), JWT_OK);
    assert_str(p.subject, "");
    assert_true(p.expires == INT64_MAX);
}

/* The role ends up in the claims, whatever place it was read from. */
static void inserts_the_role(void **state)
{
    struct principal p;
    struct jwt_options elsewhere = {.role_claim_key = STR(".app.roles[0]")};
    assert_int_equal(judge((struct jwt_options){0}, "{}", &p), JWT_OK);
    assert_str(p.claims, "{\"role\":\"anon\"}");
    assert_int_equal(judge((struct jwt_options){0}, " {\"x\":1.10}", &p), JWT_OK);
    assert_str(p.claims, "{\"role\":\"anon\",\"x\":1.10}");
    assert_int_equal(judge((struct jwt_options){0}, "{\"role\":null,\"x\":1}", &p), JWT_OK);
    assert_str(p.claims, "{\"role\":\"anon\",\"x\":1}");
    assert_int_equal(judge(elsewhere, "{\"app\":{\"roles\":[\"a \\\"b\\\"\"]}}", &p), JWT_OK);
    assert_str(p.role, "a \"b\"");
    assert_str(p.claims, "{\"role\":\"a \\\"b\\\"\",\"app\":{\"roles\":[\"a \\\"b\\\"\"]}}");
    assert_int_equal(judge(elsewhere, "{\"role\":\"admin\",\"app\":{\"roles\":[\"clerk\"]}}", &p), JWT_OK);
    assert_str(p.role, "clerk");
    assert_str(p.claims, "{\"role\":\"clerk\",\"app\":{\"roles\":[\"clerk\"]}}");
}

static void no_role_and_no_anonymous_role(void **state)
{
    struct principal p;
    struct jwt *j = make((struct jwt_options){0});
    assert_int_equal(
        jwt_authenticate(j, token_of("{\"sub\":\"7\"}"), NOW, &arena, &p), JWT_ERR_TOKEN_REQUIRED);
    assert_int_equal(jwt_anonymous(j, &arena, &p), JWT_ERR_TOKEN_REQUIRED);
    jwt_free(&j);
    j = make((struct jwt_options){.anon_role = STR("web \"anon\"")});
    assert_int_equal(jwt_anonymous(j, &arena, &p), JWT_OK);
    jwt_free(&j);
    assert_int_equal(p.origin, PRINCIPAL_ANONYMOUS);
    assert_str(p.role, "web \"anon\"");
    assert_str(p.claims, "{\"role\":\"web \\\"anon\\\"\"}");
    assert_true(p.expires == INT64_MAX);
}

static void times_have_thirty_seconds_of_skew(void **state)
{
    assert_claims("{\"exp\":1700000001}", JWT_OK);
    assert_claims("{\"exp\":1699999970}", JWT_OK);
    assert_claims("{\"exp\":1699999969}", JWT_ERR_EXPIRED);
    assert_claims("{\"nbf\":1700000030}", JWT_OK);
    assert_claims("{\"nbf\":1700000031}", JWT_ERR_NOT_YET);
    assert_claims("{\"iat\":1700000030}", JWT_OK);
    assert_claims("{\"iat\":1700000031}", JWT_ERR_ISSUED_AT);
    assert_claims("{\"exp\":null,\"nbf\":null,\"iat\":null}", JWT_OK);
}

static void times_are_numbers(void **state)
{
    assert_claims("{\"exp\":\"1800000000\"}", JWT_ERR_EXP_TYPE);
    assert_claims("{\"nbf\":\"0\"}", JWT_ERR_NBF_TYPE);
    assert_claims("{\"iat\":[0]}", JWT_ERR_IAT_TYPE);
    assert_claims("{\"exp\":true}", JWT_ERR_EXP_TYPE);
    assert_claims("{\"exp\":1.8e9}", JWT_OK);
    assert_claims("{\"exp\":1800000000.0}", JWT_OK);
    assert_claims("{\"exp\":1800000000.5}", JWT_OK);
    assert_claims("{\"exp\":1699999969.9}", JWT_ERR_EXPIRED); /* 30 s of skew */
    assert_claims("{\"exp\":1699999970.9}", JWT_OK);
    assert_claims("{\"exp\":1e20}", JWT_OK);
    assert_claims("{\"exp\":-1e20}", JWT_ERR_EXPIRED);
    assert_claims("{\"exp\":17000000000000000000}", JWT_OK);
    assert_claims("{\"exp\":1e999}", JWT_OK);
    assert_claims("{\"exp\":-1e999}", JWT_ERR_EXPIRED);
    assert_claims("{\"nbf\":99999999999999999999}", JWT_ERR_NOT_YET);
    assert_claims("{\"iat\":1700000000.25,\"nbf\":1699999999.9}", JWT_OK);
    assert_claims("{\"nbf\":1700000030.5}", JWT_ERR_NOT_YET);
    assert_claims("{\"nbf\":1e300}", JWT_ERR_NOT_YET);
    assert_claims("{\"nbf\":-1e300,\"iat\":-5}", JWT_OK);
    assert_claims("{\"iat\":9223372036854775807}", JWT_ERR_ISSUED_AT);
}

/* A number that no C type holds is the business of whoever reads the claim; as text it reaches PostgreSQL as
 * it is, also where "role" had to be replaced. */
static void numbers_of_any_size(void **state)
{
    static const char *const numbers[] = {"12345678901234567890", "-123456789012345678901234567890", "1e999",
        "-1E+400", "0.1e400", "1.5E309", "1e-999", "9007199254740993", "9223372036854775807",
        "-9223372036854775808", "18446744073709551616", "0.10000000000000000000000001", "[1e309,2]",
        "\"1e999\"", "\"12345678901234567890\\\"\""};
    static const char *const bad[] = {"01234567890123456789", "1234567890123456789012-", "--1e999", "1e999e9",
        "12345678901234567890.", "1e", "+12345678901234567890", "123456789012345678901e"};
    struct principal p;
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        struct str plain = arena_printf(&arena, "{\"n\":%s,\"role\":\"r\"}", numbers[i]);
        struct str moved = arena_printf(&arena, "{\"n\":%s,\"ro\\u006ce\": 7 ,\"app\":\"r\"}", numbers[i]);
        struct str text = arena_printf(&arena, "{\"n\":%s,\"ro\\u006ce\":\"r\" ,\"app\":\"r\"}", numbers[i]);
        assert_int_equal(judge((struct jwt_options){0}, plain.p, &p), JWT_OK);
        assert_str(p.claims, plain.p);
        assert_int_equal(judge((struct jwt_options){.role_claim_key = STR("$.app")}, moved.p, &p), JWT_OK);
        assert_str(p.claims, text.p);
    }
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_claims(arena_printf(&arena, "{\"n\":%s}", bad[i]).p, JWT_ERR_CLAIMS);
    char *long_number = arena_alloc(&arena, 3000);
    memset(long_number, '7', 3000);
    assert_claims(arena_printf(&arena, "{\"n\":%.*s}", 3000, long_number).p, JWT_OK);
    assert_claims(arena_printf(&arena, "{\"n\":0.%.*s}", 2998, long_number).p, JWT_OK);
}

/* PostgREST's order: exp, nbf, iat, aud, each type before value. */
static void the_first_objection_counts(void **state)
{
    assert_claims("{\"exp\":1,\"nbf\":\"x\"}", JWT_ERR_EXPIRED);
    assert_claims("{\"exp\":\"x\",\"nbf\":9999999999}", JWT_ERR_EXP_TYPE);
    assert_claims("{\"nbf\":9999999999,\"iat\":\"x\"}", JWT_ERR_NOT_YET);
    assert_claims("{\"iat\":9999999999,\"aud\":7}", JWT_ERR_ISSUED_AT);
    assert_claims("{\"aud\":7,\"role\":7}", JWT_ERR_AUD_TYPE);
}

static void assert_audience(const char *aud, enum jwt_error expected)
{
    char payload[128];
    struct principal p;
    snprintf(payload, sizeof payload, "{\"role\":\"r\",\"aud\":%s}", aud);
    enum jwt_error e = judge((struct jwt_options){.audience = STR("me")}, payload, &p);
    if (e != expected)
        fail_msg("aud %s: %d", aud, e);
}

static void audience(void **state)
{
    assert_audience("\"me\"", JWT_OK);
    assert_audience("[\"you\",\"me\"]", JWT_OK);
    assert_audience("[\"me\",\"you\"]", JWT_OK);
    assert_audience("[]", JWT_OK);
    assert_audience("null", JWT_OK);
    assert_audience("\"you\"", JWT_ERR_AUDIENCE);
    assert_audience("\"\"", JWT_ERR_AUDIENCE);
    assert_audience("\"ME\"", JWT_ERR_AUDIENCE);
    assert_audience("[\"you\"]", JWT_ERR_AUDIENCE);
    assert_audience("[\"me\",7]", JWT_ERR_AUD_TYPE);
    assert_audience("{\"me\":1}", JWT_ERR_AUD_TYPE);
    assert_audience("7", JWT_ERR_AUD_TYPE);
    assert_claims("{\"aud\":\"anybody\"}", JWT_OK);
    assert_claims("{\"aud\":[\"any\",\"body\"]}", JWT_OK);
    assert_claims("{\"aud\":[7]}", JWT_ERR_AUD_TYPE);
}

static void authorization_header(void **state)
{
    struct str token;
    assert_true(jwt_from_authorization(STR("Bearer a.b.c"), &token));
    assert_str(token, "a.b.c");
    assert_true(jwt_from_authorization(STR("bEaReR   a.b.c "), &token));
    assert_str(token, "a.b.c");
    assert_true(jwt_from_authorization(STR("Bearer"), &token));
    assert_str(token, "");
    assert_true(jwt_from_authorization(STR("Bearer "), &token));
    assert_str(token, "");
    assert_false(jwt_from_authorization(STR("Basic dTpw"), &token));
    assert_false(jwt_from_authorization(STR("Bearera.b.c"), &token));
    assert_false(jwt_from_authorization(STR(""), &token));
}

static void assert_text(enum jwt_error e, const char *token, int status, const char *code,
    const char *message, const char *details, const char *www)
{
    struct jwt_error_text t;
    jwt_error_describe(e, str_cstr(token), &arena, &t);
    assert_int_equal(t.status, status);
    assert_string_equal(t.code, code);
    assert_str(t.message, message);
    assert_int_equal(t.details.p == NULL, details == NULL);
    if (details)
        assert_str(t.details, details);
    assert_int_equal(t.www_authenticate.p == NULL, www == NULL);
    if (www)
        assert_str(t.www_authenticate, www);
}

static void words(void **state)
{
    assert_text(JWT_ERR_SECRET_MISSING, "", 500, "PGRST300", "Server lacks JWT secret", NULL, NULL);
    assert_text(JWT_ERR_PARTS, "a.b", 401, "PGRST301", "Expected 3 parts in JWT; got 2", NULL,
        "Bearer error=\"invalid_token\", error_description=\"Expected 3 parts in JWT; got 2\"");
    assert_text(JWT_ERR_NO_KEY, "", 401, "PGRST301", "No suitable key or wrong key type",
        "No suitable key was found to decode the JWT",
        "Bearer error=\"invalid_token\", error_description=\"No suitable key or wrong key type\"");
    assert_text(JWT_ERR_TOKEN_REQUIRED, "", 401, "PGRST302", "Anonymous access is disabled", NULL, "Bearer");
    assert_text(JWT_ERR_EXPIRED, "", 401, "PGRST303", "JWT expired", NULL,
        "Bearer error=\"invalid_token\", error_description=\"JWT expired\"");
    for (int e = JWT_SLOW + 1; e < JWT_ERROR_COUNT; e++) {
        struct jwt_error_text t;
        jwt_error_describe((enum jwt_error)e, STR("x"), &arena, &t);
        assert_true(t.message.n > 0 && memchr(t.message.p, '%', t.message.n) == NULL);
        assert_true(t.status == 401 ? t.www_authenticate.n > 0 : t.status >= 429 && !t.www_authenticate.p);
    }
}

static void cache_rechecks_times(void **state)
{
    struct jwt *j = make((struct jwt_options){.cache_entries = 10});
    struct str token = token_of("{\"role\":\"r\",\"exp\":1700000100,\"nbf\":1700000000}");
    struct principal p, again;
    assert_int_equal(jwt_authenticate(j, token, NOW - 31, &arena, &p), JWT_ERR_NOT_YET);
    assert_int_equal(jwt_authenticate(j, token, NOW, &arena, &p), JWT_OK);
    assert_int_equal(jwt_authenticate(j, token, NOW, &arena, &again), JWT_OK);
    assert_ptr_equal(p.claims.p, again.claims.p);
    assert_int_equal(jwt_authenticate(j, token, NOW + 131, &arena, &p), JWT_ERR_EXPIRED);
    struct sieve_stats st = jwt_cache_stats(j);
    assert_int_equal(st.misses, 1);
    assert_int_equal(st.hits, 3);
    assert_int_equal(st.entries, 1);
    jwt_free(&j);
    /* The principal outlives the cache entry and the verifier. */
    assert_str(again.role, "r");
}

static void cache_is_bounded_and_keyed_by_the_whole_token(void **state)
{
    struct jwt *j = make((struct jwt_options){.cache_entries = 10});
    struct principal p;
    char payload[64];
    for (int i = 0; i < 100; i++) {
        snprintf(payload, sizeof payload, "{\"role\":\"r\",\"sub\":\"%d\"}", i);
        assert_int_equal(jwt_authenticate(j, token_of(payload), NOW, &arena, &p), JWT_OK);
    }
    assert_int_equal(jwt_cache_stats(j).entries, 10);
    assert_int_equal(jwt_cache_stats(j).evictions, 90);
    /* The same signature under another payload. */
    struct str good = token_of("{\"role\":\"r\"}"), evil = token_of("{\"role\":\"admin\"}");
    assert_int_equal(jwt_authenticate(j, good, NOW, &arena, &p), JWT_OK);
    struct str forged =
        arena_printf(&arena, "%.*s%s", (int)(strrchr(evil.p, '.') - evil.p), evil.p, strrchr(good.p, '.'));
    assert_int_equal(jwt_authenticate(j, forged, NOW, &arena, &p), JWT_ERR_BAD_SIGNATURE);
    assert_int_equal(jwt_authenticate(j, forged, NOW, &arena, &p), JWT_ERR_BAD_SIGNATURE);
    jwt_free(&j);
}

static void no_secret(void **state)
{
    struct jwt *j = jwt_create(&(struct jwt_options){.anon_role = STR("anon")}, error, sizeof error);
    struct principal p;
    assert_int_equal(jwt_authenticate(j, token_of("{}"), NOW, &arena, &p), JWT_ERR_SECRET_MISSING);
    assert_int_equal(jwt_anonymous(j, &arena, &p), JWT_OK);
    jwt_free(&j);
}

static void bad_options(void **state)
{
    assert_null(jwt_create(&(struct jwt_options){.secret = STR("short")}, error, sizeof error));
    assert_non_null(strstr(error, "32 bytes"));
    assert_null(strstr(error, "short"));
    assert_null(jwt_create(&(struct jwt_options){.role_claim_key = STR(".a[")}, error, sizeof error));
    assert_non_null(strstr(error, "jwt-role-claim-key"));
    assert_null(jwt_create(&(struct jwt_options){.anon_role = STR("none")}, error, sizeof error));
}

static void expiry_may_be_required(void **state)
{
    struct principal p;
    struct jwt_options strict = {.require_exp = true};
    assert_int_equal(judge(strict, "{\"role\":\"r\"}", &p), JWT_ERR_EXP_MISSING);
    assert_int_equal(judge(strict, "{\"role\":\"r\",\"exp\":null}", &p), JWT_ERR_EXP_MISSING);
    assert_int_equal(judge(strict, "{\"role\":\"r\",\"exp\":1800000000}", &p), JWT_OK);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(vectors_of_others),
        TEST(becomes_a_principal),
        TEST(inserts_the_role),
        TEST(no_role_and_no_anonymous_role),
        TEST(times_have_thirty_seconds_of_skew),
        TEST(times_are_numbers),
        TEST(numbers_of_any_size),
        TEST(the_first_objection_counts),
        TEST(audience),
        TEST(authorization_header),
        TEST(words),
        TEST(cache_rechecks_times),
        TEST(cache_is_bounded_and_keyed_by_the_whole_token),
        TEST(no_secret),
        TEST(bad_options),
        TEST(expiry_may_be_required),
    };
    return cmocka_run_group_tests_name("jwt", tests, NULL, NULL);
}
