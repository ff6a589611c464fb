/* config_sql: three statements. SPDX-License-Identifier: ISC */
#include "handlers/config_sql.h"

/* What earlier logins brought with them, and what an earlier call left, must not look like what the function
 * says now. */
#define CLEAR_SQL                                                                                            \
    "SELECT pg_catalog.set_config('pgrst.' || n, '', true) FROM pg_catalog.unnest($1::pg_catalog.text[]) "   \
    "AS n"

#define ROLE_SQL                                                                                             \
    "SELECT s.setdatabase::pg_catalog.int8 AS place, pg_catalog.substr(x, 7, pg_catalog.strpos(x, '=') - "   \
    "7) AS name, "                                                                                           \
    "pg_catalog.substr(x, pg_catalog.strpos(x, '=') + 1) AS value "                                          \
    "FROM pg_catalog.pg_db_role_setting AS s, pg_catalog.unnest(s.setconfig) AS x "                          \
    "WHERE x LIKE 'pgrst.%' "                                                                                \
    "AND s.setrole = (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = session_user) "                    \
    "AND s.setdatabase IN (0, (SELECT oid FROM pg_catalog.pg_database "                                      \
    "WHERE datname = pg_catalog.current_database()))"
#define FUNCTION_SQL                                                                                         \
    "SELECT -1, n, pg_catalog.current_setting('pgrst.' || n, true) FROM "                                    \
    "pg_catalog.unnest($1::pg_catalog.text[]) AS n"
#define PICK_SQL(what)                                                                                       \
    "SELECT DISTINCT ON (name) name, value FROM (" what ") AS found WHERE value <> '' "                      \
    "ORDER BY name, place DESC"

static void quote_name(struct buf *out, struct str name)
{
    buf_append_char(out, '"');
    for (size_t i = 0; i < name.n; i++) {
        if (name.p[i] == '"')
            buf_append_char(out, '"');
        buf_append_char(out, name.p[i]);
    }
    buf_append_char(out, '"');
}

static struct str call_sql(struct arena *a, struct str function)
{
    struct buf sql;
    size_t dot = str_find(function, '.');
    buf_init(&sql, 0);
    buf_append(&sql, STR("SELECT "));
    quote_name(&sql, str_sub(function, 0, dot));
    if (dot < function.n) {
        buf_append_char(&sql, '.');
        quote_name(&sql, str_sub(function, dot + 1, function.n));
    }
    buf_append(&sql, STR("()"));
    struct str result = arena_str(a, buf_str(&sql));
    buf_release(&sql);
    return result;
}

static void add(struct config_sql *q, struct str sql, int nparams)
{
    q->stmts[q->n] = sql;
    q->nparams[q->n++] = nparams;
}

void config_sql_init(struct config_sql *q, struct arena *a, struct str pre_config)
{
    struct buf names;
    *q = (struct config_sql){0};
    if (pre_config.n == 0) {
        add(q, STR(PICK_SQL(ROLE_SQL)), 0);
        return;
    }
    buf_init(&names, 0);
    config_reloadable(&names);
    q->params[0] = arena_cstr(a, buf_str(&names));
    buf_release(&names);
    add(q, STR(CLEAR_SQL), 1);
    add(q, call_sql(a, pre_config), 0);
    add(q, STR(PICK_SQL(ROLE_SQL " UNION ALL " FUNCTION_SQL)), 1);
}

struct config_setting config_sql_setting(struct arena *a, struct str name, struct str value)
{
    struct str app = STR("app_settings_");
    value = arena_str(a, value);
    if (str_starts(name, app))
        return (struct config_setting){
            arena_printf(a, "app.settings.%.*s", STR_ARG(str_sub(name, app.n, name.n))), value};
    char *p = arena_cstr(a, name);
    for (size_t i = 0; i < name.n; i++)
        p[i] = (char)(p[i] == '_' ? '-' : p[i]);
    return (struct config_setting){str_make(p, name.n), value};
}
