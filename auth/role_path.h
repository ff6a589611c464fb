/* role_path: where in the claims the role is (`jwt-role-claim-key`). A subset of JSON Path with PostgREST's
 * extensions, compiled when the configuration is loaded:
 *
 *     $.role   .role               the same; `$` is optional
 *     .a.b     ."https://x/role"   $['a']["b"]     members; bare names of letters, digits, _ $ @ -
 *     .roles[1]                    an element of an array
 *     .roles[?(@ == "x")]          the first string that equals x; also != and, for the beginning, the end
 * and any part of it: ^== ==^ *== .groups[0][1:]   [a:b]       of a string: from its character a up to before
 * b, negative from the end
 *
 * Immutable, no allocation while walking. SPDX-License-Identifier: ISC */
#ifndef AUTH_ROLE_PATH_H
#define AUTH_ROLE_PATH_H

#include "util/arena.h"
#include "util/str.h"

#include <jansson.h>

#define ROLE_PATH_MAX_STEPS ((size_t)32)

enum role_step_kind {
    ROLE_MEMBER,
    ROLE_INDEX,
    ROLE_SLICE,
    ROLE_EQUAL,
    ROLE_DIFFERS,
    ROLE_BEGINS,
    ROLE_ENDS,
    ROLE_HOLDS
};

struct role_step {
    enum role_step_kind kind;
    struct str text;  /* of MEMBER and the comparisons */
    int64_t from, to; /* of INDEX (from) and SLICE; INT64_MAX: up to the end */
};

struct role_path {
    struct role_step steps[ROLE_PATH_MAX_STEPS];
    size_t n;
};

/* What a walk ends at. NONE: nothing there, or null. OTHER: there, but not a string. */
enum role_found { ROLE_FOUND_STRING, ROLE_FOUND_NONE, ROLE_FOUND_OTHER };

/* Names are copied into the arena. On failure: false and *at, the byte of `text` that could not be
 * understood. */
NODISCARD bool role_path_compile(struct role_path *path, struct arena *a, struct str text, size_t *at);
/* *role points into `claims`. */
enum role_found role_path_walk(const struct role_path *path, const json_t *claims, struct str *role);

#endif
