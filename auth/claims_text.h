/* claims_text: what is done to the text of claims before and after jansson reads it, so that a number that no
 * C type holds neither voids a token nor is changed on its way to PostgreSQL. SPDX-License-Identifier: ISC */
#ifndef AUTH_CLAIMS_TEXT_H
#define AUTH_CLAIMS_TEXT_H

#include "util/arena.h"

/* A copy of a JSON text for jansson, which refuses the whole of it for a number that fits neither 64 bits nor
 * a double: such a number is 9e300 in the copy if it is too large for a double, else about itself. What is no
 * JSON stays none. */
struct str claims_text_readable(struct arena *a, struct str payload);
/* The JSON object `payload` with the value of its outermost member "role" replaced by the JSON text `value`;
 * p == NULL when it is no object or has none. */
struct str claims_text_set_role(struct arena *a, struct str payload, struct str value);

#endif
