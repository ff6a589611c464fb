/* payload: one pass over the tokens; only the keys of records are looked at. SPDX-License-Identifier: ISC */
#include "query/payload.h"

#include "query/errors.h"
#include "query/payload_csv.h"
#include "util/json_scan.h"
#include "util/map.h"

struct reader {
    struct arena *arena;
    const struct payload_options *options;
    struct query_error *error;
    struct json_scan scan;
    struct map index; /* key to its number + 1 */
    struct str *keys;
    size_t *seen; /* number of the last record that had the key */
    size_t nkeys, room, nrecords;
};

/* Only of what may be JSON for others, since it is too deep, is said what is wrong. */
static bool bad_json(struct reader *r)
{
    bool deep = r->scan.depth == r->options->max_depth;
    return error_json(r->arena, r->error, deep ? r->scan.error : NULL, r->scan.at);
}

static void add_key(struct reader *r, struct str key)
{
    if (r->nkeys == r->room) {
        size_t room = 2 * r->room + 16;
        struct str *keys = ARENA_NEW_ARRAY(r->arena, struct str, room);
        size_t *seen = ARENA_NEW_ARRAY(r->arena, size_t, room);
        if (r->nkeys) {
            memcpy(keys, r->keys, r->nkeys * sizeof *keys);
            memcpy(seen, r->seen, r->nkeys * sizeof *seen);
        }
        r->keys = keys;
        r->seen = seen;
        r->room = room;
    }
    r->keys[r->nkeys] = key;
    r->seen[r->nkeys++] = r->nrecords;
    map_set(&r->index, key, (void *)(uintptr_t)r->nkeys);
}

/* Records are usually alike in the order of their keys too: `guess` is where this one should be. */
static bool note_key(struct reader *r, struct str key, size_t guess)
{
    size_t at = guess;
    if (at >= r->nkeys || !str_eq(r->keys[at], key))
        at = (size_t)(uintptr_t)map_get(&r->index, key) - 1;
    if (at == SIZE_MAX && r->nrecords > 1 && !r->options->differ)
        return error_keys_differ(r->arena, r->error);
    if (at == SIZE_MAX && r->nkeys == PAYLOAD_KEYS_MAX)
        return !r->options->records || error_many_keys(r->arena, r->error, PAYLOAD_KEYS_MAX, "columns");
    if (at == SIZE_MAX) {
        add_key(r, key);
        return true;
    }
    if (r->seen[at] == r->nrecords)
        return error_key_twice(r->arena, r->error, key);
    r->seen[at] = r->nrecords;
    return true;
}

/* Behind the opening brace of a record. */
static bool read_record(struct reader *r)
{
    enum json_token t;
    size_t n = 0;
    r->nrecords++;
    if (r->options->max_records && r->nrecords > r->options->max_records)
        return error_many_rows(r->arena, r->error, r->options->max_records);
    while ((t = json_scan_next(&r->scan)) == JSON_KEY) {
        struct str key = r->scan.value;
        if (r->options->keys && r->scan.escaped && !json_scan_unescape(r->arena, key, &key))
            return error_json(r->arena, r->error, "an escape in a key that is no character", r->scan.at);
        if (r->options->keys && !note_key(r, key, n++))
            return false;
        if (!json_scan_skip(&r->scan, json_scan_next(&r->scan)))
            return bad_json(r);
    }
    if (t == JSON_BAD)
        return bad_json(r);
    return n == r->nkeys || r->options->differ || !r->options->records ||
           error_keys_differ(r->arena, r->error);
}

static bool read_records(struct reader *r)
{
    enum json_token t;
    while ((t = json_scan_next(&r->scan)) == JSON_OBJECT) {
        if (!read_record(r))
            return false;
    }
    if (t == JSON_CLOSE)
        return true;
    return t == JSON_BAD ? bad_json(r) : error_keys_differ(r->arena, r->error);
}

/* Of an array that need not be one of records the first element tells what it is. */
static bool read_array(struct reader *r, struct payload *out)
{
    enum json_token t = json_scan_next(&r->scan);
    if (t == JSON_OBJECT) {
        if (!read_record(r))
            return false;
        t = json_scan_next(&r->scan);
    } else if (t != JSON_CLOSE) {
        out->kind = PAYLOAD_VALUE;
    }
    while (t != JSON_CLOSE && json_scan_skip(&r->scan, t))
        t = json_scan_next(&r->scan);
    return t == JSON_CLOSE || bad_json(r);
}

static bool read_top(struct reader *r, struct payload *out)
{
    enum json_token t = json_scan_next(&r->scan);
    out->kind = t == JSON_OBJECT ? PAYLOAD_OBJECT : t == JSON_ARRAY ? PAYLOAD_ARRAY : PAYLOAD_VALUE;
    if (t == JSON_BAD)
        return bad_json(r);
    if (t == JSON_OBJECT)
        return read_record(r);
    if (t == JSON_ARRAY && r->options->records)
        return read_records(r);
    if (r->options->records)
        return error_json(r->arena, r->error, "expected an object or an array of objects", r->scan.at);
    if (t == JSON_ARRAY)
        return read_array(r, out);
    return json_scan_skip(&r->scan, t) || bad_json(r);
}

static bool scan(
    struct arena *a, const struct payload_options *options, struct payload *out, struct query_error *error)
{
    struct reader r = {.arena = a, .options = options, .error = error};
    map_init(&r.index);
    json_scan_init(&r.scan, str_cstr(out->json), options->max_depth);
    bool ok = read_top(&r, out) && (json_scan_next(&r.scan) == JSON_END_OF_TEXT || bad_json(&r));
    map_release(&r.index);
    out->keys = r.keys;
    out->nkeys = r.nkeys;
    out->nrecords = r.nrecords;
    return ok;
}

/* The body as JSON, in the arena. */
static bool convert(struct arena *a, const struct payload_options *options, struct str body,
    struct payload *out, struct query_error *error)
{
    struct buf json;
    buf_init(&json, options->type == PAYLOAD_CSV ? options->max_json : 0);
    const char *wrong = options->type == PAYLOAD_CSV ? payload_csv(a, options->max_records, body, &json)
                                                     : payload_form(a, body, &json);
    if (!wrong)
        out->json = arena_cstr(a, buf_str(&json));
    buf_release(&json);
    if (wrong && strcmp(wrong, PAYLOAD_CSV_FIELDS) == 0)
        return error_csv_fields(error, wrong);
    if (wrong && strcmp(wrong, PAYLOAD_CSV_ROWS) == 0)
        return error_many_rows(a, error, options->max_records);
    if (wrong && strcmp(wrong, PAYLOAD_MANY_KEYS) == 0)
        return error_many_keys(a, error, PAYLOAD_KEYS_MAX, "columns");
    return !wrong || error_body(a, error, options->type == PAYLOAD_CSV ? "CSV" : "form", wrong);
}

bool payload_read(struct arena *a, const struct payload_options *options, struct str body,
    struct payload *out, struct query_error *error)
{
    *out = (struct payload){.json = NULL};
    if (options->type != PAYLOAD_JSON)
        return convert(a, options, body, out, error) && scan(a, options, out, error);
    size_t nul = str_find(body, '\0');
    if (nul < body.n)
        return error_json(a, error, "a NUL byte", nul);
    out->json = arena_cstr(a, body);
    return scan(a, options, out, error);
}
