/* migrate: one loop for each direction. A turn is one transaction: lock, read the table anew, compare, run
 * the next file, write the row. What another migrator did meanwhile is thus simply found done.
 * SPDX-License-Identifier: ISC */
#include "schema/migrate.h"

#include "util/check.h"
#include "util/mem.h"

#include <inttypes.h>
#include <stdlib.h>
#include <uv.h>

#define CHECKSUM_SIZE 65 /* SHA-256 in hexadecimal, and a NUL */
#define SHOWN_CHECKSUM 12
#define SQL_SIZE 1024
#define READING "reading the list of applied migrations"

/* READ COMMITTED, or the table would be read as it was before the lock was waited for. The role's own time
 * limits are for requests, not for this. */
#define BEGIN_SQL                                                                                            \
    "begin isolation level read committed read write;"                                                       \
    "set local statement_timeout = 0; set local lock_timeout = 0;"                                           \
    "set local idle_in_transaction_session_timeout = 0; set local client_min_messages = warning"
/* A file may set what it likes, but its record is ours to write. */
#define AFTER_FILE_SQL "set local statement_timeout = 0; reset role"
/* Any two numbers would do; these spell "bobb" and 1 for migrations. */
#define LOCK_ARGS "(1651466850, 1)"
#define CREATE_SQL                                                                                           \
    "create schema if not exists bobbin;"                                                                    \
    "comment on schema bobbin is 'Bookkeeping of bobbin: which migrations this database has';"               \
    "create table bobbin.%s ("                                                                               \
    " version integer primary key, name text not null, checksum text not null,"                              \
    " applied_at timestamptz not null default clock_timestamp(), duration_ms bigint not null)"

struct applied {
    unsigned version;
    char *name, *applied_at, *duration_ms;
    char checksum[CHECKSUM_SIZE];
};

struct migrate {
    struct session *s;
    const struct migrations *set;
    FILE *out;
    struct buf *error;
    char (*checksums)[CHECKSUM_SIZE]; /* of set->items */
    bool table_exists;
    struct applied *applied; /* by version */
    size_t napplied;
};

static enum migrate_result fail(struct migrate *m, const char *what)
{
    const char *why = session_error(m->s);
    buf_printf(m->error, "%s: %s", what, *why ? why : "the database gave no reason");
    return MIGRATE_FAILED;
}

/* Several problems may be listed, a line for each. */
static struct buf *next_problem(const struct migrate *m)
{
    if (buf_len(m->error) > 0)
        buf_append_char(m->error, '\n');
    return m->error;
}

static void forget_applied(struct migrate *m)
{
    for (size_t i = 0; i < m->napplied; i++) {
        mem_free(m->applied[i].name);
        mem_free(m->applied[i].applied_at);
        mem_free(m->applied[i].duration_ms);
    }
    mem_free(m->applied);
    m->applied = NULL;
    m->napplied = 0;
}

static void deinit(struct migrate *m)
{
    forget_applied(m);
    mem_free(m->checksums);
}

static enum migrate_result init(
    struct migrate *m, struct session *s, const struct migrations *set, FILE *out, struct buf *error)
{
    *m = (struct migrate){.s = s, .set = set, .out = out, .error = error};
    m->checksums = mem_zalloc_array(set->n, sizeof *m->checksums);
    for (size_t i = 0; i < set->n; i++) {
        const char *params[] = {set->items[i].up};
        if (!session_query(s, "select encode(sha256(convert_to($1, 'UTF8')), 'hex')", params, 1))
            return fail(m, set->items[i].name);
        snprintf(m->checksums[i], CHECKSUM_SIZE, "%s", session_value(s, 0, 0));
    }
    return MIGRATE_OK;
}

static const char *ledger(const struct migrate *m)
{
    return m->set->ledger ? m->set->ledger : "schema_migrations";
}

/* Runs a statement with one %s for the name of the ledger, which is ours and needs no quotes. */
static bool query(struct migrate *m, const char *format, const char *const *params, int nparams)
{
    char sql[SQL_SIZE];
    CHECK((size_t)snprintf(sql, sizeof sql, format, ledger(m)) < sizeof sql);
    return session_query(m->s, sql, params, nparams);
}

static bool create_ledger(struct migrate *m)
{
    char sql[SQL_SIZE];
    CHECK((size_t)snprintf(sql, sizeof sql, CREATE_SQL, ledger(m)) < sizeof sql);
    return session_exec(m->s, sql);
}

/* What the database says about itself. */

static enum migrate_result read_applied(struct migrate *m)
{
    forget_applied(m);
    if (!query(m, "select to_regclass('bobbin.%s') is not null", NULL, 0))
        return fail(m, READING);
    m->table_exists = session_value(m->s, 0, 0)[0] == 't';
    if (!m->table_exists)
        return MIGRATE_OK;
    if (!query(m,
            "select version, name, checksum, to_char(applied_at at time zone 'UTC',"
            " 'YYYY-MM-DD HH24:MI:SS') || ' UTC', duration_ms from bobbin.%s order by version",
            NULL, 0))
        return fail(m, READING);
    m->napplied = (size_t)session_nrows(m->s);
    m->applied = MEM_NEW_ARRAY(struct applied, m->napplied);
    for (size_t i = 0; i < m->napplied; i++) {
        struct applied *a = &m->applied[i];
        a->version = (unsigned)strtoul(session_value(m->s, (int)i, 0), NULL, 10);
        a->name = mem_strdup(session_value(m->s, (int)i, 1));
        snprintf(a->checksum, CHECKSUM_SIZE, "%s", session_value(m->s, (int)i, 2));
        a->applied_at = mem_strdup(session_value(m->s, (int)i, 3));
        a->duration_ms = mem_strdup(session_value(m->s, (int)i, 4));
    }
    return MIGRATE_OK;
}

static const struct applied *find_applied(const struct migrate *m, unsigned version)
{
    for (size_t i = 0; i < m->napplied; i++) {
        if (m->applied[i].version == version)
            return &m->applied[i];
    }
    return NULL;
}

static size_t index_in_set(const struct migrate *m, const struct migration *item)
{
    return (size_t)(item - m->set->items);
}

static bool changed(const struct migrate *m, const struct applied *a, const struct migration *item)
{
    return strcmp(a->name, item->name) != 0 || strcmp(a->checksum, m->checksums[index_in_set(m, item)]) != 0;
}

static void explain_change(const struct migrate *m, const struct applied *a, const struct migration *item)
{
    buf_printf(next_problem(m),
        "%s was changed after it was applied (recorded as %s %.*s, now %s %.*s). Restore the file, and put "
        "the "
        "change into a new migration.",
        item->name, a->name, SHOWN_CHECKSUM, a->checksum, item->name, SHOWN_CHECKSUM,
        m->checksums[index_in_set(m, item)]);
}

/* Everything that is wrong, not only the first, since whoever repairs it needs the whole picture. */
static enum migrate_result compare(const struct migrate *m)
{
    size_t before = buf_len(m->error);
    for (size_t i = 0; i < m->napplied; i++) {
        const struct applied *a = &m->applied[i];
        const struct migration *item = migrations_find(m->set, a->version);
        if (!item)
            buf_printf(next_problem(m),
                "%s is applied to this database, but is not among the %zu migrations at hand. Use the "
                "version of "
                "the program (or the directory) that it was migrated with, or a later one.",
                a->name, m->set->n);
        else if (changed(m, a, item))
            explain_change(m, a, item);
    }
    unsigned last = m->napplied ? m->applied[m->napplied - 1].version : 0;
    for (size_t i = 0; i < m->set->n && m->set->items[i].version < last; i++) {
        if (!find_applied(m, m->set->items[i].version))
            buf_printf(next_problem(m),
                "%s is not applied, but the later %s is. Give it a number above %u, or undo the later ones "
                "first "
                "(migrate down).",
                m->set->items[i].name, m->applied[m->napplied - 1].name, last);
    }
    return buf_len(m->error) > before ? MIGRATE_DRIFT : MIGRATE_OK;
}

/* One turn's transaction. */

static void roll_back(struct migrate *m)
{
    /* Fails only when the connection is gone, and then the server rolls back by itself. */
    if (!session_exec(m->s, "rollback"))
        return;
}

static enum migrate_result take_lock(struct migrate *m)
{
    if (!session_query(m->s, "select pg_try_advisory_xact_lock" LOCK_ARGS, NULL, 0))
        return fail(m, "taking the migration lock");
    if (session_value(m->s, 0, 0)[0] == 't')
        return MIGRATE_OK;
    fprintf(m->out, "waiting for another migration of this database to end\n");
    fflush(m->out);
    return session_exec(m->s, "select pg_advisory_xact_lock" LOCK_ARGS)
               ? MIGRATE_OK
               : fail(m, "taking the migration lock");
}

/* Leaves a transaction open with the lock held and the state known, when the result is MIGRATE_OK. */
static enum migrate_result begin(struct migrate *m)
{
    enum migrate_result r;
    if (!session_exec(m->s, BEGIN_SQL))
        return fail(m, "starting a transaction");
    r = take_lock(m);
    if (r == MIGRATE_OK)
        r = read_applied(m);
    if (r == MIGRATE_OK)
        r = compare(m);
    if (r != MIGRATE_OK)
        roll_back(m);
    return r;
}

static bool transaction_id(struct migrate *m, char out[32])
{
    if (!session_query(m->s, "select txid_current()", NULL, 0))
        return false;
    snprintf(out, 32, "%s", session_value(m->s, 0, 0));
    return true;
}

/* Runs the text of a file; false with the error written when it failed or ended our transaction. */
static bool run_file(struct migrate *m, const char *name, const char *sql)
{
    char before[32], after[32];
    if (!transaction_id(m, before) || !session_exec(m->s, sql) || !session_exec(m->s, AFTER_FILE_SQL) ||
        !transaction_id(m, after)) {
        (void)fail(m, name);
        return false;
    }
    if (strcmp(before, after) != 0) {
        buf_printf(m->error,
            "%s: ends the transaction it runs in. Take COMMIT, ROLLBACK and BEGIN out of the file; a part of "
            "it may "
            "have been applied.",
            name);
        return false;
    }
    return true;
}

/* Servers that listen load the new schema; the settings and role that a file may have left behind go. */
static enum migrate_result commit(struct migrate *m, const char *name)
{
    if (!session_exec(m->s, "select pg_notify('pgrst', 'reload schema'); commit; reset all; reset role"))
        return fail(m, name);
    return MIGRATE_OK;
}

static enum migrate_result apply(struct migrate *m, const struct migration *item)
{
    uint64_t start = uv_hrtime();
    char version[16], ms[24];
    if (!m->table_exists && !create_ledger(m)) {
        (void)fail(m, "creating the list of applied migrations");
        roll_back(m);
        return MIGRATE_FAILED;
    }
    bool ok = run_file(m, item->name, item->up);
    uint64_t took = (uv_hrtime() - start) / 1000000;
    snprintf(version, sizeof version, "%u", item->version);
    snprintf(ms, sizeof ms, "%" PRIu64, took);
    const char *params[] = {version, item->name, m->checksums[index_in_set(m, item)], ms};
    if (ok && !query(m,
                  "insert into bobbin.%s (version, name, checksum, duration_ms)"
                  " values ($1, $2, $3, $4)",
                  params, 4)) {
        (void)fail(m, item->name);
        ok = false;
    }
    if (!ok) {
        roll_back(m);
        return MIGRATE_FAILED;
    }
    enum migrate_result r = commit(m, item->name);
    if (r == MIGRATE_OK)
        fprintf(m->out, "%-40s %8" PRIu64 " ms\n", item->name, took);
    fflush(m->out);
    return r;
}

static const struct migration *next_pending(const struct migrate *m)
{
    for (size_t i = 0; i < m->set->n; i++) {
        if (!find_applied(m, m->set->items[i].version))
            return &m->set->items[i];
    }
    return NULL;
}

enum migrate_result migrate_up(struct session *s, const struct migrations *set, FILE *out, struct buf *error)
{
    struct migrate m;
    size_t count = 0;
    enum migrate_result r = init(&m, s, set, out, error);
    while (r == MIGRATE_OK && (r = begin(&m)) == MIGRATE_OK) {
        const struct migration *item = next_pending(&m);
        if (!item) {
            roll_back(&m);
            break;
        }
        r = apply(&m, item);
        count++;
    }
    if (r == MIGRATE_OK)
        fprintf(out, "%zu applied, the database is at %s\n", count,
            set->n ? set->items[set->n - 1].name : "nothing");
    deinit(&m);
    return r;
}

static enum migrate_result undo(struct migrate *m)
{
    const struct applied *last = &m->applied[m->napplied - 1];
    const struct migration *item = migrations_find(m->set, last->version);
    uint64_t start = uv_hrtime();
    char version[16];
    const char *params[] = {version};
    bool ok = false;
    CHECK(item != NULL);
    if (!item->down)
        buf_printf(m->error, "%s cannot be undone: there is no %s.down.sql", item->name, item->name);
    else
        ok = run_file(m, item->name, item->down);
    snprintf(version, sizeof version, "%u", item->version);
    if (ok && !query(m, "delete from bobbin.%s where version = $1", params, 1)) {
        (void)fail(m, item->name);
        ok = false;
    }
    if (!ok) {
        roll_back(m);
        return MIGRATE_FAILED;
    }
    enum migrate_result r = commit(m, item->name);
    if (r == MIGRATE_OK)
        fprintf(m->out, "%-40s %8" PRIu64 " ms undone\n", item->name, (uv_hrtime() - start) / 1000000);
    fflush(m->out);
    return r;
}

enum migrate_result migrate_down(
    struct session *s, const struct migrations *set, unsigned count, FILE *out, struct buf *error)
{
    struct migrate m;
    unsigned undone = 0;
    enum migrate_result r = init(&m, s, set, out, error);
    while (r == MIGRATE_OK && undone < count && (r = begin(&m)) == MIGRATE_OK) {
        if (m.napplied == 0) {
            roll_back(&m);
            break;
        }
        r = undo(&m);
        undone++;
    }
    if (r == MIGRATE_OK)
        fprintf(out, "%u undone\n", undone);
    deinit(&m);
    return r;
}

/* Status. */

static void print_row(const struct migrate *m, const struct migration *item, const struct applied *a)
{
    const char *state = !a ? "pending" : !item ? "unknown" : changed(m, a, item) ? "changed" : "applied";
    fprintf(m->out, "%-40s %-8s %-23s %8s%s\n", item ? item->name : a->name, state, a ? a->applied_at : "",
        a ? a->duration_ms : "", a ? " ms" : "");
}

/* Both lists are in the order of versions. */
static size_t print_all(const struct migrate *m)
{
    size_t i = 0, k = 0, pending = 0;
    while (i < m->set->n || k < m->napplied) {
        const struct migration *item = i < m->set->n ? &m->set->items[i] : NULL;
        const struct applied *a = k < m->napplied ? &m->applied[k] : NULL;
        if (item && a && item->version != a->version) {
            if (item->version < a->version)
                a = NULL;
            else
                item = NULL;
        }
        print_row(m, item, a);
        pending += !a;
        i += item != NULL;
        k += a != NULL;
    }
    return pending;
}

enum migrate_result migrate_status(
    struct session *s, const struct migrations *set, FILE *out, struct buf *error)
{
    struct migrate m;
    enum migrate_result r = init(&m, s, set, out, error);
    if (r == MIGRATE_OK)
        r = read_applied(&m);
    if (r == MIGRATE_OK) {
        fprintf(out, "%-40s %-8s %-23s %11s\n", "migration", "state", "applied", "took");
        size_t pending = print_all(&m);
        r = compare(&m);
        if (r == MIGRATE_OK && pending > 0)
            r = MIGRATE_PENDING;
    }
    deinit(&m);
    return r;
}
