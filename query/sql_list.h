/* sql_list: select lists. One walk over what a node shows serves every place a list stands in, always in the
 * same order, so that the columns of a subquery and what is made of them outside match.
 * SPDX-License-Identifier: ISC */
#ifndef QUERY_SQL_LIST_H
#define QUERY_SQL_LIST_H

#include "query/sql_expr.h"
#include "util/row_shape.h"

enum list_mode {
    LIST_ROW,     /* the statement's own columns, described by the shape */
    LIST_KEYS,    /* named by their JSON keys */
    LIST_COLUMNS, /* named c<n> */
    LIST_ARRAYS,  /* each c<n> of a subquery r as one JSON array c<n> */
    LIST_GROUP    /* GROUP BY: what is no aggregate */
};

/* In which column of the result each of a node's own columns is, plus one. */
struct sql_selected {
    struct sql_selected *next;
    const struct ast_node *node;
    uint16_t *at;
};

struct sql_list {
    struct sql *w;
    enum list_mode mode;
    struct buf *page;              /* LIST_ROW with a page subquery: where its select list goes */
    unsigned n;                    /* columns so far */
    const struct ast_node *spread; /* inside of what a lateral subquery returns: its columns are ... */
    unsigned nspread;              /* ... d<id>.c<this>, in the same order */
    bool jsonb;                    /* LIST_ARRAYS */
    struct row_item *items;        /* LIST_ROW */
    size_t nitems;
    struct sql_selected *selected; /* LIST_ROW: what is asked for twice is selected once and shown twice */
    /* The key column that shows whether a joined row is there, and the result column it was seen in. */
    const struct ast_node *marker_node;
    uint16_t marker_column;
    int marker_at;
};

/* What has to be done to a value before it can be shown. */
enum sql_wrap {
    WRAP_NONE,
    WRAP_TO_JSON, /* arrays, composites: their text is no JSON */
    WRAP_STRIP    /* JSON, whose members that are null are left out */
};

enum sql_wrap sql_wrap_of(const struct format *format, const struct cat_type *type);
void sql_open_wrap(struct sql *w, enum sql_wrap wrap);
void sql_close_wrap(struct sql *w, enum sql_wrap wrap);
/* Appends all that node shows, in the order of its items, with what is flattened into it. */
void sql_list_walk(struct sql_list *list, const struct ast_node *node);

#endif
