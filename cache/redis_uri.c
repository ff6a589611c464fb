/* redis_uri: the forms that redis-cli and the common clients read. SPDX-License-Identifier: ISC */
#include "cache/redis_uri.h"

#include "util/uri.h"

#define MAX_DB 1000000

static bool fail(const char **why, const char *reason)
{
    *why = reason;
    return false;
}

/* Decodes `in`, which must not become empty, into NUL-terminated text. */
static bool decode(struct arena *a, struct str in, struct str *out)
{
    struct str plain;
    if (in.n == 0 || uri_decode(a, in, URI_PLUS_IS_PLUS, &plain) != URI_OK)
        return false;
    *out = arena_str(a, plain);
    return true;
}

/* What stands behind the last c, cut off from *s; false when there is no c. */
static bool cut_last(struct str *s, char c, struct str *behind)
{
    const char *at = s->n > 0 ? memrchr(s->p, c, s->n) : NULL;
    if (!at)
        return false;
    *behind = str_sub(*s, (size_t)(at - s->p) + 1, s->n);
    s->n = (size_t)(at - s->p);
    return true;
}

/* user:password, :password, or a password alone, as redis-cli reads it. */
static bool parse_login(struct redis_uri *uri, struct arena *a, struct str login, const char **why)
{
    size_t colon = str_find(login, ':');
    if (colon < login.n) {
        if (colon > 0 && !decode(a, str_sub(login, 0, colon), &uri->user))
            return fail(why, "the user is not validly percent-encoded");
        login = str_sub(login, colon + 1, login.n);
    }
    if (!decode(a, login, &uri->password))
        return fail(why, "the password is empty or not validly percent-encoded");
    return true;
}

static bool parse_db(struct redis_uri *uri, struct str text, const char **why)
{
    if (text.n == 0)
        return true;
    if (!str_to_u64(text, &uri->db) || uri->db > MAX_DB)
        return fail(why, "the database must be a number");
    return true;
}

/* host, host:port, [v6] or [v6]:port. */
static bool parse_address(struct redis_uri *uri, struct arena *a, struct str text, const char **why)
{
    struct str host = text, port = {0}, decoded;
    uint64_t number = REDIS_DEFAULT_PORT;
    if (text.n > 0 && text.p[0] == '[') {
        size_t end = str_find(text, ']');
        host = str_sub(text, 1, end);
        port = str_sub(text, end + 1, text.n);
        if (end == text.n || (port.n > 0 && port.p[0] != ':'))
            return fail(why, "the address in brackets is not complete");
        port = str_sub(port, 1, port.n);
    } else {
        (void)cut_last(&host, ':', &port);
    }
    if (port.n > 0 && (!str_to_u64(port, &number) || number == 0 || number > 65535))
        return fail(why, "the port must be a number from 1 to 65535");
    if (host.n == 0)
        host = STR("127.0.0.1");
    if (!decode(a, host, &decoded))
        return fail(why, "the host is not validly percent-encoded");
    uri->host = decoded.p;
    uri->port = arena_printf(a, "%u", (unsigned)number).p;
    return true;
}

static bool parse_tcp(struct redis_uri *uri, struct arena *a, struct str rest, const char **why)
{
    size_t slash = str_find(rest, '/');
    struct str authority = str_sub(rest, 0, slash), address = authority;
    if (cut_last(&authority, '@', &address) && !parse_login(uri, a, authority, why))
        return false;
    return parse_address(uri, a, address, why) && parse_db(uri, str_sub(rest, slash + 1, rest.n), why);
}

static bool parse_unix(struct redis_uri *uri, struct arena *a, struct str rest, const char **why)
{
    struct str path = rest, decoded;
    if (str_starts(rest, STR("//")))
        path = str_sub(rest, 2, rest.n);
    size_t slash = str_find(path, '/'), mark;
    if (slash > 0 && slash < path.n && path.p[slash - 1] == '@') {
        if (!parse_login(uri, a, str_sub(path, 0, slash - 1), why))
            return false;
        path = str_sub(path, slash, path.n);
    }
    mark = str_find(path, '?');
    struct str query = str_sub(path, mark + 1, path.n);
    if (mark < path.n && (!str_starts(query, STR("db=")) || !parse_db(uri, str_sub(query, 3, query.n), why)))
        return fail(why, "behind the path only ?db=NUMBER is understood");
    path = str_sub(path, 0, mark);
    if (!str_starts(path, STR("/")) || !decode(a, path, &decoded) || decoded.n > 107)
        return fail(why, "the path of a socket must begin with / and have at most 107 bytes");
    uri->path = decoded.p;
    return true;
}

bool redis_uri_parse(struct redis_uri *uri, struct arena *a, struct str text, const char **why)
{
    *uri = (struct redis_uri){0};
    if (str_starts_nocase(text, STR("redis://")))
        return parse_tcp(uri, a, str_sub(text, strlen("redis://"), text.n), why);
    if (str_starts_nocase(text, STR("unix:")))
        return parse_unix(uri, a, str_sub(text, strlen("unix:"), text.n), why);
    if (str_starts_nocase(text, STR("rediss://")))
        return fail(why, "TLS to Redis is not supported; use a local Redis, its Unix socket or a tunnel");
    return fail(why, "expected redis://host:port/db or unix:/path");
}
