/* log_target: what of a request's target is written to the log: all but the values of query parameters that
 * look like credentials. Clients of other servers put keys and tokens there (RFC 6750 section 2.3, apikey=),
 * and a filter may be on a column of passwords. SPDX-License-Identifier: ISC */
#ifndef HANDLERS_LOG_TARGET_H
#define HANDLERS_LOG_TARGET_H

#include "util/log.h"

/* The field "target" of a line; `room` (LOG_TARGET_ROOM bytes) must live until it is written. */
#define LOG_TARGET_ROOM (LOG_VALUE_MAX + 64)
struct log_field log_target(char *room, struct str target);

#endif
