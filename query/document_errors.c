/* document_errors: what is said about bodies that are not quite documents. SPDX-License-Identifier: ISC */
#include "query/errors.h"
#include "util/buf.h"

static const struct str none = {NULL, 0};

static bool fail(struct query_error *error, enum query_error_code code, struct str message,
    struct str details, struct str hint)
{
    *error = (struct query_error){.code = code, .message = message, .details = details, .hint = hint};
    return false;
}

static bool is_table(const struct cat_relation *rel)
{
    return rel->kind == CAT_TABLE || rel->kind == CAT_PARTITIONED;
}

static struct str no_lines_hint(struct arena *a, const struct cat_relationship *via)
{
    if (via->function)
        return arena_printf(a, "'%.*s' is a function of the row: what it gives cannot be saved.",
            STR_ARG(via->function->name));
    if (via->junction)
        return arena_printf(a, "Lines are rows that refer to this one: give those of '%.*s' instead.",
            STR_ARG(via->junction->name));
    if (!is_table(via->from) || !is_table(via->to))
        return STR("Lines are saved between tables only: name the tables in place of their views.");
    return arena_printf(a, "'%.*s' is one row and not many: save it by a request of its own%s.",
        STR_ARG(via->to->name), via->fk_here ? ", and give the columns that refer to it" : "");
}

bool error_no_lines(
    struct arena *a, struct query_error *error, const struct cat_relationship *via, struct str member)
{
    return fail(error, QUERY_NO_COLUMN,
        arena_printf(a, "Could not find the '%.*s' column of '%.*s' in the schema cache", STR_ARG(member),
            STR_ARG(via->from->name)),
        none, no_lines_hint(a, via));
}

bool error_no_document(struct query_error *error, const char *message, const char *hint)
{
    return fail(error, QUERY_BODY, str_cstr(message), none, str_cstr(hint));
}

bool error_line(struct arena *a, struct query_error *error, struct str member, const char *wrong)
{
    return fail(error, QUERY_BODY, arena_printf(a, "'%.*s' %s", STR_ARG(member), wrong), none,
        STR("Lines are an array of objects with the columns of their table as keys."));
}

bool error_line_keys(struct arena *a, struct query_error *error, struct str member, bool put)
{
    error->details = arena_printf(a, "This is about the lines in '%.*s'.", STR_ARG(member));
    if (str_eq(error->message, STR(ERROR_KEYS_DIFFER)))
        error->hint = arena_printf(a,
            "Give the same keys to all lines that name their primary key, and the same to all others%s.",
            put ? "" : "; those may differ with Prefer: missing=default");
    return false;
}

bool error_line_column(
    struct arena *a, struct query_error *error, const struct cat_relationship *via, struct str name)
{
    error_no_payload_column(a, error, via->to, name);
    error->details = arena_printf(a, "'%.*s' are lines of '%.*s', and have no lines themselves.",
        STR_ARG(via->to->name), STR_ARG(via->from->name));
    error->hint = arena_printf(
        a, "Save each row of '%.*s' that has lines by a request of its own.", STR_ARG(via->to->name));
    return false;
}

bool error_document_filters(struct arena *a, struct query_error *error, const struct cat_relation *rel)
{
    struct buf hint;
    if (rel->pk.ncolumns == 0)
        return fail(error, QUERY_BODY,
            arena_printf(a, "'%.*s' has no primary key to pick a document by", STR_ARG(rel->name)), none,
            STR("Save the rows by requests of their own."));
    buf_init(&hint, 0);
    buf_append(&hint, STR("Filter by the primary key: "));
    for (size_t i = 0; i < rel->pk.ncolumns; i++) {
        struct str name = rel->columns[rel->pk.columns[i]].name;
        buf_printf(&hint, "%s%.*s=eq.value", i ? "&" : "", STR_ARG(name));
    }
    fail(error, QUERY_BODY, STR("A document is saved to one row, picked by its whole primary key"), none,
        arena_str(a, buf_str(&hint)));
    buf_release(&hint);
    return false;
}
