/* catalog_internal: the inside of a catalog, for the files that make it and look into it. Nobody else
 * includes this. SPDX-License-Identifier: ISC */
#ifndef SCHEMA_CATALOG_INTERNAL_H
#define SCHEMA_CATALOG_INTERNAL_H

#include "schema/catalog.h"
#include "util/arena.h"
#include "util/map.h"

#include <stdatomic.h>

/* The overloads of one name. */
struct fn_group {
    struct str schema, name;
    const struct cat_function **functions;
    size_t n;
};

struct partition {
    uint32_t oid, root_oid;
};

struct catalog {
    unsigned magic;
    atomic_uint refs;
    uint64_t version;
    struct arena arena; /* everything below but the maps' own slots */
    const struct str *schemas;
    struct str *schema_comments; /* as many */
    size_t nschemas;
    /* Exposed ones first, by schema and name; behind them those that only serve to derive relationships. */
    struct cat_relation *relations;
    size_t nrelations, nexposed;
    const struct cat_relation **by_oid; /* exposed ones, ascending */
    struct fn_group *groups;            /* exposed functions by schema and name */
    size_t ngroups;
    const struct cat_function **functions; /* those of the groups, in the same order */
    size_t nfunctions;
    unsigned settings, settings_anywhere, session;
    struct cat_role *roles; /* by name */
    size_t nroles;
    bool has_media; /* catalog_has_media() */
    struct cat_handler *handlers;
    size_t nhandlers;
    struct partition *partitions; /* by oid */
    size_t npartitions;
    struct map relation_map, function_map, type_map;
};

#define CATALOG_MAGIC 0x63617421u

/* A key for the maps: schema, a NUL, name. Both are PostgreSQL identifiers, at most 63 bytes each by default.
 */
#define CATALOG_KEY_MAX 512
/* False when the two do not fit, which no identifier of PostgreSQL does. */
NODISCARD bool catalog_key(char out[CATALOG_KEY_MAX], struct str schema, struct str name, struct str *key);

#endif
