/* signer: makes keys and tokens for the tests of auth/, good ones and forged ones, with mbedTLS's signing
 * side, which the program itself does not use. SPDX-License-Identifier: ISC */
#ifndef TEST_UNIT_AUTH_SIGNER_H
#define TEST_UNIT_AUTH_SIGNER_H

#include "auth/jwk_key.h"
#include "util/arena.h"

struct signer {
    mbedtls_rsa_context rsa; /* 2048 bits */
    struct {
        mbedtls_ecp_group group;
        mbedtls_mpi d;
        mbedtls_ecp_point q;
    } ec[3]; /* P-256, P-384, P-521 */
};

void signer_init(struct signer *s);
void signer_deinit(struct signer *s);

/* base64url of the bytes. */
const char *signer_base64url(struct arena *a, struct str bytes);
/* The public key as JWK members, without the braces: "kty":"RSA","n":...; curve 0, 1, 2 as in ec[]. */
const char *signer_rsa_jwk(const struct signer *s, struct arena *a);
const char *signer_ec_jwk(const struct signer *s, struct arena *a, int curve);
/* The raw signature of input. HMAC: with `secret`; else with the signer's key; ES algorithms with the given
 * curve. */
struct str signer_sign(
    struct signer *s, struct arena *a, enum jwa alg, int curve, struct str secret, struct str input);
/* base64url(header) "." base64url(payload): what is signed. */
struct str signer_input(struct arena *a, struct str header, struct str payload);
/* input "." base64url(signature). */
struct str signer_token(struct arena *a, struct str input, struct str signature);
/* A whole HMAC token. */
struct str signer_hs(
    struct arena *a, enum jwa alg, struct str secret, const char *header, const char *payload);

#endif
