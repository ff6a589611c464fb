/* hash128: 128 bits of fingerprint, the same in every process and on every machine; fast, and good against
 * chance, not against those who look for collisions (that is what auth/digest.h is for). Multiply-and-fold as
 * in wyhash (Wang Yi, public domain). SPDX-License-Identifier: ISC */
#ifndef UTIL_HASH128_H
#define UTIL_HASH128_H

#include "util/str.h"

struct hash128 {
    uint64_t a, b;
};

struct hash128 hash128(struct str s);

#endif
