/* catalog_build: takes rows, and in the end runs the steps that make a snapshot of them: types, relations,
 * columns and keys (catalog_make.c), relationships (catalog_relate.c), sources (catalog_sources.c), and here
 * grants and functions. SPDX-License-Identifier: ISC */
#include "schema/catalog_build.h"

#include "schema/catalog_build_internal.h"
#include "util/check.h"
#include "util/mem.h"

#include <stdlib.h>

#define OID_VOID 2278u

void *rows_room(void *at, size_t n, size_t *cap, size_t size)
{
    size_t bytes;
    if (n < *cap)
        return at;
    *cap = *cap ? *cap * 2 : 64;
    CHECK(size_mul(*cap, size, &bytes));
    return mem_realloc(at, bytes);
}

void *rows_find(
    const void *key, const void *at, size_t n, size_t size, int (*compare)(const void *, const void *))
{
    return n ? bsearch(key, at, n, size, compare) : NULL;
}

void rows_sort(void *at, size_t n, size_t size, int (*compare)(const void *, const void *))
{
    if (n > 1)
        qsort(at, n, size, compare);
}

static struct str copy(struct catalog_build *b, struct str s)
{
    return s.n ? arena_str(&b->cat->arena, s) : (struct str){"", 0};
}

static const struct str *copy_strs(struct catalog_build *b, const struct str *from, size_t n)
{
    struct str *to = ARENA_NEW_ARRAY(&b->cat->arena, struct str, n);
    for (size_t i = 0; i < n; i++)
        to[i] = copy(b, from[i]);
    return to;
}

static void *copy_bytes(struct catalog_build *b, const void *from, size_t n)
{
    void *to = arena_alloc(&b->cat->arena, n);
    if (n > 0)
        memcpy(to, from, n);
    return to;
}

static uint64_t next_version(void)
{
    static atomic_uint_least64_t last;
    return atomic_fetch_add(&last, 1) + 1;
}

struct catalog_build *catalog_build_create(const struct str *schemas, size_t nschemas)
{
    struct catalog_build *b = MEM_NEW(struct catalog_build);
    struct catalog *cat = b->cat = MEM_NEW(struct catalog);
    cat->magic = CATALOG_MAGIC;
    cat->version = next_version();
    atomic_init(&cat->refs, 1);
    arena_init(&cat->arena, 0);
    map_init(&cat->relation_map);
    map_init(&cat->function_map);
    map_init(&cat->type_map);
    cat->schemas = copy_strs(b, schemas, nschemas);
    cat->schema_comments = ARENA_NEW_ARRAY(&cat->arena, struct str, nschemas);
    cat->nschemas = nschemas;
    cat->settings = cat->settings_anywhere = SETTINGS_ALL;
    return b;
}

void catalog_build_free(struct catalog_build **bp)
{
    struct catalog_build *b = *bp;
    *bp = NULL;
    if (!b)
        return;
    mem_free(b->types.at);
    mem_free(b->relations.at);
    mem_free(b->columns.at);
    mem_free(b->keys.at);
    mem_free(b->indexes.at);
    mem_free(b->grants.at);
    mem_free(b->policies.at);
    mem_free(b->view_columns.at);
    mem_free(b->sources.at);
    mem_free(b->reaches.at);
    mem_free(b->opaque_types.at);
    mem_free(b->role_settings.at);
    mem_free(b->partitions.at);
    mem_free(b->functions.at);
    mem_free(b->executions.at);
    mem_free(b->handlers.at);
    mem_free(b->by_oid);
    catalog_unref(&b->cat);
    mem_free(b);
}

void catalog_build_schema(struct catalog_build *b, struct str name, struct str comment)
{
    for (size_t i = 0; i < b->cat->nschemas; i++) {
        if (str_eq(b->cat->schemas[i], name))
            b->cat->schema_comments[i] = copy(b, comment);
    }
}

void catalog_build_type(struct catalog_build *b, const struct cat_type_row *row)
{
    struct cat_type_row r = *row;
    r.schema = copy(b, r.schema);
    r.name = copy(b, r.name);
    r.sql_name = copy(b, r.sql_name);
    r.to_json = copy(b, r.to_json);
    r.from_json = copy(b, r.from_json);
    r.from_text = copy(b, r.from_text);
    r.labels = copy_strs(b, r.labels, r.nlabels);
    ROWS_ADD(&b->types, r);
}

void catalog_build_relation(struct catalog_build *b, const struct cat_relation_row *row)
{
    struct cat_relation_row r = *row;
    r.schema = copy(b, r.schema);
    r.name = copy(b, r.name);
    r.comment = copy(b, r.comment);
    ROWS_ADD(&b->relations, r);
}

void catalog_build_column(struct catalog_build *b, const struct cat_column_row *row)
{
    struct cat_column_row r = *row;
    r.name = copy(b, r.name);
    r.type_sql = copy(b, r.type_sql);
    r.comment = copy(b, r.comment);
    r.default_sql = copy(b, r.default_sql);
    ROWS_ADD(&b->columns, r);
}

void catalog_build_key(struct catalog_build *b, const struct cat_key_row *row)
{
    struct cat_key_row r = *row;
    r.constraint = copy(b, r.constraint);
    r.columns = copy_bytes(b, r.columns, r.ncolumns * sizeof *r.columns);
    r.target_columns = r.type == 'f' ? copy_bytes(b, r.target_columns, r.ncolumns * sizeof *r.columns) : NULL;
    ROWS_ADD(&b->keys, r);
}

void catalog_build_index(struct catalog_build *b, const struct cat_index_row *row)
{
    struct cat_index_row r = *row;
    r.columns = copy_bytes(b, r.columns, r.ncolumns * sizeof *r.columns);
    r.options = copy_bytes(b, r.options, r.ncolumns * sizeof *r.options);
    ROWS_ADD(&b->indexes, r);
}

void catalog_build_grant(struct catalog_build *b, const struct cat_grant_row *row)
{
    struct cat_grant_row r = *row;
    r.role = copy(b, r.role);
    ROWS_ADD(&b->grants, r);
}

void catalog_build_policy(struct catalog_build *b, const struct cat_policy_row *row)
{
    struct cat_policy_row r = *row;
    r.role = copy(b, r.role);
    ROWS_ADD(&b->policies, r);
}

void catalog_build_view_column(struct catalog_build *b, const struct cat_view_column_row *row)
{
    ROWS_ADD(&b->view_columns, *row);
}

void catalog_build_source(struct catalog_build *b, const struct cat_source_row *row)
{
    ROWS_ADD(&b->sources, *row);
}

static int cmp_str(const void *a, const void *b)
{
    return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

void catalog_build_reach(struct catalog_build *b, const struct cat_reach_row *row)
{
    struct cat_reach_row r = *row;
    r.claimless = copy_strs(b, r.claimless, r.nclaimless);
    rows_sort((struct str *)r.claimless, r.nclaimless, sizeof *r.claimless, cmp_str);
    ROWS_ADD(&b->reaches, r);
}

void catalog_build_settings(struct catalog_build *b, unsigned all, unsigned anywhere)
{
    b->cat->settings = all;
    b->cat->settings_anywhere = anywhere;
}

void catalog_build_opaque_type(struct catalog_build *b, uint32_t oid)
{
    ROWS_ADD(&b->opaque_types, oid);
}

void catalog_build_session(struct catalog_build *b, unsigned session)
{
    b->cat->session = session;
}

void catalog_build_role_setting(struct catalog_build *b, const struct cat_role_setting_row *row)
{
    ROWS_ADD(&b->role_settings,
        (struct cat_role_setting_row){copy(b, row->role), copy(b, row->name), copy(b, row->value)});
}

void catalog_build_partition(struct catalog_build *b, const struct cat_partition_row *row)
{
    ROWS_ADD(&b->partitions, *row);
}

void catalog_build_function(struct catalog_build *b, const struct cat_function_row *row)
{
    struct cat_function_row r = *row;
    r.schema = copy(b, r.schema);
    r.name = copy(b, r.name);
    r.comment = copy(b, r.comment);
    r.param_names = copy_strs(b, r.param_names, r.nparams);
    r.param_types = copy_bytes(b, r.param_types, r.nparams * sizeof *r.param_types);
    r.column_names = copy_strs(b, r.column_names, r.ncolumns);
    r.column_types = copy_bytes(b, r.column_types, r.ncolumns * sizeof *r.column_types);
    r.settings = copy_strs(b, r.settings, r.nsettings);
    ROWS_ADD(&b->functions, r);
}

void catalog_build_execution(struct catalog_build *b, const struct cat_execution_row *row)
{
    ROWS_ADD(&b->executions, (struct cat_execution_row){row->function_oid, copy(b, row->role)});
}

void catalog_build_handler(struct catalog_build *b, const struct cat_handler_row *row)
{
    struct cat_handler_row r = *row;
    r.schema = copy(b, r.schema);
    r.name = copy(b, r.name);
    r.media = copy(b, r.media);
    ROWS_ADD(&b->handlers, r);
}

/* What was found about the code behind a relation or function. */

static int cmp_reach(const void *pa, const void *pb)
{
    const struct cat_reach_row *a = pa, *b = pb;
    return a->function != b->function ? a->function - b->function : cmp_u32(a->oid, b->oid);
}

struct cat_reach_row build_reach(const struct catalog_build *b, uint32_t oid, bool function)
{
    const struct cat_reach_row key = {.oid = oid, .function = function}, *hit;
    hit = rows_find(&key, b->reaches.at, b->reaches.n, sizeof key, cmp_reach);
    return hit ? *hit : key;
}

/* Grants and policies: one struct for a relation and a role, made of rows of both kinds. */

static int cmp_grant_row(const void *pa, const void *pb)
{
    const struct cat_grant_row *a = pa, *b = pb;
    int order = cmp_u32(a->relation_oid, b->relation_oid);
    if (!order)
        order = str_cmp(a->role, b->role);
    return order ? order : a->attnum - b->attnum;
}

static int cmp_policy_row(const void *pa, const void *pb)
{
    const struct cat_policy_row *a = pa, *b = pb;
    int order = cmp_u32(a->relation_oid, b->relation_oid);
    return order ? order : str_cmp(a->role, b->role);
}

static bool same_grant(const struct cat_grant_row *a, const struct cat_grant_row *b)
{
    return a->relation_oid == b->relation_oid && str_eq(a->role, b->role);
}

/* rows[0, n) are those of one role on rel, the whole relation's (attnum 0) first. */
static void make_grant(struct catalog_build *b, const struct cat_relation *rel,
    const struct cat_grant_row *rows, size_t n, struct cat_grant *grant)
{
    uint8_t *bits = NULL;
    uint16_t column;
    grant->role = rows[0].role;
    for (size_t i = 0; i < n; i++) {
        if (rows[i].attnum == 0)
            grant->bits |= rows[i].bits;
        else if ((rows[i].bits & ~grant->bits) && build_column_index(rel, rows[i].attnum, &column)) {
            if (!bits)
                bits = memset(arena_alloc(&b->cat->arena, rel->ncolumns), (int)grant->bits, rel->ncolumns);
            bits[column] |= (uint8_t)rows[i].bits;
        }
    }
    grant->some_columns = bits != NULL;
    grant->column_bits = bits;
}

static void add_policy(struct catalog_build *b, struct cat_grant *grant, uint32_t oid)
{
    struct cat_policy_row key = {.relation_oid = oid, .role = grant->role}, *hit;
    hit = rows_find(&key, b->policies.at, b->policies.n, sizeof key, cmp_policy_row);
    grant->filtered = hit && hit->filtered;
    grant->claims = grant->claims || (hit && hit->claims);
}

static void make_grants_of(struct catalog_build *b, struct cat_relation *rel, size_t from, size_t to)
{
    const struct cat_grant_row *rows = b->grants.at;
    struct cat_grant *grants = ARENA_NEW_ARRAY(&b->cat->arena, struct cat_grant, to - from);
    bool claims = build_reach(b, rel->oid, false).claims;
    for (size_t i = from, end; i < to; i = end) {
        for (end = i + 1; end < to && same_grant(&rows[i], &rows[end]); end++)
            ;
        struct cat_grant *grant = &grants[rel->ngrants++];
        grant->claims = claims;
        make_grant(b, rel, &rows[i], end - i, grant);
        add_policy(b, grant, rel->oid);
    }
    rel->grants = grants;
}

static void make_grants(struct catalog_build *b)
{
    ROWS_SORT(&b->grants, cmp_grant_row);
    ROWS_SORT(&b->policies, cmp_policy_row);
    for (size_t i = 0, end; i < b->grants.n; i = end) {
        uint32_t oid = b->grants.at[i].relation_oid;
        for (end = i + 1; end < b->grants.n && b->grants.at[end].relation_oid == oid; end++)
            ;
        struct cat_relation *rel = build_relation(b, oid);
        if (rel)
            make_grants_of(b, rel, i, end);
    }
}

/* Settings of roles. */

static int cmp_role_setting_row(const void *pa, const void *pb)
{
    const struct cat_role_setting_row *a = pa, *b = pb;
    int order = str_cmp(a->role, b->role);
    return order ? order : str_cmp(a->name, b->name);
}

/* How its transactions begin is no setting that can be made inside of one. */
static void add_role_setting(
    struct cat_role *role, struct cat_role_setting *out, const struct cat_role_setting_row *row)
{
    if (str_eq(row->name, STR("default_transaction_isolation")))
        role->isolation = row->value;
    else
        out[role->nsettings++] = (struct cat_role_setting){row->name, row->value};
}

static void make_roles(struct catalog_build *b)
{
    struct catalog *cat = b->cat;
    const struct cat_role_setting_row *rows = b->role_settings.at;
    ROWS_SORT(&b->role_settings, cmp_role_setting_row);
    cat->roles = ARENA_NEW_ARRAY(&cat->arena, struct cat_role, b->role_settings.n);
    struct cat_role_setting *settings =
        ARENA_NEW_ARRAY(&cat->arena, struct cat_role_setting, b->role_settings.n);
    for (size_t i = 0; i < b->role_settings.n; i++) {
        if (i == 0 || !str_eq(rows[i].role, rows[i - 1].role))
            cat->roles[cat->nroles++] = (struct cat_role){.name = rows[i].role, .settings = settings + i};
        struct cat_role *role = &cat->roles[cat->nroles - 1];
        add_role_setting(role, (struct cat_role_setting *)role->settings, &rows[i]);
    }
}

/* Functions. */

static int cmp_function_row(const void *pa, const void *pb)
{
    const struct cat_function_row *a = pa, *b = pb;
    if (a->exposed != b->exposed)
        return a->exposed ? -1 : 1;
    int order = str_cmp(a->schema, b->schema);
    if (!order)
        order = str_cmp(a->name, b->name);
    return order ? order : cmp_u32(a->oid, b->oid);
}

static const struct cat_param *make_params(struct catalog_build *b, const struct cat_function_row *row)
{
    struct cat_param *params = ARENA_NEW_ARRAY(&b->cat->arena, struct cat_param, row->nparams);
    for (size_t i = 0; i < row->nparams; i++) {
        params[i].name = row->param_names[i];
        params[i].type = build_type_or_text(b, row->param_types[i]);
        params[i].variadic = row->variadic && i + 1 == row->nparams;
        params[i].required = i + row->ndefaults < row->nparams && !params[i].variadic;
    }
    return params;
}

static const struct cat_column *make_result_columns(
    struct catalog_build *b, const struct cat_function_row *row)
{
    struct cat_column *columns = ARENA_NEW_ARRAY(&b->cat->arena, struct cat_column, row->ncolumns);
    for (size_t i = 0; i < row->ncolumns; i++) {
        columns[i].name = row->column_names[i];
        columns[i].type = build_type_or_text(b, row->column_types[i]);
        columns[i].type_sql = columns[i].type->sql_name;
        columns[i].attnum = (int16_t)(i + 1);
        columns[i].index = (uint16_t)i;
    }
    return columns;
}

static int cmp_execution(const void *pa, const void *pb)
{
    const struct cat_execution_row *a = pa, *b = pb;
    int order = cmp_u32(a->function_oid, b->function_oid);
    return order ? order : str_cmp(a->role, b->role);
}

static int cmp_execution_oid(const void *a, const void *b)
{
    return cmp_u32(((const struct cat_execution_row *)a)->function_oid,
        ((const struct cat_execution_row *)b)->function_oid);
}

/* The roles that may call a function which not everybody may; the rows are sorted. */
static const struct str *make_callers(struct catalog_build *b, uint32_t oid, size_t *n)
{
    const struct cat_execution_row key = {.function_oid = oid}, *rows = b->executions.at, *hit;
    *n = 0;
    hit = rows_find(&key, rows, b->executions.n, sizeof key, cmp_execution_oid);
    if (!hit)
        return NULL;
    size_t first = (size_t)(hit - rows), end = first;
    while (first > 0 && rows[first - 1].function_oid == oid)
        first--;
    while (end < b->executions.n && rows[end].function_oid == oid)
        end++;
    struct str *roles = ARENA_NEW_ARRAY(&b->cat->arena, struct str, end - first);
    for (size_t i = first; i < end; i++)
        roles[(*n)++] = rows[i].role;
    return roles;
}

static void make_function(
    struct catalog_build *b, struct cat_function *fn, const struct cat_function_row *row)
{
    struct cat_reach_row reach = build_reach(b, row->oid, true);
    const struct cat_type *result = build_type_or_text(b, row->result_oid);
    uint32_t table_oid = row->result_relation_oid ? row->result_relation_oid : result->relation_oid;
    struct cat_relation *table = table_oid ? build_relation(b, table_oid) : NULL;
    *fn = (struct cat_function){.oid = row->oid,
        .schema = row->schema,
        .name = row->name,
        .quoted = build_quote(b, row->schema, row->name),
        .comment = row->comment,
        .params = make_params(b, row),
        .nparams = row->nparams,
        .result = row->result_oid == OID_VOID ? NULL : result,
        .table = table && build_exposed(b, table) ? table : NULL,
        .volatility = row->volatility,
        .returns_set = row->returns_set,
        .returns_one_row = row->returns_one_row,
        .has_variadic = row->variadic,
        .settings = row->settings,
        .nsettings = row->nsettings,
        .columns = make_result_columns(b, row),
        .ncolumns = row->ncolumns,
        .claims = reach.claims,
        .claimless = reach.claimless,
        .nclaimless = reach.nclaimless,
        .open = row->open,
        .session = reach.session_read,
        .opaque = reach.opaque};
    fn->callers = make_callers(b, row->oid, &fn->ncallers);
}

static void make_functions(struct catalog_build *b)
{
    ROWS_SORT(&b->functions, cmp_function_row);
    ROWS_SORT(&b->executions, cmp_execution);
    b->all_functions = ARENA_NEW_ARRAY(&b->cat->arena, struct cat_function, b->functions.n);
    for (size_t i = 0; i < b->functions.n; i++)
        make_function(b, &b->all_functions[i], &b->functions.at[i]);
}

/* Handlers. */

static int cmp_handler_row(const void *a, const void *b)
{
    return cmp_u32(((const struct cat_handler_row *)a)->oid, ((const struct cat_handler_row *)b)->oid);
}

static void make_handlers(struct catalog_build *b)
{
    struct catalog *cat = b->cat;
    ROWS_SORT(&b->handlers, cmp_handler_row);
    cat->nhandlers = b->handlers.n;
    cat->handlers = ARENA_NEW_ARRAY(&cat->arena, struct cat_handler, cat->nhandlers);
    for (size_t i = 0; i < cat->nhandlers; i++) {
        const struct cat_handler_row *row = &b->handlers.at[i];
        cat->handlers[i] = (struct cat_handler){.oid = row->oid,
            .quoted = build_quote(b, row->schema, row->name),
            .media = row->media,
            .relation_oid = row->relation_oid,
            .features = row->features};
        cat->has_media = cat->has_media || !row->features;
        cat->settings = SETTINGS_ALL; /* its code may be anywhere */
    }
    for (size_t i = 0; i < b->functions.n; i++)
        cat->has_media = cat->has_media || (b->all_functions[i].result && b->all_functions[i].result->media);
}

/* Indexes. */

static void index_relations(struct catalog_build *b)
{
    struct catalog *cat = b->cat;
    char bytes[CATALOG_KEY_MAX];
    struct str key;
    cat->by_oid = ARENA_NEW_ARRAY(&cat->arena, const struct cat_relation *, cat->nexposed);
    for (size_t i = 0, n = 0; i < cat->nrelations; i++) {
        struct cat_relation *rel = b->by_oid[i];
        if (!build_exposed(b, rel))
            continue;
        cat->by_oid[n++] = rel;
        if (catalog_key(bytes, rel->schema, rel->name, &key))
            (void)map_set(&cat->relation_map, key, rel);
    }
}

static void index_functions(struct catalog_build *b)
{
    struct catalog *cat = b->cat;
    char bytes[CATALOG_KEY_MAX];
    struct str key;
    cat->groups = ARENA_NEW_ARRAY(&cat->arena, struct fn_group, b->functions.n);
    const struct cat_function **list =
        ARENA_NEW_ARRAY(&cat->arena, const struct cat_function *, b->functions.n);
    cat->functions = list;
    for (size_t i = 0; i < b->functions.n && b->functions.at[i].exposed; i++) {
        struct cat_function *fn = &b->all_functions[i];
        struct fn_group *group = cat->ngroups ? &cat->groups[cat->ngroups - 1] : NULL;
        list[i] = fn;
        cat->nfunctions++;
        if (group && str_eq(group->schema, fn->schema) && str_eq(group->name, fn->name)) {
            group->n++;
            continue;
        }
        group = &cat->groups[cat->ngroups++];
        *group = (struct fn_group){fn->schema, fn->name, &list[i], 1};
        if (catalog_key(bytes, fn->schema, fn->name, &key))
            (void)map_set(&cat->function_map, key, group);
    }
}

static int cmp_partition(const void *a, const void *b)
{
    return cmp_u32(((const struct partition *)a)->oid, ((const struct partition *)b)->oid);
}

static void index_partitions(struct catalog_build *b)
{
    struct catalog *cat = b->cat;
    cat->partitions = ARENA_NEW_ARRAY(&cat->arena, struct partition, b->partitions.n);
    cat->npartitions = b->partitions.n;
    for (size_t i = 0; i < b->partitions.n; i++)
        cat->partitions[i] = (struct partition){b->partitions.at[i].oid, b->partitions.at[i].root_oid};
    rows_sort(cat->partitions, cat->npartitions, sizeof *cat->partitions, cmp_partition);
}

struct catalog *catalog_build_finish(struct catalog_build **bp)
{
    struct catalog_build *b = *bp;
    ROWS_SORT(&b->reaches, cmp_reach);
    build_make_types(b);
    build_make_relations(b);
    build_make_columns(b);
    build_make_keys(b);
    build_make_indexes(b);
    make_grants(b);
    make_roles(b);
    make_functions(b);
    make_handlers(b);
    index_partitions(b);
    build_sources(b);
    build_relationships(b);
    build_index_types(b);
    index_relations(b);
    index_functions(b);
    struct catalog *cat = catalog_ref(b->cat);
    catalog_build_free(bp);
    return cat;
}
