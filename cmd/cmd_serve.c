/* cmd_serve: configuration, server and handlers put together. SPDX-License-Identifier: ISC */
#include "cache/redis_uri.h"
#include "cmd/commands.h"
#include "handlers/app.h"
#include "handlers/settings.h"
#include "util/log.h"

#include <stdio.h>
#include <unistd.h>

/* Longest wait at the end for whoever reads the log. */
#define LOG_STOP_MS 1000

static bool check_keys(const struct config *c)
{
    char error[256];
    struct jwt *jwt = settings_jwt_create(c, error, sizeof error);
    if (!jwt) {
        fprintf(stderr, "bobbin: %s\n", error);
        return false;
    }
    jwt_free(&jwt);
    return true;
}

static bool check_redis(const struct config *c)
{
    struct redis_uri uri;
    struct arena a;
    const char *why = NULL;
    arena_init(&a, 0);
    bool ok = c->redis_uri.n == 0 || redis_uri_parse(&uri, &a, c->redis_uri, &why);
    if (!ok)
        fprintf(stderr, "bobbin: redis-uri: %s\n", why);
    arena_release(&a);
    return ok;
}

bool check_derived(const struct config *c)
{
    bool keys = check_keys(c), redis = check_redis(c);
    return keys && redis;
}

static int run(const struct config *config, const struct config_source *source)
{
    char error[512];
    struct app_shared *shared = app_shared_create(config, source);
    struct app table = app_table(shared, config);
    struct server *server = server_create(config, &table);
    int status = EXIT_FAILED;
    shared->server = server;
    if (server_listen(server, error, sizeof error)) {
        LOG(SERVER_STARTED, log_str("host", config->server_host), log_u64("port", config->server_port),
            log_u64("threads", server_nworkers(server)), log_cstr("version", BOBBIN_VERSION));
        status = server_run(server);
        LOG(SERVER_STOPPED, log_u64("status", (uint64_t)status));
    } else {
        fprintf(stderr, "bobbin: %s\n", error);
    }
    server_free(&server);
    app_shared_free(&shared);
    return status;
}

int cmd_serve(int argc, char **argv)
{
    int status;
    struct config_source source;
    const struct config *config = load_config_from(&argc, argv, &source, &status);
    if (!config)
        return status;
    status = option_rest(argc, argv, 0, "serve");
    if (status == 0 && !check_derived(config))
        status = EXIT_CONFIG;
    if (status == 0) {
        log_start(&(struct log_options){.level = (enum log_level)config->log_level,
            .format = (enum log_format)config->log_format,
            .fd = STDERR_FILENO});
        status = run(config, &source);
        log_stop(LOG_STOP_MS);
    }
    config_unref(config);
    return status;
}
