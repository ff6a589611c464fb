/* catalog_build_internal: the builder's inside, shared by the files that finish a catalog. The rows are kept
 * as they came, their strings copied into the arena of the catalog to be; finish() sorts the rows and makes
 * the final structs from them, step by step. SPDX-License-Identifier: ISC */
#ifndef SCHEMA_CATALOG_BUILD_INTERNAL_H
#define SCHEMA_CATALOG_BUILD_INTERNAL_H

#include "schema/catalog_build.h"
#include "schema/catalog_internal.h"

/* A growing array on the heap. */
#define ROWS(type)                                                                                           \
    struct {                                                                                                 \
        type *at;                                                                                            \
        size_t n, cap;                                                                                       \
    }
#define ROWS_ADD(rows, ...)                                                                                  \
    do {                                                                                                     \
        (rows)->at = rows_room((rows)->at, (rows)->n, &(rows)->cap, sizeof *(rows)->at);                     \
        (rows)->at[(rows)->n++] = (__VA_ARGS__);                                                             \
    } while (0)
#define ROWS_SORT(rows, compare) rows_sort((rows)->at, (rows)->n, sizeof *(rows)->at, (compare))

NODISCARD void *rows_room(void *at, size_t n, size_t *cap, size_t size);
void rows_sort(void *at, size_t n, size_t size, int (*compare)(const void *, const void *));

/* As bsearch(), for an array that may be NULL when it is empty. */
void *rows_find(
    const void *key, const void *at, size_t n, size_t size, int (*compare)(const void *, const void *));

static inline int cmp_u32(uint32_t a, uint32_t b)
{
    return a < b ? -1 : a > b;
}

struct catalog_build {
    struct catalog *cat;
    ROWS(struct cat_type_row) types;
    ROWS(struct cat_relation_row) relations;
    ROWS(struct cat_column_row) columns;
    ROWS(struct cat_key_row) keys;
    ROWS(struct cat_index_row) indexes;
    ROWS(struct cat_grant_row) grants;
    ROWS(struct cat_policy_row) policies;
    ROWS(struct cat_role_setting_row) role_settings;
    ROWS(struct cat_view_column_row) view_columns;
    ROWS(struct cat_source_row) sources;
    ROWS(struct cat_reach_row) reaches;
    ROWS(uint32_t) opaque_types;
    ROWS(struct cat_partition_row) partitions;
    ROWS(struct cat_function_row) functions;
    ROWS(struct cat_execution_row) executions;
    ROWS(struct cat_handler_row) handlers;
    /* Made by finish(). */
    struct cat_type *all_types; /* by oid */
    size_t nall_types;
    struct cat_relation **by_oid; /* every relation, exposed or not, by oid */
    struct cat_function *all_functions;
};

/* catalog_make.c: the first steps, in this order; index_types after the others. */
void build_make_types(struct catalog_build *b);
void build_make_relations(struct catalog_build *b);
void build_make_columns(struct catalog_build *b);
void build_make_keys(struct catalog_build *b);
void build_make_indexes(struct catalog_build *b);
void build_index_types(struct catalog_build *b);
/* "schema"."name" */
struct str build_quote(struct catalog_build *b, struct str schema, struct str name);
const struct cat_type *build_type_or_text(const struct catalog_build *b, uint32_t oid);
/* What is known of a relation or function; all false when nothing is. */
struct cat_reach_row build_reach(const struct catalog_build *b, uint32_t oid, bool function);
/* NULL when there is none. */
const struct cat_type *build_type(const struct catalog_build *b, uint32_t oid);
struct cat_relation *build_relation(const struct catalog_build *b, uint32_t oid);
/* False when the relation has no such column. */
NODISCARD bool build_column_index(const struct cat_relation *rel, int16_t attnum, uint16_t *index);
static inline bool build_exposed(const struct catalog_build *b, const struct cat_relation *rel)
{
    return (size_t)(rel - b->cat->relations) < b->cat->nexposed;
}

/* catalog_relate.c: primary keys of views, then the relationships of all exposed relations. */
void build_relationships(struct catalog_build *b);
/* catalog_sources.c: base_oids of relations and functions. */
void build_sources(struct catalog_build *b);

#endif
