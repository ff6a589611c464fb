/* catalog_make: types, relations, columns and keys of a snapshot from their rows. SPDX-License-Identifier:
 * ISC */
#include "schema/catalog_build_internal.h"
#include "util/check.h"
#include "util/mem.h"

#include <stdlib.h>

#define OID_TEXT 25u
/* Of relations with more columns the names are sorted. */
#define COLUMNS_SCANNED 32u

static const struct cat_type_row builtin_types[] = {
#define TYPE(oid_, name_, sql_name_, kind_, elem_)                                                           \
    {.oid = oid_,                                                                                            \
        .elem_oid = elem_,                                                                                   \
        .kind = kind_,                                                                                       \
        .schema = {"pg_catalog", 10},                                                                        \
        .name = {name_, sizeof(name_) - 1},                                                                  \
        .sql_name = {sql_name_, sizeof(sql_name_) - 1}},
#include "schema/builtin_types.def"
#undef TYPE
};

/* Names that SQL's grammar knows beside typname and format_type. */
static const struct {
    struct str alias;
    uint32_t oid;
} type_aliases[] = {
#define ALIAS(alias_, oid_)                                                                                  \
    {                                                                                                        \
        {alias_, sizeof(alias_) - 1}, oid_                                                                   \
    }
    ALIAS("int", 23),
    ALIAS("char", 1042),
    ALIAS("dec", 1700),
    ALIAS("decimal", 1700),
    ALIAS("float", 701),
    ALIAS("time", 1083),
    ALIAS("timestamp", 1114),
#undef ALIAS
};

/* One slash between words of letters, digits and what RFC 6838 section 4.2 has in use. */
static bool is_media_name(struct str s)
{
    size_t slash = str_find(s, '/');
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (i != slash && !letter && c != '.' && c != '-' && !(c == '+' && i > slash))
            return str_eq(s, STR("*/*"));
    }
    return slash > 0 && slash + 1 < s.n;
}

static int cmp_type_row(const void *a, const void *b)
{
    return cmp_u32(((const struct cat_type_row *)a)->oid, ((const struct cat_type_row *)b)->oid);
}

static int cmp_type(const void *a, const void *b)
{
    return cmp_u32(((const struct cat_type *)a)->oid, ((const struct cat_type *)b)->oid);
}

const struct cat_type *build_type(const struct catalog_build *b, uint32_t oid)
{
    struct cat_type key = {.oid = oid};
    return rows_find(&key, b->all_types, b->nall_types, sizeof key, cmp_type);
}

const struct cat_type *build_type_or_text(const struct catalog_build *b, uint32_t oid)
{
    const struct cat_type *t = build_type(b, oid);
    return t ? t : build_type(b, OID_TEXT);
}

static void add_missing_builtins(struct catalog_build *b)
{
    size_t described = b->types.n;
    for (size_t i = 0; i < ARRAY_LEN(builtin_types); i++) {
        if (!rows_find(&builtin_types[i], b->types.at, described, sizeof *b->types.at, cmp_type_row))
            ROWS_ADD(&b->types, builtin_types[i]);
    }
    ROWS_SORT(&b->types, cmp_type_row);
}

void build_make_types(struct catalog_build *b)
{
    ROWS_SORT(&b->types, cmp_type_row);
    add_missing_builtins(b);
    b->all_types = ARENA_NEW_ARRAY(&b->cat->arena, struct cat_type, b->types.n);
    for (size_t i = 0; i < b->types.n; i++) {
        const struct cat_type_row *r = &b->types.at[i];
        b->all_types[i] = (struct cat_type){.oid = r->oid,
            .kind = r->kind,
            .schema = r->schema,
            .name = r->name,
            .sql_name = r->sql_name,
            .labels = r->labels,
            .nlabels = r->nlabels,
            .relation_oid = r->relation_oid,
            .to_json = r->to_json,
            .from_json = r->from_json,
            .from_text = r->from_text,
            .media = r->kind == TYPE_DOMAIN && is_media_name(r->name)};
    }
    b->nall_types = b->types.n;
    for (size_t i = 0; i < b->opaque_types.n; i++) {
        struct cat_type *t = (struct cat_type *)build_type(b, b->opaque_types.at[i]);
        if (t)
            t->opaque = true;
    }
    for (size_t i = 0; i < b->nall_types; i++) {
        b->all_types[i].base =
            b->types.at[i].base_oid ? build_type_or_text(b, b->types.at[i].base_oid) : NULL;
        b->all_types[i].elem =
            b->types.at[i].elem_oid ? build_type_or_text(b, b->types.at[i].elem_oid) : NULL;
    }
}

static void name_type(struct catalog_build *b, struct str name, struct cat_type *type)
{
    if (name.n > 0 && !map_get(&b->cat->type_map, name))
        (void)map_set(&b->cat->type_map, name, type);
}

static void name_types_of(struct catalog_build *b, struct str schema)
{
    for (size_t i = 0; i < b->nall_types; i++) {
        struct cat_type *t = &b->all_types[i];
        if (str_eq(t->schema, schema)) {
            name_type(b, t->name, t);
            name_type(b, t->sql_name, t);
        }
    }
}

/* Where two types share a name, the earlier pass wins: pg_catalog's, then those of the exposed schemas in
 * their order, then others. */
void build_index_types(struct catalog_build *b)
{
    for (size_t i = 0; i < ARRAY_LEN(type_aliases); i++)
        name_type(b, type_aliases[i].alias, (struct cat_type *)build_type(b, type_aliases[i].oid));
    name_types_of(b, STR("pg_catalog"));
    for (size_t i = 0; i < b->cat->nschemas; i++)
        name_types_of(b, b->cat->schemas[i]);
    for (size_t i = 0; i < b->nall_types; i++) {
        struct cat_type *t = &b->all_types[i];
        name_type(b, t->name, t);
        name_type(b, t->sql_name, t);
        name_type(b, arena_printf(&b->cat->arena, "%.*s.%.*s", STR_ARG(t->schema), STR_ARG(t->name)), t);
    }
}

/* Relations and columns. */

static int cmp_relation_row(const void *pa, const void *pb)
{
    const struct cat_relation_row *a = pa, *b = pb;
    if (a->exposed != b->exposed)
        return a->exposed ? -1 : 1;
    int order = str_cmp(a->schema, b->schema);
    return order ? order : str_cmp(a->name, b->name);
}

static int cmp_relation_oid(const void *a, const void *b)
{
    return cmp_u32((*(struct cat_relation *const *)a)->oid, (*(struct cat_relation *const *)b)->oid);
}

struct cat_relation *build_relation(const struct catalog_build *b, uint32_t oid)
{
    struct cat_relation key = {.oid = oid}, *keyp = &key, **hit;
    hit = rows_find(&keyp, b->by_oid, b->cat->nrelations, sizeof keyp, cmp_relation_oid);
    return hit ? *hit : NULL;
}

struct str build_quote(struct catalog_build *b, struct str schema, struct str name)
{
    const struct str parts[2] = {schema, name};
    char *out = arena_alloc(&b->cat->arena, 2 * (schema.n + name.n) + 6), *p = out;
    for (int i = 0; i < 2; i++) {
        if (i > 0)
            *p++ = '.';
        *p++ = '"';
        for (size_t k = 0; k < parts[i].n; k++) {
            if (parts[i].p[k] == '"')
                *p++ = '"';
            *p++ = parts[i].p[k];
        }
        *p++ = '"';
    }
    *p = '\0';
    return str_make(out, (size_t)(p - out));
}

static bool read_cache_class(struct str word, enum cat_class *out)
{
    static const char *const names[] = {
        "none", "lookup", "style", "material", "transactional", "user", "realtime"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (str_eq_cstr(word, names[i])) {
            *out = (enum cat_class)i;
            return true;
        }
    }
    return false;
}

/* True when the line is one of our hints; anything else stays part of the comment. */
static bool read_hint(struct cat_relation *rel, struct str line)
{
    line = str_trim(line);
    if (str_starts(line, STR("@module ")))
        rel->module = str_trim(str_sub(line, 8, line.n));
    else if (str_starts(line, STR("@cache ")))
        return read_cache_class(str_trim(str_sub(line, 7, line.n)), &rel->cache_class);
    else
        return false;
    return true;
}

static void read_comment(struct catalog_build *b, struct cat_relation *rel, struct str comment)
{
    struct str rest = comment, line;
    char *out, *p;
    rel->comment = comment;
    if (str_find(comment, '@') == comment.n)
        return;
    p = out = arena_alloc(&b->cat->arena, comment.n + 1);
    while (str_split(&rest, '\n', &line)) {
        if (read_hint(rel, line))
            continue;
        if (p > out)
            *p++ = '\n';
        memcpy(p, line.p, line.n);
        p += line.n;
    }
    *p = '\0';
    rel->comment = str_make(out, (size_t)(p - out));
}

static void make_relation(
    struct catalog_build *b, struct cat_relation *rel, const struct cat_relation_row *row)
{
    *rel = (struct cat_relation){.oid = row->oid,
        .kind = row->kind,
        .schema = row->schema,
        .name = row->name,
        .quoted = build_quote(b, row->schema, row->name),
        .insertable = row->insertable,
        .updatable = row->updatable,
        .deletable = row->deletable,
        .row_security = row->row_security,
        .repeats = row->repeats,
        .opaque = build_reach(b, row->oid, false).opaque,
        .settings = build_reach(b, row->oid, false).settings,
        .session_read = build_reach(b, row->oid, false).session_read,
        .session_write = build_reach(b, row->oid, false).session_write,
        .estimated_rows = row->estimated_rows};
    read_comment(b, rel, row->comment);
}

void build_make_relations(struct catalog_build *b)
{
    struct catalog *cat = b->cat;
    ROWS_SORT(&b->relations, cmp_relation_row);
    cat->nrelations = b->relations.n;
    cat->relations = ARENA_NEW_ARRAY(&cat->arena, struct cat_relation, cat->nrelations);
    b->by_oid = MEM_NEW_ARRAY(struct cat_relation *, cat->nrelations);
    for (size_t i = 0; i < cat->nrelations; i++) {
        make_relation(b, &cat->relations[i], &b->relations.at[i]);
        b->by_oid[i] = &cat->relations[i];
        cat->nexposed += b->relations.at[i].exposed;
    }
    rows_sort(b->by_oid, cat->nrelations, sizeof *b->by_oid, cmp_relation_oid);
}

static int cmp_column_row(const void *pa, const void *pb)
{
    const struct cat_column_row *a = pa, *b = pb;
    int order = cmp_u32(a->relation_oid, b->relation_oid);
    return order ? order : a->attnum - b->attnum;
}

static void make_column(struct catalog_build *b, struct cat_column *col, const struct cat_column_row *row)
{
    *col = (struct cat_column){.name = row->name,
        .type = build_type_or_text(b, row->type_oid),
        .type_sql = row->type_sql,
        .comment = row->comment,
        .default_sql = row->default_sql,
        .attnum = row->attnum,
        .max_length = row->max_length,
        .not_null = row->not_null,
        .generated = row->generated,
        .identity = row->identity};
    if (col->type_sql.n == 0)
        col->type_sql = col->type->sql_name;
}

static int cmp_column_name(const void *pa, const void *pb)
{
    const struct cat_column *const *a = pa, *const *b = pb;
    return str_cmp((*a)->name, (*b)->name);
}

static void sort_names(struct catalog_build *b, struct cat_relation *rel)
{
    if (rel->ncolumns <= COLUMNS_SCANNED)
        return;
    uint16_t *by_name = ARENA_NEW_ARRAY(&b->cat->arena, uint16_t, rel->ncolumns);
    const struct cat_column **sorted = MEM_NEW_ARRAY(const struct cat_column *, rel->ncolumns);
    for (size_t i = 0; i < rel->ncolumns; i++)
        sorted[i] = &rel->columns[i];
    qsort(sorted, rel->ncolumns, sizeof *sorted, cmp_column_name);
    for (size_t i = 0; i < rel->ncolumns; i++)
        by_name[i] = sorted[i]->index;
    rel->by_name = by_name;
    mem_free(sorted);
}

void build_make_columns(struct catalog_build *b)
{
    ROWS_SORT(&b->columns, cmp_column_row);
    for (size_t i = 0, end; i < b->columns.n; i = end) {
        const struct cat_column_row *first = &b->columns.at[i];
        for (end = i + 1; end < b->columns.n && b->columns.at[end].relation_oid == first->relation_oid; end++)
            ;
        struct cat_relation *rel = build_relation(b, first->relation_oid);
        if (!rel)
            continue;
        struct cat_column *columns = ARENA_NEW_ARRAY(&b->cat->arena, struct cat_column, end - i);
        for (size_t k = 0; k < end - i; k++) {
            make_column(b, &columns[k], &first[k]);
            columns[k].index = (uint16_t)k;
        }
        rel->columns = columns;
        rel->ncolumns = end - i;
        sort_names(b, rel);
    }
}

bool build_column_index(const struct cat_relation *rel, int16_t attnum, uint16_t *index)
{
    size_t lo = 0, hi = rel->ncolumns;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (rel->columns[mid].attnum < attnum)
            lo = mid + 1;
        else
            hi = mid;
    }
    if (lo == rel->ncolumns || rel->columns[lo].attnum != attnum)
        return false;
    *index = (uint16_t)lo;
    return true;
}

/* Keys. */

static int cmp_key_row(const void *pa, const void *pb)
{
    const struct cat_key_row *a = pa, *b = pb;
    int order = cmp_u32(a->relation_oid, b->relation_oid);
    if (order)
        return order;
    return a->type != b->type ? a->type - b->type : str_cmp(a->constraint, b->constraint);
}

static bool make_key(struct catalog_build *b, const struct cat_relation *rel, const struct cat_key_row *row,
    struct cat_key *key)
{
    uint16_t *columns = ARENA_NEW_ARRAY(&b->cat->arena, uint16_t, row->ncolumns);
    for (size_t i = 0; i < row->ncolumns; i++) {
        if (!build_column_index(rel, row->columns[i], &columns[i]))
            return false;
    }
    *key = (struct cat_key){row->constraint, columns, row->ncolumns};
    return true;
}

static void make_keys_of(struct catalog_build *b, struct cat_relation *rel, size_t from, size_t to)
{
    struct cat_key *uniques = ARENA_NEW_ARRAY(&b->cat->arena, struct cat_key, to - from), key;
    struct cat_key *constraints = ARENA_NEW_ARRAY(&b->cat->arena, struct cat_key, to - from);
    for (size_t i = from; i < to; i++) {
        if (!make_key(b, rel, &b->keys.at[i], &key))
            continue;
        constraints[rel->nconstraints++] = key;
        if (b->keys.at[i].type == 'p')
            rel->pk = key;
        else if (b->keys.at[i].type == 'u')
            uniques[rel->nuniques++] = key;
    }
    rel->constraints = constraints;
    rel->uniques = uniques;
    for (size_t i = 0; i < rel->pk.ncolumns; i++)
        ((struct cat_column *)rel->columns)[rel->pk.columns[i]].in_pk = true;
}

void build_make_keys(struct catalog_build *b)
{
    ROWS_SORT(&b->keys, cmp_key_row);
    for (size_t i = 0, end; i < b->keys.n; i = end) {
        uint32_t oid = b->keys.at[i].relation_oid;
        for (end = i + 1; end < b->keys.n && b->keys.at[end].relation_oid == oid; end++)
            ;
        struct cat_relation *rel = build_relation(b, oid);
        if (rel)
            make_keys_of(b, rel, i, end);
    }
}

/* Indexes. */

static int cmp_index_row(const void *pa, const void *pb)
{
    const struct cat_index_row *a = pa, *b = pb;
    int order = cmp_u32(a->relation_oid, b->relation_oid);
    if (!order)
        order = b->primary - a->primary;
    return order ? order : cmp_u32(a->oid, b->oid);
}

static bool make_index(struct catalog_build *b, const struct cat_relation *rel,
    const struct cat_index_row *row, struct cat_index *index)
{
    uint16_t *columns = ARENA_NEW_ARRAY(&b->cat->arena, uint16_t, row->ncolumns);
    bool nullable = false;
    for (size_t i = 0; i < row->ncolumns; i++) {
        if (!build_column_index(rel, row->columns[i], &columns[i]))
            return false;
        nullable = nullable || !rel->columns[columns[i]].not_null;
    }
    *index =
        (struct cat_index){columns, row->options, row->ncolumns, row->primary || (row->unique && !nullable)};
    return row->ncolumns > 0;
}

void build_make_indexes(struct catalog_build *b)
{
    ROWS_SORT(&b->indexes, cmp_index_row);
    for (size_t i = 0, end; i < b->indexes.n; i = end) {
        uint32_t oid = b->indexes.at[i].relation_oid;
        for (end = i + 1; end < b->indexes.n && b->indexes.at[end].relation_oid == oid; end++)
            ;
        struct cat_relation *rel = build_relation(b, oid);
        if (!rel)
            continue;
        struct cat_index *indexes = ARENA_NEW_ARRAY(&b->cat->arena, struct cat_index, end - i);
        rel->indexes = indexes;
        for (size_t k = i; k < end; k++)
            rel->nindexes += make_index(b, rel, &b->indexes.at[k], &indexes[rel->nindexes]);
    }
}
