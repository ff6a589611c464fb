/* principal: who is asking, as the authentication step found out. The slices live as long as the arena of the
 * request that it was made for. SPDX-License-Identifier: ISC */
#ifndef AUTH_PRINCIPAL_H
#define AUTH_PRINCIPAL_H

#include "util/str.h"

enum principal_origin { PRINCIPAL_ANONYMOUS, PRINCIPAL_JWT };

struct principal {
    enum principal_origin origin;
    struct str role; /* the database role to act as: 1 to 63 bytes, never "none", which would undo SET ROLE */
    struct str claims;  /* a JSON object for request.jwt.claims, its member "role" equal to role */
    struct str subject; /* the claim "sub" where it is a string; else empty */
    int64_t expires;    /* the claim "exp" in Unix seconds, before any skew; INT64_MAX: never */
};

#endif
