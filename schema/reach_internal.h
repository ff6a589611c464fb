/* reach_internal: the graph that reach.c builds and walks, for reach_session.c, which walks it for another
 * question. Nobody else includes it. SPDX-License-Identifier: ISC */
#ifndef SCHEMA_REACH_INTERNAL_H
#define SCHEMA_REACH_INTERNAL_H

#include "schema/catalog_build_internal.h"
#include "schema/reach.h"
#include "util/map.h"

/* Instead of a role: whoever it is. */
#define ANYBODY 0u
/* Where only one thing counts, whether what is met may be written to (may_change_session). */
#define WRITER 1u

enum link_kind {
    VIEW_BASE,
    VIEW_FUNCTION,
    POLICY_FUNCTION,
    POLICY_RELATION,
    FUNCTION_FUNCTION,
    FUNCTION_RELATION,
    READ_FUNCTION, /* reading a relation runs it */
    CAST_FUNCTION, /* a cast to a type runs it */
    WRITE_FUNCTION,
    WRITE_RELATION
};

struct link {
    enum link_kind kind;
    uint32_t from, to;
};

struct guard {
    uint32_t relation, role, policy;
    bool permissive, always, unsteady;
    unsigned settings;
};

struct view {
    uint32_t oid, owner;
    bool invoker, unsteady;
    unsigned settings;
};

struct function {
    uint32_t oid, owner;
    bool definer, opaque;
    bool is_volatile; /* others may not write */
    bool session;     /* it may leave something behind in its session */
    bool blind;       /* what settings it reads and makes cannot be told */
    unsigned settings;
};

/* Who bears a name: relations and functions, of any schema and number. */
struct bearer {
    struct bearer *next;
    uint32_t oid;
    bool function, called; /* called: only with a parenthesis behind the name */
};

struct body {
    uint32_t oid;
    struct str text;
};

struct place {
    uint32_t oid, role;
    bool function;
};

struct reach {
    struct arena arena;
    struct map names; /* struct bearer */
    struct map roles; /* struct role */
    ROWS(struct str) role_names;
    ROWS(uint32_t) relations; /* every one with a name */
    ROWS(struct function) functions;
    ROWS(struct body) bodies;
    ROWS(struct view) views;
    ROWS(struct guard) guards;
    ROWS(struct link) links;
    size_t longest_operator; /* of those that are words */
    ROWS(uint32_t) want_relations, want_functions, want_roles, anywhere;
    unsigned session_texts;         /* enum cat_session: what texts of reach_text() may leave in a session */
    unsigned texts, texts_in_reads; /* settings of reach_text() */
    /* A walk. */
    ROWS(struct place) todo;
    ROWS(uint32_t) read; /* relations met */
    unsigned *relation_marks, *function_marks,
        turn;      /* marks: by place and role, the walk that was there last */
    uint32_t root; /* the role that the walk began as */
    bool claims, opaque, filtered;
    unsigned settings;
};

int reach_cmp_view(const void *a, const void *b);
/* NULL: nobody has described it. */
struct function *reach_find_function(const struct reach *r, uint32_t oid);
/* The first of the relation's guards for the role; role 0: of all. */
size_t reach_first_guard(const struct reach *r, uint32_t relation, uint32_t role);
/* Adds what is met to r->todo, once for each r->turn and role. */
void reach_go_to_relation(struct reach *r, uint32_t oid, uint32_t role);
void reach_go_to_function(struct reach *r, uint32_t oid, uint32_t role);
void reach_follow(struct reach *r, enum link_kind kind, uint32_t from, uint32_t role);

/* reach_session.c: whether what runs may leave something behind in its session, in a transaction that may
 * write or not. Roles make no difference there. */
bool reach_may_change_session(struct reach *r, uint32_t oid, bool function, bool writes);

#endif
