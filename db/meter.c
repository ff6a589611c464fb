/* meter: the recv() of this program. SPDX-License-Identifier: ISC */
#include "db/meter.h"

#include "util/check.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static _Thread_local struct meter *running;

void meter_start(struct meter *m, size_t most)
{
    CHECK(running == NULL);
    *m = (struct meter){.most = most};
    running = m;
}

void meter_stop(struct meter *m)
{
    CHECK(running == m);
    running = NULL;
}

static ssize_t metered(int fd, void *p, size_t n, int flags)
{
    struct meter *m = running;
    if (m->taken >= m->most) {
        errno = EAGAIN;
        return -1;
    }
    ssize_t got = syscall(SYS_recvfrom, fd, p, MIN(n, m->most - m->taken), flags, NULL, NULL);
    if (got > 0 && !(flags & MSG_PEEK))
        m->taken += (size_t)got;
    return got;
}

/* In place of the C library's, for this program and for the libraries that it has loaded. */
__attribute__((visibility("default"))) ssize_t recv(int fd, void *p, size_t n, int flags)
{
    return running ? metered(fd, p, n, flags) : syscall(SYS_recvfrom, fd, p, n, flags, NULL, NULL);
}
