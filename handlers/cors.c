/* cors: one question, two answers. SPDX-License-Identifier: ISC */
#include "handlers/cors.h"

#include "server/response.h"

#define METHODS "GET, POST, PATCH, PUT, DELETE, OPTIONS, HEAD"
/* What the clients of the dialect send, and what is always allowed (Fetch, "CORS-safelisted request-header"),
 * since a list in the answer replaces none of it in old browsers. */
#define HEADERS                                                                                              \
    "Authorization, Accept, Accept-Language, Content-Language, Content-Type, apikey, X-Client-Info, "        \
    "Prefer, "                                                                                               \
    "Range, Range-Unit, Accept-Profile, Content-Profile, If-Match, If-None-Match, Idempotency-Key, "         \
    "traceparent, X-Retry-Count"
#define EXPOSED                                                                                              \
    "Content-Encoding, Content-Location, Content-Range, Content-Type, Date, Location, Server, "              \
    "Transfer-Encoding, Range-Unit, Content-Profile, Preference-Applied, ETag, Retry-After, X-Request-Id, "  \
    "Server-Timing, Link, Proxy-Status, Warning"

/* Bytes of requested header names that are repeated. */
#define REQUESTED_MAX ((size_t)1024)

static bool any_origin(const struct config *config)
{
    const struct config_list *list = &config->server_cors_allowed_origins;
    for (size_t i = 0; i < list->n; i++) {
        if (str_eq(list->items[i], STR("*")))
            return true;
    }
    return list->n == 0;
}

static bool is_listed(const struct config *config, struct str origin)
{
    const struct config_list *list = &config->server_cors_allowed_origins;
    for (size_t i = 0; i < list->n; i++) {
        if (str_eq(list->items[i], origin))
            return true;
    }
    return false;
}

static bool allow_origin(struct request *req, const struct config *config, struct str origin)
{
    bool any = any_origin(config);
    if (!any && !is_listed(config, origin))
        return false;
    response_own_header(req, STR("Access-Control-Allow-Origin"), any ? STR("*") : origin);
    if (!any && config->server_cors_credentials)
        response_own_header(req, STR("Access-Control-Allow-Credentials"), STR("true"));
    return true;
}

void cors_headers(struct request *req, const struct config *config)
{
    struct str origin = request_header(req, STR("Origin"));
    if ((!origin.p && req->method != HTTP_OPTIONS_) ||
        response_has_header(req, STR("Access-Control-Allow-Origin")))
        return;
    if (allow_origin(req, config, origin) && origin.p)
        response_own_header(req, STR("Access-Control-Expose-Headers"), STR(EXPOSED));
}

/* A list of names and nothing else. */
static bool may_repeat(struct str requested)
{
    for (size_t i = 0; i < requested.n; i++) {
        char c = requested.p[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!letter && (c == '\0' || !strchr("-_, ", c)))
            return false;
    }
    return requested.n > 0 && requested.n <= REQUESTED_MAX;
}

bool cors_preflight(struct request *req, const struct config *config)
{
    struct str origin = request_header(req, STR("Origin"));
    struct str requested = request_header(req, STR("Access-Control-Request-Headers"));
    if (req->method != HTTP_OPTIONS_ || !origin.p ||
        !request_header(req, STR("Access-Control-Request-Method")).p || !allow_origin(req, config, origin))
        return false;
    response_own_header(req, STR("Access-Control-Allow-Methods"), STR(METHODS));
    response_own_header(req, STR("Access-Control-Allow-Headers"),
        may_repeat(requested) ? arena_printf(&req->arena, HEADERS ", %.*s", STR_ARG(requested))
                              : STR(HEADERS));
    response_own_header(req, STR("Access-Control-Expose-Headers"), STR(EXPOSED));
    response_own_header(req, STR("Access-Control-Max-Age"),
        arena_printf(&req->arena, "%llu", (unsigned long long)config->server_cors_max_age / 1000));
    response_send(req, 200, NULL);
    return true;
}
