/* plan: parse, resolve, decide on limits and order, write. SPDX-License-Identifier: ISC */
#include "query/plan.h"

#include "query/errors.h"
#include "query/key_order.h"
#include "query/parse.h"
#include "query/resolve.h"
#include "query/seek.h"
#include "query/settle.h"
#include "query/sql.h"

/* A page that may share a connection with others' requests: what is larger, or skips more, may take longer.
 */
#define CHEAP_LIMIT 200u
#define CHEAP_OFFSET 1000u

static bool pins_key(const struct ast_node *root, const struct cat_key *key)
{
    for (size_t i = 0; i < key->ncolumns; i++) {
        if (!key_order_is_pinned(root, key->columns[i]))
            return false;
    }
    return key->ncolumns > 0;
}

/* Not so for a view: it may repeat the rows of the table whose key it shows. */
static bool is_by_key(const struct ast_node *root)
{
    if (root->aggregated || root->rel->kind == CAT_VIEW || root->rel->kind == CAT_MATVIEW)
        return false;
    for (size_t i = 0; i < root->rel->nuniques; i++) {
        if (pins_key(root, &root->rel->uniques[i]))
            return true;
    }
    return pins_key(root, &root->rel->pk);
}

static void settle_limit(const struct query_limits *limits, const struct read_request *req,
    struct ast_node *root, struct read_plan *plan)
{
    plan->by_key = is_by_key(root);
    if (!req->unbounded && !plan->by_key) {
        if (!root->has_limit && limits->default_limit) {
            root->limit = limits->default_limit;
            plan->limit_from_server = true;
        }
        if (limits->max_rows && root->limit > limits->max_rows) {
            root->limit = limits->max_rows;
            plan->limit_from_server = true;
        }
    }
    plan->limit = root->limit;
    plan->offset = root->offset;
}

/* Backwards the page ends at the position, unless it begins before the first row. */
static void settle_position(const struct read_request *req, struct read_plan *plan)
{
    uint64_t at = req->seek.position;
    if (!plan->sought)
        return;
    plan->offset += plan->backwards ? at - MIN(at, plan->limit) : at;
}

static void write_counts(struct arena *a, const struct query_limits *limits, const struct read_request *req,
    const struct ast_node *root, struct read_plan *plan)
{
    uint64_t cap = req->count == COUNT_CAPPED                          ? PLAN_COUNT_CAP
                   : req->count == COUNT_ESTIMATED && limits->max_rows ? limits->max_rows + 1
                                                                       : 0;
    if (req->count == COUNT_NONE)
        return;
    if (req->count != COUNT_PLANNED)
        sql_count(a, root, cap, &plan->count);
    sql_estimate(a, root, &plan->estimate);
}

static bool uses_legacy_names(const struct ast_node *node)
{
    for (const struct ast_node *child = node->children; child; child = child->next_child) {
        if (child->by_target || uses_legacy_names(child))
            return true;
    }
    return false;
}

static bool is_cheap(const struct read_plan *plan, const struct resolve *rs)
{
    bool small = plan->by_key || (plan->limit <= CHEAP_LIMIT && plan->offset <= CHEAP_OFFSET);
    return small && !rs->slow && !rs->opaque;
}

/* Domains may be shown and read by functions of their own (sql_expr.c), which are not looked into. */
static bool has_called_type(const struct cat_relation *rel)
{
    for (size_t i = 0; i < rel->ncolumns; i++) {
        const struct cat_type *type = rel->columns[i].type;
        if (type && (type->to_json.n || type->from_text.n))
            return true;
    }
    return false;
}

static bool may_change_session(const struct catalog *cat, const struct read_plan *plan)
{
    bool session = catalog_session(cat) & SESSION_READS;
    for (size_t i = 0; i < plan->ntables; i++)
        session |= plan->tables[i]->session_read;
    return session;
}

/* Cheap, and with nothing in its way that might change a setting for the statement behind it. */
static bool is_steady(const struct read_plan *plan, const struct resolve *rs)
{
    for (size_t i = 0; i < plan->ntables; i++) {
        if (plan->tables[i]->opaque || has_called_type(plan->tables[i]))
            return false;
    }
    return plan->cheap && !plan->opaque && !rs->unsteady;
}

bool plan_read(struct arena *a, const struct catalog *cat, const struct query_limits *limits,
    const struct read_request *req, struct read_plan *plan, struct query_error *error)
{
    struct resolve rs = {.arena = a,
        .cat = cat,
        .limits = limits,
        .error = error,
        .unbounded = req->unbounded,
        .role = req->role};
    struct ast_node *root;
    *plan = (struct read_plan){.relation = catalog_relation(cat, req->schema, req->relation)};
    *error = (struct query_error){.code = QUERY_PARSE};
    if (!plan->relation)
        return error_no_table(a, cat, error, req->schema, req->relation);
    if (!parse_read(a, limits, req->query, req->range, &root, error))
        return false;
    root->rel = plan->relation;
    root->role = req->role;
    if (!resolve_tree(&rs, root))
        return false;
    settle_limit(limits, req, root, plan);
    if (!plan->by_key)
        key_order_settle(a, root);
    if (seek_possible(root))
        plan->seek_order = seek_order(a, root);
    if (!seek_settle(a, req, root, plan->seek_order))
        return error_seek(error);
    key_order_settle_embeds(a, root);
    plan->tables = settle_tables(a, root, rs.nnodes, &plan->ntables);
    plan->opaque = rs.opaque || (req->format && req->format->handler);
    plan->legacy_names = uses_legacy_names(root);
    plan->settings = catalog_settings_anywhere(cat);
    for (size_t i = 0; i < plan->ntables; i++)
        plan->settings |= plan->tables[i]->settings;
    if (req->format && req->format->handler) /* whose code may be anywhere */
        plan->settings = SETTINGS_ALL;
    plan->cheap = is_cheap(plan, &rs) && !(req->format && format_is_whole(req->format));
    plan->steady = is_steady(plan, &rs);
    plan->session = may_change_session(cat, plan);
    plan->sought = req->seek.there;
    plan->backwards = root->backwards;
    sql_read(a, root, req, plan);
    settle_position(req, plan);
    write_counts(a, limits, req, root, plan);
    return true;
}
