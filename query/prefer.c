/* prefer: a table of the words, in the order in which they are reported back. SPDX-License-Identifier: ISC */
#include "query/prefer.h"

/* Fields of struct prefer that are enums with 0 for unset, as ints. */
static const struct {
    struct str key, value;
    size_t offset;
    int set;
} words[] = {
#define WORD(key, value, field, set)                                                                         \
    {                                                                                                        \
        {key, sizeof(key) - 1}, {value, sizeof(value) - 1}, offsetof(struct prefer, field), set              \
    }
    WORD("resolution", "merge-duplicates", resolution, RESOLUTION_MERGE_DUPLICATES),
    WORD("resolution", "ignore-duplicates", resolution, RESOLUTION_IGNORE_DUPLICATES),
    WORD("missing", "default", missing, MISSING_DEFAULT),
    WORD("missing", "null", missing, MISSING_NULL),
    WORD("return", "minimal", returning, RETURN_MINIMAL),
    WORD("return", "headers-only", returning, RETURN_HEADERS_ONLY),
    WORD("return", "representation", returning, RETURN_REPRESENTATION),
    WORD("count", "exact", count, COUNT_EXACT),
    WORD("count", "planned", count, COUNT_PLANNED),
    WORD("count", "estimated", count, COUNT_ESTIMATED),
    WORD("count", "capped", count, COUNT_CAPPED),
    WORD("tx", "commit", tx, PREFER_TX_COMMIT),
    WORD("tx", "rollback", tx, PREFER_TX_ROLLBACK),
    WORD("handling", "strict", handling, HANDLING_STRICT),
    WORD("handling", "lenient", handling, HANDLING_LENIENT),
#undef WORD
};

_Static_assert(sizeof(enum prefer_tx) == sizeof(int) && sizeof(enum count_mode) == sizeof(int),
    "the table writes enums as ints");

static int *field_at(struct prefer *p, size_t offset)
{
    return (int *)(void *)((char *)p + offset);
}

/* Whether it was one of the words; a key that was seen before keeps its first value. */
static bool set_word(struct prefer *p, struct str key, struct str value)
{
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (!str_eq_nocase(key, words[i].key) || !str_eq(value, words[i].value))
            continue;
        int *field = field_at(p, words[i].offset);
        if (*field == 0)
            *field = words[i].set;
        return true;
    }
    return false;
}

static bool set_other(struct prefer *p, struct str key, struct str value)
{
    uint64_t n;
    if (str_eq_nocase(key, STR("timezone")) && value.n > 0) {
        if (p->timezone.n == 0)
            p->timezone = value;
        return true;
    }
    if (!str_eq_nocase(key, STR("max-affected")) || !str_to_u64(value, &n))
        return false;
    if (!p->has_max_affected)
        p->max_affected = n;
    p->has_max_affected = true;
    return true;
}

static struct str unquote(struct str s)
{
    return s.n >= 2 && s.p[0] == '"' && s.p[s.n - 1] == '"' ? str_sub(s, 1, s.n - 1) : s;
}

void prefer_parse(struct prefer *p, struct str value)
{
    struct str piece;
    while (str_split(&value, ',', &piece)) {
        piece = str_trim(piece);
        size_t eq = str_find(piece, '=');
        struct str key = str_trim(str_sub(piece, 0, eq));
        struct str word = unquote(str_trim(str_sub(piece, eq + 1, piece.n)));
        if (piece.n == 0 || set_word(p, key, word) || set_other(p, key, word))
            continue;
        if (p->nunknown < PREFER_UNKNOWN_MAX)
            p->unknown[p->nunknown++] = piece;
    }
}

static void separate(struct buf *out, size_t start)
{
    if (buf_len(out) > start)
        buf_append(out, STR(", "));
}

void prefer_applied(const struct prefer *p, struct buf *out)
{
    size_t start = buf_len(out);
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        const int *field = (const int *)(const void *)((const char *)p + words[i].offset);
        if (*field != words[i].set)
            continue;
        separate(out, start);
        buf_printf(out, "%s=%s", words[i].key.p, words[i].value.p);
    }
    if (p->timezone.n) {
        separate(out, start);
        buf_printf(out, "timezone=%.*s", STR_ARG(p->timezone));
    }
    if (p->has_max_affected && p->handling == HANDLING_STRICT) {
        separate(out, start);
        buf_printf(out, "max-affected=%llu", (unsigned long long)p->max_affected);
    }
}
