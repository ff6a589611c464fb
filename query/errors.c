/* errors: the texts of query errors (PostgREST docs "Errors", groups 1 and 2). SPDX-License-Identifier: ISC
 */
#include "query/errors.h"

#include "util/json_out.h"
#include "util/utf8.h"

#include <stdlib.h>

/* Bytes of the client's own text that a message repeats. */
#define ECHO_MAX 200

const char *query_error_name(enum query_error_code code)
{
    static const char *const names[] = {
#define QUERY_ERROR(name, code) code,
#include "query/query_errors.def"
#undef QUERY_ERROR
    };
    CHECK((size_t)code < ARRAY_LEN(names));
    return names[code];
}

static bool fail(struct query_error *error, enum query_error_code code, struct str message,
    struct str details, struct str hint)
{
    *error = (struct query_error){.code = code, .message = message, .details = details, .hint = hint};
    return false;
}

static const struct str none = {NULL, 0};

static struct str shorten(struct arena *a, struct str text)
{
    if (text.n <= ECHO_MAX)
        return text;
    return arena_printf(a, "%.*s...", (int)utf8_truncate(text, ECHO_MAX), text.p);
}

/* 1-based, in characters. */
static void position(struct str text, size_t at, size_t *line, size_t *column)
{
    *line = *column = 1;
    for (size_t i = 0; i < at && i < text.n; i++) {
        if (text.p[i] == '\n') {
            ++*line;
            *column = 1;
        } else if (((unsigned char)text.p[i] & 0xc0) != 0x80) {
            ++*column;
        }
    }
}

/* The character at `at`, whole. */
static struct str character(struct str text, size_t at)
{
    size_t end = at + 1;
    while (end < text.n && ((unsigned char)text.p[end] & 0xc0) == 0x80)
        end++;
    return str_sub(text, at, end);
}

static uint32_t code_point(struct str c)
{
    uint32_t code = (unsigned char)c.p[0];
    if (c.n > 1)
        code &= 0x7fu >> c.n;
    for (size_t i = 1; i < c.n; i++)
        code = code << 6 | ((unsigned char)c.p[i] & 0x3f);
    return code;
}

/* As Haskell shows it: what is not printable ASCII by its number. */
static struct str show(struct arena *a, struct str c, char quote)
{
    uint32_t code = code_point(c);
    if (code < 32 || code > 126)
        return arena_printf(a, "%c\\%u%c", quote, code, quote);
    bool escape = c.p[0] == quote || c.p[0] == '\\';
    return arena_printf(a, "%c%s%c%c", quote, escape ? "\\" : "", c.p[0], quote);
}

/* Where the end was possible too, Parsec shows the character in single quotes. */
bool error_parse(struct arena *a, struct query_error *error, const char *what,
    const struct error_place *place, const char *expecting)
{
    size_t line, column;
    bool at_end = str_ends(str_cstr(expecting), STR("end of input"));
    position(place->text, place->at, &line, &column);
    if (line == 1)
        column += place->shift;
    struct str shown = shorten(a, place->text), c = character(place->text, place->seen);
    struct str message = arena_printf(
        a, "\"failed to parse %s (%.*s)\" (line %zu, column %zu)", what, STR_ARG(shown), line, column);
    struct str found = c.n ? show(a, c, at_end ? '\'' : '"') : STR("end of input");
    return fail(error, QUERY_PARSE, message,
        arena_printf(a, "unexpected %.*s expecting %s", STR_ARG(found), expecting), none);
}

bool error_encoding(struct arena *a, struct query_error *error, const char *details)
{
    return fail(error, QUERY_PARSE, STR("failed to decode the query string"), arena_str(a, str_cstr(details)),
        STR("Percent-encode every byte of UTF-8 text that is not a letter or a digit."));
}

bool error_limit(
    struct arena *a, struct query_error *error, const char *name, uint64_t limit, const char *what)
{
    return fail(error, QUERY_PARSE, arena_printf(a, "The request is beyond %s", name),
        arena_printf(a, "At most %llu %s are allowed.", (unsigned long long)limit, what), none);
}

bool error_too_many(struct arena *a, struct query_error *error, uint64_t max, const char *what)
{
    return fail(error, QUERY_PARSE, STR("The request asks for too much"),
        arena_printf(a, "At most %llu %s are allowed.", (unsigned long long)max, what), none);
}

bool error_media(struct arena *a, struct query_error *error, const struct accept *accept)
{
    *error = (struct query_error){.code = QUERY_MEDIA_TYPE,
        .message = arena_printf(
            a, "None of these media types are available: %.*s", STR_ARG(format_wanted(a, accept)))};
    return false;
}

bool error_range(struct arena *a, struct query_error *error, const char *details)
{
    return fail(error, QUERY_RANGE, STR("Requested range not satisfiable"), str_cstr(details), none);
}

bool error_repeated(struct arena *a, struct query_error *error, struct str key)
{
    key = shorten(a, key);
    return fail(error, QUERY_PARSE,
        arena_printf(a, "The parameter '%.*s' is given more than once", STR_ARG(key)),
        STR("Only filters may be repeated; they are joined by AND."), none);
}

bool error_not_embedded(struct arena *a, struct query_error *error, struct str name)
{
    name = shorten(a, name);
    return fail(error, QUERY_NOT_EMBEDDED,
        arena_printf(a, "'%.*s' is not an embedded resource in this request", STR_ARG(name)), none,
        arena_printf(a, "Verify that '%.*s' is included in the 'select' query parameter.", STR_ARG(name)));
}

bool error_related_order(struct arena *a, struct query_error *error, struct str relation, struct str embed)
{
    return fail(error, QUERY_RELATED_ORDER,
        arena_printf(a, "A related order on '%.*s' is not possible", STR_ARG(embed)),
        arena_printf(a, "'%.*s' and '%.*s' do not form a many-to-one or one-to-one relationship",
            STR_ARG(relation), STR_ARG(embed)),
        none);
}

bool error_embed_filter(struct arena *a, struct query_error *error, struct str embed)
{
    return fail(error, QUERY_EMBED_FILTER,
        arena_printf(a, "Bad operator on the '%.*s' embedded resource", STR_ARG(embed)),
        STR("Only is null or not is null filters are allowed on embedded resources"), none);
}

bool error_aggregates_off(struct arena *a, struct query_error *error)
{
    return fail(error, QUERY_AGGREGATES_OFF, STR("Use of aggregate functions is not allowed"), none, none);
}

bool error_not_implemented(struct arena *a, struct query_error *error, const char *what)
{
    return fail(error, QUERY_NOT_IMPLEMENTED, STR("Feature not implemented"), str_cstr(what), none);
}

bool error_no_table(
    struct arena *a, const struct catalog *cat, struct query_error *error, struct str schema, struct str name)
{
    struct str near = catalog_suggest_relation(cat, schema, name), hint = none;
    name = shorten(a, name);
    if (near.n)
        hint = arena_printf(a, "Perhaps you meant the table '%.*s.%.*s'", STR_ARG(schema), STR_ARG(near));
    return fail(error, QUERY_NO_TABLE,
        arena_printf(
            a, "Could not find the table '%.*s.%.*s' in the schema cache", STR_ARG(schema), STR_ARG(name)),
        none, hint);
}

bool error_no_column(struct arena *a, struct query_error *error, const struct cat_relation *rel,
    unsigned depth, struct str name)
{
    struct str near[2], hint = none, table = rel->name;
    size_t n = cat_relation_suggest_columns(rel, name, near);
    name = shorten(a, name);
    if (depth)
        table = arena_printf(a, "%.*s_%u", STR_ARG(table), depth);
    if (n == 1)
        hint = arena_printf(
            a, "Perhaps you meant to reference the column \"%.*s.%.*s\".", STR_ARG(table), STR_ARG(near[0]));
    else if (n == 2)
        hint = arena_printf(a,
            "Perhaps you meant to reference the column \"%.*s.%.*s\" or the column \"%.*s.%.*s\".",
            STR_ARG(table), STR_ARG(near[0]), STR_ARG(table), STR_ARG(near[1]));
    return fail(error, QUERY_UNDEFINED_COLUMN,
        arena_printf(a, "column %.*s.%.*s does not exist", STR_ARG(table), STR_ARG(name)), none, hint);
}

bool error_grouping(
    struct arena *a, struct query_error *error, const struct cat_relation *rel, struct str name)
{
    return fail(error, QUERY_GROUPING,
        arena_printf(a,
            "column \"%.*s.%.*s\" must appear in the GROUP BY clause or be used in an aggregate function",
            STR_ARG(rel->name), STR_ARG(name)),
        none, STR("Add the column to the select parameter, without a cast, or do not order by it."));
}

bool error_no_type(struct arena *a, struct query_error *error, struct str type)
{
    type = shorten(a, type);
    return fail(error, QUERY_UNDEFINED_TYPE, arena_printf(a, "type \"%.*s\" does not exist", STR_ARG(type)),
        none, none);
}

bool error_cast(struct arena *a, struct query_error *error, struct str type)
{
    type = shorten(a, type);
    return fail(error, QUERY_PARSE, arena_printf(a, "A cast to type \"%.*s\" is not possible", STR_ARG(type)),
        STR("Casts may name a built-in scalar type, or an enum or domain of an exposed schema."), none);
}

/* As PostgREST does: another relation that `from` is related to; or, when there is none at all, another one
 * to embed from. */
static struct str relationship_hint(
    struct arena *a, const struct catalog *cat, const struct cat_relation *from, struct str target)
{
    bool parent = from->nrelationships == 0;
    struct str near = parent ? catalog_suggest_parent(cat, from->schema, from->name)
                             : cat_relation_suggest_target(from, target);
    if (!near.n)
        return none;
    target = parent ? from->name : shorten(a, target);
    return arena_printf(a, "Perhaps you meant '%.*s' instead of '%.*s'.", STR_ARG(near), STR_ARG(target));
}

bool error_no_relationship(struct arena *a, const struct catalog *cat, struct query_error *error,
    const struct cat_relation *from, struct str target, struct str hint)
{
    struct str advice = relationship_hint(a, cat, from, target), using = none;
    target = shorten(a, target);
    if (hint.n)
        using = arena_printf(a, " using the hint '%.*s'", STR_ARG(hint));
    return fail(error, QUERY_NO_RELATIONSHIP,
        arena_printf(a, "Could not find a relationship between '%.*s' and '%.*s' in the schema cache",
            STR_ARG(from->name), STR_ARG(target)),
        arena_printf(a,
            "Searched for a foreign key relationship between '%.*s' and '%.*s'%.*s in the schema '%.*s', but "
            "no "
            "matches were found.",
            STR_ARG(from->name), STR_ARG(target), STR_ARG(using), STR_ARG(from->schema)),
        advice);
}

static const char *cardinality_name(enum cat_cardinality c)
{
    switch (c) {
    case REL_M2O: return "many-to-one";
    case REL_O2M: return "one-to-many";
    case REL_O2O: return "one-to-one";
    case REL_M2M: return "many-to-many";
    case REL_COMPUTED_ONE: return "many-to-one";
    case REL_COMPUTED_MANY: return "one-to-many";
    }
    UNREACHABLE();
}

static void append_columns(
    struct buf *b, const struct cat_relation *rel, const uint16_t *columns, size_t ncolumns)
{
    for (size_t i = 0; i < ncolumns; i++) {
        buf_append(b, i ? STR(", ") : (struct str){NULL, 0});
        buf_append(b, rel->columns[columns[i]].name);
    }
}

/* "constraint using from(a) and to(b)", or through a junction "junction using c1(a) and c2(b)". */
static void describe(struct buf *b, const struct cat_relationship *r)
{
    bool m2m = r->cardinality == REL_M2M;
    if (r->function) {
        buf_append(b, r->function->name);
        return;
    }
    buf_append(b, m2m ? r->junction->name : r->constraint);
    buf_append(b, STR(" using "));
    buf_append(b, m2m ? r->constraint : r->from->name);
    buf_append(b, STR("("));
    append_columns(b, m2m ? r->junction : r->from, m2m ? r->j_from_columns : r->from_columns, r->ncolumns);
    buf_append(b, STR(") and "));
    buf_append(b, m2m ? r->constraint2 : r->to->name);
    buf_append(b, STR("("));
    append_columns(b, m2m ? r->junction : r->to, m2m ? r->j_to_columns : r->to_columns,
        m2m ? r->nj_to_columns : r->ncolumns);
    buf_append(b, STR(")"));
}

static void write_candidate(struct arena *a, struct json_out *j, const struct cat_relationship *r)
{
    struct buf b;
    buf_init(&b, 0);
    describe(&b, r);
    json_out_object(j);
    json_out_pair(
        j, "embedding", arena_printf(a, "%.*s with %.*s", STR_ARG(r->from->name), STR_ARG(r->to->name)));
    json_out_pair_cstr(j, "cardinality", cardinality_name(r->cardinality));
    json_out_pair(j, "relationship", buf_str(&b));
    json_out_end(j);
    buf_release(&b);
}

/* What tells this relationship from the others: of a key within one relation, its two directions too. */
static struct str distinction(const struct cat_relationship *r)
{
    if (r->self && r->fk_here && r->ncolumns == 1)
        return r->from->columns[r->from_columns[0]].name;
    return r->junction ? r->junction->name : r->constraint;
}

/* The order of PostgREST's list: by relation, then kind, then name. */
static int by_way(const void *pa, const void *pb)
{
    static const unsigned char rank[] = {[REL_O2M] = 0,
        [REL_M2O] = 1,
        [REL_O2O] = 2,
        [REL_M2M] = 3,
        [REL_COMPUTED_ONE] = 4,
        [REL_COMPUTED_MANY] = 4};
    const struct cat_relationship *a = *(const struct cat_relationship *const *)pa,
                                  *b = *(const struct cat_relationship *const *)pb;
    int order = str_cmp(a->to->name, b->to->name);
    if (order == 0)
        order = rank[a->cardinality] - rank[b->cardinality];
    if (order == 0 && a->cardinality == REL_M2M)
        order = str_cmp(a->junction->name, b->junction->name);
    if (order == 0)
        order = str_cmp(a->constraint, b->constraint);
    return order || a->cardinality != REL_M2M ? order : str_cmp(a->constraint2, b->constraint2);
}

bool error_ambiguous(struct arena *a, struct query_error *error, const struct cat_relation *from,
    struct str target, const struct cat_relationship **found, size_t nfound)
{
    struct buf details, hint;
    struct json_out j;
    qsort(found, nfound, sizeof *found, by_way);
    buf_init(&details, 0);
    buf_init(&hint, 0);
    json_out_init(&j, &details);
    json_out_array(&j);
    for (size_t i = 0; i < nfound; i++) {
        struct str way = distinction(found[i]);
        write_candidate(a, &j, found[i]);
        buf_printf(&hint, "%s'%.*s!%.*s'", i ? ", " : "", STR_ARG(found[i]->to->name), STR_ARG(way));
    }
    json_out_end(&j);
    fail(error, QUERY_AMBIGUOUS_RELATIONSHIP,
        arena_printf(a, "Could not embed because more than one relationship was found for '%.*s' and '%.*s'",
            STR_ARG(from->name), STR_ARG(target)),
        none,
        arena_printf(a,
            "Try changing '%.*s' to one of the following: %.*s. Find the desired relationship in the "
            "'details' "
            "key.",
            STR_ARG(target), STR_ARG(buf_str(&hint))));
    error->details_json = arena_str(a, buf_str(&details));
    buf_release(&details);
    buf_release(&hint);
    return false;
}

/* Bodies of writes */

/* wrong: where it is refused for a limit of ours; of what is no JSON PostgREST says no more than that. */
bool error_json(struct arena *a, struct query_error *error, const char *wrong, size_t at)
{
    return fail(error, QUERY_BODY, STR("Empty or invalid json"),
        wrong ? arena_printf(a, "%s, at byte %zu of the body", wrong, at) : none, none);
}

bool error_body(struct arena *a, struct query_error *error, const char *type, const char *wrong)
{
    return fail(
        error, QUERY_BODY, arena_printf(a, "Invalid %s", type), arena_printf(a, "There is %s.", wrong), none);
}

bool error_csv_fields(struct query_error *error, const char *message)
{
    return fail(error, QUERY_BODY, str_cstr(message), none, none);
}

bool error_keys_differ(struct arena *a, struct query_error *error)
{
    (void)a;
    return fail(error, QUERY_BODY, STR(ERROR_KEYS_DIFFER), none, none);
}

bool error_key_twice(struct arena *a, struct query_error *error, struct str key)
{
    return fail(error, QUERY_BODY, arena_printf(a, "The key '%.*s' is given twice", STR_ARG(shorten(a, key))),
        none, none);
}

bool error_no_payload_column(
    struct arena *a, struct query_error *error, const struct cat_relation *rel, struct str name)
{
    name = shorten(a, name);
    return fail(error, QUERY_NO_COLUMN,
        arena_printf(a, "Could not find the '%.*s' column of '%.*s' in the schema cache", STR_ARG(name),
            STR_ARG(rel->name)),
        none, none);
}

bool error_max_affected_function(struct query_error *error)
{
    return fail(error, QUERY_MAX_AFFECTED_FUNCTION,
        STR("Function must return SETOF or TABLE when max-affected preference is used with handling=strict"),
        none, none);
}

bool error_seek(struct query_error *error)
{
    *error = (struct query_error){.code = QUERY_PARSE,
        .message = STR("The page token does not fit this request"),
        .details = STR("after= and before= continue the very list whose Link header they come from"),
        .hint = STR("Take the whole URL of the Link header, or begin again without the token.")};
    return false;
}

bool error_put_filters(struct query_error *error)
{
    return fail(error, QUERY_PUT_FILTERS,
        STR("Filters must include all and only primary key columns with 'eq' operators"), none, none);
}

bool error_put_limit(struct query_error *error)
{
    return fail(error, QUERY_PUT_LIMIT, STR("limit/offset querystring parameters are not allowed for PUT"),
        none, none);
}

bool error_put_key(struct query_error *error)
{
    return fail(
        error, QUERY_PUT_KEY, STR("Payload values do not match URL in primary key column(s)"), none, none);
}

bool error_embed_in_write(struct query_error *error)
{
    return fail(error, QUERY_NOT_IMPLEMENTED, STR("Feature not implemented"),
        STR("A write takes neither !inner nor filters on embedded resources: they would not keep it from "
            "changing "
            "rows that it does not show"),
        STR("Name the rows by filters on the table itself."));
}

bool error_many_records(struct arena *a, struct query_error *error, size_t n)
{
    return fail(error, QUERY_BODY, STR("PATCH and PUT take one object"),
        arena_printf(a, "The body has %zu, and each row can become only one of them", n), none);
}

bool error_many_rows(struct arena *a, struct query_error *error, uint64_t max)
{
    return fail(error, QUERY_BODY, STR("The body has more rows than limit-body-rows allows"),
        arena_printf(a, "At most %llu are taken.", (unsigned long long)max),
        STR("Send them in several requests."));
}

bool error_many_keys(struct arena *a, struct query_error *error, unsigned max, const char *what)
{
    return fail(error, QUERY_BODY, arena_printf(a, "The body has too many %s", what),
        arena_printf(a, "At most %u are taken.", max), none);
}
