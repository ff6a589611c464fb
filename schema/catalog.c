/* catalog: looking things up in a finished snapshot, and its life. Nothing here changes anything but the
 * reference count. SPDX-License-Identifier: ISC */
#include "schema/catalog.h"

#include "schema/catalog_internal.h"
#include "schema/suggest.h"
#include "util/buf.h"
#include "util/check.h"
#include "util/mem.h"

#include <stdlib.h>

/* Longest name that catalog_type() takes: "timestamp without time zone" and the like, or schema.type. */
#define TYPE_NAME_MAX 160

struct catalog *catalog_ref(struct catalog *cat)
{
    CHECK_OBJ(cat, CATALOG_MAGIC);
    CHECK(atomic_fetch_add_explicit(&cat->refs, 1, memory_order_relaxed) > 0);
    return cat;
}

void catalog_unref(struct catalog **catp)
{
    struct catalog *cat = *catp;
    *catp = NULL;
    if (!cat)
        return;
    CHECK_OBJ(cat, CATALOG_MAGIC);
    unsigned before = atomic_fetch_sub_explicit(&cat->refs, 1, memory_order_acq_rel);
    CHECK(before > 0);
    if (before > 1)
        return;
    cat->magic = 0;
    map_release(&cat->relation_map);
    map_release(&cat->function_map);
    map_release(&cat->type_map);
    arena_release(&cat->arena);
    mem_free(cat);
}

uint64_t catalog_version(const struct catalog *cat)
{
    return cat->version;
}

unsigned catalog_session(const struct catalog *cat)
{
    return cat->session;
}

unsigned catalog_settings(const struct catalog *cat)
{
    return cat->settings;
}

unsigned catalog_settings_anywhere(const struct catalog *cat)
{
    return cat->settings_anywhere;
}

static int cmp_role(const void *name, const void *role)
{
    return str_cmp(*(const struct str *)name, ((const struct cat_role *)role)->name);
}

const struct cat_role *catalog_role(const struct catalog *cat, struct str name)
{
    return cat->nroles ? bsearch(&name, cat->roles, cat->nroles, sizeof *cat->roles, cmp_role) : NULL;
}

const struct cat_handler *catalog_handlers(const struct catalog *cat, size_t *n)
{
    *n = cat->nhandlers;
    return cat->handlers;
}

bool catalog_has_media(const struct catalog *cat)
{
    return cat->has_media;
}

const struct str *catalog_schemas(const struct catalog *cat, size_t *n)
{
    *n = cat->nschemas;
    return cat->schemas;
}

struct str catalog_schema_comment(const struct catalog *cat, struct str schema)
{
    for (size_t i = 0; i < cat->nschemas; i++) {
        if (str_eq(cat->schemas[i], schema))
            return cat->schema_comments[i];
    }
    return (struct str){NULL, 0};
}

bool catalog_key(char out[CATALOG_KEY_MAX], struct str schema, struct str name, struct str *key)
{
    if (schema.n + name.n + 1 > CATALOG_KEY_MAX)
        return false;
    if (schema.n > 0)
        memcpy(out, schema.p, schema.n);
    out[schema.n] = '\0';
    if (name.n > 0)
        memcpy(out + schema.n + 1, name.p, name.n);
    *key = str_make(out, schema.n + name.n + 1);
    return true;
}

const struct cat_relation *catalog_relation(const struct catalog *cat, struct str schema, struct str name)
{
    char bytes[CATALOG_KEY_MAX];
    struct str key;
    if (!catalog_key(bytes, schema, name, &key))
        return NULL;
    return map_get(&cat->relation_map, key);
}

const struct cat_relation *catalog_relation_by_oid(const struct catalog *cat, uint32_t oid)
{
    size_t lo = 0, hi = cat->nexposed;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (cat->by_oid[mid]->oid == oid)
            return cat->by_oid[mid];
        if (cat->by_oid[mid]->oid < oid)
            lo = mid + 1;
        else
            hi = mid;
    }
    return NULL;
}

uint32_t catalog_root_oid(const struct catalog *cat, uint32_t oid)
{
    size_t lo = 0, hi = cat->npartitions;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (cat->partitions[mid].oid == oid)
            return cat->partitions[mid].root_oid;
        if (cat->partitions[mid].oid < oid)
            lo = mid + 1;
        else
            hi = mid;
    }
    return oid;
}

const struct cat_function *const *catalog_functions(
    const struct catalog *cat, struct str schema, struct str name, size_t *n)
{
    char bytes[CATALOG_KEY_MAX];
    struct str key;
    *n = 0;
    if (!catalog_key(bytes, schema, name, &key))
        return NULL;
    const struct fn_group *group = map_get(&cat->function_map, key);
    if (!group)
        return NULL;
    *n = group->n;
    return group->functions;
}

const struct cat_type *catalog_type(const struct catalog *cat, struct str name)
{
    char lower[TYPE_NAME_MAX];
    const struct cat_type *exact = map_get(&cat->type_map, name);
    if (exact || name.n > sizeof lower)
        return exact;
    /* Unquoted names of SQL fold to lower case. */
    for (size_t i = 0; i < name.n; i++)
        lower[i] = (char)(name.p[i] >= 'A' && name.p[i] <= 'Z' ? name.p[i] + 32 : name.p[i]);
    return map_get(&cat->type_map, str_make(lower, name.n));
}

const struct cat_column *cat_relation_column(const struct cat_relation *rel, struct str name)
{
    size_t lo = 0, hi = rel->ncolumns;
    /* Names differ in length or in their first bytes: a scan of some columns is cheaper than a search. */
    for (size_t i = 0; !rel->by_name && i < rel->ncolumns; i++) {
        if (str_eq(rel->columns[i].name, name))
            return &rel->columns[i];
    }
    while (rel->by_name && lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        const struct cat_column *column = &rel->columns[rel->by_name[mid]];
        int order = str_cmp(column->name, name);
        if (order == 0)
            return column;
        if (order < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return NULL;
}

const struct cat_grant *cat_relation_grant(const struct cat_relation *rel, struct str role)
{
    size_t lo = 0, hi = rel->ngrants;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        int order = str_cmp(rel->grants[mid].role, role);
        if (order == 0)
            return &rel->grants[mid];
        if (order < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return NULL;
}

unsigned cat_relation_privileges(const struct cat_relation *rel, struct str role)
{
    const struct cat_grant *grant = cat_relation_grant(rel, role);
    return grant ? grant->bits : 0;
}

unsigned cat_column_privileges(const struct cat_relation *rel, struct str role, const struct cat_column *col)
{
    const struct cat_grant *grant = cat_relation_grant(rel, role);
    if (!grant)
        return 0;
    CHECK(col->index < rel->ncolumns);
    return grant->some_columns ? grant->column_bits[col->index] : grant->bits;
}

static bool contains(const struct str *sorted, size_t n, struct str s)
{
    size_t lo = 0, hi = n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        int order = str_cmp(sorted[mid], s);
        if (order == 0)
            return true;
        if (order < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return false;
}

bool cat_function_claims(const struct cat_function *fn, struct str role)
{
    return fn->claims && !contains(fn->claimless, fn->nclaimless, role);
}

bool cat_function_callable(const struct cat_function *fn, struct str role)
{
    return fn->open || contains(fn->callers, fn->ncallers, role);
}

bool catalog_each_function(const struct catalog *cat, size_t *i, const struct cat_function **fn)
{
    if (*i >= cat->nfunctions)
        return false;
    *fn = cat->functions[(*i)++];
    return true;
}

bool catalog_each(const struct catalog *cat, size_t *i, const struct cat_relation **rel)
{
    if (*i >= cat->nexposed)
        return false;
    *rel = &cat->relations[(*i)++];
    return true;
}

static struct str suggest_relation(
    const struct catalog *cat, struct str schema, struct str name, bool only_related)
{
    struct suggest s;
    suggest_init(&s, str_sub(name, 0, name.n <= SUGGEST_NAME_MAX ? name.n : 0));
    for (size_t i = 0; i < cat->nexposed; i++) {
        const struct cat_relation *rel = &cat->relations[i];
        if (str_eq(rel->schema, schema) && (!only_related || rel->nrelationships > 0))
            suggest_offer(&s, rel->name);
    }
    return suggest_best(&s, NULL);
}

struct str catalog_suggest_relation(const struct catalog *cat, struct str schema, struct str name)
{
    return suggest_relation(cat, schema, name, false);
}

struct str catalog_suggest_parent(const struct catalog *cat, struct str schema, struct str name)
{
    return suggest_relation(cat, schema, name, true);
}

struct str catalog_suggest_function(const struct catalog *cat, struct str schema, struct str name)
{
    struct suggest s;
    suggest_init(&s, str_sub(name, 0, name.n <= SUGGEST_NAME_MAX ? name.n : 0));
    for (size_t i = 0; i < cat->ngroups; i++) {
        if (str_eq(cat->groups[i].schema, schema))
            suggest_offer(&s, cat->groups[i].name);
    }
    return suggest_best(&s, NULL);
}

struct str cat_relation_suggest_target(const struct cat_relation *rel, struct str name)
{
    struct suggest s;
    bool exact;
    suggest_init(&s, name);
    for (size_t i = 0; i < rel->nrelationships; i++)
        suggest_offer(&s, rel->relationships[i].to->name);
    struct str best = suggest_best(&s, &exact);
    return exact ? (struct str){NULL, 0} : best;
}

size_t cat_relation_suggest_columns(const struct cat_relation *rel, struct str name, struct str found[2])
{
    struct suggest_columns s;
    suggest_columns_init(&s, name);
    for (size_t i = 0; i < rel->ncolumns; i++)
        suggest_columns_offer(&s, rel->columns[i].name);
    memcpy(found, s.found, sizeof s.found);
    return s.n <= ARRAY_LEN(s.found) ? s.n : 0;
}

static int by_name(const void *a, const void *b)
{
    return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

/* Sorts the names. */
static struct str parameter_list(struct arena *a, struct str *names, size_t n)
{
    struct buf b;
    if (n > 1)
        qsort(names, n, sizeof *names, by_name);
    buf_init(&b, 0);
    buf_append_char(&b, '(');
    for (size_t i = 0; i < n && buf_len(&b) <= SUGGEST_TEXT_MAX; i++)
        buf_printf(&b, "%s%.*s", i ? ", " : "", STR_ARG(names[i]));
    buf_append_char(&b, ')');
    struct str text = arena_str(a, buf_str(&b));
    buf_release(&b);
    return text;
}

struct str catalog_suggest_parameters(struct arena *a, const struct catalog *cat, struct str schema,
    struct str function, const struct str *names, size_t n)
{
    struct suggest s;
    size_t nfunctions;
    struct str *copy = ARENA_NEW_ARRAY(a, struct str, n + 1);
    for (size_t i = 0; i < n; i++)
        copy[i] = names[i];
    suggest_init(&s, parameter_list(a, copy, n));
    const struct cat_function *const *found = catalog_functions(cat, schema, function, &nfunctions);
    for (size_t i = 0; i < nfunctions; i++) {
        struct str *own = ARENA_NEW_ARRAY(a, struct str, found[i]->nparams + 1u);
        for (size_t j = 0; j < found[i]->nparams; j++)
            own[j] = found[i]->params[j].name;
        suggest_offer(&s, parameter_list(a, own, found[i]->nparams));
    }
    return suggest_best(&s, NULL);
}
