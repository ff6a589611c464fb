/* log_sink: the way of finished lines to a file descriptor. Lines are copied into one of two halves under a
 * short lock; the thread swaps the halves and writes the full one without holding the lock, so that a slow
 * reader blocks that thread only. Used by util/log.c alone. SPDX-License-Identifier: ISC */
#ifndef UTIL_LOG_SINK_H
#define UTIL_LOG_SINK_H

#include "util/str.h"

/* One sink a process. Starts the thread. */
void log_sink_start(int fd, size_t capacity);
/* False when no thread runs, or it did not get all of it written within the time; it is then left behind. */
bool log_sink_stop(unsigned timeout_ms);
bool log_sink_flush(unsigned timeout_ms);
/* `line` ends with a newline. Urgent lines wake the thread at once, others may wait some milliseconds for
 * company. False when the line was dropped. Before start: straight to stderr. */
bool log_sink_put(struct str line, bool urgent);
uint64_t log_sink_dropped(void);
/* Dropped lines that nobody has reported yet; resets them. */
uint64_t log_sink_take_unreported(void);
/* Gives back what was taken, since it could not be reported. */
void log_sink_add_unreported(uint64_t lines);

#endif
