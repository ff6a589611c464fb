/* openapi_view: privileges, types and comments as the documents at the root show them.
 * SPDX-License-Identifier: ISC */
#include "handlers/openapi_view.h"

#include "util/check.h"
#include "util/json_scan.h"

/* Privileges */

/* PostgreSQL lets a view be written that a rule or trigger makes so; deletion has no column privileges. */
static unsigned possible(const struct cat_relation *rel)
{
    return PRIV_SELECT | (rel->insertable ? PRIV_INSERT : 0u) | (rel->updatable ? PRIV_UPDATE : 0u) |
           (rel->deletable ? PRIV_DELETE : 0u);
}

unsigned openapi_relation_bits(const struct openapi_view *v, const struct cat_relation *rel)
{
    if (v->everything)
        return possible(rel);
    const struct cat_grant *grant = cat_relation_grant(rel, v->role);
    unsigned bits = grant ? grant->bits : 0;
    for (size_t i = 0; grant && grant->some_columns && i < rel->ncolumns; i++)
        bits |= grant->column_bits[i];
    return bits & possible(rel);
}

unsigned openapi_column_bits(
    const struct openapi_view *v, const struct cat_relation *rel, const struct cat_column *col)
{
    return (v->everything ? ~0u : cat_column_privileges(rel, v->role, col)) & possible(rel);
}

bool openapi_next_relation(
    const struct openapi_view *v, size_t *i, const struct cat_relation **rel, unsigned *bits)
{
    while (catalog_each(v->cat, i, rel)) {
        if (!str_eq((*rel)->schema, v->schema))
            continue;
        *bits = openapi_relation_bits(v, *rel);
        if (*bits)
            return true;
    }
    return false;
}

bool openapi_next_function(const struct openapi_view *v, size_t *i, const struct cat_function **fn)
{
    struct str last = *i ? (*fn)->name : (struct str){NULL, 0};
    while (catalog_each_function(v->cat, i, fn)) {
        if (str_eq((*fn)->schema, v->schema) && !str_eq((*fn)->name, last) &&
            (v->everything || cat_function_callable(*fn, v->role)))
            return true;
    }
    return false;
}

static bool is_key_of(const struct cat_relationship *r, const struct cat_column *col)
{
    return (r->cardinality == REL_M2O || r->cardinality == REL_O2O) && r->fk_here && r->ncolumns == 1 &&
           r->from_columns[0] == col->index;
}

const struct cat_relationship *openapi_foreign_key(
    const struct openapi_view *v, const struct cat_relation *rel, const struct cat_column *col)
{
    const struct cat_relationship *found = NULL;
    for (size_t i = 0; i < rel->nrelationships; i++) {
        const struct cat_relationship *r = &rel->relationships[i];
        if (!is_key_of(r, col) || !openapi_relation_bits(v, r->to))
            continue;
        if (r->to->kind != CAT_VIEW && r->to->kind != CAT_MATVIEW)
            return r;
        if (!found)
            found = r;
    }
    return found;
}

/* Types. OIDs are those of pg_type.dat. */

const struct cat_type *openapi_base(const struct cat_type *type)
{
    while (type->base)
        type = type->base;
    return type;
}

enum openapi_kind openapi_kind(const struct cat_type *type)
{
    type = openapi_base(type);
    if (type->kind == TYPE_ARRAY)
        return KIND_ARRAY;
    switch (type->oid) {
    case 16: return KIND_BOOLEAN;
    case 20:
    case 21:
    case 23: return KIND_INTEGER;
    case 700:
    case 701:
    case 1700: return KIND_NUMBER;
    case 114:
    case 3802: return KIND_ANY;
    default: return KIND_STRING;
    }
}

const char *openapi_kind_name(enum openapi_kind kind)
{
    static const char *const names[] = {[KIND_ANY] = NULL,
        [KIND_STRING] = "string",
        [KIND_BOOLEAN] = "boolean",
        [KIND_INTEGER] = "integer",
        [KIND_NUMBER] = "number",
        [KIND_ARRAY] = "array"};
    CHECK((size_t)kind < ARRAY_LEN(names));
    return names[kind];
}

/* 'it''s'::character varying is it's; any other expression stays as it is. */
static void write_text_default(struct json_out *j, struct str sql, struct str type)
{
    size_t suffix = type.n + 2;
    if (sql.n > suffix && str_ends(sql, type) && memcmp(sql.p + sql.n - suffix, "::", 2) == 0)
        sql = str_sub(sql, 0, sql.n - suffix);
    if (sql.n < 2 || sql.p[0] != '\'' || sql.p[sql.n - 1] != '\'') {
        json_out_pair(j, "default", sql);
        return;
    }
    struct buf text;
    buf_init(&text, 0);
    for (size_t i = 1; i + 1 < sql.n; i++) {
        i += sql.p[i] == '\'' && i + 2 < sql.n && sql.p[i + 1] == '\'';
        buf_append_char(&text, sql.p[i]);
    }
    json_out_pair(j, "default", buf_str(&text));
    buf_release(&text);
}

static bool is_constant(struct str sql)
{
    struct json_scan s;
    json_scan_init(&s, sql, 1);
    enum json_token first = json_scan_next(&s);
    return (first == JSON_NUMBER || first == JSON_TRUE || first == JSON_FALSE) &&
           json_scan_next(&s) == JSON_END_OF_TEXT;
}

void openapi_write_default(struct json_out *j, const struct cat_column *col)
{
    if (col->default_sql.n == 0 || col->generated)
        return;
    if (openapi_kind(col->type) == KIND_STRING)
        write_text_default(j, col->default_sql, openapi_base(col->type)->sql_name);
    else if (is_constant(col->default_sql)) {
        json_out_key(j, "default");
        json_out_raw(j, col->default_sql);
    }
}

void openapi_write_limits(struct json_out *j, const struct cat_column *col)
{
    const struct cat_type *type = openapi_base(col->type);
    if (col->max_length > 0)
        json_out_pair_u64(j, "maxLength", (uint64_t)col->max_length);
    if (type->nlabels == 0)
        return;
    json_out_key(j, "enum");
    json_out_array(j);
    for (size_t i = 0; i < type->nlabels; i++)
        json_out_str(j, type->labels[i]);
    json_out_end(j);
}

/* Comments */

struct str openapi_first_line(struct str comment)
{
    return str_sub(comment, 0, str_find(comment, '\n'));
}

struct str openapi_rest(struct str comment)
{
    size_t at = str_find(comment, '\n');
    while (at < comment.n && comment.p[at] == '\n')
        at++;
    return str_sub(comment, at, comment.n);
}

void openapi_write_summary(struct json_out *j, struct str comment)
{
    if (comment.n == 0)
        return;
    json_out_pair(j, "summary", openapi_first_line(comment));
    if (openapi_rest(comment).n)
        json_out_pair(j, "description", openapi_rest(comment));
}
