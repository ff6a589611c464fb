/* jwk: the keys that `jwt-secret` stands for: a plain secret, a secret in base64, one JSON Web Key, or a set
 * of them (RFC 7517). Loading is strict where the operator would want to know: a malformed, weak or oversized
 * key is an error with a sentence; keys that are well-formed but not for our purpose (encryption, an unknown
 * type or algorithm) are passed over, as RFC 7517 section 5 advises. A PEM text is refused: taken as a
 * secret, it would let anybody who knows the public key sign. Belongs to one thread. SPDX-License-Identifier:
 * ISC */
#ifndef AUTH_JWK_H
#define AUTH_JWK_H

#include "auth/jwk_key.h"

#define JWK_SET_MAX_KEYS ((size_t)32)
#define JWK_SLOW_TRIES 4u /* RSA and curves: keys that one token without kid is tried against */
#define JWK_SET_MAX_BYTES ((size_t)256 * 1024)
#define JWK_KID_MAX ((size_t)256)

/* What a set says about a signature. NO_KEY: none has that kid and fits the algorithm. TOO_MANY: not all keys
 * that fit were tried. */
enum jwk_verdict { JWK_VALID, JWK_NO_KEY, JWK_BAD_SIGNATURE, JWK_TOO_MANY };

struct jwk_set {
    struct jwk keys[JWK_SET_MAX_KEYS];
    size_t n;
};

/* NULL with a sentence in `error` (size bytes) that names no part of the secret. */
NODISCARD struct jwk_set *jwk_set_load(struct str text, bool is_base64, char *error, size_t size);
void jwk_set_free(struct jwk_set **set);

/* kid.p == NULL: the token has none, and every key that fits alg is tried; otherwise only the keys of that
 * kid. */
NODISCARD enum jwk_verdict jwk_set_verify(
    struct jwk_set *set, enum jwa alg, struct str kid, struct str input, struct str signature);
/* The same as far as it can be told without computing anything; VALID: the signature may be good. */
NODISCARD enum jwk_verdict jwk_set_precheck(
    const struct jwk_set *set, enum jwa alg, struct str kid, size_t signature_bytes);
/* The first key of the set that may be used with alg, or NULL. */
const struct jwk *jwk_set_find(const struct jwk_set *set, enum jwa alg);

#endif
