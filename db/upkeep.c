/* upkeep: jobs of our own, without an owner, that keep a connection in order. SPDX-License-Identifier: ISC */
#include "db/pool.h"

#include "db/pooler.h"
#include "util/check.h"

#include <stdlib.h>

#define CLOSES_MAX 16

/* Our own job without an owner, in its own transaction: its failure concerns nobody. */
static struct db_entry *send_own(struct db_conn *c, bool sent)
{
    struct db_entry *e = entry_take(c->lane->db);
    CHECK(!c->tail); /* or it would be part of that group */
    e->nstmts = 0;
    pipeline_add_step(e, STEP_EXEC, 0);
    pipeline_enqueue(c, e);
    if (!sent || !pipeline_sync(c))
        pg_conn_fail(&c->io, PQerrorMessage(c->io.pg));
    return e;
}

void pipeline_probe(struct db_conn *c)
{
    send_own(c, PQsendQueryParams(c->io.pg, "", 0, NULL, NULL, NULL, NULL, 0) == 1);
}

/* A few at a time: after a reload there are hundreds, and jobs wait behind. */
static COLD void close_statements(struct db_conn *c)
{
    struct stmt *s;
    for (int n = 0; n < CLOSES_MAX && (s = stmt_cache_dead(&c->stmts)) && c->io.phase == PG_UP; n++) {
        if (pooler_found()) {
            stmt_cache_bury(&c->stmts, s);
            continue;
        }
#ifdef LIBPQ_HAS_CLOSE_PREPARED
        send_own(c, PQsendClosePrepared(c->io.pg, s->name) == 1);
#else
        char sql[STMT_NAME_SIZE + 16] = "deallocate ";
        strcat(sql, s->name);
        send_own(c, PQsendQueryParams(c->io.pg, sql, 0, NULL, NULL, NULL, NULL, 0) == 1);
#endif
        stmt_cache_bury(&c->stmts, s);
    }
}

/* A statement was missing. Somebody's SQL may have dropped it, or the backend is not the one that had it. */
static COLD void ask_backend(struct db_conn *c)
{
    c->doubted = false;
    if (c->io.phase == PG_UP && !pooler_found())
        send_own(c, PQsendQueryParams(c->io.pg, POOLER_SQL, 0, NULL, NULL, NULL, NULL, 0) == 1)
            ->asks_backend = true;
}

COLD void upkeep_backend(const struct db_conn *c, const PGresult *res)
{
    if (PQntuples(res) == 1 && atoi(PQgetvalue(res, 0, 0)) != PQbackendPID(c->io.pg))
        pooler_report();
}

/* What DISCARD ALL does, but without our prepared statements and plans; startup options are what RESET ALL
 * returns to. */
static const char *const cleaning[] = {
    "reset session authorization",
    "reset role",
    "reset all",
    "select pg_catalog.pg_advisory_unlock_all()",
    "unlisten *",
    "discard temp",
    "discard sequences",
    "close all",
};

COLD void upkeep_clean(struct db_conn *c)
{
    struct db_entry *e = entry_take(c->lane->db);
    bool ok = true;
    CHECK(!c->tail);
    c->unclean = false;
    for (size_t i = 0; i < ARRAY_LEN(cleaning) && ok; i++) {
        ok = PQsendQueryParams(c->io.pg, cleaning[i], 0, NULL, NULL, NULL, NULL, 0) == 1;
        pipeline_add_step(e, STEP_EXEC, 0);
    }
    e->cleans = true;
    pipeline_enqueue(c, e);
    if (!ok || !pipeline_sync(c))
        pg_conn_fail(&c->io, PQerrorMessage(c->io.pg));
    e->db->stats.cleanings++;
}

bool upkeep_is_due(const struct db_conn *c)
{
    return c->doubted || c->unclean || stmt_cache_dead(&c->stmts);
}

COLD void upkeep_send(struct db_conn *c)
{
    if (c->unclean)
        upkeep_clean(c);
    close_statements(c);
    if (c->doubted)
        ask_backend(c);
}
