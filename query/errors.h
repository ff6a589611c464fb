/* errors: the messages of parsing and planning, one function per situation, in the shape PostgREST gives them
 * and with the thing to change named. Each fills *error and returns false, so that a caller can
 * `return error_x(...)`. Texts live in the arena. SPDX-License-Identifier: ISC */
#ifndef QUERY_ERRORS_H
#define QUERY_ERRORS_H

#include "query/ast.h"
#include "query/plan.h"

/* The text of a query error code: "PGRST100". */
const char *query_error_name(enum query_error_code code);

/* `what` failed to parse at byte `at` of text, where the character at byte `seen` is not what was expected;
 * `expecting` completes the sentence. `shift`: columns that PostgREST counts before the text. */
struct error_place {
    struct str text;
    size_t at, seen, shift;
};
COLD bool error_parse(struct arena *a, struct query_error *error, const char *what,
    const struct error_place *place, const char *expecting);
/* A limit of the server is passed; `name` is its configuration key. */
COLD bool error_limit(
    struct arena *a, struct query_error *error, const char *name, uint64_t limit, const char *what);
/* A limit that is no setting is passed. */
COLD bool error_too_many(struct arena *a, struct query_error *error, uint64_t max, const char *what);
/* Nothing that Accept names is there. */
COLD bool error_media(struct arena *a, struct query_error *error, const struct accept *accept);
COLD bool error_range(struct arena *a, struct query_error *error, const char *details);
COLD bool error_repeated(struct arena *a, struct query_error *error, struct str key);
COLD bool error_encoding(struct arena *a, struct query_error *error, const char *details);
COLD bool error_not_embedded(struct arena *a, struct query_error *error, struct str name);
COLD bool error_related_order(
    struct arena *a, struct query_error *error, struct str relation, struct str embed);
COLD bool error_embed_filter(struct arena *a, struct query_error *error, struct str embed);
COLD bool error_aggregates_off(struct arena *a, struct query_error *error);
COLD bool error_not_implemented(struct arena *a, struct query_error *error, const char *what);
COLD bool error_no_table(struct arena *a, const struct catalog *cat, struct query_error *error,
    struct str schema, struct str name);
/* In PostgREST's SQL the relations of embeds have their depth behind their names. */
COLD bool error_no_column(struct arena *a, struct query_error *error, const struct cat_relation *rel,
    unsigned depth, struct str name);
/* A column orders grouped rows but is not among what they are grouped by. */
COLD bool error_grouping(
    struct arena *a, struct query_error *error, const struct cat_relation *rel, struct str name);
COLD bool error_no_type(struct arena *a, struct query_error *error, struct str type);
COLD bool error_cast(struct arena *a, struct query_error *error, struct str type);
COLD bool error_no_relationship(struct arena *a, const struct catalog *cat, struct query_error *error,
    const struct cat_relation *from, struct str target, struct str hint);
/* `found` are the candidates, at least two; they are sorted. */
COLD bool error_ambiguous(struct arena *a, struct query_error *error, const struct cat_relation *from,
    struct str target, const struct cat_relationship **found, size_t nfound);

/* Bodies: `wrong` is a phrase, `at` a byte of the body. */
COLD bool error_json(struct arena *a, struct query_error *error, const char *wrong, size_t at);
COLD bool error_many_rows(struct arena *a, struct query_error *error, uint64_t max);
COLD bool error_many_keys(struct arena *a, struct query_error *error, unsigned max, const char *what);
COLD bool error_csv_fields(struct query_error *error, const char *message);
COLD bool error_body(struct arena *a, struct query_error *error, const char *type, const char *wrong);
#define ERROR_KEYS_DIFFER "All object keys must match"
COLD bool error_keys_differ(struct arena *a, struct query_error *error);
COLD bool error_key_twice(struct arena *a, struct query_error *error, struct str key);
COLD bool error_no_payload_column(
    struct arena *a, struct query_error *error, const struct cat_relation *rel, struct str name);

/* Documents; `member` is the key of the body that names lines. */
/* It names a relationship, but none that lines can be saved to; for whoever knows no documents it is a column
 * that is not there. */
COLD bool error_no_lines(
    struct arena *a, struct query_error *error, const struct cat_relationship *via, struct str member);
COLD bool error_no_document(struct query_error *error, const char *message, const char *hint);
COLD bool error_line(struct arena *a, struct query_error *error, struct str member, const char *wrong);
/* *error is what is wrong with them. put: preferences about absent keys do not count. */
COLD bool error_line_keys(struct arena *a, struct query_error *error, struct str member, bool put);
COLD bool error_line_column(
    struct arena *a, struct query_error *error, const struct cat_relationship *via, struct str name);
COLD bool error_document_filters(struct arena *a, struct query_error *error, const struct cat_relation *rel);

struct call_request;
struct call_args;
COLD bool error_no_function(struct arena *a, const struct catalog *cat, struct query_error *error,
    const struct call_request *req, const struct call_args *args);
/* `found` are the candidates, at least two; they are sorted. */
COLD bool error_ambiguous_function(
    struct arena *a, struct query_error *error, const struct cat_function **found, size_t n);
/* max-affected on a function that returns one row. */
COLD bool error_max_affected_function(struct query_error *error);
/* A page token of another order, or of none that can be sought in. */
COLD bool error_seek(struct query_error *error);
/* A write with !inner or a filter on an embed, which would change more rows than it shows. */
COLD bool error_embed_in_write(struct query_error *error);
/* PATCH and PUT take one object. */
COLD bool error_many_records(struct arena *a, struct query_error *error, size_t n);
COLD bool error_put_filters(struct query_error *error);
COLD bool error_put_limit(struct query_error *error);
COLD bool error_put_key(struct query_error *error);

#endif
