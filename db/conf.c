/* conf: PQconninfoParse() does the parsing, URIs included. SPDX-License-Identifier: ISC */
#include "db/conf.h"

#include "util/check.h"
#include "util/mem.h"
#include "util/str.h"

#include <inttypes.h>
#include <libpq-fe.h>
#include <stdio.h>

#define IDLE_IN_TRANSACTION_MS 10000
#define LOCK_TIMEOUT_MS 1000
/* How soon a server that runs a statement notices that we have gone, where no cancel request reached it
 * (PostgreSQL docs 20.3.2; 0 by default). */
#define CLIENT_CHECK_MS 2000

static const struct {
    const char *key, *value;
} defaults[] = {
    {"keepalives_idle", "10"},
    {"keepalives_interval", "3"},
    {"keepalives_count", "3"},
    {"tcp_user_timeout", "10000"},
    {"gssencmode", "disable"},
};

/* The value of a keyword in an array of PQconninfoParse(), or NULL. */
static const char *option(const PQconninfoOption *options, const char *key)
{
    for (; options && options->keyword; options++) {
        if (strcmp(options->keyword, key) == 0)
            return options->val && *options->val ? options->val : NULL;
    }
    return NULL;
}

static void add(struct pg_conf *c, const char *key, const char *value)
{
    CHECK(c->n < PG_CONF_KEYWORDS);
    c->keys[c->n] = mem_strdup(key);
    c->values[c->n++] = mem_strdup(value);
}

static void add_default(struct pg_conf *c, const PQconninfoOption *given, const char *key, const char *value)
{
    if (!option(given, key))
        add(c, key, value);
}

/* Blanks part options; a backslash keeps one (PostgreSQL docs 34.1.2, options). */
static void append_escaped(char *out, const char *text)
{
    out += strlen(out);
    for (; *text; text++) {
        if (*text == ' ' || *text == '\\')
            *out++ = '\\';
        *out++ = *text;
    }
    *out = '\0';
}

/* Ours, then the user's, then what the encoder cannot do without: the last of equal settings counts. */
static char *make_options(const struct pg_conf_options *o, const char *given)
{
    char timeout[64] = "", *out;
    if (o->statement_timeout_ms)
        snprintf(timeout, sizeof timeout, "-c statement_timeout=%" PRIu64 " ", o->statement_timeout_ms);
    static const char formats[] =
        "-c DateStyle=ISO -c IntervalStyle=postgres -c bytea_output=hex -c extra_float_digits=1";
    size_t size = sizeof timeout + sizeof formats + strlen(given) + 192;
    size += o->search_path ? 2 * strlen(o->search_path) : 0;
    out = mem_alloc(size);
    snprintf(out, size,
        "%s-c idle_in_transaction_session_timeout=%d -c lock_timeout=%d "
        "-c client_connection_check_interval=%d %s %s",
        timeout, IDLE_IN_TRANSACTION_MS, LOCK_TIMEOUT_MS, CLIENT_CHECK_MS, given, formats);
    if (o->search_path) {
        strcat(out, " -c search_path=");
        append_escaped(out, o->search_path);
    }
    return out;
}

static void add_keywords(struct pg_conf *c, const PQconninfoOption *given, const struct pg_conf_options *o)
{
    static const char *const ours[] = {"host", "hostaddr", "port", "target_session_attrs", "options",
        "client_encoding", "connect_timeout", NULL};
    for (const PQconninfoOption *it = given; it->keyword; it++) {
        bool skip = !it->val;
        for (size_t i = 0; ours[i] && !skip; i++)
            skip = strcmp(ours[i], it->keyword) == 0;
        if (!skip)
            add(c, it->keyword, it->val);
    }
    add(c, "client_encoding", "UTF8");
    if (o->application_name)
        add_default(c, given, "application_name", o->application_name);
    for (size_t i = 0; i < ARRAY_LEN(defaults); i++)
        add_default(c, given, defaults[i].key, defaults[i].value);
}

/* The i-th piece of a comma list; a list of one counts for all hosts; NULL when absent or empty. */
static char *piece(const char *list, size_t i)
{
    struct str rest = str_cstr(list), part = {0};
    if (!list)
        return NULL;
    if (i > 0 && !strchr(list, ','))
        return mem_strdup(list);
    for (size_t k = 0; k <= i; k++) {
        if (!str_split(&rest, ',', &part))
            return NULL;
    }
    return part.n ? mem_strndup(part.p, part.n) : NULL;
}

static size_t pieces(const char *list)
{
    size_t n = 1;
    for (; list && *list; list++)
        n += *list == ',';
    return n;
}

/* Host and port as given, else from the environment (PGHOST ...), as libpq would. */
static void add_targets(struct pg_conf *c, const PQconninfoOption *given)
{
    PQconninfoOption *env = PQconndefaults();
    const char *host = option(given, "host"), *hostaddr = option(given, "hostaddr"),
               *port = option(given, "port");
    if (!host && !hostaddr) {
        host = option(env, "host");
        hostaddr = option(env, "hostaddr");
    }
    if (!port)
        port = option(env, "port");
    c->ntargets = MIN(MAX(pieces(host), pieces(hostaddr)), (size_t)PG_CONF_HOSTS);
    for (size_t i = 0; i < c->ntargets; i++)
        c->targets[i] = (struct pg_target){piece(host, i), piece(hostaddr, i), piece(port, i)};
    PQconninfoFree(env);
}

void pg_conf_init(struct pg_conf *c, const struct pg_conf_options *o)
{
    char *error = NULL;
    *c = (struct pg_conf){.ntargets = 1};
    PQconninfoOption *given = PQconninfoParse(o->conninfo ? o->conninfo : "", &error);
    if (!given) {
        c->error = mem_strdup(error ? error : "invalid connection string");
        PQfreemem(error);
        return;
    }
    const char *attrs = option(given, "target_session_attrs"), *options = option(given, "options");
    add_keywords(c, given, o);
    c->options = make_options(o, options ? options : "");
    c->session_attrs = attrs ? mem_strdup(attrs) : NULL;
    add_targets(c, given);
    PQconninfoFree(given);
}

void pg_conf_release(struct pg_conf *c)
{
    for (size_t i = 0; i < c->n; i++) {
        mem_free((void *)c->keys[i]);
        mem_free(c->values[i]);
    }
    for (size_t i = 0; i < c->ntargets; i++) {
        mem_free(c->targets[i].host);
        mem_free(c->targets[i].hostaddr);
        mem_free(c->targets[i].port);
    }
    mem_free(c->options);
    mem_free(c->session_attrs);
    mem_free(c->error);
    *c = (struct pg_conf){0};
}

char *pg_conf_user(const char *conninfo)
{
    PQconninfoOption *given = PQconninfoParse(conninfo ? conninfo : "", NULL), *env = PQconndefaults();
    const char *user = option(given, "user");
    if (given && !user)
        user = option(env, "user");
    char *copy = user ? mem_strdup(user) : NULL;
    PQconninfoFree(given);
    PQconninfoFree(env);
    return copy;
}
