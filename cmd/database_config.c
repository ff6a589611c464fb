/* database_config: the configuration as a running server has it, with what the database says, for commands
 * that show it. SPDX-License-Identifier: ISC */
#include "cmd/commands.h"
#include "db/session.h"
#include "handlers/config_sql.h"

#define SETTINGS_MAX 512

static bool ask(struct session *s, const struct config_sql *q)
{
    if (!session_exec(s, "BEGIN"))
        return false;
    for (size_t i = 0; i < q->n; i++) {
        if (!session_query(s, q->stmts[i].p, q->params, q->nparams[i]))
            return false;
    }
    return true;
}

/* How many settings there are; the rest of the session is nobody's. */
static size_t read_settings(
    struct session *s, struct arena *a, struct str pre_config, struct config_setting *settings)
{
    struct config_sql q;
    config_sql_init(&q, a, pre_config);
    if (!session_ok(s) || !ask(s, &q)) {
        fprintf(stderr, "bobbin: warning: without the settings in the database: %s\n", session_error(s));
        return 0;
    }
    size_t n = (size_t)MIN(session_nrows(s), SETTINGS_MAX);
    for (size_t i = 0; i < n; i++)
        settings[i] = config_sql_setting(
            a, str_cstr(session_value(s, (int)i, 0)), str_cstr(session_value(s, (int)i, 1)));
    return n;
}

const struct config *load_config_with_database(int *argc, char **argv, int *status)
{
    struct config_setting settings[SETTINGS_MAX];
    struct config_source source;
    struct arena a;
    struct buf messages;
    const struct config *c = load_config_from(argc, argv, &source, status);
    if (!c || !c->db_config)
        return c;
    arena_init(&a, 0);
    buf_init(&messages, 0);
    struct session *s = session_open(c->db_uri.p, "bobbin");
    source.database = settings;
    source.ndatabase = read_settings(s, &a, c->db_pre_config, settings);
    session_close(&s);
    if (source.ndatabase > 0) {
        config_unref(c);
        c = config_load(&source, &messages);
        fwrite(buf_str(&messages).p ? buf_str(&messages).p : "", 1, buf_len(&messages), stderr);
        *status = c ? 0 : EXIT_CONFIG;
    }
    buf_release(&messages);
    arena_release(&a);
    return c;
}
