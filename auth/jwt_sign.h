/* jwt_sign: makes tokens, for `bobbin token` and for our own logins. Only HS256, with the same `jwt-secret`
 * that the server verifies with. SPDX-License-Identifier: ISC */
#ifndef AUTH_JWT_SIGN_H
#define AUTH_JWT_SIGN_H

#include "util/buf.h"

/* Appends the signed token of `claims` (the text of a JSON object) to `out`. The key is the first of the
 * secret's keys that may be used for HS256; its kid goes into the header. On failure: false, a sentence in
 * `error`, nothing appended. */
NODISCARD bool jwt_sign_hs256(
    struct str secret, bool secret_is_base64, struct str claims, struct buf *out, char *error, size_t size);

#endif
