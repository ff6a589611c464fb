/* check: the one place where the process gives itself up. SPDX-License-Identifier: ISC */
#include "util/check.h"

#include <stdio.h>
#include <stdlib.h>

void check_failed(const char *expr, const char *file, int line, const char *func)
{
    fprintf(stderr, "bobbin: internal error: %s does not hold in %s (%s:%d)\n", expr, func, file, line);
    abort();
}
