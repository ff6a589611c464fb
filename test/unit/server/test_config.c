/* Unit tests of server/config: sources and their order, every kind of complaint, and docs/config.md, which
 * must be what config.def says (UPDATE_DOCS=1 rewrites it). SPDX-License-Identifier: ISC */
#include "server/config.h"

#include "server/config_table.h"
#include "test/unit/test.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[] = "/tmp/test_config_XXXXXX";

static const char *write_file(const char *name, const char *text)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
    chmod(path, 0600);
    return path;
}

static const struct config *load(const char *text, const char *const *env, struct buf *messages)
{
    struct config_source source = {.env = env};
    if (text)
        source.path = write_file("bobbin.conf", text);
    return config_load(&source, messages);
}

/* The file must be refused with exactly this complaint (behind "path "). */
static void refused(const char *text, const char *complaint)
{
    struct buf messages;
    buf_init(&messages, 0);
    assert_null(load(text, NULL, &messages));
    buf_append_char(&messages, '\0');
    const char *seen = strstr(messages.data, complaint);
    if (!seen)
        fail_msg("\"%s\" does not say \"%s\"", messages.data, complaint);
    buf_release(&messages);
}

static const struct config *accepted(const char *text, const char *const *env)
{
    struct buf messages;
    buf_init(&messages, 0);
    const struct config *c = load(text, env, &messages);
    if (!c || buf_len(&messages) > 0)
        fail_msg("unexpected: %.*s", STR_ARG(buf_str(&messages)));
    buf_release(&messages);
    return c;
}

static void defaults(void **state)
{
    const struct config *c = accepted(NULL, NULL);
    assert_str(c->server_base_path, "/api/v1");
    assert_str(c->server_host, "127.0.0.1");
    assert_int_equal(c->server_port, 8080);
    assert_int_equal(c->limit_body, 1048576);
    assert_int_equal(c->timeout_idle, 75000);
    assert_int_equal(c->db_max_rows, 0);
    assert_int_equal(c->db_tx_end, TX_COMMIT);
    assert_int_equal(c->db_schemas.n, 1);
    assert_str(c->db_schemas.items[0], "public");
    assert_str(c->db_uri, "");
    assert_non_null(c->db_uri.p);
    config_unref(c);
}

static void a_file(void **state)
{
    const struct config *c = accepted("# comment\n"
                                      "db-uri = \"postgres://u:p\\\"q\\\\@h/d\" # trailing\n"
                                      "  db-schemas=\"api, private ,\"\r\n"
                                      "server-port = 3000\n"
                                      "timeout-idle = 500ms\n"
                                      "timeout-header = 2\n"
                                      "limit-body = \"2MiB\"\n"
                                      "db-plan-enabled = true\n"
                                      "db-aggregates-enabled = \"yes\"\n"
                                      "log-level = \"info\"\n"
                                      "max-rows = 17\n"
                                      "app.settings.color = \"blue # not a comment\"\n"
                                      "app.settings.color = \"red\"",
        NULL);
    assert_str(c->db_uri, "postgres://u:p\"q\\@h/d");
    assert_int_equal(c->db_schemas.n, 2);
    assert_str(c->db_schemas.items[1], "private");
    assert_int_equal(c->server_port, 3000);
    assert_int_equal(c->timeout_idle, 500);
    assert_int_equal(c->timeout_header, 2000);
    assert_int_equal(c->limit_body, 2097152);
    assert_true(c->db_plan_enabled && c->db_aggregates_enabled);
    assert_int_equal(c->log_level, LOG_LEVEL_INFO);
    assert_int_equal(c->db_max_rows, 17);
    assert_int_equal(c->napp_settings, 1);
    assert_str(c->app_settings[0].name, "color");
    assert_str(c->app_settings[0].value, "red");
    config_unref(c);
}

static void later_sources_win(void **state)
{
    const char *env[] = {"BOBBIN_SERVER_PORT=1003", "PGRST_SERVER_PORT=1002", "PGRST_DB_ANON_ROLE=anon",
        "PGRST_APP_SETTINGS_THE_COLOR=green", "HOME=/", NULL};
    struct config_setting database[] = {{STR("db-max-rows"), STR("5")}};
    struct config_setting flags[] = {{STR("server-port"), STR("1004")}};
    struct config_source source = {.path = write_file("bobbin.conf", "server-port = 1001\n"),
        .env = env,
        .database = database,
        .ndatabase = 1,
        .flags = flags,
        .nflags = 1};
    struct buf messages;
    buf_init(&messages, 0);
    const struct config *c = accepted("server-port = 1001\n", env);
    assert_int_equal(c->server_port, 1003);
    assert_str(c->db_anon_role, "anon");
    assert_str(c->app_settings[0].name, "the_color");
    config_unref(c);
    c = config_load(&source, &messages);
    assert_int_equal(c->server_port, 1004);
    assert_int_equal(c->db_max_rows, 5);
    config_unref(c);
    database[0] = (struct config_setting){STR("server-port"), STR("1")};
    source.nflags = 0;
    c = config_load(&source, &messages);
    assert_int_equal(c->server_port, 1003);
    assert_str(buf_str(&messages), "database: warning: server-port cannot be set there; ignored\n");
    config_unref(c);
    buf_release(&messages);
}

static void a_reload_keeps_what_needs_a_restart(void **state)
{
    struct config_setting database[] = {{STR("no-such-key"), STR("1")}, {STR("app.settings.x"), STR("y")}};
    const struct config *running = accepted("server-port = 1001\nserver-name = \"a\"\n", NULL);
    struct config_source source = {
        .path = write_file("bobbin.conf", "server-port = 1002\nserver-name = \"b\"\ndb-max-rows = 5\n"),
        .database = database,
        .ndatabase = 2,
        .running = running};
    struct buf messages;
    buf_init(&messages, 0);
    const struct config *c = config_load(&source, &messages);
    config_unref(running); /* nothing of it is borrowed */
    assert_int_equal(c->server_port, 1001);
    assert_str(c->server_name, "a");
    assert_int_equal(c->db_max_rows, 5);
    assert_int_equal(c->napp_settings, 1);
    assert_str(buf_str(&messages), "database: warning: no key no-such-key; ignored\n"
                                   "configuration: warning: changed, but a restart is needed: "
                                   "server-port, server-name\n");
    config_unref(c);
    buf_release(&messages);
}

static void reloadable_keys(void **state)
{
    struct buf names;
    buf_init(&names, 0);
    config_reloadable(&names);
    assert_non_null(memmem(buf_str(&names).p, buf_len(&names), ",db_max_rows,", 13));
    assert_null(memmem(buf_str(&names).p, buf_len(&names), "server_port", 11));
    assert_int_equal(buf_str(&names).p[0], '{');
    assert_int_equal(buf_str(&names).p[buf_len(&names) - 1], '}');
    buf_release(&names);
}

static void all_keys_of_postgrest_are_known(void **state)
{
    static const char *const keys[] = {"admin-server-host", "admin-server-port", "admin-server-unix-socket",
        "admin-server-unix-socket-mode", "client-error-verbosity", "db-aggregates-enabled", "db-anon-role",
        "db-channel", "db-channel-enabled", "db-config", "db-pre-config", "db-extra-search-path",
        "db-hoisted-tx-settings", "db-max-rows", "db-plan-enabled", "db-pool", "db-pool-acquisition-timeout",
        "db-pool-max-idletime", "db-pool-max-lifetime", "db-pool-automatic-recovery", "db-pre-request",
        "db-prepared-statements", "db-root-spec", "db-schemas", "db-tx-end", "db-uri", "jwt-aud",
        "jwt-role-claim-key", "jwt-secret", "jwt-secret-is-base64", "jwt-cache-max-entries", "log-level",
        "log-query", "openapi-mode", "openapi-security-active", "openapi-server-proxy-uri",
        "server-cors-allowed-origins", "server-host", "server-port", "server-reuseport",
        "server-trace-header", "server-timing-enabled", "server-unix-socket", "server-unix-socket-mode",
        "url-use-legacy-target-names", "db-schema", "max-rows", "pre-request", "db-pool-timeout",
        "role-claim-key"};
    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        assert_non_null(config_key_find(str_cstr(keys[i])));
}

static void secrets_from_files(void **state)
{
    char secret[160], variable[200], credentials[200];
    snprintf(secret, sizeof secret, "%s", write_file("secret", "0123456789abcdef0123456789abcdef\n"));
    write_file("redis-uri", "redis://r\n");
    snprintf(variable, sizeof variable, "BOBBIN_JWT_SECRET_FILE=%s", secret);
    snprintf(credentials, sizeof credentials, "CREDENTIALS_DIRECTORY=%s", dir);
    const char *env[] = {variable, credentials, NULL};
    const struct config *c = accepted(NULL, env);
    assert_str(c->jwt_secret, "0123456789abcdef0123456789abcdef");
    assert_str(c->redis_uri, "redis://r");
    config_unref(c);
    char line[256];
    snprintf(line, sizeof line, "jwt-secret = \"@%s\"\n", secret);
    c = accepted(line, NULL);
    assert_int_equal(c->jwt_secret.n, 32);
    config_unref(c);
    refused("jwt-secret = \"@/nowhere/secret\"",
        "line 1: jwt-secret names the file /nowhere/secret, which cannot");
}

static void complaints(void **state)
{
    refused("\n\nserver-threads = 900\n", " line 3: server-threads must be an integer between 0 and 256\n");
    refused("server-threads = -1", "line 1: server-threads must be an integer between 0 and 256\n");
    refused("server-threads = 99999999999999999999", "must be an integer between");
    refused("server-prot = 1", "line 1: unknown key server-prot; did you mean server-port?\n");
    refused("zzzzzzzzzzzzzzzz = 1", "line 1: unknown key zzzzzzzzzzzzzzzz\n");
    refused("db-uri = postgres://", "line 1: the value of db-uri must be in double quotes\n");
    refused("db-uri = \"postgres", "line 1: the value of db-uri must end with a double quote");
    refused("db-uri = \"a\" b", "line 1: the value of db-uri must end with a double quote");
    refused("nonsense", "line 1: this is not a setting; write key = \"value\"\n");
    refused("log-level = \"loud\"", "line 1: log-level must be one of crit|error|warn|info|debug\n");
    refused("db-plan-enabled = 2", "line 1: db-plan-enabled must be true or false\n");
    refused("limit-body = 1parsec",
        "line 1: limit-body must be a number of bytes (like 16kB or 1MiB) between 0B");
    refused(
        "timeout-idle = 0", "timeout-idle must be a time (like 10s or 500ms; a bare number counts seconds)");
    refused("jwt-secret = \"short\"", "configuration: jwt-secret must have 32 characters or more");
    refused("server-base-path = \"api/\"", "configuration: server-base-path must be empty or begin with /");
    refused("db-schemas = \" , \"", "configuration: db-schemas must name at least one schema");
    refused("server-trace-header = \"a b\"", "server-trace-header must be the name of a header");
    refused("server-trace-header = \"Content-Length\"", "server-trace-header must be the name of a header");
    refused("admin-server-port = 8080", "admin-server-port must differ from server-port");
    refused("server-unix-socket-mode = \"999\"", "must lie between 600 and 777");
    refused("tls-cert = \"x\"", "tls-cert and tls-key belong together");
    refused("server-prot = 1\nserver-threads = 900", "line 2: server-threads");
}

static void unknown_variable_warns(void **state)
{
    const char *env[] = {"BOBBIN_SERVER_PROT=1", NULL};
    struct buf messages;
    buf_init(&messages, 0);
    const struct config *c = load(NULL, env, &messages);
    assert_non_null(c);
    assert_str(buf_str(&messages),
        "environment BOBBIN_SERVER_PROT: warning: no key server-prot (did you mean server-port?); ignored\n");
    config_unref(c);
    buf_release(&messages);
}

/* What fn prints, as a NUL-terminated string. */
static char *printed(void (*fn)(FILE *), const struct config *c)
{
    char *text = NULL;
    size_t size;
    FILE *f = open_memstream(&text, &size);
    if (c)
        config_dump(f, c);
    else
        fn(f);
    fclose(f);
    return text;
}

static void dump_masks_and_reads_back(void **state)
{
    const struct config *c = accepted("db-uri = \"postgres://u:hunter2@h/d\"\nlimit-body = 3MB\n"
                                      "timeout-idle = 1500ms\ndb-schemas = \"a,b\"\n",
        NULL);
    char *text = printed(NULL, c);
    assert_null(strstr(text, "hunter2"));
    assert_non_null(strstr(text, "limit-body = 3MiB  # "));
    assert_non_null(strstr(text, "server-port = 8080  # default\n"));
    const struct config *again = accepted(text, NULL);
    assert_int_equal(again->limit_body, 3145728);
    assert_int_equal(again->timeout_idle, 1500);
    assert_int_equal(again->db_schemas.n, 2);
    struct buf names;
    buf_init(&names, 0);
    assert_true(config_restart_needed(c, again, &names)); /* the mask is not the secret */
    assert_str(buf_str(&names), "db-uri");
    assert_false(config_restart_needed(c, c, &names));
    buf_release(&names);
    config_unref(again);
    config_unref(c);
    free(text);
}

static void example_is_a_file(void **state)
{
    char *text = printed(config_example, NULL);
    config_unref(accepted(text, NULL));
    /* With every default uncommented it must still be valid. */
    for (char *p = text; (p = strstr(p, "\n# ")) != NULL; p++) {
        size_t key = strspn(p + 3, "abcdefghijklmnopqrstuvwxyz-.");
        if (strncmp(p + 3 + key, " = ", 3) == 0)
            p[1] = ' ';
    }
    config_unref(accepted(text, NULL));
    free(text);
}

static void documentation_is_current(void **state)
{
    char *text = printed(config_reference, NULL);
    const char *path = SOURCE_ROOT "/docs/config.md";
    if (getenv("UPDATE_DOCS")) {
        FILE *f = fopen(path, "w");
        assert_non_null(f);
        fputs(text, f);
        fclose(f);
    }
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    char *have = calloc(1, strlen(text) + 2);
    have[fread(have, 1, strlen(text) + 1, f)] = '\0';
    fclose(f);
    if (strcmp(have, text) != 0)
        fail_msg("docs/config.md differs from server/config.def: run UPDATE_DOCS=1 build/test/unit/server/"
                 "test_config");
    free(have);
    free(text);
}

static int make_dir(void **state)
{
    return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
    static const char *const names[] = {"bobbin.conf", "secret", "redis-uri"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        char path[128];
        snprintf(path, sizeof path, "%s/%s", dir, names[i]);
        unlink(path);
    }
    return rmdir(dir);
}

static void settings_without_effect_are_named(void **state)
{
    const char *env[] = {
        "BOBBIN_TLS_REDIRECT=false", "PGRST_DB_URI=postgresql://x", "BOBBIN_TLS_PORT=8443", NULL};
    struct buf messages, names;
    buf_init(&messages, 0);
    buf_init(&names, 0);
    const struct config *c = config_load(&(struct config_source){.env = env}, &messages);
    assert_non_null(c);
    assert_true(config_without_effect(c, &names));
    assert_str(buf_str(&names), "tls-port, tls-redirect");
    config_unref(c);
    buf_release(&messages);
    buf_release(&names);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settings_without_effect_are_named),
        cmocka_unit_test(defaults),
        cmocka_unit_test(a_file),
        cmocka_unit_test(later_sources_win),
        cmocka_unit_test(a_reload_keeps_what_needs_a_restart),
        cmocka_unit_test(reloadable_keys),
        cmocka_unit_test(all_keys_of_postgrest_are_known),
        cmocka_unit_test(secrets_from_files),
        cmocka_unit_test(complaints),
        cmocka_unit_test(unknown_variable_warns),
        cmocka_unit_test(dump_masks_and_reads_back),
        cmocka_unit_test(example_is_a_file),
        cmocka_unit_test(documentation_is_current),
    };
    return cmocka_run_group_tests_name("config", tests, make_dir, remove_dir);
}
