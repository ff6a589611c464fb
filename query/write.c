/* write: parse, resolve, decide which columns and rows, write. SPDX-License-Identifier: ISC */
#include "query/write.h"

#include "query/document.h"
#include "query/errors.h"
#include "query/key_order.h"
#include "query/lex.h"
#include "query/parse.h"
#include "query/resolve.h"
#include "query/settle.h"
#include "query/sql_lines.h"
#include "util/uri.h"

struct writer {
    struct arena *arena;
    const struct catalog *cat;
    const struct query_limits *limits;
    struct query_error *error;
    struct write_plan *plan;
    struct sql_write in;
    struct document *document; /* NULL: every key of the body is a column */
};

/* The value of a parameter that may be given once; *found is false when it is not there. */
static bool find_param(struct writer *wr, struct str name, struct str *value, bool *found)
{
    struct str query = wr->in.req->query;
    struct uri_param param;
    *found = false;
    while (uri_query_next(&query, &param)) {
        enum uri_error e = uri_param_decode(wr->arena, &param);
        if (e != URI_OK)
            return error_encoding(wr->arena, wr->error, uri_error_text(e));
        if (!str_eq(param.key, name) || !param.has_value)
            continue;
        if (*found)
            return error_repeated(wr->arena, wr->error, name);
        *found = true;
        *value = param.value;
    }
    return true;
}

bool write_names_columns(struct arena *a, struct str query)
{
    struct uri_param param;
    while (uri_query_next(&query, &param)) {
        if (uri_param_decode(a, &param) == URI_OK && str_eq(param.key, STR("columns")) && param.value.n)
            return true;
    }
    return false;
}

/* Columns */

static struct document_context document_context(const struct writer *wr)
{
    return (struct document_context){
        .arena = wr->arena, .cat = wr->cat, .limits = wr->limits, .req = wr->in.req, .error = wr->error};
}

static COLD bool use_lines(struct writer *wr, struct str name)
{
    struct document_context c = document_context(wr);
    if (!wr->document) {
        wr->document = ARENA_NEW(wr->arena, struct document);
        wr->document->header = wr->plan->relation;
    }
    return document_add(&c, wr->document, name);
}

static bool use_columns(struct writer *wr, const struct str *names, size_t n)
{
    const struct cat_relation *rel = wr->plan->relation;
    bool *seen = ARENA_NEW_ARRAY(wr->arena, bool, rel->ncolumns + 1);
    const struct cat_column **columns =
        ARENA_NEW_ARRAY(wr->arena, const struct cat_column *, rel->ncolumns + 1);
    wr->in.columns = columns;
    for (size_t i = 0; i < n; i++) {
        const struct cat_column *column = cat_relation_column(rel, names[i]);
        if (!column) {
            if (!use_lines(wr, names[i]))
                return false;
            continue;
        }
        if (!seen[column->index])
            columns[wr->in.ncolumns++] = column;
        seen[column->index] = true;
    }
    return true;
}

static bool settle_columns(struct writer *wr)
{
    const struct payload *payload = wr->in.req->payload;
    struct parse_names list;
    struct str text;
    bool found;
    if (!payload)
        return true;
    if (!find_param(wr, STR("columns"), &text, &found))
        return false;
    if (!found || text.n == 0)
        return use_columns(wr, payload->keys, payload->nkeys);
    return parse_name_list(wr->arena, wr->limits, "columns parameter", text, &list, wr->error) &&
           use_columns(wr, list.names, list.n);
}

/* The conflict target */

static bool conflict_columns(struct writer *wr, struct str text)
{
    const struct cat_relation *rel = wr->plan->relation;
    struct parse_names list;
    if (!parse_name_list(wr->arena, wr->limits, "on_conflict parameter", text, &list, wr->error))
        return false;
    uint16_t *columns = ARENA_NEW_ARRAY(wr->arena, uint16_t, list.n);
    for (size_t i = 0; i < list.n; i++) {
        const struct cat_column *column = cat_relation_column(rel, list.names[i]);
        if (!column)
            return error_no_column(wr->arena, wr->error, rel, 0, list.names[i]);
        columns[i] = column->index;
    }
    wr->in.conflict = columns;
    wr->in.nconflict = list.n;
    return true;
}

static bool settle_conflict(struct writer *wr)
{
    const struct write_request *req = wr->in.req;
    struct str text;
    bool found;
    if ((req->verb != WRITE_INSERT && req->verb != WRITE_PUT) || req->resolution == RESOLUTION_UNSET)
        return true;
    if (!find_param(wr, STR("on_conflict"), &text, &found))
        return false;
    if (found && text.n && req->verb == WRITE_INSERT)
        return conflict_columns(wr, text);
    wr->in.conflict = wr->plan->relation->pk.columns;
    wr->in.nconflict = wr->plan->relation->pk.ncolumns;
    return true;
}

/* PUT: the URL names one row by its whole key, and so does the body. */

static bool is_key_filter(const struct ast_cond *c, const struct cat_relation *rel)
{
    if (c->kind != COND_FILTER || c->op != OP_EQ || c->negated || c->quantifier != QUANT_NONE || c->embed ||
        c->field.steps || !c->field.column)
        return false;
    for (size_t i = 0; i < rel->pk.ncolumns; i++) {
        if (rel->pk.columns[i] == c->field.column->index)
            return true;
    }
    return false;
}

static bool body_has(const struct writer *wr, uint16_t index)
{
    for (size_t i = 0; i < wr->in.ncolumns; i++) {
        if (wr->in.columns[i]->index == index)
            return true;
    }
    return false;
}

static bool check_put(struct writer *wr, const struct ast_node *root)
{
    const struct cat_relation *rel = root->rel;
    bool *seen = ARENA_NEW_ARRAY(wr->arena, bool, rel->ncolumns + 1);
    size_t n = 0;
    if (root->has_limit || root->has_offset)
        return error_put_limit(wr->error);
    for (const struct ast_cond *c = root->where; c; c = c->next) {
        if (!is_key_filter(c, rel) || seen[c->field.column->index])
            return error_put_filters(wr->error);
        seen[c->field.column->index] = true;
        n++;
    }
    if (n == 0 || n != rel->pk.ncolumns)
        return error_put_filters(wr->error);
    for (size_t i = 0; i < rel->pk.ncolumns; i++) {
        if (!body_has(wr, rel->pk.columns[i]))
            return error_put_key(wr->error);
    }
    return true;
}

/* Rows that !inner or a filter on an embed hides would be changed all the same, and whoever wrote it believes
 * otherwise. Which rows are inserted is said by the body alone. */
static bool hides_rows(const struct ast_node *node)
{
    for (const struct ast_node *child = node->children; child; child = child->next_child) {
        if (child->join == JOIN_INNER || child->where || hides_rows(child))
            return true;
    }
    return false;
}

/* The root's own filters say which rows to change; what is shown are all of those, in full. */
static void take_conditions(struct writer *wr, struct ast_node *root)
{
    wr->in.where = wr->in.req->verb == WRITE_INSERT ? NULL : root->where;
    root->where = NULL;
    root->limit = UINT64_MAX;
    root->offset = 0;
    root->has_limit = root->has_offset = false;
}

static bool plan_tree(struct writer *wr, struct ast_node **tree)
{
    struct resolve rs = {.arena = wr->arena,
        .cat = wr->cat,
        .limits = wr->limits,
        .error = wr->error,
        .unbounded = true,
        .role = wr->in.req->role};
    struct write_plan *plan = wr->plan;
    struct ast_node *root;
    if (!parse_read(wr->arena, wr->limits, wr->in.req->query, (struct str){NULL, 0}, &root, wr->error))
        return false;
    root->rel = plan->relation;
    root->role = rs.role;
    if (!resolve_tree(&rs, root) || (wr->in.req->verb == WRITE_PUT && !check_put(wr, root)))
        return false;
    if ((wr->in.req->verb != WRITE_INSERT || wr->in.req->singular) && hides_rows(root))
        return error_embed_in_write(wr->error);
    take_conditions(wr, root);
    key_order_settle_embeds(wr->arena, root);
    plan->tables = settle_tables(wr->arena, root, rs.nnodes, &plan->ntables);
    wr->in.root = *tree = root;
    return true;
}

static const struct cat_relation **with_lines(struct writer *wr)
{
    struct write_plan *plan = wr->plan;
    const struct document *doc = wr->document;
    const struct cat_relation **all =
        ARENA_NEW_ARRAY(wr->arena, const struct cat_relation *, plan->ntables + doc->nlines);
    memcpy(all, plan->tables, plan->ntables * sizeof *all);
    for (size_t i = 0; i < doc->nlines; i++)
        all[plan->ntables++] = doc->lines[i].via->to;
    return all;
}

static COLD bool plan_document(struct writer *wr, struct ast_node *root)
{
    struct document_context c = document_context(wr);
    if (!document_settle(&c, wr->document, wr->in.where))
        return false;
    root->where = document_condition(wr->arena, wr->document);
    wr->plan->document = true;
    wr->plan->tables = with_lines(wr);
    sql_lines(wr->arena, &wr->in, wr->document, wr->plan);
    return true;
}

bool plan_write(struct arena *a, const struct catalog *cat, const struct query_limits *limits,
    const struct write_request *req, struct write_plan *plan, struct query_error *error)
{
    struct writer wr = {
        .arena = a, .cat = cat, .limits = limits, .error = error, .plan = plan, .in.req = req};
    struct ast_node *root = NULL;
    *plan = (struct write_plan){.relation = catalog_relation(cat, req->schema, req->relation)};
    *error = (struct query_error){.code = QUERY_PARSE};
    if (!plan->relation)
        return error_no_table(a, cat, error, req->schema, req->relation);
    if (req->payload && req->verb != WRITE_INSERT && req->payload->nrecords > 1)
        return error_many_records(a, error, req->payload->nrecords);
    if (!settle_columns(&wr) || !settle_conflict(&wr) || !plan_tree(&wr, &root))
        return false;
    plan->upserts = wr.in.nconflict > 0;
    if (wr.document)
        return plan_document(&wr, root);
    sql_write(a, &wr.in, plan);
    return true;
}
