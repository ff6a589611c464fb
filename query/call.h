/* call: from a request for /rpc/<function> to one SQL statement. Pure, like plan.h. Which function of a name
 * is meant is decided by the names of the arguments: all that are required, and no others. Arguments of a
 * query string are parameters cast to the function's types; those of a JSON body are taken apart by
 * PostgreSQL. A body without a function that takes its keys may go whole to one that takes a single unnamed
 * parameter.
 *
 * What is done with the result (select, filters, order, limit, embeds) is planned like a read of the relation
 * whose rows it returns. The function runs once and to its end, whatever limit says. SPDX-License-Identifier:
 * ISC */
#ifndef QUERY_CALL_H
#define QUERY_CALL_H

#include "query/ast.h"
#include "query/payload.h"
#include "query/plan.h"

enum call_body {
    CALL_BODY_NONE, /* GET: arguments are in the query string */
    CALL_BODY_JSON,
    CALL_BODY_FORM,
    CALL_BODY_TEXT,
    CALL_BODY_XML,
    CALL_BODY_OCTETS
};

struct call_request {
    struct str schema, name; /* decoded */
    struct str query;        /* raw */
    struct str range;        /* value of the Range header; empty: none */
    struct str role;         /* `*` of an embed is what it may select; of a function's own rows it is all */
    enum call_body body;
    const struct payload *payload; /* JSON */
    struct str raw;                /* FORM, TEXT, XML, OCTETS */
    enum count_mode count;
    bool read_only; /* GET and HEAD */
    /* What the caller takes, and what may be offered beside the function's own types (media and plans count).
     */
    const struct accept *accept;
    struct format_offer offer;
    bool has_max; /* guard: at most max_affected rows */
    uint64_t max_affected;
    bool unbounded; /* no cap */
    bool first;     /* one row from the beginning, whatever limit and offset say: for the number of all */
};

enum call_result {
    CALL_VOID,
    CALL_VALUE,  /* one value, in column 0 */
    CALL_VALUES, /* one in each row */
    CALL_ROW,    /* one row, described by shape */
    CALL_ROWS
};

struct call_plan {
    const struct cat_function *function;
    struct format format; /* of the answer */
    bool singular;        /* guarded by: exactly one row */
    struct plan_stmt main;
    enum call_result result;
    struct row_shape shape;
    bool guarded;   /* may fail with WRITE_GUARD: singular, or too many rows */
    bool read_only; /* must run in a transaction that cannot write */
    bool counted;   /* the last column is the number of rows without limit and offset; not for a handler */
    uint64_t limit, offset;
    const struct cat_relation *const *tables; /* that are read around the call; [0] may be made up */
    size_t ntables;
};

NODISCARD bool plan_call(struct arena *a, const struct catalog *cat, const struct query_limits *limits,
    const struct call_request *req, struct call_plan *plan, struct query_error *error);

#endif
