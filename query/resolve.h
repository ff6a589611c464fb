/* resolve: the tree of a request against the catalog: names become columns, computed fields, relationships
 * and types, and each node learns how it takes part in the SQL. After it nothing can be wrong with the
 * request any more, so that the writer has no errors. SPDX-License-Identifier: ISC */
#ifndef QUERY_RESOLVE_H
#define QUERY_RESOLVE_H

#include "query/ast.h"
#include "query/plan.h"

struct resolve {
    struct arena *arena;
    const struct catalog *cat;
    const struct query_limits *limits;
    struct query_error *error;
    bool unbounded;  /* no cap on the rows of embeds either */
    struct str role; /* see struct read_request */
    /* found on the way */
    unsigned nnodes;
    size_t weight; /* conditions in the statement */
    bool slow;     /* aggregates, full text, patterns or regular expressions */
    bool opaque;   /* functions that may read any table */
    bool unsteady; /* casts and computed fields that may change a setting */
};

/* root->rel is set by the caller. */
NODISCARD bool resolve_tree(struct resolve *rs, struct ast_node *root);
/* The type that an item has in SQL; NULL: json or text out of a path, or a number. */
const struct cat_type *resolve_item_type(const struct ast_item *item);
/* Whether the type, or what a domain stands on, is json or jsonb. */
bool resolve_is_json(const struct cat_type *type);
/* Likewise tsvector. */
bool resolve_is_tsvector(const struct cat_type *type);
/* Likewise composite. */
bool resolve_is_record(const struct cat_type *type);

#endif
