/* keyset: the pattern is a staircase; step n equates the columns of all steps before and compares one more.
 * SPDX-License-Identifier: ISC */
#include "query/keyset.h"

static bool is_filter(const struct ast_cond *c)
{
    return c && c->kind == COND_FILTER && !c->negated && c->quantifier == QUANT_NONE && !c->embed;
}

static bool same_column(const struct ast_cond *a, const struct ast_cond *b)
{
    return a->field.column == b->field.column && a->field.column && !a->field.steps && !b->field.steps;
}

/* The last condition of step n, when the ones before it equate the columns that the keyset has already. */
static const struct ast_cond *read_step(const struct ast_cond *step, const struct keyset *k)
{
    const struct ast_cond *c = step;
    if (k->ncolumns > 0) {
        if (step->kind != COND_AND || step->negated)
            return NULL;
        c = step->children;
    }
    for (size_t i = 0; i < k->ncolumns; i++, c = c->next) {
        if (!is_filter(c) || c->op != OP_EQ || !same_column(c, k->columns[i]) ||
            !str_eq(c->value, k->columns[i]->value))
            return NULL;
    }
    return is_filter(c) && (k->ncolumns == 0 || !c->next) && c->field.column && !c->field.steps ? c : NULL;
}

/* All steps go the same way; only the last may include the row itself. */
static bool fits(const struct ast_cond *c, const struct keyset *k, bool last)
{
    bool less = c->op == OP_LT || c->op == OP_LTE;
    if (!less && c->op != OP_GT && c->op != OP_GTE)
        return false;
    if (!last && (c->op == OP_LTE || c->op == OP_GTE))
        return false;
    return k->ncolumns == 0 || less == (k->columns[0]->op == OP_LT);
}

bool keyset_match(const struct ast_cond *cond, struct keyset *k)
{
    static const char *const ops[OP_COUNT] = {[OP_LT] = "<", [OP_LTE] = "<=", [OP_GT] = ">", [OP_GTE] = ">="};
    k->ncolumns = 0;
    if (cond->kind != COND_OR)
        return false;
    for (const struct ast_cond *step = cond->children; step; step = step->next) {
        const struct ast_cond *c = read_step(step, k);
        if (!c || k->ncolumns == KEYSET_MAX || !fits(c, k, !step->next))
            return false;
        k->columns[k->ncolumns++] = c;
    }
    k->op = ops[k->columns[k->ncolumns - 1]->op];
    return k->ncolumns > 1;
}
