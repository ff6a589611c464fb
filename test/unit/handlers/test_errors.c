/* Unit tests of handlers/errors. SPDX-License-Identifier: ISC */
#include "handlers/errors.h"
#include "test/unit/test.h"

static void sqlstates_become_statuses(void **state)
{
    static const struct {
        const char *sqlstate, *message;
        bool anonymous;
        int status;
    } cases[] = {
        {"08006", "", false, 503},
        {"23505", "", false, 409},
        {"23503", "", false, 409},
        {"23514", "", false, 400},
        {"22P02", "", false, 400},
        {"25006", "", false, 405},
        {"25P02", "", false, 500},
        {"42501", "", true, 401},
        {"42501", "", false, 403},
        {"42P01", "", false, 404},
        {"42883", "", false, 404},
        {"42883", "function xmlagg(text) does not exist", false, 406},
        {"42P17", "", false, 500},
        {"42703", "", false, 400},
        {"21000", "UPDATE requires a WHERE clause", false, 400},
        {"21000", "more than one row", false, 500},
        {"22023", "role \"x\" does not exist", false, 401},
        {"22023", "bad parameter", false, 400},
        {"53400", "", false, 500},
        {"53300", "", false, 503},
        {"55000", "", false, 409},
        {"57014", "", false, 504},
        {"57P01", "", false, 503},
        {"P0001", "", false, 400},
        {"P0002", "", false, 500},
        {"PT418", "", false, 418},
        {"PT999", "", false, 500},
        {"PTabc", "", false, 500},
        {"XX000", "", false, 500},
        {"", "", false, 400},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_int_equal(error_sqlstate_status(
                             str_cstr(cases[i].sqlstate), str_cstr(cases[i].message), cases[i].anonymous),
            cases[i].status);
}

static struct str body_of(struct buf *out, enum error_id id, struct error_detail d)
{
    buf_init(out, 0);
    error_write_body(out, id, &d, false);
    return buf_str(out);
}

static void bodies_have_the_four_members(void **state)
{
    struct buf out;
    assert_str(body_of(&out, ERR_PATH, (struct error_detail){0}),
        "{\"code\":\"PGRST125\",\"message\":\"Invalid path specified in request "
        "URL\",\"details\":null,\"hint\":null}");
    buf_release(&out);
    assert_str(body_of(&out, ERR_NO_TABLE,
                   (struct error_detail){.message = STR("m\"\n"), .details = STR("d"), .hint = STR("h")}),
        "{\"code\":\"PGRST205\",\"message\":\"m\\\"\\n\",\"details\":\"d\",\"hint\":\"h\"}");
    buf_release(&out);
}

static void details_may_be_json_and_columns_are_named(void **state)
{
    struct buf out;
    assert_str(body_of(&out, ERR_AMBIGUOUS_RELATIONSHIP,
                   (struct error_detail){.message = STR("m"), .details_json = STR("[1]"), .hint = STR("h")}),
        "{\"code\":\"PGRST201\",\"message\":\"m\",\"details\":[1],\"hint\":\"h\"}");
    buf_release(&out);
    assert_str(body_of(&out, ERR_BODY,
                   (struct error_detail){.message = STR("m"),
                       .constraint = STR("c"),
                       .columns = &(struct str)STR_INIT("x"),
                       .ncolumns = 1}),
        "{\"code\":\"PGRST102\",\"message\":\"m\",\"details\":null,\"hint\":null,\"constraint\":\"c\","
        "\"columns\":[\"x\"]}");
    buf_release(&out);
}

static void minimal_bodies_have_two_members(void **state)
{
    struct buf out;
    struct error_detail d = {.message = STR("m"),
        .details = STR("d"),
        .hint = STR("h"),
        .columns = &(struct str)STR_INIT("x"),
        .ncolumns = 1};
    buf_init(&out, 0);
    error_write_body(&out, ERR_NO_TABLE, &d, true);
    assert_str(buf_str(&out), "{\"code\":\"PGRST205\",\"message\":\"m\"}");
    buf_release(&out);
}

static void every_status_of_the_server_layer_has_a_row(void **state)
{
    static const int statuses[] = {400, 408, 413, 414, 431, 501, 503, 505};
    for (size_t i = 0; i < ARRAY_LEN(statuses); i++)
        assert_int_equal(error_status(error_of_status(statuses[i])), statuses[i]);
    assert_int_equal(error_of_status(500), ERR_INTERNAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sqlstates_become_statuses),
        cmocka_unit_test(bodies_have_the_four_members),
        cmocka_unit_test(details_may_be_json_and_columns_are_named),
        cmocka_unit_test(minimal_bodies_have_two_members),
        cmocka_unit_test(every_status_of_the_server_layer_has_a_row),
    };
    return cmocka_run_group_tests_name("errors", tests, NULL, NULL);
}
