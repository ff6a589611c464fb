/* Micro benchmark of db/pg_json and util/json_escape: `build/bench/micro/bench_json`. Each figure is the best
 * of several runs, since everything else that runs on the machine only ever adds time.
 * SPDX-License-Identifier: ISC */
#include "db/pg_json.h"
#include "util/clock.h"
#include "util/log.h"
#include "util/mem.h"

#include <fcntl.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <unistd.h>

#define RUNS 9

static struct buf out;
static uint64_t count;

/* Best nanoseconds of one call of fn(arg). */
static double measure(void (*fn)(void *arg), void *arg, unsigned calls)
{
    double best = 1e18;
    for (int run = 0; run < RUNS; run++) {
        uint64_t start = clock_mono_ns();
        for (unsigned i = 0; i < calls; i++)
            fn(arg);
        double ns = (double)(clock_mono_ns() - start) / calls;
        best = ns < best ? ns : best;
    }
    return best;
}

struct table {
    const char *name;
    int ncols, nrows;
    const Oid *types;
    const char *const *values;
    PGresult *res;
    struct row_item items[16];
    char keys[16][40];
};

static void fill(struct table *t, const char *const *names)
{
    PGresAttDesc attrs[16] = {0};
    t->res = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
    for (int i = 0; i < t->ncols; i++) {
        attrs[i].name = (char *)names[i];
        attrs[i].typid = t->types[i];
        int n = snprintf(t->keys[i], sizeof(t->keys[i]), "\"%s\":", names[i]);
        t->items[i] = (struct row_item){ROW_VALUE, (uint16_t)i, 0, {t->keys[i], (size_t)n}};
    }
    CHECK(PQsetResultAttrs(t->res, t->ncols, attrs));
    for (int row = 0; row < t->nrows; row++) {
        for (int col = 0; col < t->ncols; col++) {
            const char *v = t->values[col];
            CHECK(PQsetvalue(t->res, row, col, (char *)v, v ? (int)strlen(v) : -1));
        }
    }
}

static void encode(void *arg)
{
    struct table *t = arg;
    struct row_shape shape = {t->items, (size_t)t->ncols, (size_t)t->ncols};
    struct db_rows rows = {.res = t->res, .nrows = t->nrows, .ncols = t->ncols, .last = true};
    buf_clear(&out, SIZE_MAX);
    CHECK(pg_json_rows(&out, &shape, &rows, PG_JSON_ARRAY, &count));
}

static void bench_table(struct table *t, const char *const *names)
{
    fill(t, names);
    double ns = measure(encode, t, 20000 / (unsigned)t->nrows + 1);
    printf("%-34s %9.0f ns %7.1f ns/field %7.2f GB/s\n", t->name, ns, ns / (t->nrows * t->ncols),
        (double)buf_len(&out) / ns);
    PQclear(t->res);
}

static struct str text;

static void escape(void *arg)
{
    buf_clear(&out, SIZE_MAX);
    json_escape(&out, text);
}

static void bench_text(const char *name, size_t n, const char *pattern)
{
    char *p = mem_alloc(n);
    for (size_t i = 0; i < n; i++)
        p[i] = pattern[i % strlen(pattern)];
    text = str_make(p, n);
    double ns = measure(escape, NULL, (unsigned)(2000000 / (n + 20)) + 1);
    printf("%-34s %9.0f ns %22.2f GB/s\n", name, ns, (double)n / ns);
    mem_free(p);
}

static void log_one(void *arg)
{
    LOG(REQUEST, log_cstr("method", "GET"),
        log_cstr("path", "/api/v1/products?select=id,sku,name&order=id&limit=20"), log_u64("status", 200),
        log_u64("bytes", 6912), log_ms("duration_ms", 812), log_cstr("role", "erp_viewer"));
}

int main(void)
{
    static const char *const product_names[] = {"id", "sku", "name", "description", "price", "cost", "stock",
        "active", "category_id", "weight", "created_at", "updated_at", "attributes"};
    static const Oid product_types[] = {20, 25, 25, 25, 1700, 1700, 23, 16, 20, 701, 1184, 1184, 3802};
    static const char *const product_values[] = {"812734", "SKU-00812734", "Merino cardigan, navy",
        "Fine knit cardigan with horn buttons; wash at 30 degrees.", "129.90", "61.35", "37", "t", "17",
        "0.412", "2026-03-01 08:15:30.123456+00", "2026-11-20 17:02:11.5+00",
        "{\"size\": \"M\", \"color\": \"navy\"}"};
    struct table page = {
        "page: 20 rows x 13 columns", 13, 20, product_types, product_values, NULL, {{0}}, {{0}}};
    struct table row = {"one row x 13 columns", 13, 1, product_types, product_values, NULL, {{0}}, {{0}}};
    bench_table(&page, product_names);
    bench_table(&row, product_names);

    static const char *const letters[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"};
    static const struct {
        const char *name;
        Oid type;
        const char *value;
    } kinds[] = {{"1000 x 10 int4", 23, "812734"}, {"1000 x 10 bool", 16, "t"}, {"1000 x 10 NULL", 25, NULL},
        {"1000 x 10 numeric", 1700, "129.90"}, {"1000 x 10 text(5)", 25, "horns"},
        {"1000 x 10 text(12)", 25, "SKU-00812734"},
        {"1000 x 10 text(30)", 25, "Merino cardigan, navy blue, XL"}, {"1000 x 10 date", 1082, "2026-11-21"},
        {"1000 x 10 timestamptz", 1184, "2026-03-01 08:15:30.123456+00"},
        {"1000 x 10 uuid", 2950, "123e4567-e89b-12d3-a456-426614174000"}};
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        Oid types[10];
        const char *values[10];
        for (int c = 0; c < 10; c++) {
            types[c] = kinds[i].type;
            values[c] = kinds[i].value;
        }
        struct table t = {kinds[i].name, 10, 1000, types, values, NULL, {{0}}, {{0}}};
        bench_table(&t, letters);
    }

    bench_text("text 20", 20, "Merino cardigan, navy");
    bench_text("text 100", 100, "Merino cardigan, navy");
    bench_text("text 10 k", 10000, "Merino cardigan, navy");
    bench_text("text 1 M", 1000000, "Merino cardigan, navy");
    bench_text("text 1 M, a quote in 40", 1000000, "a quote \" in forty bytes of plain text..");
    bench_text("text 1 M, JSON inside", 1000000, "{\"key\":\"value\",\"n\":12},");
    bench_text("text 1 M, only quotes", 1000000, "\"");

    int null = open("/dev/null", O_WRONLY);
    log_start(
        &(struct log_options){.level = LOG_LEVEL_INFO, .format = LOG_JSON, .fd = null, .capacity = 64 << 20});
    printf("%-34s %9.0f ns\n", "log line, JSON, 6 fields", measure(log_one, NULL, 20000));
    log_set_format(LOG_TEXT);
    printf("%-34s %9.0f ns\n", "log line, text, 6 fields", measure(log_one, NULL, 20000));
    log_stop(1000);
    close(null);
    buf_release(&out);
    return 0;
}
