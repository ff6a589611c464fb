/* golden_write: writes and calls in, SQL out, compared with what is written down. cases_write/NAME.req holds
 * a request:
 *
 *     POST /orders?select=id
 *     Prefer: return=representation
 *     Accept: text/csv
 *     Type: csv
 *     Body: {"id": 1}
 *
 * (lines between the first and the body are optional; the body is the rest), NAME.sql the plan or the error.
 * `golden_write DIR` compares, `golden_write --update DIR` rewrites. SPDX-License-Identifier: ISC */
#include "query/call.h"
#include "query/errors.h"
#include "query/write.h"
#include "test/fuzz/check_sql.h"
#include "test/golden/fixture.h"
#include "util/check.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

static const struct query_limits limits = {.embed_depth = 8,
    .embeds = 32,
    .filters = 64,
    .tree_depth = 16,
    .select_items = 256,
    .max_rows = 1000,
    .document_lines = 8,
    .aggregates = true,
    .legacy_names = true};

struct request_text {
    struct str method, path, query, type, body;
    struct prefer prefer;
    struct str accept;
};

static void read_request(struct str text, struct request_text *r)
{
    struct str line;
    CHECK(str_split(&text, '\n', &line));
    size_t blank = str_find(line, ' ');
    r->method = str_sub(line, 0, blank);
    size_t question = str_find(line, '?');
    r->path = str_sub(line, blank + 2, question);
    r->query = str_sub(line, question + 1, line.n);
    while (text.n && !str_starts(text, STR("Body: ")) && str_split(&text, '\n', &line)) {
        struct str value = str_trim(str_sub(line, str_find(line, ':') + 1, line.n));
        if (str_starts(line, STR("Prefer:")))
            prefer_parse(&r->prefer, value);
        if (str_starts(line, STR("Accept:")))
            r->accept = value;
        if (str_starts(line, STR("Type:")))
            r->type = value;
    }
    r->body = str_starts(text, STR("Body: ")) ? str_sub(text, 6, text.n) : text;
    while (r->body.n && r->body.p[r->body.n - 1] == '\n')
        r->body.n--;
}

static void print_stmt(struct buf *b, const struct plan_stmt *stmt)
{
    if (stmt->sql.n == 0)
        return;
    check_sql(stmt);
    buf_printf(b, "%.*s\n", STR_ARG(stmt->sql));
    for (size_t i = 0; i < stmt->nparams; i++)
        buf_printf(b, "-- $%zu = %s\n", i + 1, stmt->params[i]);
}

static void print_shape(struct buf *b, const struct row_shape *shape)
{
    buf_printf(b, "-- shape of %zu columns%s:", shape->ncolumns, shape->strip_nulls ? " without nulls" : "");
    for (size_t i = 0; i < shape->nitems; i++) {
        const struct row_item *item = &shape->items[i];
        if (item->kind == ROW_END)
            buf_printf(b, " }");
        else
            buf_printf(
                b, " %.*s%u%s", STR_ARG(item->key), item->column, item->kind == ROW_OBJECT ? "? {" : "");
    }
    buf_printf(b, "\n");
}

static void print_format(struct buf *b, const struct request_text *r, const struct format *format)
{
    if (!str_eq(r->accept, STR("*/*")))
        buf_printf(b, "-- content type: %.*s\n", STR_ARG(format->content_type));
}

static void print_main(struct arena *a, struct buf *b, const struct format *format, struct plan_stmt stmt)
{
    if (format->explain)
        stmt.sql = format_explain(a, format, stmt.sql);
    print_stmt(b, &stmt);
}

static void print_error(struct buf *b, const struct query_error *e)
{
    buf_printf(b, "-- error %s\n-- message: %.*s\n", query_error_name(e->code), STR_ARG(e->message));
    if (e->details.n)
        buf_printf(b, "-- details: %.*s\n", STR_ARG(e->details));
    if (e->hint.n)
        buf_printf(b, "-- hint: %.*s\n", STR_ARG(e->hint));
}

static bool choose_format(struct arena *a, const struct catalog *cat, const struct request_text *r,
    struct format *format, struct query_error *error)
{
    struct accept accept;
    struct format_offer offer = {.media = FORMAT_ROWS,
        .plans = true,
        .cat = cat,
        .relation = catalog_relation(cat, STR("erp"), r->path),
        .whole = format_selects_whole(a, r->query)};
    accept_parse(a, r->accept, &accept);
    return format_choose(a, &accept, &offer, format) || error_media(a, error, &accept);
}

static bool plan_a_write(struct arena *a, const struct catalog *cat, const struct request_text *r,
    struct buf *b, struct query_error *error)
{
    static const char *const methods[] = {
        [WRITE_INSERT] = "POST", [WRITE_UPDATE] = "PATCH", [WRITE_PUT] = "PUT", [WRITE_DELETE] = "DELETE"};
    struct payload payload;
    struct write_plan plan;
    struct format format;
    if (!choose_format(a, cat, r, &format, error))
        return false;
    struct write_request req = {.schema = STR("erp"),
        .relation = r->path,
        .query = r->query,
        .payload = &payload,
        .returning = r->prefer.returning,
        .resolution = r->prefer.resolution,
        .format = &format,
        .singular = format.media == MEDIA_OBJECT,
        .missing_default = r->prefer.missing == MISSING_DEFAULT,
        .has_max = r->prefer.has_max_affected,
        .max_affected = r->prefer.max_affected};
    struct payload_options options = {
        .max_depth = 64, .records = true, .keys = !write_names_columns(a, r->query)};
    options.type = str_eq(r->type, STR("csv"))    ? PAYLOAD_CSV
                   : str_eq(r->type, STR("form")) ? PAYLOAD_FORM
                                                  : PAYLOAD_JSON;
    while (!str_eq_cstr(r->method, methods[req.verb]))
        req.verb++;
    if (req.verb == WRITE_PUT)
        req.resolution = RESOLUTION_MERGE_DUPLICATES;
    if (req.verb == WRITE_DELETE)
        req.payload = NULL;
    else if (!payload_read(a, &options, r->body, &payload, error))
        return false;
    if (!plan_write(a, cat, &limits, &req, &plan, error))
        return false;
    print_format(b, r, &format);
    print_main(a, b, &format, plan.main);
    if (plan.answer == WRITE_ROWS)
        print_shape(b, &plan.shape);
    print_stmt(b, &plan.inserted);
    for (size_t i = 0; i < plan.nlines; i++)
        print_stmt(b, &plan.lines[i].stmt);
    print_stmt(b, &plan.shown);
    return true;
}

static bool plan_a_call(struct arena *a, const struct catalog *cat, const struct request_text *r,
    struct buf *b, struct query_error *error)
{
    struct payload payload;
    struct call_plan plan;
    struct accept accept;
    accept_parse(a, r->accept, &accept);
    struct call_request req = {.schema = STR("erp"),
        .name = str_sub(r->path, 4, r->path.n),
        .query = r->query,
        .body = str_eq(r->method, STR("GET")) ? CALL_BODY_NONE : CALL_BODY_JSON,
        .payload = &payload,
        .raw = r->body,
        .count = r->prefer.count,
        .accept = &accept,
        .offer = {.media = FORMAT_ROWS, .plans = true}};
    if (str_eq(r->type, STR("form")))
        req.body = CALL_BODY_FORM;
    if (req.body == CALL_BODY_JSON &&
        !payload_read(a, &(struct payload_options){.max_depth = 64, .keys = true}, r->body, &payload, error))
        return false;
    if (!plan_call(a, cat, &limits, &req, &plan, error))
        return false;
    print_format(b, r, &plan.format);
    print_main(a, b, &plan.format, plan.main);
    if (plan.shape.nitems)
        print_shape(b, &plan.shape);
    return true;
}

static bool read_file(const char *path, struct buf *out)
{
    FILE *f = fopen(path, "r");
    char chunk[4096];
    size_t n;
    while (f && (n = fread(chunk, 1, sizeof chunk, f)) > 0)
        buf_append(out, str_make(chunk, n));
    return f && fclose(f) == 0;
}

static bool write_file(const char *path, struct str text)
{
    FILE *f = fopen(path, "w");
    bool ok = f && fwrite(text.p, 1, text.n, f) == text.n;
    return f && fclose(f) == 0 && ok;
}

/* True when the plan is the one that is written down. */
static bool run_case(
    struct arena *a, const struct catalog *cat, const char *dir, const char *file, bool update)
{
    struct request_text r = {.accept = STR("*/*")};
    struct query_error error;
    struct buf text, expected, actual;
    buf_init(&text, 0);
    buf_init(&expected, 0);
    buf_init(&actual, 0);
    struct str path = arena_printf(a, "%s/%.*s.sql", dir, (int)(strlen(file) - 4), file);
    CHECK(read_file(arena_printf(a, "%s/%s", dir, file).p, &text));
    read_request(str_trim(buf_str(&text)), &r);
    bool call = str_starts(r.path, STR("rpc/"));
    if (!(call ? plan_a_call : plan_a_write)(a, cat, &r, &actual, &error))
        print_error(&actual, &error);
    bool same = update ? write_file(path.p, buf_str(&actual))
                       : read_file(path.p, &expected) && str_eq(buf_str(&expected), buf_str(&actual));
    if (!same)
        printf("%s differs; expected:\n%.*sactual:\n%.*s\n", file, STR_ARG(buf_str(&expected)),
            STR_ARG(buf_str(&actual)));
    buf_release(&text);
    buf_release(&expected);
    buf_release(&actual);
    arena_reset(a);
    return same;
}

static int is_request(const struct dirent *entry)
{
    return str_ends(str_cstr(entry->d_name), STR(".req"));
}

int main(int argc, char **argv)
{
    struct catalog *cat = fixture_catalog();
    struct dirent **files;
    struct arena a;
    bool update = argc == 3 && strcmp(argv[1], "--update") == 0;
    CHECK(argc == 2 || update);
    arena_init(&a, 0);
    int n = scandir(argv[argc - 1], &files, is_request, alphasort), failed = 0;
    CHECK(n > 0);
    for (int i = 0; i < n; i++) {
        failed += !run_case(&a, cat, argv[argc - 1], files[i]->d_name, update);
        free(files[i]);
    }
    free(files);
    arena_release(&a);
    catalog_unref(&cat);
    printf("%d cases, %d differ\n", n, failed);
    return failed > 0;
}
