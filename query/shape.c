/* shape: one pass over the pairs, cutting values behind simple operators. SPDX-License-Identifier: ISC */
#include "query/shape.h"

#include <stdio.h>

/* A control character is legal in a value but typed by nobody; a client that sends it only loses the sharing,
 * because a query that contains one is left whole. */
#define MARK_BYTE '\x01'
#define MARK_ENCODED "%01"
#define MARK_ROOM (sizeof MARK_ENCODED + 2)

static const struct str operators[] = {
    {"eq.", 3}, {"neq.", 4}, {"gt.", 3}, {"gte.", 4}, {"lt.", 3}, {"lte.", 4}};

/* Keys whose last segment is one of these are not filters on a column. */
static const struct str reserved[] = {{"select", 6}, {"order", 5}, {"limit", 5}, {"offset", 6}, {"and", 3},
    {"or", 2}, {"columns", 7}, {"on_conflict", 11}, {"after", 5}};

static bool is_reserved(struct str key)
{
    size_t start = key.n;
    while (start > 0 && key.p[start - 1] != '.')
        start--;
    struct str last = str_sub(key, start, key.n);
    for (size_t i = 0; i < ARRAY_LEN(reserved); i++) {
        if (str_eq(last, reserved[i]))
            return true;
    }
    return memchr(key.p, '%', key.n) || memchr(key.p, '"', key.n);
}

/* Length of the operator (with an optional `not.`) in front of the value, or 0. */
static size_t operator_length(struct str value)
{
    size_t skip = str_starts(value, STR("not.")) ? 4 : 0;
    struct str rest = str_sub(value, skip, value.n);
    for (size_t i = 0; i < ARRAY_LEN(operators); i++) {
        if (str_starts(rest, operators[i]))
            return skip + operators[i].n;
    }
    return 0;
}

static char *copy(char *to, struct str s)
{
    if (s.n)
        memcpy(to, s.p, s.n);
    return to + s.n;
}

static char *copy_pair(char *to, struct str pair, struct query_shape *out)
{
    size_t eq = str_find(pair, '=');
    struct str key = str_sub(pair, 0, eq), value = str_sub(pair, eq + 1, pair.n);
    size_t op = eq == 0 || eq == pair.n || is_reserved(key) ? 0 : operator_length(value);
    if (op == 0 || out->nvalues == SHAPE_VALUES_MAX)
        return copy(to, pair);
    to = copy(to, str_sub(pair, 0, eq + 1 + op));
    to = copy(to, STR(MARK_ENCODED));
    *to++ = (char)('A' + out->nvalues);
    out->values[out->nvalues++] = str_sub(value, op, value.n);
    return to;
}

void query_shape_scan(struct arena *a, struct str query, struct query_shape *out)
{
    out->nvalues = 0;
    out->key = query;
    if (query.n == 0 || memmem(query.p, query.n, MARK_ENCODED, sizeof MARK_ENCODED - 1))
        return;
    char *start = arena_alloc(a, query.n + SHAPE_VALUES_MAX * MARK_ROOM), *to = start;
    struct str rest = query, pair;
    while (str_split(&rest, '&', &pair)) {
        if (to != start)
            *to++ = '&';
        to = copy_pair(to, pair, out);
    }
    out->key = str_make(start, (size_t)(to - start));
}

int query_shape_mark(const char *param)
{
    if (!param || param[0] != MARK_BYTE || param[1] < 'A' || param[1] >= 'A' + SHAPE_VALUES_MAX ||
        param[2] != '\0')
        return -1;
    return param[1] - 'A';
}
