/* reach: what may run when a relation is read or a function is called, and what that code reads. Views run as
 * their owner (unless security_invoker), policies as the caller, both may call functions, functions may call
 * functions and read tables. The body of a function is not parsed: every word in it that is the name of a
 * table, or that a parenthesis follows and that is the name of a function, counts as a use of it. So the
 * answer errs on the side of more, never of less, except for code in C and for names put together at run
 * time; such code makes what it serves `opaque`. So do operators, casts, checks of domains, aggregates and
 * the inputs and outputs of types, which run functions that no text names. Whether it may leave something
 * behind in its session (session_scan.h) is told of reading and of writing to a relation, which runs triggers
 * besides.
 *
 * Fed in any order, then asked once: reach_finish() gives the answers to a catalog builder. All strings are
 * copied. SPDX-License-Identifier: ISC */
#ifndef SCHEMA_REACH_H
#define SCHEMA_REACH_H

#include "schema/catalog_build.h"

struct reach;

struct reach *reach_create(void);
void reach_free(struct reach **r);

/* Every relation that a function could name. */
void reach_name(struct reach *r, uint32_t oid, struct str name);
struct reach_function {
    uint32_t oid;
    struct str name, language, owner; /* language of an aggregate: "aggregate" */
    bool is_volatile, definer;        /* definer: runs as its owner, not as the caller */
    struct str body;                  /* p == NULL: cannot be looked into */
};
/* Every function that could be called. */
void reach_function(struct reach *r, const struct reach_function *fn);

struct reach_view {
    uint32_t oid;
    struct str owner;
    bool invoker;    /* security_invoker: its bases are read as the caller */
    bool unsteady;   /* its own text calls random() and the like, or changes settings */
    struct str text; /* its own text, if settings are read in it; else empty */
};
void reach_view(struct reach *r, const struct reach_view *view);
void reach_view_base(struct reach *r, uint32_t view, uint32_t base);
void reach_view_function(struct reach *r, uint32_t view, uint32_t function);
/* Reading the relation may run it whatever is asked: for the values of a column, an index. 0: code that
 * cannot be looked into. A function that is nobody's row is taken for such code, wherever it is met. */
void reach_relation_function(struct reach *r, uint32_t relation, uint32_t function);
/* A cast to the type may run it. */
void reach_type_function(struct reach *r, uint32_t type, uint32_t function);
/* `from` runs `to` although its text need not say so. */
void reach_call(struct reach *r, uint32_t from, uint32_t to);
/* A word or operator that in a function's text means a call, without a parenthesis after it. */
void reach_word(struct reach *r, struct str word, uint32_t function);

/* Row security holds for `role` on `relation`; one row for each policy for reading that applies, one with
 * policy 0 when there is none. */
struct reach_policy {
    uint32_t relation, policy;
    struct str role;
    bool permissive, always; /* always: its condition is literally true */
    struct str text;         /* its condition, if settings are read in it; else empty */
    bool unsteady;           /* as in reach_view */
};
void reach_policy(struct reach *r, const struct reach_policy *policy);
void reach_policy_function(struct reach *r, uint32_t policy, uint32_t function);
void reach_policy_relation(struct reach *r, uint32_t policy, uint32_t relation);

/* Writing to `relation` may run this function, or write to `other` as well. */
void reach_write_function(struct reach *r, uint32_t relation, uint32_t function);
void reach_write_relation(struct reach *r, uint32_t relation, uint32_t other);

/* Relations and functions of which the catalog wants to know. */
void reach_want_relation(struct reach *r, uint32_t oid);
void reach_want_function(struct reach *r, uint32_t oid);
void reach_want_role(struct reach *r, struct str role);
/* A function that a read of no matter which relation may run. */
void reach_anywhere(struct reach *r, uint32_t oid);
/* Code that belongs to none of these: defaults, checks, triggers; and the text of views and policies that a
 * read may meet without their being known here. */
void reach_text(struct reach *r, struct str text, bool in_reads);
void reach_finish(struct reach *r, struct catalog_build *b);

#endif
