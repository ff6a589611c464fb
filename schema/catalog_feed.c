/* catalog_feed: one small function for each query, chosen from a table. SPDX-License-Identifier: ISC */
#include "schema/catalog_feed.h"

#include "schema/catalog_build.h"
#include "schema/embedded.h"
#include "schema/pg_text.h"
#include "schema/reach.h"
#include "util/check.h"
#include "util/mem.h"

#include <stdlib.h>

#define FIELDS_MAX 20
/* Arguments of a function are at most 100, columns of a table 1,600, columns of a key 32; the labels of an
 * enum have no limit, but nobody reads the list that is longer. */
#define LIST_MAX 1664

struct catalog_feed {
    struct catalog_build *build;
    struct reach *reach;
    struct str list[LIST_MAX], more[LIST_MAX];
    uint32_t oids[LIST_MAX], more_oids[LIST_MAX];
};

/* Fields. What PostgreSQL sends for these types always parses; 0 for NULL. */

static int64_t number(struct str field)
{
    int64_t n;
    return str_to_i64(field, &n) ? n : 0;
}

static uint32_t oid(struct str field)
{
    return (uint32_t)number(field);
}

static bool flag(struct str field)
{
    return field.n == 1 && field.p[0] == 't';
}

static char letter(struct str field)
{
    return field.n > 0 ? field.p[0] : '\0';
}

static double real(struct str field)
{
    char text[64];
    size_t n = MIN(field.n, sizeof text - 1);
    if (n > 0)
        memcpy(text, field.p, n);
    text[n] = '\0';
    return strtod(text, NULL);
}

/* NULL counts as empty; so does what is no array. */
static size_t list(struct str field, struct str *items)
{
    int n = field.p ? pg_array_split((char *)field.p, field.n, items, LIST_MAX) : 0;
    return n > 0 ? (size_t)n : 0;
}

static size_t oid_list(struct str field, struct str *items, uint32_t *oids)
{
    size_t n = list(field, items);
    for (size_t i = 0; i < n; i++)
        oids[i] = oid(items[i]);
    return n;
}

static size_t attnum_list(struct str field, struct str *items, int16_t *numbers, size_t max)
{
    size_t n = MIN(list(field, items), max);
    for (size_t i = 0; i < n; i++)
        numbers[i] = (int16_t)number(items[i]);
    return n;
}

/* Queries, in the order of catalog_queries.def. */

static enum cat_kind kind_of(char relkind)
{
    switch (relkind) {
    case 'v': return CAT_VIEW;
    case 'm': return CAT_MATVIEW;
    case 'f': return CAT_FOREIGN;
    case 'p': return CAT_PARTITIONED;
    default: return CAT_TABLE;
    }
}

static void schemas(struct catalog_feed *f, const struct str *v)
{
    catalog_build_schema(f->build, v[0], v[1]);
}

static void relations(struct catalog_feed *f, const struct str *v)
{
    struct cat_relation_row row = {.oid = oid(v[0]),
        .kind = kind_of(letter(v[1])),
        .schema = v[2],
        .name = v[3],
        .comment = v[4],
        .insertable = flag(v[5]),
        .updatable = flag(v[6]),
        .deletable = flag(v[7]),
        .row_security = flag(v[8]),
        .exposed = flag(v[9]),
        .estimated_rows = real(v[10]),
        .repeats = flag(v[11])};
    catalog_build_relation(f->build, &row);
    if (row.exposed)
        reach_want_relation(f->reach, row.oid);
}

static void columns(struct catalog_feed *f, const struct str *v)
{
    catalog_build_column(f->build, &(struct cat_column_row){.relation_oid = oid(v[0]),
                                       .type_oid = oid(v[1]),
                                       .name = v[2],
                                       .type_sql = v[3],
                                       .comment = v[4],
                                       .default_sql = v[5],
                                       .attnum = (int16_t)number(v[6]),
                                       .max_length = (int32_t)number(v[7]),
                                       .not_null = flag(v[8]),
                                       .generated = flag(v[9]),
                                       .identity = flag(v[10])});
}

static enum cat_typekind typekind_of(char letter_, bool cast)
{
    switch (letter_) {
    case 'd': return TYPE_DOMAIN;
    case 'c': return TYPE_COMPOSITE;
    case 'a': return TYPE_ARRAY;
    case 'e': return cast ? TYPE_CAST : TYPE_ENUM;
    case 'r': return cast ? TYPE_CAST : TYPE_RANGE;
    default: return cast ? TYPE_CAST : TYPE_SCALAR;
    }
}

static void types(struct catalog_feed *f, const struct str *v)
{
    catalog_build_type(f->build, &(struct cat_type_row){.oid = oid(v[0]),
                                     .base_oid = oid(v[1]),
                                     .elem_oid = oid(v[2]),
                                     .relation_oid = oid(v[3]),
                                     .kind = typekind_of(letter(v[4]), v[9].n > 0),
                                     .schema = v[5],
                                     .name = v[6],
                                     .sql_name = v[7],
                                     .nlabels = list(v[8], f->list),
                                     .labels = f->list,
                                     .to_json = v[9],
                                     .from_json = v[10],
                                     .from_text = v[11]});
}

static void keys(struct catalog_feed *f, const struct str *v)
{
    int16_t from[64], to[64];
    size_t n = attnum_list(v[4], f->list, from, ARRAY_LEN(from));
    char type = letter(v[1]);
    if (type == 'f' && attnum_list(v[5], f->more, to, ARRAY_LEN(to)) != n)
        return;
    catalog_build_key(f->build, &(struct cat_key_row){.constraint = v[0],
                                    .type = type,
                                    .relation_oid = oid(v[2]),
                                    .target_oid = oid(v[3]),
                                    .columns = from,
                                    .target_columns = to,
                                    .ncolumns = n});
}

static void indexes(struct catalog_feed *f, const struct str *v)
{
    int16_t columns[32], options[ARRAY_LEN(columns)]; /* PostgreSQL's INDEX_MAX_KEYS */
    uint8_t bits[ARRAY_LEN(columns)];
    size_t n = attnum_list(v[4], f->list, columns, ARRAY_LEN(columns));
    if (attnum_list(v[5], f->list, options, ARRAY_LEN(options)) != n)
        return;
    for (size_t i = 0; i < n; i++)
        bits[i] = (uint8_t)options[i];
    catalog_build_index(f->build, &(struct cat_index_row){.oid = oid(v[0]),
                                      .relation_oid = oid(v[1]),
                                      .primary = flag(v[2]),
                                      .unique = flag(v[3]),
                                      .columns = columns,
                                      .options = bits,
                                      .ncolumns = n});
}

struct view_target {
    struct catalog_feed *feed;
    uint32_t view;
};

static void on_target(void *arg, int16_t attnum, uint32_t base_oid, int16_t base_attnum)
{
    const struct view_target *t = arg;
    catalog_build_view_column(
        t->feed->build, &(struct cat_view_column_row){t->view, base_oid, attnum, base_attnum});
}

static void views(struct catalog_feed *f, const struct str *v)
{
    struct view_target target = {f, oid(v[0])};
    pg_view_targets(v[6], on_target, &target);
    if (letter(v[1]) == 'v') /* a materialized one is read as it is stored */
        reach_view(f->reach, &(struct reach_view){.oid = oid(v[0]),
                                 .owner = v[2],
                                 .invoker = flag(v[3]),
                                 .text = v[4],
                                 .unsteady = flag(v[5])});
}

static void view_bases(struct catalog_feed *f, const struct str *v)
{
    catalog_build_source(f->build, &(struct cat_source_row){oid(v[0]), oid(v[1]), false});
    reach_view_base(f->reach, oid(v[0]), oid(v[1]));
}

static void view_functions(struct catalog_feed *f, const struct str *v)
{
    reach_view_function(f->reach, oid(v[0]), oid(v[1]));
}

static void relation_functions(struct catalog_feed *f, const struct str *v)
{
    reach_relation_function(f->reach, oid(v[0]), oid(v[1]));
}

static void type_functions(struct catalog_feed *f, const struct str *v)
{
    reach_type_function(f->reach, oid(v[0]), oid(v[1]));
}

static void calls(struct catalog_feed *f, const struct str *v)
{
    reach_call(f->reach, oid(v[0]), oid(v[1]));
}

static void words(struct catalog_feed *f, const struct str *v)
{
    reach_word(f->reach, v[0], oid(v[1]));
}

static void inheritance(struct catalog_feed *f, const struct str *v)
{
    catalog_build_source(f->build, &(struct cat_source_row){oid(v[0]), oid(v[1]), false});
}

static void partitions(struct catalog_feed *f, const struct str *v)
{
    catalog_build_partition(f->build, &(struct cat_partition_row){oid(v[0]), oid(v[1])});
}

static void grants(struct catalog_feed *f, const struct str *v)
{
    reach_want_role(f->reach, v[2]);
    catalog_build_grant(f->build, &(struct cat_grant_row){.relation_oid = oid(v[0]),
                                      .attnum = (int16_t)number(v[1]),
                                      .role = v[2],
                                      .bits = (unsigned)number(v[3])});
}

static void policies(struct catalog_feed *f, const struct str *v)
{
    reach_policy(f->reach, &(struct reach_policy){.relation = oid(v[0]),
                               .role = v[1],
                               .policy = oid(v[2]),
                               .permissive = flag(v[3]),
                               .always = flag(v[4]),
                               .text = v[5],
                               .unsteady = flag(v[6])});
}

static void policy_sources(struct catalog_feed *f, const struct str *v)
{
    if (flag(v[2]))
        reach_policy_function(f->reach, oid(v[0]), oid(v[3]));
    else
        reach_policy_relation(f->reach, oid(v[0]), oid(v[3]));
}

static void functions(struct catalog_feed *f, const struct str *v)
{
    struct cat_function_row row = {.oid = oid(v[0]),
        .result_oid = oid(v[1]),
        .schema = v[2],
        .name = v[3],
        .comment = v[4],
        .ndefaults = (size_t)number(v[7]),
        .variadic = flag(v[8]),
        .returns_set = flag(v[9]),
        .returns_one_row = flag(v[10]),
        .exposed = flag(v[11])};
    struct str settings[64], column_names[LIST_MAX];
    size_t nnames = list(v[5], f->list);
    row.nparams = oid_list(v[6], f->more, f->oids);
    while (nnames < row.nparams)
        f->list[nnames++] = STR("");
    row.param_names = f->list;
    row.param_types = f->oids;
    row.volatility = letter(v[12]) == 'i' ? FN_IMMUTABLE : letter(v[12]) == 's' ? FN_STABLE : FN_VOLATILE;
    int n = v[13].p ? pg_array_split((char *)v[13].p, v[13].n, settings, ARRAY_LEN(settings)) : 0;
    row.settings = settings;
    row.nsettings = n > 0 ? (size_t)n : 0;
    row.ncolumns = MIN(list(v[14], column_names), oid_list(v[15], f->more, f->more_oids));
    row.column_names = column_names;
    row.column_types = f->more_oids;
    row.open = flag(v[16]);
    catalog_build_function(f->build, &row);
    reach_want_function(f->reach, row.oid);
}

static void executions(struct catalog_feed *f, const struct str *v)
{
    catalog_build_execution(f->build, &(struct cat_execution_row){oid(v[0]), v[1]});
}

static void handlers(struct catalog_feed *f, const struct str *v)
{
    catalog_build_handler(f->build, &(struct cat_handler_row){.oid = oid(v[0]),
                                        .schema = v[1],
                                        .name = v[2],
                                        .media = v[3],
                                        .relation_oid = oid(v[4]),
                                        .features = flag(v[5])});
}

static void bodies(struct catalog_feed *f, const struct str *v)
{
    reach_function(f->reach, &(struct reach_function){.oid = oid(v[0]),
                                 .name = v[1],
                                 .language = v[2],
                                 .is_volatile = flag(v[3]),
                                 .definer = flag(v[4]),
                                 .owner = v[5],
                                 .body = v[6]});
}

static void names(struct catalog_feed *f, const struct str *v)
{
    reach_name(f->reach, oid(v[0]), v[1]);
}

static void texts(struct catalog_feed *f, const struct str *v)
{
    reach_text(f->reach, v[1], flag(v[0]));
}

static void anywhere(struct catalog_feed *f, const struct str *v)
{
    reach_anywhere(f->reach, oid(v[0]));
}

static void write_functions(struct catalog_feed *f, const struct str *v)
{
    reach_write_function(f->reach, oid(v[0]), oid(v[1]));
}

static void write_relations(struct catalog_feed *f, const struct str *v)
{
    reach_write_relation(f->reach, oid(v[0]), oid(v[1]));
}

static void role_settings(struct catalog_feed *f, const struct str *v)
{
    catalog_build_role_setting(
        f->build, &(struct cat_role_setting_row){.role = v[0], .name = v[1], .value = v[2]});
}

static const struct query {
    const char *name;
    size_t nfields;
    void (*feed)(struct catalog_feed *f, const struct str *v);
} queries[] = {
#define QUERY(name, nfields) {#name, nfields, name},
#include "schema/catalog_queries.def"
#undef QUERY
};

/* The statement. */

static struct str piece(const char *name)
{
    for (size_t i = 0; i < catalog_pieces_count; i++) {
        if (strcmp(catalog_pieces[i].name, name) == 0)
            return str_make(catalog_pieces[i].text, catalog_pieces[i].size);
    }
    UNREACHABLE();
}

void catalog_feed_sql(struct buf *sql)
{
    buf_append(sql, piece("common"));
    for (size_t i = 0; i < ARRAY_LEN(queries); i++) {
        buf_printf(sql, "\n%sselect %zu, x::text from (\n", i ? "union all\n" : "", i);
        buf_append(sql, piece(queries[i].name));
        buf_append(sql, STR("\n) x"));
    }
}

/* The life of a feed. */

struct catalog_feed *catalog_feed_create(const struct str *schemas, size_t nschemas)
{
    struct catalog_feed *f = MEM_NEW(struct catalog_feed);
    f->build = catalog_build_create(schemas, nschemas);
    f->reach = reach_create();
    return f;
}

void catalog_feed_free(struct catalog_feed **fp)
{
    struct catalog_feed *f = *fp;
    *fp = NULL;
    if (!f)
        return;
    catalog_build_free(&f->build);
    reach_free(&f->reach);
    mem_free(f);
}

bool catalog_feed_row(struct catalog_feed *f, size_t query, char *text, size_t n)
{
    struct str fields[FIELDS_MAX];
    if (query >= ARRAY_LEN(queries))
        return false;
    if (pg_row_split(text, n, fields, FIELDS_MAX) != (int)queries[query].nfields)
        return false;
    queries[query].feed(f, fields);
    return true;
}

struct catalog *catalog_feed_finish(struct catalog_feed **fp)
{
    struct catalog_feed *f = *fp;
    reach_finish(f->reach, f->build);
    struct catalog *cat = catalog_build_finish(&f->build);
    catalog_feed_free(fp);
    return cat;
}
