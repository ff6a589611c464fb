/* select: recursive descent over select=, one function per rule. SPDX-License-Identifier: ISC */
#include "query/select.h"

#include "query/errors.h"

/* What may stand where an item begins. */
#define ITEM_BEGIN "\"...\", " LEX_NAME ", \"*\""

/* The recursion's own bound, whatever the configuration says. */
#define DEPTH_MAX 64

static const struct str aggregates[] = {
    [AGG_SUM] = {"sum", 3},
    [AGG_AVG] = {"avg", 3},
    [AGG_MAX] = {"max", 3},
    [AGG_MIN] = {"min", 3},
    [AGG_COUNT] = {"count", 5},
};

const char *select_aggregate_name(enum ast_aggregate aggregate)
{
    return aggregates[aggregate].p;
}

static bool parse_items(struct lex *lx, struct ast_node *node, unsigned depth);

static bool parse_cast(struct lex *lx, struct str *cast)
{
    if (!lex_take_word(lx, STR("::")))
        return true;
    return lex_name(lx, cast, "letter or digit");
}

static bool parse_aggregate(struct lex *lx, struct ast_item *item)
{
    for (size_t i = AGG_SUM; i < ARRAY_LEN(aggregates) && item->aggregate == AGG_NONE; i++) {
        if (lex_take_word(lx, aggregates[i]))
            item->aggregate = (enum ast_aggregate)i;
    }
    if (item->aggregate == AGG_NONE)
        return lex_fail(lx, "\"sum\", \"avg\", \"count\", \"max\" or \"min\"");
    return (lex_take_word(lx, STR("()")) || lex_fail_word(lx, STR("()"), "\"()\"")) &&
           parse_cast(lx, &item->aggregate_cast);
}

/* What stands behind the name of a column. */
static bool parse_column(struct lex *lx, struct ast_item *item)
{
    item->kind = ITEM_FIELD;
    if (str_eq(item->field.name, STR("count")) && lex_take_word(lx, STR("()"))) {
        item->field.name = (struct str){NULL, 0};
        item->aggregate = AGG_COUNT;
        return parse_cast(lx, &item->aggregate_cast);
    }
    if (!lex_path(lx, &item->field.steps) || !parse_cast(lx, &item->cast))
        return false;
    return !lex_take(lx, '.') || parse_aggregate(lx, item);
}

/* Behind an item that is neither followed by another one nor the last. */
static COLD bool fail_item_end(struct lex *lx, const struct ast_item *item, bool nested)
{
    bool plain = item->kind == ITEM_FIELD && item->aggregate == AGG_NONE && !item->cast.n;
    const char *end = !nested && lex_peek(lx) == ')' ? "\",\" or end of input"
                      : lex_at_end(lx)               ? "\")\" or \",\""
                                                     : "\")\", \",\" or end of input";
    const char *before = item->kind == ITEM_STAR       ? ""
                         : item->aggregate_cast.n      ? "letter, digit, "
                         : item->aggregate != AGG_NONE ? "\"::\", "
                         : item->cast.n                ? "letter, digit, \".\", \"::\", "
                                                       : "\"->>\", \"->\", \"::\", \".\", ";
    if (item->kind == ITEM_EMBED)
        return lex_fail(lx, nested ? "\",\" or \")\"" : "\",\" or end of input");
    const char *expecting = arena_printf(lx->arena, "%s%s", before, end).p;
    return plain ? lex_fail_behind(lx, expecting) : lex_fail(lx, expecting);
}

static bool parse_hint(struct lex *lx, struct ast_node *node)
{
    struct str word;
    size_t start = lx->at;
    if (!lex_name(lx, &word, "\"inner\", \"left\" or " LEX_NAME))
        return false;
    if (str_eq(word, STR("inner")) || str_eq(word, STR("left"))) {
        node->join = word.n == 5 ? JOIN_INNER : JOIN_LEFT;
        return true;
    }
    if (node->hint.n) {
        lx->at = start;
        return lex_fail(lx, "\"inner\" or \"left\"");
    }
    node->hint = word;
    return true;
}

static bool embed_allowed(struct lex *lx, unsigned depth)
{
    const struct query_limits *limits = lx->budget->limits;
    unsigned max_depth =
        limits->embed_depth && limits->embed_depth < DEPTH_MAX ? limits->embed_depth : DEPTH_MAX;
    if (depth > max_depth)
        return error_limit(lx->arena, lx->error, "limit-embed-depth", max_depth, "levels of embedding");
    if (limits->embeds && ++lx->budget->embeds > limits->embeds)
        return error_limit(lx->arena, lx->error, "limit-embeds", limits->embeds, "embedded resources");
    return true;
}

/* What stands behind the name of a relation. */
static bool parse_embed(struct lex *lx, struct ast_item *item, bool spread, unsigned depth)
{
    struct ast_node *node = ARENA_NEW(lx->arena, struct ast_node);
    *node = (struct ast_node){
        .target = item->field.name, .alias = item->alias, .spread = spread, .limit = UINT64_MAX};
    item->kind = ITEM_EMBED;
    item->embed = node;
    if (!embed_allowed(lx, depth + 1))
        return false;
    while (lex_take(lx, '!')) {
        if (!parse_hint(lx, node))
            return false;
    }
    if (!lex_take(lx, '('))
        return lex_fail_behind(lx, "\"!\" or \"(\"");
    /* The items end at the parenthesis only. */
    return parse_items(lx, node, depth + 1) && lex_take(lx, ')');
}

static bool parse_item(struct lex *lx, struct ast_item *item, unsigned depth, const char *expecting)
{
    if (lex_take(lx, '*')) {
        item->kind = ITEM_STAR;
        return true;
    }
    if (lex_take_word(lx, STR("...")))
        return lex_name(lx, &item->field.name, LEX_NAME) && parse_embed(lx, item, true, depth);
    if (!lex_name(lx, &item->field.name, expecting))
        return false;
    if (lex_peek(lx) == ':' && !str_starts(lex_rest(lx), STR("::"))) {
        lx->at++;
        item->alias = item->field.name;
        if (!lex_name(lx, &item->field.name, LEX_NAME))
            return false;
    }
    bool is_count = str_eq(item->field.name, STR("count"));
    bool bare_count = is_count && str_starts(lex_rest(lx), STR("()"));
    /* SQL's count(*): a relation of that name has to be quoted. */
    if (is_count && !bare_count && lx->bare && lex_peek(lx) == '(') {
        item->kind = ITEM_FIELD;
        return fail_item_end(lx, item, depth > 0);
    }
    if (!bare_count && (lex_peek(lx) == '(' || lex_peek(lx) == '!'))
        return parse_embed(lx, item, false, depth);
    return parse_column(lx, item);
}

static bool item_allowed(struct lex *lx)
{
    unsigned max = lx->budget->limits->select_items;
    if (max && ++lx->budget->items > max)
        return error_limit(lx->arena, lx->error, "limit-select-items", max, "items in select");
    return true;
}

/* Up to the end or the closing parenthesis, which stays. */
static bool parse_items(struct lex *lx, struct ast_node *node, unsigned depth)
{
    struct ast_item **tail = &node->items;
    struct ast_node **embeds = &node->embeds;
    const char *expecting =
        depth ? ITEM_BEGIN ", \"count()\" or \")\"" : ITEM_BEGIN ", \"count()\" or end of input";
    lex_skip_blanks(lx);
    if (depth && lex_peek(lx) == ')')
        return true;
    do {
        struct ast_item *item = ARENA_NEW(lx->arena, struct ast_item);
        lex_skip_blanks(lx);
        if (!item_allowed(lx) || !parse_item(lx, item, depth, expecting))
            return false;
        expecting = ITEM_BEGIN " or \"count()\"";
        lex_skip_blanks(lx);
        *tail = item;
        tail = &item->next;
        if (item->embed) {
            *embeds = item->embed;
            embeds = &item->embed->next_embed;
        }
        bool closed = depth ? lex_peek(lx) == ')' : lex_at_end(lx);
        if (!closed && lex_peek(lx) != ',')
            return fail_item_end(lx, item, depth > 0);
    } while (lex_take(lx, ','));
    return true;
}

bool select_parse(struct lex *lx, struct ast_node *root)
{
    lex_skip_blanks(lx);
    if (lex_at_end(lx)) {
        root->items = ARENA_NEW(lx->arena, struct ast_item);
        root->items->kind = ITEM_STAR;
        return true;
    }
    return parse_items(lx, root, 0);
}
