/* openapi: finding, making and sending the documents at the root. SPDX-License-Identifier: ISC */
#include "handlers/openapi.h"

#include "handlers/errors.h"
#include "handlers/openapi_view.h"
#include "handlers/routes.h"
#include "handlers/statements.h"
#include "server/response.h"
#include "util/check.h"
#include "util/mem.h"

#define OPENAPI_MAGIC 0x6f706170u

struct openapi {
    unsigned magic;
    struct openapi_cache *cache;
    uv_loop_t *loop;
    struct list waiting; /* of struct root */
    uv_work_t work;
    bool working;
    /* What is being made. */
    struct arena arena;
    struct catalog *cat;
    struct openapi_view view;
    struct openapi_key key;
    struct openapi_doc *doc;
    void (*stopped)(void *arg);
    void *stopped_arg;
};

/* One request on the root. */
struct root {
    struct wait wait;
    struct list link; /* in waiting */
    struct exchange *x;
    struct catalog *cat; /* the arena's */
    struct openapi_key key;
};

struct openapi *openapi_create(uv_loop_t *loop, struct openapi_cache *cache)
{
    struct openapi *o = MEM_NEW(struct openapi);
    o->magic = OPENAPI_MAGIC;
    o->cache = cache;
    o->loop = loop;
    list_init(&o->waiting);
    arena_init(&o->arena, 0);
    return o;
}

void openapi_stop(struct openapi *o, void (*done)(void *arg), void *arg)
{
    o->stopped = done;
    o->stopped_arg = arg;
    if (!o->working)
        done(arg);
}

void openapi_free(struct openapi **op)
{
    struct openapi *o = *op;
    *op = NULL;
    CHECK_OBJ(o, OPENAPI_MAGIC);
    CHECK(!o->working && list_empty(&o->waiting));
    arena_release(&o->arena);
    o->magic = 0;
    mem_free(o);
}

/* Sending */

/* Entity tags of If-None-Match are compared weakly (RFC 9110 13.1.2). */
static bool client_has(const struct request *req, struct str etag)
{
    struct str list = request_header(req, STR("If-None-Match")), item;
    while (list.p && str_split(&list, ',', &item)) {
        item = str_trim(item);
        if (str_starts(item, STR("W/")))
            item = str_sub(item, 2, item.n);
        if (str_eq(item, etag) || str_eq(item, STR("*")))
            return true;
    }
    return false;
}

/* doc is a reference, given back here: the response holds its text. */
static void answer(struct root *r, struct openapi_doc *doc)
{
    struct request *req = r->x->req;
    struct str etag = openapi_doc_etag(doc);
    response_header(req, STR("ETag"), etag);
    response_header(req, STR("Cache-Control"), STR("private, no-cache"));
    if (client_has(req, etag)) {
        response_send(req, 304, NULL);
    } else {
        response_header(req, STR("Content-Type"),
            r->key.version == 3 ? STR("application/openapi+json; version=3.1; charset=utf-8")
                                : media_content_type(MEDIA_OPENAPI));
        response_send_shared(req, 200, openapi_doc_text(doc));
    }
    openapi_doc_unref(doc);
}

/* Making */

static void work(uv_work_t *work)
{
    struct openapi *o = container_of(work, struct openapi, work);
    struct buf text;
    buf_init(&text, 0);
    if (o->key.version == 3)
        openapi_write_3(&o->view, &text);
    else
        openapi_write_2(&o->view, &text);
    o->doc = openapi_cache_put(o->cache, &o->key, &text);
}

static void after_work(uv_work_t *work, int status);

/* Copied: the configuration may be exchanged while a document is made. */
static struct uri_http server_of(const struct config *c, struct arena *a)
{
    struct uri_http uri;
    if (c->openapi_server_proxy_uri.n && uri_http_parse(arena_str(a, c->openapi_server_proxy_uri), &uri))
        return uri;
    struct str host = c->server_host;
    if (host.n > 0 && (host.p[0] == '*' || host.p[0] == '!'))
        host = STR("0.0.0.0");
    return (struct uri_http){.scheme = STR("http"),
        .host = str_find(host, ':') < host.n ? arena_printf(a, "[%.*s]", STR_ARG(host)) : arena_str(a, host),
        .port = arena_printf(a, "%llu", (unsigned long long)c->server_port),
        .path = arena_str(a, c->server_base_path)};
}

static void begin(struct openapi *o, const struct root *r)
{
    const struct config *c = r->x->settings->config;
    arena_reset(&o->arena);
    o->cat = catalog_ref(r->cat);
    o->key = r->key;
    o->key.schema = arena_str(&o->arena, r->key.schema);
    o->key.role = arena_str(&o->arena, r->key.role);
    o->key.options = arena_str(&o->arena, r->key.options);
    o->view = (struct openapi_view){.cat = o->cat,
        .schema = o->key.schema,
        .role = o->key.role,
        .everything = c->openapi_mode == OPENAPI_IGNORE_PRIVILEGES,
        .security = c->openapi_security_active,
        .server = server_of(c, &o->arena)};
    o->working = true;
    CHECK(uv_queue_work(o->loop, &o->work, work, after_work) == 0);
}

static void answer_waiting(struct openapi *o)
{
    LIST_FOREACH(it, &o->waiting)
    {
        struct root *r = LIST_ENTRY(it, struct root, link);
        if (!openapi_key_eq(&r->key, &o->key))
            continue;
        list_remove(&r->link);
        exchange_waited(r->x);
        answer(r, openapi_doc_ref(o->doc));
    }
}

static void after_work(uv_work_t *work, int status)
{
    struct openapi *o = container_of(work, struct openapi, work);
    CHECK_OBJ(o, OPENAPI_MAGIC);
    CHECK(status == 0);
    o->working = false;
    answer_waiting(o);
    openapi_doc_unref(o->doc);
    o->doc = NULL;
    catalog_unref(&o->cat);
    if (!list_empty(&o->waiting))
        begin(o, LIST_ENTRY(o->waiting.next, struct root, link));
    else if (o->stopped)
        o->stopped(o->stopped_arg);
}

/* Asking */

static void cancel(struct wait *w)
{
    struct root *r = container_of(w, struct root, wait);
    list_remove(&r->link);
}

/* Where privileges do not matter, one document serves all. */
static struct openapi_key key_of(const struct exchange *x, const struct catalog *cat)
{
    const struct config *c = x->settings->config;
    bool everything = c->openapi_mode == OPENAPI_IGNORE_PRIVILEGES;
    return (struct openapi_key){.catalog = catalog_version(cat),
        .schema = x->schema,
        .role = everything ? STR("") : str_cstr(x->role),
        .options = arena_printf(&x->req->arena, "%d%d%.*s %.*s:%llu%.*s", everything,
            c->openapi_security_active, STR_ARG(c->openapi_server_proxy_uri), STR_ARG(c->server_host),
            (unsigned long long)c->server_port, STR_ARG(c->server_base_path)),
        .version = str_starts(x->format.version, STR("3")) ? 3 : 2};
}

enum step_result step_root(struct exchange *x)
{
    struct openapi *o = x->app->openapi;
    if (x->route->kind != ROUTE_ROOT)
        return STEP_MORE;
    struct catalog *cat = statements_catalog(x);
    if (!cat)
        return STEP_DONE;
    struct root *r = ARENA_NEW(&x->req->arena, struct root);
    r->x = x;
    r->cat = cat;
    r->key = key_of(x, cat);
    list_init(&r->link);
    struct openapi_doc *doc = openapi_cache_get(o->cache, &r->key);
    if (doc) {
        answer(r, doc);
        return STEP_DONE;
    }
    r->wait = (struct wait){WAIT_DOCUMENT, false, cancel};
    exchange_wait(x, &r->wait);
    list_append(&o->waiting, &r->link);
    if (!o->working)
        begin(o, r);
    return STEP_WAIT;
}
