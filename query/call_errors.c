/* call_errors: what is said about functions that are not there, or too many. SPDX-License-Identifier: ISC */
#include "query/call_args.h"
#include "query/errors.h"
#include "util/buf.h"

#include <stdlib.h>

/* Bytes and names of what is repeated. */
#define ECHO_NAME 200u
#define ECHO_NAMES 50u
/* Names among which those are looked for: PostgreSQL's functions have at most 100 parameters. */
#define NAMES_MAX 1000u

static int by_name(const void *a, const void *b)
{
    return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

/* PostgREST keeps names in sets: sorted, each once. */
static size_t sort_names(struct str *names, size_t n)
{
    size_t kept = 0;
    qsort(names, n, sizeof *names, by_name);
    for (size_t i = 0; i < n; i++) {
        if (kept == 0 || !str_eq(names[kept - 1], names[i]))
            names[kept++] = names[i];
    }
    return kept;
}

static void join(struct buf *b, const struct str *names, size_t n)
{
    for (size_t i = 0; i < n && i < ECHO_NAMES; i++)
        buf_printf(b, "%s%.*s", i ? ", " : "", (int)MIN(names[i].n, ECHO_NAME), names[i].p);
}

static void signature(struct buf *b, const struct cat_function *fn)
{
    buf_printf(b, "%.*s.%.*s(", STR_ARG(fn->schema), STR_ARG(fn->name));
    for (size_t i = 0; i < fn->nparams; i++) {
        const struct cat_param *p = &fn->params[i];
        buf_printf(b, "%s%.*s => %.*s", i ? ", " : "", STR_ARG(p->name), STR_ARG(p->type->sql_name));
    }
    buf_append_char(b, ')');
}

static struct str take(struct arena *a, struct buf *b)
{
    struct str text = arena_str(a, buf_str(b));
    buf_release(b);
    return text;
}

/* "(a, b)" */
static struct str list_text(struct arena *a, struct str *names, size_t n)
{
    struct buf b;
    buf_init(&b, 0);
    buf_append_char(&b, '(');
    join(&b, names, n);
    buf_append_char(&b, ')');
    return take(a, &b);
}

/* Of the functions of that name the one whose parameters are most alike, or else another name. */
static struct str no_function_hint(struct arena *a, const struct catalog *cat, const struct call_request *req,
    const struct str *names, size_t nnames)
{
    size_t n;
    (void)catalog_functions(cat, req->schema, req->name, &n);
    struct str near = n ? catalog_suggest_parameters(a, cat, req->schema, req->name, names, nnames)
                        : catalog_suggest_function(cat, req->schema, req->name);
    if (near.n == 0)
        return near;
    return arena_printf(a, "Perhaps you meant to call the function %.*s.%.*s%.*s", STR_ARG(req->schema),
        n ? (int)req->name.n : 0, req->name.p, STR_ARG(near));
}

/* What bodies that have no names go to. */
static const char *unnamed_type(enum call_body body)
{
    switch (body) {
    case CALL_BODY_TEXT: return "text";
    case CALL_BODY_XML: return "xml";
    case CALL_BODY_OCTETS: return "bytea";
    case CALL_BODY_JSON:
    case CALL_BODY_NONE:
    case CALL_BODY_FORM: return NULL;
    }
    UNREACHABLE();
}

static struct str *names_of(struct arena *a, const struct call_args *args, size_t *n)
{
    size_t most = MIN(args->n, NAMES_MAX);
    struct str *names = ARENA_NEW_ARRAY(a, struct str, most + 1);
    for (size_t i = 0; i < most; i++)
        names[i] = args->list[i].name;
    *n = sort_names(names, most);
    return names;
}

/* " with parameters a, b" */
static void append_searched(struct buf *b, enum call_body body, const struct str *names, size_t n)
{
    const char *type = unnamed_type(body);
    if (type) {
        buf_printf(b, " with a single unnamed %s parameter", type);
        return;
    }
    buf_printf(b, n == 0 ? " without parameters" : n == 1 ? " with parameter " : " with parameters ");
    join(b, names, n);
    if (body == CALL_BODY_JSON)
        buf_append(b, STR(" or with a single unnamed json/jsonb parameter"));
}

bool error_no_function(struct arena *a, const struct catalog *cat, struct query_error *error,
    const struct call_request *req, const struct call_args *args)
{
    struct buf message, details;
    bool raw = unnamed_type(req->body) != NULL;
    size_t n;
    struct str *names = names_of(a, args, &n), wanted = list_text(a, names, n),
               given = STR(" without parameters");
    struct str name =
        arena_printf(a, "%.*s.%.*s", STR_ARG(req->schema), (int)MIN(req->name.n, ECHO_NAME), req->name.p);
    if (raw)
        given.n = 0;
    else if (n > 0)
        given = wanted;
    buf_init(&message, 0);
    buf_init(&details, 0);
    buf_printf(
        &message, "Could not find the function %.*s%.*s in the schema cache", STR_ARG(name), STR_ARG(given));
    buf_printf(&details, "Searched for the function %.*s", STR_ARG(name));
    append_searched(&details, req->body, names, n);
    buf_append(&details, STR(", but no matches were found in the schema cache."));
    *error = (struct query_error){
        .code = QUERY_NO_FUNCTION, .message = take(a, &message), .details = take(a, &details)};
    if (!raw)
        error->hint = no_function_hint(a, cat, req, names, n);
    return false;
}

static int cmp_param(const struct cat_param *a, const struct cat_param *b)
{
    int order = str_cmp(a->name, b->name);
    if (order == 0)
        order = str_cmp(a->type->sql_name, b->type->sql_name);
    return order ? order : a->required - b->required;
}

/* The order of PostgREST's list: fewest parameters first, then by comment, names and types. */
static int by_parameters(const void *pa, const void *pb)
{
    const struct cat_function *a = *(const struct cat_function *const *)pa,
                              *b = *(const struct cat_function *const *)pb;
    int order = (a->nparams > b->nparams) - (a->nparams < b->nparams);
    if (order == 0)
        order = str_cmp(a->comment, b->comment);
    for (size_t i = 0; order == 0 && i < a->nparams; i++)
        order = cmp_param(&a->params[i], &b->params[i]);
    return order;
}

bool error_ambiguous_function(
    struct arena *a, struct query_error *error, const struct cat_function **found, size_t n)
{
    struct buf b;
    buf_init(&b, 0);
    qsort(found, n, sizeof *found, by_parameters);
    buf_append(&b, STR("Could not choose the best candidate function between: "));
    for (size_t i = 0; i < n; i++) {
        if (i)
            buf_append(&b, STR(", "));
        signature(&b, found[i]);
    }
    *error = (struct query_error){.code = QUERY_AMBIGUOUS_FUNCTION,
        .message = take(a, &b),
        .hint =
            STR("Try renaming the parameters or the function itself in the database so function overloading "
                "can be resolved")};
    return false;
}
