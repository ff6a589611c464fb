/* listener: binding, accepting, and refusing politely. Accepting is bounded per turn, so that a flood of
 * connections does not starve those that are there. SPDX-License-Identifier: ISC */
#include "server/listener.h"

#include "server/conn.h"
#include "server/server_impl.h"
#include "util/caller.h"
#include "util/check.h"
#include "util/mem.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define ACCEPTS_PER_TURN 16
/* What the kernel holds of a slow reader's answer; by default that grows to megabytes, and some hundreds of
 * slow readers take the memory of all sockets. */
#define UNSENT_BYTES (256 * 1024)
#define MAX_ADMIN 64u
/* Idle connections that a worker closes when the limit is near. */
#define SHED_AT_ONCE 8u

static void set(int fd, int level, int option, int value)
{
    (void)setsockopt(fd, level, option, &value, sizeof value);
}

/* Adds a bound socket. NODELAY and KEEPALIVE are inherited by what it accepts, which saves two calls a
 * connection. */
static bool add(struct server *s, int fd, bool admin, const char *path)
{
    const struct config *config = server_config(s);
    if (s->nlisteners == MAX_LISTENERS || listen(fd, (int)config->server_backlog) != 0)
        return false;
    struct listener *l = &s->listeners[s->nlisteners++];
    *l = (struct listener){.magic = LISTENER_MAGIC, .server = s, .fd = fd, .admin = admin};
    if (path)
        snprintf(l->path, sizeof l->path, "%s", path);
    return true;
}

static bool open_address(struct server *s, const struct addrinfo *ai, bool admin)
{
    int fd = socket(ai->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return false;
    set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    if (server_config(s)->server_reuseport && !admin)
        set(fd, SOL_SOCKET, SO_REUSEPORT, 1);
    set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    set(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, UNSENT_BYTES);
    if (bind(fd, ai->ai_addr, ai->ai_addrlen) == 0 && add(s, fd, admin, NULL))
        return true;
    int saved = errno;
    close(fd);
    errno = saved;
    return false;
}

/* PostgREST's special values: `*` and `*4` and `!4` and so on. */
static const char *real_host(struct str host, int *family)
{
    *family = AF_UNSPEC;
    if (str_eq(host, STR("*")))
        return "::";
    if (str_eq(host, STR("*4")) || str_eq(host, STR("!4")))
        return "0.0.0.0";
    if (str_eq(host, STR("*6")) || str_eq(host, STR("!6"))) {
        *family = AF_INET6;
        return "::";
    }
    return host.p;
}

bool listener_open_tcp(struct server *s, struct str host, uint64_t port, bool admin, char *error, size_t size)
{
    char service[8];
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV},
                    *all = NULL;
    const char *name = real_host(host, &hints.ai_family);
    unsigned before = s->nlisteners;
    snprintf(service, sizeof service, "%u", (unsigned)port);
    int r = getaddrinfo(name, service, &hints, &all);
    if (r != 0) {
        snprintf(error, size, "cannot find the address %s to listen on: %s", name, gai_strerror(r));
        return false;
    }
    errno = 0;
    for (const struct addrinfo *ai = all; ai; ai = ai->ai_next) {
        bool wanted = ai->ai_family == AF_INET || ai->ai_family == AF_INET6;
        if (wanted && !open_address(s, ai, admin) && errno == EADDRINUSE)
            break;
    }
    int saved = errno;
    freeaddrinfo(all);
    if (s->nlisteners > before && saved != EADDRINUSE)
        return true;
    snprintf(error, size, "cannot listen on %s port %u: %s%s", name, (unsigned)port, strerror(saved),
        saved == EADDRINUSE ? "; another process does, stop it or choose another server-port" : "");
    return false;
}

/* A socket file that nobody listens on is left over from a crash and is removed. */
static void remove_stale(const struct sockaddr_un *sun)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)sun, sizeof *sun) != 0 && errno == ECONNREFUSED)
        unlink(sun->sun_path);
    if (fd >= 0)
        close(fd);
}

bool listener_open_unix(
    struct server *s, struct str path, struct str mode, bool admin, char *error, size_t size)
{
    struct sockaddr_un sun = {.sun_family = AF_UNIX};
    if (path.n >= sizeof sun.sun_path) {
        snprintf(
            error, size, "the path of the unix socket is longer than %zu bytes", sizeof sun.sun_path - 1);
        return false;
    }
    memcpy(sun.sun_path, path.p, path.n);
    remove_stale(&sun);
    mode_t wanted = (mode_t)strtoul(mode.p, NULL, 8);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    /* The file is made with the mode of the socket, less the umask: at no time may more people open it than
     * shall. */
    if (fd >= 0 && fchmod(fd, wanted) == 0 && bind(fd, (struct sockaddr *)&sun, sizeof sun) == 0 &&
        chmod(sun.sun_path, wanted) == 0 && add(s, fd, admin, sun.sun_path))
        return true;
    snprintf(error, size, "cannot listen on the unix socket %s: %s", sun.sun_path, strerror(errno));
    if (fd >= 0)
        close(fd);
    return false;
}

/* sd_listen_fds(3): descriptors from 3 on, their names separated by colons. */
unsigned listener_inherit(struct server *s)
{
    const char *pid = getenv("LISTEN_PID"), *count = getenv("LISTEN_FDS");
    struct str names = str_cstr(getenv("LISTEN_FDNAMES")), name;
    unsigned taken = 0;
    uint64_t n = 0;
    if (!pid || strtol(pid, NULL, 10) != getpid() || !str_to_u64(str_cstr(count), &n))
        return 0;
    for (int fd = 3; fd < 3 + (int)MIN(n, MAX_LISTENERS); fd++) {
        bool admin = str_split(&names, ':', &name) && str_eq(name, STR("admin"));
        fcntl(fd, F_SETFD, FD_CLOEXEC);
        fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
        set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
        if (add(s, fd, admin, NULL)) {
            s->listeners[s->nlisteners - 1].inherited = true;
            taken++;
        }
    }
    unsetenv("LISTEN_PID");
    unsetenv("LISTEN_FDS");
    unsetenv("LISTEN_FDNAMES");
    return taken;
}

/* The peer as text, and the cell in which it is counted: an IPv4 address, or the /64 of an IPv6 one. */
static void describe(struct accepted *a, const struct sockaddr_storage *ss)
{
    const struct sockaddr_in *v4 = (const void *)ss;
    const struct sockaddr_in6 *v6 = (const void *)ss;
    struct str key = STR("unix");
    if (ss->ss_family == AF_INET) {
        inet_ntop(AF_INET, &v4->sin_addr, a->client, sizeof a->client);
        key = str_make((const char *)&v4->sin_addr, 4);
    } else if (ss->ss_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr)) {
        inet_ntop(AF_INET, &v6->sin6_addr.s6_addr[12], a->client, sizeof a->client);
        key = str_make((const char *)&v6->sin6_addr.s6_addr[12], 4);
    } else if (ss->ss_family == AF_INET6) {
        inet_ntop(AF_INET6, &v6->sin6_addr, a->client, sizeof a->client);
        key = str_make((const char *)&v6->sin6_addr, 8);
    } else {
        snprintf(a->client, sizeof a->client, "unix");
    }
    a->caller = caller_of(key);
}

/* Too many: says so and goes. What the peer has sent is read first, so that no reset overtakes the answer. */
static void refuse(struct server *s, int fd)
{
    static const char body[] = "{\"code\":\"BOBBIN503\",\"message\":\"The server cannot take this request "
                               "now\",\"details\":\"There are too many connections\",\"hint\":null}";
    char answer[512];
    int n = snprintf(answer, sizeof answer,
        "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json; charset=utf-8\r\nRetry-After: "
        "1\r\n"
        "X-Content-Type-Options: nosniff\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s",
        sizeof body - 1, body);
    char drop[4096];
    metric_inc(&s->workers[0].metrics, HTTP_REJECTED);
    (void)!send(fd, answer, (size_t)n, MSG_NOSIGNAL | MSG_DONTWAIT);
    shutdown(fd, SHUT_WR);
    for (int i = 0; i < 16 && recv(fd, drop, sizeof drop, MSG_DONTWAIT) > 0; i++)
        continue;
    close(fd);
}

static void shed_idle(struct worker *w, void *arg)
{
    (void)arg;
    atomic_store(&w->shedding, false);
    conn_close_idle(w, SHED_AT_ONCE);
}

/* Near the limit those who only keep a connection make room for those who need one. */
static void make_room(struct server *s)
{
    for (unsigned i = 0; i < s->nworkers; i++) {
        if (!atomic_exchange(&s->workers[i].shedding, true))
            worker_post(&s->workers[i], shed_idle, NULL);
    }
}

/* Whether the limits have room; if so, the connection is counted. */
static bool admit(struct server *s, struct accepted *a)
{
    const struct config *config = server_config(s);
    if (a->admin) {
        if (atomic_load(&s->admin_connections) >= MAX_ADMIN)
            return false;
        atomic_fetch_add(&s->admin_connections, 1);
        return true;
    }
    uint64_t limit = MIN(config->limit_connections, s->max_connections), now = atomic_load(&s->connections);
    if (now >= limit - limit / 16)
        make_room(s);
    if (now >= limit)
        return false;
    if (config->limit_connections_per_address &&
        atomic_load(&a->caller->connections) >= config->limit_connections_per_address)
        return false;
    a->counted = true;
    atomic_fetch_add(&s->connections, 1);
    atomic_fetch_add(&a->caller->connections, 1);
    return true;
}

static struct worker *least_loaded(struct server *s)
{
    unsigned start = s->deliver++ % s->nworkers;
    struct worker *best = &s->workers[start];
    for (unsigned i = 1; i < s->nworkers; i++) {
        struct worker *w = &s->workers[(start + i) % s->nworkers];
        if (atomic_load(&w->load) < atomic_load(&best->load))
            best = w;
    }
    return best;
}

static void on_delivered(struct worker *w, void *arg)
{
    struct accepted *a = arg;
    conn_create(w, a);
    mem_free(a);
}

static void deliver(struct server *s, const struct accepted *a)
{
    struct worker *w = a->admin ? &s->workers[0] : least_loaded(s);
    atomic_fetch_add(&w->load, a->counted);
    if (w->index == 0) {
        conn_create(w, a);
        return;
    }
    struct accepted *copy = MEM_NEW(struct accepted);
    *copy = *a;
    worker_post(w, on_delivered, copy);
}

/* No descriptor is left: gives up the reserve to take one connection off the queue and refuse it, and rests
 * until the next tick instead of spinning. */
static void out_of_files(struct listener *l)
{
    struct server *s = l->server;
    if (s->reserve_fd >= 0)
        close(s->reserve_fd);
    int fd = accept4(l->fd, NULL, NULL, SOCK_CLOEXEC);
    if (fd >= 0)
        refuse(s, fd);
    s->reserve_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    listener_pause(l);
}

/* One connection; false when there is none. */
static bool accept_one(struct listener *l)
{
    struct server *s = l->server;
    struct sockaddr_storage ss = {.ss_family = AF_UNSPEC};
    socklen_t size = sizeof ss;
    struct accepted a = {.admin = l->admin};
    a.fd = accept4(l->fd, (struct sockaddr *)&ss, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (a.fd < 0) {
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
            out_of_files(l);
        return errno == ECONNABORTED || errno == EINTR;
    }
    describe(&a, &ss);
    if (admit(s, &a)) {
        metric_add(&s->workers[0].metrics, HTTP_ACCEPTED, a.counted);
        deliver(s, &a);
    } else {
        refuse(s, a.fd);
    }
    return true;
}

static void on_acceptable(uv_poll_t *poll, int status, int events)
{
    struct listener *l;
    CAST_OBJ(l, poll->data, LISTENER_MAGIC);
    for (int i = 0; i < ACCEPTS_PER_TURN && accept_one(l); i++)
        continue;
}

void listener_start(struct listener *l)
{
    if (!l->opened) {
        CHECK(uv_poll_init(&l->server->workers[0].loop, &l->poll, l->fd) == 0);
        l->poll.data = l;
        l->opened = true;
    }
    if (!l->active)
        CHECK(uv_poll_start(&l->poll, UV_READABLE, on_acceptable) == 0);
    l->active = true;
}

void listener_pause(struct listener *l)
{
    if (l->active)
        uv_poll_stop(&l->poll);
    l->active = false;
}

static void on_closed(uv_handle_t *handle)
{
    struct listener *l;
    CAST_OBJ(l, handle->data, LISTENER_MAGIC);
    l->opened = false;
}

/* Drops SYNs and lets everything else through: whoever has begun to connect gets through the handshake. (What
 * is filtered begins with the TCP header: byte 13 holds the flags, RFC 9293 section 3.1. Accepted sockets
 * inherit the filter, and never get a SYN.) */
static void drop_syns(int fd)
{
    static struct sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 13),
        BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0x12),    /* SYN, ACK */
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 2, 0, 1), /* SYN alone */
        BPF_STMT(BPF_RET | BPF_K, 0),
        BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
    };
    struct sock_fprog filter = {ARRAY_LEN(program), program};
    (void)setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter);
}

/* Once: what is bound there later is our successor's. */
static void remove_path(struct listener *l)
{
    if (l->path[0])
        unlink(l->path);
    l->path[0] = '\0';
}

void listener_deafen(struct listener *l)
{
    /* Others may hold an inherited socket too: then its queue is theirs. */
    if (l->fd < 0 || l->inherited)
        return;
    if (l->path[0])
        remove_path(l);
    else
        drop_syns(l->fd);
}

void listener_close(struct listener *l)
{
    if (l->fd < 0)
        return;
    listener_pause(l);
    while (l->opened && !l->inherited && accept_one(l))
        continue;
    remove_path(l);
    if (l->opened)
        uv_close((uv_handle_t *)&l->poll, on_closed);
    close(l->fd);
    l->fd = -1;
}

unsigned listener_port(const struct listener *l)
{
    struct sockaddr_storage ss = {.ss_family = AF_UNSPEC};
    socklen_t size = sizeof ss;
    if (getsockname(l->fd, (struct sockaddr *)&ss, &size) != 0)
        return 0;
    if (ss.ss_family == AF_INET6)
        return ntohs(((const struct sockaddr_in6 *)(const void *)&ss)->sin6_port);
    return ss.ss_family == AF_INET ? ntohs(((const struct sockaddr_in *)(const void *)&ss)->sin_port) : 0;
}
