/* document: a header and its lines, saved by one request (dialect, "document save"):
 *
 *     POST /orders   {"customer_id": 1, "order_lines": [{"product_id": 7, "qty": 2}, ..]}
 *
 * A key of the body that is no column may name a to-many relationship, as an embed of select= would (hint
 * included), and holds an array of its lines. POST inserts them all. PATCH and PUT, which must pick one
 * header by its whole primary key, update the lines that name their key and are of this header, insert the
 * others, and PUT deletes those that are not mentioned (what a policy or a trigger keeps from deletion stays,
 * as it does for a DELETE; that may well mark a line as gone). A named line that can be seen is updated, or
 * the whole request fails. What is no document is told precisely, and what is no relationship either is the
 * unknown column that it always was.
 *
 * How it is saved: as separate statements of the one implicit transaction, pipelined in one round trip. The
 * header's statement leaves its key in a setting of the transaction, from which those of the lines take their
 * foreign key (sql_lines.h). One statement with data-modifying CTEs would be shorter, and wrong: all its
 * parts see the database as it was before, so a policy's check or a trigger on the lines that looks for their
 * header would not find it. Asking for the key and sending it back would cost a second round trip inside an
 * open transaction. Every statement runs as the caller's role, so that a document needs the rights of its
 * parts, and the one to read the header's key, which whoever sent the parts would need too.
 *
 * Only relationships between tables count, so that the header's key is that of one row. Lines of lines are
 * refused: nothing says which line they would belong to. SPDX-License-Identifier: ISC */
#ifndef QUERY_DOCUMENT_H
#define QUERY_DOCUMENT_H

#include "query/ast.h"
#include "query/payload_lines.h"
#include "query/write.h"

/* A document has lines of at most so many relationships; each takes so many statements of the job at most. */
#define DOCUMENT_RELATIONS_MAX 4
#define DOCUMENT_LINES_STMTS 4

/* Lines with the same keys, of which a statement is made. */
struct document_lot {
    const struct payload *payload;
    const struct cat_column **columns; /* that the payload fills */
    size_t ncolumns;
    bool owned; /* they say themselves whose they are: that must be this header */
};

struct document_lines {
    struct str member; /* of the body */
    const struct cat_relationship *via;
    uint16_t *key; /* what a line is named by: its primary key without the foreign key's columns */
    size_t nkey;
    bool counted; /* the key is a number that the database gives: nobody else may choose one */
    struct payload_lines text;
    struct document_lot named, fresh; /* without a payload: there are none */
};

struct document {
    const struct cat_relation *header;
    bool *keys; /* by column of the header: left in the setting */
    struct document_lines lines[DOCUMENT_RELATIONS_MAX];
    size_t nlines;
};

struct document_context {
    struct arena *arena;
    const struct catalog *cat;
    const struct query_limits *limits;
    const struct write_request *req;
    struct query_error *error;
};

/* `member` is a key of the body that is no column of the header: adds its relationship, or says what is wrong
 * with it. */
NODISCARD bool document_add(const struct document_context *c, struct document *doc, struct str member);
/* Reads the lines. where: the request's conditions on the header. */
NODISCARD bool document_settle(
    const struct document_context *c, struct document *doc, const struct ast_cond *where);
/* The condition that picks the header that was saved. */
struct ast_cond *document_condition(struct arena *a, const struct document *doc);

#endif
