/* caller: who is charged for what requests cost. Every connection belongs to one cell, chosen by a keyed hash
 * of its peer's address (an IPv4 address, the /64 of an IPv6 one, all unix sockets together), and everything
 * scarce is counted there: connections, what waits, what fails. The table is of fixed size and lives as long
 * as the process, so a pointer to a cell stays good for ever, no flood of addresses makes it grow, and
 * nothing takes a lock. Two addresses in one cell share its budgets; nobody outside can choose whose.
 *
 * All fields are atomic and may be changed from any thread, each only by the module that its comment names.
 * SPDX-License-Identifier: ISC */
#ifndef UTIL_CALLER_H
#define UTIL_CALLER_H

#include "util/str.h"

#include <stdatomic.h>

#define CALLER_CELLS 16384u /* a power of two */

/* A rate with a burst in one word: the time at which the allowance would be whole again (the "theoretical
 * arrival time" of the generic cell rate algorithm, ITU-T I.371). 0: whole. */
typedef atomic_uint_least64_t caller_rate;

struct caller {
    atomic_uint connections; /* open now; server/listener.c */
    caller_rate bad_tokens;  /* handlers/verifier.c */
};

/* The cell of an address, given as its bytes. */
struct caller *caller_of(struct str address);
/* A number for the cell, good as a key; not 0. */
uint64_t caller_id(const struct caller *c);

/* Takes one from the allowance: one each `interval_us` on average, `burst` at once. False: none is left;
 * *wait_us (may be NULL) is then when the next one is. now_us is monotonic. From any thread. */
NODISCARD bool caller_rate_take(
    caller_rate *rate, uint64_t now_us, uint64_t interval_us, unsigned burst, uint64_t *wait_us);
/* Whether one would be left, without taking it. */
bool caller_rate_has(const caller_rate *rate, uint64_t now_us, uint64_t interval_us, unsigned burst);

#endif
