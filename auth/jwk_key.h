/* jwk_key: one verification key and the only place that talks to mbedTLS about signatures; everything that
 * differs between mbedTLS 2.28 and 3.6 is in jwk_key.c. A key knows which algorithms it may be used with:
 * that is decided when it is loaded, never by a token. Embedded in its set; not shared between threads
 * (mbedTLS keeps scratch values in RSA contexts). SPDX-License-Identifier: ISC */
#ifndef AUTH_JWK_KEY_H
#define AUTH_JWK_KEY_H

#include "util/str.h"

#include <mbedtls/ecp.h>
#include <mbedtls/rsa.h>

#define JWK_RSA_MIN_BITS 2048 /* RFC 7518 section 3.3 */
#define JWK_RSA_MAX_BITS 4096 /* a signature costs its verifier the square of this */
#define JWK_SECRET_MIN ((size_t)32)
#define JWK_SECRET_MAX ((size_t)4096)

#define JWA(name, kty, scheme, hash, strength) JWA_##name,
enum jwa {
#include "auth/jwa.def"
    JWA_COUNT
};
#undef JWA

enum jwk_kty { JWK_OCT, JWK_RSA, JWK_EC };

struct jwk {
    enum jwk_kty kty;
    unsigned algs;     /* bit set of enum jwa that this key may verify */
    char *kid;         /* owned; NULL: none */
    struct str secret; /* OCT; owned */
    mbedtls_rsa_context rsa;
    mbedtls_ecp_group group;
    mbedtls_ecp_point point;
};

/* Case-sensitive, as RFC 7515 section 4.1.1 demands; "none" is not among them. */
NODISCARD bool jwa_parse(struct str name, enum jwa *out);
const char *jwa_name(enum jwa alg);
/* RSA and elliptic curves, which cost up to 8 ms, against microseconds of an HMAC. */
bool jwa_is_slow(enum jwa alg);

/* Each takes copies. On failure: false, a sentence about what is wrong with the key in *why, nothing to
 * release. */
NODISCARD bool jwk_init_oct(struct jwk *k, struct str secret, const char **why);
NODISCARD bool jwk_init_rsa(struct jwk *k, struct str modulus, struct str exponent, const char **why);
NODISCARD bool jwk_init_ec(struct jwk *k, struct str curve, struct str x, struct str y, const char **why);
void jwk_deinit(struct jwk *k);

/* Whether a signature by alg under this key has so many bytes; false when the key is not for alg. */
bool jwk_fits(const struct jwk *k, enum jwa alg, size_t signature_bytes);
/* Whether signature is alg's signature of input under this key; false when the key is not for alg. An HMAC is
 * compared in constant time. */
NODISCARD bool jwk_verify(struct jwk *k, enum jwa alg, struct str input, struct str signature);
/* The HMAC of input; returns its length (at most 64). The key must be a secret that allows alg. */
size_t jwk_hmac(const struct jwk *k, enum jwa alg, struct str input, unsigned char *out);

#endif
