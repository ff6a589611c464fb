/* bench_db: what a job costs the process that submits it. Keeps `inflight` jobs of the shape every request
 * has (role and claims, then one row by its key, one Sync) under way and prints jobs per second and the CPU
 * microseconds of this process per job.
 *
 *     BOBBIN_TEST_PGURI=... build/bench/micro/bench_db [seconds [inflight [connections [with role: 0|1]]]]
 *     ... bench_db stream [times]
 *
 * The second form reads all 100,000 rows as a stream, again and again, and prints rows per second, CPU and
 * what the resident set has grown by. Makes the table bench_db_items when it is missing.
 * SPDX-License-Identifier: ISC */
#include "db/db.h"
#include "db/session.h"

#include "util/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#define INFLIGHT_MAX 4096

struct bench {
    uv_loop_t loop;
    uv_check_t check;
    uv_timer_t end;
    struct db *db;
    bool with_role, stream, stopping;
    unsigned inflight, times;
    uint64_t done, failed, bytes, rows;
};

struct work {
    struct db_job job;
    struct bench *b;
    char id[16];
    const char *params[1], *role[4];
};

static struct work works[INFLIGHT_MAX];
static struct str role_sql, row_sql;

static double cpu_us(void)
{
    struct rusage r;
    getrusage(RUSAGE_SELF, &r);
    return (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) * 1e6 +
           (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec);
}

static void on_done(struct db_job *job, enum db_outcome outcome, const struct db_error *error);

static void on_rows(struct db_job *job, int stmt, const struct db_rows *rows)
{
    struct work *w = job->arg;
    size_t len = 0;
    w->b->rows += (uint64_t)rows->nrows;
    for (int r = 0; r < rows->nrows; r++) {
        for (int c = 0; c < rows->ncols; c++) {
            if (db_rows_value(rows, r, c, &len))
                w->b->bytes += len;
        }
    }
}

static void submit(struct work *w)
{
    int n = 0;
    snprintf(w->id, sizeof w->id, "%ld", 1 + random() % 100000);
    db_job_init(&w->job);
    if (w->b->stream) {
        w->job.stream = true;
        w->job.lane = DB_EXCLUSIVE;
        db_stmt_init(&w->job.stmts[n++], STR("select * from bench_db_items"), NULL, 0, STR(""));
    } else if (w->b->with_role) {
        db_stmt_init(&w->job.stmts[n++], role_sql, w->role, 4, STR(""));
    }
    if (!w->b->stream)
        db_stmt_init(&w->job.stmts[n++], row_sql, w->params, 1, STR("r"));
    w->job.nstmts = n;
    w->job.read_only = true;
    w->job.on_rows = on_rows;
    w->job.on_done = on_done;
    w->job.arg = w;
    db_submit(w->b->db, &w->job);
}

static void on_done(struct db_job *job, enum db_outcome outcome, const struct db_error *error)
{
    struct work *w = job->arg;
    w->b->done++;
    if (outcome != DB_OK && w->b->failed++ == 0)
        printf("failed: outcome %d, %.*s\n", outcome, STR_ARG(error->message));
    if (!w->b->stopping && !(w->b->stream && w->b->done >= w->b->times))
        submit(w);
    else
        w->b->inflight--;
}

static void on_check(uv_check_t *check)
{
    struct bench *b = check->data;
    db_flush(b->db);
    if (b->inflight == 0)
        uv_stop(&b->loop);
}

static void on_end(uv_timer_t *timer)
{
    struct bench *b = timer->data;
    b->stopping = true;
}

static void make_table(const char *uri)
{
    struct session *s = session_open(uri, "bench_db");
    if (!session_ok(s) ||
        !session_exec(s,
            "create table if not exists bench_db_items as select i as id, 'name ' || i as name, i * 1.5 as "
            "price,"
            " now() as created, md5(i::text) as code, i % 7 as kind from generate_series(1, 100000) i;"
            "create unique index if not exists bench_db_items_id on bench_db_items (id); analyze "
            "bench_db_items")) {
        fprintf(stderr, "bench_db: %s\n", session_error(s));
        exit(1);
    }
    session_close(&s);
}

static unsigned argument(int argc, char **argv, int i, unsigned otherwise)
{
    return argc > i ? (unsigned)strtoul(argv[i], NULL, 10) : otherwise;
}

static void run(struct bench *b, const char *uri, unsigned seconds, unsigned connections)
{
    struct db_options o = {.conninfo = uri,
        .application_name = "bench_db",
        .shared_connections = connections,
        .exclusive_connections = 2,
        .shared_depth = 64,
        .queue_max = INFLIGHT_MAX,
        .prepared = true};
    uv_loop_init(&b->loop);
    uv_check_init(&b->loop, &b->check);
    uv_timer_init(&b->loop, &b->end);
    b->check.data = b->end.data = b;
    uv_check_start(&b->check, on_check);
    uv_timer_start(&b->end, on_end, seconds * 1000, 0);
    b->db = db_create(&b->loop, &o);
    for (unsigned i = 0; i < b->inflight; i++) {
        struct work *w = &works[i];
        w->b = b;
        w->params[0] = w->id;
        w->role[0] = "role";
        w->role[1] = "none";
        w->role[2] = "request.jwt.claims";
        w->role[3] = "{\"role\":\"web_user\",\"sub\":\"7c7a4a0e\",\"exp\":1893456000}";
        submit(w);
    }
    uv_run(&b->loop, UV_RUN_DEFAULT);
}

static long resident_kb(void)
{
    struct rusage r;
    getrusage(RUSAGE_SELF, &r);
    return r.ru_maxrss;
}

static void report_jobs(struct bench *b, double took, double cpu)
{
    struct db_stats stats;
    db_get_stats(b->db, &stats);
    printf("%.0f jobs/s, %.2f us CPU per job, %llu failed, %llu moved to the exclusive lane\n",
        (double)b->done / took, cpu / (double)b->done, (unsigned long long)b->failed,
        (unsigned long long)stats.demoted);
}

int main(int argc, char **argv)
{
    const char *uri = getenv("BOBBIN_TEST_PGURI");
    static struct bench b;
    if (!uri) {
        fprintf(stderr, "bench_db: BOBBIN_TEST_PGURI is not set\n");
        return 77;
    }
    b.stream = argc > 1 && strcmp(argv[1], "stream") == 0;
    b.times = argument(argc, argv, 2, 10);
    b.inflight = b.stream ? 1 : MIN(argument(argc, argv, 2, 64), INFLIGHT_MAX);
    b.with_role = argument(argc, argv, 4, 1) != 0;
    role_sql = STR("select set_config($1, $2, true), set_config($3, $4, true)");
    row_sql = STR("select id, name, price, created, code, kind from bench_db_items where id = $1");
    make_table(uri);
    long before = resident_kb();
    double cpu = cpu_us();
    uint64_t start = uv_hrtime();
    run(&b, uri, b.stream ? 3600 : argument(argc, argv, 1, 5), b.stream ? 1 : argument(argc, argv, 3, 1));
    double took = (double)(uv_hrtime() - start) / 1e9;
    cpu = cpu_us() - cpu;
    if (b.stream)
        printf("%.0f rows/s, %.0f MB/s of values, %.2f us CPU per row, resident +%ld kB\n",
            (double)b.rows / took, (double)b.bytes / 1e6 / took, cpu / (double)b.rows,
            resident_kb() - before);
    else
        report_jobs(&b, took, cpu);
    return b.failed > 0;
}
