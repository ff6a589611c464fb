/* headers: see the header. SPDX-License-Identifier: ISC */
#include "server/headers.h"

#include <string.h>

void headers_init(struct headers *h)
{
    *h = (struct headers){0};
    buf_init(&h->lines, 0);
}

void headers_release(struct headers *h)
{
    buf_release(&h->lines);
    h->csp = false;
}

void headers_clear(struct headers *h, size_t keep)
{
    buf_clear(&h->lines, keep);
    h->csp = false;
}

bool headers_value_ok(struct str value)
{
    return value.n == 0 || !(memchr(value.p, '\r', value.n) || memchr(value.p, '\n', value.n) ||
                               memchr(value.p, '\0', value.n));
}

static bool is_csp(struct str name)
{
    return str_eq_nocase(name, STR("Content-Security-Policy"));
}

void headers_add(struct headers *h, struct str name, struct str value)
{
    CHECK(name.n > 0 && headers_value_ok(name) && headers_value_ok(value));
    char *p = buf_reserve(&h->lines, name.n + value.n + 4);
    memcpy(p, name.p, name.n);
    p += name.n;
    *p++ = ':';
    *p++ = ' ';
    if (value.n)
        memcpy(p, value.p, value.n);
    p += value.n;
    *p++ = '\r';
    *p++ = '\n';
    buf_commit(&h->lines, p);
    h->csp = h->csp || is_csp(name);
}

static struct str name_of(struct str line)
{
    return str_sub(line, 0, str_find(line, ':'));
}

bool headers_has(const struct headers *h, struct str name)
{
    struct str rest = buf_str(&h->lines), line;
    while (str_split(&rest, '\n', &line)) {
        if (line.n > name.n && line.p[name.n] == ':' && str_eq_nocase(str_sub(line, 0, name.n), name))
            return true;
    }
    return false;
}

size_t headers_mark(const struct headers *h)
{
    return buf_len(&h->lines);
}

void headers_cut(struct headers *h, size_t mark)
{
    CHECK(mark <= buf_len(&h->lines));
    h->lines.tail = h->lines.head + mark;
    h->csp = h->csp && headers_has(h, STR("Content-Security-Policy"));
}

void headers_add_lines(struct headers *h, struct str lines)
{
    struct str line;
    while (str_split(&lines, '\n', &line)) {
        struct str name = name_of(line), value = str_trim(str_sub(line, name.n + 1, str_find(line, '\r')));
        if (name.n > 0 && name.n < line.n && headers_value_ok(name) && headers_value_ok(value))
            headers_add(h, name, value);
    }
}
