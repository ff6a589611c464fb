/* server: listeners, workers, signals, drain. One process owns the listening sockets; accepted connections go
 * to the worker that has the fewest. server_run() returns after a graceful stop. SPDX-License-Identifier: ISC
 */
#ifndef SERVER_SERVER_H
#define SERVER_SERVER_H

#include "server/config.h"
#include "server/worker.h"

struct server;

NODISCARD struct server *server_create(const struct config *config, const struct app *app);
/* Takes over the sockets that systemd passed on (sd_listen_fds), else binds and listens; false with a
 * sentence in `error` (size bytes). */
NODISCARD bool server_listen(struct server *s, char *error, size_t size);
/* Runs worker 0 on the calling thread, the others on their own; returns the exit status after the drain. */
int server_run(struct server *s);
void server_free(struct server **s);

/* On worker 0's thread, or while nothing runs; elsewhere worker_config(). Valid until the next reload. */
const struct config *server_config(const struct server *s);
/* Takes over a reloaded configuration (its reloadable keys are what the caller checked); on worker 0's
 * thread. */
void server_set_config(struct server *s, const struct config *config);
/* The port of the first listener of that kind; 0 when there is none. */
unsigned server_port(const struct server *s, bool admin);

struct server_stats {
    uint64_t connections, admin_connections; /* now */
    uint64_t refused, requests, timeouts;    /* since the start */
};
/* From any thread. */
void server_stats(const struct server *s, struct server_stats *stats);

unsigned server_nworkers(const struct server *s);
struct worker *server_worker(struct server *s, unsigned index);
bool server_draining(const struct server *s);
/* Age in ms of the least recent sign of life of any loop: what /livez judges. */
uint64_t server_slowest_loop_ms(const struct server *s);
/* SIGUSR1, SIGUSR2 and SIGHUP end here, on worker 0's thread. */
void server_on_reload(struct server *s, void (*fn)(void *arg, int signum), void *arg);
/* Begins the graceful stop, as SIGINT does; the process ends with that status. From any thread. */
void server_stop(struct server *s, int status);

#endif
