/* seek: orders, bounds, conditions. SPDX-License-Identifier: ISC */
#include "query/seek.h"

#include "query/key_order.h"
#include "query/resolve.h"
#include "query/sql_expr.h"

#define NULL_LENGTH 0xffffu
#define SEEK_TERM 8u /* a number of a column, and two letters */

void seek_put(struct buf *out, const char *text, size_t n)
{
    size_t length = text ? n : NULL_LENGTH;
    char *p = buf_reserve(out, n + 2);
    *p++ = (char)(length & 0xff);
    *p++ = (char)(length >> 8);
    if (text && n)
        memcpy(p, text, n);
    buf_commit(out, p + (text ? n : 0));
}

/* One value off the front of the blob; false: it ends too early. */
static bool take(struct str *blob, struct seek_bound *bound)
{
    if (blob->n < 2)
        return false;
    size_t n = (size_t)(unsigned char)blob->p[0] | (size_t)(unsigned char)blob->p[1] << 8;
    bound->null = n == NULL_LENGTH;
    n = bound->null ? 0 : n;
    if (blob->n - 2 < n)
        return false;
    bound->text = str_sub(*blob, 2, 2 + n);
    *blob = str_sub(*blob, 2 + n, blob->n);
    return true;
}

static bool is_plain(const struct ast_node *root)
{
    size_t n = 0;
    for (const struct ast_order *o = root->orders; o; o = o->next) {
        if (o->node != root || !o->field.column || o->field.steps || ++n > KEYSET_MAX ||
            resolve_is_record(o->field.column->type)) /* whose text is compared as a record of no type */
            return false;
    }
    return n > 0;
}

static bool is_cut(const struct ast_node *root)
{
    return root->limit > 0 && root->limit != UINT64_MAX && !root->aggregated;
}

bool seek_possible(const struct ast_node *root)
{
    return is_cut(root) && is_plain(root) && key_order_is_total(root);
}

static bool nulls_last(const struct ast_order *o)
{
    return o->nulls == NULLS_LAST || (o->nulls == NULLS_DEFAULT && !o->descending);
}

/* Rows before another one are those behind it in the opposite order; they are put right by the writer. */
static void turn_round(struct ast_node *root)
{
    for (struct ast_order *o = root->orders; o; o = o->next) {
        o->nulls = nulls_last(o) ? NULLS_FIRST : NULLS_LAST;
        o->descending = !o->descending;
        if (o->nulls == (o->descending ? NULLS_FIRST : NULLS_LAST))
            o->nulls = NULLS_DEFAULT;
    }
}

struct str seek_order(struct arena *a, const struct ast_node *root)
{
    char *text = arena_alloc(a, KEYSET_MAX * SEEK_TERM), *p = text;
    for (const struct ast_order *o = root->orders; o; o = o->next) {
        p = u64_write(p, (uint64_t)o->field.column->attnum);
        *p++ = (char)(o->descending ? 'd' : 'a');
        *p++ = (char)(nulls_last(o) ? 'l' : 'f');
    }
    return str_make(text, (size_t)(p - text));
}

bool seek_settle(struct arena *a, const struct read_request *req, struct ast_node *root, struct str order)
{
    struct str blob = req->seek.values;
    struct seek_bound first;
    size_t n = 0;
    if (!req->seek.there)
        return true;
    if (order.n == 0 || !take(&blob, &first) || !str_eq(first.text, order))
        return false;
    struct seek_bound *bounds = ARENA_NEW_ARRAY(a, struct seek_bound, KEYSET_MAX);
    for (const struct ast_order *o = root->orders; o; o = o->next) {
        if (!take(&blob, &bounds[n++]))
            return false;
    }
    if (blob.n > 0)
        return false;
    if (req->seek.backwards)
        turn_round(root);
    root->seek = bounds;
    root->backwards = req->seek.backwards;
    return true;
}

/* The condition */

static void column(struct sql *w, const struct ast_order *o)
{
    sql_field(w, o->node, &o->field);
}

static void equal(struct sql *w, const struct ast_order *o, const struct seek_bound *b)
{
    column(w, o);
    if (b->null) {
        SQL(w, " IS NULL");
        return;
    }
    SQL(w, " = ");
    sql_param(w, b->text);
}

static void beyond(struct sql *w, const struct ast_order *o, const struct seek_bound *b)
{
    bool last = nulls_last(o);
    if (b->null && last) {
        SQL(w, "false");
        return;
    }
    column(w, o);
    if (b->null) {
        SQL(w, " IS NOT NULL");
        return;
    }
    sql_put(w, o->descending ? STR(" < ") : STR(" > "));
    sql_param(w, b->text);
    if (last && !o->field.column->not_null) {
        SQL(w, " OR ");
        column(w, o);
        SQL(w, " IS NULL");
    }
}

static bool is_row_comparison(const struct ast_node *node)
{
    for (const struct ast_order *o = node->orders; o; o = o->next) {
        if (o->descending != node->orders->descending || !o->field.column->not_null)
            return false;
    }
    return true;
}

static void row_comparison(struct sql *w, const struct ast_node *node)
{
    size_t n = 0;
    SQL(w, "(ROW(");
    for (const struct ast_order *o = node->orders; o; o = o->next) {
        sql_comma(w, o == node->orders);
        column(w, o);
    }
    sql_put(w, node->orders->descending ? STR(") < ROW(") : STR(") > ROW("));
    for (const struct ast_order *o = node->orders; o; o = o->next) {
        sql_comma(w, o == node->orders);
        sql_param(w, node->seek[n++].text);
    }
    SQL(w, "))");
}

/* Step n equates the columns before it and goes beyond in the next. */
static void staircase(struct sql *w, const struct ast_node *node)
{
    size_t n = 0;
    SQL(w, "(");
    for (const struct ast_order *o = node->orders; o; o = o->next, n++) {
        size_t k = 0;
        sql_put(w, n ? STR(" OR (") : STR("("));
        for (const struct ast_order *e = node->orders; e != o; e = e->next) {
            equal(w, e, &node->seek[k++]);
            SQL(w, " AND ");
        }
        SQL(w, "(");
        beyond(w, o, &node->seek[n]);
        SQL(w, "))");
    }
    SQL(w, ")");
}

void sql_seek(struct sql *w, const struct ast_node *node)
{
    const struct ast_order *first = node->orders;
    if (is_row_comparison(node)) {
        row_comparison(w, node);
        return;
    }
    if (first->field.column->not_null) { /* what an index can start at */
        SQL(w, "(");
        column(w, first);
        sql_put(w, first->descending ? STR(" <= ") : STR(" >= "));
        sql_param(w, node->seek[0].text);
        SQL(w, ") AND ");
    }
    staircase(w, node);
}
