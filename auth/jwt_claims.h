/* jwt_claims: what a verified payload says, reduced to what a request needs. Judges everything that does not
 * depend on the clock once, so that the result can be cached; the limits in time are kept for
 * jwt_claims_check(). SPDX-License-Identifier: ISC */
#ifndef AUTH_JWT_CLAIMS_H
#define AUTH_JWT_CLAIMS_H

#include "auth/jwt.h"
#include "auth/role_path.h"

struct jwt_rules {
    struct str audience, anon_role, login_role;
    struct role_path role_path;
    bool require_exp;
};

struct jwt_claims {
    struct principal principal; /* slices in the arena of the reader */
    bool has_exp;
    int64_t exp, nbf, iat; /* Unix seconds; nbf and iat INT64_MIN when absent */
    /* The first objection of each kind, judged once; JWT_OK: none. Times come between the two, as PostgREST
     * reports them: types of exp, nbf, iat, aud; then aud, role. */
    enum jwt_error bad_exp, bad_nbf, bad_iat, bad_rest;
};

/* Reads the JSON text of a payload. JWT_ERR_CLAIMS when it is no JSON object that we accept; otherwise
 * JWT_OK, which says nothing yet about validity. */
NODISCARD enum jwt_error jwt_claims_read(
    const struct jwt_rules *rules, struct arena *a, struct str payload, struct jwt_claims *out);
/* The verdict at `now`. */
NODISCARD enum jwt_error jwt_claims_check(const struct jwt_claims *c, int64_t now);

/* A role that SET ROLE may be given: not empty, within PostgreSQL's 63 bytes, and not "none" (which means:
 * back to the login role). */
bool role_is_plausible(struct str role);
/* Whether text that is not validated yet may be given to the JSON parser: nothing is nested deeper than
 * JWT_MAX_DEPTH, and there is no NUL, which jansson 2.14 passes over behind a number, but where PostgreSQL's
 * protocol ends a text. */
bool json_is_tame(struct str text);

#endif
