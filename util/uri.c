/* uri: strict decoding, and the way back. SPDX-License-Identifier: ISC */
#include "util/uri.h"

#include "util/hex.h"
#include "util/utf8.h"

const char *uri_error_text(enum uri_error e)
{
    switch (e) {
    case URI_OK: return "no error";
    case URI_BAD_ESCAPE: return "% must be followed by two hexadecimal digits";
    case URI_NUL: return "the NUL character is not allowed";
    case URI_BAD_UTF8: return "the text is not valid UTF-8";
    }
    UNREACHABLE();
}

/* Decodes into p, which has room for in.n bytes. */
static enum uri_error decode_into(char *p, struct str in, enum uri_plus plus, size_t *n)
{
    char *start = p;
    for (size_t i = 0; i < in.n; i++) {
        char c = in.p[i];
        if (c == '%') {
            if (in.n - i < 3)
                return URI_BAD_ESCAPE;
            unsigned high = hex_digit(in.p[i + 1]), low = hex_digit(in.p[i + 2]);
            if ((high | low) > 15)
                return URI_BAD_ESCAPE;
            c = (char)(high << 4 | low);
            i += 2;
        } else if (c == '+' && plus == URI_PLUS_IS_SPACE) {
            c = ' ';
        }
        *p++ = c;
    }
    *n = (size_t)(p - start);
    return URI_OK;
}

static bool encoded(struct str in, enum uri_plus plus)
{
    return str_find(in, '%') < in.n || (plus == URI_PLUS_IS_SPACE && str_find(in, '+') < in.n);
}

enum uri_error uri_decode(struct arena *a, struct str in, enum uri_plus plus, struct str *out)
{
    struct str text = in;
    if (encoded(in, plus)) {
        char *p = arena_alloc(a, in.n);
        enum uri_error e = decode_into(p, in, plus, &text.n);
        if (e != URI_OK)
            return e;
        text.p = p;
    }
    if (str_find(text, '\0') < text.n)
        return URI_NUL;
    if (!utf8_valid(text))
        return URI_BAD_UTF8;
    *out = text;
    return URI_OK;
}

bool uri_query_next(struct str *query, struct uri_param *raw)
{
    struct str piece;
    do {
        if (!str_split(query, '&', &piece))
            return false;
    } while (piece.n == 0);
    size_t at = str_find(piece, '=');
    raw->has_value = at < piece.n;
    raw->key = str_sub(piece, 0, at);
    raw->value = str_sub(piece, at + 1, piece.n);
    return true;
}

enum uri_error uri_param_decode(struct arena *a, struct uri_param *p)
{
    enum uri_error e = uri_decode(a, p->key, URI_PLUS_IS_SPACE, &p->key);
    return e != URI_OK ? e : uri_decode(a, p->value, URI_PLUS_IS_SPACE, &p->value);
}

static bool unreserved(unsigned char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

char *uri_encode_at(char *p, struct str s)
{
    static const char hex[] = "0123456789ABCDEF";
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (unreserved(c)) {
            *p++ = (char)c;
        } else {
            *p++ = '%';
            *p++ = hex[c >> 4];
            *p++ = hex[c & 15];
        }
    }
    return p;
}

void uri_encode(struct buf *out, struct str s)
{
    buf_commit(out, uri_encode_at(buf_reserve(out, 3 * s.n), s));
}

bool uri_http_parse(struct str uri, struct uri_http *out)
{
    bool secure = str_starts(uri, STR("https://"));
    if (!secure && !str_starts(uri, STR("http://")))
        return false;
    uint64_t port;
    struct str rest = str_sub(uri, secure ? 8 : 7, uri.n);
    size_t slash = str_find(rest, '/');
    struct str authority = str_sub(rest, 0, slash), path = str_sub(rest, slash, rest.n);
    size_t bracket = str_find(authority, ']'); /* of an IPv6 address */
    size_t from = bracket < authority.n ? bracket : 0;
    size_t colon = from + str_find(str_sub(authority, from, authority.n), ':');
    *out = (struct uri_http){.scheme = secure ? STR("https") : STR("http"),
        .host = str_sub(authority, 0, colon),
        .port = colon < authority.n ? str_sub(authority, colon + 1, authority.n)
                : secure            ? STR("443")
                                    : STR("80"),
        .path = str_ends(path, STR("/")) ? str_sub(path, 0, path.n - 1) : path};
    return out->host.n > 0 && str_to_u64(out->port, &port) && port > 0 && port < 65536 &&
           str_find(authority, '@') == authority.n && str_find(path, '?') == path.n &&
           str_find(path, '#') == path.n;
}
