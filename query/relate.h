/* relate: which relationship `select=target!hint(...)` means. SPDX-License-Identifier: ISC */
#ifndef QUERY_RELATE_H
#define QUERY_RELATE_H

#include "query/plan.h"

/* target is a relation, a foreign key's constraint or a single foreign key column of `from`; hint (may be
 * empty) a constraint, a single column of either side, or a junction. false: none or several, *error says
 * which. */
NODISCARD bool relate_find(struct arena *a, const struct catalog *cat, const struct cat_relation *from,
    struct str target, struct str hint, const struct cat_relationship **via, struct query_error *error);

#endif
