/* etag: tags made and looked for. SPDX-License-Identifier: ISC */
#include "handlers/etag.h"

#include "util/hex.h"

#include <string.h>

#define HASH_HEX (2 * FINGERPRINT_BYTES)

struct str etag_write(char *p, const struct fingerprint_key *key, struct str row, enum media media)
{
    uint8_t bytes[FINGERPRINT_BYTES];
    fingerprint(key, row, bytes);
    char *at = p;
    *at++ = '"';
    at = hex_encode(at, bytes, sizeof bytes);
    if (media == MEDIA_OBJECT) {
        *at++ = '-';
        *at++ = 'o';
    }
    *at++ = '"';
    return str_make(p, (size_t)(at - p));
}

/* One entity-tag at the front of *list with its quotes; false: there is none. */
static bool take_tag(struct str *list, struct str *tag, bool *weak)
{
    *weak = str_starts(*list, STR("W/"));
    struct str rest = str_sub(*list, *weak ? 2 : 0, list->n);
    if (rest.n < 2 || rest.p[0] != '"')
        return false;
    size_t end = str_find(str_sub(rest, 1, rest.n), '"');
    if (end + 1 >= rest.n)
        return false;
    *tag = str_sub(rest, 0, end + 2);
    *list = str_sub(rest, end + 2, rest.n);
    return true;
}

static bool same(struct str have, struct str tag, bool any_media)
{
    if (!any_media)
        return str_eq(have, tag);
    return have.n > HASH_HEX && tag.n > HASH_HEX && memcmp(have.p, tag.p, HASH_HEX + 1) == 0;
}

bool etag_listed(struct str list, struct str tag, bool strong, bool any_media)
{
    bool found = false, weak;
    struct str one;
    list = str_trim(list);
    if (str_eq(list, STR("*")))
        return true;
    while (list.n > 0) {
        if (list.p[0] == ',') { /* RFC 9110 5.6.1.2: empty elements are passed over */
            list = str_trim(str_sub(list, 1, list.n));
            continue;
        }
        if (!take_tag(&list, &one, &weak))
            return false;
        found |= !(strong && weak) && same(one, tag, any_media);
        list = str_trim(list);
        if (list.n > 0 && list.p[0] != ',')
            return false;
    }
    return found;
}

bool etag_in_headers(
    const struct request *req, struct str name, struct str tag, bool strong, bool any_media, bool *there)
{
    bool found = false;
    *there = false;
    for (size_t i = 0; i < req->nheaders; i++) {
        if (!str_eq_nocase(req->headers[i].name, name))
            continue;
        *there = true;
        found |= etag_listed(req->headers[i].value, tag, strong, any_media);
    }
    return found;
}
