/* pg_text: three small readers. SPDX-License-Identifier: ISC */
#include "schema/pg_text.h"

/* Rows and arrays: `open` item `,` item ... `close`. A quote may start and end anywhere in an item; inside, a
 * backslash takes the next byte as it is, and in rows a doubled quote is one. */
struct list_form {
    char open, close;
    bool doubled_quotes;
};

/* One item at *at, unquoted to where it stands. *quoted: it had quotes, so that it cannot be a NULL. */
static struct str read_item(const struct list_form *form, char **at, const char *end, bool *quoted)
{
    char *in = *at, *out = *at;
    bool inside = false;
    *quoted = false;
    for (; in < end && (inside || (*in != ',' && *in != form->close)); in++) {
        if (*in == '"') {
            *quoted = true;
            if (inside && form->doubled_quotes && in + 1 < end && in[1] == '"')
                *out++ = *++in;
            else
                inside = !inside;
        } else {
            in += *in == '\\' && in + 1 < end;
            *out++ = *in;
        }
    }
    struct str item = {*at, (size_t)(out - *at)};
    *at = in;
    return item;
}

static int split(
    const struct list_form *form, char *text, size_t n, struct str *items, size_t max, bool *quoted)
{
    char *at = text + 1;
    const char *end = text + n;
    if (n < 2 || text[0] != form->open || text[n - 1] != form->close)
        return -1;
    for (size_t i = 0; i < max; i++) {
        items[i] = read_item(form, &at, end, &quoted[i]);
        if (at >= end)
            return -1;
        if (*at++ == form->close)
            return at == end ? (int)i + 1 : -1;
    }
    return -1;
}

/* More than any row or array of ours has; PostgreSQL's limit for arguments of a function is 100. */
#define ITEMS_MAX 1664

int pg_row_split(char *text, size_t n, struct str *fields, size_t max)
{
    static const struct list_form form = {'(', ')', true};
    bool quoted[ITEMS_MAX];
    int count = split(&form, text, n, fields, max < ITEMS_MAX ? max : ITEMS_MAX, quoted);
    for (int i = 0; i < count; i++) {
        if (fields[i].n == 0 && !quoted[i])
            fields[i].p = NULL;
    }
    return count;
}

int pg_array_split(char *text, size_t n, struct str *items, size_t max)
{
    static const struct list_form form = {'{', '}', false};
    bool quoted[ITEMS_MAX];
    if (n == 2 && text[0] == '{' && text[1] == '}')
        return 0;
    int count = split(&form, text, n, items, max < ITEMS_MAX ? max : ITEMS_MAX, quoted);
    for (int i = 0; i < count; i++) {
        if (!quoted[i] && str_eq(items[i], STR("NULL")))
            items[i].n = 0;
    }
    return count;
}

/* Parse trees, as nodes/outfuncs.c writes them: `{LABEL :field value ...}` nodes, `( ... )` lists, blanks
 * between, backslashes before what would be taken for syntax. The rule of a view is a list of one QUERY,
 * whose own targetList is what we want; those of its subqueries are nested deeper in braces. */
struct tree {
    const char *at, *end;
    int braces;
};

/* The next token, "" at the end. Braces are counted; other bytes between blanks and braces belong together.
 */
static struct str next_token(struct tree *t)
{
    while (t->at < t->end && (*t->at == ' ' || *t->at == '\n'))
        t->at++;
    const char *start = t->at;
    if (t->at == t->end)
        return (struct str){start, 0};
    if (strchr("(){}", *t->at)) {
        t->braces += *t->at == '{' ? 1 : *t->at == '}' ? -1 : 0;
        return (struct str){t->at++, 1};
    }
    while (t->at < t->end && !strchr(" \n(){}", *t->at))
        t->at += *t->at == '\\' && t->at + 1 < t->end ? 2 : 1;
    return str_make(start, (size_t)(t->at - start));
}

static long next_number(struct tree *t)
{
    struct str token = next_token(t);
    int64_t value;
    return str_to_i64(token, &value) ? (long)value : 0;
}

/* Inside a TARGETENTRY, its brace counted: up to that brace's end. */
static void read_target(struct tree *t, pg_view_target_cb *on_target, void *arg)
{
    int depth = t->braces;
    long resno = 0, table = 0, column = 0;
    bool junk = false;
    while (t->at < t->end && t->braces >= depth) {
        struct str token = next_token(t);
        if (t->braces != depth)
            continue;
        if (str_eq(token, STR(":resno")))
            resno = next_number(t);
        else if (str_eq(token, STR(":resorigtbl")))
            table = next_number(t);
        else if (str_eq(token, STR(":resorigcol")))
            column = next_number(t);
        else if (str_eq(token, STR(":resjunk")))
            junk = str_eq(next_token(t), STR("true"));
    }
    if (!junk && table > 0 && column > 0 && resno > 0)
        on_target(arg, (int16_t)resno, (uint32_t)table, (int16_t)column);
}

void pg_view_targets(struct str ev_action, pg_view_target_cb *on_target, void *arg)
{
    struct tree t = {ev_action.p, ev_action.p + ev_action.n, 0};
    struct str token = {NULL, 1};
    while (token.n > 0) {
        token = next_token(&t);
        if (t.braces == 1 && str_eq(token, STR(":targetList")))
            break;
    }
    if (!str_eq(next_token(&t), STR("(")))
        return;
    while (token.n > 0) {
        token = next_token(&t);
        if (t.braces == 1 && str_eq(token, STR(")")))
            return;
        if (t.braces == 2 && str_eq(token, STR("TARGETENTRY")))
            read_target(&t, on_target, arg);
    }
}
