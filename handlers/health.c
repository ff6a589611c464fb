/* health: probes and the report. SPDX-License-Identifier: ISC */
#include "handlers/health.h"

#include "handlers/app.h"
#include "handlers/errors.h"
#include "schema/catalog_json.h"
#include "server/response.h"
#include "util/clock.h"
#include "util/json_out.h"
#include "util/sysinfo.h"

/* A loop that has not advanced for so long will not: a handshake costs about 1 ms, a large page a few. */
#define LOOP_STUCK_MS 5000
/* Shares of the memory that this process may use, in percent. */
#define MEMORY_WARN 80u
#define MEMORY_FAIL 95u

static void answer(struct request *req, int status, struct str type, struct buf *body)
{
    response_header(req, STR("Content-Type"), type);
    response_header(req, STR("Cache-Control"), STR("no-store"));
    if (status == 503)
        response_header(req, STR("Retry-After"), STR("1"));
    response_send(req, status, body);
}

static void answer_line(struct request *req, int status, const char *line)
{
    struct buf body;
    buf_init(&body, 0);
    buf_printf(&body, "%s\n", line);
    answer(req, status, STR("text/plain; charset=utf-8"), &body);
}

void health_live(struct request *req)
{
    bool stuck = server_slowest_loop_ms(worker_server(req->worker)) > LOOP_STUCK_MS;
    answer_line(req, stuck ? 503 : 200, stuck ? "a loop is stuck" : "ok");
}

static bool database_alive(const struct app_shared *s)
{
    for (unsigned i = 0; i < server_nworkers(s->server); i++) {
        struct app_worker *w = s->workers[i];
        if (w && pulse_alive(&w->pulse))
            return true;
    }
    return false;
}

/* NULL: ready; else what is missing. */
static const char *not_ready(const struct app_shared *s)
{
    if (server_draining(s->server))
        return "draining";
    if (schema_watch_loads(s->schema) == 0)
        return "the schema has not been read yet";
    if (!database_alive(s))
        return "the database does not answer";
    return NULL;
}

void health_ready(struct request *req)
{
    const char *why = not_ready(app_of(req)->shared);
    answer_line(req, why ? 503 : 200, why ? why : "ok");
}

static void check(struct json_out *j, const char *key, const char *status, const char *name, uint64_t value,
    const char *unit)
{
    json_out_key(j, key);
    json_out_array(j);
    json_out_object(j);
    json_out_pair_cstr(j, "status", status);
    json_out_pair_u64(j, name, value);
    if (unit)
        json_out_pair_cstr(j, "observedUnit", unit);
    json_out_end(j);
    json_out_end(j);
}

static const char *memory_status(uint64_t used, uint64_t limit)
{
    uint64_t percent = limit ? used * 100 / limit : 0;
    return percent >= MEMORY_FAIL ? "fail" : percent >= MEMORY_WARN ? "warn" : "pass";
}

/* Redis down is a loss of speed, never of service: a warning. */
static const char *redis_status(const struct app_shared *s)
{
    const struct app_worker *w = s->workers[0];
    bool ok = !s->has_redis || (w && atomic_load_explicit(&w->pulse.redis_ready, memory_order_relaxed));
    return ok ? "pass" : "warn";
}

static void write_checks(
    struct json_out *j, const struct app_shared *s, const char *database, const char *memory)
{
    unsigned rtt = 0, connected = 0;
    for (unsigned i = 0; i < server_nworkers(s->server); i++) {
        struct app_worker *w = s->workers[i];
        if (!w)
            continue;
        rtt = MAX(rtt, atomic_load_explicit(&w->pulse.rtt_us, memory_order_relaxed));
        connected += atomic_load_explicit(&w->pulse.connected, memory_order_relaxed);
    }
    json_out_key(j, "checks");
    json_out_object(j);
    check(j, "database:responseTime", database, "observedValue", rtt, "us");
    check(j, "database:connections", database, "observedValue", connected, NULL);
    if (s->has_redis) {
        const struct pulse *p = s->workers[0] ? &s->workers[0]->pulse : NULL;
        check(j, "redis:responseTime", redis_status(s), "observedValue",
            p ? atomic_load_explicit(&p->redis_rtt_us, memory_order_relaxed) : 0, "us");
    }
    check(j, "memory:utilization", memory, "observedValue", sysinfo_rss_bytes(), "bytes");
    check(j, "schema:loaded", schema_watch_loads(s->schema) ? "pass" : "fail", "observedValue",
        schema_watch_loads(s->schema), NULL);
    json_out_end(j);
}

void health_report(struct request *req)
{
    const struct app_shared *s = app_of(req)->shared;
    const char *database = database_alive(s) ? "pass" : "fail";
    const char *memory = memory_status(sysinfo_rss_bytes(), sysinfo_memory_limit());
    bool fail = not_ready(s) || strcmp(memory, "fail") == 0;
    int64_t now_us = clock_wall_us();
    char now[CLOCK_RFC3339];
    struct buf body;
    struct json_out j;
    buf_init(&body, 0);
    json_out_init(&j, &body);
    json_out_object(&j);
    json_out_pair_cstr(&j, "status", fail ? "fail" : strcmp(memory, "pass") ? memory : redis_status(s));
    json_out_pair(&j, "timestamp", str_make(now, (size_t)(clock_rfc3339_write(now, now_us) - now)));
    json_out_pair_cstr(&j, "version", BOBBIN_VERSION);
    json_out_pair_u64(&j, "uptime_seconds", (uint64_t)(now_us - s->started_us) / 1000000);
    if (not_ready(s))
        json_out_pair_cstr(&j, "output", not_ready(s));
    write_checks(&j, s, database, memory);
    json_out_end(&j);
    buf_append_char(&body, '\n');
    answer(req, fail ? 503 : 200, STR("application/health+json"), &body);
}

void health_schema(struct request *req)
{
    struct catalog *cat = schema_watch_catalog(app_of(req)->shared->schema);
    struct buf body;
    if (!cat) {
        error_send(req, ERR_CATALOG_LOADING, NULL);
        return;
    }
    buf_init(&body, 0);
    catalog_json_write(&body, cat);
    catalog_unref(&cat);
    answer(req, 200, STR("application/json; charset=utf-8"), &body);
}
