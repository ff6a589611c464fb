/* config: collecting settings from their sources, in the order in which later ones win, and judging the
 * result.
 *
 * Each source sets values one by one through take(); the first complaint does not stop the rest, so that an
 * operator sees all of them at once. SPDX-License-Identifier: ISC */
#include "server/config.h"

#include "server/config_table.h"
#include "util/mem.h"
#include "util/uri.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <sys/stat.h>

#define MAX_FILE ((size_t)1048576)

struct loader {
    struct config *c;
    struct arena *arena;
    struct buf *messages;
    bool failed;
    struct config_setting app[256];
    size_t napp;
};

PRINTF_LIKE(3, 4) static void complain(struct loader *l, struct str where, const char *fmt, ...)
{
    char text[512];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    buf_printf(l->messages, "%.*s: %s\n", STR_ARG(where), text);
    l->failed = true;
}

/* The bytes of a small file in the arena, without the line end at its end; p is NULL when it cannot be read.
 */
static struct str read_file(struct arena *a, const char *path)
{
    FILE *f = fopen(path, "re");
    if (!f)
        return (struct str){NULL, 0};
    struct buf all;
    buf_init(&all, 0);
    while (!feof(f) && !ferror(f) && buf_len(&all) <= MAX_FILE) {
        char *p = buf_reserve(&all, 4096);
        buf_commit(&all, p + fread(p, 1, 4096, f));
    }
    struct str result = {NULL, 0};
    if (ferror(f))
        errno = EIO;
    else if (buf_len(&all) > MAX_FILE)
        errno = EFBIG;
    else
        result = arena_str(a, buf_str(&all));
    buf_release(&all);
    fclose(f);
    return result;
}

/* What is no regular file (a pipe, standard input) can be read once only, and may make its reader wait: a
 * reload, or the second look of a command, finds here what was in it. Lives as long as the process. */
struct kept {
    struct kept *next;
    char *path;
    struct str content;
};
static struct kept *kept;
static pthread_mutex_t kept_lock = PTHREAD_MUTEX_INITIALIZER;

/* With the lock held. */
static struct str read_once(struct arena *a, const char *path)
{
    for (const struct kept *k = kept; k; k = k->next) {
        if (strcmp(k->path, path) == 0)
            return arena_str(a, k->content);
    }
    struct str content = read_file(a, path);
    if (!content.p)
        return content;
    struct kept *k = MEM_NEW(struct kept);
    *k = (struct kept){kept, mem_strdup(path), str_make(mem_strndup(content.p, content.n), content.n)};
    kept = k;
    return content;
}

static struct str read_source(struct arena *a, const char *path)
{
    struct stat st;
    if (stat(path, &st) != 0 || S_ISREG(st.st_mode) || S_ISDIR(st.st_mode))
        return read_file(a, path);
    pthread_mutex_lock(&kept_lock);
    struct str content = read_once(a, path);
    pthread_mutex_unlock(&kept_lock);
    return content;
}

static struct str without_line_end(struct str s)
{
    while (s.n > 0 && (s.p[s.n - 1] == '\n' || s.p[s.n - 1] == '\r'))
        s.n--;
    return s;
}

/* A secret is `@/path` or itself. */
static bool resolve_secret(
    struct loader *l, struct str where, const struct config_key *key, struct str *value)
{
    if (key->type != CONFIG_SECRET || value->n == 0 || value->p[0] != '@')
        return true;
    const char *path = arena_cstr(l->arena, str_sub(*value, 1, value->n));
    struct str content = read_source(l->arena, path);
    if (!content.p) {
        complain(
            l, where, "%s names the file %s, which cannot be read: %s", key->name, path, strerror(errno));
        return false;
    }
    *value = without_line_end(content);
    return true;
}

static void set(struct loader *l, struct str where, const struct config_key *key, struct str value)
{
    struct str error;
    if (!resolve_secret(l, where, key, &value))
        return;
    if (!config_value_read(l->c, l->arena, key, value, &error)) {
        complain(l, where, "%.*s", STR_ARG(error));
        return;
    }
    l->c->state->origin[key - config_keys] = where;
}

static void set_app(struct loader *l, struct str where, struct str name, struct str value)
{
    for (size_t i = 0; i < l->napp; i++) {
        if (str_eq(l->app[i].name, name)) {
            l->app[i].value = arena_str(l->arena, value);
            return;
        }
    }
    if (l->napp == ARRAY_LEN(l->app))
        complain(l, where, "more than %zu app.settings.* keys; remove some", ARRAY_LEN(l->app));
    else
        l->app[l->napp++] = (struct config_setting){arena_str(l->arena, name), arena_str(l->arena, value)};
}

static void take(struct loader *l, struct str where, struct str name, struct str value)
{
    struct str app = STR("app.settings.");
    if (str_starts(name, app) && name.n > app.n) {
        set_app(l, where, str_sub(name, app.n, name.n), value);
        return;
    }
    const struct config_key *key = config_key_find(name);
    if (key) {
        set(l, where, key, value);
        return;
    }
    const char *near = config_key_near(name);
    complain(l, where, "unknown key %.*s%s%s%s", STR_ARG(name), near ? "; did you mean " : "",
        near ? near : "", near ? "?" : "");
}

static void take_defaults(struct loader *l)
{
    for (size_t i = 0; i < CONFIG_NKEYS; i++)
        set(l, STR("default"), &config_keys[i], str_cstr(config_keys[i].initial));
}

/* The text between the quotes; false when they do not match. What follows may only be blank or a comment. */
static bool unquote(struct arena *a, struct str text, struct str *out)
{
    char *to = arena_alloc(a, text.n + 1);
    size_t n = 0, i = 1;
    for (; i < text.n && text.p[i] != '"'; i++) {
        char c = text.p[i];
        if (c == '\\' && i + 1 < text.n) {
            c = text.p[++i];
            c = (char)(c == 'n' ? '\n' : c == 't' ? '\t' : c);
        }
        to[n++] = c;
    }
    if (i >= text.n)
        return false;
    struct str rest = str_trim(str_sub(text, i + 1, text.n));
    to[n] = '\0';
    *out = str_make(to, n);
    return rest.n == 0 || rest.p[0] == '#';
}

static bool needs_quotes(struct str name)
{
    const struct config_key *key = config_key_find(name);
    return !key || key->type == CONFIG_STR || key->type == CONFIG_SECRET || key->type == CONFIG_LIST;
}

static void take_line(struct loader *l, struct str where, struct str line)
{
    line = str_trim(without_line_end(line));
    if (line.n == 0 || line.p[0] == '#')
        return;
    size_t eq = str_find(line, '=');
    struct str name = str_trim(str_sub(line, 0, eq)), value = str_trim(str_sub(line, eq + 1, line.n));
    if (eq == line.n || name.n == 0) {
        complain(l, where, "this is not a setting; write key = \"value\"");
        return;
    }
    if (value.n > 0 && value.p[0] == '"') {
        if (!unquote(l->arena, value, &value)) {
            complain(l, where,
                "the value of %.*s must end with a double quote, and nothing may follow but a "
                "comment",
                STR_ARG(name));
            return;
        }
    } else {
        value = str_trim(str_sub(value, 0, str_find(value, '#')));
        if (value.n > 0 && needs_quotes(name) && config_key_find(name)) {
            complain(l, where, "the value of %.*s must be in double quotes", STR_ARG(name));
            return;
        }
    }
    take(l, where, name, value);
}

static void warn_if_readable(struct loader *l, const char *path)
{
    struct stat st;
    if (stat(path, &st) != 0 || !(st.st_mode & S_IROTH))
        return;
    for (size_t i = 0; i < CONFIG_NKEYS; i++) {
        if (config_keys[i].type != CONFIG_SECRET || str_eq(l->c->state->origin[i], STR("default")))
            continue;
        buf_printf(l->messages, "%s: warning: everybody on this machine can read %s here; chmod 640 it\n",
            path, config_keys[i].name);
        return;
    }
}

static void take_file(struct loader *l, const char *path)
{
    struct str rest = read_source(l->arena, path), line;
    if (!rest.p) {
        complain(l, str_cstr(path), "cannot be read: %s", strerror(errno));
        return;
    }
    for (unsigned n = 1; str_split(&rest, '\n', &line); n++)
        take_line(l, arena_printf(l->arena, "%s line %u", path, n), line);
    warn_if_readable(l, path);
}

/* DB_POOL_MAX_IDLETIME -> db-pool-max-idletime */
static struct str key_of_env(struct arena *a, struct str name)
{
    char *p = arena_cstr(a, name);
    for (size_t i = 0; i < name.n; i++) {
        if (p[i] == '_')
            p[i] = '-';
        else if (p[i] >= 'A' && p[i] <= 'Z')
            p[i] = (char)(p[i] | 0x20);
    }
    return str_make(p, name.n);
}

/* Variables that are for somebody else than struct config. */
static bool is_foreign(struct str key)
{
    return str_eq(key, STR("config")) || str_starts(key, STR("upgrade-")) || str_starts(key, STR("test-"));
}

static void take_variable(struct loader *l, struct str where, struct str name, struct str value)
{
    struct str app = STR("APP_SETTINGS_"), file = STR("_FILE");
    struct str key_name = key_of_env(l->arena, name);
    if (str_starts(name, app)) {
        struct str rest = key_of_env(l->arena, str_sub(name, app.n, name.n));
        for (char *p = (char *)rest.p; *p; p++)
            *p = (char)(*p == '-' ? '_' : *p);
        set_app(l, where, rest, value);
        return;
    }
    const struct config_key *key = config_key_find(key_name);
    if (!key && str_ends(name, file)) {
        key = config_key_find(str_sub(key_name, 0, key_name.n - file.n));
        if (key && key->type == CONFIG_SECRET)
            value = arena_printf(l->arena, "@%.*s", STR_ARG(value));
        else
            key = NULL;
    }
    if (key) {
        set(l, where, key, value);
    } else if (!is_foreign(key_name)) {
        const char *near = config_key_near(key_name);
        buf_printf(l->messages, "%.*s: warning: no key %.*s%s%s%s; ignored\n", STR_ARG(where),
            STR_ARG(key_name), near ? " (did you mean " : "", near ? near : "", near ? "?)" : "");
    }
}

static void take_environment(struct loader *l, const char *const *env, struct str prefix)
{
    for (; *env; env++) {
        struct str entry = str_cstr(*env);
        size_t eq = str_find(entry, '=');
        struct str name = str_sub(entry, 0, eq);
        if (eq == entry.n || !str_starts(name, prefix))
            continue;
        struct str where = arena_printf(l->arena, "environment %.*s", STR_ARG(name));
        take_variable(l, where, str_sub(name, prefix.n, name.n), str_sub(entry, eq + 1, entry.n));
    }
}

/* systemd's LoadCredential=jwt-secret:... puts files named as our keys there. */
static void take_credentials(struct loader *l, const char *const *env)
{
    struct str prefix = STR("CREDENTIALS_DIRECTORY=");
    for (; *env; env++) {
        if (!str_starts(str_cstr(*env), prefix))
            continue;
        for (size_t i = 0; i < CONFIG_NKEYS; i++) {
            if (config_keys[i].type != CONFIG_SECRET)
                continue;
            struct str path = arena_printf(l->arena, "%s/%s", *env + prefix.n, config_keys[i].name);
            struct str value = read_source(l->arena, path.p);
            if (value.p)
                set(l, path, &config_keys[i], without_line_end(value));
        }
    }
}

static void take_flags(struct loader *l, const struct config_setting *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        take(l, STR("command line"), s[i].name, s[i].value);
}

/* Whoever keeps the database need not know which version of this program reads it: a key that is unknown or
 * needs a restart is passed over, not refused. */
static void take_database(struct loader *l, const struct config_setting *s, size_t n)
{
    struct str where = STR("database");
    for (size_t i = 0; i < n; i++) {
        const struct config_key *key = config_key_find(s[i].name);
        if (key && !(key->flags & CONFIG_RELOAD))
            buf_printf(
                l->messages, "%.*s: warning: %s cannot be set there; ignored\n", STR_ARG(where), key->name);
        else if (!key && !str_starts(s[i].name, STR("app.settings.")))
            buf_printf(
                l->messages, "%.*s: warning: no key %.*s; ignored\n", STR_ARG(where), STR_ARG(s[i].name));
        else
            take(l, where, s[i].name, s[i].value);
    }
}

static bool is_octal_mode(struct str s)
{
    bool ok = s.n == 3 && s.p[0] >= '6' && s.p[0] <= '7';
    for (size_t i = 1; i < s.n; i++)
        ok = ok && s.p[i] >= '0' && s.p[i] <= '7';
    return ok;
}

static void judge_addresses(struct loader *l)
{
    const struct config *c = l->c;
    struct str where = STR("configuration"), base = c->server_base_path;
    if (str_eq(base, STR("/")))
        l->c->server_base_path = base = STR("");
    if (base.n > 0 && (base.p[0] != '/' || base.p[base.n - 1] == '/'))
        complain(l, where, "server-base-path must be empty or begin with / and not end with one");
    if (!is_octal_mode(c->server_unix_socket_mode) || !is_octal_mode(c->admin_server_unix_socket_mode))
        complain(l, where,
            "server-unix-socket-mode and admin-server-unix-socket-mode must lie between 600 and 777");
    if (c->server_unix_socket.n == 0 && c->admin_server_unix_socket.n == 0 && c->server_port != 0 &&
        c->server_port == c->admin_server_port)
        complain(l, where, "admin-server-port must differ from server-port");
}

/* A field name (RFC 9110 5.1), and none that the server answers for itself. */
static bool may_be_repeated(struct str name)
{
    static const char *const ours[] = {
        "connection", "content-length", "content-type", "date", "keep-alive", "transfer-encoding", "upgrade"};
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!letter && (c == '\0' || !strchr("!#$%&'*+-.^_`|~", c)))
            return false;
    }
    for (size_t i = 0; i < ARRAY_LEN(ours); i++) {
        if (str_eq_nocase(name, str_cstr(ours[i])))
            return false;
    }
    return true;
}

static bool is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* RFC 7519 section 2, StringOrURI: what has a colon is a URI, with a scheme before it and nothing in it that
 * would have to be escaped (RFC 3986 section 2). */
static bool is_string_or_uri(struct str s)
{
    static const char others[] = "0123456789-._~:/?#[]@!$&'()*+,;=%";
    size_t colon = str_find(s, ':');
    if (colon == s.n)
        return true;
    for (size_t i = 0; i < colon; i++) {
        if (!is_alpha(s.p[i]) && (i == 0 || !s.p[i] || !strchr("0123456789+-.", s.p[i])))
            return false;
    }
    for (size_t i = colon; i < s.n; i++) {
        if (!is_alpha(s.p[i]) && (!s.p[i] || !strchr(others, s.p[i])))
            return false;
    }
    return colon > 0;
}

/* What only shows when all keys are known. */
static void judge(struct loader *l)
{
    const struct config *c = l->c;
    struct str where = STR("configuration");
    judge_addresses(l);
    if (c->db_schemas.n == 0)
        complain(l, where, "db-schemas must name at least one schema");
    if (c->jwt_secret.n > 0 && c->jwt_secret.n < 32)
        complain(l, where, "jwt-secret must have 32 characters or more, or be a JWK");
    if (!is_string_or_uri(c->jwt_aud))
        complain(l, where,
            "jwt-aud has a colon and must then be a URI, such as https://example.com or urn:example:api");
    struct uri_http proxy;
    if (c->openapi_server_proxy_uri.n && !uri_http_parse(c->openapi_server_proxy_uri, &proxy))
        complain(l, where, "openapi-server-proxy-uri must be like https://example.com:8443/base/path");
    if (!may_be_repeated(c->server_trace_header))
        complain(l, where, "server-trace-header must be the name of a header that does not frame the answer");
    if ((c->tls_key.n == 0) != (c->tls_cert.n == 0) && !str_eq(c->tls_cert, STR("auto-dev")))
        complain(l, where, "tls-cert and tls-key belong together; set both or none");
}

static void take_all(struct loader *l, const struct config_source *source)
{
    take_defaults(l);
    if (source->path)
        take_file(l, source->path);
    if (source->env) {
        take_credentials(l, source->env);
        take_environment(l, source->env, STR("PGRST_"));
        take_environment(l, source->env, STR("BOBBIN_"));
    }
    take_database(l, source->database, source->ndatabase);
    take_flags(l, source->flags, source->nflags);
}

/* The sockets, threads and pools of a running process were made with the old values. */
static void keep_running(struct loader *l, const struct config *running)
{
    struct buf names;
    buf_init(&names, 0);
    if (config_restart_needed(running, l->c, &names))
        buf_printf(l->messages, "configuration: warning: changed, but a restart is needed: %.*s\n",
            STR_ARG(buf_str(&names)));
    buf_release(&names);
    for (size_t i = 0; i < CONFIG_NKEYS; i++) {
        if (config_keys[i].flags & CONFIG_RELOAD)
            continue;
        config_value_copy(l->c, l->arena, running, &config_keys[i]);
        l->c->state->origin[i] = arena_str(l->arena, running->state->origin[i]);
    }
}

const struct config *config_load(const struct config_source *source, struct buf *messages)
{
    struct config *c = MEM_NEW(struct config);
    struct loader *l = MEM_NEW(struct loader);
    c->state = MEM_NEW(struct config_state);
    atomic_init(&c->state->refs, 1);
    arena_init(&c->state->arena, 0);
    *l = (struct loader){.c = c, .arena = &c->state->arena, .messages = messages};
    take_all(l, source);
    if (!l->failed && source->running)
        keep_running(l, source->running);
    if (!l->failed)
        judge(l);
    struct config_setting *app = ARENA_NEW_ARRAY(l->arena, struct config_setting, l->napp);
    memcpy(app, l->app, l->napp * sizeof *app);
    c->app_settings = app;
    c->napp_settings = l->napp;
    bool failed = l->failed;
    mem_free(l);
    if (!failed)
        return c;
    config_unref(c);
    return NULL;
}

void config_reloadable(struct buf *names)
{
    char sep = '{';
    for (size_t i = 0; i < CONFIG_NKEYS; i++) {
        if (!(config_keys[i].flags & CONFIG_RELOAD))
            continue;
        buf_append_char(names, sep);
        for (const char *p = config_keys[i].name; *p; p++)
            buf_append_char(names, *p == '-' ? '_' : *p);
        sep = ',';
    }
    buf_append_char(names, '}');
}

const struct config *config_ref(const struct config *c)
{
    atomic_fetch_add_explicit(&c->state->refs, 1, memory_order_relaxed);
    return c;
}

void config_unref(const struct config *c)
{
    if (!c || atomic_fetch_sub_explicit(&c->state->refs, 1, memory_order_acq_rel) != 1)
        return;
    arena_release(&c->state->arena);
    mem_free(c->state);
    mem_free((void *)c);
}

bool config_same(const struct config *a, const struct config *b)
{
    if (a->napp_settings != b->napp_settings)
        return false;
    for (size_t i = 0; i < a->napp_settings; i++) {
        if (!str_eq(a->app_settings[i].name, b->app_settings[i].name) ||
            !str_eq(a->app_settings[i].value, b->app_settings[i].value))
            return false;
    }
    for (size_t i = 0; i < CONFIG_NKEYS; i++) {
        if (!config_value_eq(a, b, &config_keys[i]))
            return false;
    }
    return true;
}

bool config_restart_needed(const struct config *now, const struct config *wanted, struct buf *names)
{
    size_t n = 0;
    for (size_t i = 0; i < CONFIG_NKEYS; i++) {
        if ((config_keys[i].flags & CONFIG_RELOAD) || config_value_eq(now, wanted, &config_keys[i]))
            continue;
        buf_printf(names, "%s%s", n++ ? ", " : "", config_keys[i].name);
    }
    return n > 0;
}

bool config_without_effect(const struct config *c, struct buf *names)
{
    size_t n = 0;
    for (size_t i = 0; i < CONFIG_NKEYS; i++) {
        if ((config_keys[i].flags & CONFIG_NOT_YET) && !str_eq(c->state->origin[i], STR("default")))
            buf_printf(names, "%s%s", n++ ? ", " : "", config_keys[i].name);
    }
    return n > 0;
}
