/* Unit tests of auth/role_path. SPDX-License-Identifier: ISC */
#include "auth/role_path.h"
#include "test/unit/test.h"

static const char claims_text[] =
    "{\"role\":\"editor\",\"nothing\":null,\"number\":7,\"a\":{\"b\":{\"c\":\"deep\"}},"
    "\"https://example.org/"
    "role\":{\"key\":\"author\"},\"realm\":{\"roles\":[\"other\",\"author\",3,\"bauthorized\"]},"
    "\"groups\":[\"/group-a\",\"/group-b/\",\"/gr\xc3\xb6\xc3\x9f"
    "e/\"],\"quo\\\"te\":\"q\"}";

struct expectation {
    const char *path, *role; /* role NULL: nothing there; "?": there, but no string */
};

static const struct expectation expectations[] = {
    {"$.role", "editor"},
    {".role", "editor"},
    {"$['role']", "editor"},
    {"$[\"a\"]['b'].c", "deep"},
    {".a.b.c", "deep"},
    {".\"https://example.org/role\".key", "author"},
    {".\"quo\\\"te\"", "q"},
    {".realm.roles[0]", "other"},
    {".realm.roles[1]", "author"},
    {".realm.roles[9]", NULL},
    {".realm.roles[2]", "?"},
    {".realm.roles[?(@ == \"author\")]", "author"},
    {".realm.roles[?(@=='author')]", "author"},
    {".realm.roles[?(@ != \"other\")]", "author"},
    {".realm.roles[?(@ ^== \"aut\")]", "author"},
    {".realm.roles[?(@ ==^ \"ized\")]", "bauthorized"},
    {".realm.roles[?(@ *== \"utho\")]", "author"},
    {".realm.roles[?( @  ==  \"nobody\" )]", NULL},
    {".groups[0][1:]", "group-a"},
    {".groups[1][1:-1]", "group-b"},
    {".groups[2][1:-1]", "gr\xc3\xb6\xc3\x9f"
                         "e"},
    {".groups[2][-2:]", "e/"},
    {".groups[2][3:5]", "\xc3\xb6\xc3\x9f"},
    {".groups[0][:]", "/group-a"},
    {".groups[0][:4]", "/gro"},
    {".groups[0][100:]", ""},
    {".groups[0][-100:3]", "/gr"},
    {".groups[0][5:2]", ""},
    {".role[1:].x", NULL},
    {".nothing", NULL},
    {".absent", NULL},
    {".role.more", NULL},
    {".number", "?"},
    {".a", "?"},
    {".realm.roles", "?"},
};

static void walks(void **state)
{
    json_t *claims = json_loads(claims_text, 0, NULL);
    assert_non_null(claims);
    struct arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < ARRAY_LEN(expectations); i++) {
        const struct expectation *e = &expectations[i];
        struct role_path path;
        struct str role = {0};
        size_t at;
        if (!role_path_compile(&path, &a, str_cstr(e->path), &at))
            fail_msg("%s: not understood at %zu", e->path, at);
        enum role_found found = role_path_walk(&path, claims, &role);
        enum role_found expected = !e->role                    ? ROLE_FOUND_NONE
                                   : strcmp(e->role, "?") == 0 ? ROLE_FOUND_OTHER
                                                               : ROLE_FOUND_STRING;
        if (found != expected)
            fail_msg("%s: found %d", e->path, found);
        if (found == ROLE_FOUND_STRING && !str_eq_cstr(role, e->role))
            fail_msg("%s: \"%.*s\"", e->path, STR_ARG(role));
    }
    json_decref(claims);
    arena_release(&a);
}

static void refuses_and_says_where(void **state)
{
    static const struct {
        const char *path;
        size_t at;
    } bad[] = {{"", 0}, {"$", 1}, {"role", 0}, {".role.", 6}, {".role[", 6}, {".role[1", 7}, {".role[-1]", 8},
        {".role[x]", 6}, {".\"role", 6}, {".role[?(@ = \"x\")]", 10}, {".role[?(x == \"x\")]", 8},
        {".role[?(@ == x)]", 13}, {".role[?(@ == \"x\"]", 16}, {".role[1:y]", 8}, {". role", 1},
        {".role ", 5}, {"..role", 1}, {".\"a\\", 4}};
    struct arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct role_path path;
        size_t at;
        if (role_path_compile(&path, &a, str_cstr(bad[i].path), &at))
            fail_msg("%s accepted", bad[i].path);
        if (at != bad[i].at)
            fail_msg("%s refused at %zu", bad[i].path, at);
    }
    arena_release(&a);
}

static void bounds_its_steps(void **state)
{
    char text[2 * ROLE_PATH_MAX_STEPS + 3];
    struct role_path path;
    struct arena a;
    size_t at;
    arena_init(&a, 0);
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = i % 2 ? 'a' : '.';
    assert_true(role_path_compile(&path, &a, str_make(text, 2 * ROLE_PATH_MAX_STEPS), &at));
    assert_int_equal(path.n, ROLE_PATH_MAX_STEPS);
    assert_false(role_path_compile(&path, &a, str_make(text, 2 * ROLE_PATH_MAX_STEPS + 2), &at));
    arena_release(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(walks),
        cmocka_unit_test(refuses_and_says_where),
        cmocka_unit_test(bounds_its_steps),
    };
    return cmocka_run_group_tests_name("role_path", tests, NULL, NULL);
}
