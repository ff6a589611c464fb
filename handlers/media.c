/* media: reading and settling. SPDX-License-Identifier: ISC */
#include "handlers/media.h"

#include "handlers/errors.h"
#include "handlers/routes.h"

struct format_offer media_offer(const struct exchange *x)
{
    bool statement = x->route->kind != ROUTE_ROOT;
    return (struct format_offer){
        .media = x->route->media, .plans = statement && x->settings->config->db_plan_enabled};
}

static bool refuse(struct exchange *x)
{
    struct error_detail d = {
        .message = arena_printf(&x->req->arena, "None of these media types are available: %.*s",
            STR_ARG(format_wanted(&x->req->arena, &x->accept)))};
    error_send(x->req, ERR_MEDIA_TYPE, &d);
    return false;
}

/* Whether the schema may know types that nobody else does. */
static bool schema_has_media(struct exchange *x)
{
    const struct catalog *cat = schema_watch_current(x->app->shared->schema, &x->app->catalog);
    size_t n = 0;
    bool has = !cat || catalog_has_media(cat) || (catalog_handlers(cat, &n) && n > 0);
    return has && x->route->kind != ROUTE_ROOT;
}

/* What nearly everybody sends is not parsed. */
static bool is_plain(struct str accept)
{
    return !accept.p || str_eq(accept, STR("*/*")) || str_eq(accept, STR("application/json"));
}

bool media_read(struct exchange *x)
{
    struct str accept = request_header(x->req, STR("Accept"));
    struct format_offer offer = media_offer(x);
    x->format = format_json;
    x->accept.nitems = 0;
    if (is_plain(accept))
        return true;
    accept_parse(&x->req->arena, accept, &x->accept);
    return format_choose(&x->req->arena, &x->accept, &offer, &x->format) || schema_has_media(x) || refuse(x);
}

void media_parse(struct exchange *x)
{
    if (x->accept.nitems == 0)
        accept_parse(&x->req->arena, request_header(x->req, STR("Accept")), &x->accept);
}

bool media_settle(struct exchange *x, const struct catalog *cat, struct str query)
{
    if (x->accept.nitems == 0 && !catalog_has_media(cat))
        return true;
    struct format_offer offer = media_offer(x);
    offer.cat = cat;
    offer.relation = catalog_relation(cat, x->schema, x->relation);
    offer.whole = format_selects_whole(&x->req->arena, query);
    media_parse(x);
    /* That there is no such relation is the better answer, and comes later. */
    return format_choose(&x->req->arena, &x->accept, &offer, &x->format) || !offer.relation || refuse(x);
}

static bool role_may_export(const struct exchange *x)
{
    const struct config_list *roles = &x->settings->config->export_roles;
    for (size_t i = 0; i < roles->n; i++) {
        if (str_eq(roles->items[i], str_cstr(x->role)))
            return true;
    }
    return false;
}

bool media_export(struct exchange *x, bool *unbounded)
{
    const struct format *f = &x->format;
    *unbounded = false;
    if (format_is_whole(f) || (f->media != MEDIA_NDJSON && f->media != MEDIA_CSV))
        return true;
    *unbounded = role_may_export(x);
    if (*unbounded || f->media == MEDIA_CSV)
        return true;
    error_send(x->req, ERR_EXPORT_ROLE, NULL);
    return false;
}
