/* sql_lines: the statements of a document (document.h), in their order:
 *
 *     header    saves it, exactly one, and puts its key into a setting of the transaction
 *     lines     for each relationship: DELETE what PUT does not mention, UPDATE what is named, INSERT the
 * rest shown     the row as it is in the end, when the caller asks for it
 *
 * Lines take their foreign key from the setting, never from the body; those that say whose they are must say
 * the same. Where lines must be found, or must agree, a guard counts them as those of query/write.h do: a
 * line of another document is neither changed nor taken over. SPDX-License-Identifier: ISC */
#ifndef QUERY_SQL_LINES_H
#define QUERY_SQL_LINES_H

#include "query/document.h"
#include "query/sql_write.h"

/* Fills what sql_write() would, and lines, nlines and shown. in->root has the condition of the document. */
void sql_lines(
    struct arena *a, const struct sql_write *in, const struct document *doc, struct write_plan *plan);

#endif
