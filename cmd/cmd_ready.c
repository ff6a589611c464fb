/* cmd_ready: one request to the admin listener, for container health checks. SPDX-License-Identifier: ISC */
#include "cmd/commands.h"

#include <netdb.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define READY_TIMEOUT_S 5

/* Wildcard addresses are for listening; the probe goes to the loopback. */
static const char *host_to_ask(const char *host)
{
    if (strcmp(host, "0.0.0.0") == 0 || strcmp(host, "*") == 0 || strcmp(host, "!4") == 0 ||
        strcmp(host, "*4") == 0)
        return "127.0.0.1";
    return strcmp(host, "::") == 0 || strcmp(host, "!6") == 0 || strcmp(host, "*6") == 0 ? "::1" : host;
}

static int connect_to(const char *host, const char *port)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list;
    struct timeval limit = {.tv_sec = READY_TIMEOUT_S};
    int fd = -1;
    if (getaddrinfo(host_to_ask(host), port, &hints, &list) != 0)
        return -1;
    for (struct addrinfo *a = list; a && fd < 0; a = a->ai_next) {
        fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd < 0)
            continue;
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
        if (connect(fd, a->ai_addr, a->ai_addrlen) != 0) {
            close(fd);
            fd = -1;
        }
    }
    freeaddrinfo(list);
    return fd;
}

static bool ask(int fd, char *answer, size_t size)
{
    static const char request[] = "GET /ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    size_t n = 0;
    ssize_t r = 0;
    if (send(fd, request, sizeof request - 1, MSG_NOSIGNAL) != (ssize_t)sizeof request - 1)
        return false;
    while (n < size - 1 && (r = recv(fd, answer + n, size - 1 - n, 0)) > 0)
        n += (size_t)r;
    answer[n] = '\0';
    return n > 0;
}

/* Prints the answer's body when it is a refusal, so that a health log says why. */
static int judge(const char *answer)
{
    const char *body = strstr(answer, "\r\n\r\n");
    if (strncmp(answer, "HTTP/1.1 200", 12) == 0)
        return 0;
    fprintf(stderr, "bobbin: not ready: %s", body ? body + 4 : answer);
    return EXIT_FAILED;
}

int cmd_ready(int argc, char **argv)
{
    char port[24], answer[4096];
    int status;
    const struct config *c = load_config(&argc, argv, &status);
    if (!c)
        return status;
    snprintf(port, sizeof port, "%llu", (unsigned long long)c->admin_server_port);
    int fd = connect_to(c->admin_server_host.p, port);
    config_unref(c);
    if (fd < 0 || !ask(fd, answer, sizeof answer)) {
        fprintf(stderr, "bobbin: nothing answers on the admin port %s\n", port);
        status = EXIT_FAILED;
    } else {
        status = judge(answer);
    }
    if (fd >= 0)
        close(fd);
    return status;
}
