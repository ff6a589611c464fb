/* options: taking options out of argv, and the configuration that most commands want.
 * SPDX-License-Identifier: ISC */
#include "cmd/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void take_out(int *argc, char **argv, int at, int n)
{
    memmove(argv + at, argv + at + n, sizeof *argv * (size_t)(*argc - at - n));
    *argc -= n;
}

bool option_take(int *argc, char **argv, const char *name, const char **value, bool *bad)
{
    size_t n = strlen(name);
    for (int i = 0; i < *argc; i++) {
        if (value && strncmp(argv[i], name, n) == 0 && argv[i][n] == '=') {
            *value = argv[i] + n + 1;
            take_out(argc, argv, i, 1);
            return true;
        }
        if (strcmp(argv[i], name) != 0)
            continue;
        if (value && i + 1 == *argc) {
            fprintf(stderr, "bobbin: %s wants a value behind it\n", name);
            *bad = true;
            return false;
        }
        if (value)
            *value = argv[i + 1];
        take_out(argc, argv, i, value ? 2 : 1);
        return true;
    }
    return false;
}

int option_rest(int argc, char **argv, int allowed, const char *command)
{
    if (argc <= allowed)
        return 0;
    fprintf(stderr, "bobbin: %s does not know \"%s\"; `bobbin help %s` tells its arguments\n", command,
        argv[allowed], command);
    return EXIT_USAGE;
}

const struct config *load_config_from(int *argc, char **argv, struct config_source *source, int *status)
{
    const char *path = NULL;
    bool bad = false;
    struct buf messages, unheeded;
    if (!option_take(argc, argv, "-c", &path, &bad))
        option_take(argc, argv, "--config", &path, &bad);
    if (bad) {
        *status = EXIT_USAGE;
        return NULL;
    }
    buf_init(&messages, 0);
    buf_init(&unheeded, 0);
    *source = (struct config_source){.path = path, .env = (const char *const *)environ};
    const struct config *c = config_load(source, &messages);
    if (c && config_without_effect(c, &unheeded))
        buf_printf(
            &messages, "bobbin: warning: no effect in this version: %.*s\n", STR_ARG(buf_str(&unheeded)));
    buf_release(&unheeded);
    if (buf_len(&messages))
        fwrite(buf_str(&messages).p, 1, buf_len(&messages), stderr);
    buf_release(&messages);
    *status = c ? 0 : EXIT_CONFIG;
    return c;
}

const struct config *load_config(int *argc, char **argv, int *status)
{
    struct config_source source;
    return load_config_from(argc, argv, &source, status);
}
