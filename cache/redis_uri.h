/* redis_uri: where Redis is and how to log in. SPDX-License-Identifier: ISC */
#ifndef CACHE_REDIS_URI_H
#define CACHE_REDIS_URI_H

#include "util/arena.h"

#define REDIS_DEFAULT_PORT 6379

/* All strings in the arena, decoded, NUL-terminated. */
struct redis_uri {
    const char *host, *port;   /* host NULL: `path` */
    const char *path;          /* of a Unix socket */
    struct str user, password; /* p == NULL: none */
    uint64_t db;
};

/* false: *why says what is wrong, without a word of the credentials. */
NODISCARD bool redis_uri_parse(struct redis_uri *uri, struct arena *a, struct str text, const char **why);

#endif
