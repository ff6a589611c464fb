/* routes: THE route table. SPDX-License-Identifier: ISC */
#include "handlers/routes.h"

#include "handlers/health.h"
#include "handlers/metrics.h"
#include "query/format.h"

#define READ (METHOD_BIT(HTTP_GET_) | METHOD_BIT(HTTP_HEAD_) | METHOD_BIT(HTTP_OPTIONS_))
#define WRITE                                                                                                \
    (METHOD_BIT(HTTP_POST_) | METHOD_BIT(HTTP_PATCH_) | METHOD_BIT(HTTP_PUT_) | METHOD_BIT(HTTP_DELETE_))
#define P(path) STR_INIT(path)
#define READ_ALLOW P("OPTIONS,GET,HEAD")
#define ALL_ALLOW P("OPTIONS,GET,HEAD,POST,PUT,PATCH,DELETE")

/*       kind         path                segment methods  Allow       media body  handler */
static const struct route table[] = {
    {ROUTE_CALL, P("/rpc/"), true, READ | METHOD_BIT(HTTP_POST_), P("OPTIONS,GET,HEAD,POST"), FORMAT_ROWS,
        UINT64_MAX, NULL},
    {ROUTE_ROOT, P("/"), false, READ, READ_ALLOW, MEDIA_BIT(MEDIA_OPENAPI) | MEDIA_BIT(MEDIA_JSON), 0, NULL},
    {ROUTE_ROOT, P(""), false, READ, READ_ALLOW, MEDIA_BIT(MEDIA_OPENAPI) | MEDIA_BIT(MEDIA_JSON), 0, NULL},
    {ROUTE_API, P("/"), true, READ | WRITE, ALL_ALLOW, FORMAT_ROWS, UINT64_MAX, NULL},
    {ROUTE_PLAIN, P("/livez"), false, READ, READ_ALLOW, 0, 0, health_live},
    {ROUTE_PLAIN, P("/readyz"), false, READ, READ_ALLOW, 0, 0, health_ready},
    {ROUTE_PLAIN, P("/health"), false, READ, READ_ALLOW, 0, 0, health_report},
};

static const struct route admin_table[] = {
    {ROUTE_PLAIN, P("/live"), false, READ, READ_ALLOW, 0, 0, health_live},
    {ROUTE_PLAIN, P("/ready"), false, READ, READ_ALLOW, 0, 0, health_ready},
    {ROUTE_PLAIN, P("/livez"), false, READ, READ_ALLOW, 0, 0, health_live},
    {ROUTE_PLAIN, P("/readyz"), false, READ, READ_ALLOW, 0, 0, health_ready},
    {ROUTE_PLAIN, P("/health"), false, READ, READ_ALLOW, 0, 0, health_report},
    {ROUTE_PLAIN, P("/metrics"), false, READ, READ_ALLOW, 0, 0, metrics_report},
    {ROUTE_PLAIN, P("/schema_cache"), false, READ, READ_ALLOW, 0, 0, health_schema},
};

const struct route route_root_function = {
    ROUTE_CALL, P("/"), false, READ, READ_ALLOW, FORMAT_ROWS | MEDIA_BIT(MEDIA_OPENAPI), 0, NULL};

static bool matches(const struct route *r, struct str path, struct str *segment)
{
    if (!r->segment)
        return str_eq(path, r->path);
    if (!str_starts(path, r->path) || path.n == r->path.n)
        return false;
    *segment = str_sub(path, r->path.n, path.n);
    return !memchr(segment->p, '/', segment->n);
}

const struct route *route_find(struct str path, bool plain, struct str *segment)
{
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        if ((table[i].kind == ROUTE_PLAIN) == plain && matches(&table[i], path, segment))
            return &table[i];
    }
    return NULL;
}

const struct route *route_find_admin(struct str path)
{
    struct str segment;
    for (size_t i = 0; i < ARRAY_LEN(admin_table); i++) {
        if (matches(&admin_table[i], path, &segment))
            return &admin_table[i];
    }
    return NULL;
}
