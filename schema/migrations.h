/* migrations: an ordered set of schema changes, from the program itself or from a directory. A change is a
 * file NNNN_name.sql and, when it can be undone, NNNN_name.down.sql. Owns all its texts.
 * SPDX-License-Identifier: ISC */
#ifndef SCHEMA_MIGRATIONS_H
#define SCHEMA_MIGRATIONS_H

#include "util/arena.h"
#include "util/buf.h"

#include <stdio.h>

/* A file larger than this is no migration. */
#define MIGRATION_FILE_MAX ((size_t)64 << 20)

struct migration {
    unsigned version;
    const char *name; /* "0001_foundation" */
    const char *up;   /* SQL */
    const char *down; /* SQL, or NULL */
};

struct migrations {
    struct arena arena;
    const char *ledger;      /* the table of the schema bobbin that says which of them a database has;
                                NULL: schema_migrations */
    struct migration *items; /* by version */
    size_t n;
};

/* The bundled ERP, and what the server itself needs in any database. */
void migrations_init_embedded(struct migrations *set);
void migrations_init_own(struct migrations *set);
/* False when the directory or a file in it cannot be taken; `error` then says which and why. Release in any
 * case. */
NODISCARD bool migrations_init_directory(struct migrations *set, const char *path, struct buf *error);
void migrations_release(struct migrations *set);
/* NULL when there is none. */
const struct migration *migrations_find(const struct migrations *set, unsigned version);

/* For tests: adds one file to an empty or growing set; call migrations_sort() after the last. */
NODISCARD bool migrations_add(struct migrations *set, struct str file, struct str text, struct buf *error);
NODISCARD bool migrations_sort(struct migrations *set, struct buf *error);

#endif
