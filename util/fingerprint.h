/* fingerprint: 128 bits that stand for a text of any length, under a key: for whoever does not know the key
 * two texts with the same fingerprint are not to be had, and fingerprints tell nothing about the key. The
 * same on all machines of one byte order.
 *
 * Two hashes in a row, as in UMAC (RFC 4418 section 2): XXH3 with a secret of 192 bytes, which is quick and
 * gives collisions only by chance to those who cannot see what it gives, then SipHash over its 16 bytes,
 * which hides that. A text of 300 bytes costs about a sixth of SipHash alone. SPDX-License-Identifier: ISC */
#ifndef UTIL_FINGERPRINT_H
#define UTIL_FINGERPRINT_H

#include "util/str.h"

#define FINGERPRINT_BYTES 16u

struct fingerprint_key {
    uint64_t outer[2];
    uint64_t inner[24]; /* XXH3's secret */
};

/* The key that follows from `seed`, which must be as secret as the key. */
void fingerprint_key_derive(struct fingerprint_key *key, const uint64_t seed[2]);
void fingerprint(const struct fingerprint_key *key, struct str text, uint8_t out[FINGERPRINT_BYTES]);

#endif
