/* catalog_sources: which tables stand behind a relation or a function. The rows say what each reads directly;
 * here views are followed down to what stores rows. A materialized view stores rows: what is under it changes
 * nothing until REFRESH. A partition counts as its root. SPDX-License-Identifier: ISC */
#include "schema/catalog_build_internal.h"
#include "util/check.h"
#include "util/mem.h"

struct edge {
    uint32_t oid, base_oid;
    bool function;
};

struct walk {
    struct catalog_build *b;
    ROWS(struct edge) edges;      /* sorted */
    ROWS(uint32_t) todo, reached; /* reached: what stores rows */
    unsigned *marks;              /* by position in cat->relations: the walk that was there last */
    unsigned turn;
};

static int cmp_edge(const void *pa, const void *pb)
{
    const struct edge *a = pa, *b = pb;
    if (a->function != b->function)
        return a->function ? 1 : -1;
    int order = cmp_u32(a->oid, b->oid);
    return order ? order : cmp_u32(a->base_oid, b->base_oid);
}

static int cmp_oid(const void *a, const void *b)
{
    return cmp_u32(*(const uint32_t *)a, *(const uint32_t *)b);
}

/* Index of the first edge that is not before (function, oid). */
static size_t first_edge(const struct walk *w, uint32_t oid, bool function)
{
    const struct edge key = {.oid = oid, .function = function};
    size_t lo = 0, hi = w->edges.n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (cmp_edge(&w->edges.at[mid], &key) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static void push_edges(struct walk *w, uint32_t oid, bool function)
{
    for (size_t i = first_edge(w, oid, function); i < w->edges.n; i++) {
        const struct edge *e = &w->edges.at[i];
        if (e->oid != oid || e->function != function)
            break;
        ROWS_ADD(&w->todo, e->base_oid);
    }
}

static void visit(struct walk *w, uint32_t oid)
{
    const struct cat_relation *rel = build_relation(w->b, oid);
    if (rel) {
        unsigned *mark = &w->marks[rel - w->b->cat->relations];
        if (*mark == w->turn)
            return;
        *mark = w->turn;
    }
    if (!rel || rel->kind != CAT_VIEW)
        ROWS_ADD(&w->reached, catalog_root_oid(w->b->cat, oid));
    if (rel && rel->kind != CAT_MATVIEW)
        push_edges(w, oid, false);
}

/* Everything reached from what is in `todo`, ascending, each once. */
static const uint32_t *walk(struct walk *w, size_t *n)
{
    w->turn++;
    w->reached.n = 0;
    while (w->todo.n > 0)
        visit(w, w->todo.at[--w->todo.n]);
    ROWS_SORT(&w->reached, cmp_oid);
    uint32_t *out = ARENA_NEW_ARRAY(&w->b->cat->arena, uint32_t, w->reached.n);
    *n = 0;
    for (size_t i = 0; i < w->reached.n; i++) {
        if (i == 0 || w->reached.at[i] != w->reached.at[i - 1])
            out[(*n)++] = w->reached.at[i];
    }
    return out;
}

static void collect_edges(struct walk *w)
{
    const struct catalog_build *b = w->b;
    for (size_t i = 0; i < b->view_columns.n; i++) {
        const struct cat_view_column_row *r = &b->view_columns.at[i];
        ROWS_ADD(&w->edges, (struct edge){r->view_oid, r->base_oid, false});
    }
    for (size_t i = 0; i < b->sources.n; i++) {
        const struct cat_source_row *r = &b->sources.at[i];
        ROWS_ADD(&w->edges, (struct edge){r->oid, r->base_oid, r->function});
    }
    ROWS_SORT(&w->edges, cmp_edge);
}

void build_sources(struct catalog_build *b)
{
    struct walk w = {.b = b};
    w.marks = MEM_NEW_ARRAY(unsigned, b->cat->nrelations);
    collect_edges(&w);
    for (size_t i = 0; i < b->cat->nrelations; i++) {
        struct cat_relation *rel = &b->cat->relations[i];
        ROWS_ADD(&w.todo, rel->oid);
        rel->base_oids = walk(&w, &rel->nbase_oids);
    }
    for (size_t i = 0; i < b->functions.n; i++) {
        struct cat_function *fn = &b->all_functions[i];
        push_edges(&w, fn->oid, true);
        fn->base_oids = walk(&w, &fn->nbase_oids);
    }
    mem_free(w.edges.at);
    mem_free(w.todo.at);
    mem_free(w.reached.at);
    mem_free(w.marks);
}
