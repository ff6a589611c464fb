/* ast: what a read request says, as a tree of nodes, one per relation. The parsers (select, filter, order,
 * range) fill the first part of each struct from text; the planner fills the part marked "resolved" from the
 * catalog, in place; the SQL writer only reads. Everything lives in one arena; lists are singly linked in the
 * order of the text. SPDX-License-Identifier: ISC */
#ifndef QUERY_AST_H
#define QUERY_AST_H

#include "schema/catalog.h"
#include "util/str.h"

enum ast_op {
#define OP(id, name, sql, kind, any) OP_##id,
#include "query/ops.def"
#undef OP
    OP_COUNT
};

enum ast_quantifier { QUANT_NONE, QUANT_ANY, QUANT_ALL };
enum ast_is { IS_NULL, IS_NOT_NULL, IS_TRUE, IS_FALSE, IS_UNKNOWN };
enum ast_nulls { NULLS_DEFAULT, NULLS_FIRST, NULLS_LAST };
enum ast_aggregate { AGG_NONE, AGG_SUM, AGG_AVG, AGG_MAX, AGG_MIN, AGG_COUNT };

/* One step of a JSON path: ->key, ->>key, ->0. */
struct ast_step {
    struct ast_step *next;
    struct str key; /* as written, without quotes */
    bool as_text;   /* ->> */
    bool index;     /* key is an integer */
};

struct ast_field {
    struct str name;
    struct ast_step *steps;
    /* resolved: exactly one of the two, or neither for the bare count() */
    const struct cat_column *column;
    const struct cat_function *function; /* a computed field */
};

/* SAVED: the column is what the transaction's document says (document.h); no text can say that. */
enum ast_cond_kind { COND_FILTER, COND_AND, COND_OR, COND_SAVED };

struct ast_cond {
    struct ast_cond *next;
    enum ast_cond_kind kind;
    bool negated;
    struct ast_cond *children; /* AND, OR */
    struct ast_field field;
    enum ast_op op;
    enum ast_quantifier quantifier;
    enum ast_is is;
    struct str language; /* FTS */
    struct str value;    /* IN: already an array literal */
    /* resolved */
    struct ast_node *embed; /* `embed=is.null`: the condition is about this child having rows */
};

struct ast_order {
    struct ast_order *next;
    struct str embed; /* emb(column); empty: a column of the node itself */
    struct ast_field field;
    bool descending;
    enum ast_nulls nulls;
    /* resolved */
    struct ast_node *node; /* whose column it is */
};

enum ast_item_kind { ITEM_STAR, ITEM_FIELD, ITEM_EMBED };

struct ast_item {
    struct ast_item *next;
    enum ast_item_kind kind;
    struct str alias;
    struct ast_field field;
    struct str cast; /* before the aggregate, if there is one */
    enum ast_aggregate aggregate;
    struct str aggregate_cast;
    struct ast_node *embed;
    /* resolved */
    struct str key;                       /* the name of the member in JSON */
    const struct cat_type *cast_type;     /* of `cast` */
    const struct cat_type *agg_cast_type; /* of `aggregate_cast` */
};

/* A value of the row that a page begins behind (seek.h). */
struct seek_bound {
    struct str text;
    bool null;
};

enum ast_join { JOIN_DEFAULT, JOIN_LEFT, JOIN_INNER };

struct ast_node {
    struct str target, alias, hint; /* of an embed */
    enum ast_join join;
    bool spread;
    bool by_target; /* something names it by its target although it has an alias */
    struct ast_item *items;
    struct ast_node *embeds,
        *next_embed; /* those among the items, by which keys of the query look for them */
    struct ast_cond *where;
    struct ast_order *orders;
    bool has_limit, has_offset;
    uint64_t limit, offset; /* UINT64_MAX and 0 when the text has none */
    /* of the parser: where the next condition goes, and which keywords were seen */
    struct ast_cond **where_tail;
    unsigned keywords;

    /* of the root: one for each of the orders, or NULL */
    const struct seek_bound *seek;
    bool backwards; /* the orders are turned round, and so must be the rows */

    /* resolved; all about how SQL is written is explained in sql.c */
    const struct cat_relation *rel;
    const struct cat_relationship *via; /* NULL at the root */
    struct str role;                    /* whose columns `*` is; empty: every column */
    struct ast_node *parent, *children, **children_tail, *next_child;
    struct str key;  /* the name of the member in JSON */
    unsigned id;     /* its alias in SQL is t<id> */
    size_t weight;   /* conditions that an EXISTS over it has, those of embeds it asks for included */
    bool to_many;    /* many rows for one of the parent */
    bool joined;     /* to-one, joined in the parent's FROM; else a subquery of its own */
    bool aggregated; /* has aggregates, its own or spread into it: its rows are grouped */
    bool grouped;    /* aggregated, or spread into a node that is */
    bool has_output; /* some column of it or below is shown */
    bool needed;     /* joined although nothing of it may be shown: something orders by it */
    bool in_row;     /* its columns are columns of the statement's own rows */
    bool flat;       /* its columns are columns of the select it is joined in */
    bool lateral;    /* its document or arrays come from a lateral subquery, alias d<id> */
};

#endif
