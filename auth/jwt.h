/* jwt: from the Authorization header to a principal. Verifies JWS compact tokens (RFC 7515, 7518, 7519)
 * against the keys of `jwt-secret`, following RFC 8725: the algorithm is the key's to choose, everything is
 * parsed strictly, and nothing in a token makes us fetch or open anything. Verified tokens are kept in a
 * SIEVE cache keyed by their whole text; what depends on the clock is checked at every hit. Slow signatures
 * that failed are remembered too, a few hundred of them, by the digest of the token.
 *
 * One verifier per loop, made from the configuration and replaced when it is reloaded (which empties the
 * cache with it); no locks. It copies its options. SPDX-License-Identifier: ISC */
#ifndef AUTH_JWT_H
#define AUTH_JWT_H

#include "auth/principal.h"
#include "cache/sieve.h"
#include "util/arena.h"

#define JWT_MAX_BYTES ((size_t)16384)       /* of a token */
#define JWT_HEADER_MAX_BYTES ((size_t)4096) /* of its decoded header */
#define JWT_MAX_DEPTH 32                    /* of nested arrays and objects in header and claims */
#define JWT_SKEW_S ((int64_t)30)

#define JWT_ERROR(name, ...) JWT_ERR_##name,
enum jwt_error {
    JWT_OK,
    JWT_SLOW, /* no error: jwt_begin() */
#include "auth/jwt_errors.def"
    JWT_ERROR_COUNT
};
#undef JWT_ERROR

/* An error as the answer shows it. All text lives as long as the arena it was made in. */
struct jwt_error_text {
    int status;
    const char *code;
    struct str message, details; /* details.p == NULL: null */
    struct str www_authenticate; /* p == NULL: no such header */
    unsigned retry_after_s;      /* 0: no such header, but for a 503 */
};

struct jwt_options {
    struct str secret; /* jwt-secret; empty: every token is refused with SECRET_MISSING */
    bool secret_is_base64;
    struct str audience;       /* jwt-aud; empty: any */
    struct str role_claim_key; /* jwt-role-claim-key; empty: $.role */
    struct str anon_role;      /* db-anon-role; empty: no anonymous access */
    struct str login_role; /* the role of our own connections, which no token may name; empty: not checked */
    size_t cache_entries;  /* jwt-cache-max-entries; 0: no cache */
    bool require_exp;      /* refuse tokens that never expire */
};

struct jwt;
struct jwt_check; /* a new token with a slow signature, on its way; owned by whoever got it from jwt_begin()
                   */

/* NULL with a sentence in `error` (size bytes) that names the option and nothing secret. */
NODISCARD struct jwt *jwt_create(const struct jwt_options *options, char *error, size_t size);
void jwt_free(struct jwt **j);

/* The credentials of an Authorization header of scheme Bearer (in any case), possibly empty; false for
 * another scheme, which counts as no token. */
NODISCARD bool jwt_from_authorization(struct str header, struct str *token);
/* Who presents this token at `now` (Unix seconds). On JWT_OK *p is filled; its slices live as long as the
 * arena. A new token with a slow signature gives JWT_SLOW and *check: run it, then finish it. */
NODISCARD enum jwt_error jwt_begin(struct jwt *j, struct str token, int64_t now, struct arena *a,
    struct principal *p, struct jwt_check **check);
/* Verifies the signature, in milliseconds. From any thread, but only one at a time for each verifier, which
 * must outlive it. */
void jwt_check_run(struct jwt_check *c);
/* The signature is none of ours; after jwt_check_run(). */
bool jwt_check_failed(const struct jwt_check *c);
/* The verdict for one of those who present the token; on the verifier's thread, as often as needed. */
NODISCARD enum jwt_error jwt_finish(
    struct jwt *j, const struct jwt_check *c, int64_t now, struct arena *a, struct principal *p);
struct str jwt_check_token(const struct jwt_check *c);
void jwt_check_free(struct jwt_check **c);
/* Who asks without a token; same lifetime. */
NODISCARD enum jwt_error jwt_anonymous(const struct jwt *j, struct arena *a, struct principal *p);

/* The texts of an error; `token` is the one that was refused (for the number of its parts). */
void jwt_error_describe(enum jwt_error error, struct str token, struct arena *a, struct jwt_error_text *out);
/* All zero when there is no cache. */
struct sieve_stats jwt_cache_stats(const struct jwt *j);

#endif
