/* Unit tests of schema/migrations. SPDX-License-Identifier: ISC */
#include "schema/migrations.h"

#include "schema/embedded.h"
#include "test/unit/test.h"

#include <sys/stat.h>
#include <unistd.h>

static struct migrations set;
static struct buf error;

static int setup(void **state)
{
    set = (struct migrations){0};
    arena_init(&set.arena, 0);
    buf_init(&error, 0);
    return 0;
}

static int teardown(void **state)
{
    migrations_release(&set);
    buf_release(&error);
    return 0;
}

static bool add(const char *file)
{
    return migrations_add(&set, str_cstr(file), str_cstr(file), &error);
}

static void up_and_down_meet(void **state)
{
    assert_true(add("0010_b.sql"));
    assert_true(add("0002_a.down.sql"));
    assert_true(add("0002_a.sql"));
    assert_true(add("README.md"));
    assert_true(migrations_sort(&set, &error));
    assert_int_equal(set.n, 2);
    assert_int_equal(set.items[0].version, 2);
    assert_string_equal(set.items[0].name, "0002_a");
    assert_string_equal(set.items[0].up, "0002_a.sql");
    assert_string_equal(set.items[0].down, "0002_a.down.sql");
    assert_null(set.items[1].down);
    assert_ptr_equal(migrations_find(&set, 10), &set.items[1]);
    assert_null(migrations_find(&set, 3));
}

static void bad_names_are_refused(void **state)
{
    const char *const names[] = {
        "first.sql", "_a.sql", "0001.sql", "0001_.sql", "x1_a.sql", "0000_a.sql", "9999999999_a.sql", ".sql"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        assert_false(add(names[i]));
        assert_true(str_starts(buf_str(&error), str_cstr(names[i])));
        buf_clear(&error, 0);
    }
    assert_int_equal(set.n, 0);
}

static void numbers_are_unique(void **state)
{
    assert_true(add("0001_a.sql"));
    assert_false(add("0001_b.sql"));
    assert_str(
        buf_str(&error), "0001_b.sql: number 1 is taken by 0001_a; give one of the two another number");
    buf_clear(&error, 0);
    assert_false(add("1_a.sql"));
    assert_false(add("0001_a.sql"));
}

static void down_alone_is_refused(void **state)
{
    assert_true(add("0001_a.down.sql"));
    assert_false(migrations_sort(&set, &error));
    assert_str(buf_str(&error), "0001_a.down.sql has no 0001_a.sql");
}

static void nul_bytes_are_refused(void **state)
{
    assert_false(migrations_add(&set, STR("0001_a.sql"), STR("select\0 1"), &error));
}

static void the_bundled_set_is_sound(void **state)
{
    teardown(state);
    migrations_init_embedded(&set);
    assert_true(erp_files_count > 0 && demo_files_count > 0);
    assert_true(set.n > 0);
    for (size_t i = 0; i < set.n; i++)
        assert_non_null(set.items[i].down);
}

static void write_file(const char *directory, const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *f = fopen(path, "we");
    assert_non_null(f);
    fputs("select 1", f);
    fclose(f);
}

static void a_directory_is_read(void **state)
{
    char directory[] = "/tmp/test_migrations_XXXXXX", path[300];
    teardown(state);
    assert_non_null(mkdtemp(directory));
    write_file(directory, "0001_a.sql");
    write_file(directory, ".0002_hidden.sql");
    write_file(directory, "notes.txt");
    assert_true(migrations_init_directory(&set, directory, &error));
    assert_int_equal(set.n, 1);
    assert_string_equal(set.items[0].up, "select 1");
    migrations_release(&set);
    write_file(directory, "wrong.sql");
    assert_false(migrations_init_directory(&set, directory, &error));
    const char *const names[] = {"0001_a.sql", ".0002_hidden.sql", "notes.txt", "wrong.sql"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        snprintf(path, sizeof path, "%s/%s", directory, names[i]);
        assert_int_equal(unlink(path), 0);
    }
    assert_int_equal(rmdir(directory), 0);
    migrations_release(&set);
    buf_clear(&error, 0);
    assert_false(migrations_init_directory(&set, directory, &error));
    assert_true(str_ends(buf_str(&error), STR("No such file or directory")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(up_and_down_meet, setup, teardown),
        cmocka_unit_test_setup_teardown(bad_names_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(numbers_are_unique, setup, teardown),
        cmocka_unit_test_setup_teardown(down_alone_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(nul_bytes_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(the_bundled_set_is_sound, setup, teardown),
        cmocka_unit_test_setup_teardown(a_directory_is_read, setup, teardown),
    };
    return cmocka_run_group_tests_name("migrations", tests, NULL, NULL);
}
