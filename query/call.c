/* call: choose, parse, resolve, write. SPDX-License-Identifier: ISC */
#include "query/call.h"

#include "query/errors.h"
#include "query/key_order.h"
#include "query/parse.h"
#include "query/resolve.h"
#include "query/settle.h"
#include "query/sql_call.h"

static enum call_result result_of(const struct cat_function *fn)
{
    bool rows = fn->table || fn->ncolumns > 0;
    if (!fn->result && !rows)
        return CALL_VOID;
    if (rows)
        return fn->returns_set ? CALL_ROWS : CALL_ROW;
    return fn->returns_set ? CALL_VALUES : CALL_VALUE;
}

/* The relation whose rows the function returns, or one made up of the columns that it returns; of a scalar
 * without any. */
static const struct cat_relation *relation_of(struct arena *a, const struct cat_function *fn)
{
    if (fn->table)
        return fn->table;
    struct cat_relation *rel = ARENA_NEW(a, struct cat_relation);
    *rel = (struct cat_relation){.kind = CAT_VIEW,
        .schema = fn->schema,
        .name = fn->name,
        .quoted = fn->quoted,
        .columns = fn->columns,
        .ncolumns = fn->ncolumns};
    return rel;
}

static void settle_limit(const struct query_limits *limits, const struct call_request *req,
    struct ast_node *root, struct call_plan *plan)
{
    if (plan->result != CALL_ROWS && plan->result != CALL_VALUES) {
        root->limit = UINT64_MAX;
        root->offset = 0;
    } else if (req->first) {
        root->limit = 1;
        root->offset = 0;
    } else if (limits->max_rows && !req->unbounded) {
        root->limit = MIN(root->limit, limits->max_rows);
    }
    plan->limit = root->limit;
    plan->offset = root->offset;
}

/* A single row is one whatever happens, unless it is filtered. */
static bool settle_guard(const struct call_request *req, const struct ast_node *root, struct call_plan *plan,
    struct query_error *error)
{
    bool set = plan->result == CALL_ROWS || plan->result == CALL_VALUES;
    if (req->has_max && !set)
        return error_max_affected_function(error);
    plan->singular = (set || (plan->result == CALL_ROW && root->where)) && plan->format.media == MEDIA_OBJECT;
    plan->guarded = plan->singular || (set && req->has_max);
    plan->counted = set && req->count != COUNT_NONE && req->count != COUNT_PLANNED && !plan->format.handler;
    return true;
}

/* rel: what relation_of() gives. */
static bool settle_format(struct arena *a, const struct catalog *cat, const struct sql_call *in,
    const struct cat_relation *rel, struct call_plan *plan, struct query_error *error)
{
    const struct call_request *req = in->req;
    struct format_offer offer = req->offer;
    bool rows = plan->result == CALL_ROW || plan->result == CALL_ROWS;
    offer.cat = cat;
    offer.function = plan->function;
    offer.relation = rows ? rel : NULL;
    offer.whole = plan->function->table && format_selects_whole(a, in->args->query);
    return format_choose(a, req->accept, &offer, &plan->format) || error_media(a, error, req->accept);
}

bool plan_call(struct arena *a, const struct catalog *cat, const struct query_limits *limits,
    const struct call_request *req, struct call_plan *plan, struct query_error *error)
{
    struct resolve rs = {.arena = a,
        .cat = cat,
        .limits = limits,
        .error = error,
        .unbounded = req->unbounded,
        .role = req->role};
    struct call_args args;
    struct sql_call in = {.req = req, .args = &args};
    *plan = (struct call_plan){.function = NULL};
    *error = (struct query_error){.code = QUERY_PARSE};
    if (!call_args_read(a, limits, req, &args, error) ||
        !call_choose(a, cat, req, &args, &plan->function, &in.unnamed, error))
        return false;
    const struct cat_relation *rel = relation_of(a, plan->function);
    plan->result = result_of(plan->function);
    if (!settle_format(a, cat, &in, rel, plan, error) ||
        !parse_read(a, limits, args.query, req->range, &in.root, error))
        return false;
    plan->read_only = req->read_only || plan->function->volatility != FN_VOLATILE;
    in.root->rel = rel;
    if (!settle_guard(req, in.root, plan, error) || !resolve_tree(&rs, in.root))
        return false;
    settle_limit(limits, req, in.root, plan);
    key_order_settle_embeds(a, in.root);
    plan->tables = settle_tables(a, in.root, rs.nnodes, &plan->ntables);
    sql_call(a, &in, plan);
    return true;
}
