/* worker: one thread, one libuv loop, its connections and its part of the application. Workers share nothing
 * but immutable snapshots; they talk by worker_post(). The application is given as a table of functions, so
 * that server/ knows no endpoint. SPDX-License-Identifier: ISC */
#ifndef SERVER_WORKER_H
#define SERVER_WORKER_H

#include "server/request.h"

#include <uv.h>

struct config;
struct server;
struct worker;

/* What head() decides. REFUSED: it has sent a response already (e.g. 404, 401); the server drains or closes
 * by itself. WAIT: it cannot tell yet and will call request_head_decided(). Meanwhile nothing more is read
 * from the connection than what came together with the head, and request() is not called. The server may have
 * to respond itself meanwhile (a malformed body: response.state tells), and the client may leave: a request
 * that waits is freed with its connection unless it has an on_abort, so register a dispose hook. After
 * timeout-header the server responds with 503. */
enum head_verdict { HEAD_READ_BODY, HEAD_REFUSED, HEAD_WAIT };

struct app {
    unsigned threads; /* loops to start; 0: as server-threads says */
    /* Per worker, on its thread: at start (its result is worker_app()), when the process drains, at the end.
     * app_stop may be asynchronous: it calls done(arg) when everything is closed. */
    void *(*start)(struct worker *w, void *arg);
    void (*stop)(void *app, void (*done)(void *arg), void *arg);
    void (*free)(void *app);
    /* The head is complete and valid. *body_limit comes in as limit-body and may be changed (0: no body
     * allowed). */
    enum head_verdict (*head)(struct request *req, uint64_t *body_limit);
    /* Head and body are complete. */
    void (*request)(struct request *req);
    /* The head of an answer is about to be put together, whoever made it: the last moment to add headers. */
    void (*headers)(struct request *req);
    /* The answer is complete or given up: the place for the access log and counters. */
    void (*finish)(struct request *req);
    /* The worker has a new configuration, between two turns; worker_config() is the new one already. */
    void (*configure)(void *app, const struct config *config);
    /* End of a loop turn, before output is flushed: send what was queued for the database, Redis, ... */
    void (*flush)(void *app);
    /* Requests of the admin listener, same contract as request(). */
    void (*admin)(struct request *req);
    /* An error that the server itself answers (400, 408, 413, 414, 431, 501, 503, 505): writes headers and
     * body. 507 says that there is no memory; it is sent as 503. */
    void (*error)(struct request *req, int status, struct str message, struct buf *body);
    void *arg;
};

/* Ends a HEAD_WAIT, from a callback of the request's loop: READ_BODY, or REFUSED when the response is there.
 */
void request_head_decided(struct request *req, enum head_verdict verdict, uint64_t body_limit);

void *worker_app(const struct worker *w);
uv_loop_t *worker_loop(struct worker *w);
unsigned worker_index(const struct worker *w);
struct server *worker_server(const struct worker *w);
/* The configuration as this worker sees it; a reload exchanges it between two turns, so do not keep the
 * pointer. */
const struct config *worker_config(const struct worker *w);
/* Milliseconds of the monotonic clock, updated once per turn. */
uint64_t worker_now_ms(const struct worker *w);
/* Runs fn(w, arg) on w's thread in one of its next turns. From any thread. */
void worker_post(struct worker *w, void (*fn)(struct worker *w, void *arg), void *arg);

#endif
