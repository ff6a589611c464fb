/* config_sql: settings that are kept in the database (PostgREST docs, "In-Database Configuration"): those of
 * the login role, ALTER ROLE authenticator SET pgrst.db_schemas = ..., for all databases or, before those,
 * for this one; and, behind both, what db-pre-config sets by set_config('pgrst.db_schemas', ..., true). The
 * statements belong in one transaction, in this order. SPDX-License-Identifier: ISC */
#ifndef HANDLERS_CONFIG_SQL_H
#define HANDLERS_CONFIG_SQL_H

#include "server/config.h"
#include "util/arena.h"

/* Statements at most; rows of the last one are name and value. */
#define CONFIG_SQL_STMTS 3

struct config_sql {
    struct str stmts[CONFIG_SQL_STMTS];
    int nparams[CONFIG_SQL_STMTS];
    size_t n;
    const char *params[1]; /* the same for each statement that has one */
};

/* All in the arena. pre_config: the name of a function, perhaps with its schema; empty: none. */
void config_sql_init(struct config_sql *q, struct arena *a, struct str pre_config);
/* db_max_rows -> db-max-rows, app_settings_key -> app.settings.key; both are copied. */
struct config_setting config_sql_setting(struct arena *a, struct str name, struct str value);

#endif
