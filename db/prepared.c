/* prepared: the named statements of connections: made when they are used, forgotten when they are of no use
 * any more. SPDX-License-Identifier: ISC */
#include "db/pool.h"

#include "db/pooler.h"
#include "db/stale.h"

#include <stdio.h>

/* At its second use, and if it leaves room for others. */
static bool is_worth_it(struct db *db, const struct db_stmt *s)
{
    return stmt_seen(&db->seen, s->key) && stmt_estimate(s->sql) <= db->opt.statement_bytes / 8;
}

struct stmt *prepared_get(struct db_conn *c, struct db_entry *e, int i)
{
    const struct db_stmt *s = &e->job->stmts[i];
    struct db *db = e->db;
    if (!db->opt.prepared || s->once || e->fresh || pooler_found())
        return NULL;
    if (UNLIKELY(c->stmts.generation != db->generation))
        stmt_cache_renew(&c->stmts, db->generation);
    struct stmt *known = stmt_cache_get(&c->stmts, s->key);
    if (LIKELY(known && str_eq(str_make(known->sql, known->n), s->sql)))
        return known;
    if (!is_worth_it(db, s))
        return NULL;
    if (known)
        stmt_cache_kill(&c->stmts, known);
    known = stmt_cache_add(&c->stmts, s->key, s->sql);
    stmt_cache_bound(&c->stmts, db->opt.statement_bytes);
    pipeline_add_step(e, STEP_PREPARE, i);
    db->stats.prepares++;
    (void)PQsendPrepare(
        c->io.pg, known->name, known->sql, 0, NULL); /* if that fails, what follows does too */
    return known;
}

void prepared_forget(struct db_conn *c, const struct db_entry *e, int stmt, bool exists)
{
    struct stmt *s = e->serials[stmt] ? stmt_cache_get(&c->stmts, e->keys[stmt]) : NULL;
    if (!s || s->serial != e->serials[stmt])
        return;
    if (exists)
        stmt_cache_kill(&c->stmts, s);
    else
        stmt_cache_drop(&c->stmts, s);
}

/* Every connection that has this statement prepared it before the table changed. */
static void forget_everywhere(struct db *db, uint64_t key)
{
    for (unsigned l = 0; l < ARRAY_LEN(db->lanes); l++) {
        for (unsigned state = CONN_READY; state < CONN_CLOSING; state++) {
            LIST_FOREACH(it, &db->lanes[l].conns[state])
            {
                struct db_conn *c = LIST_ENTRY(it, struct db_conn, link);
                struct stmt *s = stmt_cache_get(&c->stmts, key);
                if (s)
                    stmt_cache_kill(&c->stmts, s);
            }
        }
    }
}

static bool prepared_by(const struct db_entry *e, int stmt)
{
    for (unsigned i = 0; i < e->nsteps; i++) {
        if (e->steps[i].kind == STEP_PREPARE && e->steps[i].stmt == stmt)
            return true;
    }
    return false;
}

void prepared_judge(struct db_conn *c, struct db_entry *e, int stmt, const PGresult *res)
{
    enum stale stale = stale_judge(res);
    if (stale == STALE_NO || (stale == STALE_MAYBE && prepared_by(e, stmt)))
        return;
    e->stale_plan = true;
    e->suspect = stale == STALE_MAYBE ? e->keys[stmt] : 0;
    if (stale == STALE_MISSING) {
        prepared_forget(c, e, stmt, true); /* or SQL said so with RAISE, and it is there */
        c->doubted = true;
    } else if (stale == STALE_PLAN) {
        forget_everywhere(c->lane->db, e->keys[stmt]);
    } else {
        snprintf(e->suspect_state, sizeof e->suspect_state, "%s", PQresultErrorField(res, PG_DIAG_SQLSTATE));
    }
}

COLD void prepared_convict(struct db_entry *e)
{
    if (e->suspect && !(e->error && stale_is_state(e->error, e->suspect_state)))
        forget_everywhere(e->db, e->suspect);
}
