/* config_print: showing a configuration, the example file and the reference. SPDX-License-Identifier: ISC */
#include "server/config_table.h"

static void print_buf(FILE *out, struct buf *line)
{
    fwrite(line->data + line->head, 1, buf_len(line), out);
    buf_clear(line, SIZE_MAX);
}

void config_dump(FILE *out, const struct config *c)
{
    struct buf line;
    buf_init(&line, 0);
    for (size_t i = 0; i < CONFIG_NKEYS; i++) {
        buf_printf(&line, "%s = ", config_keys[i].name);
        config_value_write(&line, c, &config_keys[i]);
        buf_printf(&line, "  # %.*s\n", STR_ARG(c->state->origin[i]));
        print_buf(out, &line);
    }
    for (size_t i = 0; i < c->napp_settings; i++) {
        buf_printf(&line, "app.settings.%.*s = \"********\"\n", STR_ARG(c->app_settings[i].name));
        print_buf(out, &line);
    }
    buf_release(&line);
}

/* The default as it would be written in a file. */
static void write_initial(struct buf *line, const struct config_key *key)
{
    bool quoted = key->type == CONFIG_STR || key->type == CONFIG_SECRET || key->type == CONFIG_LIST ||
                  key->type == CONFIG_ENUM;
    if (quoted)
        config_write_quoted(line, str_cstr(key->initial));
    else
        buf_append(line, str_cstr(key->initial));
}

static void example_row(FILE *out, struct buf *line, const struct config_key *key)
{
    buf_printf(line, "# %s\n", key->doc);
    if (key->unit[0])
        buf_printf(line, "# (%s)\n", key->unit);
    buf_printf(line, "# %s = ", key->name);
    write_initial(line, key);
    buf_append(line, STR("\n\n"));
    print_buf(out, line);
}

void config_example(FILE *out)
{
    struct buf line;
    buf_init(&line, 0);
    fputs("# Configuration of bobbin. Every key with its default; take the # away to change one.\n\n", out);
#define CONFIG_SECTION(title) fputs("## " title "\n\n", out);
#define CONFIG(field, key, type, def, min, max, flags, unit, doc)                                            \
    example_row(out, &line, &config_keys[CONFIG_KEY_##field]);
#include "server/config.def"
    fputs("# Settings for your own functions: current_setting('app.settings.name').\n"
          "# app.settings.name = \"value\"\n",
        out);
    buf_release(&line);
}

static void reference_row(FILE *out, struct buf *line, const struct config_key *key)
{
    static const char *const types[] = {
        "text", "secret", "list", "boolean", "integer", "size", "time", "choice"};
    buf_printf(line, "| `%s` | %s | ", key->name, types[key->type]);
    if (key->initial[0])
        buf_printf(line, "`%s`", key->initial);
    buf_printf(line, " | %s | %s", key->flags & CONFIG_RELOAD ? "yes" : "", key->doc);
    if (key->flags & CONFIG_NOT_YET)
        buf_append(line, STR(" *No effect in this version.*"));
    if (key->type == CONFIG_ENUM) {
        struct str rest = str_cstr(key->unit), choice;
        for (const char *sep = " One of "; str_split(&rest, '|', &choice); sep = ", ")
            buf_printf(line, "%s`%.*s`", sep, STR_ARG(choice));
        buf_append_char(line, '.');
    } else if (key->unit[0]) {
        buf_printf(line, " (%s)", key->unit);
    }
    buf_append(line, STR(" |\n"));
    print_buf(out, line);
}

static void reference_section(FILE *out, const char *title)
{
    fprintf(out, "\n## %s\n\n| key | type | default | reload | meaning |\n|---|---|---|---|---|\n", title);
}

void config_reference(FILE *out)
{
    struct buf line;
    buf_init(&line, 0);
    fputs("# Configuration\n\nGenerated from `server/config.def`.\n\n"
          "A file has lines `key = \"text\"`; numbers, times and booleans may stand without quotes, `#` "
          "begins a "
          "comment. What comes later wins: defaults, the file, files in `$CREDENTIALS_DIRECTORY` (secrets), "
          "`PGRST_*` and `BOBBIN_*` in the environment (`BOBBIN_DB_URI` for `db-uri`), settings in the "
          "database "
          "(with `db-config`), the command line. A secret may be `@/path/of/a/file`, or come from the file "
          "that "
          "`BOBBIN_<KEY>_FILE` names. Sizes take `kB`, `MiB`, ..., times `ms`, `s`, `min`, `h`, `d`; a bare "
          "number counts bytes and seconds. `app.settings.name` is handed to the database as it is. A reload "
          "(SIGHUP, SIGUSR2, NOTIFY) takes over the keys that say so.\n",
        out);
#define CONFIG_SECTION(title) reference_section(out, title);
#define CONFIG(field, key, type, def, min, max, flags, unit, doc)                                            \
    reference_row(out, &line, &config_keys[CONFIG_KEY_##field]);
#include "server/config.def"
    buf_release(&line);
}
