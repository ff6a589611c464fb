/* steps: ROUTE and AUTH, which every request of the API goes through. SPDX-License-Identifier: ISC */
#include "handlers/cors.h"
#include "handlers/errors.h"
#include "handlers/exchange.h"
#include "handlers/media.h"
#include "handlers/routes.h"
#include "handlers/rpc.h"
#include "query/call_args.h"
#include "query/errors.h"
#include "server/response.h"
#include "util/caller.h"
#include "util/check.h"
#include "util/clock.h"
#include "util/log.h"
#include "util/map.h"
#include "util/uri.h"

#define READ_METHODS (METHOD_BIT(HTTP_GET_) | METHOD_BIT(HTTP_HEAD_) | METHOD_BIT(HTTP_OPTIONS_))

static bool refuse(struct exchange *x, enum error_id id, struct str details)
{
    struct error_detail d = {.details = details};
    error_send(x->req, id, &d);
    return false;
}

/* The relation's name out of the raw segment. */
static bool decode_relation(struct exchange *x, struct str segment)
{
    enum uri_error e = uri_decode(&x->req->arena, segment, URI_PLUS_IS_PLUS, &x->relation);
    return e == URI_OK || refuse(x, ERR_BAD_REQUEST, str_cstr(uri_error_text(e)));
}

static const struct route *find_route(struct exchange *x)
{
    struct str base = x->settings->config->server_base_path, path = x->req->path, segment = {NULL, 0};
    const struct route *r = NULL;
    bool below = str_starts(path, base);
    if (below)
        r = route_find(str_sub(path, base.n, path.n), false, &segment);
    if (!r)
        r = route_find(path, true, &segment);
    if (!r)
        refuse(x, ERR_PATH,
            below ? (struct str){NULL, 0}
                  : arena_printf(&x->req->arena, "Relations are served under %.*s/", STR_ARG(base)));
    else if (segment.n && !decode_relation(x, segment))
        r = NULL;
    return r;
}

static bool choose_schema(struct exchange *x);

/* What the relation's kind and key allow; what the caller may do only PostgreSQL knows. */
static struct str relation_allow(struct arena *a, const struct cat_relation *rel)
{
    return arena_printf(a, "OPTIONS,GET,HEAD%s%s%s%s", rel->insertable ? ",POST" : "",
        rel->insertable && rel->updatable && rel->pk.ncolumns ? ",PUT" : "", rel->updatable ? ",PATCH" : "",
        rel->deletable ? ",DELETE" : "");
}

static void send_not_found(struct exchange *x, const struct catalog *cat, bool call)
{
    struct call_request req = {.schema = x->schema, .name = x->relation};
    struct call_args none = {.no_record = true};
    struct query_error error;
    bool found = call ? error_no_function(&x->req->arena, cat, &error, &req, &none)
                      : error_no_table(&x->req->arena, cat, &error, x->schema, x->relation);
    CHECK(!found);
    error_send_query(x->req, &error);
}

/* False: the answer is an error. */
static bool allowed_methods(struct exchange *x, struct str *allow)
{
    bool call = x->route->kind == ROUTE_CALL;
    *allow = x->route->allow;
    if (x->route->kind == ROUTE_PLAIN || x->route->kind == ROUTE_ROOT || x->route == &route_root_function)
        return true;
    const struct catalog *cat = schema_watch_current(x->app->shared->schema, &x->app->catalog);
    if (!cat) {
        error_send(x->req, ERR_CATALOG_LOADING, NULL);
        return false;
    }
    bool ok = choose_schema(x);
    const struct cat_relation *rel = ok && !call ? catalog_relation(cat, x->schema, x->relation) : NULL;
    bool found = rel || (ok && call && rpc_allow(cat, x->schema, x->relation, allow));
    if (rel)
        *allow = relation_allow(&x->req->arena, rel);
    if (ok && !found)
        send_not_found(x, cat, call);
    return found;
}

static enum step_result answer_method(struct exchange *x)
{
    struct error_detail d = {.allow = x->route->allow};
    if (x->req->method == HTTP_OPTIONS_) {
        struct str allow;
        if (!allowed_methods(x, &allow))
            return STEP_DONE;
        response_header(x->req, STR("Allow"), allow);
        response_send(x->req, 200, NULL);
    } else if (x->route->kind == ROUTE_CALL) {
        d.message =
            arena_printf(&x->req->arena, "Cannot use the %.*s method on RPC", STR_ARG(x->req->method_name));
        error_send(x->req, ERR_RPC_METHOD, &d);
    } else {
        d.message =
            arena_printf(&x->req->arena, "Unsupported HTTP method: %.*s", STR_ARG(x->req->method_name));
        error_send(x->req, ERR_METHOD, &d);
    }
    return STEP_DONE;
}

/* The function of db-root-spec takes the place of the document; false: there is no root. */
static bool choose_root(struct exchange *x)
{
    const struct config *c = x->settings->config;
    if (c->db_root_spec.n) {
        size_t dot = str_find(c->db_root_spec, '.');
        x->route = &route_root_function;
        x->relation = dot < c->db_root_spec.n ? str_sub(c->db_root_spec, dot + 1, SIZE_MAX) : c->db_root_spec;
        return true;
    }
    return c->openapi_mode != OPENAPI_DISABLED || refuse(x, ERR_ROOT_DISABLED, (struct str){NULL, 0});
}

/* Filters may be longer than a URL: POST with X-HTTP-Method-Override: GET has them in a form. */
static bool read_override(struct exchange *x)
{
    static const struct str form = STR_INIT("application/x-www-form-urlencoded");
    if (x->req->method != HTTP_POST_ ||
        !str_eq_nocase(request_header(x->req, STR("X-HTTP-Method-Override")), STR("GET")))
        return true;
    x->read_form = str_eq_nocase(exchange_content_type(x), form);
    return x->read_form ||
           refuse(x, ERR_BAD_REQUEST,
               STR("X-HTTP-Method-Override: GET wants a body of type application/x-www-form-urlencoded"));
}

enum step_result step_route(struct exchange *x)
{
    if (x->req->method == HTTP_OPTIONS_ && cors_preflight(x->req, x->settings->config))
        return STEP_DONE;
    x->route = find_route(x);
    if (!x->route || (x->route->kind == ROUTE_ROOT && !choose_root(x)))
        return STEP_DONE;
    if (!(x->route->methods & METHOD_BIT(x->req->method)) || x->req->method == HTTP_OPTIONS_)
        return answer_method(x);
    if (x->route->kind == ROUTE_PLAIN) {
        x->route->handler(x->req);
        return STEP_DONE;
    }
    return x->route->kind != ROUTE_API || read_override(x) ? STEP_MORE : STEP_DONE;
}

static enum step_result refuse_token(struct exchange *x, enum jwt_error error, struct str token)
{
    struct jwt_error_text text;
    jwt_error_describe(error, token, &x->req->arena, &text);
    LOG(AUTH_FAILED, log_str("reason", text.message), log_cstr("client", x->req->client));
    error_send_jwt(x->req, &text);
    return STEP_DONE;
}

/* Users behind one address are told apart by their claims, and callers of one role by their addresses. */
static uint64_t source_of(const struct exchange *x, const struct principal *who)
{
    uint64_t id = caller_id(x->req->caller) * 0x9e3779b97f4a7c15u;
    if (who->origin == PRINCIPAL_ANONYMOUS)
        return id;
    return (id ^ hash_bytes(who->role)) * 0x9e3779b97f4a7c15u ^ hash_bytes(who->claims);
}

/* Who presents the token. JWT_SLOW: that is being found out, and AUTH is run once more. */
static enum jwt_error identify(struct exchange *x, struct str token, struct principal *who)
{
    int64_t now = clock_wall_us() / 1000000;
    const struct jwt_check *checked = x->checked;
    enum jwt_error unchecked = x->unchecked;
    struct jwt_check *check;
    x->checked = NULL;
    x->unchecked = JWT_OK;
    if (unchecked != JWT_OK)
        return unchecked;
    if (checked)
        return jwt_finish(x->settings->jwt, checked, now, &x->req->arena, who);
    enum jwt_error error = jwt_begin(x->settings->jwt, token, now, &x->req->arena, who, &check);
    return error == JWT_SLOW ? verifier_wait(x->app->verifier, x, &check) : error;
}

/* Credentials come in one header or not at all; two of them are an attempt to be two people. */
enum step_result step_auth(struct exchange *x)
{
    struct str header = request_header(x->req, STR("Authorization")), token;
    struct principal who = x->settings->anonymous;
    if (header.p && request_header_count(x->req, STR("Authorization")) > 1) {
        refuse(x, ERR_BAD_REQUEST, STR("There is more than one Authorization header"));
        return STEP_DONE;
    }
    if (header.p && jwt_from_authorization(header, &token)) {
        enum jwt_error error = identify(x, token, &who);
        if (error == JWT_SLOW)
            return STEP_WAIT;
        if (error != JWT_OK)
            return refuse_token(x, error, token);
    } else if (who.role.n == 0) {
        return refuse_token(x, JWT_ERR_TOKEN_REQUIRED, (struct str){NULL, 0});
    }
    /* A token that names the anonymous role, or none, gives no more than no token at all. */
    x->anonymous = x->settings->anonymous.role.n > 0 && str_eq(who.role, x->settings->anonymous.role);
    x->role = arena_cstr(&x->req->arena, who.role);
    x->claims = arena_cstr(&x->req->arena, who.claims);
    x->source = source_of(x, &who);
    return STEP_MORE;
}

static bool read_preferences(struct exchange *x)
{
    for (size_t i = 0; i < x->req->nheaders; i++) {
        if (str_eq_nocase(x->req->headers[i].name, STR("Prefer")))
            prefer_parse(&x->prefer, x->req->headers[i].value);
    }
    if (x->prefer.handling != HANDLING_STRICT || x->prefer.nunknown == 0)
        return true;
    struct buf names;
    buf_init(&names, 0);
    for (size_t i = 0; i < x->prefer.nunknown; i++)
        buf_printf(&names, "%s%.*s", i ? ", " : "Invalid preferences: ", STR_ARG(x->prefer.unknown[i]));
    refuse(x, ERR_PREFER, buf_str(&names));
    buf_release(&names);
    return false;
}

/* The profile header names a schema; without one it is the first of db-schemas. The answer says which one it
 * was, where there was a choice. */
static bool choose_schema(struct exchange *x)
{
    const struct config_list *schemas = &x->settings->config->db_schemas;
    bool reads = (READ_METHODS & METHOD_BIT(x->req->method)) || x->read_form;
    struct str wanted = request_header(x->req, reads ? STR("Accept-Profile") : STR("Content-Profile"));
    x->schema = wanted.n ? wanted : schemas->items[0];
    for (size_t i = 0; i < schemas->n; i++) {
        if (!str_eq(schemas->items[i], x->schema))
            continue;
        if (schemas->n > 1 || wanted.n)
            response_header(x->req, STR("Content-Profile"), schemas->items[i]);
        return true;
    }
    struct buf hint;
    buf_init(&hint, 0);
    buf_append(&hint, STR("Only the following schemas are exposed: "));
    for (size_t i = 0; i < schemas->n; i++)
        buf_printf(&hint, "%s%.*s", i ? ", " : "", STR_ARG(schemas->items[i]));
    struct error_detail d = {.message = arena_printf(&x->req->arena, "Invalid schema: %.*s", STR_ARG(wanted)),
        .hint = buf_str(&hint)};
    error_send(x->req, ERR_SCHEMA, &d);
    buf_release(&hint);
    return false;
}

enum step_result step_negotiate(struct exchange *x)
{
    if (!media_read(x) || !read_preferences(x) || !choose_schema(x))
        return STEP_DONE;
    struct str root = x->settings->config->db_root_spec;
    if (x->route == &route_root_function && str_find(root, '.') < root.n)
        x->schema = str_sub(root, 0, str_find(root, '.'));
    return STEP_MORE;
}
