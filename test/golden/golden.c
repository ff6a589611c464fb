/* golden: requests in, SQL out, compared with what is written down. cases/NAME.req holds a request:
 *
 *     GET /orders?select=id&id=eq.1
 *     Range: 0-9
 *     Prefer: count=exact
 *     Accept: text/csv
 *     Limits: aggregates max-rows=100 default=25 unbounded depth=2
 *
 * (relation may be schema.relation; lines after the first are optional), NAME.sql the plan or the error as
 * print_plan() shows it. `golden DIR` compares, `golden --update DIR` rewrites the .sql files, `golden --dump
 * DIR` prints every plan as a line of JSON for sql_check.py, which gives them to PostgreSQL.
 * SPDX-License-Identifier: ISC */
#include "query/errors.h"
#include "query/plan.h"
#include "query/prefer.h"
#include "test/fuzz/check_sql.h"
#include "test/golden/fixture.h"
#include "util/buf.h"
#include "util/json_out.h"
#include "util/mem.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

struct golden {
    struct arena arena;
    struct catalog *cat;
    bool update, dump;
    unsigned ncases, nfailed;
};

static bool read_file(const char *path, struct buf *out)
{
    FILE *f = fopen(path, "r");
    if (!f)
        return false;
    char chunk[4096];
    size_t n;
    while ((n = fread(chunk, 1, sizeof chunk, f)) > 0)
        buf_append(out, str_make(chunk, n));
    fclose(f);
    return true;
}

static bool write_file(const char *path, struct str text)
{
    FILE *f = fopen(path, "w");
    bool ok = f && fwrite(text.p, 1, text.n, f) == text.n;
    return f && fclose(f) == 0 && ok;
}

static uint64_t number_of(struct str word)
{
    uint64_t n = 0;
    CHECK(str_to_u64(str_sub(word, str_find(word, '=') + 1, word.n), &n));
    return n;
}

static void read_limits(struct str text, struct query_limits *limits, struct read_request *req)
{
    struct str word;
    while (str_split(&text, ' ', &word)) {
        if (str_starts(word, STR("max-rows=")))
            limits->max_rows = number_of(word);
        else if (str_starts(word, STR("default=")))
            limits->default_limit = number_of(word);
        else if (str_starts(word, STR("max-offset=")))
            limits->max_offset = number_of(word);
        else if (str_starts(word, STR("depth=")))
            limits->embed_depth = (unsigned)number_of(word);
        else if (str_starts(word, STR("embeds=")))
            limits->embeds = (unsigned)number_of(word);
        else if (str_starts(word, STR("filters=")))
            limits->filters = (unsigned)number_of(word);
        else if (str_eq(word, STR("aggregates")))
            limits->aggregates = true;
        else if (str_eq(word, STR("strict-names")))
            limits->legacy_names = false;
        else if (str_eq(word, STR("unbounded")))
            req->unbounded = true;
        else
            CHECK(word.n == 0);
    }
}

static void read_target(struct str target, struct read_request *req)
{
    size_t question = str_find(target, '?');
    struct str path = str_sub(target, 1, question);
    size_t dot = str_find(path, '.');
    req->query = str_sub(target, question + 1, target.n);
    req->schema = dot < path.n ? str_sub(path, 0, dot) : STR("erp");
    req->relation = dot < path.n ? str_sub(path, dot + 1, path.n) : path;
}

/* What the server would make of it; false: 406. */
static bool read_accept(struct golden *g, struct str value, struct read_request *req)
{
    struct format *format = ARENA_NEW(&g->arena, struct format);
    struct format_offer offer = {.media = FORMAT_ROWS,
        .plans = true,
        .cat = g->cat,
        .relation = catalog_relation(g->cat, req->schema, req->relation),
        .whole = format_selects_whole(&g->arena, req->query)};
    struct accept accept;
    accept_parse(&g->arena, value, &accept);
    req->format = format;
    return format_choose(&g->arena, &accept, &offer, format);
}

/* False: nothing fits what is accepted. */
static bool read_request(
    struct golden *g, struct str text, struct query_limits *limits, struct read_request *req)
{
    struct str line;
    bool acceptable = true;
    CHECK(str_split(&text, '\n', &line) && str_starts(line, STR("GET /")));
    read_target(str_sub(line, 4, line.n), req);
    while (str_split(&text, '\n', &line)) {
        struct str value = str_trim(str_sub(line, str_find(line, ':') + 1, line.n));
        struct prefer prefer = {0};
        if (str_starts(line, STR("Range:"))) {
            req->range = value;
        } else if (str_starts(line, STR("Prefer:"))) {
            prefer_parse(&prefer, value);
            req->count = prefer.count;
        } else if (str_starts(line, STR("Accept:"))) {
            acceptable = read_accept(g, value, req);
        } else if (str_starts(line, STR("Limits:"))) {
            read_limits(value, limits, req);
        } else {
            CHECK(line.n == 0);
        }
    }
    return acceptable;
}

static void print_stmt(struct buf *b, const char *title, const struct plan_stmt *stmt)
{
    if (stmt->sql.n == 0)
        return;
    check_sql(stmt);
    buf_printf(b, "-- %s\n%.*s\n", title, STR_ARG(stmt->sql));
    for (size_t i = 0; i < stmt->nparams; i++)
        buf_printf(b, "-- $%zu = %s\n", i + 1, stmt->params[i]);
}

static void print_shape(struct buf *b, const struct row_shape *shape)
{
    bool first = true;
    buf_printf(
        b, "-- shape of %zu columns%s: {", shape->ncolumns, shape->strip_nulls ? " without nulls" : "");
    for (size_t i = 0; i < shape->nitems; i++) {
        const struct row_item *item = &shape->items[i];
        if (item->kind != ROW_END && !first)
            buf_printf(b, ", ");
        if (item->kind == ROW_VALUE)
            buf_printf(b, "%.*s %u", STR_ARG(item->key), item->column);
        else if (item->kind == ROW_OBJECT)
            buf_printf(b, "%.*s %u? {", STR_ARG(item->key), item->column);
        else
            buf_printf(b, "}");
        first = item->kind == ROW_OBJECT;
    }
    buf_printf(b, "}\n");
}

static void print_plan(struct buf *b, const struct format *format, const struct read_plan *plan)
{
    if (format && format->content_type.n)
        buf_printf(b, "-- content type: %.*s\n", STR_ARG(format->content_type));
    print_stmt(b, "main", &plan->main);
    print_shape(b, &plan->shape);
    buf_printf(b, "-- plan:");
    if (plan->limit != UINT64_MAX)
        buf_printf(
            b, " limit=%llu%s", (unsigned long long)plan->limit, plan->limit_from_server ? " (server)" : "");
    if (plan->offset)
        buf_printf(b, " offset=%llu", (unsigned long long)plan->offset);
    buf_printf(b, "%s%s%s; tables", plan->by_key ? " by-key" : "", plan->cheap ? " cheap" : "",
        plan->opaque ? " opaque" : "");
    for (size_t i = 0; i < plan->ntables; i++)
        buf_printf(b, " %.*s", STR_ARG(plan->tables[i]->quoted));
    buf_printf(b, "\n");
    print_stmt(b, "count", &plan->count);
    print_stmt(b, "estimate", &plan->estimate);
}

static void print_error(struct buf *b, const struct query_error *error)
{
    buf_printf(b, "-- error %s\n-- message: %.*s\n", query_error_name(error->code), STR_ARG(error->message));
    if (error->details.n)
        buf_printf(b, "-- details: %.*s\n", STR_ARG(error->details));
    if (error->details_json.n)
        buf_printf(b, "-- details: %.*s\n", STR_ARG(error->details_json));
    if (error->hint.n)
        buf_printf(b, "-- hint: %.*s\n", STR_ARG(error->hint));
}

static void dump_stmt(struct json_out *j, const char *key, const struct plan_stmt *stmt)
{
    json_out_key(j, key);
    json_out_object(j);
    json_out_pair(j, "sql", stmt->sql);
    json_out_key(j, "params");
    json_out_array(j);
    for (size_t i = 0; i < stmt->nparams; i++)
        json_out_cstr(j, stmt->params[i]);
    json_out_end(j);
    json_out_end(j);
}

static void dump_shape(struct json_out *j, const struct row_shape *shape)
{
    json_out_key(j, "shape");
    json_out_array(j);
    for (size_t i = 0; i < shape->nitems; i++) {
        const struct row_item *item = &shape->items[i];
        json_out_array(j);
        json_out_u64(j, item->kind);
        json_out_u64(j, item->column);
        json_out_u64(j, item->skip);
        if (item->key.n)
            json_out_raw(j, str_sub(item->key, 0, item->key.n - 1));
        json_out_end(j);
    }
    json_out_end(j);
}

static void dump_plan(const char *name, const struct read_plan *plan)
{
    struct buf b;
    struct json_out j;
    buf_init(&b, 0);
    json_out_init(&j, &b);
    json_out_object(&j);
    json_out_pair_cstr(&j, "name", name);
    dump_stmt(&j, "main", &plan->main);
    dump_shape(&j, &plan->shape);
    if (plan->count.sql.n) {
        dump_stmt(&j, "count", &plan->count);
        dump_stmt(&j, "estimate", &plan->estimate);
    }
    json_out_end(&j);
    printf("%.*s\n", STR_ARG(buf_str(&b)));
    buf_release(&b);
}

static void explain(struct golden *g, const struct format *format, struct read_plan *plan)
{
    if (format && format->explain)
        plan->main.sql = format_explain(&g->arena, format, plan->main.sql);
}

static void compare(struct golden *g, const char *name, const char *path, struct str actual)
{
    struct buf expected;
    buf_init(&expected, 0);
    if (g->update)
        CHECK(write_file(path, actual));
    else if (!read_file(path, &expected) || !str_eq(buf_str(&expected), actual)) {
        g->nfailed++;
        printf(
            "%s differs; expected:\n%.*sactual:\n%.*s\n", name, STR_ARG(buf_str(&expected)), STR_ARG(actual));
    }
    buf_release(&expected);
}

static void run_case(struct golden *g, const char *dir, const char *file)
{
    struct query_limits limits = {.embed_depth = 8,
        .embeds = 32,
        .filters = 64,
        .tree_depth = 16,
        .select_items = 256,
        .legacy_names = true};
    struct read_request req = {.count = COUNT_NONE};
    struct read_plan plan;
    struct query_error error;
    struct buf text, actual;
    buf_init(&text, 0);
    buf_init(&actual, 0);
    struct str name = arena_printf(&g->arena, "%.*s", (int)(strlen(file) - 4), file);
    struct str path = arena_printf(&g->arena, "%s/%s.sql", dir, name.p);
    CHECK(read_file(arena_printf(&g->arena, "%s/%s", dir, file).p, &text));
    if (!read_request(g, buf_str(&text), &limits, &req)) {
        buf_printf(&actual, "-- not acceptable\n");
    } else if (plan_read(&g->arena, g->cat, &limits, &req, &plan, &error)) {
        if (g->dump)
            dump_plan(name.p, &plan);
        explain(g, req.format, &plan);
        print_plan(&actual, req.format, &plan);
    } else {
        print_error(&actual, &error);
    }
    g->ncases++;
    if (!g->dump)
        compare(g, name.p, path.p, buf_str(&actual));
    buf_release(&text);
    buf_release(&actual);
    arena_reset(&g->arena);
}

static int is_request(const struct dirent *entry)
{
    return str_ends(str_cstr(entry->d_name), STR(".req"));
}

int main(int argc, char **argv)
{
    struct golden g = {.cat = fixture_catalog()};
    struct dirent **files;
    for (; argc > 2; argc--, argv++) {
        g.update |= strcmp(argv[1], "--update") == 0;
        g.dump |= strcmp(argv[1], "--dump") == 0;
    }
    if (argc != 2) {
        fprintf(stderr, "usage: golden [--update|--dump] DIRECTORY\n");
        return 2;
    }
    arena_init(&g.arena, 0);
    int n = scandir(argv[1], &files, is_request, alphasort);
    CHECK(n > 0);
    for (int i = 0; i < n; i++) {
        run_case(&g, argv[1], files[i]->d_name);
        free(files[i]);
    }
    free(files);
    arena_release(&g.arena);
    catalog_unref(&g.cat);
    if (!g.dump)
        printf("%u cases, %u differ\n", g.ncases, g.nfailed);
    return g.nfailed > 0;
}
