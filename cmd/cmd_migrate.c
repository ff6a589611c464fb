/* cmd_migrate: migrate up, down, status. SPDX-License-Identifier: ISC */
#include "cmd/commands.h"
#include "schema/migrate.h"
#include "util/mem.h"

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

/* What there is to do, as the command line says. */
struct order {
    const char *action, *uri, *dir, *grant;
    bool own; /* only what the server itself needs */
    unsigned count;
};

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

/* Lets the login role of a server keep answers. */
static int grant(struct session *s, const char *role)
{
    static const char sql[] =
        "select format('grant usage on schema bobbin to %1$I; grant select, insert, update, delete on "
        "bobbin.idempotency to %1$I', $1::text)";
    const char *params[] = {role};
    char *text = session_query(s, sql, params, 1) ? mem_strdup(session_value(s, 0, 0)) : NULL;
    bool ok = text && session_exec(s, text);
    mem_free(text);
    if (!ok)
        fprintf(stderr, "bobbin: granting to %s: %s\n", role, session_error(s));
    return ok ? 0 : EXIT_FAILED;
}

/* What the server itself needs comes first, so that other migrations can rely on it. */
static int run_own(struct session *s, const struct order *o)
{
    struct migrations own;
    migrations_init_own(&own);
    int status = run(s, &own, o->action, o->count);
    if (status == 0 && o->grant)
        status = grant(s, o->grant);
    migrations_release(&own);
    return status;
}

static int connect_and_run(const struct order *o, const struct migrations *set)
{
    struct session *s = session_open(o->uri, "bobbin migrate");
    int status = session_ok(s) ? 0 : EXIT_FAILED;
    bool up = strcmp(o->action, "up") == 0;
    if (status == 0 && (o->own || up))
        status = run_own(s, o);
    if (status == 0 && !o->own)
        status = run(s, set, o->action, o->count);
    if (!session_ok(s))
        fprintf(stderr, "bobbin: %s\n", session_error(s));
    session_close(&s);
    return status;
}

static int with_set(const struct order *o)
{
    struct migrations set;
    struct buf error;
    int status = EXIT_FAILED;
    bool ok = true;
    buf_init(&error, 0);
    if (o->dir)
        ok = migrations_init_directory(&set, o->dir, &error);
    else
        migrations_init_embedded(&set);
    if (ok)
        status = connect_and_run(o, &set);
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
    struct order o = {.uri = NULL};
    bool bad = false, all = option_take(&argc, argv, "--all", NULL, &bad);
    int status;
    o.own = option_take(&argc, argv, "--own", NULL, &bad);
    option_take(&argc, argv, "--db", &o.uri, &bad);
    option_take(&argc, argv, "--dir", &o.dir, &bad);
    option_take(&argc, argv, "--grant", &o.grant, &bad);
    const struct config *c = bad ? NULL : load_config(&argc, argv, &status);
    if (!c)
        return bad ? EXIT_USAGE : status;
    if (argc < 1 || !is_action(argv[0]) || !read_count(argc, argv, all, &o.count)) {
        fputs("bobbin: migrate wants `up`, `down [N|--all]` or `status`\n", stderr);
        status = EXIT_USAGE;
    } else {
        status = option_rest(argc, argv, strcmp(argv[0], "down") == 0 ? 2 : 1, "migrate");
        o.action = argv[0];
        o.uri = o.uri ? o.uri : c->db_uri.p;
        if (status == 0)
            status = with_set(&o);
    }
    config_unref(c);
    return status;
}
