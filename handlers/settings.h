/* settings: what a worker has made of the configuration: the snapshot itself and what is derived from it
 * once. Immutable, counted by one thread without atomics: the worker holds one reference and every request
 * another, from its head to its end, so that a reload in between changes nothing for it and slices of
 * configured texts stay good. SPDX-License-Identifier: ISC */
#ifndef HANDLERS_SETTINGS_H
#define HANDLERS_SETTINGS_H

#include "auth/jwt.h"
#include "query/plan.h"
#include "server/config.h"
#include "util/fingerprint.h"

struct context_setup;

struct settings {
    unsigned refs;
    const struct config *config;
    struct query_limits limits;
    struct jwt *jwt;
    struct context_setup *context;
    struct arena arena;
    /* Signs page tokens (pages.h): derived from jwt-secret, so that all servers of one configuration agree,
     * also after a restart. Without a secret it is one that anybody can compute, and tokens are only proof
     * against damage; they hold nothing that a filter could not say. */
    uint64_t page_key[2];
    struct fingerprint_key etag_key; /* of entity tags (etag.h), derived likewise */
    struct principal anonymous;      /* role.n == 0: anonymous access is off */
};

/* The configuration's keys must be good: see settings_jwt_create(). The caller holds one reference. */
NODISCARD struct settings *settings_create(const struct config *config);
struct settings *settings_ref(struct settings *s);
/* The last one frees; sets *s to NULL. */
void settings_unref(struct settings **s);

/* The verifier that the configuration describes; NULL with a sentence in `error`. What would only fail in a
 * worker is tried with it before the configuration is taken over. */
NODISCARD struct jwt *settings_jwt_create(const struct config *config, char *error, size_t size);

#endif
