/* Unit tests of util/json_out. SPDX-License-Identifier: ISC */
#include "test/unit/test.h"
#include "util/json_out.h"

#include <math.h>

static void a_document_of_everything(void **state)
{
    struct buf b;
    buf_init(&b, 0);
    struct json_out j;
    json_out_init(&j, &b);
    json_out_object(&j);
    json_out_pair(&j, "code", STR("PGRST\"100"));
    json_out_pair_cstr(&j, "details", NULL);
    json_out_key(&j, "list");
    json_out_array(&j);
    json_out_u64(&j, UINT64_MAX);
    json_out_i64(&j, INT64_MIN);
    json_out_i64(&j, 7);
    json_out_object(&j);
    json_out_end(&j);
    json_out_array(&j);
    json_out_end(&j);
    json_out_raw(&j, STR("{\"x\":1}"));
    json_out_end(&j);
    json_out_pair_bool(&j, "ok", false);
    json_out_pair_u64(&j, "n", 0);
    json_out_key_str(&j, STR("a\nb"));
    json_out_null(&j);
    json_out_end(&j);
    assert_str(buf_str(&b), "{\"code\":\"PGRST\\\"100\",\"details\":null,"
                            "\"list\":[18446744073709551615,-9223372036854775808,7,{},[],{\"x\":1}],"
                            "\"ok\":false,\"n\":0,\"a\\nb\":null}");
    buf_release(&b);
}

static void doubles(void **state)
{
    static const struct {
        double v;
        const char *text;
    } cases[] = {{0, "0"}, {-0.5, "-0.5"}, {0.1, "0.1"}, {1e21, "1e+21"}, {1.0 / 3, "0.3333333333333333"},
        {5e-324, "4.94065645841247e-324"}, {NAN, "null"}, {-INFINITY, "null"},
        {1.7976931348623157e308, "1.7976931348623157e+308"}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct buf b;
        buf_init(&b, 0);
        struct json_out j;
        json_out_init(&j, &b);
        json_out_double(&j, cases[i].v);
        assert_str(buf_str(&b), cases[i].text);
        buf_release(&b);
    }
}

static void as_deep_as_promised(void **state)
{
    struct buf b;
    buf_init(&b, 0);
    struct json_out j;
    json_out_init(&j, &b);
    for (unsigned i = 0; i < JSON_OUT_DEPTH; i++) {
        if (i % 2) {
            json_out_key(&j, "k");
            json_out_array(&j);
        } else {
            json_out_object(&j);
        }
    }
    for (unsigned i = 0; i < JSON_OUT_DEPTH; i++)
        json_out_end(&j);
    assert_true(str_starts(buf_str(&b), STR("{\"k\":[{\"k\":[")));
    assert_true(str_ends(buf_str(&b), STR("]}]}]}")));
    buf_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_document_of_everything),
        cmocka_unit_test(doubles),
        cmocka_unit_test(as_deep_as_promised),
    };
    return cmocka_run_group_tests_name("json_out", tests, NULL, NULL);
}
