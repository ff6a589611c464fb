/* pooler: see the header. SPDX-License-Identifier: ISC */
#include "db/pooler.h"

#include "util/log.h"

static _Atomic bool found;

void pooler_report(void)
{
    if (!atomic_exchange_explicit(&found, true, memory_order_relaxed))
        LOG(DB_POOLER);
}

bool pooler_found(void)
{
    return atomic_load_explicit(&found, memory_order_relaxed);
}
