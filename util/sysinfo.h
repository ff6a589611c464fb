/* sysinfo: what this process uses of the machine, from files that are readable in a hardened container too.
 * SPDX-License-Identifier: ISC */
#ifndef UTIL_SYSINFO_H
#define UTIL_SYSINFO_H

#include "util/base.h"

/* Resident memory in bytes (/proc/self/statm); 0 when it cannot be read. */
uint64_t sysinfo_rss_bytes(void);
/* What the process may use at most: the cgroup's memory.max (v2), else the machine's memory. */
uint64_t sysinfo_memory_limit(void);

/* Open file descriptors, in well under a millisecond where the kernel knows (Linux 6.2), else in some. */
uint64_t sysinfo_open_fds(void);
/* The second way, for tests. */
uint64_t sysinfo_open_fds_by_poll(void);

#endif
