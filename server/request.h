/* request: one HTTP request from its first header byte to the last byte of its answer. Owned by its
 * connection's thread from accept to finish; everything it allocates lives in its arena, foreign resources
 * register an arena_on_dispose() hook. Slices point into the arena. Header names are as received; compare
 * without case.
 *
 *     conn/http1 fill it -> app->head() -> [body] -> app->request() -> response_* (now or in a later loop
 * turn)
 *
 * SPDX-License-Identifier: ISC */
#ifndef SERVER_REQUEST_H
#define SERVER_REQUEST_H

#include "server/headers.h"
#include "util/arena.h"
#include "util/blob.h"
#include "util/buf.h"
#include "util/caller.h"
#include "util/list.h"
#include "util/str.h"

struct conn;
struct worker;
struct request;
struct generator;

#define REQUEST_MAGIC 0x72657121u

/* The methods we answer; anything else llhttp knows is HTTP_OTHER (405 or 501). */
enum http_method {
    HTTP_GET_,
    HTTP_HEAD_,
    HTTP_POST_,
    HTTP_PUT_,
    HTTP_PATCH_,
    HTTP_DELETE_,
    HTTP_OPTIONS_,
    HTTP_OTHER_
};

struct header {
    struct str name, value; /* value without the blanks around it */
};

/* HEAD: the status is known, the body comes by generator; DONE: nothing will be added; SENT: the kernel has
 * it all. */
enum response_state { RESPONSE_NONE, RESPONSE_HEAD, RESPONSE_BODY, RESPONSE_DONE, RESPONSE_SENT };

struct response {
    enum response_state state;
    int status;
    struct headers headers; /* what the handler says: with status and body it may be kept, and said again */
    struct headers own;     /* of this request alone, added as the head leaves: CORS, Vary, tracing, timing */
    struct blob *shared;    /* the body, where others hold it too; else NULL */
    size_t shared_at;       /* bytes of it that the kernel has */
    struct buf body;   /* of a buffered answer: taken from the handler; of a stream: the chunk on the wire */
    struct str reason; /* the handler's phrase; empty: the standard one */
    bool close;        /* close the connection afterwards */
    uint64_t bytes_sent; /* body bytes given to the kernel */
    struct generator *generator;
    /* The rest is the server's own. */
    struct buf wire;    /* status line and headers, then framing, as they go out */
    struct buf pending; /* of a stream: what becomes the next chunk */
    bool streaming, chunked, asked, terminated;
    char tail[8]; /* what ends the chunk on the wire */
    uint8_t tail_n, tail_at;
};

struct request {
    unsigned magic;
    struct list link; /* in its connection's pipeline */
    struct arena arena;
    struct conn *conn;
    struct worker *worker;
    uint64_t id;         /* process-wide, for logs */
    uint64_t started_ns; /* monotonic, first byte of the head */
    enum http_method method;
    struct str method_name;
    uint8_t http_minor;
    bool keep_alive;
    struct str target; /* as on the request line */
    struct str path;   /* raw, still percent-encoded (validated), begins with '/', or "*" for OPTIONS */
    struct str query;  /* raw, without '?', validated percent-encoding */
    struct str host;   /* of the target when that is absolute, else of the Host header */
    struct header *headers;
    size_t nheaders;
    uint64_t content_length; /* UINT64_MAX: chunked */
    bool has_body;
    struct buf body; /* complete when app->request() is called */
    struct response response;
    char client[48];       /* textual address of the peer; "unix" for a unix socket */
    struct caller *caller; /* who is charged; never NULL for a request of a connection */
    caller_rate *rate;     /* of its connection, for the application to use */
    /* The layer above: its state (in the arena), and what to do when the client leaves before the answer is
     * complete. on_abort runs at most once, never after response completion; the request is freed when it
     * returns. A request without on_abort stays until it is answered, even if nobody is there to read that.
     */
    void *app;
    void (*on_abort)(struct request *req);
    /* The rest is the server's own. */
    uint64_t body_limit;
    size_t charged;     /* bytes that the budget knows, see request_settle() */
    bool secure;        /* came by TLS */
    bool seen;          /* the application knows it: finish() will be called */
    bool received;      /* head and body are here */
    bool started;       /* given to app->request() */
    bool discard;       /* answered early: its body is read and dropped */
    bool head_waits;    /* the application has not decided on the head yet */
    bool want_continue; /* the client waits for 100 before it sends the body */
    bool aborted;       /* the client left before the answer was complete */
    bool pinned;        /* another thread reads it: it is not freed before that ends */
};

/* Value of the first header of that name; empty when absent (p == NULL). */
struct str request_header(const struct request *req, struct str name);
/* Bytes a second that the client took of the response that is being sent, over the time that something waited
 * for it; UINT64_MAX when nothing has, or when an earlier response is being sent. A system call: to choose
 * the slowest of some streams, not for each piece. */
uint64_t request_take_rate(const struct request *req);
/* How many headers have that name. */
size_t request_header_count(const struct request *req, struct str name);

/* Keeps the request in memory whatever becomes of its client, while another thread reads it. Afterwards: true
 * when it is still to be answered; false when the server has answered it, or freed it will be, since the
 * client left before it was given to app->request(). */
void request_pin(struct request *req);
NODISCARD bool request_unpin(struct request *req);

/* For server/ only. A request of the worker's, empty; and back to it, dispose hooks run. */
struct request *request_take(struct worker *w);
void request_give(struct request *req);
void request_free(struct request *req);
/* Brings the budget in line with the memory of body and response, after a change of either. */
void request_settle(struct request *req);
/* Judges the received head and fills path, query, host, content_length, has_body: 0, or a status and a
 * sentence. */
int request_judge(struct request *req, bool need_host, const char **message);

#endif
