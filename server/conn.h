/* conn: one client connection, from accept to close, owned by its worker's thread. It feeds the parser, keeps
 * the pipeline of requests in order, writes their answers, and enforces the time limits. An idle connection
 * holds this struct and nothing else: input goes through the worker's buffer, requests come from the worker's
 * stock.
 *
 *     OPEN -> LINGER (our FIN is out, input is dropped until theirs, 1 s at most) -> CLOSED (freed by the
 * close callback)
 *
 * A connection that is lost is only marked; conn_reap(), on a fresh stack at the end of the loop turn, tells
 * the application and closes. So no function of server/ calls back into a handler that is calling it.
 *
 * A request without on_abort may outlive its connection, in LINGER and in CLOSED: whatever it then does with
 * its response wakes the connection, which throws both away. SPDX-License-Identifier: ISC */
#ifndef SERVER_CONN_H
#define SERVER_CONN_H

#include "server/deadline.h"
#include "server/http1.h"
#include "server/io.h"
#include "util/metrics.h"

#include <uv.h>

#define CONN_MAGIC 0x636f6e6eu

/* LINGER: our FIN is sent, input is dropped until the peer's. ENDED: nothing is left but to close it, in its
 * turn. */
enum conn_state { CONN_OPEN, CONN_LINGER, CONN_ENDED, CONN_CLOSED };

/* How a client takes the oldest response, from the moment at which its socket was full for the first time. */
struct taking {
    uint64_t began_ms;     /* first byte of the response */
    uint64_t since_ms;     /* first time that the socket was full; 0: never */
    uint64_t waited_ms;    /* sum of the stretches for which it was full, but for the present one */
    uint64_t full_ms;      /* beginning of the latest stretch */
    uint64_t given;        /* bytes that the kernel took since `since_ms` */
    uint64_t queue, first; /* bytes in the kernel that the peer does not have: at full_ms, at since_ms */
};

struct conn {
    unsigned magic;
    enum conn_state state;
    struct worker *worker;
    struct list link; /* all of the worker's */
    struct list
        dirty; /* those with something to do at the end of the turn; of an ended one: in worker.ended */
    uv_poll_t poll;
    struct io io;
    struct http1 http1;
    struct list requests;        /* oldest first; answers leave in this order */
    unsigned nrequests, nunsafe; /* nunsafe: started ones that may change something */
    struct request *waiting;     /* complete, but must not overtake an earlier one */
    size_t queued;               /* bytes of complete answers that the kernel does not have yet */
    size_t expected;             /* bytes of a response, as this connection's were lately; 0: had none */
    struct buf stash;            /* input that came while it could not be worked on */
    struct deadline read_deadline, write_deadline;
    struct taking taking;
    int events; /* what the loop watches for */
    struct caller *caller;
    caller_rate rate;  /* the application's, see struct request */
    uint64_t lingered; /* bytes dropped */
    bool admin;
    bool secure;  /* by TLS */
    bool counted; /* in the limits */
    bool last;    /* no further request is read */
    bool eof;     /* the peer's FIN was read */
    bool fin;     /* the peer's FIN is there; input may stand before it */
    bool blocked; /* the socket takes nothing now */
    bool lost;    /* to be reaped */
    bool staged;  /* close by FIN and linger: the peer may still be sending */
    bool served;  /* a request was answered: what follows is keep-alive */
    bool handle_closed;
    char client[48];
};

struct accepted {
    int fd;
    struct caller *caller;
    bool admin, counted, secure;
    char client[48];
};

/* Takes the socket; on the worker's thread. */
void conn_create(struct worker *w, const struct accepted *accepted);
/* A response of n bytes was produced; SIZE_MAX: a stream. */
void conn_learn_size(struct conn *c, size_t n);
/* Something changed that the end of the turn must see: an answer, a piece of one. */
void conn_wake(struct conn *c);
/* Writes what can be written, finishes requests, goes on reading. */
void conn_flush(struct conn *c);
/* The connection is useless from now on. May be called from anywhere on the thread. */
void conn_lose(struct conn *c);
/* Brings what is watched and what is timed in line with the state. */
void conn_update(struct conn *c);
/* Closes one that has ended. */
void conn_close(struct conn *c);
/* Tells the application and closes; only at the end of a turn. */
void conn_reap(struct conn *c);
/* A deadline of this connection has passed. */
void conn_expire(struct conn *c, struct deadline *d);
/* Counts why the server ends this connection. */
void conn_count_cut(const struct conn *c, enum metric_cut why);
/* The minimum body rate, once a second for connections that are sending a body. */
void conn_check_rate(struct conn *c, uint64_t now);
/* Closes up to n connections that have been without a request for longest, but not those of the last second.
 */
void conn_close_idle(struct worker *w, unsigned n);
/* No further requests; closes when idle. */
void conn_drain(struct conn *c);
/* End of the drain: answers 503 what is not answered yet. */
void conn_give_up(struct conn *c);
/* No request stands behind this one in its pipeline. */
bool conn_is_newest(const struct request *req);

#endif
