/* transaction: what writes and calls of functions have in common: one job of statements in one implicit
 * transaction that may change something, and the response to it. Its owner (rest_write.c, rpc.c) embeds it,
 * says by `ops` what is particular about relations or functions, and submits it; from then on everything goes
 * by itself:
 *
 *     claim of the idempotency key -> context -> ops->add() -> [held: keep the response] -> Sync -> response
 *
 * With a key the job is held before its Sync until the response is made (idempotency.h), unless the response
 * is known before. Where main may give many rows they are encoded as they come: a response that outgrows
 * response-buffer is sent at its client's pace (row_stream.h), but its last byte only when the transaction is
 * committed; what goes wrong before that cuts the connection. A transaction that was lost or undone by others
 * begins anew as a whole, so what the owner keeps of the results it forgets in ops->reset(). Lives in the
 * request's arena. SPDX-License-Identifier: ISC */
#ifndef HANDLERS_TRANSACTION_H
#define HANDLERS_TRANSACTION_H

#include "handlers/exchange.h"

#define TRANSACTION_MAGIC 0x7472616eu

struct transaction;

struct transaction_ops {
    /* Reads the body and plans, from what does not change: the request, its settings, the catalog. Of a large
     * body it runs in the thread pool (offload.h). False: *error. */
    bool (*plan)(struct transaction *t, struct query_error *error);
    /* It is planned; ends with transaction_prepare(). False: an error was sent. */
    bool (*planned)(struct transaction *t);
    /* Nothing has come back yet; the body begins. */
    void (*reset)(struct transaction *t);
    /* Adds the statements that do the work, after the context; ends with transaction_add_end(). */
    void (*add)(struct transaction *t);
    /* Rows of any statement; those of an EXPLAIN are taken already. */
    void (*rows)(struct transaction *t, int stmt, const struct db_rows *rows);
    /* The job is held, which the owner may have wanted for itself: true, and he has added what goes on. NULL:
     * only keys hold. */
    bool (*held)(struct transaction *t);
    /* Whether what was done is a response. */
    bool (*ok)(const struct transaction *t);
    /* It is not: sends an error, or begins anew. What could be undone is. */
    void (*refuse)(struct transaction *t);
    /* Adds header lines and returns the status; SQL's own come afterwards. whole: all rows are there, and
     * x->body is to be ended; else they are still coming, and what depends on their number is left out. */
    int (*head)(struct transaction *t, bool whole);
    /* A guard (query/write.h) of the statement that failed has counted n rows: sends an error. */
    void (*guarded)(struct transaction *t, const struct db_error *error, uint64_t n);
    /* Whose lines the statement that failed is about, for the error's text; NULL: nobody's. */
    const struct cat_relation *(*lines)(const struct transaction *t, const struct db_error *error);
};

struct transaction {
    unsigned magic;
    const struct transaction_ops *ops;
    struct exchange *x;
    const struct catalog *cat;           /* held by the request */
    const struct cat_function *function; /* that is called; NULL: none */
    struct prefer honoured;              /* what Preference-Applied will say */
    struct query_error error;            /* of the plan */
    bool has_plan;
    bool read_only; /* it cannot write */
    bool session;   /* it may leave something behind in its session */
    bool guarded;   /* a statement may fail with WRITE_GUARD */
    bool foregone;  /* the response is the same whatever the database says: it is made beforehand */
    bool rollback;  /* nothing is to stay of it */
    bool asks;      /* SQL may say how the request is answered */
    bool many;      /* main may give more than one row */
    bool late;      /* the status depends on what comes after main's rows */
    bool at_work;   /* main is in the job */
    bool outgrown;  /* the response is too large to be kept for the key */
};

/* cat: the request's (statements_catalog()). */
void transaction_init(
    struct transaction *t, const struct transaction_ops *ops, struct exchange *x, const struct catalog *cat);
/* When the format is known: how it ends, and what every owner honours of the preferences; the owner adds his.
 */
void transaction_settle(struct transaction *t, bool has_max);
/* Reads the idempotency key and turns main into an EXPLAIN, where these were asked for. False: an error was
 * sent. */
NODISCARD bool transaction_prepare(struct transaction *t, struct plan_stmt *main);
/* The step: plans, submits, answers. */
enum step_result transaction_run(struct transaction *t);
/* Once more. */
void transaction_submit(struct transaction *t);

/* For ops->add(). */
void transaction_add_main(struct transaction *t, const struct plan_stmt *main,
    const struct cat_relation *const *tables, size_t ntables);
/* What comes after the owner's statements. */
void transaction_add_end(struct transaction *t);

#endif
