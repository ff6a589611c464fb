/* jwt: taking a token apart, its signature, the cache, and the words of errors. SPDX-License-Identifier: ISC
 */
#include "auth/jwt.h"

#include "auth/digest.h"
#include "auth/jwk.h"
#include "auth/jwt_claims.h"
#include "util/base64.h"
#include "util/check.h"
#include "util/mem.h"

#include <jansson.h>
#include <stdio.h>

#define JWT_MAGIC 0x6a777421u
/* Bytes of the cache per entry of jwt-cache-max-entries: tokens are some hundred bytes, kept beside their
 * claims. */
#define CACHE_BYTES_PER_ENTRY ((size_t)8192)
/* Remembered failures, by the token's digest: each has one place. */
#define REFUSALS 256u

struct refusal {
    uint8_t digest[DIGEST_BYTES];
    enum jwt_error error; /* JWT_OK: the place is free */
};

struct jwt {
    unsigned magic;
    struct jwk_set *keys; /* NULL: no secret */
    struct jwt_rules rules;
    struct str anon_claims;
    struct sieve *cache;      /* of struct verified; NULL: none */
    struct refusal *refusals; /* REFUSALS of them; NULL: no key is slow */
    struct arena arena;       /* of the strings above */
};

/* A token whose signature is right. The slices of claims.principal lie in `arena`. */
struct verified {
    struct arena arena;
    struct jwt_claims claims;
};

/* The three parts, decoded into an arena. */
struct jws {
    struct str input; /* what is signed: the first two parts as they came */
    struct str header, payload, signature;
    struct str kid; /* p == NULL: none */
    enum jwa alg;
};

#define JWT_CHECK_MAGIC 0x6a777463u

struct jwt_check {
    unsigned magic;
    struct arena arena;
    struct jwk_set *keys;
    struct str token;
    struct jws jws;
    bool slow;
    uint8_t digest[DIGEST_BYTES]; /* of the token, where slow */
    enum jwt_error error;         /* so far */
};

/* ---- life cycle ---- */

static void verified_destroy(void *value)
{
    struct verified *v = value;
    arena_release(&v->arena);
    mem_free(v);
}

static bool load_rules(struct jwt *j, const struct jwt_options *o, char *error, size_t size)
{
    struct str key = o->role_claim_key.n > 0 ? o->role_claim_key : STR("$.role");
    size_t at;
    j->rules.audience = arena_str(&j->arena, o->audience);
    j->rules.anon_role = arena_str(&j->arena, o->anon_role);
    j->rules.login_role = arena_str(&j->arena, o->login_role);
    j->rules.require_exp = o->require_exp;
    if (!role_path_compile(&j->rules.role_path, &j->arena, key, &at)) {
        snprintf(error, size,
            "jwt-role-claim-key: not understood from character %zu on; a path like $.role or "
            ".realm.roles[0] is expected",
            at + 1);
        return false;
    }
    if (o->anon_role.n > 0 && !role_is_plausible(o->anon_role)) {
        snprintf(error, size, "db-anon-role: not the name of a role");
        return false;
    }
    return true;
}

/* {"role":"..."}: what request.jwt.claims holds without a token. */
static struct str anonymous_claims(struct jwt *j)
{
    json_t *claims = json_pack("{s:s%}", "role", j->rules.anon_role.p, j->rules.anon_role.n);
    char *text = claims ? json_dumps(claims, JSON_COMPACT) : NULL;
    struct str copy = arena_str(&j->arena, text ? str_cstr(text) : STR("{}"));
    free(text);
    json_decref(claims);
    return copy;
}

static bool has_slow_key(const struct jwk_set *keys)
{
    for (unsigned alg = 0; alg < JWA_COUNT; alg++) {
        if (jwa_is_slow((enum jwa)alg) && jwk_set_find(keys, (enum jwa)alg))
            return true;
    }
    return false;
}

struct jwt *jwt_create(const struct jwt_options *options, char *error, size_t size)
{
    struct jwt *j = MEM_NEW(struct jwt);
    j->magic = JWT_MAGIC;
    arena_init(&j->arena, 0);
    if (!load_rules(j, options, error, size))
        goto out;
    j->anon_claims = anonymous_claims(j);
    if (options->secret.n > 0) {
        j->keys = jwk_set_load(options->secret, options->secret_is_base64, error, size);
        if (!j->keys)
            goto out;
        if (has_slow_key(j->keys))
            j->refusals = MEM_NEW_ARRAY(struct refusal, REFUSALS);
    }
    if (options->cache_entries > 0) {
        size_t entries = MIN(options->cache_entries, SIZE_MAX / CACHE_BYTES_PER_ENTRY);
        struct sieve_options cache = {.max_bytes = MAX(entries, 16) * CACHE_BYTES_PER_ENTRY,
            .max_entries = entries,
            .max_entry_bytes = 4 * JWT_MAX_BYTES,
            .destroy = verified_destroy};
        j->cache = sieve_create(&cache);
    }
    return j;
out:
    jwt_free(&j);
    return NULL;
}

void jwt_free(struct jwt **pj)
{
    struct jwt *j = *pj;
    if (!j)
        return;
    CHECK_OBJ(j, JWT_MAGIC);
    sieve_free(&j->cache);
    jwk_set_free(&j->keys);
    mem_free(j->refusals);
    arena_release(&j->arena);
    j->magic = 0;
    mem_free(j);
    *pj = NULL;
}

/* ---- taking a token apart ---- */

static size_t count_parts(struct str token)
{
    size_t parts = 1;
    for (size_t i = 0; i < token.n; i++)
        parts += token.p[i] == '.';
    return parts;
}

static bool decode_part(struct arena *a, struct str text, struct str *out)
{
    uint8_t *bytes = arena_alloc(a, BASE64_DECODE_ROOM(text.n));
    out->p = (char *)bytes;
    return base64_decode(bytes, &out->n, text, BASE64_URL);
}

static enum jwt_error split_token(struct arena *a, struct str token, struct jws *jws)
{
    struct str rest = token, header, payload, signature;
    if (token.n == 0)
        return JWT_ERR_EMPTY;
    if (token.n > JWT_MAX_BYTES)
        return JWT_ERR_TOO_LONG;
    if (count_parts(token) != 3)
        return JWT_ERR_PARTS;
    CHECK(str_split(&rest, '.', &header) && str_split(&rest, '.', &payload));
    signature = rest;
    jws->input = str_sub(token, 0, header.n + 1 + payload.n);
    if (!decode_part(a, header, &jws->header) || !decode_part(a, payload, &jws->payload) ||
        !decode_part(a, signature, &jws->signature) || jws->header.n > JWT_HEADER_MAX_BYTES)
        return JWT_ERR_MALFORMED;
    return JWT_OK;
}

/* RFC 8725 section 3.11: a token that says it is for something else (logout+jwt, dpop+jwt, secevent+jwt, ...)
 * is no access token, whoever signed it. */
static bool is_foreign_type(const json_t *typ)
{
    if (!typ)
        return false;
    struct str s = str_make(json_string_value(typ), json_string_length(typ));
    if (!json_is_string(typ))
        return true;
    if (str_starts_nocase(s, STR("application/")))
        s = str_sub(s, strlen("application/"), s.n);
    return memchr(s.p, '+', s.n) != NULL && !str_eq_nocase(s, STR("at+jwt"));
}

static enum jwt_error read_alg(const json_t *alg, enum jwa *out)
{
    if (!json_is_string(alg))
        return JWT_ERR_ALG_UNKNOWN;
    struct str name = str_make(json_string_value(alg), json_string_length(alg));
    if (jwa_parse(name, out))
        return JWT_OK;
    return str_eq_nocase(name, STR("none")) ? JWT_ERR_ALG_NONE : JWT_ERR_ALG_UNKNOWN;
}

/* Reads alg and kid, and refuses what we do not implement: every critical extension (RFC 7515
 * section 4.1.11), an unencoded payload (RFC 7797), encryption. jku, jwk, x5u and x5c are never looked at. */
static enum jwt_error read_header(struct arena *a, const json_t *header, struct jws *jws)
{
    const json_t *kid = json_object_get(header, "kid");
    enum jwt_error error = read_alg(json_object_get(header, "alg"), &jws->alg);
    if (error != JWT_OK)
        return error;
    if (json_object_get(header, "crit") || json_is_false(json_object_get(header, "b64")) ||
        json_object_get(header, "enc"))
        return JWT_ERR_CRITICAL;
    if (is_foreign_type(json_object_get(header, "typ")))
        return JWT_ERR_TYPE;
    if (kid && (!json_is_string(kid) || json_string_length(kid) > JWK_KID_MAX))
        return JWT_ERR_NO_KEY;
    if (kid)
        jws->kid = arena_str(a, str_make(json_string_value(kid), json_string_length(kid)));
    return JWT_OK;
}

static enum jwt_error parse_header(struct arena *a, struct jws *jws)
{
    json_error_t where;
    json_t *header = json_is_tame(jws->header)
                         ? json_loadb(jws->header.p, jws->header.n, JSON_REJECT_DUPLICATES, &where)
                         : NULL;
    enum jwt_error error = json_is_object(header) ? read_header(a, header, jws) : JWT_ERR_MALFORMED;
    json_decref(header);
    return error;
}

/* ---- verifying ---- */

static enum jwt_error error_of(enum jwk_verdict verdict)
{
    switch (verdict) {
    case JWK_VALID: return JWT_OK;
    case JWK_NO_KEY: return JWT_ERR_NO_KEY;
    case JWK_BAD_SIGNATURE: return JWT_ERR_BAD_SIGNATURE;
    case JWK_TOO_MANY: return JWT_ERR_NO_KID;
    }
    UNREACHABLE();
}

/* Takes the token apart. What can be told without computing a signature is told by `error`. The claims are
 * not among it: nothing of a payload is parsed that nobody vouches for, and a token with two faults is
 * refused for its signature, as PostgREST does. */
static struct jwt_check *check_create(struct jwt *j, struct str token)
{
    struct jwt_check *c = MEM_NEW(struct jwt_check);
    struct jws *jws = &c->jws;
    c->magic = JWT_CHECK_MAGIC;
    c->keys = j->keys;
    arena_init(&c->arena, 0);
    c->token = token.n <= JWT_MAX_BYTES ? arena_str(&c->arena, token) : token;
    c->error = split_token(&c->arena, c->token, jws);
    if (c->error == JWT_OK)
        c->error = parse_header(&c->arena, jws);
    if (c->error == JWT_OK)
        c->error = error_of(jwk_set_precheck(j->keys, jws->alg, jws->kid, jws->signature.n));
    return c;
}

void jwt_check_run(struct jwt_check *c)
{
    CHECK_OBJ(c, JWT_CHECK_MAGIC);
    const struct jws *jws = &c->jws;
    if (c->error == JWT_OK)
        c->error = error_of(jwk_set_verify(c->keys, jws->alg, jws->kid, jws->input, jws->signature));
}

bool jwt_check_failed(const struct jwt_check *c)
{
    return c->error != JWT_OK;
}

struct str jwt_check_token(const struct jwt_check *c)
{
    return c->token;
}

void jwt_check_free(struct jwt_check **pc)
{
    struct jwt_check *c = *pc;
    if (!c)
        return;
    CHECK_OBJ(c, JWT_CHECK_MAGIC);
    arena_release(&c->arena);
    c->magic = 0;
    mem_free(c);
    *pc = NULL;
}

static struct refusal *place_of(const struct jwt *j, const uint8_t *digest)
{
    return &j->refusals[(digest[0] | (unsigned)digest[1] << 8) % REFUSALS];
}

/* Whether the signature is slow to verify, and nothing is known about the token yet. */
static bool needs_time(const struct jwt *j, struct jwt_check *c)
{
    if (c->error != JWT_OK || !jwa_is_slow(c->jws.alg))
        return false;
    c->slow = true;
    digest_sha256(&c->token, 1, c->digest);
    const struct refusal *r = place_of(j, c->digest);
    if (r->error != JWT_OK && digest_equal(r->digest, c->digest, DIGEST_BYTES))
        c->error = r->error;
    return c->error == JWT_OK;
}

static void remember_refusal(struct jwt *j, const struct jwt_check *c, enum jwt_error error)
{
    struct refusal *r = place_of(j, c->digest);
    memcpy(r->digest, c->digest, DIGEST_BYTES);
    r->error = error;
}

static bool is_cacheable(const struct jwt *j, struct str token)
{
    return j->cache && token.n > 0 && token.n <= JWT_MAX_BYTES;
}

/* ---- verbs ---- */

bool jwt_from_authorization(struct str header, struct str *token)
{
    static const struct str scheme = {"bearer", 6};
    struct str s = str_trim(header);
    if (!str_starts_nocase(s, scheme) || (s.n > scheme.n && s.p[scheme.n] != ' ' && s.p[scheme.n] != '\t'))
        return false;
    *token = str_trim(str_sub(s, scheme.n, s.n));
    return true;
}

static enum jwt_error give(const struct verified *v, int64_t now, struct principal *p)
{
    *p = v->claims.principal;
    return jwt_claims_check(&v->claims, now);
}

static enum jwt_error give_cached(struct sieve_entry *e, int64_t now, struct arena *a, struct principal *p)
{
    arena_on_dispose(a, sieve_unref_hook, e);
    return give(sieve_value(e), now, p);
}

/* The claims of a token whose signature is right: into the cache, or for this caller alone. */
static enum jwt_error accept(
    struct jwt *j, const struct jwt_check *c, int64_t now, struct arena *a, struct principal *p)
{
    struct verified *v = MEM_NEW(struct verified);
    arena_init(&v->arena, 0);
    enum jwt_error error = jwt_claims_read(&j->rules, &v->arena, c->jws.payload, &v->claims);
    if (error != JWT_OK) {
        verified_destroy(v);
        return error;
    }
    if (is_cacheable(j, c->token))
        return give_cached(sieve_put(j->cache, c->token, v, sizeof *v + v->arena.bytes), now, a, p);
    arena_on_dispose(a, verified_destroy, v);
    return give(v, now, p);
}

enum jwt_error jwt_finish(
    struct jwt *j, const struct jwt_check *c, int64_t now, struct arena *a, struct principal *p)
{
    CHECK_OBJ(j, JWT_MAGIC);
    *p = (struct principal){0};
    enum jwt_error error = c->error == JWT_OK ? accept(j, c, now, a, p) : c->error;
    if (c->slow && (c->error != JWT_OK || error == JWT_ERR_CLAIMS))
        remember_refusal(j, c, error);
    return error;
}

enum jwt_error jwt_begin(struct jwt *j, struct str token, int64_t now, struct arena *a, struct principal *p,
    struct jwt_check **check)
{
    CHECK_OBJ(j, JWT_MAGIC);
    *p = (struct principal){0};
    *check = NULL;
    if (!j->keys)
        return JWT_ERR_SECRET_MISSING;
    struct sieve_entry *e = is_cacheable(j, token) ? sieve_get(j->cache, token) : NULL;
    if (e)
        return give_cached(e, now, a, p);
    struct jwt_check *c = check_create(j, token);
    if (needs_time(j, c)) {
        *check = c;
        return JWT_SLOW;
    }
    jwt_check_run(c);
    enum jwt_error error = jwt_finish(j, c, now, a, p);
    jwt_check_free(&c);
    return error;
}

enum jwt_error jwt_anonymous(const struct jwt *j, struct arena *a, struct principal *p)
{
    CHECK_OBJ(j, JWT_MAGIC);
    *p = (struct principal){0};
    if (j->rules.anon_role.n == 0)
        return JWT_ERR_TOKEN_REQUIRED;
    *p = (struct principal){.origin = PRINCIPAL_ANONYMOUS,
        .role = arena_str(a, j->rules.anon_role),
        .claims = arena_str(a, j->anon_claims),
        .expires = INT64_MAX};
    return JWT_OK;
}

struct sieve_stats jwt_cache_stats(const struct jwt *j)
{
    CHECK_OBJ(j, JWT_MAGIC);
    return j->cache ? sieve_stats(j->cache) : (struct sieve_stats){0};
}

/* ---- errors ---- */

#define JWT_ERROR(name, code, status, message, details) {code, status, message, details},
static const struct {
    const char *code;
    int status;
    const char *message, *details;
} errors[JWT_ERROR_COUNT] = {
    {NULL, 200, "", NULL},
    {NULL, 200, "", NULL},
#include "auth/jwt_errors.def"
};
#undef JWT_ERROR

void jwt_error_describe(enum jwt_error error, struct str token, struct arena *a, struct jwt_error_text *out)
{
    CHECK(error > JWT_SLOW && error < JWT_ERROR_COUNT);
    *out = (struct jwt_error_text){.status = errors[error].status,
        .code = errors[error].code,
        .message = str_cstr(errors[error].message),
        .details = str_cstr(errors[error].details)};
    if (error == JWT_ERR_BUSY)
        out->retry_after_s = 1; /* then there is one more try at least */
    if (error == JWT_ERR_PARTS)
        out->message = arena_printf(a, "Expected 3 parts in JWT; got %zu", count_parts(token));
    if (error == JWT_ERR_TOKEN_REQUIRED)
        out->www_authenticate = STR("Bearer");
    else if (out->status == 401)
        out->www_authenticate = arena_printf(
            a, "Bearer error=\"invalid_token\", error_description=\"%.*s\"", STR_ARG(out->message));
}
