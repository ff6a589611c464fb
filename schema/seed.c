/* seed: prepare the generator, then step by step. SPDX-License-Identifier: ISC */
#include "schema/seed.h"

#include "util/check.h"
#include "util/mem.h"

#include <inttypes.h>
#include <stdlib.h>
#include <uv.h>

#define LOCK_ARGS "(1651466850, 2)" /* see migrate.c; 2 for seeding */
#define BAR_WIDTH 24
/* Demo data that a crash of the machine loses is made again: no need to wait for the disk at each commit. The
 * two lanes are the parallelism: workers beside them would build the same hash tables once more each. */
#define BEGIN_SQL                                                                                            \
    "begin isolation level read committed read write;"                                                       \
    "set local statement_timeout = 0; set local lock_timeout = 0;"                                           \
    "set local idle_in_transaction_session_timeout = 0; set local client_min_messages = warning;"            \
    "set local synchronous_commit = off; set local work_mem = '128MB'; set local jit = off;"                 \
    "set local maintenance_work_mem = '256MB';"                                                              \
    "set local max_parallel_workers_per_gather = 0; set local max_parallel_maintenance_workers = 0;"
/* Who prepares or aligns is alone, also with the steps of other seeders; steps are alone with themselves. */
#define LOCK_ALL_SQL "select pg_advisory_xact_lock" LOCK_ARGS
#define LOCK_STEP_SQL                                                                                        \
    "select pg_advisory_xact_lock_shared" LOCK_ARGS ", pg_advisory_xact_lock(1651466851, $1::int)"

/* A step that was interrupted leaves the numbers it drew behind, since sequences do not roll back; the
 * generator counts on its rows being numbered from where the last step ended. */
#define RESUME_SQL                                                                                           \
    "do $$ declare r record; top bigint; begin"                                                              \
    " for r in select c.oid::regclass as tab, a.attname, pg_get_serial_sequence(c.oid::regclass::text, "     \
    "a.attname) as seq"                                                                                      \
    "  from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attidentity <> '' and not "           \
    "a.attisdropped"                                                                                         \
    "  where c.relkind in ('r', 'p') and not c.relispartition"                                               \
    "   and c.relnamespace in (select oid from pg_namespace where nspname in ('erp', 'erp_private'))"        \
    " loop execute format('select max(%I) from %s', r.attname, r.tab) into top;"                             \
    "  perform setval(r.seq, coalesce(top, 1), top is not null); end loop; end $$; commit"

struct step {
    char *position, *name, *sql;
    uint64_t expected, stage, lane;
};

struct run {
    struct seed *seed;
    uv_mutex_t lock; /* of what follows and of seed->out and seed->error, while lanes run */
    bool failed;
    struct step *steps; /* those not done yet */
    size_t nsteps;
    uint64_t total, before,
        done;         /* expected rows: of all steps, of those done by earlier runs, of all done */
    uint64_t started; /* nanoseconds */
};

/* A connection with its share of the steps. */
struct lane {
    struct run *run;
    struct session *session;
    uint64_t number;    /* of the steps it runs, 0: of all */
    size_t first, last; /* steps of the stage: [first, last) */
    enum seed_result result;
    uv_thread_t thread;
};

/* What failed first is what is told. */
static enum seed_result fail(const struct lane *l, const char *what)
{
    struct run *r = l->run;
    const char *why = session_error(l->session);
    uv_mutex_lock(&r->lock);
    bool first = !r->failed;
    r->failed = true;
    if (first && r->seed->stop)
        buf_printf(r->seed->error, "Stopped; what was done stays, run it again to go on.");
    else if (first)
        buf_printf(r->seed->error, "%s: %s", what, *why ? why : "the database gave no reason");
    uv_mutex_unlock(&r->lock);
    return r->seed->stop ? SEED_STOPPED : SEED_FAILED;
}

static void roll_back(const struct lane *l)
{
    /* Fails only when the connection is gone, and then the server rolls back by itself. */
    if (!session_exec(l->session, "rollback"))
        return;
}

/* The only value of a query as text, "" for NULL; NULL when it failed. Valid until the next query. */
static const char *ask(const struct lane *l, const char *sql, const char *param)
{
    const char *params[] = {param};
    struct session *s = l->session;
    if (!session_query(s, sql, params, param ? 1 : 0) || session_nrows(s) != 1)
        return NULL;
    const char *value = session_value(s, 0, 0);
    return value ? value : "";
}

/* The generator. */

/* What the installed functions were made from: one text for all files. */
static struct buf all_text(const struct seed *s)
{
    struct buf text;
    buf_init(&text, 0);
    for (size_t i = 0; i < s->nfiles; i++)
        buf_append(&text, str_make(s->files[i].text, s->files[i].size));
    buf_append_char(&text, '\0');
    return text;
}

static enum seed_result install(const struct lane *l, const char *checksum)
{
    struct session *s = l->session;
    if (!session_exec(s, "drop schema if exists erp_demo cascade"))
        return fail(l, "removing the old erp_demo");
    for (size_t i = 0; i < l->run->seed->nfiles; i++) {
        if (!session_exec(s, l->run->seed->files[i].text))
            return fail(l, l->run->seed->files[i].name);
    }
    const char *params[] = {checksum};
    if (!session_query(s,
            "select set_config('bobbin.demo', 'Generator of demo data, may be dropped; version ' || $1, "
            "true)",
            params, 1) ||
        !session_exec(s, "do $$ begin execute format('comment on schema erp_demo is %L',"
                         " current_setting('bobbin.demo')); end $$"))
        return fail(l, "marking erp_demo");
    return SEED_OK;
}

/* True when data was begun, whatever by: then its own generator must finish it. */
static bool begun(const struct lane *l)
{
    const char *there = ask(l, "select to_regclass('erp_demo.progress') is not null", NULL);
    if (!there || there[0] != 't')
        return false;
    const char *rows = ask(l, "select exists (select from erp_demo.progress)", NULL);
    return rows && rows[0] == 't';
}

/* Inside a transaction: the functions of this program are installed, unless others have begun. */
static enum seed_result prepare_generator(const struct lane *l)
{
    struct buf text = all_text(l->run->seed);
    enum seed_result result = SEED_OK;
    char checksum[65] = "";
    const char *value = ask(l, "select encode(sha256(convert_to($1, 'UTF8')), 'hex')", buf_str(&text).p);
    if (value)
        snprintf(checksum, sizeof checksum, "%s", value);
    else
        result = fail(l, "reading the demo data's version");
    if (result == SEED_OK) {
        value = ask(l,
            "select coalesce(obj_description(to_regnamespace('erp_demo'), 'pg_namespace'), '')"
            " like '%version ' || $1",
            checksum);
        if (!value)
            result = fail(l, "looking at erp_demo");
        else if (value[0] != 't' && !begun(l))
            result = install(l, checksum);
    }
    buf_release(&text);
    return result;
}

/* The scales that data is there of, but this one; "" when there are none. */
static enum seed_result check_scale(const struct lane *l)
{
    const char *scale = l->run->seed->scale;
    const char *other = ask(l, "select min(scale) from erp_demo.progress where scale <> $1", scale);
    if (!other)
        return fail(l, "reading erp_demo.progress");
    if (!*other)
        return SEED_OK;
    buf_printf(l->run->seed->error,
        "The database holds demo data of scale %s already. To load scale %s, empty it first "
        "(bobbin migrate down --all, then migrate up), or use another database.",
        other, scale);
    return SEED_OTHER_SCALE;
}

static enum seed_result prepare(const struct lane *l)
{
    if (!session_exec(l->session, BEGIN_SQL LOCK_ALL_SQL))
        return fail(l, "starting a transaction");
    const char *there = ask(l, "select to_regnamespace('erp') is not null", NULL);
    enum seed_result result = there ? SEED_OK : fail(l, "looking for the schema erp");
    if (there && there[0] != 't') {
        buf_printf(
            l->run->seed->error, "There is no schema erp in this database. Run `bobbin migrate up` first.");
        result = SEED_NO_SCHEMA;
    }
    if (result == SEED_OK)
        result = prepare_generator(l);
    if (result == SEED_OK)
        result = check_scale(l);
    if (result == SEED_OK && !session_exec(l->session, "commit"))
        result = fail(l, "installing erp_demo");
    if (result != SEED_OK)
        roll_back(l);
    return result;
}

/* The steps. */

static uint64_t number(const char *text)
{
    uint64_t n;
    return text && str_to_u64(str_cstr(text), &n) ? n : 0;
}

static void add_step(struct run *r, const struct session *s, int row)
{
    uint64_t expected = number(session_value(s, row, 3));
    r->total += expected;
    if (session_value(s, row, 4)[0] == 't') {
        r->before += expected;
        return;
    }
    r->steps[r->nsteps++] = (struct step){.position = mem_strdup(session_value(s, row, 0)),
        .name = mem_strdup(session_value(s, row, 1)),
        .sql = mem_strdup(session_value(s, row, 2)),
        .expected = expected,
        .stage = number(session_value(s, row, 5)),
        .lane = number(session_value(s, row, 6))};
}

static enum seed_result read_steps(const struct lane *l)
{
    struct session *s = l->session;
    struct run *r = l->run;
    const char *params[] = {r->seed->scale};
    if (!session_query(s,
            "select s.\"position\", s.name, s.sql, s.expected_rows, p.\"position\" is not null, s.stage, "
            "s.lane"
            " from erp_demo.steps($1) s left join erp_demo.progress p"
            " on p.scale = $1 and p.\"position\" = s.\"position\" order by s.stage, s.\"position\"",
            params, 1))
        return fail(l, "reading the steps");
    int n = session_nrows(s);
    r->steps = MEM_NEW_ARRAY(struct step, (size_t)n);
    for (int i = 0; i < n; i++)
        add_step(r, s, i);
    r->done = r->before;
    return SEED_OK;
}

/* Runs a step and records it. A step that returns one number says how many rows it made. */
static enum seed_result run_step(const struct lane *l, const struct step *step)
{
    struct session *s = l->session;
    const struct seed *seed = l->run->seed;
    char rows[24];
    const char *const id[] = {seed->scale, step->position};
    if (seed->stop || !session_exec(s, BEGIN_SQL) || !session_query(s, LOCK_STEP_SQL, id + 1, 1))
        return fail(l, step->name);
    /* Another seeder may have been here while we waited for the lock. */
    if (!session_query(s, "select from erp_demo.progress where scale = $1 and \"position\" = $2", id, 2))
        return fail(l, step->name);
    if (session_nrows(s) > 0) {
        roll_back(l);
        return SEED_OK;
    }
    if (!session_exec(s, step->sql))
        return fail(l, step->name);
    uint64_t made = session_nrows(s) == 1 ? number(session_value(s, 0, 0)) : step->expected;
    snprintf(rows, sizeof rows, "%" PRIu64, made);
    const char *const record[] = {seed->scale, step->position, step->name, rows};
    if (!session_query(s,
            "insert into erp_demo.progress (scale, \"position\", name, rows, done_at)"
            " values ($1, $2, $3, $4, clock_timestamp())",
            record, 4) ||
        !session_exec(s, "commit"))
        return fail(l, step->name);
    return SEED_OK;
}

/* What one sees. */

static void print_duration(FILE *out, uint64_t seconds)
{
    if (seconds >= 60)
        fprintf(out, "%" PRIu64 " min %" PRIu64 " s", seconds / 60, seconds % 60);
    else
        fprintf(out, "%" PRIu64 " s", seconds);
}

static void draw(const struct run *r, const struct step *step)
{
    FILE *out = r->seed->out;
    uint64_t elapsed = uv_hrtime() - r->started, mine = r->done - r->before;
    unsigned percent = r->total ? (unsigned)(r->done * 100 / r->total) : 100;
    fprintf(out, "\r\033[K[");
    for (unsigned i = 0; i < BAR_WIDTH; i++)
        fputc(i * 100 < percent * BAR_WIDTH ? '#' : '.', out);
    fprintf(out, "] %3u %%  %" PRIu64 " of %" PRIu64 " rows  %s", percent, r->done, r->total, step->name);
    /* The first few rows say little about the rest. */
    if (mine > (r->total - r->before) / 50) {
        double left = (double)elapsed / (double)mine * (double)(r->total - r->done);
        fprintf(out, "  ");
        print_duration(out, (uint64_t)(left / 1e9));
        fprintf(out, " left");
    }
    fflush(out);
}

static void report(const struct run *r, const struct step *step, uint64_t took)
{
    fprintf(r->seed->out, "%-40s %10" PRIu64 " rows %8" PRIu64 " ms\n", step->name, step->expected,
        took / 1000000);
    fflush(r->seed->out);
}

/* Only while steps are left: afterwards people work with the tables. */
static enum seed_result align_sequences(const struct lane *l)
{
    if (l->run->nsteps == 0 || session_exec(l->session, BEGIN_SQL LOCK_ALL_SQL ";" RESUME_SQL))
        return SEED_OK;
    enum seed_result result = fail(l, "aligning sequences");
    roll_back(l);
    return result;
}

static void step_begins(struct run *r, const struct step *step)
{
    uv_mutex_lock(&r->lock);
    if (r->seed->terminal)
        draw(r, step);
    uv_mutex_unlock(&r->lock);
}

static void step_ended(struct run *r, const struct step *step, uint64_t took)
{
    uv_mutex_lock(&r->lock);
    r->done += step->expected;
    if (!r->seed->terminal)
        report(r, step, took);
    uv_mutex_unlock(&r->lock);
}

static bool has_failed(struct run *r)
{
    uv_mutex_lock(&r->lock);
    bool failed = r->failed;
    uv_mutex_unlock(&r->lock);
    return failed;
}

static void run_lane(void *arg)
{
    struct lane *l = arg;
    struct run *r = l->run;
    for (size_t i = l->first; i < l->last && !has_failed(r); i++) {
        const struct step *step = &r->steps[i];
        if (l->number != 0 && l->number != step->lane)
            continue;
        uint64_t start = uv_hrtime();
        step_begins(r, step);
        l->result = run_step(l, step);
        if (l->result != SEED_OK) {
            roll_back(l);
            return;
        }
        step_ended(r, step, uv_hrtime() - start);
    }
}

/* The steps of one stage, those of the two lanes side by side where there is a second connection. */
static enum seed_result run_stage(struct run *r, size_t first, size_t last)
{
    struct seed *seed = r->seed;
    struct lane one = {.run = r, .session = seed->session, .first = first, .last = last};
    struct lane two = {.run = r, .session = seed->second, .first = first, .last = last, .number = 2};
    bool both = false;
    for (size_t i = first; i < last; i++)
        both = both || r->steps[i].lane == 2;
    both = both && seed->second && uv_thread_create(&two.thread, run_lane, &two) == 0;
    one.number = both ? 1 : 0;
    run_lane(&one);
    if (both)
        uv_thread_join(&two.thread);
    return one.result != SEED_OK ? one.result : two.result;
}

static enum seed_result run_steps(struct run *r)
{
    struct lane alone = {.run = r, .session = r->seed->session};
    enum seed_result result = align_sequences(&alone);
    r->started = uv_hrtime();
    for (size_t first = 0, last; first < r->nsteps && result == SEED_OK; first = last) {
        for (last = first; last < r->nsteps && r->steps[last].stage == r->steps[first].stage;)
            last++;
        result = run_stage(r, first, last);
    }
    if (r->seed->terminal)
        fprintf(r->seed->out, "\r\033[K");
    return result;
}

static void finish(const struct run *r)
{
    FILE *out = r->seed->out;
    if (r->nsteps == 0) {
        fprintf(out, "demo data of scale %s is there already\n", r->seed->scale);
        return;
    }
    fprintf(out, "demo data of scale %s: about %" PRIu64 " rows in ", r->seed->scale, r->done - r->before);
    print_duration(out, (uv_hrtime() - r->started) / 1000000000);
    fprintf(out, "\n");
}

static bool known_scale(const struct seed *s)
{
    static const char *const scales[] = {"tiny", "small", "medium", "large"};
    for (size_t i = 0; i < ARRAY_LEN(scales); i++) {
        if (strcmp(s->scale, scales[i]) == 0)
            return true;
    }
    buf_printf(s->error, "There is no scale \"%s\". Use tiny, small, medium or large.", s->scale);
    return false;
}

enum seed_result seed_run(struct seed *seed)
{
    struct run r = {.seed = seed};
    struct lane alone = {.run = &r, .session = seed->session};
    CHECK(uv_mutex_init(&r.lock) == 0);
    enum seed_result result = known_scale(seed) ? prepare(&alone) : SEED_BAD_SCALE;
    if (result == SEED_OK)
        result = read_steps(&alone);
    if (result == SEED_OK)
        result = run_steps(&r);
    if (result == SEED_OK)
        finish(&r);
    for (size_t i = 0; i < r.nsteps; i++) {
        mem_free(r.steps[i].position);
        mem_free(r.steps[i].name);
        mem_free(r.steps[i].sql);
    }
    mem_free(r.steps);
    uv_mutex_destroy(&r.lock);
    return result;
}

void seed_stop(struct seed *seed)
{
    atomic_store(&seed->stop, true);
    session_cancel(seed->session);
    if (seed->second)
        session_cancel(seed->second);
}
