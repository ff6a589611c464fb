/* catalog_json: one function for each thing in a catalog. SPDX-License-Identifier: ISC */
#include "schema/catalog_json.h"

#include "util/json_out.h"

static const char *const kinds[] = {[CAT_TABLE] = "table",
    [CAT_VIEW] = "view",
    [CAT_MATVIEW] = "materialized view",
    [CAT_FOREIGN] = "foreign table",
    [CAT_PARTITIONED] = "partitioned table"};
static const char *const cardinalities[] = {[REL_M2O] = "many-to-one",
    [REL_O2M] = "one-to-many",
    [REL_O2O] = "one-to-one",
    [REL_M2M] = "many-to-many",
    [REL_COMPUTED_ONE] = "computed-to-one",
    [REL_COMPUTED_MANY] = "computed-to-many"};
static const char *const volatilities[] = {
    [FN_IMMUTABLE] = "immutable", [FN_STABLE] = "stable", [FN_VOLATILE] = "volatile"};

static void pair_if(struct json_out *j, const char *key, struct str value)
{
    if (value.n)
        json_out_pair(j, key, value);
}

static void write_names(struct json_out *j, const char *key, const struct str *names, size_t n)
{
    json_out_key(j, key);
    json_out_array(j);
    for (size_t i = 0; i < n; i++)
        json_out_str(j, names[i]);
    json_out_end(j);
}

static void write_column(struct json_out *j, const struct cat_column *c)
{
    json_out_object(j);
    json_out_pair(j, "name", c->name);
    json_out_pair(j, "type", c->type_sql);
    if (c->type->base)
        json_out_pair(j, "base_type", c->type->base->sql_name);
    json_out_pair_bool(j, "nullable", !c->not_null);
    pair_if(j, "default", c->default_sql);
    if (c->max_length)
        json_out_pair_u64(j, "max_length", (uint64_t)c->max_length);
    if (c->type->nlabels)
        write_names(j, "enum", c->type->labels, c->type->nlabels);
    pair_if(j, "comment", c->comment);
    json_out_end(j);
}

static void write_key(
    struct json_out *j, const char *key, const struct cat_relation *rel, const uint16_t *columns, size_t n)
{
    json_out_key(j, key);
    json_out_array(j);
    for (size_t i = 0; i < n; i++)
        json_out_str(j, rel->columns[columns[i]].name);
    json_out_end(j);
}

static void write_relationship(struct json_out *j, const struct cat_relationship *r)
{
    json_out_object(j);
    json_out_pair_cstr(j, "cardinality", cardinalities[r->cardinality]);
    json_out_pair(j, "schema", r->to->schema);
    json_out_pair(j, "target", r->to->name);
    pair_if(j, "constraint", r->constraint);
    if (r->function) {
        json_out_pair(j, "function", r->function->name);
    } else {
        size_t nto = r->junction ? r->nj_to_columns : r->ncolumns;
        write_key(j, "from_columns", r->from, r->from_columns, r->ncolumns);
        write_key(j, "to_columns", r->to, r->to_columns, nto);
    }
    if (r->junction) {
        json_out_pair(j, "junction", r->junction->name);
        pair_if(j, "constraint2", r->constraint2);
    }
    json_out_end(j);
}

static void write_relation(struct json_out *j, const struct cat_relation *rel)
{
    json_out_object(j);
    json_out_pair(j, "schema", rel->schema);
    json_out_pair(j, "name", rel->name);
    json_out_pair_cstr(j, "kind", kinds[rel->kind]);
    pair_if(j, "comment", rel->comment);
    json_out_pair_bool(j, "insertable", rel->insertable);
    json_out_pair_bool(j, "updatable", rel->updatable);
    json_out_pair_bool(j, "deletable", rel->deletable);
    json_out_pair_bool(j, "row_security", rel->row_security);
    write_key(j, "primary_key", rel, rel->pk.columns, rel->pk.ncolumns);
    json_out_key(j, "columns");
    json_out_array(j);
    for (size_t i = 0; i < rel->ncolumns; i++)
        write_column(j, &rel->columns[i]);
    json_out_end(j);
    json_out_key(j, "relationships");
    json_out_array(j);
    for (size_t i = 0; i < rel->nrelationships; i++)
        write_relationship(j, &rel->relationships[i]);
    json_out_end(j);
    json_out_end(j);
}

static void write_param(struct json_out *j, const struct cat_param *p)
{
    json_out_object(j);
    json_out_pair(j, "name", p->name);
    json_out_pair(j, "type", p->type->sql_name);
    json_out_pair_bool(j, "required", p->required);
    json_out_pair_bool(j, "variadic", p->variadic);
    json_out_end(j);
}

static void write_function(struct json_out *j, const struct cat_function *fn)
{
    json_out_object(j);
    json_out_pair(j, "schema", fn->schema);
    json_out_pair(j, "name", fn->name);
    pair_if(j, "comment", fn->comment);
    json_out_pair_cstr(j, "volatility", volatilities[fn->volatility]);
    json_out_pair(j, "returns", fn->result ? fn->result->sql_name : STR("void"));
    json_out_pair_bool(j, "returns_set", fn->returns_set);
    json_out_key(j, "parameters");
    json_out_array(j);
    for (size_t i = 0; i < fn->nparams; i++)
        write_param(j, &fn->params[i]);
    json_out_end(j);
    json_out_end(j);
}

void catalog_json_write(struct buf *out, const struct catalog *cat)
{
    const struct cat_relation *rel;
    const struct cat_function *fn;
    size_t nschemas;
    const struct str *schemas = catalog_schemas(cat, &nschemas);
    struct json_out j;
    json_out_init(&j, out);
    json_out_object(&j);
    json_out_pair_u64(&j, "version", catalog_version(cat));
    write_names(&j, "schemas", schemas, nschemas);
    json_out_key(&j, "relations");
    json_out_array(&j);
    for (size_t i = 0; catalog_each(cat, &i, &rel);)
        write_relation(&j, rel);
    json_out_end(&j);
    json_out_key(&j, "functions");
    json_out_array(&j);
    for (size_t i = 0; catalog_each_function(cat, &i, &fn);)
        write_function(&j, fn);
    json_out_end(&j);
    json_out_end(&j);
}
