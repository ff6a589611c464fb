/* migrations: file names taken apart, up and down brought together. SPDX-License-Identifier: ISC */
#include "schema/migrations.h"

#include "schema/embedded.h"
#include "util/check.h"
#include "util/mem.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define VERSION_DIGITS_MAX 9

/* "0001_name.down.sql" into 1, "0001_name", true. */
static bool read_name(struct str file, unsigned *version, struct str *name, bool *down)
{
    size_t digits = str_find(file, '_');
    uint64_t number;
    *down = str_ends(file, STR(".down.sql"));
    *name = str_sub(file, 0, file.n - (*down ? 9 : 4));
    if (digits == 0 || digits > VERSION_DIGITS_MAX || digits + 1 >= name->n)
        return false;
    if (!str_to_u64(str_sub(file, 0, digits), &number) || number == 0)
        return false;
    *version = (unsigned)number;
    return true;
}

static struct migration *find(const struct migrations *set, unsigned version)
{
    for (size_t i = 0; i < set->n; i++) {
        if (set->items[i].version == version)
            return &set->items[i];
    }
    return NULL;
}

const struct migration *migrations_find(const struct migrations *set, unsigned version)
{
    return find(set, version);
}

static struct migration *find_or_add(struct migrations *set, unsigned version, struct str name)
{
    struct migration *m = find(set, version);
    if (m)
        return m;
    set->items = mem_realloc(set->items, (set->n + 1) * sizeof *set->items);
    m = &set->items[set->n++];
    *m = (struct migration){.version = version, .name = arena_cstr(&set->arena, name)};
    return m;
}

bool migrations_add(struct migrations *set, struct str file, struct str text, struct buf *error)
{
    struct str name;
    unsigned version;
    bool down;
    if (!str_ends(file, STR(".sql")))
        return true;
    if (!read_name(file, &version, &name, &down)) {
        buf_printf(error, "%.*s: a migration is called NNNN_name.sql or NNNN_name.down.sql", STR_ARG(file));
        return false;
    }
    if (str_find(text, '\0') < text.n) {
        buf_printf(error, "%.*s: contains a NUL byte; it must be UTF-8 text", STR_ARG(file));
        return false;
    }
    struct migration *m = find_or_add(set, version, name);
    const char **slot = down ? &m->down : &m->up;
    if (!str_eq_cstr(name, m->name) || *slot) {
        buf_printf(error, "%.*s: number %u is taken by %s; give one of the two another number", STR_ARG(file),
            version, m->name);
        return false;
    }
    *slot = arena_cstr(&set->arena, text);
    return true;
}

static int cmp_migration(const void *a, const void *b)
{
    const struct migration *x = a, *y = b;
    return x->version < y->version ? -1 : x->version > y->version;
}

bool migrations_sort(struct migrations *set, struct buf *error)
{
    if (set->n > 1)
        qsort(set->items, set->n, sizeof *set->items, cmp_migration);
    for (size_t i = 0; i < set->n; i++) {
        if (!set->items[i].up) {
            buf_printf(error, "%s.down.sql has no %s.sql", set->items[i].name, set->items[i].name);
            return false;
        }
    }
    return true;
}

static void init_from(
    struct migrations *set, const char *ledger, const struct embedded_file *files, size_t nfiles)
{
    struct buf error;
    buf_init(&error, 0);
    *set = (struct migrations){.ledger = ledger};
    arena_init(&set->arena, 0);
    for (size_t i = 0; i < nfiles; i++) {
        struct str text = str_make(files[i].text, files[i].size);
        CHECK(migrations_add(set, str_cstr(files[i].name), text, &error));
    }
    CHECK(migrations_sort(set, &error));
    buf_release(&error);
}

void migrations_init_embedded(struct migrations *set)
{
    init_from(set, NULL, erp_files, erp_files_count);
}

void migrations_init_own(struct migrations *set)
{
    init_from(set, "own_migrations", own_files, own_files_count);
}

/* The whole file into `text`. */
static bool read_file(const char *path, struct buf *text, struct buf *error)
{
    FILE *f = fopen(path, "re");
    size_t got = 1;
    if (!f) {
        buf_printf(error, "%s: %s", path, strerror(errno));
        return false;
    }
    while (got > 0 && buf_len(text) <= MIGRATION_FILE_MAX) {
        char *p = buf_reserve(text, 65536);
        got = fread(p, 1, 65536, f);
        buf_commit(text, p + got);
    }
    bool ok = !ferror(f) && buf_len(text) <= MIGRATION_FILE_MAX;
    if (!ok)
        buf_printf(error, "%s: cannot be read, or is larger than %zu MB", path, MIGRATION_FILE_MAX >> 20);
    fclose(f);
    return ok;
}

static bool add_file(struct migrations *set, const char *directory, const char *name, struct buf *error)
{
    struct buf text, path;
    buf_init(&text, 0);
    buf_init(&path, 0);
    buf_printf(&path, "%s/%s%c", directory, name, '\0');
    bool ok = read_file(buf_str(&path).p, &text, error) &&
              migrations_add(set, str_cstr(name), buf_str(&text), error);
    buf_release(&text);
    buf_release(&path);
    return ok;
}

bool migrations_init_directory(struct migrations *set, const char *path, struct buf *error)
{
    const struct dirent *entry;
    bool ok = true;
    *set = (struct migrations){0};
    arena_init(&set->arena, 0);
    DIR *dir = opendir(path);
    if (!dir) {
        buf_printf(error, "%s: %s", path, strerror(errno));
        return false;
    }
    while (ok && (entry = readdir(dir))) {
        if (entry->d_name[0] != '.' && str_ends(str_cstr(entry->d_name), STR(".sql")))
            ok = add_file(set, path, entry->d_name, error);
    }
    closedir(dir);
    return ok && migrations_sort(set, error);
}

void migrations_release(struct migrations *set)
{
    arena_release(&set->arena);
    mem_free(set->items);
    set->items = NULL;
    set->n = 0;
}
