/* cmd_migrate: migrate up, down, status. SPDX-License-Identifier: ISC */
#include "cmd/commands.h"
#include "schema/migrate.h"

#include <stdio.h>
#include <string.h>

/* Whether a status with pending migrations is a failure is for scripts to decide: it has a status of its own.
 */
#define EXIT_PENDING 3

static int exit_status(enum migrate_result result, struct buf *error)
{
    if (buf_len(error) > 0)
        fprintf(stderr, "bobbin: %.*s\n", STR_ARG(buf_str(error)));
    if (result == MIGRATE_PENDING)
        return EXIT_PENDING;
    return result == MIGRATE_OK ? 0 : EXIT_FAILED;
}

/* "down" undoes one, "down N" so many, "down --all" everything. */
static bool read_count(int argc, char **argv, bool all, unsigned *count)
{
    uint64_t n = 1;
    if (all)
        n = MIGRATE_ALL;
    else if (argc > 1 && (!str_to_u64(str_cstr(argv[1]), &n) || n == 0 || n >= MIGRATE_ALL))
        return false;
    *count = (unsigned)n;
    return true;
}

static int run(struct session *s, const struct migrations *set, const char *action, unsigned count)
{
    struct buf error;
    enum migrate_result result;
    buf_init(&error, 0);
    if (strcmp(action, "up") == 0)
        result = migrate_up(s, set, stdout, &error);
    else if (strcmp(action, "down") == 0)
        result = migrate_down(s, set, count, stdout, &error);
    else
        result = migrate_status(s, set, stdout, &error);
    int status = exit_status(result, &error);
    buf_release(&error);
    return status;
}

static int connect_and_run(const char *uri, const struct migrations *set, const char *action, unsigned count)
{
    struct session *s = session_open(uri, "bobbin migrate");
    int status = EXIT_FAILED;
    if (session_ok(s))
        status = run(s, set, action, count);
    else
        fprintf(stderr, "bobbin: %s\n", session_error(s));
    session_close(&s);
    return status;
}

static int with_set(const char *dir, const char *uri, const char *action, unsigned count)
{
    struct migrations set;
    struct buf error;
    int status = EXIT_FAILED;
    bool ok = true;
    buf_init(&error, 0);
    if (dir)
        ok = migrations_init_directory(&set, dir, &error);
    else
        migrations_init_embedded(&set);
    if (ok)
        status = connect_and_run(uri, &set, action, count);
    else
        fprintf(stderr, "bobbin: %.*s\n", STR_ARG(buf_str(&error)));
    migrations_release(&set);
    buf_release(&error);
    return status;
}

static bool is_action(const char *word)
{
    return strcmp(word, "up") == 0 || strcmp(word, "down") == 0 || strcmp(word, "status") == 0;
}

int cmd_migrate(int argc, char **argv)
{
    const char *uri = NULL, *dir = NULL;
    bool bad = false, all = option_take(&argc, argv, "--all", NULL, &bad);
    int status;
    unsigned count;
    option_take(&argc, argv, "--db", &uri, &bad);
    option_take(&argc, argv, "--dir", &dir, &bad);
    const struct config *c = bad ? NULL : load_config(&argc, argv, &status);
    if (!c)
        return bad ? EXIT_USAGE : status;
    if (argc < 1 || !is_action(argv[0]) || !read_count(argc, argv, all, &count)) {
        fputs("bobbin: migrate wants `up`, `down [N|--all]` or `status`\n", stderr);
        status = EXIT_USAGE;
    } else {
        status = option_rest(argc, argv, strcmp(argv[0], "down") == 0 ? 2 : 1, "migrate");
        if (status == 0)
            status = with_set(dir, uri ? uri : c->db_uri.p, argv[0], count);
    }
    config_unref(c);
    return status;
}
