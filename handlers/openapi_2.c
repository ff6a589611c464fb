/* openapi_2: the document that PostgREST serves at its root: OpenAPI 2.0, its names and texts to the letter
 * (PostgREST docs, "OpenAPI"), since tools have been written against it. Notes in descriptions tell of keys:
 * <pk/> and <fk table='..' column='..'/>. SPDX-License-Identifier: ISC */
#include "handlers/openapi_view.h"

struct writer {
    const struct openapi_view *v;
    struct json_out j;
    struct buf text; /* for names that are put together */
};

static struct str join(struct writer *w, const char *before, struct str a, const char *between, struct str b)
{
    buf_clear(&w->text, SIZE_MAX);
    buf_printf(&w->text, "%s%.*s%s%.*s", before, STR_ARG(a), between, STR_ARG(b));
    return buf_str(&w->text);
}

static struct str row_filter(struct writer *w, const struct cat_relation *rel, const struct cat_column *col)
{
    return join(w, "rowFilter.", rel->name, ".", col->name);
}

static struct str row_body(struct writer *w, const struct cat_relation *rel)
{
    return join(w, "body.", rel->name, "", STR(""));
}

/* {"$ref": "#/parameters/x"}; ~ and / as JSON pointers want them (RFC 6901). */
static void ref(struct writer *w, const char *where, struct str name)
{
    struct buf text;
    buf_init(&text, 0);
    buf_printf(&text, "#/%s/", where);
    for (size_t i = 0; i < name.n; i++) {
        if (name.p[i] == '~' || name.p[i] == '/')
            buf_append(&text, name.p[i] == '~' ? STR("~0") : STR("~1"));
        else
            buf_append_char(&text, name.p[i]);
    }
    json_out_object(&w->j);
    json_out_pair(&w->j, "$ref", buf_str(&text));
    json_out_end(&w->j);
    buf_release(&text);
}

static void strings(struct json_out *j, const char *key, const char *const *list, size_t n)
{
    json_out_key(j, key);
    json_out_array(j);
    for (size_t i = 0; i < n; i++)
        json_out_cstr(j, list[i]);
    json_out_end(j);
}
#define STRINGS(j, key, ...)                                                                                 \
    strings(j, key, (const char *const[]){__VA_ARGS__}, ARRAY_LEN(((const char *const[]){__VA_ARGS__})))

#define OBJECT_TYPES "application/vnd.pgrst.object+json;nulls=stripped", "application/vnd.pgrst.object+json"

static void described(struct json_out *j, const char *key, const char *description)
{
    json_out_key(j, key);
    json_out_object(j);
    json_out_pair_cstr(j, "description", description);
    json_out_end(j);
}

/* Definitions */

static void type_of(struct json_out *j, const struct cat_type *type)
{
    enum openapi_kind kind = openapi_kind(type);
    type = openapi_base(type);
    if (kind != KIND_ANY)
        json_out_pair_cstr(j, "type", openapi_kind_name(kind));
    json_out_pair(j, "format", type->sql_name);
    if (kind != KIND_ARRAY)
        return;
    json_out_key(j, "items");
    json_out_object(j);
    if (type->elem && openapi_kind(type->elem) != KIND_ANY)
        json_out_pair_cstr(j, "type", openapi_kind_name(openapi_kind(type->elem)));
    json_out_end(j);
}

static void describe_column(struct writer *w, const struct cat_relation *rel, const struct cat_column *col)
{
    const struct cat_relationship *fk = openapi_foreign_key(w->v, rel, col);
    buf_clear(&w->text, SIZE_MAX);
    buf_append(&w->text, col->comment);
    if (col->in_pk || fk)
        buf_printf(&w->text, "%sNote:", col->comment.n ? "\n\n" : "");
    if (col->in_pk)
        buf_append(&w->text, STR("\nThis is a Primary Key.<pk/>"));
    if (fk) {
        struct str table = fk->to->name, column = fk->to->columns[fk->to_columns[0]].name;
        buf_printf(&w->text, "\nThis is a Foreign Key to `%.*s.%.*s`.<fk table='%.*s' column='%.*s'/>",
            STR_ARG(table), STR_ARG(column), STR_ARG(table), STR_ARG(column));
    }
    if (buf_len(&w->text))
        json_out_pair(&w->j, "description", buf_str(&w->text));
}

static void property(struct writer *w, const struct cat_relation *rel, const struct cat_column *col)
{
    json_out_key_str(&w->j, col->name);
    json_out_object(&w->j);
    openapi_write_default(&w->j, col);
    describe_column(w, rel, col);
    openapi_write_limits(&w->j, col);
    type_of(&w->j, col->type);
    json_out_end(&w->j);
}

static void required_columns(struct writer *w, const struct cat_relation *rel)
{
    bool any = false;
    for (size_t i = 0; i < rel->ncolumns; i++) {
        if (!rel->columns[i].not_null || !openapi_column_bits(w->v, rel, &rel->columns[i]))
            continue;
        if (!any) {
            json_out_key(&w->j, "required");
            json_out_array(&w->j);
        }
        any = true;
        json_out_str(&w->j, rel->columns[i].name);
    }
    if (any)
        json_out_end(&w->j);
}

static void definition(struct writer *w, const struct cat_relation *rel)
{
    struct json_out *j = &w->j;
    json_out_key_str(j, rel->name);
    json_out_object(j);
    if (rel->comment.n)
        json_out_pair(j, "description", rel->comment);
    required_columns(w, rel);
    json_out_key(j, "properties");
    json_out_object(j);
    for (size_t i = 0; i < rel->ncolumns; i++) {
        if (openapi_column_bits(w->v, rel, &rel->columns[i]))
            property(w, rel, &rel->columns[i]);
    }
    json_out_end(j);
    json_out_pair_cstr(j, "type", "object");
    json_out_end(j);
}

static void definitions(struct writer *w)
{
    const struct cat_relation *rel;
    unsigned bits;
    json_out_key(&w->j, "definitions");
    json_out_object(&w->j);
    for (size_t i = 0; openapi_next_relation(w->v, &i, &rel, &bits);)
        definition(w, rel);
    json_out_end(&w->j);
}

/* Parameters */

static void prefer(struct json_out *j, const char *key, const char *const *values, size_t n)
{
    json_out_key(j, key);
    json_out_object(j);
    json_out_pair_cstr(j, "name", "Prefer");
    json_out_pair_cstr(j, "description", "Preference");
    json_out_pair_bool(j, "required", false);
    json_out_pair_cstr(j, "in", "header");
    json_out_pair_cstr(j, "type", "string");
    strings(j, "enum", values, n);
    json_out_end(j);
}
#define PREFER(j, key, ...)                                                                                  \
    prefer(j, key, (const char *const[]){__VA_ARGS__}, ARRAY_LEN(((const char *const[]){__VA_ARGS__})))

static void common_parameters(struct json_out *j)
{
    static const struct {
        const char *key, *name, *description, *in, *default_;
    } plain[] = {
        {"select", "select", "Filtering Columns", "query", NULL},
        {"on_conflict", "on_conflict", "On Conflict", "query", NULL},
        {"order", "order", "Ordering", "query", NULL},
        {"range", "Range", "Limiting and Pagination", "header", NULL},
        {"rangeUnit", "Range-Unit", "Limiting and Pagination", "header", "items"},
        {"offset", "offset", "Limiting and Pagination", "query", NULL},
        {"limit", "limit", "Limiting and Pagination", "query", NULL},
    };
    PREFER(j, "preferParams", "params=single-object");
    PREFER(j, "preferReturn", "return=representation", "return=minimal", "return=none");
    PREFER(j, "preferCount", "count=none");
    PREFER(j, "preferPost", "return=representation", "return=minimal", "return=none",
        "resolution=ignore-duplicates", "resolution=merge-duplicates");
    for (size_t i = 0; i < ARRAY_LEN(plain); i++) {
        json_out_key(j, plain[i].key);
        json_out_object(j);
        json_out_pair_cstr(j, "name", plain[i].name);
        json_out_pair_cstr(j, "description", plain[i].description);
        json_out_pair_bool(j, "required", false);
        json_out_pair_cstr(j, "in", plain[i].in);
        json_out_pair_cstr(j, "type", "string");
        if (plain[i].default_)
            json_out_pair_cstr(j, "default", plain[i].default_);
        json_out_end(j);
    }
}

static void body_parameter(struct writer *w, const struct cat_relation *rel)
{
    json_out_key_str(&w->j, row_body(w, rel));
    json_out_object(&w->j);
    json_out_pair(&w->j, "name", rel->name);
    json_out_pair(&w->j, "description", rel->name);
    json_out_pair_bool(&w->j, "required", false);
    json_out_pair_cstr(&w->j, "in", "body");
    json_out_key(&w->j, "schema");
    ref(w, "definitions", rel->name);
    json_out_end(&w->j);
}

static void filter_parameter(struct writer *w, const struct cat_relation *rel, const struct cat_column *col)
{
    json_out_key_str(&w->j, row_filter(w, rel, col));
    json_out_object(&w->j);
    json_out_pair(&w->j, "name", col->name);
    if (col->comment.n)
        json_out_pair(&w->j, "description", col->comment);
    json_out_pair_bool(&w->j, "required", false);
    json_out_pair_cstr(&w->j, "in", "query");
    json_out_pair_cstr(&w->j, "type", "string");
    json_out_end(&w->j);
}

/* A column that cannot be read cannot be filtered by either. */
static bool filterable(const struct writer *w, const struct cat_relation *rel, const struct cat_column *col)
{
    return openapi_column_bits(w->v, rel, col) & PRIV_SELECT;
}

static void parameters(struct writer *w)
{
    const struct cat_relation *rel;
    unsigned bits;
    json_out_key(&w->j, "parameters");
    json_out_object(&w->j);
    common_parameters(&w->j);
    for (size_t i = 0; openapi_next_relation(w->v, &i, &rel, &bits);) {
        body_parameter(w, rel);
        for (size_t k = 0; k < rel->ncolumns; k++) {
            if (filterable(w, rel, &rel->columns[k]))
                filter_parameter(w, rel, &rel->columns[k]);
        }
    }
    json_out_end(&w->j);
}

/* Paths of relations */

enum { WITH_FILTERS = 1, WITH_BODY = 2 };

static const struct operation {
    const char *method;
    unsigned privilege, parts;
    const char *status, *text;
    const char *parameters[8];
} operations[] = {
    {"get", PRIV_SELECT, WITH_FILTERS, "200", "OK",
        {"select", "order", "range", "rangeUnit", "offset", "limit", "preferCount"}},
    {"post", PRIV_INSERT, WITH_BODY, "201", "Created", {"select", "preferPost"}},
    {"delete", PRIV_DELETE, WITH_FILTERS, "204", "No Content", {"preferReturn"}},
    {"patch", PRIV_UPDATE, WITH_FILTERS | WITH_BODY, "204", "No Content", {"preferReturn"}},
};

static void operation_parameters(struct writer *w, const struct cat_relation *rel, const struct operation *op)
{
    json_out_key(&w->j, "parameters");
    json_out_array(&w->j);
    for (size_t i = 0; (op->parts & WITH_FILTERS) && i < rel->ncolumns; i++) {
        if (filterable(w, rel, &rel->columns[i]))
            ref(w, "parameters", row_filter(w, rel, &rel->columns[i]));
    }
    if (op->parts & WITH_BODY)
        ref(w, "parameters", row_body(w, rel));
    for (size_t i = 0; op->parameters[i]; i++)
        ref(w, "parameters", str_cstr(op->parameters[i]));
    json_out_end(&w->j);
}

static void operation_responses(struct writer *w, const struct cat_relation *rel, const struct operation *op)
{
    struct json_out *j = &w->j;
    json_out_key(j, "responses");
    json_out_object(j);
    if (op->privilege != PRIV_SELECT) {
        described(j, op->status, op->text);
        json_out_end(j);
        return;
    }
    json_out_key(j, op->status);
    json_out_object(j);
    json_out_pair_cstr(j, "description", op->text);
    json_out_key(j, "schema");
    json_out_object(j);
    json_out_key(j, "items");
    ref(w, "definitions", rel->name);
    json_out_pair_cstr(j, "type", "array");
    json_out_end(j);
    json_out_end(j);
    described(j, "206", "Partial Content");
    json_out_end(j);
}

static void tag(struct writer *w, struct str name)
{
    json_out_key(&w->j, "tags");
    json_out_array(&w->j);
    json_out_str(&w->j, name);
    json_out_end(&w->j);
}

static void relation_path(struct writer *w, const struct cat_relation *rel, unsigned bits)
{
    json_out_key_str(&w->j, join(w, "/", rel->name, "", STR("")));
    json_out_object(&w->j);
    for (size_t i = 0; i < ARRAY_LEN(operations); i++) {
        if (!(bits & operations[i].privilege))
            continue;
        json_out_key(&w->j, operations[i].method);
        json_out_object(&w->j);
        tag(w, rel->name);
        openapi_write_summary(&w->j, rel->comment);
        operation_parameters(w, rel, &operations[i]);
        operation_responses(w, rel, &operations[i]);
        json_out_end(&w->j);
    }
    json_out_end(&w->j);
}

/* Paths of functions */

static void function_tail(struct writer *w)
{
    STRINGS(&w->j, "produces", "application/json", OBJECT_TYPES);
    json_out_key(&w->j, "responses");
    json_out_object(&w->j);
    described(&w->j, "200", "OK");
    json_out_end(&w->j);
    json_out_end(&w->j);
}

static void function_head(struct writer *w, const struct cat_function *fn, const char *method)
{
    json_out_key(&w->j, method);
    json_out_object(&w->j);
    tag(w, join(w, "(rpc) ", fn->name, "", STR("")));
    openapi_write_summary(&w->j, fn->comment);
    json_out_key(&w->j, "parameters");
    json_out_array(&w->j);
}

/* Arrays are written as {..} in a query; a variadic parameter is repeated. */
static void query_parameter(struct writer *w, const struct cat_param *p)
{
    struct json_out *j = &w->j;
    enum openapi_kind kind = openapi_kind(p->type);
    json_out_object(j);
    json_out_pair(j, "name", p->name);
    json_out_pair_bool(j, "required", p->required);
    json_out_pair_cstr(j, "in", "query");
    if (p->variadic && p->type->elem) {
        kind = openapi_kind(p->type->elem);
        json_out_pair_cstr(j, "type", "array");
        json_out_pair_cstr(j, "collectionFormat", "multi");
        json_out_key(j, "items");
        json_out_object(j);
        json_out_pair(j, "format", p->type->elem->sql_name);
    } else {
        json_out_pair(j, "format", p->type->sql_name);
    }
    bool text = kind == KIND_ANY || kind == KIND_ARRAY;
    json_out_pair_cstr(j, "type", text ? "string" : openapi_kind_name(kind));
    if (p->variadic && p->type->elem)
        json_out_end(j);
    json_out_end(j);
}

static void get_function(struct writer *w, const struct cat_function *fn)
{
    function_head(w, fn, "get");
    for (size_t i = 0; i < fn->nparams; i++) {
        if (fn->params[i].name.n)
            query_parameter(w, &fn->params[i]);
    }
    json_out_end(&w->j);
    function_tail(w);
}

static void arguments_schema(struct writer *w, const struct cat_function *fn)
{
    struct json_out *j = &w->j;
    size_t required = 0;
    if (fn->comment.n)
        json_out_pair(j, "description", fn->comment);
    for (size_t i = 0; i < fn->nparams; i++) {
        if (!fn->params[i].required || !fn->params[i].name.n)
            continue;
        if (required++ == 0) {
            json_out_key(j, "required");
            json_out_array(j);
        }
        json_out_str(j, fn->params[i].name);
    }
    if (required)
        json_out_end(j);
    json_out_key(j, "properties");
    json_out_object(j);
    for (size_t i = 0; i < fn->nparams; i++) {
        if (!fn->params[i].name.n)
            continue;
        json_out_key_str(j, fn->params[i].name);
        json_out_object(j);
        type_of(j, fn->params[i].type);
        json_out_end(j);
    }
    json_out_end(j);
    json_out_pair_cstr(j, "type", "object");
}

static void post_function(struct writer *w, const struct cat_function *fn)
{
    struct json_out *j = &w->j;
    function_head(w, fn, "post");
    json_out_object(j);
    json_out_pair_cstr(j, "name", "args");
    json_out_pair_bool(j, "required", true);
    json_out_pair_cstr(j, "in", "body");
    json_out_key(j, "schema");
    json_out_object(j);
    arguments_schema(w, fn);
    json_out_end(j);
    json_out_end(j);
    ref(w, "parameters", STR("preferParams"));
    json_out_end(j);
    function_tail(w);
}

static void function_path(struct writer *w, const struct cat_function *fn)
{
    json_out_key_str(&w->j, join(w, "/rpc/", fn->name, "", STR("")));
    json_out_object(&w->j);
    if (fn->volatility != FN_VOLATILE)
        get_function(w, fn);
    post_function(w, fn);
    json_out_end(&w->j);
}

static void root_path(struct writer *w)
{
    struct json_out *j = &w->j;
    json_out_key(j, "/");
    json_out_object(j);
    json_out_key(j, "get");
    json_out_object(j);
    tag(w, STR("Introspection"));
    json_out_pair_cstr(j, "summary", "OpenAPI description (this document)");
    STRINGS(j, "produces", "application/openapi+json", "application/json");
    json_out_key(j, "responses");
    json_out_object(j);
    described(j, "200", "OK");
    json_out_end(j);
    json_out_end(j);
    json_out_end(j);
}

static void paths(struct writer *w)
{
    const struct cat_relation *rel;
    const struct cat_function *fn = NULL;
    unsigned bits;
    json_out_key(&w->j, "paths");
    json_out_object(&w->j);
    root_path(w);
    for (size_t i = 0; openapi_next_relation(w->v, &i, &rel, &bits);)
        relation_path(w, rel, bits);
    for (size_t i = 0; openapi_next_function(w->v, &i, &fn);)
        function_path(w, fn);
    json_out_end(&w->j);
}

/* The frame */

static void info(struct writer *w)
{
    struct str comment = catalog_schema_comment(w->v->cat, w->v->schema);
    json_out_key(&w->j, "info");
    json_out_object(&w->j);
    json_out_pair(&w->j, "description",
        comment.n ? openapi_rest(comment) : STR("This is a dynamic API generated by PostgREST"));
    json_out_pair(&w->j, "title", comment.n ? openapi_first_line(comment) : STR("PostgREST API"));
    json_out_pair_cstr(&w->j, "version", BOBBIN_VERSION);
    json_out_end(&w->j);
}

static void served_at(struct writer *w)
{
    const struct uri_http *s = &w->v->server;
    json_out_pair(&w->j, "host", join(w, "", s->host, ":", s->port));
    json_out_pair(&w->j, "basePath", s->path.n ? s->path : STR("/"));
    json_out_key(&w->j, "schemes");
    json_out_array(&w->j);
    json_out_str(&w->j, s->scheme);
    json_out_end(&w->j);
}

static void security(struct json_out *j)
{
    json_out_key(j, "securityDefinitions");
    json_out_object(j);
    json_out_key(j, "JWT");
    json_out_object(j);
    json_out_pair_cstr(j, "description", "Add the token prepending \"Bearer \" (without quotes) to it");
    json_out_pair_cstr(j, "in", "header");
    json_out_pair_cstr(j, "name", "Authorization");
    json_out_pair_cstr(j, "type", "apiKey");
    json_out_end(j);
    json_out_end(j);
    json_out_key(j, "security");
    json_out_raw(j, STR("[{\"JWT\":[]}]"));
}

void openapi_write_2(const struct openapi_view *v, struct buf *out)
{
    struct writer w = {.v = v};
    json_out_init(&w.j, out);
    buf_init(&w.text, 0);
    json_out_object(&w.j);
    json_out_pair_cstr(&w.j, "swagger", "2.0");
    info(&w);
    served_at(&w);
    STRINGS(&w.j, "consumes", "application/json", OBJECT_TYPES, "text/csv");
    STRINGS(&w.j, "produces", "application/json", OBJECT_TYPES, "text/csv");
    paths(&w);
    definitions(&w);
    parameters(&w);
    if (v->security)
        security(&w.j);
    json_out_key(&w.j, "externalDocs");
    json_out_object(&w.j);
    json_out_pair_cstr(&w.j, "description", "PostgREST Documentation");
    json_out_pair_cstr(&w.j, "url", "https://postgrest.org/en/v16/references/api.html");
    json_out_end(&w.j);
    json_out_end(&w.j);
    buf_release(&w.text);
}
