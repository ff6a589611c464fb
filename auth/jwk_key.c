/* jwk_key: loading and use of one key on mbedTLS's primitives. SPDX-License-Identifier: ISC */
#include "auth/jwk_key.h"

#include "util/check.h"
#include "util/mem.h"

#include <mbedtls/bignum.h>
#include <mbedtls/constant_time.h>
#include <mbedtls/ecdsa.h>
#include <mbedtls/md.h>
#include <mbedtls/platform_util.h>
#include <mbedtls/version.h>

#if MBEDTLS_VERSION_MAJOR >= 3
#include <psa/crypto.h>
#include <uv.h>
#endif

enum scheme { SCHEME_HMAC, SCHEME_PKCS1, SCHEME_PSS, SCHEME_ECDSA };

struct jwa_row {
    const char *name;
    enum jwk_kty kty;
    enum scheme scheme;
    mbedtls_md_type_t hash;
    unsigned strength;
};

#define JWA(name, kty, scheme, hash, strength)                                                               \
    {#name, JWK_##kty, SCHEME_##scheme, MBEDTLS_MD_##hash, strength},
static const struct jwa_row rows[JWA_COUNT] = {
#include "auth/jwa.def"
};
#undef JWA

static const struct {
    const char *name;
    mbedtls_ecp_group_id id;
    unsigned bits;
} curves[] = {
    {"P-256", MBEDTLS_ECP_DP_SECP256R1, 256},
    {"P-384", MBEDTLS_ECP_DP_SECP384R1, 384},
    {"P-521", MBEDTLS_ECP_DP_SECP521R1, 521},
};

#define COORDINATE_MAX ((size_t)66) /* bytes of P-521 */

#if MBEDTLS_VERSION_MAJOR >= 3
/* 3.x computes hashes through PSA, which wants to be initialised first, and not by two threads at a time. */
static psa_status_t psa_status = PSA_ERROR_BAD_STATE;

static void start_psa(void)
{
    psa_status = psa_crypto_init();
}

static bool crypto_ready(void)
{
    static uv_once_t once = UV_ONCE_INIT;
    uv_once(&once, start_psa);
    return psa_status == PSA_SUCCESS;
}
#else
static bool crypto_ready(void)
{
    return true;
}
#endif

bool jwa_parse(struct str name, enum jwa *out)
{
    for (unsigned i = 0; i < JWA_COUNT; i++) {
        if (str_eq_cstr(name, rows[i].name)) {
            *out = (enum jwa)i;
            return true;
        }
    }
    return false;
}

const char *jwa_name(enum jwa alg)
{
    CHECK(alg < JWA_COUNT);
    return rows[alg].name;
}

bool jwa_is_slow(enum jwa alg)
{
    CHECK(alg < JWA_COUNT);
    return rows[alg].scheme != SCHEME_HMAC;
}

/* The algorithms for a key of this type whose strength (bytes of a secret, bits of a curve) is given. */
static unsigned algs_for(enum jwk_kty kty, size_t strength)
{
    unsigned algs = 0;
    for (unsigned i = 0; i < JWA_COUNT; i++) {
        bool fits = rows[i].kty == kty && (kty == JWK_OCT     ? strength >= rows[i].strength
                                              : kty == JWK_EC ? strength == rows[i].strength
                                                              : true);
        algs |= fits ? 1u << i : 0;
    }
    return algs;
}

static bool refuse(const char **why, const char *reason)
{
    *why = reason;
    return false;
}

static void prepare(struct jwk *k, enum jwk_kty kty)
{
    *k = (struct jwk){.kty = kty};
#if MBEDTLS_VERSION_MAJOR >= 3
    mbedtls_rsa_init(&k->rsa);
#else
    mbedtls_rsa_init(&k->rsa, MBEDTLS_RSA_PKCS_V15, MBEDTLS_MD_NONE);
#endif
    mbedtls_ecp_group_init(&k->group);
    mbedtls_ecp_point_init(&k->point);
}

bool jwk_init_oct(struct jwk *k, struct str secret, const char **why)
{
    if (!crypto_ready())
        return refuse(why, "the crypto library does not start");
    if (secret.n < JWK_SECRET_MIN)
        return refuse(why, "a secret must be at least 32 bytes long");
    if (secret.n > JWK_SECRET_MAX)
        return refuse(why, "a secret may be at most 4096 bytes long");
    prepare(k, JWK_OCT);
    k->secret = str_make(mem_strndup(secret.p, secret.n), secret.n);
    k->algs = algs_for(JWK_OCT, secret.n);
    return true;
}

static struct str without_leading_zeros(struct str s)
{
    while (s.n > 0 && s.p[0] == 0)
        s = str_sub(s, 1, s.n);
    return s;
}

static size_t bit_length(struct str s)
{
    if (s.n == 0)
        return 0;
    return s.n * 8 - (size_t)(__builtin_clz((unsigned char)s.p[0]) - 24);
}

static const char *rsa_objection(struct str n, struct str e)
{
    if (bit_length(n) < JWK_RSA_MIN_BITS)
        return "an RSA modulus must have at least 2048 bits";
    if (bit_length(n) > JWK_RSA_MAX_BITS)
        return "an RSA modulus may have at most 4096 bits";
    if (e.n == 0 || e.n > 4 || (e.p[e.n - 1] & 1) == 0 || (e.n == 1 && e.p[0] == 1))
        return "an RSA exponent must be odd, above 1 and below 2^32";
    return NULL;
}

bool jwk_init_rsa(struct jwk *k, struct str modulus, struct str exponent, const char **why)
{
    struct str n = without_leading_zeros(modulus), e = without_leading_zeros(exponent);
    *why = crypto_ready() ? rsa_objection(n, e) : "the crypto library does not start";
    if (*why)
        return false;
    prepare(k, JWK_RSA);
    if (mbedtls_rsa_import_raw(&k->rsa, (const unsigned char *)n.p, n.n, NULL, 0, NULL, 0, NULL, 0,
            (const unsigned char *)e.p, e.n) != 0 ||
        mbedtls_rsa_complete(&k->rsa) != 0 || mbedtls_rsa_check_pubkey(&k->rsa) != 0) {
        jwk_deinit(k);
        return refuse(why, "not a valid RSA public key");
    }
    k->algs = algs_for(JWK_RSA, 0);
    return true;
}

/* The point 04 || x || y of SEC 1 section 2.3.4; false when it is not on the curve. */
static bool load_point(struct jwk *k, struct str x, struct str y)
{
    unsigned char point[1 + 2 * COORDINATE_MAX] = {4};
    memcpy(point + 1, x.p, x.n);
    memcpy(point + 1 + x.n, y.p, y.n);
    return mbedtls_ecp_point_read_binary(&k->group, &k->point, point, 1 + x.n + y.n) == 0 &&
           mbedtls_ecp_check_pubkey(&k->group, &k->point) == 0;
}

bool jwk_init_ec(struct jwk *k, struct str curve, struct str x, struct str y, const char **why)
{
    size_t i = 0;
    while (i < ARRAY_LEN(curves) && !str_eq_cstr(curve, curves[i].name))
        i++;
    if (i == ARRAY_LEN(curves))
        return refuse(why, "crv must be P-256, P-384 or P-521");
    size_t bytes = (curves[i].bits + 7) / 8;
    if (x.n != bytes || y.n != bytes)
        return refuse(why, "x and y must be as long as the curve's coordinates");
    if (!crypto_ready())
        return refuse(why, "the crypto library does not start");
    prepare(k, JWK_EC);
    if (mbedtls_ecp_group_load(&k->group, curves[i].id) != 0 || !load_point(k, x, y)) {
        jwk_deinit(k);
        return refuse(why, "x and y are not a point of the curve");
    }
    k->algs = algs_for(JWK_EC, curves[i].bits);
    return true;
}

void jwk_deinit(struct jwk *k)
{
    mbedtls_rsa_free(&k->rsa);
    mbedtls_ecp_point_free(&k->point);
    mbedtls_ecp_group_free(&k->group);
    if (k->secret.p)
        mbedtls_platform_zeroize((char *)k->secret.p, k->secret.n);
    mem_free((char *)k->secret.p);
    mem_free(k->kid);
    *k = (struct jwk){0};
}

static size_t digest(mbedtls_md_type_t hash, struct str input, unsigned char *out)
{
    const mbedtls_md_info_t *md = mbedtls_md_info_from_type(hash);
    CHECK(md != NULL);
    CHECK(mbedtls_md(md, (const unsigned char *)input.p, input.n, out) == 0);
    return mbedtls_md_get_size(md);
}

size_t jwk_hmac(const struct jwk *k, enum jwa alg, struct str input, unsigned char *out)
{
    CHECK(k->kty == JWK_OCT && rows[alg].scheme == SCHEME_HMAC);
    const mbedtls_md_info_t *md = mbedtls_md_info_from_type(rows[alg].hash);
    CHECK(md != NULL);
    CHECK(mbedtls_md_hmac(md, (const unsigned char *)k->secret.p, k->secret.n, (const unsigned char *)input.p,
              input.n, out) == 0);
    return mbedtls_md_get_size(md);
}

static bool verify_hmac(const struct jwk *k, enum jwa alg, struct str input, struct str signature)
{
    unsigned char mac[MBEDTLS_MD_MAX_SIZE];
    size_t n = jwk_hmac(k, alg, input, mac);
    return signature.n == n && mbedtls_ct_memcmp(mac, signature.p, n) == 0;
}

static bool verify_rsa(struct jwk *k, const struct jwa_row *row, struct str input, struct str signature)
{
    unsigned char hash[MBEDTLS_MD_MAX_SIZE];
    if (signature.n != mbedtls_rsa_get_len(&k->rsa))
        return false;
    unsigned n = (unsigned)digest(row->hash, input, hash);
    const unsigned char *sig = (const unsigned char *)signature.p;
    /* RFC 7518 section 3.5: the salt of PSS is as long as the hash, and MGF1 uses the same hash. */
#if MBEDTLS_VERSION_MAJOR >= 3
    if (row->scheme == SCHEME_PSS)
        return mbedtls_rsa_rsassa_pss_verify_ext(&k->rsa, row->hash, n, hash, row->hash, (int)n, sig) == 0;
    return mbedtls_rsa_rsassa_pkcs1_v15_verify(&k->rsa, row->hash, n, hash, sig) == 0;
#else
    if (row->scheme == SCHEME_PSS)
        return mbedtls_rsa_rsassa_pss_verify_ext(
                   &k->rsa, NULL, NULL, MBEDTLS_RSA_PUBLIC, row->hash, n, hash, row->hash, (int)n, sig) == 0;
    return mbedtls_rsa_rsassa_pkcs1_v15_verify(
               &k->rsa, NULL, NULL, MBEDTLS_RSA_PUBLIC, row->hash, n, hash, sig) == 0;
#endif
}

/* RFC 7518 section 3.4: r and s as two big-endian numbers of the curve's size. mbedTLS refuses both outside
 * [1, n - 1], so that the all-zero signature proves nothing here. */
static bool verify_ecdsa(struct jwk *k, const struct jwa_row *row, struct str input, struct str signature)
{
    unsigned char hash[MBEDTLS_MD_MAX_SIZE];
    size_t half = (row->strength + 7) / 8;
    if (signature.n != 2 * half)
        return false;
    size_t n = digest(row->hash, input, hash);
    const unsigned char *sig = (const unsigned char *)signature.p;
    mbedtls_mpi r, s;
    mbedtls_mpi_init(&r);
    mbedtls_mpi_init(&s);
    bool ok = mbedtls_mpi_read_binary(&r, sig, half) == 0 &&
              mbedtls_mpi_read_binary(&s, sig + half, half) == 0 &&
              mbedtls_ecdsa_verify(&k->group, hash, n, &k->point, &r, &s) == 0;
    mbedtls_mpi_free(&r);
    mbedtls_mpi_free(&s);
    return ok;
}

bool jwk_fits(const struct jwk *k, enum jwa alg, size_t signature_bytes)
{
    CHECK(alg < JWA_COUNT);
    if (!(k->algs & 1u << alg))
        return false;
    switch (rows[alg].scheme) {
    case SCHEME_HMAC:
        return signature_bytes == mbedtls_md_get_size(mbedtls_md_info_from_type(rows[alg].hash));
    case SCHEME_PKCS1:
    case SCHEME_PSS: return signature_bytes == mbedtls_rsa_get_len(&k->rsa);
    case SCHEME_ECDSA: return signature_bytes == 2 * ((rows[alg].strength + 7) / 8);
    }
    UNREACHABLE();
}

bool jwk_verify(struct jwk *k, enum jwa alg, struct str input, struct str signature)
{
    CHECK(alg < JWA_COUNT);
    if (!(k->algs & 1u << alg))
        return false;
    switch (rows[alg].scheme) {
    case SCHEME_HMAC: return verify_hmac(k, alg, input, signature);
    case SCHEME_PKCS1:
    case SCHEME_PSS: return verify_rsa(k, &rows[alg], input, signature);
    case SCHEME_ECDSA: return verify_ecdsa(k, &rows[alg], input, signature);
    }
    UNREACHABLE();
}
