/* json_out: writes small JSON documents (error bodies, health, OpenAPI) straight into a buffer: commas and
 * nesting are kept track of, nothing is allocated but the buffer's own growth. Misuse (a value without a key
 * in an object, an end too many) is ours, hence a CHECK. Strings must be valid UTF-8.
 *
 *     struct json_out j;
 *     json_out_init(&j, buf);
 *     json_out_object(&j);
 *     json_out_key(&j, "code");
 *     json_out_str(&j, STR("PGRST100"));
 *     json_out_end(&j);
 *
 * SPDX-License-Identifier: ISC */
#ifndef UTIL_JSON_OUT_H
#define UTIL_JSON_OUT_H

#include "util/buf.h"
#include "util/str.h"

#define JSON_OUT_DEPTH 64u

struct json_out {
    struct buf *out;
    uint64_t objects; /* bit d: level d is an object, not an array */
    unsigned depth;
    bool comma;   /* something stands before, on this level */
    bool has_key; /* the value to this key is due */
};

/* `out` stays the caller's; a second document may be appended to it. */
void json_out_init(struct json_out *j, struct buf *out);

void json_out_object(struct json_out *j);
void json_out_array(struct json_out *j);
/* Closes the innermost object or array. */
void json_out_end(struct json_out *j);

void json_out_key(struct json_out *j, const char *key);
void json_out_key_str(struct json_out *j, struct str key);
void json_out_str(struct json_out *j, struct str s);
/* A C string; null for NULL. */
void json_out_cstr(struct json_out *j, const char *s);
void json_out_u64(struct json_out *j, uint64_t v);
void json_out_i64(struct json_out *j, int64_t v);
/* Shortest form that reads back as the same number; null where JSON has no word for it (NaN, infinities). */
void json_out_double(struct json_out *j, double v);
void json_out_bool(struct json_out *j, bool v);
void json_out_null(struct json_out *j);
/* A value that is JSON already. */
void json_out_raw(struct json_out *j, struct str json);

/* Key and value at once. */
void json_out_pair(struct json_out *j, const char *key, struct str value);
void json_out_pair_cstr(struct json_out *j, const char *key, const char *value);
void json_out_pair_u64(struct json_out *j, const char *key, uint64_t value);
void json_out_pair_bool(struct json_out *j, const char *key, bool value);

#endif
