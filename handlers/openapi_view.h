/* openapi_view: what one role gets to see of one schema, for the documents at the root: relations and columns
 * on which it holds something, functions that it may call, methods that it may use. Pure: it reads a catalog
 * and writes JSON. With `everything` (openapi-mode = ignore-privileges) privileges do not matter, only what a
 * relation's kind allows. A foreign key is told of only to those who see its target.
 * SPDX-License-Identifier: ISC */
#ifndef HANDLERS_OPENAPI_VIEW_H
#define HANDLERS_OPENAPI_VIEW_H

#include "schema/catalog.h"
#include "util/json_out.h"
#include "util/uri.h"

struct openapi_view {
    const struct catalog *cat;
    struct str schema, role;
    bool everything;
    bool security;          /* declare bearer tokens */
    struct uri_http server; /* where clients find the API */
};

/* The documents themselves, appended to `out`. */
void openapi_write_2(const struct openapi_view *v, struct buf *out);
void openapi_write_3(const struct openapi_view *v, struct buf *out);

/* for (i = 0; openapi_next_relation(v, &i, &rel, &bits);): bits are enum cat_privilege, of the relation or of
 * any of its columns, as far as its kind allows them; never 0. */
bool openapi_next_relation(
    const struct openapi_view *v, size_t *i, const struct cat_relation **rel, unsigned *bits);
unsigned openapi_relation_bits(const struct openapi_view *v, const struct cat_relation *rel);
unsigned openapi_column_bits(
    const struct openapi_view *v, const struct cat_relation *rel, const struct cat_column *col);
/* One function of each name: of overloads the first that may be called. */
bool openapi_next_function(const struct openapi_view *v, size_t *i, const struct cat_function **fn);

/* The foreign key that this column alone makes up, its target a table rather than a view; NULL: none. */
const struct cat_relationship *openapi_foreign_key(
    const struct openapi_view *v, const struct cat_relation *rel, const struct cat_column *col);

enum openapi_kind { KIND_ANY, KIND_STRING, KIND_BOOLEAN, KIND_INTEGER, KIND_NUMBER, KIND_ARRAY };
/* The type under all domains. */
const struct cat_type *openapi_base(const struct cat_type *type);
enum openapi_kind openapi_kind(const struct cat_type *type);
/* "string", ..; NULL for KIND_ANY. */
const char *openapi_kind_name(enum openapi_kind kind);

/* "default": what the column's default says, where that is a constant, or, of text, any expression. */
void openapi_write_default(struct json_out *j, const struct cat_column *col);
/* "enum" and "maxLength", where there are any. */
void openapi_write_limits(struct json_out *j, const struct cat_column *col);
/* The first line of a comment, and what follows it without the blank lines between. */
struct str openapi_first_line(struct str comment);
struct str openapi_rest(struct str comment);
/* "summary" and "description" of an operation. */
void openapi_write_summary(struct json_out *j, struct str comment);

#endif
