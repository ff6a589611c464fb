/* commands: the subcommands of bobbin. Each gets the arguments behind its name and returns the exit status:
 * 0 well, 1 it failed (said on stderr), 2 wrong usage, 78 wrong configuration (sysexits EX_CONFIG).
 * SPDX-License-Identifier: ISC */
#ifndef CMD_COMMANDS_H
#define CMD_COMMANDS_H

#include "server/config.h"

#define EXIT_FAILED 1
#define EXIT_USAGE 2
#define EXIT_CONFIG 78

#define COMMAND(name, function, arguments, text) int function(int argc, char **argv);
#include "cmd/commands.def"
#undef COMMAND

/* One option `--name VALUE` or `--name=VALUE` (or a flag, when value is NULL) taken out of argv; false when
 * it is not there. *bad is set when a value is missing. */
bool option_take(int *argc, char **argv, const char *name, const char **value, bool *bad);
/* After all options were taken: complains about what is left and returns EXIT_USAGE, else 0. */
int option_rest(int argc, char **argv, int allowed, const char *command);

/* What would only fail later, in a thread of the server: the keys of tokens, the path of the role, redis-uri.
 * False after having said what on stderr. */
bool check_derived(const struct config *c);

/* The configuration from -c FILE, environment and defaults; NULL after having said why on stderr. */
const struct config *load_config(int *argc, char **argv, int *status);
/* With the settings in the database, where db-config allows and the database answers; a warning where it does
 * not. */
const struct config *load_config_with_database(int *argc, char **argv, int *status);
/* The same, and where it came from, for reading it again; *source points into argv and environ. */
const struct config *load_config_from(int *argc, char **argv, struct config_source *source, int *status);

#endif
