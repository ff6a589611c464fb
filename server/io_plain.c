/* io_plain: the socket as it is. SPDX-License-Identifier: ISC */
#include "server/io.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

static ssize_t plain_read(struct io *io, char *p, size_t n)
{
    ssize_t r;
    do
        r = recv(io->fd, p, n, 0);
    while (r < 0 && errno == EINTR);
    return r < 0 ? -errno : r;
}

/* send() for the usual answer, which is one piece: it is cheaper than sendmsg(). */
static ssize_t plain_writev(struct io *io, const struct iovec *iov, int n)
{
    struct msghdr msg = {.msg_iov = (struct iovec *)iov, .msg_iovlen = (size_t)n};
    ssize_t r;
    do
        r = n == 1 ? send(io->fd, iov->iov_base, iov->iov_len, MSG_NOSIGNAL)
                   : sendmsg(io->fd, &msg, MSG_NOSIGNAL);
    while (r < 0 && errno == EINTR);
    return r < 0 ? -errno : r;
}

static void plain_shutdown(struct io *io)
{
    shutdown(io->fd, SHUT_WR);
}

static void plain_release(struct io *io)
{
    io->state = NULL;
}

const struct io_ops io_plain = {plain_read, plain_writev, plain_shutdown, plain_release};
