/* authenticate: a token's way through auth/jwt on one thread, slow or not. SPDX-License-Identifier: ISC */
#ifndef TEST_UNIT_AUTH_AUTHENTICATE_H
#define TEST_UNIT_AUTH_AUTHENTICATE_H

#include "auth/jwt.h"

static inline enum jwt_error jwt_authenticate(
    struct jwt *j, struct str token, int64_t now, struct arena *a, struct principal *p)
{
    struct jwt_check *check;
    enum jwt_error e = jwt_begin(j, token, now, a, p, &check);
    if (e != JWT_SLOW)
        return e;
    jwt_check_run(check);
    e = jwt_finish(j, check, now, a, p);
    jwt_check_free(&check);
    return e;
}

#endif
