/* write: from a request that changes rows to one SQL statement. Pure, like plan.h. The body's text is one
 * parameter that PostgreSQL takes apart (json_to_recordset with the columns' own types), so a statement
 * serves every body with the same keys.
 *
 * What is shown of the changed rows is planned like a read: plain columns that a row shape puts together.
 *
 *     INSERT INTO t .. RETURNING columns                                 without embeds
 *     WITH pgrst_source AS (INSERT .. RETURNING what is needed)
 *         SELECT columns FROM pgrst_source AS t0 LEFT JOIN ..            with embeds
 *
 * A guard is a condition on the number of rows without which nothing may be committed. It stands in the
 * statement itself and fails it by a cast of WRITE_GUARD and the number, so that one round trip without BEGIN
 * and COMMIT is enough. SPDX-License-Identifier: ISC */
#ifndef QUERY_WRITE_H
#define QUERY_WRITE_H

#include "query/payload.h"
#include "query/plan.h"
#include "query/prefer.h"

#define WRITE_GUARD "bobbin-rows-"

/* PUT is an insert of one row that updates it if it is there already. */
enum write_verb { WRITE_INSERT, WRITE_UPDATE, WRITE_PUT, WRITE_DELETE };

struct write_request {
    enum write_verb verb;
    struct str schema, relation;   /* decoded */
    struct str query;              /* raw, as in struct read_request */
    struct str role;               /* likewise */
    const struct payload *payload; /* NULL: DELETE */
    enum prefer_return returning;
    enum prefer_resolution resolution;
    bool missing_default;
    const struct format *format; /* of the rows; NULL: application/json */
    bool singular;               /* guard: exactly one row */
    bool has_max;                /* guard: at most max_affected rows */
    uint64_t max_affected;
};

/* What comes back for the main statement. */
enum write_answer {
    WRITE_TAG,   /* no rows: the command tag tells how many were changed */
    WRITE_COUNT, /* one number: how many */
    WRITE_KEYS,  /* the primary key of each row */
    WRITE_ROWS   /* rows, described by shape; with a handler the body and the number of rows */
};

/* A statement on lines of a document. */
struct write_lines {
    struct plan_stmt stmt;
    const struct cat_relation *relation;
};

struct write_plan {
    const struct cat_relation *relation;
    struct plan_stmt main;
    enum write_answer answer;
    struct row_shape shape;
    bool guarded; /* may fail with WRITE_GUARD */
    bool upserts; /* has a conflict target: `resolution` was honoured */
    /* One row, one text, after main and in its transaction: how many rows were inserted and not updated. */
    struct plan_stmt inserted;
    /* A document (document.h): main saves the header, exactly one, and gives its primary key; behind it and
     * inserted come these, and what shows the row as it is in the end, for WRITE_ROWS. */
    bool document;
    const struct write_lines *lines;
    size_t nlines;
    struct plan_stmt shown;
    const struct cat_relation *const *tables; /* every relation that is written or read */
    size_t ntables;
};

/* The columns= parameter names the keys, so that those of the body need not be learned. */
bool write_names_columns(struct arena *a, struct str query);
NODISCARD bool plan_write(struct arena *a, const struct catalog *cat, const struct query_limits *limits,
    const struct write_request *req, struct write_plan *plan, struct query_error *error);

#endif
