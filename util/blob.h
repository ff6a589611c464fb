/* blob: bytes that no longer change and that several hold, on whatever threads: the body of a response that
 * is sent to many. References are counted. The budget (budget.h) does not count the bytes: they are those of
 * a cache, which has a bound of its own. SPDX-License-Identifier: ISC */
#ifndef UTIL_BLOB_H
#define UTIL_BLOB_H

#include "util/buf.h"

struct blob;

/* Takes the memory of b, which is as after buf_init(). One reference, the caller's. */
NODISCARD struct blob *blob_of(struct buf *b);
struct blob *blob_ref(struct blob *blob);
/* Gives the reference back and sets it to NULL; NULL is allowed. */
void blob_unref(struct blob **blob);
/* Lives as long as a reference. */
struct str blob_str(const struct blob *blob);
/* Bytes of memory. */
size_t blob_size(const struct blob *blob);

#endif
