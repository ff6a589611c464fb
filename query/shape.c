/* shape: one pass over the pairs, cutting values behind simple operators. SPDX-License-Identifier: ISC */
#include "query/shape.h"

#include "query/parse.h"
#include "util/hex.h"

/* A control character, percent-encoded: legal in a value, and part of no column's name or operator. */
#define ENCODED_BYTE "%01"
#define DECODED_BYTE '\x01'
#define ENCODED_BYTE_LENGTH (sizeof ENCODED_BYTE - 1)

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

static char *copy_pair(char *to, const struct shape_marks *m, struct str pair, struct query_shape *out)
{
    size_t eq = str_find(pair, '=');
    struct str key = str_sub(pair, 0, eq), value = str_sub(pair, eq + 1, pair.n);
    size_t op = eq == 0 || eq == pair.n || is_reserved(key) ? 0 : operator_length(value);
    if (op == 0 || out->nvalues == SHAPE_VALUES_MAX)
        return copy(to, pair);
    to = copy(to, str_sub(pair, 0, eq + 1 + op));
    to = copy(to, str_make(m->text, sizeof m->text));
    *to++ = (char)('A' + out->nvalues);
    out->values[out->nvalues++] = str_sub(value, op, value.n);
    return to;
}

void shape_marks_init(struct shape_marks *m, const uint8_t secret[SHAPE_SECRET_BYTES])
{
    memcpy(m->text, ENCODED_BYTE, ENCODED_BYTE_LENGTH);
    hex_encode(m->text + ENCODED_BYTE_LENGTH, secret, SHAPE_SECRET_BYTES);
}

static struct str secret_of(const struct shape_marks *m)
{
    return str_make(m->text + ENCODED_BYTE_LENGTH, sizeof m->text - ENCODED_BYTE_LENGTH);
}

void query_shape_scan(struct arena *a, const struct shape_marks *m, struct str query, struct query_shape *out)
{
    struct str secret = secret_of(m);
    out->nvalues = 0;
    out->key = query;
    if (query.n == 0 || memmem(query.p, query.n, secret.p, secret.n))
        return;
    char *start = arena_alloc(a, query.n + SHAPE_VALUES_MAX * SHAPE_MARK_BYTES), *to = start;
    struct str rest = query, pair;
    for (unsigned n = 0; str_split(&rest, '&', &pair); n++) {
        if (n > PARSE_PARAMS_MAX) { /* which is refused */
            out->nvalues = 0;
            return;
        }
        if (to != start)
            *to++ = '&';
        to = copy_pair(to, m, pair, out);
    }
    out->key = str_make(start, (size_t)(to - start));
}

static int value_of_letter(char letter, size_t nvalues)
{
    int value = letter - 'A';
    return value >= 0 && (size_t)value < nvalues ? value : -1;
}

int query_shape_mark(const struct shape_marks *m, size_t nvalues, const char *param)
{
    struct str secret = secret_of(m);
    if (!param || param[0] != DECODED_BYTE || strncmp(param + 1, secret.p, secret.n) != 0)
        return -1;
    const char *letter = param + 1 + secret.n;
    return letter[0] && letter[1] == '\0' ? value_of_letter(letter[0], nvalues) : -1;
}

bool query_shape_find(
    const struct shape_marks *m, size_t nvalues, struct str text, size_t *at, uint8_t *value)
{
    const char *mark = text.n ? memmem(text.p, text.n, m->text, sizeof m->text) : NULL;
    size_t end = mark ? (size_t)(mark - text.p) + sizeof m->text : SIZE_MAX;
    int found = end < text.n ? value_of_letter(text.p[end], nvalues) : -1;
    if (found < 0)
        return false;
    *at = (size_t)(mark - text.p);
    *value = (uint8_t)found;
    return true;
}
