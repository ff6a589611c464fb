/* catalog_relate: which relation can be embedded in which. A foreign key of a table is a way from it to its
 * target and back. A view that shows all columns of one side of a foreign key stands in for the table there,
 * so one constraint gives table->table, view->table, table->view and view->view. Two many-to-one ways out of
 * one relation whose columns all lie in its primary key make it a junction of two others. Functions of a row
 * type are ways of their own and replace found ones of the same name.
 *
 * Everything that is exposed counts; tables that are not exposed only lend their keys to views over them.
 * SPDX-License-Identifier: ISC */
#include "schema/catalog_build_internal.h"
#include "util/check.h"
#include "util/mem.h"

/* A view may show a key column several times (a self join does); so many combinations are tried per view. */
#define SHOWN_MAX 16
/* PostgreSQL's INDEX_MAX_KEYS is 32 by default. */
#define KEY_COLUMNS_MAX 64
/* Views over views: PostgreSQL has no limit, cycles cannot occur; a longer chain is not followed. */
#define VIEW_CHAIN_MAX 64

/* View `view` shows column `base_attnum` of table `base_oid` as its column `column`. */
struct shown {
    uint32_t base_oid;
    struct cat_relation *view;
    int16_t base_attnum;
    uint16_t column;
};

/* One side of a foreign key: the table itself or a view, and the columns that are the key there. */
struct side {
    struct cat_relation *rel;
    const uint16_t *columns;
};

struct sides {
    ROWS(struct side) rows;
};

struct relate {
    struct catalog_build *b;
    ROWS(struct shown) shown;
    struct sides children, parents;       /* of the foreign key at hand */
    ROWS(struct cat_relationship) direct; /* many-to-one, and one-to-one seen from the child */
    ROWS(struct cat_relationship) all;
};

static int cmp_ptr(const void *a, const void *b)
{
    return (uintptr_t)a < (uintptr_t)b ? -1 : (uintptr_t)a > (uintptr_t)b;
}

/* Which view shows what. */

static int cmp_view_column(const void *pa, const void *pb)
{
    const struct cat_view_column_row *a = pa, *b = pb;
    int order = cmp_u32(a->view_oid, b->view_oid);
    return order ? order : a->view_attnum - b->view_attnum;
}

static int cmp_shown(const void *pa, const void *pb)
{
    const struct shown *a = pa, *b = pb;
    int order = cmp_u32(a->base_oid, b->base_oid);
    if (!order)
        order = cmp_ptr(a->view, b->view);
    if (!order)
        order = a->base_attnum - b->base_attnum;
    return order ? order : a->column - b->column;
}

static bool stores_rows(const struct catalog_build *b, uint32_t oid)
{
    const struct cat_relation *rel = build_relation(b, oid);
    return rel && rel->kind != CAT_VIEW && rel->kind != CAT_MATVIEW;
}

/* Follows a view column down to the table that it comes from. */
static bool resolve(const struct catalog_build *b, struct cat_view_column_row *row)
{
    for (int i = 0; i < VIEW_CHAIN_MAX; i++) {
        if (stores_rows(b, row->base_oid))
            return true;
        const struct cat_view_column_row key = {.view_oid = row->base_oid, .view_attnum = row->base_attnum},
                                         *next;
        next = rows_find(&key, b->view_columns.at, b->view_columns.n, sizeof key, cmp_view_column);
        if (!next)
            return false;
        row->base_oid = next->base_oid;
        row->base_attnum = next->base_attnum;
    }
    return false;
}

static void find_shown(struct relate *r)
{
    struct catalog_build *b = r->b;
    ROWS_SORT(&b->view_columns, cmp_view_column);
    for (size_t i = 0; i < b->view_columns.n; i++) {
        struct cat_view_column_row row = b->view_columns.at[i];
        struct cat_relation *view = build_relation(b, row.view_oid);
        uint16_t column;
        if (!view || !build_exposed(b, view) || !resolve(b, &row))
            continue;
        if (build_column_index(view, row.view_attnum, &column))
            ROWS_ADD(&r->shown, (struct shown){row.base_oid, view, row.base_attnum, column});
    }
    ROWS_SORT(&r->shown, cmp_shown);
}

/* shown[*from, returned) are those of the same table and view as *from. */
static size_t shown_end(const struct relate *r, size_t from)
{
    const struct shown *first = &r->shown.at[from];
    size_t end = from + 1;
    while (end < r->shown.n && r->shown.at[end].base_oid == first->base_oid &&
           r->shown.at[end].view == first->view)
        end++;
    return end;
}

static size_t shown_begin(const struct relate *r, uint32_t base_oid)
{
    size_t lo = 0, hi = r->shown.n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (r->shown.at[mid].base_oid < base_oid)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

/* Primary keys of views: the shown keys of all tables under it, each only when it is shown in full. */

static size_t first_showing(const struct relate *r, size_t from, size_t to, int16_t attnum)
{
    while (from < to && r->shown.at[from].base_attnum != attnum)
        from++;
    return from;
}

static void add_key_to_view(struct relate *r, size_t from, size_t to)
{
    struct cat_relation *view = r->shown.at[from].view;
    const struct cat_relation *table = build_relation(r->b, r->shown.at[from].base_oid);
    uint16_t found[KEY_COLUMNS_MAX];
    if (table->pk.ncolumns == 0 || table->pk.ncolumns > KEY_COLUMNS_MAX)
        return;
    for (size_t i = 0; i < table->pk.ncolumns; i++) {
        size_t at = first_showing(r, from, to, table->columns[table->pk.columns[i]].attnum);
        if (at == to)
            return;
        found[i] = r->shown.at[at].column;
    }
    for (size_t i = 0; i < table->pk.ncolumns; i++)
        ((struct cat_column *)view->columns)[found[i]].in_pk = true;
}

static void number_view_key(struct catalog_build *b, struct cat_relation *view)
{
    uint16_t *columns = ARENA_NEW_ARRAY(&b->cat->arena, uint16_t, view->ncolumns);
    for (size_t i = 0; i < view->ncolumns; i++) {
        if (view->columns[i].in_pk)
            columns[view->pk.ncolumns++] = (uint16_t)i;
    }
    view->pk.columns = columns;
}

static void make_view_keys(struct relate *r)
{
    struct catalog *cat = r->b->cat;
    for (size_t i = 0, end; i < r->shown.n; i = end) {
        end = shown_end(r, i);
        add_key_to_view(r, i, end);
    }
    for (size_t i = 0; i < cat->nexposed; i++) {
        if (cat->relations[i].kind == CAT_VIEW || cat->relations[i].kind == CAT_MATVIEW)
            number_view_key(r->b, &cat->relations[i]);
    }
}

/* Foreign keys. */

/* The n-th combination of columns that show the key in shown[from, to): false when there is none (any more).
 */
static bool combine(const struct relate *r, size_t from, size_t to, const int16_t *attnums, size_t n,
    unsigned nth, uint16_t *out)
{
    for (size_t i = 0; i < n; i++) {
        size_t first = first_showing(r, from, to, attnums[i]), end = first;
        while (end < to && r->shown.at[end].base_attnum == attnums[i])
            end++;
        if (end == first)
            return false;
        out[i] = r->shown.at[first + nth % (end - first)].column;
        nth /= (unsigned)(end - first);
    }
    return nth == 0;
}

/* The table (where it is exposed) and every view that shows the whole key; false when the table lacks a
 * column. */
static bool find_sides(
    struct relate *r, struct sides *sides, struct cat_relation *table, const int16_t *attnums, size_t n)
{
    uint16_t columns[KEY_COLUMNS_MAX];
    struct arena *arena = &r->b->cat->arena;
    sides->rows.n = 0;
    for (size_t i = 0; i < n; i++) {
        if (!build_column_index(table, attnums[i], &columns[i]))
            return false;
    }
    const size_t bytes = n * sizeof *columns;
    if (build_exposed(r->b, table))
        ROWS_ADD(&sides->rows, (struct side){table, memcpy(arena_alloc(arena, bytes), columns, bytes)});
    for (size_t i = shown_begin(r, table->oid), end; i < r->shown.n && r->shown.at[i].base_oid == table->oid;
         i = end) {
        end = shown_end(r, i);
        for (unsigned nth = 0; nth < SHOWN_MAX && combine(r, i, end, attnums, n, nth, columns); nth++) {
            const uint16_t *kept = memcpy(arena_alloc(arena, bytes), columns, bytes);
            ROWS_ADD(&sides->rows, (struct side){r->shown.at[i].view, kept});
        }
    }
    return true;
}

static bool contains(const uint16_t *set, size_t n, uint16_t column)
{
    for (size_t i = 0; i < n; i++) {
        if (set[i] == column)
            return true;
    }
    return false;
}

static bool all_within(const uint16_t *columns, size_t n, const struct cat_key *key)
{
    for (size_t i = 0; i < n; i++) {
        if (!contains(key->columns, key->ncolumns, columns[i]))
            return false;
    }
    return true;
}

/* The foreign key's columns are exactly a key of their table: at most one child for each parent. */
static bool is_unique(const struct cat_relation *table, const struct cat_key_row *fk)
{
    uint16_t columns[KEY_COLUMNS_MAX];
    for (size_t i = 0; i < fk->ncolumns; i++) {
        if (!build_column_index(table, fk->columns[i], &columns[i]))
            return false;
    }
    if (table->pk.ncolumns == fk->ncolumns && all_within(columns, fk->ncolumns, &table->pk))
        return true;
    for (size_t i = 0; i < table->nuniques; i++) {
        const struct cat_key *key = &table->uniques[i];
        if (key->ncolumns == fk->ncolumns && all_within(columns, fk->ncolumns, key))
            return true;
    }
    return false;
}

static void relate_key(struct relate *r, const struct cat_key_row *fk)
{
    struct cat_relation *table = build_relation(r->b, fk->relation_oid);
    struct cat_relation *target = build_relation(r->b, fk->target_oid);
    if (!table || !target || fk->ncolumns == 0 || fk->ncolumns > KEY_COLUMNS_MAX)
        return;
    if (!find_sides(r, &r->children, table, fk->columns, fk->ncolumns) ||
        !find_sides(r, &r->parents, target, fk->target_columns, fk->ncolumns))
        return;
    bool unique = is_unique(table, fk);
    for (size_t c = 0; c < r->children.rows.n; c++) {
        for (size_t p = 0; p < r->parents.rows.n; p++) {
            const struct side *child = &r->children.rows.at[c], *parent = &r->parents.rows.at[p];
            ROWS_ADD(&r->direct, (struct cat_relationship){.cardinality = unique ? REL_O2O : REL_M2O,
                                     .constraint = fk->constraint,
                                     .from = child->rel,
                                     .to = parent->rel,
                                     .from_columns = child->columns,
                                     .to_columns = parent->columns,
                                     .ncolumns = fk->ncolumns,
                                     .fk_here = true,
                                     .self = child->rel == parent->rel});
        }
    }
}

static void add_both_ways(struct relate *r)
{
    for (size_t i = 0; i < r->direct.n; i++) {
        struct cat_relationship rel = r->direct.at[i];
        ROWS_ADD(&r->all, rel);
        rel.cardinality = rel.cardinality == REL_M2O ? REL_O2M : rel.cardinality;
        rel.fk_here = false;
        rel.from = r->direct.at[i].to;
        rel.to = r->direct.at[i].from;
        rel.from_columns = r->direct.at[i].to_columns;
        rel.to_columns = r->direct.at[i].from_columns;
        ROWS_ADD(&r->all, rel);
    }
}

/* Junctions. */

static int cmp_from(const void *pa, const void *pb)
{
    const struct cat_relationship *a = pa, *b = pb;
    int order = cmp_ptr(a->from, b->from);
    if (!order)
        order = str_cmp(a->constraint, b->constraint);
    return order ? order : cmp_ptr(a->to, b->to);
}

static bool is_arm(const struct cat_relationship *rel)
{
    return rel->cardinality == REL_M2O && all_within(rel->from_columns, rel->ncolumns, &rel->from->pk);
}

static void add_through(
    struct relate *r, const struct cat_relationship *near, const struct cat_relationship *far)
{
    ROWS_ADD(&r->all, (struct cat_relationship){.cardinality = REL_M2M,
                          .constraint = near->constraint,
                          .from = near->to,
                          .to = far->to,
                          .from_columns = near->to_columns,
                          .to_columns = far->to_columns,
                          .ncolumns = near->ncolumns,
                          .junction = near->from,
                          .constraint2 = far->constraint,
                          .j_from_columns = near->from_columns,
                          .j_to_columns = far->from_columns,
                          .nj_to_columns = far->ncolumns,
                          .self = near->to == far->to});
}

static void relate_through_junctions(struct relate *r)
{
    ROWS_SORT(&r->direct, cmp_from);
    for (size_t i = 0, end; i < r->direct.n; i = end) {
        for (end = i + 1; end < r->direct.n && r->direct.at[end].from == r->direct.at[i].from; end++)
            ;
        for (size_t a = i; a < end; a++) {
            for (size_t z = i; z < end && is_arm(&r->direct.at[a]); z++) {
                if (is_arm(&r->direct.at[z]) &&
                    !str_eq(r->direct.at[a].constraint, r->direct.at[z].constraint))
                    add_through(r, &r->direct.at[a], &r->direct.at[z]);
            }
        }
    }
}

/* Functions of a row type. */

/* The exposed relation whose row is the function's only argument, or NULL. */
static struct cat_relation *row_of(const struct relate *r, const struct cat_function *fn)
{
    if (fn->nparams != 1 || fn->params[0].type->relation_oid == 0)
        return NULL;
    struct cat_relation *rel = build_relation(r->b, fn->params[0].type->relation_oid);
    return rel && build_exposed(r->b, rel) ? rel : NULL;
}

static void drop_overridden(struct relate *r, const struct cat_relation *from, struct str name)
{
    size_t kept = 0;
    for (size_t i = 0; i < r->all.n; i++) {
        const struct cat_relationship *rel = &r->all.at[i];
        if (rel->from != from || rel->function || !str_eq(rel->to->name, name))
            r->all.at[kept++] = *rel;
    }
    r->all.n = kept;
}

static void relate_functions(struct relate *r)
{
    for (size_t i = 0; i < r->b->functions.n; i++) {
        const struct cat_function *fn = &r->b->all_functions[i];
        struct cat_relation *from = fn->table ? row_of(r, fn) : NULL;
        if (!from)
            continue;
        bool one = !fn->returns_set || fn->returns_one_row;
        drop_overridden(r, from, fn->name);
        ROWS_ADD(&r->all, (struct cat_relationship){.cardinality = one ? REL_COMPUTED_ONE : REL_COMPUTED_MANY,
                              .constraint = fn->name,
                              .from = from,
                              .to = fn->table,
                              .self = from == fn->table,
                              .function = fn});
    }
}

struct computed {
    struct cat_relation *rel;
    const struct cat_function *fn;
};

static int cmp_computed(const void *pa, const void *pb)
{
    const struct computed *a = pa, *b = pb;
    int order = cmp_ptr(a->rel, b->rel);
    if (!order)
        order = str_cmp(a->fn->name, b->fn->name);
    return order ? order : cmp_u32(a->fn->oid, b->fn->oid);
}

static void make_computed_fields(struct relate *r)
{
    ROWS(struct computed) found = {0};
    for (size_t i = 0; i < r->b->functions.n; i++) {
        const struct cat_function *fn = &r->b->all_functions[i];
        struct cat_relation *rel = !fn->table && !fn->returns_set && fn->result ? row_of(r, fn) : NULL;
        if (rel)
            ROWS_ADD(&found, (struct computed){rel, fn});
    }
    ROWS_SORT(&found, cmp_computed);
    const struct cat_function **list =
        ARENA_NEW_ARRAY(&r->b->cat->arena, const struct cat_function *, found.n);
    for (size_t i = 0; i < found.n; i++) {
        struct cat_relation *rel = found.at[i].rel;
        list[i] = found.at[i].fn;
        if (rel->ncomputed++ == 0)
            rel->computed = &list[i];
    }
    mem_free(found.at);
}

/* All together. */

static int cmp_columns(const uint16_t *a, const uint16_t *b, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (a[i] != b[i])
            return a[i] < b[i] ? -1 : 1;
    }
    return 0;
}

static int cmp_result(const void *pa, const void *pb)
{
    const struct cat_relationship *a = pa, *b = pb;
    int order = cmp_ptr(a->from, b->from);
    if (!order)
        order = str_cmp(a->to->name, b->to->name);
    if (!order)
        order = str_cmp(a->to->schema, b->to->schema);
    if (!order)
        order = str_cmp(a->constraint, b->constraint);
    if (!order)
        order = (int)a->cardinality - (int)b->cardinality;
    if (!order)
        order = b->fk_here - a->fk_here;
    if (!order)
        order = str_cmp(a->constraint2, b->constraint2);
    if (!order)
        order = cmp_ptr(a->junction, b->junction);
    if (!order)
        order = cmp_u32((uint32_t)a->ncolumns, (uint32_t)b->ncolumns);
    if (!order)
        order = cmp_columns(a->from_columns, b->from_columns, a->ncolumns);
    return order ? order : cmp_columns(a->to_columns, b->to_columns, a->ncolumns);
}

static void hand_out(struct relate *r)
{
    ROWS_SORT(&r->all, cmp_result);
    struct cat_relationship *list = ARENA_NEW_ARRAY(&r->b->cat->arena, struct cat_relationship, r->all.n);
    for (size_t i = 0; i < r->all.n; i++) {
        struct cat_relation *from = (struct cat_relation *)r->all.at[i].from;
        list[i] = r->all.at[i];
        if (from->nrelationships++ == 0)
            from->relationships = &list[i];
    }
}

void build_relationships(struct catalog_build *b)
{
    struct relate r = {.b = b};
    find_shown(&r);
    make_view_keys(&r);
    for (size_t i = 0; i < b->keys.n; i++) {
        if (b->keys.at[i].type == 'f')
            relate_key(&r, &b->keys.at[i]);
    }
    add_both_ways(&r);
    relate_through_junctions(&r);
    relate_functions(&r);
    make_computed_fields(&r);
    hand_out(&r);
    mem_free(r.shown.at);
    mem_free(r.children.rows.at);
    mem_free(r.parents.rows.at);
    mem_free(r.direct.at);
    mem_free(r.all.at);
}
