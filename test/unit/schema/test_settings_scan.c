/* Unit tests of schema/settings_scan. SPDX-License-Identifier: ISC */
#include "schema/settings_scan.h"

#include "test/unit/test.h"

static void names(void **state)
{
    static const struct {
        const char *text;
        unsigned found;
    } cases[] = {
        {"", 0},
        {"select current_setting('request.jwt.claims', true)::json", SETTING_CLAIMS},
        {"select CURRENT_SETTING ( 'Request.JWT.claim.sub' )", SETTING_CLAIMS},
        {"(current_setting('request.method'::text) = 'GET'::text)", SETTING_METHOD},
        {"current_setting('request.path'::text, true)", SETTING_PATH},
        {"current_setting(\n\t'request.headers', true) || current_setting('request.cookies')",
            SETTING_HEADERS | SETTING_COOKIES},
        {"pg_catalog.\"current_setting\"('app.settings.key')", SETTING_APP},
        {"current_setting('role')", 0},
        {"current_setting('role' || x)", SETTINGS_READ},
        {"current_setting('erp.reason', true)", SETTING_OTHER},
        {"current_setting(name, true)", SETTINGS_READ},
        {"current_setting(E'request\\x2emethod')", SETTINGS_READ},
        {"current_setting('request.' || 'path')", SETTINGS_READ},
        {"current_setting('request.method'::name)", SETTINGS_READ},
        {"current_setting /* who */ ('request.path')", SETTINGS_READ},
        {"current_setting('", SETTINGS_READ},
        {"current_settings('x'), my_current_setting('x')", 0},
        {"set_config('erp.reason', 'x', true)", 0},
        {"set_config('response.status', '418', true)", SETTING_ANSWER},
        {"set_config(setting_name => x, is_local => true)", SETTING_ANSWER},
        {"set_config('resp' || 'onse.status', '418', true)", SETTING_ANSWER},
        {"set local \"response.headers\" = '[]'", SETTING_ANSWER},
        {"SET LOCAL Response.Status TO 418", SETTING_ANSWER},
        {"select response from answers a", 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        if (settings_scan(str_cstr(cases[i].text)) != cases[i].found)
            fail_msg("%s: %#x", cases[i].text, settings_scan(str_cstr(cases[i].text)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(names)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
