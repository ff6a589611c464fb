/* blob: see the header. SPDX-License-Identifier: ISC */
#include "util/blob.h"

#include "util/mem.h"

#include <stdatomic.h>

struct blob {
    atomic_uint refs;
    struct buf bytes;
};

struct blob *blob_of(struct buf *b)
{
    struct blob *blob = MEM_NEW(struct blob);
    atomic_init(&blob->refs, 1);
    buf_compact(b);
    blob->bytes = *b;
    buf_init(b, 0);
    return blob;
}

struct blob *blob_ref(struct blob *blob)
{
    CHECK(atomic_fetch_add_explicit(&blob->refs, 1, memory_order_relaxed) > 0);
    return blob;
}

void blob_unref(struct blob **blobp)
{
    struct blob *blob = *blobp;
    *blobp = NULL;
    if (!blob)
        return;
    unsigned before = atomic_fetch_sub_explicit(&blob->refs, 1, memory_order_acq_rel);
    CHECK(before > 0);
    if (before > 1)
        return;
    buf_release(&blob->bytes);
    mem_free(blob);
}

struct str blob_str(const struct blob *blob)
{
    return buf_str(&blob->bytes);
}

size_t blob_size(const struct blob *blob)
{
    return sizeof *blob + blob->bytes.cap;
}
