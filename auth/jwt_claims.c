/* jwt_claims: claims to principal. Fractions of times are rounded to the strict side, and numbers beyond 64
 * bits are what they look like: very late or very early. SPDX-License-Identifier: ISC */
#include "auth/jwt_claims.h"

#include "auth/claims_text.h"
#include "util/check.h"

#include <jansson.h>
#include <math.h>

#define ROLE_MAX_BYTES ((size_t)63) /* NAMEDATALEN - 1 */

bool role_is_plausible(struct str role)
{
    return role.n > 0 && role.n <= ROLE_MAX_BYTES && !str_eq(role, STR("none"));
}

bool json_is_tame(struct str text)
{
    int depth = 0;
    bool quoted = false;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        if (quoted && c == '\\')
            i++;
        else if (c == '"')
            quoted = !quoted;
        else if (!quoted && (c == '{' || c == '['))
            depth++;
        else if (!quoted && (c == '}' || c == ']'))
            depth--;
        if (depth > JWT_MAX_DEPTH)
            return false;
    }
    return str_find(text, '\0') == text.n;
}

/* The claim, or NULL when it is absent or null. */
static const json_t *claim(const json_t *claims, const char *name)
{
    const json_t *value = json_object_get(claims, name);
    return json_is_null(value) ? NULL : value;
}

static bool fits_int64(double d)
{
    return d >= -9223372036854775808.0 && d < 9223372036854775808.0;
}

static int64_t clamp(double d)
{
    return fits_int64(d) ? (int64_t)d : d > 0 ? INT64_MAX : INT64_MIN;
}

/* A fraction (RFC 7519 section 2 allows it) ends with its second. */
static int64_t exp_seconds(const json_t *value)
{
    return json_is_integer(value) ? json_integer_value(value) : clamp(floor(json_real_value(value)));
}

/* "Not before" any instant that the number may mean. */
static int64_t begin_seconds(const json_t *value)
{
    return json_is_integer(value) ? json_integer_value(value) : clamp(ceil(json_real_value(value)));
}

static void read_times(const struct jwt_rules *rules, const json_t *claims, struct jwt_claims *out)
{
    const json_t *exp = claim(claims, "exp"), *nbf = claim(claims, "nbf"), *iat = claim(claims, "iat");
    out->has_exp = exp != NULL;
    out->exp = json_is_number(exp) ? exp_seconds(exp) : INT64_MAX;
    out->nbf = json_is_number(nbf) ? begin_seconds(nbf) : INT64_MIN;
    out->iat = json_is_number(iat) ? begin_seconds(iat) : INT64_MIN;
    if (exp ? !json_is_number(exp) : rules->require_exp)
        out->bad_exp = exp ? JWT_ERR_EXP_TYPE : JWT_ERR_EXP_MISSING;
    if (nbf && !json_is_number(nbf))
        out->bad_nbf = JWT_ERR_NBF_TYPE;
    if (iat && !json_is_number(iat))
        out->bad_iat = JWT_ERR_IAT_TYPE;
}

static struct str string_of(const json_t *value)
{
    return str_make(json_string_value(value), json_string_length(value));
}

static bool audience_matches(const struct jwt_rules *rules, const json_t *value)
{
    return rules->audience.n == 0 || str_eq(rules->audience, string_of(value));
}

/* RFC 7519 section 4.1.3. An absent, null or empty audience means anybody, as in PostgREST. */
static enum jwt_error judge_audience(const struct jwt_rules *rules, const json_t *claims)
{
    const json_t *aud = claim(claims, "aud"), *element;
    size_t i;
    bool found = json_array_size(aud) == 0;
    if (!aud)
        return JWT_OK;
    if (json_is_string(aud))
        return audience_matches(rules, aud) ? JWT_OK : JWT_ERR_AUDIENCE;
    if (!json_is_array(aud))
        return JWT_ERR_AUD_TYPE;
    json_array_foreach(aud, i, element)
    {
        if (!json_is_string(element))
            return JWT_ERR_AUD_TYPE;
        found = found || audience_matches(rules, element);
    }
    return found ? JWT_OK : JWT_ERR_AUDIENCE;
}

/* The role of the claims, else the anonymous one. */
static enum jwt_error judge_role(const struct jwt_rules *rules, const json_t *claims, struct str *role)
{
    switch (role_path_walk(&rules->role_path, claims, role)) {
    case ROLE_FOUND_NONE: *role = rules->anon_role; return role->n > 0 ? JWT_OK : JWT_ERR_TOKEN_REQUIRED;
    case ROLE_FOUND_OTHER: return JWT_ERR_ROLE;
    case ROLE_FOUND_STRING: break;
    }
    if (!role_is_plausible(*role) || (rules->login_role.n > 0 && str_eq(*role, rules->login_role)))
        return JWT_ERR_ROLE;
    return JWT_OK;
}

/* A role is at most 63 bytes of UTF-8; escaped, six times that. */
static struct str quoted(struct arena *a, struct str s)
{
    json_t *value = json_stringn(s.p, s.n);
    char *text = value ? json_dumps(value, JSON_ENCODE_ANY) : NULL;
    CHECK(text != NULL);
    struct str copy = arena_str(a, str_cstr(text));
    free(text);
    json_decref(value);
    return copy;
}

/* The claims with "role" in them. It is put into the text as it is, in place of what the role path did not
 * choose, which keeps every number and spelling of the issuer. */
static struct str claims_text(struct arena *a, const json_t *claims, struct str payload, struct str role)
{
    const json_t *present = json_object_get(claims, "role");
    if (json_is_string(present) && str_eq(string_of(present), role))
        return arena_str(a, payload);
    struct str value = quoted(a, role);
    if (present)
        return claims_text_set_role(a, payload, value);
    struct str rest = str_sub(payload, str_find(payload, '{') + 1, payload.n);
    return arena_printf(
        a, "{\"role\":%.*s%s%.*s", STR_ARG(value), json_object_size(claims) > 0 ? "," : "", STR_ARG(rest));
}

static void read_principal(const struct jwt_rules *rules, struct arena *a, const json_t *claims,
    struct str payload, struct jwt_claims *out)
{
    struct principal *p = &out->principal;
    const json_t *sub = claim(claims, "sub");
    struct str role;
    out->bad_rest = judge_audience(rules, claims);
    if (out->bad_rest == JWT_OK)
        out->bad_rest = judge_role(rules, claims, &role);
    if (out->bad_rest != JWT_OK)
        return;
    p->origin = PRINCIPAL_JWT;
    p->role = arena_str(a, role);
    p->claims = claims_text(a, claims, payload, role);
    if (!p->claims.p)
        out->bad_rest = JWT_ERR_CLAIMS;
    p->subject = json_is_string(sub) ? arena_str(a, string_of(sub)) : STR("");
    p->expires = out->exp;
}

enum jwt_error jwt_claims_read(
    const struct jwt_rules *rules, struct arena *a, struct str payload, struct jwt_claims *out)
{
    *out = (struct jwt_claims){0};
    json_error_t where;
    struct str text = json_is_tame(payload) ? claims_text_readable(a, payload) : STR("");
    json_t *claims = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, &where);
    if (!json_is_object(claims)) {
        json_decref(claims);
        return JWT_ERR_CLAIMS;
    }
    read_times(rules, claims, out);
    read_principal(rules, a, claims, payload, out);
    json_decref(claims);
    return JWT_OK;
}

enum jwt_error jwt_claims_check(const struct jwt_claims *c, int64_t now)
{
    if (c->bad_exp != JWT_OK)
        return c->bad_exp;
    if (c->has_exp && now - JWT_SKEW_S > c->exp)
        return JWT_ERR_EXPIRED;
    if (c->bad_nbf != JWT_OK)
        return c->bad_nbf;
    if (now + JWT_SKEW_S < c->nbf)
        return JWT_ERR_NOT_YET;
    if (c->bad_iat != JWT_OK)
        return c->bad_iat;
    if (now + JWT_SKEW_S < c->iat)
        return JWT_ERR_ISSUED_AT;
    return c->bad_rest;
}
