/* group: who may share a transaction with whom. SPDX-License-Identifier: ISC */
#include "db/group.h"

#include "db/db.h"

#define APART_MS 2000

bool group_is_apart(const struct group_apart *a, uint64_t shape, uint64_t now_ms)
{
    if (LIKELY(a->n == 0))
        return false;
    size_t i = shape % GROUP_APART_SLOTS;
    return a->slots[i].shape == shape && now_ms < a->slots[i].until_ms;
}

void group_set_apart(struct group_apart *a, uint64_t shape, uint64_t now_ms)
{
    size_t i = shape % GROUP_APART_SLOTS;
    a->n += a->slots[i].until_ms == 0;
    a->slots[i].shape = shape;
    a->slots[i].until_ms = now_ms + APART_MS;
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

bool group_same_caller(const struct db_job *a, const struct db_job *b)
{
    const struct db_stmt *s = &a->stmts[0], *t = &b->stmts[0];
    if (s->key != t->key || s->nparams != t->nparams || !str_eq(s->sql, t->sql))
        return false;
    for (int i = 0; i < s->nparams; i++) {
        if (!same_text(s->params[i], t->params[i]))
            return false;
    }
    return true;
}
