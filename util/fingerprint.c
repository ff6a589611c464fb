/* fingerprint: XXH3, then SipHash. SPDX-License-Identifier: ISC */
#include "util/fingerprint.h"

#include "util/map.h"

#include <string.h>
#include <xxhash.h>

_Static_assert(sizeof((struct fingerprint_key *)0)->inner >= XXH3_SECRET_SIZE_MIN, "secret too short");

static struct str number(const uint64_t *n)
{
    return str_make((const char *)n, sizeof *n);
}

/* Each word is the hash of its own number: SipHash as a generator. */
void fingerprint_key_derive(struct fingerprint_key *key, const uint64_t seed[2])
{
    uint64_t i = 0;
    for (size_t k = 0; k < ARRAY_LEN(key->outer); k++, i++)
        key->outer[k] = hash_keyed(seed, number(&i));
    for (size_t k = 0; k < ARRAY_LEN(key->inner); k++, i++)
        key->inner[k] = hash_keyed(seed, number(&i));
}

void fingerprint(const struct fingerprint_key *key, struct str text, uint8_t out[FINGERPRINT_BYTES])
{
    XXH128_hash_t inner = XXH3_128bits_withSecret(text.p, text.n, key->inner, sizeof key->inner);
    uint64_t words[] = {inner.low64, inner.high64}, outer[2];
    hash_keyed128(key->outer, str_make((const char *)words, sizeof words), outer);
    memcpy(out, outer, sizeof outer);
}
