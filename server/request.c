/* request: its life, its headers, and the rules for a head that llhttp leaves to us (RFC 9112 sections 3 and
 * 6). SPDX-License-Identifier: ISC */
#include "server/request.h"

#include "server/conn.h"
#include "server/worker_impl.h"
#include "util/budget.h"
#include "util/check.h"
#include "util/mem.h"

/* What a recycled request keeps of its buffers, and how many of them wait per worker. */
#define KEEP_BUFFER ((size_t)4096)
#define KEEP_REQUESTS 256u
/* Most bytes of arena that one request may take through arena_try_alloc(). */
#define ARENA_LIMIT ((size_t)64 << 20)

struct request *request_take(struct worker *w)
{
    struct list *item = list_take_first(&w->spare_requests);
    struct request *req = item ? LIST_ENTRY(item, struct request, link) : NULL;
    if (req) {
        w->nspare_requests--;
    } else {
        req = MEM_NEW(struct request);
        req->magic = REQUEST_MAGIC;
        arena_init(&req->arena, ARENA_LIMIT);
        arena_use_budget(&req->arena);
        list_init(&req->link);
    }
    req->worker = w;
    req->method_name = req->target = req->path = req->query = req->host = STR("");
    return req;
}

void request_free(struct request *req)
{
    arena_release(&req->arena);
    buf_release(&req->body);
    headers_release(&req->response.headers);
    headers_release(&req->response.own);
    blob_unref(&req->response.shared);
    buf_release(&req->response.body);
    buf_release(&req->response.wire);
    buf_release(&req->response.pending);
    req->magic = 0;
    mem_free(req);
}

/* Empties all but the memory that the next request will use. */
static void clear(struct request *req)
{
    struct arena arena;
    struct response r = req->response;
    arena_reset(&req->arena);
    arena = req->arena;
    buf_release(&req->body);
    buf_release(&r.body);
    buf_release(&r.pending);
    blob_unref(&r.shared);
    headers_clear(&r.headers, KEEP_BUFFER);
    headers_clear(&r.own, KEEP_BUFFER);
    buf_clear(&r.wire, KEEP_BUFFER);
    *req = (struct request){.magic = REQUEST_MAGIC,
        .arena = arena,
        .response = {.headers = r.headers, .own = r.own, .wire = r.wire}};
    list_init(&req->link);
}

void request_pin(struct request *req)
{
    CHECK(!req->pinned);
    req->pinned = true;
}

bool request_unpin(struct request *req)
{
    CHECK_OBJ(req, REQUEST_MAGIC);
    CHECK(req->pinned);
    req->pinned = false;
    bool wanted = req->response.state == RESPONSE_NONE && (req->started || !req->aborted);
    if (!wanted)
        conn_wake(req->conn); /* it was kept only for the other thread */
    return wanted;
}

void request_settle(struct request *req)
{
    const struct response *r = &req->response;
    size_t now =
        req->body.cap + r->body.cap + r->wire.cap + r->pending.cap + r->headers.lines.cap + r->own.lines.cap;
    budget_change(req->charged, now);
    req->charged = now;
}

void request_give(struct request *req)
{
    struct worker *w = req->worker;
    CHECK_OBJ(req, REQUEST_MAGIC);
    budget_give(req->charged);
    req->charged = 0;
    list_remove(&req->link);
    if (w->nspare_requests >= KEEP_REQUESTS) {
        request_free(req);
        return;
    }
    clear(req);
    w->nspare_requests++;
    list_prepend(&w->spare_requests, &req->link);
}

struct str request_header(const struct request *req, struct str name)
{
    for (size_t i = 0; i < req->nheaders; i++) {
        if (str_eq_nocase(req->headers[i].name, name))
            return req->headers[i].value;
    }
    return (struct str){NULL, 0};
}

size_t request_header_count(const struct request *req, struct str name)
{
    size_t n = 0;
    for (size_t i = 0; i < req->nheaders; i++)
        n += str_eq_nocase(req->headers[i].name, name);
    return n;
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_alnum(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Visible ASCII, with every '%' followed by two hexadecimal digits. */
static bool target_ok(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c <= 0x20 || c >= 0x7f || c == '#')
            return false;
        if (c == '%' && (i + 2 >= s.n || !is_hex(s.p[i + 1]) || !is_hex(s.p[i + 2])))
            return false;
    }
    return true;
}

static bool port_ok(struct str port)
{
    uint64_t v;
    return port.n == 0 || (port.n <= 5 && str_to_u64(port, &v) && v <= 65535);
}

/* Hexadecimal digits, colons, and an IPv4 address at the end: the alphabet, at least two colons, no dot at
 * the end. */
static bool ipv6_ok(struct str s)
{
    size_t colons = 0;
    for (size_t i = 0; i < s.n; i++) {
        colons += s.p[i] == ':';
        if (!is_hex(s.p[i]) && s.p[i] != ':' && s.p[i] != '.')
            return false;
    }
    return colons >= 2 && colons <= 7 && s.p[s.n - 1] != '.';
}

/* host [":" port] (RFC 3986 section 3.2.2); sub-delims other than "-" do not occur in names that we could
 * serve. */
static bool host_ok(struct str host)
{
    if (host.n > 0 && host.p[0] == '[') {
        size_t end = str_find(host, ']');
        struct str rest = str_sub(host, end + 1, host.n);
        return end < host.n && end > 1 && ipv6_ok(str_sub(host, 1, end)) &&
               (rest.n == 0 || (rest.p[0] == ':' && port_ok(str_sub(rest, 1, rest.n))));
    }
    size_t colon = str_find(host, ':');
    struct str name = str_sub(host, 0, colon);
    if (name.n == 0 || name.n > 255 || name.p[0] == '.' || !port_ok(str_sub(host, colon + 1, host.n)))
        return false;
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        if (!is_alnum(c) && c != '-' && c != '.' && c != '_')
            return false;
        if (c == '.' && i + 1 < name.n && name.p[i + 1] == '.')
            return false;
    }
    return true;
}

static int judge_host(struct request *req, bool need_host, const char **message)
{
    size_t n = request_header_count(req, STR("host"));
    *message = "The Host header is missing or invalid";
    if (n > 1 || (n == 0 && need_host && req->http_minor >= 1))
        return 400;
    req->host = n ? request_header(req, STR("host")) : STR("");
    return n == 1 && !host_ok(req->host) ? 400 : 0;
}

/* Turns the absolute form into the origin form; its authority replaces Host (RFC 9112 section 3.2.2). */
static int judge_absolute(struct request *req, struct str *rest, const char **message)
{
    struct str http = STR("http://"), https = STR("https://");
    bool secure = str_starts_nocase(*rest, https);
    if (!secure && !str_starts_nocase(*rest, http)) {
        *message = "The request target must begin with /";
        return 400;
    }
    if (secure != req->secure) {
        *message = "This scheme is not served here";
        return 421;
    }
    *rest = str_sub(*rest, secure ? https.n : http.n, rest->n);
    size_t end = MIN(str_find(*rest, '/'), str_find(*rest, '?'));
    req->host = str_sub(*rest, 0, end);
    *rest = str_sub(*rest, end, rest->n);
    if (!host_ok(req->host)) {
        *message = "The request target names no valid host";
        return 400;
    }
    return 0;
}

static int judge_target(struct request *req, const char **message)
{
    struct str rest = req->target;
    *message = "The request target is malformed";
    if (rest.n == 0 || !target_ok(rest))
        return 400;
    if (rest.p[0] == '*') {
        req->path = rest;
        return rest.n == 1 && req->method == HTTP_OPTIONS_ ? 0 : 400;
    }
    if (rest.p[0] != '/') {
        int status = judge_absolute(req, &rest, message);
        if (status)
            return status;
    }
    size_t mark = str_find(rest, '?');
    req->path = mark == 0 ? STR("/") : str_sub(rest, 0, mark);
    req->query = str_sub(rest, mark + 1, rest.n);
    return 0;
}

static int judge_framing(struct request *req, const char **message)
{
    size_t nte = request_header_count(req, STR("transfer-encoding"));
    size_t ncl = request_header_count(req, STR("content-length"));
    *message = "The framing of the request body is ambiguous";
    if (nte > 1 || ncl > 1 || (nte && (ncl || req->http_minor == 0)))
        return 400;
    if (nte) {
        struct str te = request_header(req, STR("transfer-encoding"));
        struct str last = str_sub(te, te.n - MIN(te.n, 7), te.n),
                   before = str_trim(str_sub(te, 0, te.n - last.n));
        if (!str_eq_nocase(last, STR("chunked")) || (before.n && before.p[before.n - 1] != ','))
            return 400;
        *message = "Only the transfer coding `chunked` is understood";
        if (before.n)
            return 501;
        req->has_body = true;
        req->content_length = UINT64_MAX;
    } else if (ncl) {
        if (!str_to_u64(request_header(req, STR("content-length")), &req->content_length) ||
            req->content_length == UINT64_MAX)
            return 400;
        req->has_body = req->content_length > 0;
    }
    return 0;
}

static int judge_expect(struct request *req, const char **message)
{
    struct str expect = request_header(req, STR("expect"));
    if (!expect.p || req->http_minor == 0)
        return 0;
    *message = "The only expectation that can be met is 100-continue";
    if (!str_eq_nocase(expect, STR("100-continue")) || request_header_count(req, STR("expect")) != 1)
        return 417;
    req->want_continue = req->has_body;
    return 0;
}

int request_judge(struct request *req, bool need_host, const char **message)
{
    int status = judge_framing(req, message);
    if (!status)
        status = judge_host(req, need_host, message);
    if (!status)
        status = judge_target(req, message);
    if (!status)
        status = judge_expect(req, message);
    return status;
}
