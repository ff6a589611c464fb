/* mem: heap allocation for objects of the process and of a loop. Small allocations never fail (they abort
 * with a message); sizes that a peer controls go through the try_ forms, whose NULL becomes a 413 or 503.
 * Memory of a request comes from its arena instead (util/arena.h). SPDX-License-Identifier: ISC */
#ifndef UTIL_MEM_H
#define UTIL_MEM_H

#include "util/base.h"

#define MEM_NEW(type) ((type *)mem_zalloc(sizeof(type)))
#define MEM_NEW_ARRAY(type, n) ((type *)mem_zalloc_array((n), sizeof(type)))

NODISCARD void *mem_alloc(size_t n);
NODISCARD void *mem_try_alloc(size_t n);
NODISCARD void *mem_zalloc(size_t n);
NODISCARD void *mem_zalloc_array(size_t n, size_t size);
NODISCARD void *mem_realloc(void *p, size_t n);
NODISCARD void *mem_try_realloc(void *p, size_t n);
NODISCARD char *mem_strdup(const char *s);
NODISCARD char *mem_strndup(const char *s, size_t n);
void mem_free(void *p);

#endif
