/* range: limit, offset and Range. SPDX-License-Identifier: ISC */
#include "query/range.h"

#include "query/errors.h"

/* Digits only; what is too large for a count of rows becomes the largest one. */
static bool read_number(struct str s, uint64_t *n)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    }
    if (s.n == 0)
        return false;
    if (!str_to_u64(s, n) || *n > RANGE_MAX)
        *n = RANGE_MAX;
    return true;
}

static bool is_negative(struct str s)
{
    uint64_t n;
    return s.n > 0 && s.p[0] == '-' && read_number(str_sub(s, 1, s.n), &n) && n > 0;
}

bool range_limit(struct arena *a, struct query_error *error, struct str value, struct ast_node *node)
{
    if (is_negative(value))
        return error_range(a, error, "Limit should be greater than or equal to zero.");
    if (read_number(value, &node->limit))
        node->has_limit = true;
    return true;
}

void range_offset(struct str value, struct ast_node *node)
{
    if (read_number(value, &node->offset))
        node->has_offset = node->offset > 0;
}

static bool read_header(struct str value, uint64_t *first, uint64_t *end)
{
    size_t dash = str_find(value, '-');
    uint64_t last;
    if (dash == value.n || !read_number(str_sub(value, 0, dash), first))
        return false;
    *end = UINT64_MAX;
    if (dash + 1 == value.n)
        return true;
    if (!read_number(str_sub(value, dash + 1, value.n), &last))
        return false;
    *end = last == RANGE_MAX ? UINT64_MAX : last + 1; /* PostgreSQL's LIMIT is a bigint */
    return true;
}

bool range_header(struct arena *a, struct query_error *error, struct str value, struct ast_node *root)
{
    static const char order[] =
        "The lower boundary must be lower than or equal to the upper boundary in the Range header.";
    uint64_t first, end, own_end = UINT64_MAX;
    if (!read_header(value, &first, &end))
        return true;
    if (first >= end)
        return error_range(a, error, order);
    if (root->has_limit && !size_add(root->offset, root->limit, &own_end))
        own_end = UINT64_MAX;
    first = MAX(first, root->offset);
    end = MIN(end, own_end);
    if (root->has_limit && root->limit == 0)
        return true;
    if (first >= end)
        return error_range(a, error, order);
    root->offset = first;
    root->has_offset = first > 0;
    if (end != UINT64_MAX) {
        root->has_limit = true;
        root->limit = end - first;
    }
    return true;
}
