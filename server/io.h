/* io: the four functions between a connection and its socket. Nobody above knows whether TLS is in between.
 * Results: bytes moved; 0 from read is the peer's end; -EAGAIN when nothing can move now (`wants` says for
 * what to wait); other negative values are errnos, and the connection is lost. SPDX-License-Identifier: ISC
 */
#ifndef SERVER_IO_H
#define SERVER_IO_H

#include "util/base.h"

#include <sys/types.h>
#include <sys/uio.h>

struct io;

struct io_ops {
    ssize_t (*read)(struct io *io, char *p, size_t n);
    ssize_t (*writev)(struct io *io, const struct iovec *iov, int n);
    /* No more output: FIN, with TLS after close_notify. */
    void (*shutdown)(struct io *io);
    /* Frees `state`; the socket is the connection's. */
    void (*release)(struct io *io);
};

struct io {
    const struct io_ops *ops;
    int fd;
    void *state; /* of the TLS session */
};

extern const struct io_ops io_plain;

#endif
