/* openapi_3: our own document, OpenAPI 3.1, for frontends that hold no schema of their own: one filter
 * parameter, one row, one insert and one update schema for each relation, and what OpenAPI has no words for
 * as extensions:
 *
 *     x-primary-key    ["id"]
 *     x-foreign-keys   [{"constraint", "columns", "table", "schema", "target_columns"}]
 *     x-cache-class    "lookup" (from `@cache` in the relation's comment)
 *     x-permissions    ["select", "insert", ..] of the role that asked; columns where they differ
 *     x-pg-type        the type by PostgreSQL's own name, with its modifiers
 *
 * SPDX-License-Identifier: ISC */
#include "handlers/openapi_3.h"

/* Paths of relations */

static const struct operation {
    const char *method;
    unsigned privilege;
    bool filtered;
    const char *body; /* part of the schema's name */
    const char *status, *text;
    const char *parameters[6];
} operations[] = {
    {"get", PRIV_SELECT, true, NULL, "200", "Rows", {".select", ".order", ".limit", ".offset", ".prefer"}},
    {"post", PRIV_INSERT, false, ".insert", "201", "Created",
        {".select", ".columns", ".on_conflict", ".prefer"}},
    {"patch", PRIV_UPDATE, true, ".update", "204", "Changed", {".select", ".columns", ".prefer"}},
    {"delete", PRIV_DELETE, true, NULL, "204", "Deleted", {".select", ".prefer"}},
};

static void parameter_refs(struct writer_3 *w, const struct cat_relation *rel, const struct operation *op)
{
    open_array(&w->j, "parameters");
    if (op->filtered)
        writer_3_ref(&w->j, writer_3_component(w, "#/components/parameters/", rel->name, ".filter"));
    for (size_t i = 0; op->parameters[i]; i++)
        writer_3_ref(&w->j, writer_3_component(w, "#/components/parameters/", STR(""), op->parameters[i]));
    json_out_end(&w->j);
}

/* A list of rows, or one. */
static void rows_of(struct writer_3 *w, struct str name, const char *part)
{
    open_object(&w->j, "schema");
    json_out_pair_cstr(&w->j, "type", "array");
    json_out_key(&w->j, "items");
    writer_3_schema_ref(w, name, part);
    json_out_end(&w->j);
}

/* One row, or, to insert, a list of rows as well. */
static void body_content(struct writer_3 *w, const struct cat_relation *rel, const struct operation *op)
{
    struct json_out *j = &w->j;
    json_out_key(j, "schema");
    if (op->privilege != PRIV_INSERT) {
        writer_3_schema_ref(w, rel->name, op->body);
        return;
    }
    json_out_object(j);
    open_array(j, "oneOf");
    writer_3_schema_ref(w, rel->name, op->body);
    json_out_object(j);
    json_out_pair_cstr(j, "type", "array");
    json_out_key(j, "items");
    writer_3_schema_ref(w, rel->name, op->body);
    json_out_end(j);
    json_out_end(j);
    json_out_end(j);
}

static void request_body(struct writer_3 *w, const struct cat_relation *rel, const struct operation *op)
{
    open_object(&w->j, "requestBody");
    json_out_pair_bool(&w->j, "required", true);
    open_object(&w->j, "content");
    open_object(&w->j, "application/json");
    body_content(w, rel, op);
    json_out_end(&w->j);
    json_out_end(&w->j);
    json_out_end(&w->j);
}

static void error_response(struct json_out *j)
{
    json_out_key(j, "default");
    json_out_raw(j, STR("{\"$ref\":\"#/components/responses/.error\"}"));
}

static void relation_responses(struct writer_3 *w, const struct cat_relation *rel, const struct operation *op)
{
    struct json_out *j = &w->j;
    open_object(j, "responses");
    open_object(j, op->status);
    json_out_pair_cstr(j, "description", op->text);
    if (op->privilege == PRIV_SELECT) {
        open_object(j, "content");
        open_object(j, "application/json");
        rows_of(w, rel->name, "");
        json_out_end(j);
        json_out_end(j);
    }
    json_out_end(j);
    error_response(j);
    json_out_end(j);
}

static void path_key(struct writer_3 *w, const char *before, struct str name)
{
    buf_clear(&w->text, SIZE_MAX);
    buf_printf(&w->text, "%s", before);
    uri_encode(&w->text, name);
    json_out_key_str(&w->j, buf_str(&w->text));
    json_out_object(&w->j);
}

static void head_of(struct writer_3 *w, const char *method, const char *kind, struct str name, struct str tag)
{
    struct json_out *j = &w->j;
    open_object(j, method);
    buf_clear(&w->text, SIZE_MAX);
    buf_printf(&w->text, "%s_%s", method, kind);
    writer_3_name(&w->text, name);
    json_out_pair(j, "operationId", buf_str(&w->text));
    open_array(j, "tags");
    json_out_str(j, tag);
    json_out_end(j);
}

static void relation_path(struct writer_3 *w, const struct cat_relation *rel, unsigned bits)
{
    path_key(w, "/", rel->name);
    for (size_t i = 0; i < ARRAY_LEN(operations); i++) {
        const struct operation *op = &operations[i];
        if (!(bits & op->privilege))
            continue;
        head_of(w, op->method, "", rel->name, rel->module.n ? rel->module : rel->name);
        openapi_write_summary(&w->j, rel->comment.n ? rel->comment : rel->name);
        parameter_refs(w, rel, op);
        if (op->body)
            request_body(w, rel, op);
        relation_responses(w, rel, op);
        json_out_end(&w->j);
    }
    json_out_end(&w->j);
}

/* Paths of functions */

static void function_parameters(struct writer_3 *w, const struct cat_function *fn)
{
    struct json_out *j = &w->j;
    open_array(j, "parameters");
    for (size_t i = 0; i < fn->nparams; i++) {
        const struct cat_param *p = &fn->params[i];
        if (p->name.n == 0)
            continue;
        json_out_object(j);
        json_out_pair(j, "name", p->name);
        json_out_pair_cstr(j, "in", "query");
        json_out_pair_bool(j, "required", p->required);
        open_object(j, "schema");
        if (p->variadic || openapi_kind(p->type) != KIND_ARRAY)
            writer_3_type(j, p->type, false);
        else
            json_out_pair_cstr(j, "type", "string"); /* {1,2} */
        json_out_pair(j, "x-pg-type", p->type->sql_name);
        json_out_end(j);
        json_out_end(j);
    }
    json_out_end(j);
}

static void argument_properties(struct writer_3 *w, const struct cat_function *fn)
{
    struct json_out *j = &w->j;
    open_object(j, "properties");
    for (size_t i = 0; i < fn->nparams; i++) {
        if (fn->params[i].name.n == 0)
            continue;
        json_out_key_str(j, fn->params[i].name);
        json_out_object(j);
        writer_3_type(j, fn->params[i].type, true);
        json_out_pair(j, "x-pg-type", fn->params[i].type->sql_name);
        json_out_end(j);
    }
    json_out_end(j);
    open_array(j, "required");
    for (size_t i = 0; i < fn->nparams; i++) {
        if (fn->params[i].required && fn->params[i].name.n)
            json_out_str(j, fn->params[i].name);
    }
    json_out_end(j);
}

/* A single parameter without a name takes the whole body. */
static void function_body(struct writer_3 *w, const struct cat_function *fn)
{
    struct json_out *j = &w->j;
    bool whole = fn->nparams == 1 && fn->params[0].name.n == 0;
    open_object(j, "requestBody");
    open_object(j, "content");
    open_object(j, "application/json");
    open_object(j, "schema");
    if (whole) {
        writer_3_type(j, fn->params[0].type, false);
    } else {
        json_out_pair_cstr(j, "type", "object");
        argument_properties(w, fn);
    }
    json_out_end(j);
    json_out_end(j);
    json_out_end(j);
    json_out_end(j);
}

static void one_result(struct writer_3 *w, const struct cat_function *fn)
{
    struct json_out *j = &w->j;
    if (fn->table && openapi_relation_bits(w->v, fn->table) && str_eq(fn->table->schema, w->v->schema)) {
        writer_3_schema_ref(w, fn->table->name, "");
        return;
    }
    json_out_object(j);
    if (fn->ncolumns == 0) {
        writer_3_type(j, fn->result, true);
        json_out_end(j);
        return;
    }
    json_out_pair_cstr(j, "type", "object");
    open_object(j, "properties");
    for (size_t i = 0; i < fn->ncolumns; i++) {
        json_out_key_str(j, fn->columns[i].name);
        json_out_object(j);
        writer_3_column(j, &fn->columns[i]);
        json_out_end(j);
    }
    json_out_end(j);
    json_out_end(j);
}

static void function_responses(struct writer_3 *w, const struct cat_function *fn)
{
    struct json_out *j = &w->j;
    open_object(j, "responses");
    open_object(j, fn->result ? "200" : "204");
    json_out_pair_cstr(j, "description", fn->result ? "What it returns" : "Done");
    if (fn->result) {
        open_object(j, "content");
        open_object(j, "application/json");
        json_out_key(j, "schema");
        if (fn->returns_set) {
            json_out_object(j);
            json_out_pair_cstr(j, "type", "array");
            json_out_key(j, "items");
        }
        one_result(w, fn);
        if (fn->returns_set)
            json_out_end(j);
        json_out_end(j);
        json_out_end(j);
    }
    json_out_end(j);
    error_response(j);
    json_out_end(j);
}

static void function_path(struct writer_3 *w, const struct cat_function *fn)
{
    path_key(w, "/rpc/", fn->name);
    if (fn->volatility != FN_VOLATILE) {
        head_of(w, "get", "rpc_", fn->name, STR("rpc"));
        openapi_write_summary(&w->j, fn->comment.n ? fn->comment : fn->name);
        function_parameters(w, fn);
        function_responses(w, fn);
        json_out_end(&w->j);
    }
    head_of(w, "post", "rpc_", fn->name, STR("rpc"));
    openapi_write_summary(&w->j, fn->comment.n ? fn->comment : fn->name);
    function_body(w, fn);
    function_responses(w, fn);
    json_out_end(&w->j);
    json_out_end(&w->j);
}

static void paths(struct writer_3 *w)
{
    const struct cat_relation *rel;
    const struct cat_function *fn = NULL;
    unsigned bits;
    open_object(&w->j, "paths");
    for (size_t i = 0; openapi_next_relation(w->v, &i, &rel, &bits);)
        relation_path(w, rel, bits);
    for (size_t i = 0; openapi_next_function(w->v, &i, &fn);)
        function_path(w, fn);
    json_out_end(&w->j);
}

/* The frame */

static void info(struct writer_3 *w)
{
    struct str comment = catalog_schema_comment(w->v->cat, w->v->schema);
    open_object(&w->j, "info");
    json_out_pair(&w->j, "title", comment.n ? openapi_first_line(comment) : w->v->schema);
    if (openapi_rest(comment).n)
        json_out_pair(&w->j, "description", openapi_rest(comment));
    json_out_pair_cstr(&w->j, "version", BOBBIN_VERSION);
    json_out_end(&w->j);
}

static void servers(struct writer_3 *w)
{
    const struct uri_http *s = &w->v->server;
    open_array(&w->j, "servers");
    json_out_object(&w->j);
    buf_clear(&w->text, SIZE_MAX);
    buf_printf(&w->text, "%.*s://%.*s:%.*s%.*s", STR_ARG(s->scheme), STR_ARG(s->host), STR_ARG(s->port),
        STR_ARG(s->path));
    json_out_pair(&w->j, "url", buf_str(&w->text));
    json_out_end(&w->j);
    json_out_end(&w->j);
}

void openapi_write_3(const struct openapi_view *v, struct buf *out)
{
    struct writer_3 w = {.v = v};
    json_out_init(&w.j, out);
    buf_init(&w.text, 0);
    json_out_object(&w.j);
    json_out_pair_cstr(&w.j, "openapi", "3.1.0");
    info(&w);
    servers(&w);
    json_out_key(&w.j, "security");
    json_out_raw(&w.j, v->security ? STR("[{\"JWT\":[]}]") : STR("[]"));
    paths(&w);
    writer_3_components(&w);
    json_out_end(&w.j);
    buf_release(&w.text);
}
