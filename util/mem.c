/* mem: malloc that answers or aborts. SPDX-License-Identifier: ISC */
#include "util/mem.h"

#include "util/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static COLD NORETURN void out_of_memory(size_t n)
{
    fprintf(stderr, "bobbin: out of memory (%zu bytes)\n", n);
    abort();
}

void *mem_try_alloc(size_t n)
{
    return malloc(n ? n : 1);
}

void *mem_alloc(size_t n)
{
    void *p = mem_try_alloc(n);
    if (UNLIKELY(!p))
        out_of_memory(n);
    return p;
}

void *mem_zalloc(size_t n)
{
    return mem_zalloc_array(1, n);
}

void *mem_zalloc_array(size_t n, size_t size)
{
    void *p = calloc(n ? n : 1, size ? size : 1);
    if (UNLIKELY(!p))
        out_of_memory(n);
    return p;
}

void *mem_try_realloc(void *p, size_t n)
{
    return realloc(p, n ? n : 1);
}

void *mem_realloc(void *p, size_t n)
{
    void *q = mem_try_realloc(p, n);
    if (UNLIKELY(!q))
        out_of_memory(n);
    return q;
}

char *mem_strndup(const char *s, size_t n)
{
    char *p = mem_alloc(n + 1);
    memcpy(p, s, n);
    p[n] = '\0';
    return p;
}

char *mem_strdup(const char *s)
{
    return mem_strndup(s, strlen(s));
}

void mem_free(void *p)
{
    free(p);
}
