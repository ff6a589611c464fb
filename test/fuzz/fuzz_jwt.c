/* fuzz_jwt: everything in auth/ that reads what others wrote. The first byte says what the rest is:
 *
 *     t  a token as it came
 *     s  header, line end, payload: signed here, so that the claims are reached
 *     k  a jwt-secret        b  the same, in base64
 *     p  a jwt-role-claim-key, walked through some claims
 *
 * SPDX-License-Identifier: ISC */
#include "auth/claims_text.h"
#include "auth/jwk.h"
#include "auth/jwt.h"
#include "auth/jwt_claims.h"
#include "test/fuzz/fuzz.h"
#include "test/unit/auth/authenticate.h"
#include "util/base64.h"
#include "util/check.h"
#include "util/clock.h"

#include <jansson.h>

#define NOW 1700000000
#define KEYS                                                                                                 \
    "{\"keys\":[{\"kty\":\"oct\",\"kid\":\"a\",\"k\":\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHv8\"},"      \
    "{\"kty\":\"EC\",\"kid\":\"b\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\"," \
    "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}]}"

static char error[256];

static struct jwt *verifier(void)
{
    static struct jwt *j;
    if (!j) {
        clock_fake(1, 0); /* no time passes, so that no flood is seen in the fuzzer's work */
        j = jwt_create(
            &(struct jwt_options){.secret = STR(KEYS), .anon_role = STR("anon"), .cache_entries = 16}, error,
            sizeof error);
        CHECK(j != NULL);
    }
    return j;
}

/* A principal must be fit for set_config: a plausible role, and claims that say the same. */
static void check_principal(struct arena *a, const struct principal *p)
{
    CHECK(role_is_plausible(p->role) && p->origin == PRINCIPAL_JWT);
    struct str text = claims_text_readable(a, p->claims);
    json_t *claims = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, NULL);
    const json_t *role = json_object_get(claims, "role");
    CHECK(json_is_string(role));
    CHECK(str_eq(p->role, str_make(json_string_value(role), json_string_length(role))));
    json_decref(claims);
}

static void run_token(struct str token)
{
    struct arena a;
    struct principal p;
    struct jwt_error_text text;
    arena_init(&a, 0);
    enum jwt_error e = jwt_authenticate(verifier(), token, NOW, &a, &p);
    CHECK(e == jwt_authenticate(verifier(), token, NOW, &a, &p));
    if (e == JWT_OK)
        check_principal(&a, &p);
    else
        jwt_error_describe(e, token, &a, &text);
    arena_release(&a);
}

static struct str encode(struct arena *a, struct str s)
{
    char *p = arena_alloc(a, BASE64_ENCODE_ROOM(s.n));
    return str_make(p, (size_t)(base64_encode(p, s.p, s.n, BASE64_URL) - p));
}

static void run_signed(struct str s)
{
    char secret[32];
    struct str header, rest = s;
    struct arena a;
    struct jwk key;
    const char *why;
    unsigned char mac[64];
    if (!str_split(&rest, '\n', &header))
        return;
    arena_init(&a, 0);
    for (int i = 0; i < 32; i++)
        secret[i] = (char)(i < 31 ? i : 0xff); /* key "a" of KEYS */
    CHECK(jwk_init_oct(&key, str_make(secret, sizeof secret), &why));
    struct str first = encode(&a, header), second = encode(&a, rest);
    struct str input = arena_printf(&a, "%.*s.%.*s", STR_ARG(first), STR_ARG(second));
    struct str third = encode(&a, str_make((char *)mac, jwk_hmac(&key, JWA_HS256, input, mac)));
    run_token(arena_printf(&a, "%.*s.%.*s", STR_ARG(input), STR_ARG(third)));
    jwk_deinit(&key);
    arena_release(&a);
}

static void run_secret(struct str s, bool is_base64)
{
    error[0] = '\0';
    struct jwk_set *set = jwk_set_load(s, is_base64, error, sizeof error);
    CHECK(set ? set->n > 0 : error[0] != '\0');
    jwk_set_free(&set);
}

static void run_path(struct str s)
{
    static json_t *claims;
    struct role_path path;
    struct str role = {0};
    struct arena a;
    size_t at;
    if (!claims)
        claims = json_loads(
            "{\"role\":\"gr\xc3\xb6\xc3\x9f\",\"a\":{\"b\":[\"x\",7,\"xyz\",{\"c\":\"d\"}]}}", 0, NULL);
    arena_init(&a, 0);
    if (role_path_compile(&path, &a, s, &at)) {
        if (role_path_walk(&path, claims, &role) == ROLE_FOUND_STRING)
            CHECK(role.n <= 8 && role.p != NULL);
    } else {
        CHECK(at <= s.n);
    }
    arena_release(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct str rest = str_make((const char *)data + 1, size - 1);
    switch (data[0]) {
    case 't': run_token(rest); break;
    case 's': run_signed(rest); break;
    case 'k': run_secret(rest, false); break;
    case 'b': run_secret(rest, true); break;
    case 'p': run_path(rest); break;
    default: break;
    }
    return 0;
}
