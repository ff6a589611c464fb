/* document: which lines, to which tables. SPDX-License-Identifier: ISC */
#include "query/document.h"

#include "query/errors.h"
#include "query/relate.h"

static bool is_table(const struct cat_relation *rel)
{
    return rel->kind == CAT_TABLE || rel->kind == CAT_PARTITIONED;
}

static bool has_lines(const struct cat_relationship *via)
{
    return via->cardinality == REL_O2M && !via->function && is_table(via->from) && is_table(via->to);
}

/* Which relationship a key means: target, or target!hint. */
static bool find(const struct document_context *c, const struct cat_relation *rel, struct str member,
    const struct cat_relationship **via)
{
    size_t mark = str_find(member, '!');
    struct str hint = mark < member.n ? str_sub(member, mark + 1, member.n) : (struct str){NULL, 0};
    if (relate_find(c->arena, c->cat, rel, str_sub(member, 0, mark), hint, via, c->error))
        return true;
    return c->error->code == QUERY_NO_RELATIONSHIP ? error_no_payload_column(c->arena, c->error, rel, member)
                                                   : false;
}

static bool body_has(const struct payload *payload, struct str member)
{
    for (size_t i = 0; i < payload->nkeys; i++) {
        if (str_eq(payload->keys[i], member))
            return true;
    }
    return false;
}

/* What makes the whole request no document. */
static bool check_request(const struct document_context *c, struct str member)
{
    const struct write_request *req = c->req;
    if (!body_has(req->payload, member))
        return error_no_document(c->error, "The 'columns' parameter cannot name lines",
            "Leave the parameter out: the keys of the body say which columns there are.");
    if (req->payload->kind == PAYLOAD_ARRAY)
        return error_no_document(c->error, "Headers with lines are saved one by one",
            "Send one object, not an array of them, for each document.");
    if (req->verb == WRITE_INSERT && req->resolution != RESOLUTION_UNSET)
        return error_no_document(c->error, "An upsert has no lines",
            "Use PUT, with the primary key as filter, to save a document whether it is there or not.");
    if (req->format && req->format->explain)
        return error_no_document(c->error, "The plan of a document cannot be shown",
            "Ask for the plan of its header, or of its lines, by a request of their own.");
    return true;
}

bool document_add(const struct document_context *c, struct document *doc, struct str member)
{
    const struct cat_relationship *via;
    if (!find(c, doc->header, member, &via))
        return false;
    if (!has_lines(via))
        return error_no_lines(c->arena, c->error, via, member);
    if (!check_request(c, member))
        return false;
    for (size_t i = 0; i < doc->nlines; i++) {
        if (doc->lines[i].via == via)
            return error_no_document(
                c->error, "Two keys of the body name the same lines", "Give all of them in one array.");
    }
    if (doc->nlines == DOCUMENT_RELATIONS_MAX)
        return error_no_document(c->error, "A document has lines in four tables at most",
            "Save the others by requests of their own.");
    doc->lines[doc->nlines++] = (struct document_lines){.member = member, .via = via};
    return true;
}

/* Lines */

static bool is_owner(const struct cat_relationship *via, uint16_t column)
{
    for (size_t i = 0; i < via->ncolumns; i++) {
        if (via->to_columns[i] == column)
            return true;
    }
    return false;
}

/* A number that a sequence counts out, be it by identity or by a default. */
static bool is_counted(const struct cat_column *column)
{
    static const struct str mark = STR_INIT("nextval(");
    return column->identity || (column->default_sql.n && memmem(column->default_sql.p, column->default_sql.n,
                                                             mark.p, mark.n) != NULL);
}

static void find_key(const struct document_context *c, struct document_lines *lines)
{
    const struct cat_relation *rel = lines->via->to;
    lines->key = ARENA_NEW_ARRAY(c->arena, uint16_t, rel->pk.ncolumns + 1);
    for (size_t i = 0; i < rel->pk.ncolumns; i++) {
        uint16_t column = rel->pk.columns[i];
        if (is_owner(lines->via, column))
            continue;
        lines->key[lines->nkey++] = column;
        lines->counted |= is_counted(&rel->columns[column]);
    }
}

/* A null in place of the one column that names a line is a form's way to say that the line is new. */
static bool is_blank(const struct document_context *c, const struct document_lines *lines,
    const struct document_lot *lot, const struct cat_column *column)
{
    return c->req->verb != WRITE_INSERT && lot == &lines->fresh && lines->nkey == 1 &&
           lines->key[0] == column->index;
}

static bool settle_lot(const struct document_context *c, const struct document_lines *lines,
    const struct payload *payload, struct document_lot *lot)
{
    const struct cat_relation *rel = lines->via->to;
    const struct cat_relationship *via;
    if (payload->nrecords == 0)
        return true;
    lot->payload = payload;
    lot->columns = ARENA_NEW_ARRAY(c->arena, const struct cat_column *, payload->nkeys + 1);
    for (size_t i = 0; i < payload->nkeys; i++) {
        const struct cat_column *column = cat_relation_column(rel, payload->keys[i]);
        if (!column)
            return find(c, rel, payload->keys[i], &via) &&
                   error_line_column(c->arena, c->error, lines->via, payload->keys[i]);
        if (is_blank(c, lines, lot, column))
            continue;
        lot->columns[lot->ncolumns++] = column;
        lot->owned |= is_owner(lines->via, column->index);
    }
    return true;
}

static bool read_lines(const struct document_context *c, struct document_lines *lines, uint64_t *left)
{
    const struct cat_relation *rel = lines->via->to;
    struct str *names = ARENA_NEW_ARRAY(c->arena, struct str, rel->pk.ncolumns + 1);
    struct payload_lines_options options = {.key = names, .differ = c->req->missing_default, .max = *left};
    find_key(c, lines);
    for (size_t i = 0; i < lines->nkey; i++)
        names[i] = rel->columns[lines->key[i]].name;
    options.nkey = c->req->verb == WRITE_INSERT ? 0 : lines->nkey;
    switch (payload_lines_read(c->arena, c->req->payload, lines->member, &options, &lines->text, c->error)) {
    case PAYLOAD_LINES_NO_ARRAY:
        return error_line(c->arena, c->error, lines->member, "is not an array of objects");
    case PAYLOAD_LINES_TOO_MANY:
        return error_limit(
            c->arena, c->error, "limit-document-lines", c->limits->document_lines, "lines of a document");
    case PAYLOAD_LINES_BAD:
        return error_line_keys(c->arena, c->error, lines->member, c->req->verb == WRITE_PUT);
    case PAYLOAD_LINES_OK: break;
    }
    *left -= lines->text.n;
    return settle_lot(c, lines, &lines->text.named, &lines->named) &&
           settle_lot(c, lines, &lines->text.fresh, &lines->fresh);
}

/* The header */

/* What picks it again, and what its lines refer to: mostly the same. */
static void find_keys(const struct document_context *c, struct document *doc)
{
    const struct cat_relation *rel = doc->header;
    doc->keys = ARENA_NEW_ARRAY(c->arena, bool, rel->ncolumns + 1);
    for (size_t i = 0; i < rel->pk.ncolumns; i++)
        doc->keys[rel->pk.columns[i]] = true;
    for (size_t i = 0; i < doc->nlines; i++) {
        for (size_t k = 0; k < doc->lines[i].via->ncolumns; k++)
            doc->keys[doc->lines[i].via->from_columns[k]] = true;
    }
}

static bool is_pinned(const struct ast_cond *where, uint16_t column)
{
    for (const struct ast_cond *c = where; c; c = c->next) {
        if (c->kind == COND_FILTER && c->op == OP_EQ && !c->negated && c->quantifier == QUANT_NONE &&
            !c->embed && !c->field.steps && c->field.column && c->field.column->index == column)
            return true;
    }
    return false;
}

static bool check_filters(
    const struct document_context *c, const struct document *doc, const struct ast_cond *where)
{
    const struct cat_key *pk = &doc->header->pk;
    bool pinned = pk->ncolumns > 0;
    for (size_t i = 0; i < pk->ncolumns; i++)
        pinned &= is_pinned(where, pk->columns[i]);
    return pinned || error_document_filters(c->arena, c->error, doc->header);
}

bool document_settle(const struct document_context *c, struct document *doc, const struct ast_cond *where)
{
    uint64_t left = c->limits->document_lines ? c->limits->document_lines : UINT64_MAX;
    if (c->req->verb != WRITE_INSERT && !check_filters(c, doc, where))
        return false;
    find_keys(c, doc);
    for (size_t i = 0; i < doc->nlines; i++) {
        if (!read_lines(c, &doc->lines[i], &left))
            return false;
    }
    return true;
}

struct ast_cond *document_condition(struct arena *a, const struct document *doc)
{
    const struct cat_relation *rel = doc->header;
    struct ast_cond *first = NULL, **tail = &first;
    for (uint16_t i = 0; i < rel->ncolumns; i++) {
        if (rel->pk.ncolumns ? !rel->columns[i].in_pk : !doc->keys[i])
            continue;
        *tail = ARENA_NEW(a, struct ast_cond);
        (*tail)->kind = COND_SAVED;
        (*tail)->field.column = &rel->columns[i];
        (*tail)->field.name = rel->columns[i].name;
        tail = &(*tail)->next;
    }
    return first;
}
