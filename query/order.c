/* order: terms of order=. SPDX-License-Identifier: ISC */
#include "query/order.h"

static bool parse_field(struct lex *lx, struct ast_order *order)
{
    if (!lex_field(lx, &order->field))
        return false;
    if (order->field.steps || !lex_take(lx, '('))
        return true;
    order->embed = order->field.name;
    return lex_field(lx, &order->field) && lex_expect(lx, ')', ")");
}

static bool parse_modifier(struct lex *lx, struct ast_order *order, bool *directed)
{
    struct str word = lex_word(lx);
    if (!*directed && (str_eq(word, STR("asc")) || str_eq(word, STR("desc")))) {
        *directed = true;
        order->descending = word.n == 4;
        return true;
    }
    if (order->nulls == NULLS_DEFAULT && str_eq(word, STR("nullsfirst"))) {
        *directed = true;
        order->nulls = NULLS_FIRST;
        return true;
    }
    if (order->nulls == NULLS_DEFAULT && str_eq(word, STR("nullslast"))) {
        *directed = true;
        order->nulls = NULLS_LAST;
        return true;
    }
    lx->at -= word.n;
    return lex_fail(lx, *directed ? "nullsfirst or nullslast" : "asc, desc, nullsfirst or nullslast");
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
    return true;
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
        lex_skip_blanks(lx);
        *orders = order;
        orders = &order->next;
    } while (lex_take(lx, ','));
    return lex_at_end(lx) || lex_fail(lx, "a comma or the end");
}
