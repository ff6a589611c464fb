/* catalog: one immutable picture of the database: relations, columns, types, keys, relationships, functions,
 * privileges, comments. Built once by catalog_build.h (from the database by catalog_load.c, by hand in
 * tests), then shared by all threads through a reference count; a request keeps the snapshot it started with,
 * a reload swaps the pointer. Everything reachable from a catalog lives in its arena and dies with it;
 * nothing here is ever modified. Facts are those of pg_catalog at load time; PostgreSQL itself stays the
 * judge of who may do what. SPDX-License-Identifier: ISC */
#ifndef SCHEMA_CATALOG_H
#define SCHEMA_CATALOG_H

#include "util/arena.h"
#include "util/str.h"

enum cat_kind { CAT_TABLE, CAT_VIEW, CAT_MATVIEW, CAT_FOREIGN, CAT_PARTITIONED };
/* TYPE_COMPOSITE, TYPE_ARRAY and TYPE_CAST (a user type with a cast to json) need to_json() in SQL; the
 * others are encoded from their text form. */
enum cat_typekind { TYPE_SCALAR, TYPE_ENUM, TYPE_DOMAIN, TYPE_ARRAY, TYPE_COMPOSITE, TYPE_RANGE, TYPE_CAST };
enum cat_cardinality { REL_M2O, REL_O2M, REL_O2O, REL_M2M, REL_COMPUTED_ONE, REL_COMPUTED_MANY };
enum cat_class {
    CLASS_NONE,
    CLASS_LOOKUP,
    CLASS_STYLE,
    CLASS_MATERIAL,
    CLASS_TRANSACTIONAL,
    CLASS_USER,
    CLASS_REALTIME
};
enum cat_privilege { PRIV_SELECT = 1, PRIV_INSERT = 2, PRIV_UPDATE = 4, PRIV_DELETE = 8 };
/* Bits of pg_index.indoption. */
enum cat_index_option { INDEX_DESC = 1, INDEX_NULLS_FIRST = 2 };
enum cat_volatility { FN_IMMUTABLE, FN_STABLE, FN_VOLATILE };
/* What code in the database may ask current_setting() for, and that it may set response.*. OTHER: a setting
 * that is not a request's. */
enum cat_setting {
    SETTING_CLAIMS = 1,
    SETTING_METHOD = 2,
    SETTING_PATH = 4,
    SETTING_HEADERS = 8,
    SETTING_COOKIES = 16,
    SETTING_APP = 32,
    SETTING_OTHER = 64,
    SETTING_ANSWER = 128,
    SETTINGS_READ = 127,
    SETTINGS_ALL = 255
};

struct cat_type {
    uint32_t oid;
    enum cat_typekind kind;
    struct str schema, name;     /* pg_type's own: "pg_catalog", "int4" */
    struct str sql_name;         /* format_type(oid, NULL): quoted and qualified where needed */
    const struct cat_type *base; /* of a domain: the type under it; else NULL */
    const struct cat_type *elem; /* of an array: its element; else NULL */
    const struct str *labels;    /* of an enum, in order */
    size_t nlabels;
    uint32_t relation_oid; /* of a composite that is a relation's row type; else 0 */
    /* Quoted names of functions that cast to json, from json and from text, where the type has such casts;
     * else empty. PostgreSQL ignores casts of domains: there the function must be called by name. */
    struct str to_json, from_json, from_text;
    bool opaque; /* a cast to it runs code that cannot be looked into, or that changes settings */
    bool media;  /* a domain that is named like a media type, "image/png", or any type */
};

struct cat_column {
    struct str name;
    const struct cat_type *type;
    struct str type_sql; /* format_type(oid, typmod): "numeric(16,2)" */
    struct str comment;
    struct str default_sql; /* empty: none */
    int16_t attnum;
    uint16_t index;     /* position in its relation's columns */
    int32_t max_length; /* of varchar(n), char(n); else 0 */
    bool not_null, generated, identity;
    bool in_pk;
};

struct cat_key {
    struct str constraint;
    const uint16_t *columns; /* indexes into the relation's columns */
    size_t ncolumns;
};

/* An index that PostgreSQL can read rows in order from: a valid btree on plain columns with their default
 * operator class and own collation, without a predicate. Expressions and INCLUDE columns: see catalog.sql. */
struct cat_index {
    const uint16_t *columns; /* indexes into the relation's columns */
    const uint8_t *options;  /* for each column: enum cat_index_option */
    size_t ncolumns;
    bool is_key; /* unique, and no column can be null */
};

/* One way from `from` to `to`, in one direction. column i of `from_columns` equals column i of `to_columns`;
 * through a junction, from_columns meet j_from_columns and j_to_columns meet to_columns. */
struct cat_relationship {
    enum cat_cardinality cardinality;
    struct str constraint; /* of M2M: the constraint from the junction to `from` */
    const struct cat_relation *from, *to;
    const uint16_t *from_columns, *to_columns;
    size_t ncolumns;
    const struct cat_relation *junction; /* M2M only */
    struct str constraint2;              /* M2M only: from the junction to `to` */
    const uint16_t *j_from_columns, *j_to_columns;
    size_t nj_to_columns; /* M2M: columns of the second key; ncolumns counts the first */
    bool fk_here; /* the foreign key's columns are those of `from` (M2O, and O2O seen from the child) */
    bool self;    /* from == to */
    const struct cat_function *function; /* computed relationships only */
};

struct cat_grant {
    struct str role;
    unsigned bits;              /* enum cat_privilege on the whole relation */
    bool some_columns;          /* has column privileges beyond `bits` */
    const uint8_t *column_bits; /* ncolumns entries, `bits` included; NULL when !some_columns */
    bool filtered; /* row security may show this role less than everything: a policy other than literal true,
                      or no policy at all */
    bool claims;   /* what this role sees here may depend on request.* settings: through a policy, the view's
                      definition, or a function that these call */
};

struct cat_relation {
    uint32_t oid;
    enum cat_kind kind;
    struct str schema, name;
    struct str quoted;  /* "schema"."name", ready for SQL */
    struct str comment; /* without its `@module` and `@cache` lines */
    struct str module;  /* `@module x`; empty: none */
    enum cat_class cache_class;
    const struct cat_column *columns;
    const uint16_t *by_name; /* their numbers sorted by name; NULL: not for so few */
    size_t ncolumns;
    struct cat_key pk; /* ncolumns 0: none. Of a view: the columns that show the keys of the tables under it,
                          without a constraint name; unique unless the view's joins repeat rows */
    const struct cat_key *uniques; /* without the primary key */
    size_t nuniques;
    const struct cat_index *indexes; /* the primary key's first */
    size_t nindexes;
    const struct cat_key
        *constraints; /* all of them: keys, foreign keys, checks, exclusions, unique indexes */
    size_t nconstraints;
    const struct cat_relationship *relationships; /* outgoing, sorted by target name, then constraint */
    size_t nrelationships;
    const struct cat_function *const *computed; /* computed fields: f(this row type) returning a scalar */
    size_t ncomputed;
    const struct cat_grant *grants; /* sorted by role */
    size_t ngrants;
    bool insertable, updatable, deletable;
    bool row_security;
    bool repeats; /* a view whose joins may show a row of its tables twice: its pk is then not unique */
    bool opaque;  /* reading it runs code whose sources cannot be told (C, dynamic SQL, volatile functions) or
                     that  changes settings; operators, indexes and types of columns count as well */
    bool session_read, session_write; /* code that then runs may leave something behind in its session */
    unsigned settings;                /* enum cat_setting: of what code that runs when anybody reads it */
    double estimated_rows;            /* pg_class.reltuples, -1 when never analysed */
    const uint32_t
        *base_oids; /* every table whose change can change what is read here, ascending: of a table
                       itself, of a view those under it; and those its policies and functions read */
    size_t nbase_oids;
};

struct cat_param {
    struct str name; /* empty: unnamed */
    const struct cat_type *type;
    bool required, variadic;
};

struct cat_function {
    uint32_t oid;
    struct str schema, name, quoted, comment;
    const struct cat_param *params;
    size_t nparams;
    const struct cat_type *result;    /* NULL: void */
    const struct cat_column *columns; /* of a result that is a composite: OUT parameters, TABLE(), row type */
    size_t ncolumns;
    const struct cat_relation *table; /* when it returns (a set of) an exposed relation's row type */
    enum cat_volatility volatility;
    bool returns_set, returns_one_row; /* ROWS 1 */
    bool has_variadic;
    const struct str *settings; /* "name=value" of its SET clauses */
    size_t nsettings;
    bool open; /* everybody may call it; else `callers`, sorted: ask cat_function_callable() */
    const struct str *callers;
    size_t ncallers;
    bool claims; /* for some role its body, or what that calls and reads, may read request.* settings */
    const struct str *claimless; /* the roles for which that is not so, sorted; ask cat_function_claims() */
    size_t nclaimless;
    bool session;              /* it may leave something behind in its session (session_scan.h) */
    bool opaque;               /* as in cat_relation */
    const uint32_t *base_oids; /* tables that its body may read, ascending */
    size_t nbase_oids;
};

/* ALTER ROLE .. SET .. */
struct cat_role_setting {
    struct str name, value;
};
struct cat_role {
    struct str name;
    struct str isolation;                    /* its default_transaction_isolation; empty: none */
    const struct cat_role_setting *settings; /* the others, as far as our login role may make them */
    size_t nsettings;
};

/* An aggregate that makes an answer's body of rows: its result is a domain named like a media type. */
struct cat_handler {
    uint32_t oid;
    struct str quoted;     /* "schema"."name" */
    struct str media;      /* the domain's name, a media type or that of any type */
    uint32_t relation_oid; /* whose rows it takes; 0: any */
    bool features;         /* no aggregate but PostGIS's ST_AsGeoJSON(record): a row to a feature */
};

struct catalog;

/* Takes and gives back one reference; the last unref frees. Safe from any thread. */
struct catalog *catalog_ref(struct catalog *cat);
void catalog_unref(struct catalog **cat);

/* A number that no other snapshot of this process has. */
uint64_t catalog_version(const struct catalog *cat);
/* enum cat_setting: what any code of the database may read or set, whatever runs it. */
unsigned catalog_settings(const struct catalog *cat);
/* The part of it that may run in a read of no matter which relation: casts, operators, computed fields. */
unsigned catalog_settings_anywhere(const struct catalog *cat);
/* Code that belongs to no relation or function of the catalog may leave something behind in the session: what
 * any read or write may run (casts, operators, domains, computed fields), what a write may run; and whether
 * there is such code at all. */
enum cat_session { SESSION_READS = 1, SESSION_WRITES = 2, SESSION_SOMEWHERE = 4 };
unsigned catalog_session(const struct catalog *cat);
/* What holds for a role beside its privileges; NULL: nothing does. */
const struct cat_role *catalog_role(const struct catalog *cat, struct str name);
/* The exposed schemas in their configured order; the first is the default. */
const struct str *catalog_schemas(const struct catalog *cat, size_t *n);
/* The comment on an exposed schema; empty when there is none. */
struct str catalog_schema_comment(const struct catalog *cat, struct str schema);
/* How answers can be made besides those built in; *n = 0 in most databases. */
const struct cat_handler *catalog_handlers(const struct catalog *cat, size_t *n);
/* True when there are handlers, or functions that return media types. */
bool catalog_has_media(const struct catalog *cat);
/* An exposed relation, or NULL. */
const struct cat_relation *catalog_relation(const struct catalog *cat, struct str schema, struct str name);
const struct cat_relation *catalog_relation_by_oid(const struct catalog *cat, uint32_t oid);
/* The partitioned table that a partition belongs to; any other oid is its own root. Writes are counted by
 * PostgreSQL on the partition, reads are planned on the root. */
uint32_t catalog_root_oid(const struct catalog *cat, uint32_t oid);
/* All exposed functions of that name, sorted by oid; NULL and *n = 0 when there is none. */
const struct cat_function *const *catalog_functions(
    const struct catalog *cat, struct str schema, struct str name, size_t *n);
/* The type a cast may name (`col::type`): exact type or SQL alias ("int", "varchar"), NULL when unknown. */
const struct cat_type *catalog_type(const struct catalog *cat, struct str name);
const struct cat_column *cat_relation_column(const struct cat_relation *rel, struct str name);
/* May what this function returns to the role depend on request.* settings? */
bool cat_function_claims(const struct cat_function *fn, struct str role);
/* May the role call it? */
bool cat_function_callable(const struct cat_function *fn, struct str role);
/* Bits of enum cat_privilege that role holds on the relation as a whole; PUBLIC and memberships are already
 * in. */
unsigned cat_relation_privileges(const struct cat_relation *rel, struct str role);
/* The same for one column: what is held on the relation or on this column. */
unsigned cat_column_privileges(const struct cat_relation *rel, struct str role, const struct cat_column *col);
/* NULL when the role holds nothing here. */
const struct cat_grant *cat_relation_grant(const struct cat_relation *rel, struct str role);
/* for (i = 0; catalog_each(cat, &i, &rel);): every exposed relation, sorted by schema and name. */
bool catalog_each(const struct catalog *cat, size_t *i, const struct cat_relation **rel);
/* The same for functions: sorted by schema and name, overloads by oid. */
bool catalog_each_function(const struct catalog *cat, size_t *i, const struct cat_function **fn);
/* The name among the exposed relations of schema most like `name`, for "Perhaps you meant";
 * empty when none is near enough. Only those that are related to others, for the second. */
struct str catalog_suggest_relation(const struct catalog *cat, struct str schema, struct str name);
struct str catalog_suggest_parent(const struct catalog *cat, struct str schema, struct str name);
/* Among those that rel is related to; empty also when there is one of that very name, but perhaps for its
 * case. */
struct str cat_relation_suggest_target(const struct cat_relation *rel, struct str name);
/* Columns: none, one or two equally near ones. */
size_t cat_relation_suggest_columns(const struct cat_relation *rel, struct str name, struct str found[2]);
struct str catalog_suggest_function(const struct catalog *cat, struct str schema, struct str name);
/* Among the functions of that name, the parameters that are most like these: "(a, b)", sorted. */
struct str catalog_suggest_parameters(struct arena *a, const struct catalog *cat, struct str schema,
    struct str function, const struct str *names, size_t n);

#endif
