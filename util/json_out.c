/* json_out: the state is one bit per level and two flags. SPDX-License-Identifier: ISC */
#include "util/json_out.h"

#include "util/json_escape.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static bool in_object(const struct json_out *j)
{
    return j->depth > 0 && (j->objects >> (j->depth - 1) & 1);
}

/* Before every value. */
static void value(struct json_out *j)
{
    CHECK(j->has_key == in_object(j));
    if (j->comma && !j->has_key)
        buf_append_char(j->out, ',');
    j->has_key = false;
    j->comma = true;
}

void json_out_init(struct json_out *j, struct buf *out)
{
    *j = (struct json_out){.out = out};
}

static void begin(struct json_out *j, bool object)
{
    value(j);
    CHECK(j->depth < JSON_OUT_DEPTH);
    uint64_t bit = (uint64_t)1 << j->depth++;
    j->objects = object ? j->objects | bit : j->objects & ~bit;
    j->comma = false;
    buf_append_char(j->out, object ? '{' : '[');
}

void json_out_object(struct json_out *j)
{
    begin(j, true);
}

void json_out_array(struct json_out *j)
{
    begin(j, false);
}

void json_out_end(struct json_out *j)
{
    CHECK(j->depth > 0 && !j->has_key);
    buf_append_char(j->out, in_object(j) ? '}' : ']');
    j->depth--;
    j->comma = true;
}

void json_out_key_str(struct json_out *j, struct str key)
{
    CHECK(in_object(j) && !j->has_key);
    if (j->comma)
        buf_append_char(j->out, ',');
    json_escape(j->out, key);
    buf_append_char(j->out, ':');
    j->has_key = true;
}

void json_out_key(struct json_out *j, const char *key)
{
    json_out_key_str(j, str_cstr(key));
}

void json_out_str(struct json_out *j, struct str s)
{
    value(j);
    json_escape(j->out, s);
}

void json_out_cstr(struct json_out *j, const char *s)
{
    if (s)
        json_out_str(j, str_cstr(s));
    else
        json_out_null(j);
}

void json_out_raw(struct json_out *j, struct str json)
{
    value(j);
    buf_append(j->out, json);
}

void json_out_u64(struct json_out *j, uint64_t v)
{
    value(j);
    buf_append_u64(j->out, v);
}

void json_out_i64(struct json_out *j, int64_t v)
{
    value(j);
    if (v < 0)
        buf_append_char(j->out, '-');
    buf_append_u64(j->out, v < 0 ? 0 - (uint64_t)v : (uint64_t)v);
}

void json_out_double(struct json_out *j, double v)
{
    if (!isfinite(v)) {
        json_out_null(j);
        return;
    }
    char text[32];
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof(text), "%.*g", digits, v);
        if (strtod(text, NULL) == v)
            break;
    }
    json_out_raw(j, str_cstr(text));
}

void json_out_bool(struct json_out *j, bool v)
{
    json_out_raw(j, v ? STR("true") : STR("false"));
}

void json_out_null(struct json_out *j)
{
    json_out_raw(j, STR("null"));
}

void json_out_pair(struct json_out *j, const char *key, struct str v)
{
    json_out_key(j, key);
    json_out_str(j, v);
}

void json_out_pair_cstr(struct json_out *j, const char *key, const char *v)
{
    json_out_key(j, key);
    json_out_cstr(j, v);
}

void json_out_pair_u64(struct json_out *j, const char *key, uint64_t v)
{
    json_out_key(j, key);
    json_out_u64(j, v);
}

void json_out_pair_bool(struct json_out *j, const char *key, bool v)
{
    json_out_key(j, key);
    json_out_bool(j, v);
}
