/* signer: the signing side for tests. SPDX-License-Identifier: ISC */
#include "test/unit/auth/signer.h"

#include "util/base64.h"
#include "util/check.h"

#include <mbedtls/bignum.h>
#include <mbedtls/ecdsa.h>
#include <mbedtls/md.h>
#include <mbedtls/version.h>

#if MBEDTLS_VERSION_MAJOR >= 3
#include <psa/crypto.h>
#endif

#include <sys/random.h>

static int fill_random(void *arg, unsigned char *out, size_t n)
{
    return getrandom(out, n, 0) == (ssize_t)n ? 0 : -1;
}

static const mbedtls_ecp_group_id curve_ids[] = {
    MBEDTLS_ECP_DP_SECP256R1, MBEDTLS_ECP_DP_SECP384R1, MBEDTLS_ECP_DP_SECP521R1};
static const char *const curve_names[] = {"P-256", "P-384", "P-521"};
static const size_t curve_bytes[] = {32, 48, 66};

void signer_init(struct signer *s)
{
#if MBEDTLS_VERSION_MAJOR >= 3
    CHECK(psa_crypto_init() == PSA_SUCCESS);
    mbedtls_rsa_init(&s->rsa);
#else
    mbedtls_rsa_init(&s->rsa, MBEDTLS_RSA_PKCS_V15, MBEDTLS_MD_NONE);
#endif
    CHECK(mbedtls_rsa_gen_key(&s->rsa, fill_random, NULL, 2048, 65537) == 0);
    for (int i = 0; i < 3; i++) {
        mbedtls_ecp_group_init(&s->ec[i].group);
        mbedtls_mpi_init(&s->ec[i].d);
        mbedtls_ecp_point_init(&s->ec[i].q);
        CHECK(mbedtls_ecp_group_load(&s->ec[i].group, curve_ids[i]) == 0);
        CHECK(mbedtls_ecp_gen_keypair(&s->ec[i].group, &s->ec[i].d, &s->ec[i].q, fill_random, NULL) == 0);
    }
}

void signer_deinit(struct signer *s)
{
    mbedtls_rsa_free(&s->rsa);
    for (int i = 0; i < 3; i++) {
        mbedtls_ecp_point_free(&s->ec[i].q);
        mbedtls_mpi_free(&s->ec[i].d);
        mbedtls_ecp_group_free(&s->ec[i].group);
    }
}

const char *signer_base64url(struct arena *a, struct str bytes)
{
    char *text = arena_alloc(a, BASE64_ENCODE_ROOM(bytes.n) + 1);
    *base64_encode(text, bytes.p, bytes.n, BASE64_URL) = '\0';
    return text;
}

static const char *base64url_of(struct arena *a, const unsigned char *p, size_t n)
{
    return signer_base64url(a, str_make((const char *)p, n));
}

const char *signer_rsa_jwk(const struct signer *s, struct arena *a)
{
    unsigned char n[256], e[3];
    CHECK(mbedtls_rsa_export_raw(&s->rsa, n, sizeof n, NULL, 0, NULL, 0, NULL, 0, e, sizeof e) == 0);
    return arena_printf(a, "\"kty\":\"RSA\",\"n\":\"%s\",\"e\":\"%s\"", base64url_of(a, n, sizeof n),
        base64url_of(a, e, sizeof e))
        .p;
}

const char *signer_ec_jwk(const struct signer *s, struct arena *a, int curve)
{
    unsigned char point[1 + 2 * 66];
    size_t n, half = curve_bytes[curve];
    CHECK(mbedtls_ecp_point_write_binary(&s->ec[curve].group, &s->ec[curve].q, MBEDTLS_ECP_PF_UNCOMPRESSED,
              &n, point, sizeof point) == 0);
    CHECK(n == 1 + 2 * half);
    return arena_printf(a, "\"kty\":\"EC\",\"crv\":\"%s\",\"x\":\"%s\",\"y\":\"%s\"", curve_names[curve],
        base64url_of(a, point + 1, half), base64url_of(a, point + 1 + half, half))
        .p;
}

static mbedtls_md_type_t hash_of(enum jwa alg)
{
    const char *bits = jwa_name(alg) + 2;
    return strcmp(bits, "256") == 0   ? MBEDTLS_MD_SHA256
           : strcmp(bits, "384") == 0 ? MBEDTLS_MD_SHA384
                                      : MBEDTLS_MD_SHA512;
}

static struct str sign_rsa(
    struct signer *s, struct arena *a, bool pss, mbedtls_md_type_t md, const unsigned char *hash, unsigned n)
{
    unsigned char *out = arena_alloc(a, 256);
    mbedtls_rsa_set_padding(
        &s->rsa, pss ? MBEDTLS_RSA_PKCS_V21 : MBEDTLS_RSA_PKCS_V15, pss ? md : MBEDTLS_MD_NONE);
#if MBEDTLS_VERSION_MAJOR >= 3
    CHECK(mbedtls_rsa_pkcs1_sign(&s->rsa, fill_random, NULL, md, n, hash, out) == 0);
#else
    CHECK(mbedtls_rsa_pkcs1_sign(&s->rsa, fill_random, NULL, MBEDTLS_RSA_PRIVATE, md, n, hash, out) == 0);
#endif
    return str_make((const char *)out, 256);
}

static struct str sign_ec(struct signer *s, struct arena *a, int curve, const unsigned char *hash, size_t n)
{
    size_t half = curve_bytes[curve];
    unsigned char *out = arena_alloc(a, 2 * half);
    mbedtls_mpi r, v;
    mbedtls_mpi_init(&r);
    mbedtls_mpi_init(&v);
    CHECK(mbedtls_ecdsa_sign(&s->ec[curve].group, &r, &v, &s->ec[curve].d, hash, n, fill_random, NULL) == 0);
    CHECK(
        mbedtls_mpi_write_binary(&r, out, half) == 0 && mbedtls_mpi_write_binary(&v, out + half, half) == 0);
    mbedtls_mpi_free(&r);
    mbedtls_mpi_free(&v);
    return str_make((const char *)out, 2 * half);
}

struct str signer_sign(
    struct signer *s, struct arena *a, enum jwa alg, int curve, struct str secret, struct str input)
{
    mbedtls_md_type_t md = hash_of(alg);
    const mbedtls_md_info_t *info = mbedtls_md_info_from_type(md);
    size_t n = mbedtls_md_get_size(info);
    unsigned char *hash = arena_alloc(a, MBEDTLS_MD_MAX_SIZE);
    const char *name = jwa_name(alg);
    if (name[0] == 'H') {
        CHECK(mbedtls_md_hmac(info, (const unsigned char *)secret.p, secret.n, (const unsigned char *)input.p,
                  input.n, hash) == 0);
        return str_make((const char *)hash, n);
    }
    CHECK(mbedtls_md(info, (const unsigned char *)input.p, input.n, hash) == 0);
    if (name[0] == 'E')
        return sign_ec(s, a, curve, hash, n);
    return sign_rsa(s, a, name[0] == 'P', md, hash, (unsigned)n);
}

struct str signer_input(struct arena *a, struct str header, struct str payload)
{
    return arena_printf(a, "%s.%s", signer_base64url(a, header), signer_base64url(a, payload));
}

struct str signer_token(struct arena *a, struct str input, struct str signature)
{
    return arena_printf(a, "%.*s.%s", STR_ARG(input), signer_base64url(a, signature));
}

struct str signer_hs(
    struct arena *a, enum jwa alg, struct str secret, const char *header, const char *payload)
{
    struct str input = signer_input(a, str_cstr(header), str_cstr(payload));
    return signer_token(a, input, signer_sign(NULL, a, alg, 0, secret, input));
}
