/* sql_lines: header, lines, and the two together. Lines are t0, the body's are b.
 * SPDX-License-Identifier: ISC */
#include "query/sql_lines.h"

#include "query/sql.h"

/* The header */

/* "a", "b": the columns of the key, each behind `before`. */
static void key_columns(struct sql *w, const struct document *doc, const char *before, const char *after)
{
    bool first = true;
    for (size_t i = 0; i < doc->header->ncolumns; i++) {
        if (!doc->keys[i])
            continue;
        sql_comma(w, first);
        first = false;
        sql_put(w, str_cstr(before));
        sql_ident(w, doc->header->columns[i].name);
        sql_put(w, str_cstr(after));
    }
}

static void key_names(struct sql *w, const struct document *doc)
{
    bool first = true;
    for (size_t i = 0; i < doc->header->ncolumns; i++) {
        if (!doc->keys[i])
            continue;
        sql_comma(w, first);
        first = false;
        sql_literal(w, doc->header->columns[i].name);
    }
}

/* Lines of a header whose key is null would be nobody's. */
static void key_conditions(struct sql *w, const struct document *doc)
{
    bool first = true;
    for (size_t i = 0; i < doc->header->ncolumns; i++) {
        if (!doc->keys[i] || doc->header->columns[i].in_pk)
            continue;
        sql_put(w, first ? STR(" WHERE ") : STR(" AND "));
        first = false;
        sql_ident(w, doc->header->columns[i].name);
        SQL(w, " IS NOT NULL");
    }
}

static void primary_key(struct sql *w, const struct cat_relation *rel)
{
    for (size_t i = 0; i < rel->pk.ncolumns; i++) {
        sql_comma(w, i == 0);
        sql_ident(w, rel->columns[rel->pk.columns[i]].name);
    }
}

/* The row, changed or as it is. */
static void header_row(struct sql *w, const struct sql_write *in, const struct document *doc)
{
    if (in->req->verb != WRITE_UPDATE || in->ncolumns > 0) {
        sql_change(w, in);
        SQL(w, " RETURNING ");
        key_columns(w, doc, "t0.", "");
        return;
    }
    SQL(w, "SELECT ");
    key_columns(w, doc, "t0.", "");
    SQL(w, " FROM ");
    sql_put(w, doc->header->quoted);
    SQL(w, " AS t0");
    sql_conditions(w, in);
}

/* Exactly one; no number is right where none may be affected. */
static void header_guard(struct sql *w, const struct sql_write *in)
{
    if (in->req->has_max && in->req->max_affected == 0)
        SQL(w, "('" WRITE_GUARD "' || pg_catalog.count(*))::pg_catalog.bool");
    else
        sql_guard(w, true, 0);
}

static void header(
    struct arena *a, const struct sql_write *in, const struct document *doc, struct write_plan *plan)
{
    struct sql w;
    struct buf out;
    sql_start(&w, a, &out);
    SQL(&w, "WITH pgrst_source AS (");
    header_row(&w, in, doc);
    SQL(&w, ") SELECT ");
    primary_key(&w, doc->header);
    SQL(&w, " FROM pgrst_source WHERE (SELECT ");
    header_guard(&w, in);
    SQL(&w, " FROM pgrst_source");
    key_conditions(&w, doc);
    SQL(&w, ") AND pg_catalog.set_config(" SQL_SAVED ", pg_catalog.json_object(ARRAY[");
    key_names(&w, doc);
    SQL(&w, "], ARRAY[");
    key_columns(&w, doc, "", "::pg_catalog.text");
    SQL(&w, "])::pg_catalog.text, true) <> ''");
    sql_finish(&w, &plan->main);
    sql_inserted(in, plan);
}

/* Lines */

/* One statement on a lot of the lines. */
struct lines {
    struct sql w;
    struct buf out;
    const struct document_lines *of;
    const struct document_lot *lot;
    struct write_request req;
    struct ast_node root;
    struct sql_write in; /* the lot, as sql_records() wants it */
};

static const struct cat_relation *table(const struct lines *l)
{
    return l->of->via->to;
}

static void start(struct lines *l, struct arena *a, const struct sql_write *header,
    const struct document_lines *of, const struct document_lot *lot)
{
    *l = (struct lines){.of = of, .lot = lot};
    sql_start(&l->w, a, &l->out);
    /* A line that is there keeps what is not said of it: defaults are for new ones. */
    l->req = (struct write_request){
        .payload = lot->payload, .missing_default = header->req->missing_default && lot == &of->fresh};
    l->root.rel = of->via->to;
    l->in = (struct sql_write){
        .req = &l->req, .root = &l->root, .columns = lot->columns, .ncolumns = lot->ncolumns};
}

static bool is_listed(const uint16_t *columns, size_t n, uint16_t column)
{
    for (size_t i = 0; i < n; i++) {
        if (columns[i] == column)
            return true;
    }
    return false;
}

static bool is_owner(const struct lines *l, const struct cat_column *column)
{
    return is_listed(l->of->via->to_columns, l->of->via->ncolumns, column->index);
}

static bool is_key(const struct lines *l, const struct cat_column *column)
{
    return is_listed(l->of->key, l->of->nkey, column->index);
}

/* What the header's key is for the i-th column of the foreign key. */
static void owner_value(struct lines *l, size_t i)
{
    const struct cat_relationship *via = l->of->via;
    sql_saved(
        &l->w, via->to->columns[via->to_columns[i]].type, via->from->columns[via->from_columns[i]].name);
}

/* The line is one of this header's. */
static void owned(struct lines *l, const char *alias)
{
    const struct cat_relationship *via = l->of->via;
    for (size_t i = 0; i < via->ncolumns; i++) {
        sql_put(&l->w, i ? STR(" AND ") : STR(""));
        sql_put(&l->w, str_cstr(alias));
        sql_ident(&l->w, via->to->columns[via->to_columns[i]].name);
        SQL(&l->w, " = ");
        owner_value(l, i);
    }
}

static void same_key(struct lines *l)
{
    for (size_t i = 0; i < l->of->nkey; i++) {
        const struct cat_column *column = &table(l)->columns[l->of->key[i]];
        sql_put(&l->w, i ? STR(" AND t0.") : STR("t0."));
        sql_ident(&l->w, column->name);
        SQL(&l->w, " = ");
        sql_body_value(&l->w, column);
    }
}

static void records(struct lines *l)
{
    if (l->lot->ncolumns > 0) {
        sql_records(&l->w, &l->in);
        return;
    }
    SQL(&l->w, "pg_catalog.json_array_elements(");
    sql_cstr_param(&l->w, l->lot->payload->json);
    SQL(&l->w, ") AS b(v)");
}

/* WITH b AS (the lines that do not say that they are another's) */
static void begin(struct lines *l)
{
    const struct cat_relationship *via = l->of->via;
    bool first = true;
    SQL(&l->w, "WITH b AS (SELECT b.* FROM ");
    records(l);
    for (size_t i = 0; l->lot->owned && i < via->ncolumns; i++) {
        const struct cat_column *column = &via->to->columns[via->to_columns[i]];
        bool given = false;
        for (size_t k = 0; k < l->lot->ncolumns; k++)
            given |= l->lot->columns[k] == column;
        if (!given)
            continue;
        sql_put(&l->w, first ? STR(" WHERE coalesce(") : STR(" AND coalesce("));
        first = false;
        sql_body_value(&l->w, column);
        SQL(&l->w, " = ");
        owner_value(l, i);
        SQL(&l->w, ", true)");
    }
    SQL(&l->w, ")");
}

/* Fails the statement unless `count` is as many as `all` are. */
static void having(struct lines *l, const char *count, void (*all)(struct lines *l))
{
    SQL(&l->w, " HAVING CASE WHEN ");
    sql_put(&l->w, str_cstr(count));
    SQL(&l->w, " = ");
    all(l);
    SQL(&l->w, " THEN false ELSE ('" WRITE_GUARD "' || ");
    sql_put(&l->w, str_cstr(count));
    SQL(&l->w, ")::pg_catalog.bool END");
}

/* The lines in the body. */
static void sent(struct lines *l)
{
    sql_number_param(&l->w, l->lot->payload->nrecords);
    SQL(&l->w, "::pg_catalog.int8");
}

static void all_lines(struct lines *l, const char *count)
{
    having(l, count, sent);
}

/* INSERT INTO t (columns, foreign key) SELECT values FROM, and then the lines. */
static void insert_into(struct lines *l)
{
    const struct cat_relationship *via = l->of->via;
    SQL(&l->w, "INSERT INTO ");
    sql_put(&l->w, table(l)->quoted);
    SQL(&l->w, " (");
    for (size_t i = 0; i < via->ncolumns; i++) {
        sql_comma(&l->w, i == 0);
        sql_ident(&l->w, via->to->columns[via->to_columns[i]].name);
    }
    for (size_t i = 0; i < l->lot->ncolumns; i++) {
        if (is_owner(l, l->lot->columns[i]))
            continue;
        SQL(&l->w, ", ");
        sql_ident(&l->w, l->lot->columns[i]->name);
    }
    SQL(&l->w, ") SELECT ");
    for (size_t i = 0; i < via->ncolumns; i++) {
        sql_comma(&l->w, i == 0);
        owner_value(l, i);
    }
    for (size_t i = 0; i < l->lot->ncolumns; i++) {
        if (is_owner(l, l->lot->columns[i]))
            continue;
        SQL(&l->w, ", ");
        sql_body_value(&l->w, l->lot->columns[i]);
    }
    SQL(&l->w, " FROM ");
}

static void insert_fresh(struct lines *l)
{
    if (!l->lot->owned) {
        insert_into(l);
        records(l);
        return;
    }
    begin(l);
    SQL(&l->w, ", pgrst_source AS (");
    insert_into(l);
    SQL(&l->w, "b) SELECT FROM b");
    all_lines(l, "pg_catalog.count(*)");
}

static bool sets_anything(const struct lines *l)
{
    for (size_t i = 0; i < l->lot->ncolumns; i++) {
        if (!is_owner(l, l->lot->columns[i]) && !is_key(l, l->lot->columns[i]))
            return true;
    }
    return false;
}

static void update_set(struct lines *l)
{
    bool first = true;
    SQL(&l->w, "UPDATE ");
    sql_put(&l->w, table(l)->quoted);
    SQL(&l->w, " AS t0 SET ");
    for (size_t i = 0; i < l->lot->ncolumns; i++) {
        const struct cat_column *column = l->lot->columns[i];
        if (is_owner(l, column) || is_key(l, column))
            continue;
        sql_comma(&l->w, first);
        first = false;
        sql_ident(&l->w, column->name);
        SQL(&l->w, " = ");
        sql_body_value(&l->w, column);
    }
    SQL(&l->w, " FROM b");
}

static void named_rows(struct lines *l)
{
    SQL(&l->w, " WHERE ");
    same_key(l);
    SQL(&l->w, " AND ");
    owned(l, "t0.");
}

/* Named lines that are there, as this statement finds them. */
static void find_rows(struct lines *l, const char *columns)
{
    SQL(&l->w, "SELECT ");
    sql_put(&l->w, str_cstr(columns));
    SQL(&l->w, " FROM b, ");
    sql_put(&l->w, table(l)->quoted);
    SQL(&l->w, " AS t0");
    named_rows(l);
}

static void found(struct lines *l)
{
    SQL(&l->w, "(");
    find_rows(l, "pg_catalog.count(*)");
    SQL(&l->w, ")");
}

/* Changes those that are there, or only finds them where they say nothing but their name. Where the others
 * are new all that can be seen must be changed: what a policy or a trigger keeps as it is would get lost
 * between this statement and the next, which inserts what it does not see. */
static void update_named(struct lines *l)
{
    bool sets = sets_anything(l);
    begin(l);
    if (!sets && !l->of->counted) {
        SQL(&l->w, " ");
        find_rows(l, "1");
        return;
    }
    SQL(&l->w, ", pgrst_source AS (");
    if (sets) {
        update_set(l);
        named_rows(l);
        SQL(&l->w, " RETURNING 1");
    } else {
        find_rows(l, "1");
    }
    SQL(&l->w, ") SELECT FROM pgrst_source");
    having(l, "pg_catalog.count(*)", l->of->counted ? sent : found);
}

/* Named lines that are not there; and a name that stands twice is found out. */
static void insert_named(struct lines *l)
{
    struct buf count, *out = l->w.out;
    begin(l);
    SQL(&l->w, ", pgrst_source AS (");
    insert_into(l);
    SQL(&l->w, "b WHERE NOT EXISTS (SELECT FROM ");
    sql_put(&l->w, table(l)->quoted);
    SQL(&l->w, " AS t0 WHERE ");
    same_key(l);
    SQL(&l->w, " AND ");
    owned(l, "t0.");
    SQL(&l->w, ")) SELECT FROM b");
    buf_init(&count, 0);
    l->w.out = &count;
    SQL(&l->w, "pg_catalog.count(DISTINCT ROW(");
    for (size_t i = 0; i < l->of->nkey; i++) {
        sql_comma(&l->w, i == 0);
        sql_body_value(&l->w, &table(l)->columns[l->of->key[i]]);
    }
    SQL(&l->w, "))");
    l->w.out = out;
    buf_append_char(&count, '\0');
    all_lines(l, buf_str(&count).p);
    buf_release(&count);
}

/* A row of a tree may be its own parent; it is a header then, and no line that could be missing. */
static void not_itself(struct lines *l)
{
    const struct cat_relation *rel = table(l);
    SQL(&l->w, " AND NOT (");
    for (size_t i = 0; i < rel->pk.ncolumns; i++) {
        const struct cat_column *column = &rel->columns[rel->pk.columns[i]];
        sql_put(&l->w, i ? STR(" AND t0.") : STR("t0."));
        sql_ident(&l->w, column->name);
        SQL(&l->w, " = ");
        sql_saved(&l->w, column->type, column->name);
    }
    SQL(&l->w, ")");
}

static void delete_others(struct lines *l)
{
    SQL(&l->w, "DELETE FROM ");
    sql_put(&l->w, table(l)->quoted);
    SQL(&l->w, " AS t0 WHERE ");
    owned(l, "t0.");
    if (table(l) == l->of->via->from)
        not_itself(l);
    if (!l->lot->payload)
        return;
    SQL(&l->w, " AND NOT EXISTS (SELECT FROM ");
    records(l);
    SQL(&l->w, " WHERE ");
    same_key(l);
    SQL(&l->w, ")");
}

struct work {
    struct arena *arena;
    const struct sql_write *in;
    struct write_lines *out;
    size_t n;
};

static void add(struct work *wk, const struct document_lines *of, const struct document_lot *lot,
    void (*write)(struct lines *l))
{
    struct lines l;
    start(&l, wk->arena, wk->in, of, lot);
    write(&l);
    sql_finish(&l.w, &wk->out[wk->n].stmt);
    wk->out[wk->n++].relation = of->via->to;
}

static void write_lines(struct work *wk, const struct document_lines *of)
{
    if (wk->in->req->verb == WRITE_PUT)
        add(wk, of, &of->named, delete_others);
    if (of->named.payload)
        add(wk, of, &of->named, update_named);
    if (of->named.payload && !of->counted)
        add(wk, of, &of->named, insert_named);
    if (of->fresh.payload)
        add(wk, of, &of->fresh, insert_fresh);
}

/* What is shown */

static void shown(struct arena *a, const struct sql_write *in, struct write_plan *plan)
{
    struct sql w;
    struct buf out;
    sql_start(&w, a, &out);
    if (in->req->format)
        w.format = in->req->format;
    if (in->req->singular)
        SQL(&w, "WITH pgrst_rows AS (");
    else
        sql_begin_answer(&w, false);
    sql_select(&w, in->root, &plan->shape);
    if (in->req->singular) {
        SQL(&w, ") ");
        sql_begin_answer(&w, false);
        SQL(&w, "SELECT * FROM pgrst_rows WHERE (SELECT ");
        sql_guard(&w, true, 0);
        SQL(&w, " FROM pgrst_rows)");
    }
    sql_end_answer(&w);
    sql_finish(&w, &plan->shown);
}

void sql_lines(
    struct arena *a, const struct sql_write *in, const struct document *doc, struct write_plan *plan)
{
    struct work wk = {.arena = a, .in = in};
    wk.out = ARENA_NEW_ARRAY(a, struct write_lines, DOCUMENT_LINES_STMTS * doc->nlines);
    plan->guarded = true;
    header(a, in, doc, plan);
    for (size_t i = 0; i < doc->nlines; i++)
        write_lines(&wk, &doc->lines[i]);
    plan->lines = wk.out;
    plan->nlines = wk.n;
    plan->answer = WRITE_TAG;
    if (in->req->returning == RETURN_REPRESENTATION) {
        plan->answer = WRITE_ROWS;
        shown(a, in, plan);
    } else if (in->req->verb == WRITE_INSERT && in->req->returning == RETURN_HEADERS_ONLY &&
               doc->header->pk.ncolumns > 0) {
        plan->answer = WRITE_KEYS;
    }
}
