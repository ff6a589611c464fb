/* session_scan: SET is told from UPDATE's by what stands before it, set_config() by its last argument.
 * SPDX-License-Identifier: ISC */
#include "schema/session_scan.h"

/* Wherever they stand. */
static const char *const lasting[] = {"listen", "unlisten", "prepare", "deallocate", "discard", "reset",
    "authorization", "temp", "temporary", "hold", "pg_advisory_lock", "pg_advisory_lock_shared",
    "pg_try_advisory_lock", "pg_try_advisory_lock_shared", "setseed", "dblink_connect", "dblink_connect_u",
    "query_to_xml", "query_to_xmlschema", "query_to_xml_and_xmlschema", "ts_stat", "ts_rewrite"};
/* What a statement follows, besides a semicolon and the like. */
static const char *const starters[] = {"begin", "then", "else", "loop", "atomic", "do"};
static const char *const local[] = {"local", "constraints", "transaction"};

static bool is_one_of(struct str word, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (str_eq_nocase(word, str_cstr(list[i])))
            return true;
    }
    return false;
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           (unsigned char)c >= 0x80;
}

static size_t word_end(struct str text, size_t at)
{
    while (at < text.n && is_word(text.p[at]))
        at++;
    return at;
}

static struct str next_word(struct str text, size_t at)
{
    while (at < text.n && !is_word(text.p[at]) && text.p[at] != ';')
        at++;
    return str_sub(text, at, word_end(text, at));
}

/* set_config(name, value, true), from behind the name: its last argument says that it ends with the
 * transaction. */
static bool is_local_call(struct str text, size_t at)
{
    int depth = 0;
    bool quoted = false;
    size_t last = at;
    for (; at < text.n; at++) {
        char c = text.p[at];
        quoted ^= c == '\'';
        if (quoted)
            continue;
        depth += (c == '(') - (c == ')');
        if (depth == 1 && c == ',')
            last = at + 1;
        if (depth == 0 && c == ')')
            return str_eq_nocase(str_trim(str_sub(text, last, at)), STR("true"));
    }
    return false;
}

/* Behind a literal's quote: what follows its end. */
static size_t literal_end(struct str text, size_t at)
{
    while (at < text.n && (text.p[at] != '\'' || (at + 1 < text.n && text.p[at + 1] == '\'')))
        at += text.p[at] == '\'' ? 2 : 1;
    return MIN(at + 1, text.n);
}

/* EXECUTE 'one statement' or EXECUTE format('one statement', ..), into which only names and values are put.
 * Its words are looked at like all others. */
static bool is_plain_execute(struct str text, size_t at)
{
    static const char *const verbs[] = {
        "select", "insert", "update", "delete", "with", "create", "alter", "drop", "grant", "revoke"};
    struct str rest = str_trim(str_sub(text, at, text.n));
    bool format = str_starts(rest, STR("format('"));
    if (!format && !str_starts(rest, STR("'")))
        return false;
    size_t from = format ? sizeof "format('" - 1 : 1, end = literal_end(rest, from);
    struct str sql = str_sub(rest, from, end), behind = str_trim(str_sub(rest, end, rest.n));
    for (size_t i = 0; i + 1 < sql.n; i++) { /* %s, %1$s: whatever it is */
        if ((sql.p[i] == '%' || sql.p[i] == '$') && sql.p[i + 1] == 's')
            return false;
    }
    return is_one_of(next_word(sql, 0), verbs, ARRAY_LEN(verbs)) && str_find(sql, ';') == sql.n &&
           !str_starts(behind, STR("|")) && (!format || str_starts(behind, STR(",")));
}

/* Where a statement may begin: `start`. `comment`: this line has one, so that the next begins anew. */
struct place {
    bool start, comment;
};

/* Takes note of a character that is no part of a word. */
static void pass(struct place *at, char c, char before)
{
    if (c == '\n') {
        at->start |= at->comment;
        at->comment = false;
    } else if (c != ' ' && c != '\t' && c != '\r') {
        at->comment |= c == '-' && before == '-';
        at->start = c == ';' || c == '>' || c == '$' || (c == '/' && before == '*');
    }
}

static bool is_lasting(struct str text, struct str word, size_t end, bool start)
{
    if (is_one_of(word, lasting, ARRAY_LEN(lasting)))
        return true;
    if (str_eq_nocase(word, STR("set")))
        return start && !is_one_of(next_word(text, end), local, ARRAY_LEN(local));
    if (str_eq_nocase(word, STR("execute")))
        return !is_plain_execute(text, end);
    return str_eq_nocase(word, STR("set_config")) && !is_local_call(text, end);
}

bool session_scan(struct str text)
{
    struct place at = {.start = true};
    for (size_t i = 0; i < text.n;) {
        size_t end = word_end(text, i);
        struct str word = str_sub(text, i, end);
        if (word.n == 0) {
            pass(&at, text.p[i], i > 0 ? text.p[i - 1] : ' ');
            i++;
            continue;
        }
        if (is_lasting(text, word, end, at.start))
            return true;
        at.start = is_one_of(word, starters, ARRAY_LEN(starters));
        i = end;
    }
    return false;
}
