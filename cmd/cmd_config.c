/* cmd_config: check-config, dump-config, example-config. SPDX-License-Identifier: ISC */
#include "cmd/commands.h"
#include "db/session.h"

static int try_connection(const struct config *config)
{
    struct session *s = session_open(config->db_uri.p, "bobbin check-config");
    bool ok = session_ok(s);
    if (ok)
        printf("the database answers: PostgreSQL %d\n", session_server_version(s) / 10000);
    else
        fprintf(stderr, "bobbin: db-uri: %s\n", session_error(s));
    session_close(&s);
    return ok ? 0 : EXIT_FAILED;
}

int cmd_check_config(int argc, char **argv)
{
    bool bad = false, connect = option_take(&argc, argv, "--connect", NULL, &bad);
    int status;
    const struct config *c = load_config(&argc, argv, &status);
    if (!c)
        return status;
    status = option_rest(argc, argv, 0, "check-config");
    if (status == 0 && !check_derived(c))
        status = EXIT_CONFIG;
    if (status == 0) {
        puts("the configuration is good");
        status = connect ? try_connection(c) : 0;
    }
    config_unref(c);
    return status;
}

int cmd_dump_config(int argc, char **argv)
{
    int status;
    const struct config *c = load_config_with_database(&argc, argv, &status);
    if (!c)
        return status;
    status = option_rest(argc, argv, 0, "dump-config");
    if (status == 0)
        config_dump(stdout, c);
    config_unref(c);
    return status;
}

int cmd_example_config(int argc, char **argv)
{
    int status = option_rest(argc, argv, 0, "example-config");
    if (status == 0)
        config_example(stdout);
    return status;
}
