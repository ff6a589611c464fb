/* digest: SHA-256 and HMAC-SHA-256 of lists of texts. Each part goes in behind its length, so that no two
 * lists give the same bytes. SPDX-License-Identifier: ISC */
#ifndef AUTH_DIGEST_H
#define AUTH_DIGEST_H

#include "util/str.h"

#define DIGEST_BYTES 32u
#define DIGEST_HEX (2u * DIGEST_BYTES)

void digest_sha256(const struct str *parts, size_t n, uint8_t out[DIGEST_BYTES]);
void digest_hmac_sha256(struct str key, const struct str *parts, size_t n, uint8_t out[DIGEST_BYTES]);
/* In a time that does not depend on where they differ. */
bool digest_equal(const uint8_t *a, const uint8_t *b, size_t n);

#endif
