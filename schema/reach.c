/* reach: a graph of relations (as a role), functions and policies, and a walk from each thing that is asked
 * about. The walks remember nothing of each other, so that cycles need no care; they are short.
 * SPDX-License-Identifier: ISC */
#include "schema/reach.h"

#include "schema/reach_internal.h"
#include "schema/session_scan.h"
#include "schema/settings_scan.h"
#include "util/check.h"
#include "util/mem.h"

#include <stdlib.h>

#define WORD_MAX 63

struct role {
    uint32_t number;
};

static int cmp_link(const void *pa, const void *pb)
{
    const struct link *a = pa, *b = pb;
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    int order = cmp_u32(a->from, b->from);
    return order ? order : cmp_u32(a->to, b->to);
}

static int cmp_guard(const void *pa, const void *pb)
{
    const struct guard *a = pa, *b = pb;
    int order = cmp_u32(a->relation, b->relation);
    if (!order)
        order = cmp_u32(a->role, b->role);
    return order ? order : cmp_u32(a->policy, b->policy);
}

int reach_cmp_view(const void *a, const void *b)
{
    return cmp_u32(((const struct view *)a)->oid, ((const struct view *)b)->oid);
}

static int cmp_function(const void *a, const void *b)
{
    return cmp_u32(((const struct function *)a)->oid, ((const struct function *)b)->oid);
}

static int cmp_oid(const void *a, const void *b)
{
    return cmp_u32(*(const uint32_t *)a, *(const uint32_t *)b);
}

/* Feeding. */

struct reach *reach_create(void)
{
    struct reach *r = MEM_NEW(struct reach);
    arena_init(&r->arena, 0);
    map_init(&r->names);
    map_init(&r->roles);
    ROWS_ADD(&r->role_names, STR("")); /* ANYBODY */
    ROWS_ADD(&r->role_names, STR("")); /* WRITER */
    return r;
}

void reach_free(struct reach **rp)
{
    struct reach *r = *rp;
    *rp = NULL;
    if (!r)
        return;
    mem_free(r->role_names.at);
    mem_free(r->relations.at);
    mem_free(r->functions.at);
    mem_free(r->bodies.at);
    mem_free(r->views.at);
    mem_free(r->guards.at);
    mem_free(r->links.at);
    mem_free(r->want_relations.at);
    mem_free(r->want_functions.at);
    mem_free(r->want_roles.at);
    mem_free(r->anywhere.at);
    mem_free(r->todo.at);
    mem_free(r->read.at);
    mem_free(r->relation_marks);
    mem_free(r->function_marks);
    map_release(&r->names);
    map_release(&r->roles);
    arena_release(&r->arena);
    mem_free(r);
}

static void bear(struct reach *r, struct str name, uint32_t oid, bool function, bool called)
{
    struct bearer *b = ARENA_NEW(&r->arena, struct bearer);
    *b = (struct bearer){map_get(&r->names, name), oid, function, called};
    (void)map_set(&r->names, name, b);
}

void reach_name(struct reach *r, uint32_t oid, struct str name)
{
    ROWS_ADD(&r->relations, oid);
    bear(r, name, oid, false, false);
}

static uint32_t role_number(struct reach *r, struct str name)
{
    struct role *role = map_get(&r->roles, name);
    if (!role) {
        role = ARENA_NEW(&r->arena, struct role);
        role->number = (uint32_t)r->role_names.n;
        ROWS_ADD(&r->role_names, arena_str(&r->arena, name));
        (void)map_set(&r->roles, name, role);
    }
    return role->number;
}

void reach_function(struct reach *r, const struct reach_function *fn)
{
    bool readable = str_eq(fn->language, STR("sql")) || str_eq(fn->language, STR("plpgsql"));
    bool aggregate = str_eq(fn->language, STR("aggregate"));
    bool compiled = str_eq(fn->language, STR("c")) || str_eq(fn->language, STR("internal"));
    bear(r, fn->name, fn->oid, true, true);
    ROWS_ADD(&r->functions, (struct function){.oid = fn->oid,
                                .owner = role_number(r, fn->owner),
                                .definer = fn->definer,
                                .is_volatile = fn->is_volatile,
                                .settings = readable || compiled || aggregate ? 0 : SETTINGS_READ,
                                .session = !compiled && !aggregate && (!readable || !fn->body.p),
                                /* Code in C that is not volatile promises to depend on its arguments and on
                                   tables; extensions keep that. */
                                .blind = compiled    ? fn->is_volatile
                                         : aggregate ? false
                                                     : !readable || !fn->body.p,
                                .opaque = !aggregate && (!readable || !fn->body.p)});
    if (readable && fn->body.p)
        ROWS_ADD(&r->bodies, (struct body){fn->oid, arena_str(&r->arena, fn->body)});
}

void reach_view(struct reach *r, const struct reach_view *v)
{
    ROWS_ADD(&r->views,
        (struct view){v->oid, role_number(r, v->owner), v->invoker, v->unsteady, settings_scan(v->text)});
}

static void add_link(struct reach *r, enum link_kind kind, uint32_t from, uint32_t to)
{
    ROWS_ADD(&r->links, (struct link){kind, from, to});
}

void reach_view_base(struct reach *r, uint32_t view, uint32_t base)
{
    add_link(r, VIEW_BASE, view, base);
}

void reach_write_function(struct reach *r, uint32_t relation, uint32_t function)
{
    add_link(r, WRITE_FUNCTION, relation, function);
}

void reach_write_relation(struct reach *r, uint32_t relation, uint32_t other)
{
    add_link(r, WRITE_RELATION, relation, other);
}

void reach_view_function(struct reach *r, uint32_t view, uint32_t function)
{
    add_link(r, VIEW_FUNCTION, view, function);
}

void reach_relation_function(struct reach *r, uint32_t relation, uint32_t function)
{
    add_link(r, READ_FUNCTION, relation, function);
}

void reach_type_function(struct reach *r, uint32_t type, uint32_t function)
{
    add_link(r, CAST_FUNCTION, type, function);
}

void reach_call(struct reach *r, uint32_t from, uint32_t to)
{
    add_link(r, FUNCTION_FUNCTION, from, to);
}

static bool is_operator_byte(char c)
{
    return c != '\0' && strchr("+-*/<>=~!@#%^&|`?", c);
}

void reach_word(struct reach *r, struct str word, uint32_t function)
{
    if (word.n > 0 && is_operator_byte(word.p[0]))
        r->longest_operator = MAX(r->longest_operator, word.n);
    bear(r, word, function, true, false);
}

void reach_policy(struct reach *r, const struct reach_policy *p)
{
    ROWS_ADD(&r->guards, (struct guard){p->relation, role_number(r, p->role), p->policy, p->permissive,
                             p->always, p->unsteady, settings_scan(p->text)});
}

void reach_policy_function(struct reach *r, uint32_t policy, uint32_t function)
{
    add_link(r, POLICY_FUNCTION, policy, function);
}

void reach_policy_relation(struct reach *r, uint32_t policy, uint32_t relation)
{
    add_link(r, POLICY_RELATION, policy, relation);
}

void reach_want_relation(struct reach *r, uint32_t oid)
{
    ROWS_ADD(&r->want_relations, oid);
}

void reach_want_function(struct reach *r, uint32_t oid)
{
    ROWS_ADD(&r->want_functions, oid);
}

void reach_want_role(struct reach *r, struct str role)
{
    uint32_t number = role_number(r, role);
    for (size_t i = 0; i < r->want_roles.n; i++) {
        if (r->want_roles.at[i] == number)
            return;
    }
    ROWS_ADD(&r->want_roles, number);
}

void reach_anywhere(struct reach *r, uint32_t oid)
{
    ROWS_ADD(&r->anywhere, oid);
}

void reach_text(struct reach *r, struct str text, bool in_reads)
{
    unsigned settings = settings_scan(text);
    if (session_scan(text))
        r->session_texts |= in_reads ? SESSION_READS | SESSION_WRITES : SESSION_WRITES;
    r->texts |= settings;
    r->texts_in_reads |= in_reads ? settings : 0;
}

/* Reading bodies word by word. */

struct function *reach_find_function(const struct reach *r, uint32_t oid)
{
    const struct function key = {.oid = oid};
    return rows_find(&key, r->functions.at, r->functions.n, sizeof key, cmp_function);
}

static struct str skip_blanks(struct str text)
{
    size_t i = 0;
    while (i < text.n && (text.p[i] == ' ' || text.p[i] == '\n' || text.p[i] == '\t' || text.p[i] == '\r'))
        i++;
    return str_sub(text, i, text.n);
}

/* A word of the body, and what follows it. Without an opening parenthesis it can be a table, but no function.
 */
static void use_word(struct reach *r, struct function *fn, struct str word, struct str rest)
{
    static const char *const unsteady[] = {"random", "clock_timestamp", "timeofday", "gen_random_uuid",
        "nextval", "setval", "dblink", "set_config", "query_to_xml", "query_to_xmlschema",
        "query_to_xml_and_xmlschema", "ts_stat", "ts_rewrite"};
    bool called = str_starts(skip_blanks(rest), STR("("));
    fn->blind = fn->blind || str_eq(word, STR("execute"));
    /* EXECUTE runs what cannot be read, SET changes what later statements of the transaction see. */
    fn->opaque = fn->opaque || fn->blind || str_eq(word, STR("set")) || str_eq(word, STR("reset"));
    for (size_t i = 0; called && i < ARRAY_LEN(unsteady); i++)
        fn->opaque = fn->opaque || str_eq_cstr(word, unsteady[i]);
    for (const struct bearer *b = map_get(&r->names, word); b; b = b->next) {
        if (!b->function)
            add_link(r, FUNCTION_RELATION, fn->oid, b->oid);
        else if ((called || !b->called) && b->oid != fn->oid)
            add_link(r, FUNCTION_FUNCTION, fn->oid, b->oid);
    }
}

static bool is_word_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '$' || (unsigned char)c >= 0x80;
}

/* As written and, since unquoted names fold, in lower case. */
static void use_folded(struct reach *r, struct function *fn, struct str word, struct str rest)
{
    char lower[WORD_MAX];
    bool folded = false;
    use_word(r, fn, word, rest);
    if (word.n > sizeof lower)
        return;
    for (size_t i = 0; i < word.n; i++) {
        bool upper = word.p[i] >= 'A' && word.p[i] <= 'Z';
        lower[i] = (char)(word.p[i] + (upper ? 32 : 0));
        folded = folded || upper;
    }
    if (folded)
        use_word(r, fn, str_make(lower, word.n), rest);
}

/* A name in quotes, which may have blanks in it, from behind the opening quote. */
static void use_quoted(struct reach *r, struct function *fn, struct str text)
{
    size_t end = str_find(text, '"');
    use_word(r, fn, str_sub(text, 0, end), str_sub(text, end + 1, text.n));
}

/* The operators that begin here: how PostgreSQL cuts a row of such bytes is of no concern. */
static void use_operators(struct reach *r, struct function *fn, struct str text)
{
    for (size_t n = 1; n <= MIN(r->longest_operator, text.n) && is_operator_byte(text.p[n - 1]); n++)
        use_word(r, fn, str_sub(text, 0, n), str_sub(text, n, text.n));
}

static void read_body(struct reach *r, const struct body *body)
{
    struct function *fn = reach_find_function(r, body->oid);
    struct str text = body->text;
    fn->settings |= settings_scan(text);
    fn->session |= session_scan(text);
    for (size_t i = 0; i < text.n;) {
        size_t end = i;
        while (end < text.n && is_word_byte(text.p[end]))
            end++;
        struct str rest = str_sub(text, end, text.n);
        if (end > i)
            use_folded(r, fn, str_sub(text, i, end), rest);
        else if (text.p[i] == '"') /* its words are tried one by one as well */
            use_quoted(r, fn, str_sub(text, i + 1, text.n));
        else if (is_operator_byte(text.p[i]))
            use_operators(r, fn, str_sub(text, i, text.n));
        /* U&"..": a name that is written in escapes */
        if (end == i + 1 && (text.p[i] | 32) == 'u' && str_starts(rest, STR("&\"")))
            fn->blind = fn->opaque = fn->session = true;
        i = end > i ? end : i + 1;
    }
}

/* Walking. */

void reach_go_to_relation(struct reach *r, uint32_t oid, uint32_t role)
{
    const uint32_t *known = rows_find(&oid, r->relations.at, r->relations.n, sizeof oid, cmp_oid);
    if (!known)
        return;
    size_t i = (size_t)(known - r->relations.at) * r->role_names.n + role;
    if (r->relation_marks[i] == r->turn)
        return;
    r->relation_marks[i] = r->turn;
    ROWS_ADD(&r->todo, (struct place){oid, role, false});
}

void reach_go_to_function(struct reach *r, uint32_t oid, uint32_t role)
{
    const struct function *fn = reach_find_function(r, oid);
    if (!fn) {
        r->opaque = true;
        return;
    }
    role = fn->definer ? fn->owner : role;
    size_t i = (size_t)(fn - r->functions.at) * r->role_names.n + role;
    if (r->function_marks[i] == r->turn)
        return;
    r->function_marks[i] = r->turn;
    ROWS_ADD(&r->todo, (struct place){oid, role, true});
}

void reach_follow(struct reach *r, enum link_kind kind, uint32_t from, uint32_t role)
{
    const struct link key = {kind, from, 0};
    size_t lo = 0, hi = r->links.n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (cmp_link(&r->links.at[mid], &key) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    for (; lo < r->links.n && r->links.at[lo].kind == kind && r->links.at[lo].from == from; lo++) {
        if (kind == VIEW_BASE || kind == POLICY_RELATION || kind == FUNCTION_RELATION ||
            kind == WRITE_RELATION)
            reach_go_to_relation(r, r->links.at[lo].to, role);
        else
            reach_go_to_function(r, r->links.at[lo].to, role);
    }
}

/* Functions in views and policies run as whoever runs the query. That is known only where nobody has come in
 * between; the role of a relation is merely whose rights count there. */
static uint32_t runner(const struct reach *r, uint32_t role)
{
    return role == r->root ? role : ANYBODY;
}

size_t reach_first_guard(const struct reach *r, uint32_t relation, uint32_t role)
{
    const struct guard key = {.relation = relation, .role = role};
    size_t lo = 0, hi = r->guards.n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (cmp_guard(&r->guards.at[mid], &key) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static void note_settings(struct reach *r, unsigned settings)
{
    r->settings |= settings;
    r->claims = r->claims || (settings & SETTINGS_READ & ~(unsigned)SETTING_APP);
}

/* guards[from, to) are those of one role on one relation. Permissive policies are joined by OR, so that one
 * that is always true makes the planner drop the others; restrictive ones are joined by AND. */
static void pass_guards(struct reach *r, size_t from, size_t to)
{
    bool open = false;
    for (size_t i = from; i < to; i++)
        open = open || (r->guards.at[i].policy && r->guards.at[i].permissive && r->guards.at[i].always);
    r->filtered = r->filtered || !open;
    for (size_t i = from; i < to; i++) {
        const struct guard *g = &r->guards.at[i];
        if (!g->policy || g->always || (open && g->permissive))
            continue;
        r->filtered = true;
        note_settings(r, g->settings);
        r->opaque = r->opaque || g->unsteady;
        reach_follow(r, POLICY_FUNCTION, g->policy, runner(r, g->role));
        reach_follow(r, POLICY_RELATION, g->policy, g->role);
    }
}

static void visit_relation(struct reach *r, uint32_t oid, uint32_t role)
{
    const struct view key = {.oid = oid}, *view;
    ROWS_ADD(&r->read, oid);
    reach_follow(r, READ_FUNCTION, oid, runner(r, role));
    view = rows_find(&key, r->views.at, r->views.n, sizeof key, reach_cmp_view);
    if (view) {
        note_settings(r, view->settings);
        r->opaque = r->opaque || view->unsteady;
        reach_follow(r, VIEW_BASE, oid, view->invoker ? role : view->owner);
        reach_follow(r, VIEW_FUNCTION, oid, runner(r, role));
    }
    for (size_t i = reach_first_guard(r, oid, role), end; i < r->guards.n && r->guards.at[i].relation == oid;
         i = end) {
        uint32_t as = r->guards.at[i].role;
        for (end = i + 1;
             end < r->guards.n && r->guards.at[end].relation == oid && r->guards.at[end].role == as; end++)
            ;
        if (role != ANYBODY && as != role)
            break;
        pass_guards(r, i, end);
    }
}

static void visit_function(struct reach *r, uint32_t oid, uint32_t role)
{
    const struct function *fn = reach_find_function(r, oid);
    note_settings(r, fn->settings);
    r->settings |= fn->blind ? SETTINGS_ALL : 0;
    r->opaque = r->opaque || fn->opaque;
    reach_follow(r, FUNCTION_FUNCTION, oid, role);
    reach_follow(r, FUNCTION_RELATION, oid, role);
}

static void walk_on(struct reach *r)
{
    while (r->todo.n > 0) {
        struct place p = r->todo.at[--r->todo.n];
        if (p.function)
            visit_function(r, p.oid, p.role);
        else
            visit_relation(r, p.oid, p.role);
    }
}

static void begin_walk(struct reach *r, uint32_t role)
{
    r->turn++;
    r->root = role;
    r->read.n = 0;
    r->claims = r->opaque = r->filtered = false;
    r->settings = 0;
}

static void walk(struct reach *r, uint32_t oid, uint32_t role, bool function)
{
    begin_walk(r, role);
    if (function)
        reach_go_to_function(r, oid, role);
    else
        reach_go_to_relation(r, oid, role);
    walk_on(r);
}

/* Answering. */

static void add_sources(struct reach *r, struct catalog_build *b, uint32_t oid, bool function)
{
    for (size_t i = 0; i < r->read.n; i++) {
        if (function || r->read.at[i] != oid)
            catalog_build_source(b, &(struct cat_source_row){oid, r->read.at[i], function});
    }
}

static void answer_relation(struct reach *r, struct catalog_build *b, uint32_t oid)
{
    walk(r, oid, ANYBODY, false);
    /* What reading needs of request.* settings is said role by role. */
    struct cat_reach_row row = {.oid = oid, .opaque = r->opaque, .settings = r->settings};
    add_sources(r, b, oid, false);
    row.session_read = reach_may_change_session(r, oid, false, false);
    row.session_write = reach_may_change_session(r, oid, false, true);
    catalog_build_reach(b, &row);
}

static void answer_function(struct reach *r, struct catalog_build *b, uint32_t oid)
{
    ROWS(struct str) claimless = {0};
    walk(r, oid, ANYBODY, true);
    struct cat_reach_row row = {.oid = oid, .function = true, .claims = r->claims, .opaque = r->opaque};
    add_sources(r, b, oid, true);
    for (size_t i = 0; row.claims && i < r->want_roles.n; i++) {
        walk(r, oid, r->want_roles.at[i], true);
        if (!r->claims)
            ROWS_ADD(&claimless, r->role_names.at[r->want_roles.at[i]]);
    }
    row.session_read = reach_may_change_session(r, oid, true, true);
    row.claimless = claimless.at;
    row.nclaimless = claimless.n;
    catalog_build_reach(b, &row);
    mem_free(claimless.at);
}

static void answer_role(struct reach *r, struct catalog_build *b, uint32_t oid, uint32_t role)
{
    walk(r, oid, role, false);
    if (r->filtered || r->claims)
        catalog_build_policy(
            b, &(struct cat_policy_row){oid, r->role_names.at[role], r->filtered, r->claims});
}

/* The links are sorted: those of one type reach_follow each other. */
static void answer_types(struct reach *r, struct catalog_build *b)
{
    for (size_t i = 0; i < r->links.n; i++) {
        const struct link *link = &r->links.at[i];
        if (link->kind != CAST_FUNCTION ||
            (i > 0 && link[-1].kind == CAST_FUNCTION && link[-1].from == link->from))
            continue;
        begin_walk(r, ANYBODY);
        reach_follow(r, CAST_FUNCTION, link->from, ANYBODY);
        walk_on(r);
        if (r->opaque)
            catalog_build_opaque_type(b, link->from);
    }
}

static void prepare(struct reach *r)
{
    ROWS_SORT(&r->relations, cmp_oid);
    ROWS_SORT(&r->functions, cmp_function);
    ROWS_SORT(&r->views, reach_cmp_view);
    ROWS_SORT(&r->guards, cmp_guard);
    for (size_t i = 0; i < r->bodies.n; i++)
        read_body(r, &r->bodies.at[i]);
    ROWS_SORT(&r->links, cmp_link);
    r->relation_marks = mem_zalloc_array(r->relations.n * r->role_names.n, sizeof *r->relation_marks);
    r->function_marks = mem_zalloc_array(r->functions.n * r->role_names.n, sizeof *r->function_marks);
}

static void answer_database(struct reach *r, struct catalog_build *b)
{
    unsigned all = r->texts, anywhere = r->texts_in_reads, session = r->session_texts;
    for (size_t i = 0; i < r->functions.n; i++)
        all |= r->functions.at[i].settings | (r->functions.at[i].blind ? SETTINGS_ALL : 0u);
    for (size_t i = 0; i < r->views.n; i++)
        all |= r->views.at[i].settings;
    for (size_t i = 0; i < r->guards.n; i++)
        all |= r->guards.at[i].settings;
    for (size_t i = 0; i < r->anywhere.n; i++) {
        walk(r, r->anywhere.at[i], ANYBODY, true);
        anywhere |= r->settings;
        session |= reach_may_change_session(r, r->anywhere.at[i], true, false) ? SESSION_READS : 0u;
        session |= reach_may_change_session(r, r->anywhere.at[i], true, true) ? SESSION_WRITES : 0u;
    }
    for (size_t i = 0; i < r->functions.n; i++)
        session |= r->functions.at[i].session ? SESSION_SOMEWHERE : 0u;
    catalog_build_settings(b, all, anywhere);
    catalog_build_session(b, session);
}

void reach_finish(struct reach *r, struct catalog_build *b)
{
    prepare(r);
    answer_database(r, b);
    answer_types(r, b);
    for (size_t i = 0; i < r->want_functions.n; i++)
        answer_function(r, b, r->want_functions.at[i]);
    for (size_t i = 0; i < r->want_relations.n; i++) {
        answer_relation(r, b, r->want_relations.at[i]);
        for (size_t k = 0; k < r->want_roles.n; k++)
            answer_role(r, b, r->want_relations.at[i], r->want_roles.at[k]);
    }
}
