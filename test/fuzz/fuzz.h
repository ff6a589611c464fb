/* fuzz: the entry point of a fuzz target, as libFuzzer calls it. SPDX-License-Identifier: ISC */
#ifndef TEST_FUZZ_FUZZ_H
#define TEST_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
