/* answer_headers: four headers, three of them seldom. SPDX-License-Identifier: ISC */
#include "handlers/answer_headers.h"

#include "handlers/cors.h"
#include "handlers/exchange.h"
#include "handlers/response_settings.h"
#include "handlers/routes.h"
#include "server/response.h"

/* What an answer of the API depends on beside its URL. */
#define VARY "Origin, Accept, Accept-Encoding, Authorization, Prefer, Range"

static void vary(struct exchange *x)
{
    bool profiles = x->settings->config->db_schemas.n > 1;
    bool foreign = x->foreign_headers || (x->said && x->said->nheaders > 0);
    if (!foreign || !response_has_header(x->req, STR("Vary")))
        response_own_header(x->req, STR("Vary"), profiles ? STR(VARY ", Accept-Profile") : STR(VARY));
}

static void trace(struct request *req, struct str name)
{
    struct str value = request_header(req, name);
    if (value.p && headers_value_ok(value))
        response_own_header(req, name, value);
}

static void server_timing(struct exchange *x)
{
    timing_note(x->timing, x->timing->waiting ? TIMING_TRANSACTION : TIMING_RESPONSE);
    response_own_header(x->req, STR("Server-Timing"), timing_header(&x->req->arena, x->timing));
}

void answer_headers(struct request *req)
{
    struct exchange *x = req->app;
    if (!x) /* the admin listener's, or no request at all */
        return;
    if (!x->route || x->route->kind != ROUTE_PLAIN)
        vary(x);
    cors_headers(req, x->settings->config);
    if (x->settings->config->server_trace_header.n)
        trace(req, x->settings->config->server_trace_header);
    if (x->timing)
        server_timing(x);
}
