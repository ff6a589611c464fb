/* clock: what time it is, and how to write it. Durations and deadlines use the monotonic clock, which never
 * jumps; only what people read uses the wall clock. A test may put a fake clock in the place of both; it then
 * stands still until moved. SPDX-License-Identifier: ISC */
#ifndef UTIL_CLOCK_H
#define UTIL_CLOCK_H

#include "util/base.h"

uint64_t clock_mono_ns(void);
/* Processor time of this thread; a system call. */
uint64_t clock_thread_us(void);
/* Microseconds since 1970-01-01 UTC. */
int64_t clock_wall_us(void);

static inline uint64_t clock_mono_ms(void)
{
    return clock_mono_ns() / 1000000;
}

/* For tests: both clocks show these values from now on, in all threads. */
void clock_fake(uint64_t mono_ns, int64_t wall_us);
/* Moves the fake clocks forward. */
void clock_fake_advance(uint64_t ns);
void clock_fake_end(void);

/* IMF-fixdate (RFC 9110 5.6.7), "Sun, 06 Nov 1994 08:49:37 GMT": 29 bytes at p, no NUL; returns the end. For
 * years 0 to 9999. */
#define CLOCK_HTTP_DATE 29
char *clock_http_date_write(char *p, int64_t unix_s);
/* The same form back to seconds since 1970; false for anything else, and for dates that do not exist. */
NODISCARD bool clock_http_date_read(const char *p, size_t n, int64_t *unix_s);
/* RFC 3339 in UTC, "1994-11-06T08:49:37.000000Z": 27 bytes at p, no NUL; returns the end. */
#define CLOCK_RFC3339 27
char *clock_rfc3339_write(char *p, int64_t unix_us);

#endif
