/* jwk: from configuration text to keys. SPDX-License-Identifier: ISC */
#include "auth/jwk.h"

#include "util/arena.h"
#include "util/base64.h"
#include "util/check.h"
#include "util/mem.h"

#include <jansson.h>
#include <stdio.h>

/* The string member `name` of a JSON object; p == NULL when it is absent or no string. */
static struct str member(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    return json_is_string(value) ? str_make(json_string_value(value), json_string_length(value))
                                 : (struct str){0};
}

static bool is_kind(const json_t *object, const char *name, json_type type)
{
    const json_t *value = json_object_get(object, name);
    return !value || json_typeof(value) == type;
}

/* The base64url member `name`, decoded into the arena; empty when absent or malformed. */
static struct str member_bytes(struct arena *a, const json_t *object, const char *name)
{
    struct str text = member(object, name);
    uint8_t *bytes = arena_alloc(a, BASE64_DECODE_ROOM(text.n));
    size_t n;
    return str_make((char *)bytes, base64_decode(bytes, &n, text, BASE64_URL) ? n : 0);
}

/* A key for encryption, or one that its owner published for another operation than ours. */
static bool is_for_signatures(const json_t *object)
{
    struct str use = member(object, "use");
    const json_t *ops = json_object_get(object, "key_ops"), *op;
    size_t i;
    if (use.p && !str_eq_cstr(use, "sig"))
        return false;
    if (!ops)
        return true;
    json_array_foreach(ops, i, op)
    {
        if (json_is_string(op) && strcmp(json_string_value(op), "verify") == 0)
            return true;
    }
    return false;
}

static bool init_by_type(struct jwk *k, struct arena *a, const json_t *object, const char **why)
{
    struct str kty = member(object, "kty");
    if (str_eq_cstr(kty, "oct"))
        return jwk_init_oct(k, member_bytes(a, object, "k"), why);
    if (str_eq_cstr(kty, "RSA"))
        return jwk_init_rsa(k, member_bytes(a, object, "n"), member_bytes(a, object, "e"), why);
    CHECK(str_eq_cstr(kty, "EC"));
    return jwk_init_ec(
        k, member(object, "crv"), member_bytes(a, object, "x"), member_bytes(a, object, "y"), why);
}

/* Whether the key is one of those we pass over. */
static bool is_foreign(const json_t *object)
{
    struct str kty = member(object, "kty"), alg = member(object, "alg");
    enum jwa known;
    if (!str_eq_cstr(kty, "oct") && !str_eq_cstr(kty, "RSA") && !str_eq_cstr(kty, "EC"))
        return true;
    return !is_for_signatures(object) || (alg.p && !jwa_parse(alg, &known));
}

static const char *form_objection(const json_t *object)
{
    struct str kid = member(object, "kid");
    if (!json_is_object(object) || !member(object, "kty").p)
        return "not a JSON Web Key";
    if (!is_kind(object, "alg", JSON_STRING) || !is_kind(object, "use", JSON_STRING) ||
        !is_kind(object, "key_ops", JSON_ARRAY))
        return "alg and use must be strings, key_ops an array";
    if (!is_kind(object, "kid", JSON_STRING) || kid.n > JWK_KID_MAX)
        return "kid must be a string of at most 256 bytes";
    return NULL;
}

/* Binds k to what its JSON says: one algorithm where it names one, and its kid. */
static bool bind(struct jwk *k, const json_t *object, const char **why)
{
    struct str alg = member(object, "alg"), kid = member(object, "kid");
    enum jwa only;
    if (alg.p && jwa_parse(alg, &only)) {
        k->algs &= 1u << only;
        *why = "the key is of the wrong type, curve or length for its alg";
        if (k->algs == 0)
            return false;
    }
    if (kid.p)
        k->kid = mem_strndup(kid.p, kid.n);
    return true;
}

/* Adds the key to the set, or passes over it; NULL, or what is wrong with it. */
static const char *add_key(struct jwk_set *set, const json_t *object)
{
    const char *why = form_objection(object);
    if (why || is_foreign(object))
        return why;
    if (set->n == JWK_SET_MAX_KEYS)
        return "more than 32 keys";
    struct arena a;
    arena_init(&a, 0);
    struct jwk *k = &set->keys[set->n];
    if (!init_by_type(k, &a, object, &why)) {
        arena_release(&a);
        return why;
    }
    arena_release(&a);
    if (!bind(k, object, &why)) {
        jwk_deinit(k);
        return why;
    }
    set->n++;
    return NULL;
}

static bool fail(char *error, size_t size, const char *what, const char *why)
{
    snprintf(error, size, "%s: %s", what, why);
    return false;
}

static bool add_keys(struct jwk_set *set, const json_t *root, char *error, size_t size)
{
    const json_t *keys = json_object_get(root, "keys"), *key;
    char what[48] = "jwt-secret";
    size_t i;
    if (!keys) {
        const char *why = add_key(set, root);
        return why ? fail(error, size, what, why) : true;
    }
    if (!json_is_array(keys))
        return fail(error, size, what, "keys must be an array of JSON Web Keys");
    json_array_foreach(keys, i, key)
    {
        const char *why = add_key(set, key);
        snprintf(what, sizeof what, "jwt-secret, key %zu", i + 1);
        if (why)
            return fail(error, size, what, why);
    }
    return true;
}

static bool load_json(struct jwk_set *set, struct str text, char *error, size_t size)
{
    json_error_t where;
    json_t *root = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, &where);
    if (!root)
        return fail(error, size, "jwt-secret", "begins like a JSON Web Key but is not valid JSON");
    bool ok = add_keys(set, root, error, size);
    json_decref(root);
    if (ok && set->n == 0)
        ok = fail(error, size, "jwt-secret", "holds no key that can verify a signature");
    return ok;
}

static bool load_plain(struct jwk_set *set, struct str secret, char *error, size_t size)
{
    const char *why;
    if (!jwk_init_oct(&set->keys[0], secret, &why))
        return fail(error, size, "jwt-secret", why);
    set->n = 1;
    return true;
}

/* Decided by the first byte, as an object is what every key and set is. */
static bool load(struct jwk_set *set, struct str text, char *error, size_t size)
{
    struct str trimmed = str_trim(text);
    if (text.n > JWK_SET_MAX_BYTES)
        return fail(error, size, "jwt-secret", "longer than 256 kB");
    if (str_starts(trimmed, STR("-----BEGIN")))
        return fail(error, size, "jwt-secret", "is a PEM text; give the public key as a JSON Web Key");
    if (str_starts(trimmed, STR("{")))
        return load_json(set, trimmed, error, size);
    return load_plain(set, text, error, size);
}

/* Base64 as people paste it into configuration files: either alphabet, padding or not, broken into lines. */
static bool decode_pasted(struct arena *a, struct str *text)
{
    char *plain = arena_alloc(a, text->n);
    uint8_t *bytes = arena_alloc(a, BASE64_DECODE_ROOM(text->n));
    size_t n = 0, decoded;
    for (size_t i = 0; i < text->n; i++) {
        char c = text->p[i];
        if (c != ' ' && c != '\t' && c != '\r' && c != '\n')
            plain[n++] = c == '+' ? '-' : c == '/' ? '_' : c;
    }
    for (int i = 0; i < 2 && n > 0 && plain[n - 1] == '='; i++)
        n--;
    if (!base64_decode(bytes, &decoded, str_make(plain, n), BASE64_URL))
        return false;
    *text = str_make((char *)bytes, decoded);
    return true;
}

struct jwk_set *jwk_set_load(struct str text, bool is_base64, char *error, size_t size)
{
    struct jwk_set *set = MEM_NEW(struct jwk_set);
    struct arena a;
    bool ok = true;
    arena_init(&a, 0);
    if (is_base64 && text.n <= JWK_SET_MAX_BYTES && !decode_pasted(&a, &text))
        ok = fail(error, size, "jwt-secret", "is not valid base64");
    ok = ok && load(set, text, error, size);
    arena_release(&a);
    if (!ok)
        jwk_set_free(&set);
    return set;
}

void jwk_set_free(struct jwk_set **pset)
{
    struct jwk_set *set = *pset;
    if (!set)
        return;
    for (size_t i = 0; i < set->n; i++)
        jwk_deinit(&set->keys[i]);
    mem_free(set);
    *pset = NULL;
}

static bool is_meant(const struct jwk *k, enum jwa alg, struct str kid)
{
    return (k->algs & 1u << alg) && (!kid.p || (k->kid && str_eq_cstr(kid, k->kid)));
}

enum jwk_verdict jwk_set_precheck(
    const struct jwk_set *set, enum jwa alg, struct str kid, size_t signature_bytes)
{
    enum jwk_verdict verdict = JWK_NO_KEY;
    for (size_t i = 0; i < set->n; i++) {
        if (!is_meant(&set->keys[i], alg, kid))
            continue;
        if (jwk_fits(&set->keys[i], alg, signature_bytes))
            return JWK_VALID;
        verdict = JWK_BAD_SIGNATURE;
    }
    return verdict;
}

enum jwk_verdict jwk_set_verify(
    struct jwk_set *set, enum jwa alg, struct str kid, struct str input, struct str signature)
{
    enum jwk_verdict verdict = jwk_set_precheck(set, alg, kid, signature.n);
    unsigned tries = jwa_is_slow(alg) ? JWK_SLOW_TRIES : JWK_SET_MAX_KEYS;
    for (size_t i = 0; verdict == JWK_VALID && i < set->n; i++) {
        struct jwk *k = &set->keys[i];
        if (!is_meant(k, alg, kid) || !jwk_fits(k, alg, signature.n))
            continue;
        if (tries-- == 0)
            return JWK_TOO_MANY;
        if (jwk_verify(k, alg, input, signature))
            return JWK_VALID;
    }
    return verdict == JWK_VALID ? JWK_BAD_SIGNATURE : verdict;
}

const struct jwk *jwk_set_find(const struct jwk_set *set, enum jwa alg)
{
    for (size_t i = 0; i < set->n; i++) {
        if (set->keys[i].algs & 1u << alg)
            return &set->keys[i];
    }
    return NULL;
}
