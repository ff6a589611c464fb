/* order: terms of order=. SPDX-License-Identifier: ISC */
#include "query/order.h"

#define ITEM_END "\",\" or end of input"

static bool parse_field(struct lex *lx, struct ast_order *order)
{
    if (!lex_field(lx, &order->field))
        return false;
    if (order->field.steps || !lex_take(lx, '('))
        return true;
    order->embed = order->field.name;
    if (!lex_field(lx, &order->field))
        return false;
    return lex_take(lx, ')') || lex_fail_behind(lx, "\"->>\", \"->\" or \")\"");
}

/* The word begins as it should and goes on, or is another one. */
static COLD bool fail_modifier(struct lex *lx, bool directed)
{
    if (lex_take_word(lx, STR("nullsfirst")) || lex_take_word(lx, STR("nullslast")))
        return lex_fail(lx, ITEM_END);
    if (directed)
        return lex_fail_word(lx, STR("nullsfirst"), "\"nullsfirst\" or \"nullslast\"");
    if (lex_take_word(lx, STR("asc")) || lex_take_word(lx, STR("desc")))
        return lex_fail(lx, "delimiter (.), " ITEM_END);
    return lex_fail_word(lx, STR("asc"), "\"asc\", \"desc\", \"nullsfirst\" or \"nullslast\"");
}

static bool parse_modifier(struct lex *lx, struct ast_order *order, bool *directed)
{
    struct str word = lex_word(lx);
    if (order->nulls != NULLS_DEFAULT) {
        lx->at -= word.n + 1; /* nothing comes behind nullsfirst, not even its dot */
        return lex_fail(lx, ITEM_END);
    }
    if (!*directed && (str_eq(word, STR("asc")) || str_eq(word, STR("desc")))) {
        *directed = true;
        order->descending = word.n == 4;
        return true;
    }
    if (str_eq(word, STR("nullsfirst"))) {
        *directed = true;
        order->nulls = NULLS_FIRST;
        return true;
    }
    if (str_eq(word, STR("nullslast"))) {
        *directed = true;
        order->nulls = NULLS_LAST;
        return true;
    }
    lx->at -= word.n;
    return fail_modifier(lx, *directed);
}

static bool parse_term(struct lex *lx, struct ast_order *order)
{
    bool directed = false;
    if (!parse_field(lx, order))
        return false;
    while (lex_take(lx, '.')) {
        if (!parse_modifier(lx, order, &directed))
            return false;
    }
    lex_skip_blanks(lx);
    if (lex_at_end(lx) || lex_peek(lx) == ',')
        return true;
    if (order->nulls != NULLS_DEFAULT)
        return lex_fail(lx, ITEM_END);
    if (directed || order->embed.n)
        return lex_fail(lx, "delimiter (.), " ITEM_END);
    return lex_fail_behind(lx, "\"->>\", \"->\", delimiter (.), " ITEM_END);
}

bool order_parse(struct lex *lx, struct ast_order **orders)
{
    lex_skip_blanks(lx);
    if (lex_at_end(lx))
        return true;
    do {
        struct ast_order *order = ARENA_NEW(lx->arena, struct ast_order);
        lex_skip_blanks(lx);
        if (!lex_spend_filter(lx) || !parse_term(lx, order))
            return false;
        *orders = order;
        orders = &order->next;
    } while (lex_take(lx, ','));
    return true;
}
