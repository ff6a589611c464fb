/* call_errors: what is said about functions that are not there, or too many. SPDX-License-Identifier: ISC */
#include "query/call_args.h"
#include "query/errors.h"
#include "util/buf.h"

static void names(struct buf *b, const struct call_args *args)
{
    for (size_t i = 0; i < args->n && i < 50; i++)
        buf_printf(b, "%s%.*s", i ? ", " : "", (int)MIN(args->list[i].name.n, 200u), args->list[i].name.p);
}

static void signature(struct buf *b, const struct cat_function *fn)
{
    buf_printf(b, "%.*s.%.*s(", STR_ARG(fn->schema), STR_ARG(fn->name));
    for (size_t i = 0; i < fn->nparams; i++) {
        const struct cat_param *p = &fn->params[i];
        buf_printf(b, "%s%.*s", i ? ", " : "", STR_ARG(p->name));
        buf_printf(b, "%s%.*s", p->name.n ? " => " : "", STR_ARG(p->type->sql_name));
    }
    buf_append_char(b, ')');
}

static struct str take(struct arena *a, struct buf *b)
{
    struct str text = arena_str(a, buf_str(b));
    buf_release(b);
    return text;
}

/* Another function of that name, or one that is called nearly so. */
static struct str no_function_hint(
    struct arena *a, const struct catalog *cat, const struct call_request *req, const struct call_args *args)
{
    size_t n;
    (void)catalog_functions(cat, req->schema, req->name, &n);
    struct str near = n ? req->name : catalog_suggest_function(cat, req->schema, req->name), list = {NULL, 0};
    if (n) {
        struct str *names = ARENA_NEW_ARRAY(a, struct str, args->n + 1);
        for (size_t i = 0; i < args->n; i++)
            names[i] = args->list[i].name;
        list = catalog_suggest_parameters(a, cat, req->schema, req->name, names, args->n);
    }
    if (n ? list.n == 0 : near.n == 0)
        return list;
    return arena_printf(a, "Perhaps you meant to call the function %.*s.%.*s%.*s", STR_ARG(req->schema),
        STR_ARG(near), STR_ARG(list));
}

static const char *unnamed_type(enum call_body body)
{
    switch (body) {
    case CALL_BODY_JSON: return " or with a single unnamed json/jsonb parameter";
    case CALL_BODY_TEXT: return " with a single unnamed text parameter";
    case CALL_BODY_XML: return " with a single unnamed xml parameter";
    case CALL_BODY_OCTETS: return " with a single unnamed bytea parameter";
    case CALL_BODY_NONE:
    case CALL_BODY_FORM: return "";
    }
    UNREACHABLE();
}

bool error_no_function(struct arena *a, const struct catalog *cat, struct query_error *error,
    const struct call_request *req, const struct call_args *args)
{
    struct buf message, details;
    buf_init(&message, 0);
    buf_init(&details, 0);
    struct str name =
        arena_printf(a, "%.*s.%.*s", STR_ARG(req->schema), (int)MIN(req->name.n, 200u), req->name.p);
    buf_printf(&message, "Could not find the function %.*s", STR_ARG(name));
    buf_printf(&details, "Searched for the function %.*s", STR_ARG(name));
    if (args->n > 0) {
        buf_append_char(&message, '(');
        names(&message, args);
        buf_append_char(&message, ')');
        buf_printf(&details, " with parameter%s ", args->n == 1 ? "" : "s");
        names(&details, args);
    } else if (!args->no_record) {
        buf_append(&message, STR(" without parameters"));
        buf_append(&details, STR(" without parameters"));
    }
    buf_append(&message, STR(" in the schema cache"));
    buf_printf(&details, "%s, but no matches were found in the schema cache.", unnamed_type(req->body));
    *error = (struct query_error){.code = QUERY_NO_FUNCTION,
        .message = take(a, &message),
        .details = take(a, &details),
        .hint = no_function_hint(a, cat, req, args)};
    return false;
}

bool error_ambiguous_function(
    struct arena *a, struct query_error *error, const struct cat_function *const *found, size_t n)
{
    struct buf b;
    buf_init(&b, 0);
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
