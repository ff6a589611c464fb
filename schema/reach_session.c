/* reach_session: who may leave something behind in its session: a walk over everything that may run, until
 * the first that does. SPDX-License-Identifier: ISC */
#include "schema/reach_internal.h"

static void go_on(struct reach *r, const struct place *p, bool writes)
{
    if (p->function) {
        bool writer = writes && reach_find_function(r, p->oid)->is_volatile;
        reach_follow(r, FUNCTION_FUNCTION, p->oid, ANYBODY);
        reach_follow(r, FUNCTION_RELATION, p->oid, writer ? WRITER : ANYBODY);
        return;
    }
    reach_follow(r, VIEW_BASE, p->oid, p->role);
    reach_follow(r, VIEW_FUNCTION, p->oid, ANYBODY);
    reach_follow(r, READ_FUNCTION, p->oid, ANYBODY);
    if (p->role == WRITER) {
        reach_follow(r, WRITE_FUNCTION, p->oid, ANYBODY);
        reach_follow(r, WRITE_RELATION, p->oid, WRITER);
    }
}

/* In its own text, or that of a policy. */
static bool changes_session(struct reach *r, const struct place *p)
{
    if (p->function)
        return reach_find_function(r, p->oid)->session;
    const struct view key = {.oid = p->oid}, *view;
    view = rows_find(&key, r->views.at, r->views.n, sizeof key, reach_cmp_view);
    bool found = view && view->unsteady;
    for (size_t i = reach_first_guard(r, p->oid, 0); i < r->guards.n && r->guards.at[i].relation == p->oid;
         i++) {
        found = found || r->guards.at[i].unsteady;
        reach_follow(r, POLICY_FUNCTION, r->guards.at[i].policy, ANYBODY);
        reach_follow(r, POLICY_RELATION, r->guards.at[i].policy, ANYBODY);
    }
    return found;
}

bool reach_may_change_session(struct reach *r, uint32_t oid, bool function, bool writes)
{
    bool found = false;
    r->turn++;
    if (function)
        reach_go_to_function(r, oid, ANYBODY);
    else
        reach_go_to_relation(r, oid, writes ? WRITER : ANYBODY);
    while (r->todo.n > 0 && !found) {
        struct place p = r->todo.at[--r->todo.n];
        found = changes_session(r, &p);
        go_on(r, &p, writes);
    }
    r->todo.n = 0;
    return found;
}
