/* call_args: the arguments of a call, and the function that takes them. SPDX-License-Identifier: ISC */
#ifndef QUERY_CALL_ARGS_H
#define QUERY_CALL_ARGS_H

#include "query/call.h"

/* One argument of a query string or form; a variadic parameter takes all of its name. */
struct call_arg {
    struct str name, value;
};

struct call_args {
    bool json;      /* keys of the payload, no values */
    bool no_record; /* a body that has no keys: a value or an array of values, text, octets */
    struct call_arg *list;
    size_t n;
    struct str query; /* raw: what is left for filters and the like */
};

NODISCARD bool call_args_read(struct arena *a, const struct query_limits *limits,
    const struct call_request *req, struct call_args *args, struct query_error *error);
/* *unnamed: the whole body is the single parameter. */
NODISCARD bool call_choose(struct arena *a, const struct catalog *cat, const struct call_request *req,
    const struct call_args *args, const struct cat_function **fn, bool *unnamed, struct query_error *error);

#endif
