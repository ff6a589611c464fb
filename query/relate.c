/* relate: choosing among the relationships that the catalog derived. SPDX-License-Identifier: ISC */
#include "query/relate.h"

#include "query/errors.h"

static bool is_table(const struct cat_relation *rel)
{
    return rel->kind != CAT_VIEW && rel->kind != CAT_MATVIEW;
}

static bool is_column(
    const struct cat_relation *rel, const uint16_t *columns, size_t ncolumns, struct str name)
{
    return ncolumns == 1 && str_eq(rel->columns[columns[0]].name, name);
}

/* By relation, or between tables also by constraint or by the one column that refers. */
static bool matches_target(const struct cat_relationship *r, struct str target)
{
    if (r->function)
        return str_eq(r->function->name, target);
    if (str_eq(r->to->name, target))
        return true;
    if (r->cardinality == REL_M2M || !is_table(r->from) || !is_table(r->to))
        return false;
    return str_eq(r->constraint, target) ||
           (r->fk_here && is_column(r->from, r->from_columns, r->ncolumns, target));
}

static bool matches_hint(const struct cat_relationship *r, struct str hint)
{
    if (hint.n == 0)
        return true;
    if (r->function)
        return false;
    if (r->cardinality == REL_M2M)
        return str_eq(r->junction->name, hint) || str_eq(r->constraint, hint) || str_eq(r->constraint2, hint);
    return str_eq(r->constraint, hint) || is_column(r->from, r->from_columns, r->ncolumns, hint) ||
           is_column(r->to, r->to_columns, r->ncolumns, hint);
}

/* A relation that refers to itself is found from both ends; its name means the many, a column's the one. */
static const struct cat_relationship *choose_of_self(const struct cat_relationship *const *found, size_t n)
{
    if (n != 2 || !found[0]->self || !found[1]->self || !str_eq(found[0]->constraint, found[1]->constraint) ||
        found[0]->fk_here == found[1]->fk_here)
        return NULL;
    return found[0]->fk_here ? found[1] : found[0];
}

/* A foreign key column on the near side names the one even where the far side's columns match too. */
static const struct cat_relationship *choose_by_column(
    const struct cat_relationship *const *found, size_t n, struct str hint)
{
    const struct cat_relationship *only = NULL;
    for (size_t i = 0; i < n; i++) {
        const struct cat_relationship *r = found[i];
        if (r->function || r->cardinality == REL_M2M || !r->self || !r->fk_here ||
            !is_column(r->from, r->from_columns, r->ncolumns, hint))
            continue;
        if (only)
            return NULL;
        only = r;
    }
    return only;
}

bool relate_find(struct arena *a, const struct catalog *cat, const struct cat_relation *from,
    struct str target, struct str hint, const struct cat_relationship **via, struct query_error *error)
{
    const struct cat_relationship **found =
        ARENA_NEW_ARRAY(a, const struct cat_relationship *, from->nrelationships + 1);
    size_t n = 0;
    for (size_t i = 0; i < from->nrelationships; i++) {
        const struct cat_relationship *r = &from->relationships[i];
        if (matches_target(r, target) && matches_hint(r, hint))
            found[n++] = r;
    }
    if (n == 0)
        return error_no_relationship(a, cat, error, from, target, hint);
    *via = n == 1 ? found[0] : hint.n ? choose_by_column(found, n, hint) : NULL;
    if (!*via)
        *via = choose_of_self(found, n);
    return *via || error_ambiguous(a, error, from, target, found, n);
}
