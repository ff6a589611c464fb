/* fuzz_http1: bytes of a connection through llhttp and server/http1 into requests. The first byte says in
 * what pieces they arrive. Whatever the bytes are: the same requests and the same refusal come out in one
 * piece as in many, and an accepted request keeps the promises of server/request.h.
 *
 * SPDX-License-Identifier: ISC */
#include "server/http1.h"
#include "server/response.h"
#include "server/worker_impl.h"
#include "test/fuzz/fuzz.h"
#include "util/check.h"

#define MAX_MESSAGES 8

struct outcome {
    struct http1 http1;
    struct request *req;
    unsigned nmessages;
    int status;
    uint64_t digest; /* of all that was accepted */
};

static struct worker worker; /* only its stock of requests is used */

static const struct config *config(void)
{
    static const struct config *c;
    if (!c) {
        struct config_setting small[] = {{STR("limit-body"), STR("300")}, {STR("limit-headers"), STR("600")},
            {STR("limit-request-line"), STR("300")}, {STR("limit-header-count"), STR("6")},
            {STR("limit-chunk-extensions"), STR("40")}, {STR("limit-trailers"), STR("60")}};
        struct config_source source = {.flags = small, .nflags = ARRAY_LEN(small)};
        struct buf messages;
        buf_init(&messages, 0);
        c = config_load(&source, &messages);
        CHECK(c != NULL);
        buf_release(&messages);
        list_init(&worker.spare_requests);
    }
    return c;
}

static struct request *begin(struct http1 *h)
{
    struct outcome *o = container_of(h, struct outcome, http1);
    if (o->req)
        request_give(o->req);
    o->req = request_take(&worker);
    return o->req;
}

static void head(struct http1 *h, struct request *req)
{
    (void)h;
    req->discard = str_eq(req->path, STR("/refuse"));
}

static const struct http1_ops ops = {begin, head};

static void digest(struct outcome *o, struct str s)
{
    o->digest = (o->digest ^ s.n) * 0x100000001b3u;
    for (size_t i = 0; i < s.n; i++)
        o->digest = (o->digest ^ (unsigned char)s.p[i]) * 0x100000001b3u;
}

static void check_request(struct outcome *o)
{
    const struct request *req = o->req;
    CHECK(req->path.n > 0 && (req->path.p[0] == '/' || str_eq(req->path, STR("*"))));
    CHECK(str_find(req->path, '?') == req->path.n && str_find(req->path, ' ') == req->path.n);
    CHECK(req->http_minor <= 1 && (req->http_minor == 0 || req->host.n > 0));
    CHECK(req->nheaders <= 6 && buf_len(&req->body) <= 300);
    CHECK(req->has_body || buf_len(&req->body) == 0);
    if (req->content_length != UINT64_MAX && !req->discard)
        CHECK(buf_len(&req->body) == req->content_length);
    digest(o, req->method_name);
    digest(o, req->target);
    digest(o, buf_str(&req->body));
    for (size_t i = 0; i < req->nheaders; i++) {
        struct header header = req->headers[i];
        CHECK(header.name.n > 0 && headers_value_ok(header.name) && headers_value_ok(header.value));
        CHECK(str_eq(header.value, str_trim(header.value)));
        digest(o, header.name);
        digest(o, header.value);
    }
}

static void run(struct outcome *o, struct str s, size_t step)
{
    http1_init(&o->http1, &ops, config(), false);
    while (s.n > 0 && o->nmessages < MAX_MESSAGES) {
        enum http1_event event;
        size_t used = http1_feed(&o->http1, s.p, MIN(step, s.n), &event);
        CHECK(used <= s.n);
        s = str_sub(s, used, s.n);
        if (event == HTTP1_FAILED) {
            CHECK(o->http1.status >= 400 && o->http1.status <= 599 && o->http1.message);
            o->status = o->http1.status;
            break;
        }
        if (event == HTTP1_MESSAGE) {
            check_request(o);
            o->nmessages++;
        } else {
            CHECK(used > 0);
        }
    }
    if (o->req)
        request_give(o->req);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct outcome whole = {0}, pieces = {0};
    struct str s = str_make((const char *)data + 1, size - 1);
    run(&whole, s, SIZE_MAX);
    run(&pieces, s, (size_t)(data[0] % 16) + 1);
    CHECK(whole.nmessages == pieces.nmessages && whole.digest == pieces.digest);
    CHECK((whole.status == 0) == (pieces.status == 0));
    return 0;
}
