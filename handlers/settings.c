/* settings: deriving, counting. SPDX-License-Identifier: ISC */
#include "handlers/settings.h"

#include "auth/digest.h"
#include "db/conf.h"
#include "handlers/context.h"
#include "util/check.h"
#include "util/mem.h"

static struct query_limits limits_of(const struct config *c)
{
    return (struct query_limits){.max_rows = c->db_max_rows,
        .default_limit = c->db_default_limit,
        .embed_depth = (unsigned)c->limit_embed_depth,
        .embeds = (unsigned)c->limit_embeds,
        .filters = (unsigned)c->limit_filters,
        .tree_depth = (unsigned)c->limit_tree_depth,
        .select_items = (unsigned)c->limit_select_items,
        .max_offset = c->limit_offset,
        .document_lines = c->limit_document_lines,
        .aggregates = c->db_aggregates_enabled,
        .legacy_names = c->url_use_legacy_target_names};
}

struct jwt *settings_jwt_create(const struct config *c, char *error, size_t size)
{
    struct jwt_options options = {.secret = c->jwt_secret,
        .secret_is_base64 = c->jwt_secret_is_base64,
        .audience = c->jwt_aud,
        .role_claim_key = c->jwt_role_claim_key,
        .anon_role = c->db_anon_role,
        .cache_entries = c->jwt_cache_max_entries};
    char *login = pg_conf_user(c->db_uri.p);
    options.login_role = str_cstr(login);
    struct jwt *jwt = jwt_create(&options, error, size);
    mem_free(login);
    return jwt;
}

static void derive_key(const struct settings *s, struct str purpose, uint64_t key[2])
{
    uint8_t digest[DIGEST_BYTES];
    digest_hmac_sha256(s->config->jwt_secret, &purpose, 1, digest);
    memcpy(key, digest, 2 * sizeof key[0]);
}

struct settings *settings_create(const struct config *config)
{
    struct settings *s = MEM_NEW(struct settings);
    uint64_t seed[2];
    char error[256];
    s->refs = 1;
    s->config = config_ref(config);
    s->limits = limits_of(config);
    s->jwt = settings_jwt_create(config, error, sizeof error);
    CHECK(s->jwt != NULL); /* whoever decided for this configuration has tried the same keys */
    s->context = context_setup_create(config);
    derive_key(s, STR("page tokens"), s->page_key);
    derive_key(s, STR("entity tags"), seed);
    fingerprint_key_derive(&s->etag_key, seed);
    arena_init(&s->arena, 0);
    if (jwt_anonymous(s->jwt, &s->arena, &s->anonymous) != JWT_OK)
        s->anonymous = (struct principal){0};
    return s;
}

struct settings *settings_ref(struct settings *s)
{
    s->refs++;
    return s;
}

void settings_unref(struct settings **sp)
{
    struct settings *s = *sp;
    *sp = NULL;
    if (!s || --s->refs > 0)
        return;
    jwt_free(&s->jwt);
    context_setup_free(&s->context);
    arena_release(&s->arena);
    config_unref(s->config);
    mem_free(s);
}
