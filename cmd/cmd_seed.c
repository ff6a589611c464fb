/* cmd_seed: the demo data, with a bar that moves and a Ctrl-C that does no harm. SPDX-License-Identifier: ISC
 */
#include "cmd/commands.h"
#include "schema/seed.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

/* For the signal handler alone. */
static struct seed *running;

static void on_signal(int signum)
{
    (void)signum;
    seed_stop(running);
}

static int run(struct session *session, struct session *second, const char *scale)
{
    struct buf error;
    struct seed seed = {.session = session,
        .second = second,
        .scale = scale,
        .files = demo_files,
        .nfiles = demo_files_count,
        .out = stdout,
        .terminal = isatty(STDOUT_FILENO),
        .error = &error};
    struct sigaction action = {.sa_handler = on_signal};
    buf_init(&error, 0);
    running = &seed;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    enum seed_result result = seed_run(&seed);
    if (buf_len(&error) > 0)
        fprintf(stderr, "bobbin: %.*s\n", STR_ARG(buf_str(&error)));
    buf_release(&error);
    return result == SEED_OK ? 0 : result == SEED_BAD_SCALE ? EXIT_USAGE : EXIT_FAILED;
}

int cmd_seed(int argc, char **argv)
{
    const char *uri = NULL, *scale = "small";
    bool bad = false;
    int status;
    option_take(&argc, argv, "--scale", &scale, &bad);
    option_take(&argc, argv, "--db", &uri, &bad);
    const struct config *c = bad ? NULL : load_config(&argc, argv, &status);
    if (!c)
        return bad ? EXIT_USAGE : status;
    status = option_rest(argc, argv, 0, "seed");
    if (status == 0) {
        struct session *s = session_open(uri ? uri : c->db_uri.p, "bobbin seed");
        struct session *second = session_open(uri ? uri : c->db_uri.p, "bobbin seed");
        if (session_ok(s)) {
            /* Without a second connection it takes longer. */
            status = run(s, session_ok(second) ? second : NULL, scale);
        } else {
            fprintf(stderr, "bobbin: %s\n", session_error(s));
            status = EXIT_FAILED;
        }
        session_close(&second);
        session_close(&s);
    }
    config_unref(c);
    return status;
}
