/* http1: llhttp's callbacks. Each message gets a freshly initialised parser, so that nothing of one request
 * can reach the next; llhttp is paused at the end of each message. What is collected: the target, then name
 * and value of each field, each as one run of bytes in the arena that moves to a larger block only while it
 * grows.
 *
 * SPDX-License-Identifier: ISC */
#include "server/http1.h"

#include "util/budget.h"
#include "util/check.h"
#include "util/metrics.h"

#include <llhttp.h>

#define PIECE_BLOCK ((size_t)1024)
#define FIRST_HEADERS ((size_t)16)
/* CRLFs that an old client may send behind a body (RFC 9112 section 2.2). */
#define MAX_BLANK ((size_t)8)

_Static_assert(sizeof(llhttp_t) <= sizeof(((struct http1 *)0)->llhttp), "llhttp_t has grown");

static llhttp_t *parser_of(struct http1 *h)
{
    return (llhttp_t *)(void *)h->llhttp;
}

static struct http1 *from(llhttp_t *parser)
{
    struct http1 *h;
    CAST_OBJ(h, parser->data, HTTP1_MAGIC);
    return h;
}

/* Records the first complaint and makes llhttp stop. */
static int fail(struct http1 *h, int status, const char *message)
{
    if (h->status == 0) {
        h->status = status;
        h->message = message;
    }
    return HPE_USER;
}

static int append(struct http1 *h, const char *at, size_t n)
{
    if (h->piece_cap - h->piece_n < n) {
        size_t cap = MAX(PIECE_BLOCK, 2 * (h->piece_n + n));
        char *p = arena_try_alloc(&h->req->arena, cap);
        if (!p)
            return fail(h, HTTP1_NO_MEMORY, "There is not enough memory for the request head");
        if (h->piece_n)
            memcpy(p, h->piece, h->piece_n);
        h->piece = p;
        h->piece_cap = cap;
    }
    memcpy(h->piece + h->piece_n, at, n);
    h->piece_n += n;
    return 0;
}

static struct str take_piece(struct http1 *h)
{
    struct str s = str_make(h->piece ? h->piece : "", h->piece_n);
    if (h->piece) {
        h->piece += h->piece_n;
        h->piece_cap -= h->piece_n;
    }
    h->piece_n = 0;
    return s;
}

static int on_url(llhttp_t *parser, const char *at, size_t n)
{
    struct http1 *h = from(parser);
    if (h->piece_n + n > h->config->limit_request_line)
        return fail(h, 414, "The request line is too long");
    return append(h, at, n);
}

static int on_url_complete(llhttp_t *parser)
{
    struct http1 *h = from(parser);
    h->req->target = take_piece(h);
    return 0;
}

static int count_head(struct http1 *h, size_t n)
{
    h->head_bytes += n;
    return h->head_bytes > h->config->limit_headers ? fail(h, 431, "The header fields are too large") : 0;
}

static int on_field(llhttp_t *parser, const char *at, size_t n)
{
    struct http1 *h = from(parser);
    if (h->head_done) {
        h->trailer_bytes += n;
        return h->trailer_bytes > h->config->limit_trailers ? fail(h, 431, "The trailer fields are too large")
                                                            : 0;
    }
    return count_head(h, n) ? HPE_USER : append(h, at, n);
}

static int add_header(struct http1 *h, struct str name)
{
    struct request *req = h->req;
    if (req->nheaders >= h->config->limit_header_count)
        return fail(h, 431, "There are too many header fields");
    if (req->nheaders == h->headers_cap) {
        size_t cap = MAX(FIRST_HEADERS, h->headers_cap * 2);
        struct header *more = arena_try_alloc(&req->arena, cap * sizeof *more);
        if (!more)
            return fail(h, HTTP1_NO_MEMORY, "There is not enough memory for the request head");
        if (req->nheaders)
            memcpy(more, req->headers, req->nheaders * sizeof *more);
        req->headers = more;
        h->headers_cap = cap;
    }
    req->headers[req->nheaders] = (struct header){name, STR("")};
    return 0;
}

static int on_field_complete(llhttp_t *parser)
{
    struct http1 *h = from(parser);
    if (h->head_done)
        return 0;
    return h->piece_n ? add_header(h, take_piece(h)) : fail(h, 400, "A header field has no name");
}

static int on_value_complete(llhttp_t *parser)
{
    struct http1 *h = from(parser);
    if (h->head_done)
        return 0;
    h->req->headers[h->req->nheaders++].value = str_trim(take_piece(h));
    return count_head(h, 4); /* ": " and the line end */
}

static const struct {
    uint8_t llhttp;
    enum http_method method;
} methods[] = {
    {HTTP_GET, HTTP_GET_},
    {HTTP_HEAD, HTTP_HEAD_},
    {HTTP_POST, HTTP_POST_},
    {HTTP_PUT, HTTP_PUT_},
    {HTTP_PATCH, HTTP_PATCH_},
    {HTTP_DELETE, HTTP_DELETE_},
    {HTTP_OPTIONS, HTTP_OPTIONS_},
};

static void set_method(struct request *req, uint8_t method)
{
    req->method = HTTP_OTHER_;
    for (size_t i = 0; i < ARRAY_LEN(methods); i++) {
        if (methods[i].llhttp == method)
            req->method = methods[i].method;
    }
    req->method_name = str_cstr(llhttp_method_name((llhttp_method_t)method));
}

static int check_version(struct http1 *h, const llhttp_t *parser)
{
    if (parser->http_major == 0)
        return fail(h, 400, "The request line has no HTTP version");
    if (parser->http_major != 1 || parser->http_minor > 1)
        return fail(h, 505, "Only HTTP/1.0 and HTTP/1.1 are spoken here");
    return 0;
}

static bool is_token_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("!#$%&'*+-.^_`|~", c));
}

/* llhttp gives an unknown method up at its first odd letter. Whether it is a method that may exist somewhere
 * ("FROB /x", 501) or noise (400) shows at the first byte that is no token character: until then more is
 * awaited. */
static void explain_method(struct http1 *h)
{
    size_t i = 0;
    while (i < h->first_n && is_token_char(h->first[i]))
        i++;
    h->unknown_method = i == h->first_n && i < sizeof h->first;
    if (h->unknown_method)
        return;
    bool proxy = str_starts(str_make(h->first, h->first_n), STR("PROXY "));
    if (i > 0 && i < h->first_n && h->first[i] == ' ' && !proxy)
        fail(h, 501, "This method is not implemented");
    else
        fail(h, 400, "This is not an HTTP request");
}

/* llhttp skips more than one blank behind the method. */
static bool one_blank(const struct http1 *h, struct str method)
{
    return method.n + 1 < sizeof h->first && h->first[method.n] == ' ' && h->first[method.n + 1] != ' ';
}

static int on_headers_complete(llhttp_t *parser)
{
    struct http1 *h = from(parser);
    struct request *req = h->req;
    const char *message = NULL;
    h->head_done = true;
    parser->upgrade =
        0; /* no other protocol is offered, and an offer may be ignored (RFC 9110 section 7.8) */
    set_method(req, parser->method);
    if (!one_blank(h, req->method_name))
        return fail(h, 400, "The request line is malformed");
    if (check_version(h, parser))
        return HPE_USER;
    req->http_minor = parser->http_minor;
    req->keep_alive = llhttp_should_keep_alive(parser) != 0;
    if (parser->method == HTTP_CONNECT)
        return fail(h, 501, "This method is not implemented");
    int status = request_judge(req, !h->admin, &message);
    if (status)
        return fail(h, status, message);
    req->body_limit = h->config->limit_body;
    h->ops->head(h, req);
    if (!req->discard && req->has_body && req->content_length != UINT64_MAX &&
        req->content_length > req->body_limit)
        return fail(h, 413, "The request body is too large");
    return 0;
}

static int on_body(llhttp_t *parser, const char *at, size_t n)
{
    struct http1 *h = from(parser);
    struct request *req = h->req;
    h->body_bytes += n;
    req->want_continue = false;
    if (req->discard)
        return 0;
    if (h->body_bytes > req->body_limit)
        return fail(h, 413, "The request body is too large");
    if ((h->body_bytes > BUDGET_SMALL && !budget_has_room(n)) ||
        !buf_try_append(&req->body, str_make(at, n))) {
        metric_add_shared(MEMORY_REFUSALS, METRIC_MEMORY_BODY, 1);
        return fail(h, HTTP1_NO_MEMORY, "There is not enough memory for the request body");
    }
    request_settle(req);
    return 0;
}

static int on_extension(llhttp_t *parser, const char *at, size_t n)
{
    struct http1 *h = from(parser);
    h->extension_bytes += n;
    return h->extension_bytes > h->config->limit_chunk_extensions
               ? fail(h, 413, "The chunk extensions are too large")
               : 0;
}

static int on_message_complete(llhttp_t *parser)
{
    return HPE_PAUSED;
}

static const llhttp_settings_t settings = {
    .on_url = on_url,
    .on_url_complete = on_url_complete,
    .on_header_field = on_field,
    .on_header_field_complete = on_field_complete,
    .on_header_value = on_field,
    .on_header_value_complete = on_value_complete,
    .on_headers_complete = on_headers_complete,
    .on_body = on_body,
    .on_chunk_extension_name = on_extension,
    .on_chunk_extension_value = on_extension,
    .on_message_complete = on_message_complete,
};

void http1_init(struct http1 *h, const struct http1_ops *ops, const struct config *config, bool admin)
{
    *h = (struct http1){.magic = HTTP1_MAGIC, .ops = ops, .config = config, .admin = admin};
}

static void begin(struct http1 *h)
{
    llhttp_init(parser_of(h), HTTP_REQUEST, &settings);
    parser_of(h)->data = h;
    h->piece = NULL;
    h->piece_n = h->piece_cap = h->headers_cap = 0;
    h->head_bytes = h->trailer_bytes = h->extension_bytes = h->blank_bytes = 0;
    h->body_bytes = 0;
    h->head_done = h->unknown_method = h->scanned = h->cr = false;
    h->line_n = 0;
    h->first_n = 0;
    h->req = h->ops->begin(h);
}

static void explain(struct http1 *h, llhttp_errno_t error)
{
    if (h->status != 0)
        return;
    switch (error) {
    case HPE_INVALID_VERSION:
        if (strcmp(llhttp_get_error_reason(parser_of(h)), "Invalid HTTP version") == 0)
            fail(h, 505, "Only HTTP/1.0 and HTTP/1.1 are spoken here");
        else
            fail(h, 400, "The request line is malformed");
        return;
    case HPE_PAUSED_H2_UPGRADE: fail(h, 505, "Only HTTP/1.0 and HTTP/1.1 are spoken here"); return;
    default: fail(h, 400, "The request is malformed"); return;
    }
}

/* Blank lines before a request are skipped, a few of them. */
static size_t skip_blank(struct http1 *h, const char *p, size_t n)
{
    size_t i = 0;
    while (i < n && (p[i] == '\r' || p[i] == '\n'))
        i++;
    h->blank_bytes += i;
    if (h->blank_bytes > MAX_BLANK) {
        fail(h, 400, "There are too many blank lines before the request");
        return 0;
    }
    return i;
}

/* llhttp takes a bare LF behind the request line, and it joins folded lines. Here each line of a head ends in
 * CRLF and none begins with a blank (RFC 9112 sections 2.2 and 5.2 allow to refuse both). */
static void scan_head(struct http1 *h, const char *p, size_t n)
{
    const char *at = p, *end = p + n;
    while (!h->scanned && at < end) {
        const char *lf = memchr(at, '\n', (size_t)(end - at));
        const char *stop = lf ? lf : end;
        if (h->line_n == 0 && (*at == ' ' || *at == '\t')) {
            fail(h, 400, "A header line begins with a blank");
            return;
        }
        if (stop > at)
            h->cr = stop[-1] == '\r';
        h->line_n += (size_t)(stop - at);
        if (!lf)
            return;
        if (!h->cr) {
            fail(h, 400, "A line does not end in CRLF");
            return;
        }
        h->scanned = h->line_n == 1;
        h->line_n = 0;
        h->cr = false;
        at = lf + 1;
    }
}

static void keep_first(struct http1 *h, const char *p, size_t n)
{
    size_t more = MIN(n, sizeof h->first - h->first_n);
    memcpy(h->first + h->first_n, p, more);
    h->first_n = (uint8_t)(h->first_n + more);
}

/* What is left of the head's budget when blanks, which no callback counts, are counted too. */
static void check_raw_head(struct http1 *h, size_t n)
{
    h->blank_bytes += n;
    if (!h->head_done && h->blank_bytes > h->config->limit_request_line + h->config->limit_headers)
        fail(h, 431, "The header fields are too large");
}

size_t http1_feed(struct http1 *h, const char *p, size_t n, enum http1_event *event)
{
    size_t skipped = 0;
    CHECK_OBJ(h, HTTP1_MAGIC);
    CHECK(h->status == 0);
    *event = HTTP1_MORE;
    if (!h->req) {
        skipped = skip_blank(h, p, n);
        if (h->status == 0 && skipped == n)
            return n;
        begin(h);
    }
    if (h->status == 0) {
        keep_first(h, p + skipped, n - skipped);
        scan_head(h, p + skipped, n - skipped);
    }
    if (h->status == 0) {
        llhttp_errno_t error =
            h->unknown_method ? HPE_INVALID_METHOD : llhttp_execute(parser_of(h), p + skipped, n - skipped);
        if (error == HPE_INVALID_METHOD) {
            explain_method(h);
        } else if (error == HPE_PAUSED) {
            *event = HTTP1_MESSAGE;
            h->req->received = true;
            h->req = NULL;
            h->blank_bytes = 0;
            return (size_t)(llhttp_get_error_pos(parser_of(h)) - p);
        } else if (error != HPE_OK) {
            explain(h, error);
        } else {
            check_raw_head(h, n - skipped);
        }
    }
    if (h->status != 0)
        *event = HTTP1_FAILED;
    return n;
}
