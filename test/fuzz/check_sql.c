/* check_sql: a small lexer of SQL. SPDX-License-Identifier: ISC */
#include "test/fuzz/check_sql.h"

#include "util/check.h"

#include <stdlib.h>

/* Behind the closing quote of what starts at p; E'..' literals have backslash escapes. */
static const char *skip_quoted(const char *p, const char *end)
{
    char quote = *p;
    bool escapes = quote == '\'' && p[-1] == 'E';
    for (p++;; p++) {
        CHECK(p < end);
        if (escapes && *p == '\\')
            p++;
        else if (*p == quote && p + 1 < end && p[1] == quote)
            p++;
        else if (*p == quote)
            return p;
        else
            CHECK(escapes || quote == '"' || *p != '\\');
    }
}

static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           memchr(" .,=<>@&|~*:$!_-+[]", c, 19) != NULL;
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* A type is "quoted" with its schema, or one of pg_catalog; so is a function, but for what is grammar and the
 * aggregates that may be a schema's own. `AS b(..)` names columns. */
static void check_names(const char *begin, const char *p, const char *end)
{
    static const char *const bare[] = {"coalesce", "nullif", "sum", "avg", "max", "min"};
    const char *word = p;
    if (*p == ':') {
        struct str type = str_make(p + 2, (size_t)(end - p) - 2);
        CHECK(str_starts(type, STR("\"")) || str_starts(type, STR("pg_catalog.")));
        return;
    }
    while (word > begin && is_word(word[-1]))
        word--;
    size_t n = (size_t)(p - word);
    if (n == 0 || *word < 'a' || *word > 'z' || (word > begin && word[-1] == '.') ||
        (word - begin >= 3 && memcmp(word - 3, "AS ", 3) == 0))
        return;
    for (size_t i = 0; i < ARRAY_LEN(bare); i++) {
        if (n == strlen(bare[i]) && memcmp(word, bare[i], n) == 0)
            return;
    }
    CHECK(!"a function without its schema");
}

void check_sql(const struct plan_stmt *stmt)
{
    const char *end = stmt->sql.p + stmt->sql.n;
    unsigned long highest = 0;
    size_t depth = 0;
    for (const char *p = stmt->sql.p; p < end; p++) {
        if (*p == '(' || (p[0] == ':' && p[1] == ':'))
            check_names(stmt->sql.p, p, end);
        if (*p == '"' || *p == '\'') {
            p = skip_quoted(p, end);
        } else if (*p == '(') {
            depth++;
        } else if (*p == ')') {
            CHECK(depth-- > 0);
        } else {
            CHECK(is_plain(*p) && !(p[0] == '-' && p[1] == '-'));
            if (*p == '$')
                highest = MAX(highest, strtoul(p + 1, NULL, 10));
        }
    }
    CHECK(depth == 0 && highest == stmt->nparams);
    for (size_t i = 0; i < stmt->nparams; i++)
        CHECK(stmt->params[i] != NULL);
}

void check_shape(const struct row_shape *shape)
{
    size_t depth = 0;
    for (size_t i = 0; i < shape->nitems; i++) {
        const struct row_item *item = &shape->items[i];
        if (item->kind == ROW_END) {
            CHECK(depth-- > 0);
            continue;
        }
        CHECK(item->column < shape->ncolumns && item->key.n >= 3);
        if (item->kind == ROW_OBJECT) {
            CHECK(i + item->skip < shape->nitems && shape->items[i + item->skip].kind == ROW_END);
            depth++;
        }
    }
    CHECK(depth == 0);
}
