/* catalog_build: how a catalog comes into being. The loader feeds it rows of pg_catalog, tests feed it by
 * hand; both end with catalog_build_finish(), which resolves references, derives relationships (many-to-one
 * and its reverse, one-to-one, many-to-many through junctions, through views), sorts and indexes everything.
 * All strings are copied; rows may come in any order. The builder is single-threaded and owned by its
 * creator; finish() consumes it. SPDX-License-Identifier: ISC */
#ifndef SCHEMA_CATALOG_BUILD_H
#define SCHEMA_CATALOG_BUILD_H

#include "schema/catalog.h"

struct catalog_build;

struct catalog_build *catalog_build_create(const struct str *schemas, size_t nschemas);
/* For a load that failed half-way. */
void catalog_build_free(struct catalog_build **b);

/* What the loader found; fields as in catalog.h. The built-in types of builtin_types.def are there from the
 * start (int4, text, ... by their real OIDs); a row with the same oid replaces them. A type that nobody
 * describes is taken for text. */
struct cat_type_row {
    uint32_t oid, base_oid, elem_oid, relation_oid;
    enum cat_typekind kind;
    struct str schema, name, sql_name;
    const struct str *labels;
    size_t nlabels;
    struct str to_json, from_json, from_text;
};
struct cat_relation_row {
    uint32_t oid;
    enum cat_kind kind;
    struct str schema, name, comment;
    bool insertable, updatable, deletable, row_security, exposed, repeats;
    double estimated_rows;
};
struct cat_column_row {
    uint32_t relation_oid, type_oid;
    struct str name, type_sql, comment, default_sql;
    int16_t attnum;
    int32_t max_length;
    bool not_null, generated, identity;
};
/* A constraint on columns; column numbers are attnums. */
struct cat_key_row {
    struct str constraint;
    char type; /* 'p', 'u', 'f', 'c', 'x' as in pg_constraint.contype; 'i': a unique index that is none */
    uint32_t relation_oid, target_oid;
    const int16_t *columns, *target_columns;
    size_t ncolumns;
};
/* As struct cat_index; column numbers are attnums. */
struct cat_index_row {
    uint32_t oid, relation_oid;
    bool primary, unique;
    const int16_t *columns;
    const uint8_t *options;
    size_t ncolumns;
};
struct cat_grant_row {
    uint32_t relation_oid;
    int16_t attnum; /* 0: the whole relation */
    struct str role;
    unsigned bits;
};
/* Column `view_attnum` of a view shows column `base_attnum` of `base_oid` unchanged. */
struct cat_view_column_row {
    uint32_t view_oid, base_oid;
    int16_t view_attnum, base_attnum;
};
/* Reading relation `oid` (or calling function `oid`) reads relation `base_oid`, beyond what view columns say.
 */
struct cat_source_row {
    uint32_t oid, base_oid;
    bool function; /* oid is a function's */
};
/* `oid` is a partition, at any depth, of the partitioned table `root_oid`. */
struct cat_partition_row {
    uint32_t oid, root_oid;
};
/* What code that runs when `oid` is read or called may do. */
struct cat_reach_row {
    uint32_t oid;
    bool function; /* oid is a function's */
    bool claims, opaque;
    unsigned settings;                /* enum cat_setting, for anybody */
    bool session_read, session_write; /* of a function: session_read */
    /* Of a function: the roles for which it does not read settings after all. */
    const struct str *claimless;
    size_t nclaimless;
};
/* As struct cat_handler. */
struct cat_handler_row {
    uint32_t oid, relation_oid;
    struct str schema, name, media;
    bool features;
};
/* Row security as one role meets it. */
struct cat_policy_row {
    uint32_t relation_oid;
    struct str role;
    bool filtered, claims;
};
/* One setting of one role. */
struct cat_role_setting_row {
    struct str role, name, value;
};
struct cat_function_row {
    uint32_t oid, result_oid;
    uint32_t result_relation_oid; /* may be 0 where result_oid is a known row type */
    struct str schema, name, comment;
    const struct str *param_names;
    const uint32_t *param_types;
    size_t nparams, ndefaults;
    const struct str *column_names;
    const uint32_t *column_types;
    size_t ncolumns;
    bool variadic, returns_set, returns_one_row, exposed;
    enum cat_volatility volatility;
    const struct str *settings;
    size_t nsettings;
    bool open; /* to everybody; else rows say who may call it */
};
struct cat_execution_row {
    uint32_t function_oid;
    struct str role;
};

void catalog_build_schema(struct catalog_build *b, struct str name, struct str comment);
void catalog_build_type(struct catalog_build *b, const struct cat_type_row *row);
void catalog_build_relation(struct catalog_build *b, const struct cat_relation_row *row);
void catalog_build_column(struct catalog_build *b, const struct cat_column_row *row);
void catalog_build_key(struct catalog_build *b, const struct cat_key_row *row);
void catalog_build_index(struct catalog_build *b, const struct cat_index_row *row);
void catalog_build_grant(struct catalog_build *b, const struct cat_grant_row *row);
void catalog_build_view_column(struct catalog_build *b, const struct cat_view_column_row *row);
void catalog_build_source(struct catalog_build *b, const struct cat_source_row *row);
void catalog_build_partition(struct catalog_build *b, const struct cat_partition_row *row);
void catalog_build_reach(struct catalog_build *b, const struct cat_reach_row *row);
/* What catalog_settings() and catalog_settings_anywhere() give. Without a call: everything, to be on the safe
 * side. */
void catalog_build_settings(struct catalog_build *b, unsigned all, unsigned anywhere);
/* A cast to the type runs code that cannot be looked into, or that changes settings. */
void catalog_build_opaque_type(struct catalog_build *b, uint32_t oid);
void catalog_build_session(struct catalog_build *b, unsigned session);
void catalog_build_handler(struct catalog_build *b, const struct cat_handler_row *row);
void catalog_build_policy(struct catalog_build *b, const struct cat_policy_row *row);
void catalog_build_role_setting(struct catalog_build *b, const struct cat_role_setting_row *row);
void catalog_build_function(struct catalog_build *b, const struct cat_function_row *row);
void catalog_build_execution(struct catalog_build *b, const struct cat_execution_row *row);

/* The finished snapshot with one reference, which the caller owns. */
NODISCARD struct catalog *catalog_build_finish(struct catalog_build **b);

#endif
