/* payload: the body of a write, judged and made one JSON text that PostgreSQL takes apart itself. JSON is
 * passed on as it came; CSV and forms are written as JSON. What is learned on the way is all that a statement
 * needs: one record or many, and the keys, which are the same in every record.
 *
 * A key that stands twice in one record is refused, since nobody can tell which value was meant. Slices live
 * in the arena. Linear in the body. SPDX-License-Identifier: ISC */
#ifndef QUERY_PAYLOAD_H
#define QUERY_PAYLOAD_H

#include "query/plan.h"

enum payload_type { PAYLOAD_JSON, PAYLOAD_CSV, PAYLOAD_FORM };

/* VALUE: neither an object nor an array of objects, of use for functions only. */
enum payload_kind { PAYLOAD_OBJECT, PAYLOAD_ARRAY, PAYLOAD_VALUE };

/* Keys of a record at most: PostgreSQL's tables have 1,600 columns, its functions 100 arguments. Where any
 * JSON will do, of an object with more only so many are learned, which no function takes. */
#define PAYLOAD_KEYS_MAX 2000u

struct payload_options {
    enum payload_type type;
    unsigned max_depth; /* limit-json-depth */
    bool records;       /* an object, or an array of objects with the same keys; else any JSON, and
                         of an array of objects the first one's keys count */
    bool keys;          /* learn the keys; else (columns= names them) records may differ */
    bool differ;        /* with keys: records may differ all the same, and the keys are those that any has */
    uint64_t max_records; /* limit-body-rows; 0: no limit */
    size_t max_json;      /* bytes that CSV may become, as it repeats the names in every row; 0: no limit */
};

struct payload {
    const char *json; /* NUL-terminated */
    enum payload_kind kind;
    size_t nrecords; /* 1 for an object */
    const struct str *keys;
    size_t nkeys;
};

NODISCARD bool payload_read(struct arena *a, const struct payload_options *options, struct str body,
    struct payload *out, struct query_error *error);

#endif
