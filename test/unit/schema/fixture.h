/* fixture: feeding a catalog builder in few words. SPDX-License-Identifier: ISC */
#ifndef TEST_UNIT_SCHEMA_FIXTURE_H
#define TEST_UNIT_SCHEMA_FIXTURE_H

#include "schema/catalog_build.h"
#include "test/unit/test.h"

#include <stdio.h>

#define INT4 23u
#define TEXT 25u

static inline void add_relation(
    struct catalog_build *b, uint32_t oid, enum cat_kind kind, const char *schema, const char *name)
{
    catalog_build_relation(b, &(struct cat_relation_row){.oid = oid,
                                  .kind = kind,
                                  .schema = str_cstr(schema),
                                  .name = str_cstr(name),
                                  .exposed = strcmp(schema, "hidden") != 0,
                                  .estimated_rows = -1});
}

/* Columns of type integer, numbered from 1, from a blank-separated list. */
static inline void add_columns(struct catalog_build *b, uint32_t oid, const char *names)
{
    struct str rest = str_cstr(names), name;
    for (int16_t attnum = 1; str_split(&rest, ' ', &name); attnum++)
        catalog_build_column(b,
            &(struct cat_column_row){.relation_oid = oid, .type_oid = INT4, .name = name, .attnum = attnum});
}

static inline void add_table(struct catalog_build *b, uint32_t oid, const char *name, const char *columns)
{
    add_relation(b, oid, CAT_TABLE, "app", name);
    add_columns(b, oid, columns);
}

static inline void add_view(struct catalog_build *b, uint32_t oid, const char *name, const char *columns)
{
    add_relation(b, oid, CAT_VIEW, "app", name);
    add_columns(b, oid, columns);
}

/* attnums as digits: "12" is columns 1 and 2. */
static inline size_t digits(const char *text, int16_t out[8])
{
    size_t n = 0;
    for (; text[n]; n++)
        out[n] = (int16_t)(text[n] - '0');
    return n;
}

static inline void add_key(
    struct catalog_build *b, char type, const char *constraint, uint32_t oid, const char *columns)
{
    int16_t numbers[8];
    size_t n = digits(columns, numbers);
    catalog_build_key(b, &(struct cat_key_row){.constraint = str_cstr(constraint),
                             .type = type,
                             .relation_oid = oid,
                             .columns = numbers,
                             .ncolumns = n});
}

static inline void add_fk(struct catalog_build *b, const char *constraint, uint32_t oid, const char *columns,
    uint32_t target, const char *target_columns)
{
    int16_t from[8], to[8];
    size_t n = digits(columns, from);
    assert_int_equal(digits(target_columns, to), n);
    catalog_build_key(b, &(struct cat_key_row){.constraint = str_cstr(constraint),
                             .type = 'f',
                             .relation_oid = oid,
                             .target_oid = target,
                             .columns = from,
                             .target_columns = to,
                             .ncolumns = n});
}

static inline void add_shown(
    struct catalog_build *b, uint32_t view, int16_t attnum, uint32_t base, int16_t base_attnum)
{
    catalog_build_view_column(b, &(struct cat_view_column_row){view, base, attnum, base_attnum});
}

static inline struct catalog_build *new_build(void)
{
    const struct str schemas[] = {STR("app"), STR("second")};
    return catalog_build_create(schemas, 2);
}

static inline const struct cat_relation *relation(const struct catalog *cat, const char *name)
{
    const struct cat_relation *rel = catalog_relation(cat, STR("app"), str_cstr(name));
    assert_non_null(rel);
    return rel;
}

/* "from -> to constraint cardinality" of every relationship of a relation, one to a line, into out. */
static inline const char *describe(const struct cat_relation *rel, char *out, size_t size)
{
    static const char *const cardinalities[] = {"M2O", "O2M", "O2O", "M2M", "ONE", "MANY"};
    size_t n = 0;
    out[0] = '\0';
    for (size_t i = 0; i < rel->nrelationships; i++) {
        const struct cat_relationship *r = &rel->relationships[i];
        assert_ptr_equal(r->from, rel);
        n += (size_t)snprintf(out + n, size - n, "%.*s %s %.*s", STR_ARG(r->to->name),
            cardinalities[r->cardinality], STR_ARG(r->constraint));
        for (size_t k = 0; k < r->ncolumns; k++) {
            struct str here = rel->columns[r->from_columns[k]].name;
            struct str there = r->junction ? r->junction->columns[r->j_from_columns[k]].name
                                           : r->to->columns[r->to_columns[k]].name;
            n += (size_t)snprintf(
                out + n, size - n, "%s%.*s=%.*s", k ? "," : " ", STR_ARG(here), STR_ARG(there));
        }
        n += (size_t)snprintf(out + n, size - n, "%s%s\n", r->fk_here ? " here" : "", r->self ? " self" : "");
        assert_true(n < size);
    }
    return out;
}

#endif
