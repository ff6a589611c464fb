/* call_args: names of arguments against names of parameters. SPDX-License-Identifier: ISC */
#include "query/call_args.h"

#include "query/errors.h"
#include "query/filter.h"
#include "query/parse.h"
#include "util/uri.h"

/* Of a form; those of a variadic parameter come one by one. */
#define PAIRS_MAX 100000u

enum { OID_BYTEA = 17, OID_TEXT = 25, OID_JSON = 114, OID_XML = 142, OID_JSONB = 3802 }; /* pg_type.dat */

static size_t count_pairs(struct str query)
{
    size_t n = 1;
    for (size_t i = 0; i < query.n; i++)
        n += query.p[i] == '&';
    return n;
}

/* Pairs of a form are all arguments; of a query string those that are no filters or keywords. What is not an
 * argument stays in args->query as it was. */
static bool read_pairs(
    struct arena *a, struct str text, bool form, struct call_args *args, struct query_error *error)
{
    size_t n = count_pairs(text);
    struct str piece;
    if (n > PAIRS_MAX)
        return error_many_keys(a, error, PAIRS_MAX, "arguments");
    char *rest = arena_alloc(a, text.n + 1), *p = rest;
    args->list = ARENA_NEW_ARRAY(a, struct call_arg, n);
    while (str_split(&text, '&', &piece)) {
        struct str one = piece;
        struct uri_param param;
        if (!uri_query_next(&one, &param))
            continue;
        enum uri_error e = uri_param_decode(a, &param);
        if (e != URI_OK)
            return error_encoding(a, error, uri_error_text(e));
        if (form || (parse_is_filter(&param) && !filter_has_operator(param.value))) {
            args->list[args->n++] = (struct call_arg){param.key, param.value};
            continue;
        }
        if (p != rest)
            *p++ = '&';
        memcpy(p, piece.p, piece.n);
        p += piece.n;
    }
    if (!form)
        args->query = str_make(rest, (size_t)(p - rest));
    return true;
}

/* The value of `columns`, decoded; empty when it is not there. */
static bool find_columns(struct arena *a, struct str query, struct str *text, struct query_error *error)
{
    struct uri_param param;
    *text = (struct str){NULL, 0};
    while (uri_query_next(&query, &param)) {
        enum uri_error e = uri_param_decode(a, &param);
        if (e != URI_OK)
            return error_encoding(a, error, uri_error_text(e));
        if (str_eq(param.key, STR("columns")))
            *text = param.value;
    }
    return true;
}

/* The keys of the body, or those that `columns` picks of them, are the names of the arguments. */
static bool take_keys(struct arena *a, const struct query_limits *limits, const struct call_request *req,
    struct call_args *args, struct query_error *error)
{
    struct str columns;
    struct parse_names names = {req->payload->keys, req->payload->nkeys};
    args->json = true;
    args->no_record = req->payload->kind == PAYLOAD_VALUE;
    if (!find_columns(a, req->query, &columns, error) ||
        (columns.n && !parse_name_list(a, limits, "columns parameter", columns, &names, error)))
        return false;
    if (req->payload->nrecords == 0 && names.n > 0) /* `[]` has nothing that `columns` could pick */
        args->no_record = true;
    args->list = ARENA_NEW_ARRAY(a, struct call_arg, names.n + 1);
    for (; args->n < names.n && !args->no_record; args->n++)
        args->list[args->n].name = names.names[args->n];
    return true;
}

bool call_args_read(struct arena *a, const struct query_limits *limits, const struct call_request *req,
    struct call_args *args, struct query_error *error)
{
    *args = (struct call_args){.query = req->query};
    switch (req->body) {
    case CALL_BODY_NONE: return read_pairs(a, req->query, false, args, error);
    case CALL_BODY_FORM: return read_pairs(a, req->raw, true, args, error);
    case CALL_BODY_JSON: return take_keys(a, limits, req, args, error);
    case CALL_BODY_TEXT:
    case CALL_BODY_XML:
    case CALL_BODY_OCTETS: args->no_record = true; return true;
    }
    UNREACHABLE();
}

static const struct cat_param *find_param(const struct cat_function *fn, struct str name)
{
    for (size_t i = 0; i < fn->nparams; i++) {
        if (fn->params[i].name.n && str_eq(fn->params[i].name, name))
            return &fn->params[i];
    }
    return NULL;
}

static bool has_arg(const struct call_args *args, struct str name)
{
    for (size_t i = 0; i < args->n; i++) {
        if (str_eq(args->list[i].name, name))
            return true;
    }
    return false;
}

/* Every argument has its parameter, every required parameter its argument. */
static bool takes(const struct cat_function *fn, const struct call_args *args)
{
    if (args->no_record)
        return false;
    for (size_t i = 0; i < args->n; i++) {
        if (!find_param(fn, args->list[i].name))
            return false;
    }
    for (size_t i = 0; i < fn->nparams; i++) {
        if (fn->params[i].required && !has_arg(args, fn->params[i].name))
            return false;
    }
    return true;
}

static bool takes_body(const struct cat_function *fn, enum call_body body)
{
    if (fn->nparams != 1 || fn->params[0].name.n)
        return false;
    uint32_t oid = fn->params[0].type->oid;
    switch (body) {
    case CALL_BODY_JSON: return oid == OID_JSON || oid == OID_JSONB;
    case CALL_BODY_TEXT: return oid == OID_TEXT;
    case CALL_BODY_XML: return oid == OID_XML;
    case CALL_BODY_OCTETS: return oid == OID_BYTEA;
    case CALL_BODY_NONE:
    case CALL_BODY_FORM: return false;
    }
    UNREACHABLE();
}

bool call_choose(struct arena *a, const struct catalog *cat, const struct call_request *req,
    const struct call_args *args, const struct cat_function **fn, bool *unnamed, struct query_error *error)
{
    size_t n, nfound = 0;
    const struct cat_function *const *all = catalog_functions(cat, req->schema, req->name, &n);
    const struct cat_function **found = ARENA_NEW_ARRAY(a, const struct cat_function *, n + 1);
    for (size_t i = 0; i < n; i++) {
        if (takes(all[i], args))
            found[nfound++] = all[i];
    }
    *unnamed = nfound == 0;
    for (size_t i = 0; *unnamed && i < n; i++) {
        if (takes_body(all[i], req->body))
            found[nfound++] = all[i];
    }
    *fn = found[0];
    if (nfound == 0)
        return error_no_function(a, cat, error, req, args);
    return nfound == 1 || error_ambiguous_function(a, error, found, nfound);
}
