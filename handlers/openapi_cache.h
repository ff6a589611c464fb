/* openapi_cache: finished documents of the process, for all its workers: immutable, refcounted, dropped when
 * the catalog that they describe is no longer current, else the longest unused first when they take more than
 * their room. The newest stays in any case. A mutex guards the list; it is held for a walk over a few dozen
 * entries. SPDX-License-Identifier: ISC */
#ifndef HANDLERS_OPENAPI_CACHE_H
#define HANDLERS_OPENAPI_CACHE_H

#include "util/blob.h"

#define OPENAPI_ETAG_MAX 24

struct openapi_key {
    uint64_t catalog; /* catalog_version() */
    struct str schema, role;
    struct str options; /* of the configuration: what else has a part in the text */
    int version;        /* 2 or 3 */
};

bool openapi_key_eq(const struct openapi_key *a, const struct openapi_key *b);

struct openapi_doc;
struct openapi_cache;

NODISCARD struct openapi_cache *openapi_cache_create(size_t max_bytes);
/* Documents that are still referenced live on. */
void openapi_cache_free(struct openapi_cache **c);
/* A reference, or NULL. Any thread, like all below. */
NODISCARD struct openapi_doc *openapi_cache_get(struct openapi_cache *c, const struct openapi_key *key);
/* Takes the text and gives a reference to the document made of it. */
NODISCARD struct openapi_doc *openapi_cache_put(
    struct openapi_cache *c, const struct openapi_key *key, struct buf *text);

struct openapi_doc *openapi_doc_ref(struct openapi_doc *doc);
void openapi_doc_unref(struct openapi_doc *doc);
/* Lives as long as the document, or a reference to it. */
struct blob *openapi_doc_text(const struct openapi_doc *doc);
/* Of its text alone: the same on every server and after a restart. With its quotes. */
struct str openapi_doc_etag(const struct openapi_doc *doc);

#endif
