/* plan_cache: shapes, marks and bound values. SPDX-License-Identifier: ISC */
#include "handlers/plan_cache.h"

#include "query/canonical.h"
#include "query/shape.h"
#include "util/check.h"
#include "util/mem.h"
#include "util/uri.h"

#include <sys/random.h>

/* What a plan of a few embeds takes; the budget of the cache is max_entries times this. */
#define ENTRY_BYTES ((size_t)16384)
#define ENTRY_MAGIC 0x706c6e65u

struct plan_cache {
    struct sieve *sieve;
    struct query_limits limits;
    struct metrics *metrics;
    struct shape_marks marks;
    uint64_t catalog_version;
};

struct plan_entry {
    unsigned magic;
    struct arena arena;
    struct catalog *catalog;
    struct read_plan plan;
    struct db_stmt main, count, estimate;
    struct query_canonical canonical;
    size_t nvalues; /* holes of the shape */
    size_t body;    /* bytes of its last answer */
    bool bindable;  /* every hole came back as a parameter */
};

static void destroy_entry(void *value)
{
    struct plan_entry *e;
    CAST_OBJ(e, value, ENTRY_MAGIC);
    e->magic = 0;
    arena_release(&e->arena);
    catalog_unref(&e->catalog);
    mem_free(e);
}

struct plan_cache *plan_cache_create(const struct plan_cache_options *options)
{
    struct plan_cache *c = MEM_NEW(struct plan_cache);
    uint8_t secret[SHAPE_SECRET_BYTES];
    CHECK(getrandom(secret, sizeof secret, 0) == sizeof secret);
    shape_marks_init(&c->marks, secret);
    c->limits = options->limits;
    c->metrics = options->metrics;
    c->sieve = sieve_create(&(struct sieve_options){.max_bytes = options->max_entries * ENTRY_BYTES,
        .max_entries = options->max_entries,
        .destroy = destroy_entry});
    return c;
}

void plan_cache_limit(struct plan_cache *c, const struct query_limits *limits)
{
    c->limits = *limits;
    sieve_clear(c->sieve);
}

void plan_cache_free(struct plan_cache **c)
{
    sieve_free(&(*c)->sieve);
    mem_free(*c);
    *c = NULL;
}

/* What decides the plan besides texts; how long each text is and how many values the shape has, so that no
 * two keys mean two things. */
struct key_head {
    uint32_t lengths[4];
    uint32_t modes, handler, nvalues;
};

/* Everything that decides the plan. */
static struct str cache_key(struct arena *a, const struct read_request *r, const struct query_shape *shape)
{
    const struct format *f = r->format ? r->format : &format_json;
    struct key_head head = {
        {(uint32_t)r->schema.n, (uint32_t)r->relation.n, (uint32_t)r->role.n, (uint32_t)r->range.n},
        (uint32_t)r->count << 8 | (uint32_t)f->media << 2 | (uint32_t)f->nulls_stripped << 1 |
            (uint32_t)r->unbounded,
        f->handler ? f->handler->oid : 0, (uint32_t)shape->nvalues};
    size_t n = r->schema.n + r->relation.n + r->role.n + r->range.n + shape->key.n + sizeof head;
    char *key = arena_alloc(a, n);
    size_t at = sizeof head;
    memcpy(key, &head, sizeof head);
    const struct str parts[] = {r->schema, r->relation, r->role, r->range, shape->key};
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        if (parts[i].n)
            memcpy(key + at, parts[i].p, parts[i].n);
        at += parts[i].n;
    }
    return str_make(key, at);
}

/* Whether the main statement has a parameter for each hole. */
static bool all_marks_bound(const struct plan_cache *c, const struct plan_entry *e)
{
    bool seen[SHAPE_VALUES_MAX] = {false};
    for (size_t i = 0; i < e->plan.main.nparams; i++) {
        int mark = query_shape_mark(&c->marks, e->nvalues, e->plan.main.params[i]);
        if (mark >= 0)
            seen[mark] = true;
    }
    for (size_t i = 0; i < e->nvalues; i++) {
        if (!seen[i])
            return false;
    }
    return true;
}

/* Where policies differ by role PostgreSQL throws a plan away when the role changes, so each role gets a
 * statement of its own there. */
static struct str statement_salt(const struct read_plan *plan, struct str role)
{
    for (size_t i = 0; i < plan->ntables; i++) {
        if (plan->tables[i]->row_security)
            return role;
    }
    return (struct str){NULL, 0};
}

static void make_stmt(struct db_stmt *stmt, const struct plan_stmt *plan, struct str salt)
{
    db_stmt_init(stmt, plan->sql, plan->params, (int)plan->nparams, salt);
}

static struct plan_entry *make_entry(struct plan_cache *c, struct catalog *cat, const struct read_request *r,
    const struct query_shape *shape, struct query_error *error)
{
    struct plan_entry *e = MEM_NEW(struct plan_entry);
    e->magic = ENTRY_MAGIC;
    e->catalog = catalog_ref(cat);
    e->nvalues = shape->nvalues;
    arena_init(&e->arena, 0);
    struct read_request own = *r;
    own.schema = arena_str(&e->arena, r->schema);
    own.relation = arena_str(&e->arena, r->relation);
    own.range = arena_str(&e->arena, r->range);
    own.seek.values = arena_str(&e->arena, r->seek.values);
    own.query = arena_str(&e->arena, shape->key);
    own.role = arena_str(&e->arena, r->role);
    if (!plan_read(&e->arena, cat, &c->limits, &own, &e->plan, error)) {
        destroy_entry(e);
        return NULL;
    }
    struct str salt = statement_salt(&e->plan, r->role);
    make_stmt(&e->main, &e->plan.main, salt);
    make_stmt(&e->count, &e->plan.count, salt);
    make_stmt(&e->estimate, &e->plan.estimate, salt);
    query_canonical_make(&e->arena, &c->marks, own.query, e->nvalues, &e->canonical);
    e->bindable = all_marks_bound(c, e);
    return e;
}

/* The plan of the shape; NULL: the shape itself does not plan, or not every hole is a parameter. */
static struct sieve_entry *entry_of_shape(struct plan_cache *c, struct arena *a, struct catalog *cat,
    const struct read_request *r, const struct query_shape *shape, struct query_error *error)
{
    struct str key = cache_key(a, r, shape);
    struct sieve_entry *held = sieve_get(c->sieve, key);
    metric_add_label(c->metrics, PLAN_CACHE, held ? METRIC_HIT : METRIC_MISS, 1);
    if (held)
        return held;
    struct plan_entry *e = make_entry(c, cat, r, shape, error);
    return e ? sieve_put(c->sieve, key, e, e->arena.bytes + sizeof *e) : NULL;
}

/* Error slices may point into the arena of a plan that failed and is gone, so the text is planned once more
 * where the caller can keep it. */
static bool fail_with_text(struct plan_cache *c, struct arena *a, struct catalog *cat,
    const struct read_request *r, struct query_error *error)
{
    struct read_plan unused;
    bool planned = plan_read(a, cat, &c->limits, r, &unused, error);
    CHECK(!planned);
    return false;
}

static const char *const *bind_params(struct arena *a, const struct shape_marks *marks, size_t nvalues,
    const struct db_stmt *stmt, const char *const *values)
{
    const char **params = arena_alloc(a, sizeof *params * (size_t)MAX(stmt->nparams, 1));
    for (int i = 0; i < stmt->nparams; i++) {
        int mark = query_shape_mark(marks, nvalues, stmt->params[i]);
        params[i] = mark >= 0 ? values[mark] : stmt->params[i];
    }
    return params;
}

/* The values as PostgreSQL gets them; false when one is not text (NUL, broken UTF-8). */
static bool decode_values(struct arena *a, const struct query_shape *shape, const char **values)
{
    for (size_t i = 0; i < shape->nvalues; i++) {
        struct str text;
        if (uri_decode(a, shape->values[i], URI_PLUS_IS_SPACE, &text) != URI_OK)
            return false;
        values[i] = arena_cstr(a, text);
    }
    return true;
}

static void bind_values(struct arena *a, const struct shape_marks *marks, struct plan_entry *e,
    const char *const *values, struct bound_plan *out)
{
    out->read = &e->plan;
    out->catalog = e->catalog;
    out->body = &e->body;
    out->main = e->main;
    out->count = e->count;
    out->estimate = e->estimate;
    out->canonical = query_canonical_fill(a, &e->canonical, values);
    if (e->nvalues == 0)
        return;
    out->main.params = bind_params(a, marks, e->nvalues, &e->main, values);
    out->count.params = bind_params(a, marks, e->nvalues, &e->count, values);
    out->estimate.params = bind_params(a, marks, e->nvalues, &e->estimate, values);
}

bool plan_cache_read(struct plan_cache *c, struct arena *a, struct catalog *cat, const struct read_request *r,
    struct bound_plan *out, struct query_error *error)
{
    if (catalog_version(cat) != c->catalog_version) {
        sieve_clear(c->sieve);
        c->catalog_version = catalog_version(cat);
    }
    struct query_shape shape;
    const char *values[SHAPE_VALUES_MAX] = {NULL};
    query_shape_scan(a, &c->marks, r->query, &shape);
    struct sieve_entry *held = NULL;
    if (decode_values(a, &shape, values))
        held = entry_of_shape(c, a, cat, r, &shape, error);
    if (!held || !((struct plan_entry *)sieve_value(held))->bindable) {
        struct query_shape whole = {.key = r->query};
        if (held)
            sieve_unref(held);
        held = entry_of_shape(c, a, cat, r, &whole, error);
        if (!held)
            return fail_with_text(c, a, cat, r, error);
    }
    arena_on_dispose(a, sieve_unref_hook, held);
    bind_values(a, &c->marks, sieve_value(held), values, out);
    return true;
}

bool plan_alone(struct arena *a, const struct query_limits *limits, const struct catalog *cat,
    const struct read_request *r, struct bound_plan *out, struct query_error *error)
{
    struct read_plan *plan = ARENA_NEW(a, struct read_plan);
    if (!plan_read(a, cat, limits, r, plan, error))
        return false;
    struct str salt = statement_salt(plan, r->role);
    *out = (struct bound_plan){.read = plan, .catalog = cat, .body = ARENA_NEW(a, size_t)};
    make_stmt(&out->main, &plan->main, salt);
    make_stmt(&out->count, &plan->count, salt);
    make_stmt(&out->estimate, &plan->estimate, salt);
    return true;
}
