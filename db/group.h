/* group: reads that share a transaction. PostgreSQL pays for each Sync: a transaction is begun and ended, its
 * buffer is sent; and the statement that sets role and claims is a quarter of a read by key. Reads that one
 * loop turn has collected, that are next to each other and that ask as the very same caller therefore go as
 *
 *     who-asks  read 1  read 2 .. read n  Sync
 *
 * What makes that the same as n transactions:
 *   - only jobs whose owner says so (db_job.shares): they read, and call nothing that could change the role
 * or a setting for those behind them
 *   - the first statement is the same text with the same parameters, compared byte by byte
 *   - nobody is answered before the Sync is, and when anything in a group fails, all those that did not fail
 *     themselves are asked again, each in a transaction of its own
 *   - all of them had arrived before the transaction began, so none sees a snapshot or a now() older than
 *     itself
 * A shape that failed in a group, and all shapes of a group that was slow, stay apart for a while: nobody can
 * make others pay for it again and again, and a slow one is found by its own running time (slow.h).
 * SPDX-License-Identifier: ISC */
#ifndef DB_GROUP_H
#define DB_GROUP_H

#include "util/base.h"

#define GROUP_MAX 64u
#define GROUP_APART_SLOTS 256u

struct db_job;

/* Shapes that travel alone, each until some time. Direct-mapped: the newest wins its place. */
struct group_apart {
    struct {
        uint64_t shape, until_ms;
    } slots[GROUP_APART_SLOTS];
    unsigned n; /* that were ever set: 0 is the common case */
};

bool group_is_apart(const struct group_apart *a, uint64_t shape, uint64_t now_ms);
void group_set_apart(struct group_apart *a, uint64_t shape, uint64_t now_ms);

/* True when b's statements may follow a's without b's first one. */
bool group_same_caller(const struct db_job *a, const struct db_job *b);

#endif
