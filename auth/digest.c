/* digest: mbedTLS's message digests, fed part by part. SPDX-License-Identifier: ISC */
#include "auth/digest.h"

#include "util/check.h"

#include <mbedtls/constant_time.h>
#include <mbedtls/md.h>

typedef int feed_fn(mbedtls_md_context_t *md, const unsigned char *input, size_t n);

static void start(mbedtls_md_context_t *md, bool hmac)
{
    mbedtls_md_init(md);
    CHECK(mbedtls_md_setup(md, mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), hmac) == 0);
}

static void feed(mbedtls_md_context_t *md, feed_fn *update, const struct str *parts, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        unsigned char length[8];
        for (unsigned b = 0; b < sizeof length; b++)
            length[b] = (unsigned char)((uint64_t)parts[i].n >> (8 * b));
        CHECK(update(md, length, sizeof length) == 0);
        if (parts[i].n)
            CHECK(update(md, (const unsigned char *)parts[i].p, parts[i].n) == 0);
    }
}

void digest_sha256(const struct str *parts, size_t n, uint8_t out[DIGEST_BYTES])
{
    mbedtls_md_context_t md;
    start(&md, false);
    CHECK(mbedtls_md_starts(&md) == 0);
    feed(&md, mbedtls_md_update, parts, n);
    CHECK(mbedtls_md_finish(&md, out) == 0);
    mbedtls_md_free(&md);
}

void digest_hmac_sha256(struct str key, const struct str *parts, size_t n, uint8_t out[DIGEST_BYTES])
{
    mbedtls_md_context_t md;
    start(&md, true);
    CHECK(mbedtls_md_hmac_starts(&md, (const unsigned char *)key.p, key.n) == 0);
    feed(&md, mbedtls_md_hmac_update, parts, n);
    CHECK(mbedtls_md_hmac_finish(&md, out) == 0);
    mbedtls_md_free(&md);
}

bool digest_equal(const uint8_t *a, const uint8_t *b, size_t n)
{
    return mbedtls_ct_memcmp(a, b, n) == 0;
}
