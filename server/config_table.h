/* config_table: the rows of config.def as data, and how one value of each type is read and written. Private
 * to the config_* files. SPDX-License-Identifier: ISC */
#ifndef SERVER_CONFIG_TABLE_H
#define SERVER_CONFIG_TABLE_H

#include "server/config.h"
#include "util/arena.h"

#include <stdatomic.h>

enum config_type {
    CONFIG_STR,
    CONFIG_SECRET,
    CONFIG_LIST,
    CONFIG_BOOL,
    CONFIG_INT,
    CONFIG_SIZE,
    CONFIG_TIME,
    CONFIG_ENUM
};

/* NOT_YET: a name that is settled before what it sets exists; whoever sets it is told so. */
enum { CONFIG_RELOAD = 1, CONFIG_NOT_YET = 2 };

struct config_key {
    const char *name;
    enum config_type type;
    size_t offset; /* of the field in struct config */
    const char *initial;
    uint64_t min, max;
    unsigned flags;
    const char *unit; /* of an ENUM: its choices, separated by '|' */
    const char *doc;
};

enum {
#define CONFIG_SECTION(title)
#define CONFIG(field, key, type, def, min, max, flags, unit, doc) CONFIG_KEY_##field,
#include "server/config.def"
    CONFIG_NKEYS
};

struct config_state {
    atomic_uint refs;
    struct arena arena;
    struct str origin[CONFIG_NKEYS];
};

extern const struct config_key config_keys[CONFIG_NKEYS];

/* The row of that key or of its legacy alias; NULL when there is none. */
const struct config_key *config_key_find(struct str name);
/* The known key that looks most like `name`; NULL when none does. */
const char *config_key_near(struct str name);
/* Reads `text` into the key's field; false with a sentence that says what it must be. */
NODISCARD bool config_value_read(
    struct config *c, struct arena *a, const struct config_key *key, struct str text, struct str *error);
/* The value as it is written in a file, quotes included; secrets are masked. */
void config_value_write(struct buf *out, const struct config *c, const struct config_key *key);
/* Copies the value and what it points at. */
void config_value_copy(
    struct config *to, struct arena *a, const struct config *from, const struct config_key *key);
bool config_value_eq(const struct config *a, const struct config *b, const struct config_key *key);
/* `"..."` with the escapes that the file knows. */
void config_write_quoted(struct buf *out, struct str s);

#endif
