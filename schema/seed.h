/* seed: fills the bundled ERP with demo data. The data is made by SQL functions inside the database
 * (schema/erp/demo), in steps that erp_demo.steps(scale) lists and erp_demo.progress records; here the steps
 * are run, each in a transaction with its record, so that a run may be stopped or killed and the next one
 * goes on where it ended. Steps have a stage and a lane: a stage begins when the one before it has ended, and
 * within it the steps of lane 1 and those of lane 2 run side by side, each lane one by one on its own
 * connection.
 *
 * A database whose data was begun by another version of these functions is finished with those; one that
 * holds data of another scale is left alone. SPDX-License-Identifier: ISC */
#ifndef SCHEMA_SEED_H
#define SCHEMA_SEED_H

#include "db/session.h"
#include "schema/embedded.h"
#include "util/buf.h"

#include <stdatomic.h>
#include <stdio.h>

enum seed_result {
    SEED_OK,
    SEED_STOPPED,     /* by seed_stop(); run again to go on */
    SEED_BAD_SCALE,   /* no such scale */
    SEED_OTHER_SCALE, /* the database holds data of another scale; nothing was done */
    SEED_NO_SCHEMA,   /* the ERP's tables are not there: migrate first */
    SEED_FAILED,
};

struct seed {
    struct session *session;
    struct session *second;            /* for lane 2; NULL: one lane after the other */
    const char *scale;                 /* "tiny", "small", "medium", "large" */
    const struct embedded_file *files; /* demo_files, but in tests */
    size_t nfiles;
    FILE *out;
    bool terminal;     /* draw a bar that moves; else a line for each step */
    struct buf *error; /* complete sentences, for every result but SEED_OK */
    atomic_bool stop;  /* lock-free: set by a signal handler, or by another thread */
};

NODISCARD enum seed_result seed_run(struct seed *seed);
/* From a signal handler: the step that runs is cancelled, and seed_run() returns SEED_STOPPED. */
void seed_stop(struct seed *seed);

#endif
