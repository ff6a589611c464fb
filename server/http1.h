/* http1: bytes in, requests out. llhttp splits the bytes; this module collects them into the request's arena,
 * applies the limits that llhttp does not have, and judges the head. It knows no socket: the owner feeds it
 * and acts on what it returns, which is at most one event per call, so that the owner decides after each
 * message whether to go on.
 *
 * SPDX-License-Identifier: ISC */
#ifndef SERVER_HTTP1_H
#define SERVER_HTTP1_H

#include "server/config.h"
#include "server/request.h"

#define HTTP1_MAGIC 0x68747031u

enum http1_event {
    HTTP1_MORE,    /* everything is consumed; feed more */
    HTTP1_MESSAGE, /* a request is complete; bytes may be left */
    HTTP1_FAILED   /* answer `status` with `message`, read no further */
};

/* A status of our own: a 503 because there is no memory. */
#define HTTP1_NO_MEMORY 507

struct http1;

struct http1_ops {
    /* First byte of a request: an empty one to fill. */
    struct request *(*begin)(struct http1 *h);
    /* The head is complete and valid; may answer already (discard), may lower or raise body_limit. */
    void (*head)(struct http1 *h, struct request *req);
};

struct http1 {
    unsigned magic;
    bool admin;                            /* a Host is not required there */
    _Alignas(8) unsigned char llhttp[128]; /* llhttp_t */
    const struct http1_ops *ops;
    const struct config *config; /* may be exchanged between requests */
    struct request *req;         /* being received; NULL between requests */
    /* The piece of the head that is being collected, in the request's arena. */
    char *piece;
    size_t piece_n, piece_cap;
    size_t headers_cap;
    size_t head_bytes, trailer_bytes, extension_bytes, blank_bytes;
    uint64_t body_bytes;
    bool head_done, unknown_method;
    bool scanned, cr; /* the head's line ends were all seen; the last byte was a CR */
    size_t line_n;    /* bytes of the line so far */
    char first[24];   /* first bytes of the message, to tell an unknown method from noise */
    uint8_t first_n;
    int status;
    const char *message;
};

void http1_init(struct http1 *h, const struct http1_ops *ops, const struct config *config, bool admin);
/* Consumes up to n bytes and returns how many; not after FAILED. */
NODISCARD size_t http1_feed(struct http1 *h, const char *p, size_t n, enum http1_event *event);

#endif
