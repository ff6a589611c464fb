/* openapi_3_components: schemas, parameters and what else the paths refer to. Names of components may only
 * hold letters, digits, dots, dashes and underlines (OpenAPI 3.1, 4.8.7.1): any other byte is written as a
 * dot and two hexadecimal digits; names of our own begin with a dot, which no relation's does.
 * SPDX-License-Identifier: ISC */
#include "handlers/openapi_3.h"

void writer_3_name(struct buf *out, struct str name)
{
    for (size_t i = 0; i < name.n; i++) {
        unsigned char c = (unsigned char)name.p[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                     c == '_';
        if (plain)
            buf_append_char(out, (char)c);
        else
            buf_printf(out, ".%02X", c);
    }
}

/* The component that is called after a relation; `part` is "", ".insert", .. */
struct str writer_3_component(struct writer_3 *w, const char *before, struct str name, const char *part)
{
    buf_clear(&w->text, SIZE_MAX);
    buf_printf(&w->text, "%s", before);
    writer_3_name(&w->text, name);
    buf_printf(&w->text, "%s", part);
    return buf_str(&w->text);
}

void writer_3_ref(struct json_out *j, struct str ref)
{
    json_out_object(j);
    json_out_pair(j, "$ref", ref);
    json_out_end(j);
}

void writer_3_schema_ref(struct writer_3 *w, struct str name, const char *part)
{
    writer_3_ref(&w->j, writer_3_component(w, "#/components/schemas/", name, part));
}

/* Types */

/* Formats of JSON Schema's registry; 0 closes the table. */
static const char *format_of(const struct cat_type *type)
{
    static const struct {
        uint32_t oid;
        const char *format;
    } formats[] = {{20, "int64"}, {21, "int16"}, {23, "int32"}, {700, "float"}, {701, "double"},
        {1082, "date"}, {1184, "date-time"}, {2950, "uuid"}};
    for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
        if (formats[i].oid == type->oid)
            return formats[i].format;
    }
    return NULL;
}

void writer_3_type(struct json_out *j, const struct cat_type *type, bool nullable)
{
    enum openapi_kind kind = openapi_kind(type);
    const struct cat_type *base = openapi_base(type);
    if (kind != KIND_ANY && nullable && base->nlabels == 0) {
        open_array(j, "type");
        json_out_cstr(j, openapi_kind_name(kind));
        json_out_cstr(j, "null");
        json_out_end(j);
    } else if (kind != KIND_ANY && base->nlabels == 0) {
        json_out_pair_cstr(j, "type", openapi_kind_name(kind));
    }
    if (format_of(base))
        json_out_pair_cstr(j, "format", format_of(base));
    if (kind != KIND_ARRAY || !base->elem)
        return;
    open_object(j, "items");
    writer_3_type(j, base->elem, true);
    json_out_end(j);
}

/* Labels of an enum stand for its type; a column that may be null has one more value. */
void writer_3_column(struct json_out *j, const struct cat_column *col)
{
    const struct cat_type *base = openapi_base(col->type);
    writer_3_type(j, col->type, !col->not_null);
    if (col->max_length > 0)
        json_out_pair_u64(j, "maxLength", (uint64_t)col->max_length);
    if (base->nlabels == 0)
        return;
    open_array(j, "enum");
    for (size_t i = 0; i < base->nlabels; i++)
        json_out_str(j, base->labels[i]);
    if (!col->not_null)
        json_out_null(j);
    json_out_end(j);
}

/* Extensions */

static void permissions(struct json_out *j, unsigned bits)
{
    static const char *const names[] = {"select", "insert", "update", "delete"};
    open_array(j, "x-permissions");
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (bits & (1u << i))
            json_out_cstr(j, names[i]);
    }
    json_out_end(j);
}

static void column_names(
    struct json_out *j, const char *key, const struct cat_relation *rel, const uint16_t *columns, size_t n)
{
    open_array(j, key);
    for (size_t i = 0; i < n; i++)
        json_out_str(j, rel->columns[columns[i]].name);
    json_out_end(j);
}

static bool sees_all(
    const struct openapi_view *v, const struct cat_relation *rel, const uint16_t *columns, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!openapi_column_bits(v, rel, &rel->columns[columns[i]]))
            return false;
    }
    return true;
}

static bool is_foreign_key(const struct openapi_view *v, const struct cat_relationship *r)
{
    return (r->cardinality == REL_M2O || r->cardinality == REL_O2O) && r->fk_here &&
           sees_all(v, r->from, r->from_columns, r->ncolumns) &&
           sees_all(v, r->to, r->to_columns, r->ncolumns);
}

static void foreign_keys(struct writer_3 *w, const struct cat_relation *rel)
{
    struct json_out *j = &w->j;
    bool any = false;
    for (size_t i = 0; i < rel->nrelationships; i++) {
        const struct cat_relationship *r = &rel->relationships[i];
        if (!is_foreign_key(w->v, r))
            continue;
        if (!any)
            open_array(j, "x-foreign-keys");
        any = true;
        json_out_object(j);
        json_out_pair(j, "constraint", r->constraint);
        column_names(j, "columns", rel, r->from_columns, r->ncolumns);
        json_out_pair(j, "table", r->to->name);
        json_out_pair(j, "schema", r->to->schema);
        column_names(j, "target_columns", r->to, r->to_columns, r->ncolumns);
        json_out_end(j);
    }
    if (any)
        json_out_end(j);
}

static void extensions(struct writer_3 *w, const struct cat_relation *rel, unsigned bits)
{
    static const char *const classes[] = {[CLASS_NONE] = NULL,
        [CLASS_LOOKUP] = "lookup",
        [CLASS_STYLE] = "style",
        [CLASS_MATERIAL] = "material",
        [CLASS_TRANSACTIONAL] = "transactional",
        [CLASS_USER] = "user",
        [CLASS_REALTIME] = "realtime"};
    if (rel->pk.ncolumns && sees_all(w->v, rel, rel->pk.columns, rel->pk.ncolumns))
        column_names(&w->j, "x-primary-key", rel, rel->pk.columns, rel->pk.ncolumns);
    foreign_keys(w, rel);
    if (classes[rel->cache_class])
        json_out_pair_cstr(&w->j, "x-cache-class", classes[rel->cache_class]);
    permissions(&w->j, bits);
}

/* Schemas of a relation */

static void row_column(
    struct writer_3 *w, const struct cat_relation *rel, const struct cat_column *col, unsigned bits)
{
    struct json_out *j = &w->j;
    unsigned mine = openapi_column_bits(w->v, rel, col);
    json_out_key_str(j, col->name);
    json_out_object(j);
    if (col->comment.n)
        json_out_pair(j, "description", col->comment);
    writer_3_column(j, col);
    openapi_write_default(j, col);
    if (col->generated)
        json_out_pair_bool(j, "readOnly", true);
    json_out_pair(j, "x-pg-type", col->type_sql);
    if ((mine ^ bits) & ~(unsigned)PRIV_DELETE)
        permissions(j, mine & ~(unsigned)PRIV_DELETE);
    json_out_end(j);
}

/* What a read gives has every column; a column that may not be read is only there to be written. */
static void row_schema(struct writer_3 *w, const struct cat_relation *rel, unsigned bits)
{
    struct json_out *j = &w->j;
    json_out_key_str(j, writer_3_component(w, "", rel->name, ""));
    json_out_object(j);
    if (rel->comment.n)
        json_out_pair(j, "description", rel->comment);
    json_out_pair_cstr(j, "type", "object");
    open_object(j, "properties");
    for (size_t i = 0; i < rel->ncolumns; i++) {
        if (openapi_column_bits(w->v, rel, &rel->columns[i]))
            row_column(w, rel, &rel->columns[i], bits);
    }
    json_out_end(j);
    extensions(w, rel, bits);
    json_out_end(j);
}

static bool must_be_given(const struct cat_column *col)
{
    return col->not_null && col->default_sql.n == 0 && !col->identity && !col->generated;
}

/* Lines that a body may hold (query/document.h), and whose table has a schema here. */
static bool may_hold(const struct writer_3 *w, const struct cat_relationship *r)
{
    return r->cardinality == REL_O2M && !r->function && r->from->kind != CAT_VIEW &&
           r->to->kind != CAT_VIEW && r->to->kind != CAT_MATVIEW && str_eq(r->to->schema, w->v->schema) &&
           (openapi_relation_bits(w->v, r->to) & PRIV_INSERT) &&
           sees_all(w->v, r->to, r->to_columns, r->ncolumns);
}

/* Whether the name of its table alone says which relationship it is. */
static bool is_told_by_table(const struct cat_relation *rel, const struct cat_relationship *r)
{
    for (size_t i = 0; i < rel->nrelationships; i++) {
        const struct cat_relationship *other = &rel->relationships[i];
        bool twin = r->self && str_eq(other->constraint, r->constraint);
        struct str name = other->function ? other->function->name : other->to->name;
        if (other != r && !twin && str_eq(name, r->to->name))
            return false;
    }
    return true;
}

static void lines_refs(struct writer_3 *w, const struct cat_relation *rel)
{
    struct json_out *j = &w->j;
    for (size_t i = 0; i < rel->nrelationships; i++) {
        const struct cat_relationship *r = &rel->relationships[i];
        if (!may_hold(w, r))
            continue;
        buf_clear(&w->text, SIZE_MAX);
        buf_append(&w->text, r->to->name);
        if (!is_told_by_table(rel, r))
            buf_printf(&w->text, "!%.*s", STR_ARG(r->constraint));
        if (cat_relation_column(rel, buf_str(&w->text)))
            continue;
        json_out_key_str(j, buf_str(&w->text));
        json_out_object(j);
        json_out_pair_cstr(j, "type", "array");
        json_out_key(j, "items");
        writer_3_schema_ref(w, r->to->name, "");
        json_out_end(j);
    }
}

static void property_refs(struct writer_3 *w, const struct cat_relation *rel, unsigned privilege)
{
    open_object(&w->j, "properties");
    for (size_t i = 0; i < rel->ncolumns; i++) {
        const struct cat_column *col = &rel->columns[i];
        if (col->generated || !(openapi_column_bits(w->v, rel, col) & privilege))
            continue;
        json_out_key_str(&w->j, col->name);
        writer_3_component(w, "#/components/schemas/", rel->name, "/properties/");
        for (size_t k = 0; k < col->name.n; k++) {
            char c = col->name.p[k];
            if (c == '~' || c == '/')
                buf_append(&w->text, c == '~' ? STR("~0") : STR("~1"));
            else
                uri_encode(&w->text, str_make(&c, 1));
        }
        writer_3_ref(&w->j, buf_str(&w->text));
    }
    lines_refs(w, rel);
    json_out_end(&w->j);
}

static void body_schema(
    struct writer_3 *w, const struct cat_relation *rel, const char *part, unsigned privilege)
{
    struct json_out *j = &w->j;
    bool any = false;
    json_out_key_str(j, writer_3_component(w, "", rel->name, part));
    json_out_object(j);
    json_out_pair_cstr(j, "type", "object");
    for (size_t i = 0; privilege == PRIV_INSERT && i < rel->ncolumns; i++) {
        if (!must_be_given(&rel->columns[i]) ||
            !(openapi_column_bits(w->v, rel, &rel->columns[i]) & privilege))
            continue;
        if (!any)
            open_array(j, "required");
        any = true;
        json_out_str(j, rel->columns[i].name);
    }
    if (any)
        json_out_end(j);
    property_refs(w, rel, privilege);
    json_out_end(j);
}

static void schemas(struct writer_3 *w)
{
    const struct cat_relation *rel;
    unsigned bits;
    open_object(&w->j, "schemas");
    for (size_t i = 0; openapi_next_relation(w->v, &i, &rel, &bits);) {
        row_schema(w, rel, bits);
        if (bits & PRIV_INSERT)
            body_schema(w, rel, ".insert", PRIV_INSERT);
        if (bits & PRIV_UPDATE)
            body_schema(w, rel, ".update", PRIV_UPDATE);
    }
    json_out_key(&w->j, ".error");
    json_out_raw(&w->j, STR("{\"type\":\"object\",\"required\":[\"code\",\"message\"],\"properties\":{"
                            "\"code\":{\"type\":\"string\"},\"message\":{\"type\":\"string\"},"
                            "\"details\":{},\"hint\":{\"type\":[\"string\",\"null\"]}}}"));
    json_out_end(&w->j);
}

/* Parameters: filters of a relation are one object whose members are keys of the query (style form, explode).
 */

static void filter_parameter(struct writer_3 *w, const struct cat_relation *rel)
{
    struct json_out *j = &w->j;
    json_out_key_str(j, writer_3_component(w, "", rel->name, ".filter"));
    json_out_object(j);
    json_out_pair_cstr(j, "name", "filter");
    json_out_pair_cstr(j, "in", "query");
    json_out_pair_cstr(j, "description", "column=operator.value, such as id=eq.1");
    json_out_pair_cstr(j, "style", "form");
    json_out_pair_bool(j, "explode", true);
    open_object(j, "schema");
    json_out_pair_cstr(j, "type", "object");
    open_object(j, "properties");
    for (size_t i = 0; i < rel->ncolumns; i++) {
        if (!(openapi_column_bits(w->v, rel, &rel->columns[i]) & PRIV_SELECT))
            continue;
        json_out_key_str(j, rel->columns[i].name);
        json_out_raw(j, STR("{\"type\":\"string\"}"));
    }
    json_out_end(j);
    json_out_key(j, "additionalProperties");
    json_out_raw(j, STR("{\"type\":\"string\"}"));
    json_out_end(j);
    json_out_end(j);
}

static void parameters(struct writer_3 *w)
{
    static const struct {
        const char *key, *name, *in, *type, *description;
    } common[] = {
        {".select", "select", "query", "string", "Columns, casts, aggregates and embedded relations"},
        {".order", "order", "query", "string", "column.asc|desc.nullsfirst|nullslast, .."},
        {".limit", "limit", "query", "integer", "At most so many rows"},
        {".offset", "offset", "query", "integer", "Rows to pass over"},
        {".columns", "columns", "query", "string", "Keys of the body that are used"},
        {".on_conflict", "on_conflict", "query", "string", "Columns of the unique key to merge by"},
        {".prefer", "Prefer", "header", "string", "return=, count=, resolution=, missing=, handling=, .."},
    };
    const struct cat_relation *rel;
    unsigned bits;
    open_object(&w->j, "parameters");
    for (size_t i = 0; i < ARRAY_LEN(common); i++) {
        open_object(&w->j, common[i].key);
        json_out_pair_cstr(&w->j, "name", common[i].name);
        json_out_pair_cstr(&w->j, "in", common[i].in);
        json_out_pair_cstr(&w->j, "description", common[i].description);
        open_object(&w->j, "schema");
        json_out_pair_cstr(&w->j, "type", common[i].type);
        json_out_end(&w->j);
        json_out_end(&w->j);
    }
    for (size_t i = 0; openapi_next_relation(w->v, &i, &rel, &bits);)
        filter_parameter(w, rel);
    json_out_end(&w->j);
}

void writer_3_components(struct writer_3 *w)
{
    struct json_out *j = &w->j;
    open_object(j, "components");
    schemas(w);
    parameters(w);
    open_object(j, "responses");
    json_out_key(j, ".error");
    json_out_raw(j, STR("{\"description\":\"Why not\",\"content\":{\"application/json\":{\"schema\":"
                        "{\"$ref\":\"#/components/schemas/.error\"}}}}"));
    json_out_end(j);
    if (w->v->security) {
        json_out_key(j, "securitySchemes");
        json_out_raw(j, STR("{\"JWT\":{\"type\":\"http\",\"scheme\":\"bearer\",\"bearerFormat\":\"JWT\"}}"));
    }
    json_out_end(j);
}
