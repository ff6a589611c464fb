/* meter: how much libpq reads from a socket, and no more of it at a time than is wanted. libpq tells neither
 * how many bytes it has read nor how many it holds of an unfinished result, reads on for as long as the
 * server keeps up, and has no limit for the size of a row: one value of a gigabyte would be in memory before
 * its owner hears of it. It reads by recv(), which is a symbol of the C library that a program may define
 * itself: ours makes the same system call, and counts and bounds it while a meter is running on the thread.
 * TLS is metered below the encryption, as libpq gives OpenSSL a BIO that reads by recv() too (be it libpq 15
 * or 17).
 *
 * When the definition should not take effect one day (a libpq that reads otherwise), nothing is counted and
 * nothing bounded; test_meter tells. SPDX-License-Identifier: ISC */
#ifndef DB_METER_H
#define DB_METER_H

#include "util/base.h"

struct meter {
    size_t taken; /* bytes since meter_start() */
    size_t most;  /* of them; beyond, recv() says that there is nothing now (EAGAIN) */
};

/* Until meter_stop(), what this thread receives counts. One at a time. */
void meter_start(struct meter *m, size_t most);
void meter_stop(struct meter *m);

#endif
