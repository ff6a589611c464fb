/* raised: two small JSON objects, member by member. SPDX-License-Identifier: ISC */
#include "handlers/raised.h"

#include "util/json_scan.h"

struct reader {
    struct arena *arena;
    struct json_scan scan;
    struct raised *raised;
    bool complete[2]; /* the two obligatory members were there */
};

/* The value behind a key that must be a string; `nullable`: or null, which leaves *out empty. */
static bool read_text(struct reader *r, struct str *out, bool nullable)
{
    enum json_token token = json_scan_next(&r->scan);
    if (token == JSON_NULL && nullable)
        return true;
    struct str text;
    if (token != JSON_STRING || !json_scan_unescape(r->arena, r->scan.value, &text))
        return false;
    *out = arena_str(r->arena, text);
    return true;
}

static bool read_status(struct reader *r)
{
    uint64_t status;
    if (json_scan_next(&r->scan) != JSON_NUMBER || !str_to_u64(r->scan.value, &status) || status < 200 ||
        status > 599)
        return false;
    r->raised->status = (int)status;
    return true;
}

static bool read_headers(struct reader *r)
{
    struct raised *raised = r->raised;
    if (json_scan_next(&r->scan) != JSON_OBJECT)
        return false;
    for (;;) {
        enum json_token token = json_scan_next(&r->scan);
        struct header h = {0};
        if (token == JSON_CLOSE)
            return true;
        if (token != JSON_KEY || !json_scan_unescape(r->arena, r->scan.value, &h.name))
            return false;
        h.name = arena_str(r->arena, h.name);
        if (!read_text(r, &h.value, false) || raised->nheaders == RAISED_HEADERS_MAX)
            return false;
        raised->headers[raised->nheaders++] = h;
    }
}

static bool read_message_member(struct reader *r, struct str key)
{
    if (str_eq(key, STR("code")))
        return r->complete[0] = read_text(r, &r->raised->code, false);
    if (str_eq(key, STR("message")))
        return r->complete[1] = read_text(r, &r->raised->message, false);
    if (str_eq(key, STR("details")))
        return read_text(r, &r->raised->details, true);
    if (str_eq(key, STR("hint")))
        return read_text(r, &r->raised->hint, true);
    return json_scan_skip(&r->scan, json_scan_next(&r->scan));
}

static bool read_detail_member(struct reader *r, struct str key)
{
    if (str_eq(key, STR("status")))
        return r->complete[0] = read_status(r);
    if (str_eq(key, STR("headers")))
        return r->complete[1] = read_headers(r);
    if (str_eq(key, STR("status_text")))
        return read_text(r, &r->raised->status_text, true);
    return json_scan_skip(&r->scan, json_scan_next(&r->scan));
}

static bool read_object(struct arena *a, struct raised *raised, struct str text,
    bool (*read_member)(struct reader *r, struct str key))
{
    struct reader r = {.arena = a, .raised = raised};
    enum json_token token;
    json_scan_init(&r.scan, text, RAISED_DEPTH_MAX);
    if (json_scan_next(&r.scan) != JSON_OBJECT)
        return false;
    while ((token = json_scan_next(&r.scan)) == JSON_KEY) {
        struct str key;
        if (!json_scan_unescape(a, r.scan.value, &key) || !read_member(&r, key))
            return false;
    }
    return token == JSON_CLOSE && json_scan_next(&r.scan) == JSON_END_OF_TEXT && r.complete[0] &&
           r.complete[1];
}

bool raised_parse(
    struct arena *a, const struct db_error *e, struct raised *r, struct str *details, struct str *hint)
{
    *r = (struct raised){0};
    if (!read_object(a, r, e->message, read_message_member)) {
        *details = arena_printf(a, "Invalid JSON value for MESSAGE: '%.*s'", STR_ARG(e->message));
        *hint =
            STR("MESSAGE must be a JSON object with obligatory keys: 'code', 'message' and optional keys: "
                "'details', 'hint'.");
        return false;
    }
    *hint = STR("DETAIL must be a JSON object with obligatory keys: 'status', 'headers' and optional key: "
                "'status_text'.");
    *details = STR("DETAIL is missing in the RAISE statement");
    if (e->detail.n == 0)
        return false;
    if (read_object(a, r, e->detail, read_detail_member))
        return true;
    *details = arena_printf(a, "Invalid JSON value for DETAIL: '%.*s'", STR_ARG(e->detail));
    return false;
}
