/* cmd_dump_schema: the catalog as the server would see it, as JSON. SPDX-License-Identifier: ISC */
#include "cmd/commands.h"
#include "db/session.h"
#include "schema/catalog_json.h"
#include "schema/catalog_load.h"

static int print(const struct config *c, struct session *s)
{
    struct catalog_load_options options = {.schemas = c->db_schemas.items,
        .nschemas = c->db_schemas.n,
        .extra = c->db_extra_search_path.items,
        .nextra = c->db_extra_search_path.n};
    struct buf text;
    buf_init(&text, 0);
    struct catalog *cat = catalog_load_now(s, &options, &text);
    if (!cat) {
        fprintf(stderr, "bobbin: %.*s\n", STR_ARG(buf_str(&text)));
        buf_release(&text);
        return EXIT_FAILED;
    }
    catalog_json_write(&text, cat);
    buf_append_char(&text, '\n');
    fwrite(buf_str(&text).p, 1, buf_len(&text), stdout);
    catalog_unref(&cat);
    buf_release(&text);
    return 0;
}

int cmd_dump_schema(int argc, char **argv)
{
    int status;
    const struct config *c = load_config_with_database(&argc, argv, &status);
    if (!c)
        return status;
    status = option_rest(argc, argv, 0, "dump-schema");
    if (status == 0) {
        struct session *s = session_open(c->db_uri.p, "bobbin dump-schema");
        status = EXIT_FAILED;
        if (session_ok(s))
            status = print(c, s);
        else
            fprintf(stderr, "bobbin: %s\n", session_error(s));
        session_close(&s);
    }
    config_unref(c);
    return status;
}
