/* pg_octets: a value as the bytes that it stands for, for answers that are no JSON: what a function or an
 * aggregate says is an image, a page or a document. bytea arrives as hexadecimal digits (db/conn asks for
 * that) and is decoded; everything else is its text. Pure; SPDX-License-Identifier: ISC */
#ifndef DB_PG_OCTETS_H
#define DB_PG_OCTETS_H

#include "db/db.h"
#include "util/buf.h"

/* Appends the value, nothing for NULL; false when the buffer's limit or the memory does not allow it. */
NODISCARD bool pg_octets(struct buf *out, const struct db_rows *rows, int row, int col);

#endif
