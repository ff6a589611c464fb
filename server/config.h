/* config: what the operator decided. An immutable, refcounted struct with one typed field per row of
 * config.def, made from defaults < file < $CREDENTIALS_DIRECTORY < PGRST_* < BOBBIN_* < database < command
 * line; a reload makes a new one. The file has PostgREST's format: `key = "text"`, numbers and booleans bare,
 * `#` comments.
 *
 * Texts are NUL-terminated and never NULL (empty when not set), sizes are bytes, times are milliseconds, 0
 * means "no limit" where the documentation of the key says so. SPDX-License-Identifier: ISC */
#ifndef SERVER_CONFIG_H
#define SERVER_CONFIG_H

#include "util/buf.h"
#include "util/log.h"
#include "util/str.h"

#include <stdio.h>

enum config_tx_end { TX_COMMIT, TX_COMMIT_ALLOW_OVERRIDE, TX_ROLLBACK, TX_ROLLBACK_ALLOW_OVERRIDE };
enum config_verbosity { VERBOSITY_VERBOSE, VERBOSITY_MINIMAL };
enum config_openapi_mode { OPENAPI_FOLLOW_PRIVILEGES, OPENAPI_IGNORE_PRIVILEGES, OPENAPI_DISABLED };

struct config_list {
    const struct str *items;
    size_t n;
};

/* A key with its value as text: app.settings.*, and what comes from outside the file. */
struct config_setting {
    struct str name, value;
};

#define CONFIG_TYPE_STR struct str
#define CONFIG_TYPE_SECRET struct str
#define CONFIG_TYPE_LIST struct config_list
#define CONFIG_TYPE_BOOL bool
#define CONFIG_TYPE_INT uint64_t
#define CONFIG_TYPE_SIZE uint64_t
#define CONFIG_TYPE_TIME uint64_t
#define CONFIG_TYPE_ENUM int

struct config_origin;

struct config {
#define CONFIG_SECTION(title)
#define CONFIG(field, key, type, def, min, max, flags, unit, doc) CONFIG_TYPE_##type field;
#include "server/config.def"
    const struct config_setting *app_settings; /* names without "app.settings." */
    size_t napp_settings;
    struct config_state *state; /* memory, references, origins */
};

struct config_source {
    const char *path;       /* of the file; NULL: none */
    const char *const *env; /* as environ; NULL: none */
    const struct config_setting
        *database; /* read from PostgreSQL; keys that are not reloadable are refused */
    size_t ndatabase;
    const struct config_setting *flags; /* of the command line */
    size_t nflags;
    const struct config *running; /* of a reload: keys that need a restart stay as they are there */
};

/* NULL when something is wrong; every complaint, and every warning ("warning: ..."), is a line of `messages`
 * that says where and what to change. The caller holds one reference. */
NODISCARD const struct config *config_load(const struct config_source *source, struct buf *messages);
/* The names of the keys that a reload takes over, as {db_schemas,db_anon_role,...}: an array for PostgreSQL.
 */
void config_reloadable(struct buf *names);
const struct config *config_ref(const struct config *c);
/* Any thread; the last one frees. */
void config_unref(const struct config *c);

/* Whether two configurations say the same, wherever they have it from. */
bool config_same(const struct config *a, const struct config *b);
/* The names of settings that differ but need a restart, separated by ", "; false when there are none. */
bool config_restart_needed(const struct config *now, const struct config *wanted, struct buf *names);

/* The names of settings that somebody has made and that this version does not heed, likewise. */
bool config_without_effect(const struct config *c, struct buf *names);

/* Every key with value and origin, as a file that can be read again; secrets are masked. */
void config_dump(FILE *out, const struct config *c);
/* A commented file with every key and its default. */
void config_example(FILE *out);
/* docs/config.md. */
void config_reference(FILE *out);

#endif
