/* config_table: finding keys, reading and writing values. SPDX-License-Identifier: ISC */
#include "server/config_table.h"

#define RELOAD CONFIG_RELOAD
#define NOT_YET CONFIG_NOT_YET
#define CONFIG_SECTION(title)
#define CONFIG(field, key, type, def, min, max, flags, unit, doc)                                            \
    {key, CONFIG_##type, offsetof(struct config, field), def, min, max, flags, unit, doc},
const struct config_key config_keys[CONFIG_NKEYS] = {
#include "server/config.def"
};

/* PostgREST's former names. */
static const struct {
    const char *name, *means;
} aliases[] = {
    {"db-schema", "db-schemas"},
    {"max-rows", "db-max-rows"},
    {"pre-request", "db-pre-request"},
    {"root-spec", "db-root-spec"},
    {"db-pool-timeout", "db-pool-max-idletime"},
    {"role-claim-key", "jwt-role-claim-key"},
    {"secret-is-base64", "jwt-secret-is-base64"},
};

static void *field_of(struct config *c, const struct config_key *key)
{
    return (char *)c + key->offset;
}

static const void *field_in(const struct config *c, const struct config_key *key)
{
    return (const char *)c + key->offset;
}

const struct config_key *config_key_find(struct str name)
{
    for (size_t i = 0; i < ARRAY_LEN(aliases); i++) {
        if (str_eq_cstr(name, aliases[i].name))
            name = str_cstr(aliases[i].means);
    }
    for (size_t i = 0; i < CONFIG_NKEYS; i++) {
        if (str_eq_cstr(name, config_keys[i].name))
            return &config_keys[i];
    }
    return NULL;
}

/* Levenshtein distance, for names of up to 63 bytes. */
static unsigned distance(struct str a, struct str b)
{
    unsigned row[64];
    if (a.n >= ARRAY_LEN(row) || b.n >= ARRAY_LEN(row))
        return UINT32_MAX;
    for (unsigned j = 0; j <= b.n; j++)
        row[j] = j;
    for (unsigned i = 1; i <= a.n; i++) {
        unsigned diagonal = row[0];
        row[0] = i;
        for (unsigned j = 1; j <= b.n; j++) {
            unsigned replace = diagonal + (a.p[i - 1] != b.p[j - 1]);
            diagonal = row[j];
            row[j] = MIN(replace, MIN(row[j], row[j - 1]) + 1);
        }
    }
    return row[b.n];
}

const char *config_key_near(struct str name)
{
    const char *best = NULL;
    unsigned least = (unsigned)MIN(name.n / 2, 5) + 1;
    for (size_t i = 0; i < CONFIG_NKEYS; i++) {
        unsigned d = distance(name, str_cstr(config_keys[i].name));
        if (d < least) {
            least = d;
            best = config_keys[i].name;
        }
    }
    return best;
}

struct unit {
    const char *name;
    uint64_t factor;
};

static const struct unit size_units[] = {{"", 1}, {"B", 1}, {"kB", 1024}, {"KiB", 1024}, {"MB", 1048576},
    {"MiB", 1048576}, {"GB", 1073741824}, {"GiB", 1073741824}};
static const struct unit time_units[] = {
    {"", 1000}, {"ms", 1}, {"s", 1000}, {"min", 60000}, {"h", 3600000}, {"d", 86400000}};
static const struct unit no_units[] = {{"", 1}};

static bool read_number(struct str text, const struct unit *units, size_t nunits, uint64_t *out)
{
    size_t digits = 0;
    uint64_t v;
    while (digits < text.n && text.p[digits] >= '0' && text.p[digits] <= '9')
        digits++;
    if (!str_to_u64(str_sub(text, 0, digits), &v))
        return false;
    struct str unit = str_trim(str_sub(text, digits, text.n));
    for (size_t i = 0; i < nunits; i++) {
        if (str_eq_cstr(unit, units[i].name))
            return !__builtin_mul_overflow(v, units[i].factor, out);
    }
    return false;
}

static void write_number(struct buf *out, uint64_t v, const struct unit *units, size_t nunits)
{
    const struct unit *best = &units[1];
    for (size_t i = 1; v != 0 && i < nunits; i++) {
        if (units[i].factor >= best->factor && v % units[i].factor == 0)
            best = &units[i];
    }
    buf_append_u64(out, v / best->factor);
    buf_append(out, str_cstr(best->name));
}

static bool read_bounded(uint64_t *field, struct arena *a, const struct config_key *key, struct str text,
    const struct unit *units, size_t nunits, struct str *error)
{
    static const char *const kinds[] = {[CONFIG_INT] = "an integer",
        [CONFIG_SIZE] = "a number of bytes (like 16kB or 1MiB)",
        [CONFIG_TIME] = "a time (like 10s or 500ms; a bare number counts seconds)"};
    uint64_t v;
    if (read_number(text, units, nunits, &v) && v >= key->min && v <= key->max) {
        *field = v;
        return true;
    }
    struct buf bounds;
    buf_init(&bounds, 0);
    if (key->type == CONFIG_INT) {
        buf_printf(&bounds, "%llu and %llu", (unsigned long long)key->min, (unsigned long long)key->max);
    } else {
        write_number(&bounds, key->min, units, nunits);
        buf_append(&bounds, STR(" and "));
        write_number(&bounds, key->max, units, nunits);
    }
    *error =
        arena_printf(a, "%s must be %s between %.*s", key->name, kinds[key->type], STR_ARG(buf_str(&bounds)));
    buf_release(&bounds);
    return false;
}

static bool read_bool(
    bool *field, struct arena *a, const struct config_key *key, struct str text, struct str *error)
{
    static const char *const yes[] = {"true", "yes", "on", "1"}, *const no[] = {"false", "no", "off", "0"};
    for (size_t i = 0; i < ARRAY_LEN(yes); i++) {
        if (str_eq_nocase(text, str_cstr(yes[i]))) {
            *field = true;
            return true;
        }
        if (str_eq_nocase(text, str_cstr(no[i]))) {
            *field = false;
            return true;
        }
    }
    *error = arena_printf(a, "%s must be true or false", key->name);
    return false;
}

static bool read_enum(
    int *field, struct arena *a, const struct config_key *key, struct str text, struct str *error)
{
    struct str rest = str_cstr(key->unit), choice;
    for (int i = 0; str_split(&rest, '|', &choice); i++) {
        if (str_eq(choice, text)) {
            *field = i;
            return true;
        }
    }
    *error = arena_printf(a, "%s must be one of %s", key->name, key->unit);
    return false;
}

static void read_list(struct config_list *field, struct arena *a, struct str text)
{
    size_t n = 1;
    for (size_t i = 0; i < text.n; i++)
        n += text.p[i] == ',';
    struct str *items = ARENA_NEW_ARRAY(a, struct str, n), piece;
    n = 0;
    while (str_split(&text, ',', &piece)) {
        piece = str_trim(piece);
        if (piece.n > 0)
            items[n++] = arena_str(a, piece);
    }
    *field = (struct config_list){items, n};
}

bool config_value_read(
    struct config *c, struct arena *a, const struct config_key *key, struct str text, struct str *error)
{
    void *field = field_of(c, key);
    switch (key->type) {
    case CONFIG_STR:
    case CONFIG_SECRET: *(struct str *)field = arena_str(a, text); return true;
    case CONFIG_LIST: read_list(field, a, text); return true;
    case CONFIG_BOOL: return read_bool(field, a, key, str_trim(text), error);
    case CONFIG_ENUM: return read_enum(field, a, key, str_trim(text), error);
    case CONFIG_INT: return read_bounded(field, a, key, str_trim(text), no_units, 1, error);
    case CONFIG_SIZE:
        return read_bounded(field, a, key, str_trim(text), size_units, ARRAY_LEN(size_units), error);
    case CONFIG_TIME:
        return read_bounded(field, a, key, str_trim(text), time_units, ARRAY_LEN(time_units), error);
    }
    UNREACHABLE();
}

void config_write_quoted(struct buf *out, struct str s)
{
    buf_append_char(out, '"');
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c == '\n')
            buf_append(out, STR("\\n"));
        else if (c == '\t')
            buf_append(out, STR("\\t"));
        else {
            if (c == '"' || c == '\\')
                buf_append_char(out, '\\');
            buf_append_char(out, c);
        }
    }
    buf_append_char(out, '"');
}

static void write_list(struct buf *out, const struct config_list *list)
{
    struct buf joined;
    buf_init(&joined, 0);
    for (size_t i = 0; i < list->n; i++) {
        buf_append(&joined, i ? STR(",") : STR(""));
        buf_append(&joined, list->items[i]);
    }
    config_write_quoted(out, buf_str(&joined));
    buf_release(&joined);
}

static struct str enum_name(const struct config_key *key, int index)
{
    struct str rest = str_cstr(key->unit), choice = STR("");
    for (int i = 0; i <= index; i++)
        CHECK(str_split(&rest, '|', &choice));
    return choice;
}

void config_value_write(struct buf *out, const struct config *c, const struct config_key *key)
{
    const void *field = field_in(c, key);
    const struct str *text = field;
    switch (key->type) {
    case CONFIG_STR: config_write_quoted(out, *text); return;
    case CONFIG_SECRET: config_write_quoted(out, text->n ? STR("********") : STR("")); return;
    case CONFIG_LIST: write_list(out, field); return;
    case CONFIG_BOOL: buf_append(out, *(const bool *)field ? STR("true") : STR("false")); return;
    case CONFIG_ENUM: config_write_quoted(out, enum_name(key, *(const int *)field)); return;
    case CONFIG_INT: buf_append_u64(out, *(const uint64_t *)field); return;
    case CONFIG_SIZE: write_number(out, *(const uint64_t *)field, size_units, ARRAY_LEN(size_units)); return;
    case CONFIG_TIME: write_number(out, *(const uint64_t *)field, time_units, ARRAY_LEN(time_units)); return;
    }
    UNREACHABLE();
}

static void copy_list(struct config_list *to, struct arena *a, const struct config_list *from)
{
    struct str *items = ARENA_NEW_ARRAY(a, struct str, from->n);
    for (size_t i = 0; i < from->n; i++)
        items[i] = arena_str(a, from->items[i]);
    *to = (struct config_list){items, from->n};
}

void config_value_copy(
    struct config *to, struct arena *a, const struct config *from, const struct config_key *key)
{
    void *field = field_of(to, key);
    const void *value = field_in(from, key);
    switch (key->type) {
    case CONFIG_STR:
    case CONFIG_SECRET: *(struct str *)field = arena_str(a, *(const struct str *)value); return;
    case CONFIG_LIST: copy_list(field, a, value); return;
    case CONFIG_BOOL: *(bool *)field = *(const bool *)value; return;
    case CONFIG_ENUM: *(int *)field = *(const int *)value; return;
    case CONFIG_INT:
    case CONFIG_SIZE:
    case CONFIG_TIME: *(uint64_t *)field = *(const uint64_t *)value; return;
    }
    UNREACHABLE();
}

static bool list_eq(const struct config_list *a, const struct config_list *b)
{
    if (a->n != b->n)
        return false;
    for (size_t i = 0; i < a->n; i++) {
        if (!str_eq(a->items[i], b->items[i]))
            return false;
    }
    return true;
}

bool config_value_eq(const struct config *a, const struct config *b, const struct config_key *key)
{
    const void *x = field_in(a, key), *y = field_in(b, key);
    switch (key->type) {
    case CONFIG_STR:
    case CONFIG_SECRET: return str_eq(*(const struct str *)x, *(const struct str *)y);
    case CONFIG_LIST: return list_eq(x, y);
    case CONFIG_BOOL: return *(const bool *)x == *(const bool *)y;
    case CONFIG_ENUM: return *(const int *)x == *(const int *)y;
    case CONFIG_INT:
    case CONFIG_SIZE:
    case CONFIG_TIME: return *(const uint64_t *)x == *(const uint64_t *)y;
    }
    UNREACHABLE();
}
