/* check: assertions that stay on in release builds, and typed magic for every void *.
 *
 * CHECK states an invariant of ours; it never judges input. A failure prints where and what and aborts: a
 * server that no longer knows its own state must not go on answering for a company's books. The supervisor
 * restarts it. SPDX-License-Identifier: ISC */
#ifndef UTIL_CHECK_H
#define UTIL_CHECK_H

#include "util/base.h"

COLD NORETURN void check_failed(const char *expr, const char *file, int line, const char *func);

#define CHECK(expr) (LIKELY(expr) ? (void)0 : check_failed(#expr, __FILE__, __LINE__, __func__))
#define UNREACHABLE() check_failed("unreachable", __FILE__, __LINE__, __func__)

/* Structs that travel through a void * start with `unsigned magic` set to their own S_MAGIC; their destructor
 * clears it, so that a stale pointer is caught at its first use. */
#define CHECK_OBJ(ptr, type_magic) CHECK((ptr) != NULL && (ptr)->magic == (type_magic))
#define CAST_OBJ(to, from, type_magic)                                                                       \
    do {                                                                                                     \
        (to) = (from);                                                                                       \
        CHECK_OBJ((to), (type_magic));                                                                       \
    } while (0)

#endif
