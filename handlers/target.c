/* target: the step between a head and a large body. Who names a table or function that is not there is told
 * before he sends a megabyte. Of a short body nothing is gained by that, and what is wrong with it is told
 * first, as PostgREST does. Privileges are not judged here: those that the catalog knows may be older than a
 * GRANT. SPDX-License-Identifier: ISC */
#include "handlers/errors.h"
#include "handlers/exchange.h"
#include "handlers/offload.h"
#include "handlers/routes.h"
#include "query/call_args.h"
#include "query/errors.h"

static bool is_there(const struct exchange *x, const struct catalog *cat, struct query_error *error)
{
    struct call_request req = {.schema = x->schema, .name = x->relation};
    struct call_args none = {.no_record = true};
    size_t n;
    if (x->route->kind != ROUTE_CALL)
        return catalog_relation(cat, x->schema, x->relation) ||
               error_no_table(&x->req->arena, cat, error, x->schema, x->relation);
    (void)catalog_functions(cat, x->schema, x->relation, &n);
    return n > 0 || error_no_function(&x->req->arena, cat, error, &req, &none);
}

enum step_result step_target(struct exchange *x)
{
    struct query_error error;
    if (!x->req->has_body || x->req->content_length <= OFFLOAD_BODY || x->route->kind == ROUTE_ROOT)
        return STEP_MORE;
    const struct catalog *cat = schema_watch_current(x->app->shared->schema, &x->app->catalog);
    bool found = !cat || is_there(x, cat, &error); /* without a catalog a later step answers */
    if (!found)
        error_send_query(x->req, &error);
    return found ? STEP_MORE : STEP_DONE;
}
