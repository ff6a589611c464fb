/* sql_expr: SQL text of what stands inside a select: identifiers, literals, parameters, columns, conditions,
 * order terms. One function per kind of node. Identifiers are always quoted, values are always parameters
 * (untyped text, PostgreSQL infers), and every expression that has an operator brings its own parentheses, so
 * that nobody has to think of precedence.
 *
 * Types and functions of PostgreSQL are named with their schema: PostgreSQL looks for a bare type among the
 * temporary ones first, which an earlier request may have left on the connection. It never does so for
 * operators and functions; operators and the aggregates of select= may be a schema's own.
 * SPDX-License-Identifier: ISC */
#ifndef QUERY_SQL_EXPR_H
#define QUERY_SQL_EXPR_H

#include "query/ast.h"
#include "query/format.h"
#include "query/plan.h"
#include "util/buf.h"

struct sql_param {
    struct sql_param *next;
    const char *text;
};

/* A column of a node that a subquery outside of the page needs: exported by the page as k<n>. */
struct sql_export {
    struct sql_export *next;
    const struct ast_node *node;
    uint16_t column;
    unsigned n;
};

struct sql {
    struct arena *arena;
    struct buf *out; /* where text goes now */
    struct sql_param *params, **params_tail;
    size_t nparams;
    bool outside; /* writing around the page subquery: row columns are reached through its exports */
    struct sql_export *exports;
    unsigned nexports;
    /* The node whose rows are not read from its relation but come from here: a function, or the rows that a
     * write returns. */
    const struct ast_node *source;
    struct str source_sql;
    /* For a write: which columns of it were used, so that no others are returned. Its rows have no type
     * there; what needs one (functions of a row) gets it as the column "pgrst_row". NULL: not for a write. */
    bool *used;
    bool used_row;
    const struct format *format; /* of the answer; never NULL */
    bool counting;               /* all pages: not only what is behind a row */
    uint16_t *keys;              /* of a read: see struct read_plan; else NULL */
    size_t nkeys;
    uint16_t *shown; /* with keys: in which column of the result each of the relation's is, plus one */
    bool totals;     /* the select gets one more column: how many rows there are without limit and offset */
};

/* Inline, since most of a statement is constant text, whose copy the compiler then knows the size of. */
ALWAYS_INLINE void sql_put(struct sql *w, struct str text)
{
    char *p = buf_reserve(w->out, text.n);
    if (text.n)
        memcpy(p, text.p, text.n);
    buf_commit(w->out, p + text.n);
}

#define SQL(w, literal) sql_put((w), STR(literal))

/* w writes to out, which it initialises. */
void sql_start(struct sql *w, struct arena *a, struct buf *out);
/* The statement, in the arena; out is released. */
void sql_finish(struct sql *w, struct plan_stmt *stmt);

void sql_ident(struct sql *w, struct str name);
/* 'text', or E'text' when it has a backslash: right whatever standard_conforming_strings says. */
void sql_literal(struct sql *w, struct str text);
/* $n for a copy of text. */
void sql_param(struct sql *w, struct str text);
/* The same without a copy: text is NUL-terminated and lives as long as the statement. */
void sql_cstr_param(struct sql *w, const char *text);
/* $n as what the field is compared with: of a domain that is read from text by a function, what that makes of
 * it. */
void sql_value_param(struct sql *w, const struct ast_field *field, struct str text);
void sql_number_param(struct sql *w, uint64_t n);
void sql_number(struct sql *w, uint64_t n);
/* "schema"."name" of a type. By its own qualified name: an SQL name such as `character` would mean
 * character(1), and an unqualified one what the search path makes of it. */
void sql_type(struct sql *w, const struct cat_type *type);
/* t<id>."column", or how it is called outside of the page. */
void sql_column(struct sql *w, const struct ast_node *node, uint16_t column);
/* The column as an answer shows it: a domain by its function, json of grouped rows as jsonb. */
void sql_shown_column(struct sql *w, const struct ast_node *node, uint16_t column);
/* The same for GROUP BY: there a domain itself stands, so that rows can be ordered by it. */
void sql_grouped_column(struct sql *w, const struct ast_node *node, uint16_t column);
/* The column that the item shows by a function; NULL: it does not. */
const struct cat_column *sql_called_column(const struct ast_item *item);
/* The node's row, to be given to a function. */
void sql_row(struct sql *w, const struct ast_node *node);
/* t0's row as "pgrst_row", where t0 is rows of rel. */
void sql_whole_row(struct sql *w, const struct cat_relation *rel);
void sql_field(struct sql *w, const struct ast_node *node, const struct ast_field *field);
/* An item with its casts and aggregate. In grouped rows json is read as jsonb, which can be compared. */
void sql_item(struct sql *w, const struct ast_node *node, const struct ast_item *item);
/* The setting of the transaction in which a document's header leaves its key, as a JSON object of texts; and
 * the value in it of a column of the header. */
#define SQL_SAVED "'bobbin.document'"
void sql_saved(struct sql *w, const struct cat_type *type, struct str column);
/* A filter or tree. The caller writes conditions on embeds. */
void sql_cond(struct sql *w, const struct ast_node *node, const struct ast_cond *cond);
void sql_order(struct sql *w, const struct ast_order *orders);
/* Not null exactly when the row of a joined embed is there. */
void sql_presence(struct sql *w, const struct ast_node *node);
/* prefix, n and a closing quote: `AS "c3"`. */
void sql_numbered(struct sql *w, const char *prefix, unsigned n);
static inline void sql_comma(struct sql *w, bool first)
{
    if (!first)
        SQL(w, ", ");
}

/* Subqueries inside of expressions; written in sql.c. */

/* EXISTS over the rows of an embed. */
void sql_exists(struct sql *w, const struct ast_node *embed);
/* A field of the row of a to-one embed that is not joined. */
void sql_scalar(struct sql *w, const struct ast_node *embed, const struct ast_field *field);
/* The rows of an embed as one JSON value. */
void sql_document(struct sql *w, const struct ast_node *embed);

#endif
