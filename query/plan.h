/* plan: from the text of a request and a catalog to SQL. Pure: same text, same catalog, same plan; no I/O, no
 * libpq, no clock. Everything returned lives in the caller's arena (the strings may point into the request's
 * own text, which must live as long), except names that point into the catalog, of which the caller holds a
 * reference.
 *
 * The SQL returns plain columns (never JSON documents for the whole row): to-one embeds are joined and
 * flattened and put back together by `shape`, to-many embeds are aggregated and arrive as one json column.
 * Every identifier is quoted, every value is a numbered parameter of unknown type, every expression
 * parenthesises itself. SPDX-License-Identifier: ISC */
#ifndef QUERY_PLAN_H
#define QUERY_PLAN_H

#include "query/format.h"
#include "schema/catalog.h"
#include "util/arena.h"
#include "util/row_shape.h"

/* PostgREST's error classes that planning can meet; the handlers' error table gives status and shape.
 * `message`, `details`, `hint` are made for the person who reads them: they name what to change. */
enum query_error_code {
#define QUERY_ERROR(name, code) QUERY_##name,
#include "query/query_errors.def"
#undef QUERY_ERROR
};

struct query_error {
    enum query_error_code code;
    struct str message, details, hint; /* empty: null */
    struct str details_json;           /* a JSON value instead of details (PGRST201); empty: none */
};

/* Prefer: count=capped counts no further than this. */
#define PLAN_COUNT_CAP 10001

enum count_mode { COUNT_NONE, COUNT_EXACT, COUNT_PLANNED, COUNT_ESTIMATED, COUNT_CAPPED };

/* 0 means no limit of ours (there is always room for 10,000 filters and 64 levels only). What is passed is
 * named in the error: limit-embed-depth, limit-embeds, limit-filters (order terms count too),
 * limit-filter-depth, limit-select-items, limit-offset, limit-document-lines. */
struct query_limits {
    uint64_t max_rows;      /* db-max-rows; 0: no cap */
    uint64_t default_limit; /* page size without limit= and Range; 0: none */
    unsigned embed_depth, embeds, filters, tree_depth, select_items;
    uint64_t max_offset;
    uint64_t document_lines; /* limit-document-lines */
    bool aggregates;         /* db-aggregates-enabled */
    bool legacy_names;       /* url-use-legacy-target-names */
};

#define KEYSET_MAX 8

/* A page that begins behind a row or ends before one (seek.h). */
struct read_seek {
    bool there, backwards;
    struct str values; /* as seek_put() has written them: plan->seek_order, then one for each of plan->keys */
    uint64_t position; /* of the row behind the one that is known; backwards: of that row itself */
};

struct read_request {
    struct str schema, relation; /* decoded */
    struct str query;            /* raw, still percent-encoded, without '?' */
    struct str range;            /* value of the Range header; empty: none */
    struct str role;             /* who reads: `*` is what this role may select; empty: every column */
    enum count_mode count;
    struct read_seek seek;
    const struct format *format; /* of the answer; NULL: application/json */
    bool unbounded;              /* a streaming export: neither default page nor cap */
    bool lock;                   /* the rows of the relation itself are locked (FOR UPDATE) */
};

/* One SQL statement. Params are NUL-terminated text, NULL for SQL NULL. */
struct plan_stmt {
    struct str sql; /* empty: there is no such statement */
    const char *const *params;
    size_t nparams;
};

struct read_plan {
    const struct cat_relation *relation;
    struct plan_stmt main;
    /* Made when count != COUNT_NONE, and count not for COUNT_PLANNED. count: how many rows there are without
     * limit and offset, one bigint, at most PLAN_COUNT_CAP of them when capped and max_rows + 1 when
     * estimated. estimate: an EXPLAIN (FORMAT JSON) of the same rows, one json value, whose "Plan Rows" is
     * what the planner believes. */
    struct plan_stmt count, estimate;
    struct row_shape
        shape;       /* of an answer by a handler: none; its columns are the body and the number of rows */
    uint64_t limit;  /* rows at most; UINT64_MAX: no limit */
    uint64_t offset; /* of the first row; of a page that was sought, what its token says */
    bool sought, backwards;
    uint16_t keys[KEYSET_MAX]; /* columns of the result that hold what the rows are ordered by */
    size_t nkeys;              /* 0: pages of this list cannot be sought */
    struct str seek_order;     /* the order that they are sought in (seek.h) */
    bool limit_from_server;    /* default page or cap, not the client's own limit */
    bool by_key;               /* at most one row: a unique key is pinned by eq */
    bool cheap;  /* by key or a small page without aggregate, full text, regex: fit for the shared lane */
    bool steady; /* cheap, and all code that it runs was looked into and changes no setting: may share a
                    transaction (db/group.h) */
    const struct cat_relation *const *tables; /* every relation read, for cache tags */
    size_t ntables;
    bool legacy_names; /* an embed was named by its table although it has an alias */
    unsigned settings; /* enum cat_setting: what code that it runs may read and set */
    bool session;      /* may leave something behind in its session */
    bool opaque;       /* calls functions that may read other tables: `tables` is not the whole truth */
};

/* true and *plan, or false and *error. Linear in the text; nesting is bounded by embed_depth and tree_depth,
 * which are at most 64 whatever the limits say. */
NODISCARD bool plan_read(struct arena *a, const struct catalog *cat, const struct query_limits *limits,
    const struct read_request *req, struct read_plan *plan, struct query_error *error);

#endif
