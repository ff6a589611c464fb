/* jwt_sign: RFC 7515 section 5.1. SPDX-License-Identifier: ISC */
#include "auth/jwt_sign.h"

#include "auth/jwk.h"
#include "util/base64.h"

#include <jansson.h>
#include <stdio.h>

static void append_base64url(struct buf *out, struct str bytes)
{
    char *p = buf_reserve(out, BASE64_ENCODE_ROOM(bytes.n));
    buf_commit(out, base64_encode(p, bytes.p, bytes.n, BASE64_URL));
}

static bool is_object(struct str text)
{
    json_error_t where;
    json_t *value = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, &where);
    bool ok = json_is_object(value);
    json_decref(value);
    return ok;
}

static void append_header(struct buf *out, const struct jwk *key)
{
    json_t *header = json_pack("{s:s, s:s, s:s*}", "alg", "HS256", "typ", "JWT", "kid", key->kid);
    char *text = header ? json_dumps(header, JSON_COMPACT) : NULL;
    CHECK(text != NULL);
    append_base64url(out, str_cstr(text));
    free(text);
    json_decref(header);
}

bool jwt_sign_hs256(
    struct str secret, bool secret_is_base64, struct str claims, struct buf *out, char *error, size_t size)
{
    bool ok = false;
    unsigned char mac[64];
    struct jwk_set *keys = jwk_set_load(secret, secret_is_base64, error, size);
    const struct jwk *key = keys ? jwk_set_find(keys, JWA_HS256) : NULL;
    if (keys && !key)
        snprintf(error, size,
            "jwt-secret holds no secret for HS256; tokens for it are signed by the owner of the "
            "private key");
    if (!key)
        goto out;
    if (!is_object(claims)) {
        snprintf(error, size, "the claims are not a JSON object");
        goto out;
    }
    size_t start = buf_len(out);
    append_header(out, key);
    buf_append_char(out, '.');
    append_base64url(out, claims);
    struct str token = buf_str(out), input = str_sub(token, start, token.n);
    size_t n = jwk_hmac(key, JWA_HS256, input, mac);
    buf_append_char(out, '.');
    append_base64url(out, str_make((const char *)mac, n));
    ok = true;
out:
    jwk_set_free(&keys);
    return ok;
}
