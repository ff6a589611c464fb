/* log_target: pair by pair. SPDX-License-Identifier: ISC */
#include "handlers/log_target.h"

#define MASK "***"

/* Parts of names, in lower case. */
static const struct str telling[] = {STR_INIT("token"), STR_INIT("secret"), STR_INIT("passw"),
    STR_INIT("pwd"), STR_INIT("apikey"), STR_INIT("api_key"), STR_INIT("api-key"), STR_INIT("authorization"),
    STR_INIT("jwt"), STR_INIT("credential"), STR_INIT("cookie")};

static bool contains_nocase(struct str s, struct str part)
{
    for (size_t i = 0; i + part.n <= s.n; i++) {
        if (str_starts_nocase(str_sub(s, i, s.n), part))
            return true;
    }
    return false;
}

/* By its name, or since it holds what every JSON Web Token begins with: base64url of `{"`. */
static bool is_secret(struct str name, struct str value)
{
    for (size_t i = 0; i < ARRAY_LEN(telling); i++) {
        if (contains_nocase(name, telling[i]))
            return true;
    }
    return memmem(value.p, value.n, "eyJ", 3) != NULL;
}

struct room {
    char *p;
    size_t n;
};

/* What does not fit is not shown by the log either. */
static void put(struct room *r, struct str s)
{
    size_t n = MIN(s.n, LOG_TARGET_ROOM - r->n);
    memcpy(r->p + r->n, s.p, n);
    r->n += n;
}

struct log_field log_target(char *p, struct str target)
{
    size_t query = str_find(target, '?');
    struct str rest = str_sub(target, query + 1, target.n), pair;
    struct room r = {p, 0};
    if (query + 1 >= target.n)
        return log_str("target", target);
    put(&r, str_sub(target, 0, query));
    for (const char *sep = "?"; r.n < LOG_TARGET_ROOM && str_split(&rest, '&', &pair); sep = "&") {
        size_t eq = str_find(pair, '=');
        struct str name = str_sub(pair, 0, eq), value = str_sub(pair, eq + 1, pair.n);
        put(&r, str_cstr(sep));
        if (eq < pair.n && value.n > 0 && is_secret(name, value)) {
            put(&r, name);
            put(&r, STR("=" MASK));
        } else {
            put(&r, pair);
        }
    }
    return log_str("target", str_make(p, r.n));
}
