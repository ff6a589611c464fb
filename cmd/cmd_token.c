/* cmd_token: a token for trying things out, signed with the configuration's own secret.
 * SPDX-License-Identifier: ISC */
#include "auth/jwt_sign.h"
#include "cmd/commands.h"
#include "util/clock.h"
#include "util/json_out.h"

#include <stdio.h>

#define TOKEN_TTL_S 3600u

static void write_claims(struct buf *out, struct str role, struct str subject, uint64_t ttl_s)
{
    struct json_out j;
    json_out_init(&j, out);
    json_out_object(&j);
    json_out_pair(&j, "role", role);
    if (subject.n)
        json_out_pair(&j, "sub", subject);
    json_out_pair_u64(&j, "exp", (uint64_t)(clock_wall_us() / 1000000) + ttl_s);
    json_out_end(&j);
}

static int sign(const struct config *c, struct str role, struct str subject, uint64_t ttl_s)
{
    char error[256];
    struct buf claims, token;
    buf_init(&claims, 0);
    buf_init(&token, 0);
    write_claims(&claims, role, subject, ttl_s);
    bool ok =
        jwt_sign_hs256(c->jwt_secret, c->jwt_secret_is_base64, buf_str(&claims), &token, error, sizeof error);
    if (ok)
        printf("%.*s\n", STR_ARG(buf_str(&token)));
    else
        fprintf(stderr, "bobbin: %s\n", error);
    buf_release(&claims);
    buf_release(&token);
    return ok ? 0 : EXIT_FAILED;
}

int cmd_token(int argc, char **argv)
{
    const char *role = NULL, *subject = NULL, *ttl = NULL;
    uint64_t ttl_s = TOKEN_TTL_S;
    bool bad = false;
    int status;
    option_take(&argc, argv, "--role", &role, &bad);
    option_take(&argc, argv, "--sub", &subject, &bad);
    option_take(&argc, argv, "--ttl", &ttl, &bad);
    const struct config *c = bad ? NULL : load_config(&argc, argv, &status);
    if (!c)
        return bad ? EXIT_USAGE : status;
    status = option_rest(argc, argv, 0, "token");
    if (status == 0 && (!role || (ttl && !str_to_u64(str_cstr(ttl), &ttl_s)))) {
        fputs("bobbin: token wants --role ROLE, and --ttl in seconds\n", stderr);
        status = EXIT_USAGE;
    }
    if (status == 0)
        status = sign(c, str_cstr(role), str_cstr(subject), ttl_s);
    config_unref(c);
    return status;
}
