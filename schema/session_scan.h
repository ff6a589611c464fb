/* session_scan: whether a piece of SQL or PL/pgSQL may leave something behind in its session: a setting that
 * is not local to the transaction, another role, LISTEN, a lock or temporary table that outlives the
 * transaction, prepared statements. Looked over word by word, comments and literals included, so that the
 * answer errs on the side of yes; EXECUTE may do anything, unless its text is one literal.
 * SPDX-License-Identifier: ISC */
#ifndef SCHEMA_SESSION_SCAN_H
#define SCHEMA_SESSION_SCAN_H

#include "util/str.h"

bool session_scan(struct str text);

#endif
