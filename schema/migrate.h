/* migrate: brings a database to the state that a set of migrations describes, and back.
 *
 * Which migrations a database has is written in its table bobbin.schema_migrations (or that which the set
 * names as its ledger), each with the SHA-256 of its text (computed by PostgreSQL itself, so that no
 * cryptography is needed here). Each file runs in a transaction of its own together with its row in that
 * table, behind an advisory lock of that transaction: after a crash at any point a file is either done and
 * recorded, or never happened, and two migrators take turns file by file. Since the lock belongs to the
 * transaction, a transaction pooler in between does no harm.
 *
 * Before anything runs the table is compared with the set; where they contradict each other nothing is done.
 * SPDX-License-Identifier: ISC */
#ifndef SCHEMA_MIGRATE_H
#define SCHEMA_MIGRATE_H

#include "db/session.h"
#include "schema/migrations.h"

enum migrate_result {
    MIGRATE_OK,
    MIGRATE_PENDING, /* status: migrations are left to be applied */
    MIGRATE_DRIFT,   /* database and set contradict each other; `error` says how, and what to do */
    MIGRATE_FAILED,  /* a file or the database failed; what was committed before stays */
};

#define MIGRATE_ALL UINT32_MAX

/* Applies what is missing, a line to `out` for each file. On other than MIGRATE_OK `error` has complete
 * sentences. */
NODISCARD enum migrate_result migrate_up(
    struct session *s, const struct migrations *set, FILE *out, struct buf *error);
/* Undoes the last `count` applied migrations, latest first. */
NODISCARD enum migrate_result migrate_down(
    struct session *s, const struct migrations *set, unsigned count, FILE *out, struct buf *error);
/* A table of all migrations and their state; changes nothing in the database. */
NODISCARD enum migrate_result migrate_status(
    struct session *s, const struct migrations *set, FILE *out, struct buf *error);

#endif
