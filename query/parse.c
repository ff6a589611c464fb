/* parse: from key=value pairs to the tree. SPDX-License-Identifier: ISC */
#include "query/parse.h"

#include "query/errors.h"
#include "query/filter.h"
#include "query/lex.h"
#include "query/order.h"
#include "query/range.h"
#include "query/select.h"
#include "util/uri.h"

enum key_kind { KEY_FILTER, KEY_AND, KEY_OR, KEY_ORDER, KEY_LIMIT, KEY_OFFSET, KEY_SELECT, KEY_IGNORED };

struct pair {
    struct pair *next;
    enum key_kind kind;
    struct str key, value;
};

struct parser {
    struct arena *arena;
    struct query_error *error;
    struct lex_budget budget;
    struct ast_node *root;
    struct pair *pairs;
};

static struct lex lex_over(struct parser *ps, const char *what, struct str text)
{
    return (struct lex){
        .arena = ps->arena, .error = ps->error, .budget = &ps->budget, .what = what, .text = text};
}

/* Some clients number repeated keys: name[0]=, name[0][1]=. The numbers mean nothing. */
static struct str strip_indexes(struct str key)
{
    while (key.n > 2 && key.p[key.n - 1] == ']') {
        size_t at = key.n - 1;
        while (at > 0 && key.p[at - 1] >= '0' && key.p[at - 1] <= '9')
            at--;
        if (at == 0 || key.p[at - 1] != '[')
            break;
        key.n = at - 1;
    }
    return key;
}

static struct str last_segment(struct str key)
{
    size_t at = key.n;
    while (at > 0 && key.p[at - 1] != '.')
        at--;
    return str_sub(key, at, key.n);
}

static enum key_kind classify(const struct uri_param *param)
{
    static const struct {
        struct str word;
        enum key_kind kind;
    } words[] = {{{"and", 3}, KEY_AND}, {{"or", 2}, KEY_OR}, {{"order", 5}, KEY_ORDER},
        {{"limit", 5}, KEY_LIMIT}, {{"offset", 6}, KEY_OFFSET}};
    if (str_eq(param->key, STR("select")))
        return KEY_SELECT;
    if (!param->has_value || str_eq(param->key, STR("columns")) || str_eq(param->key, STR("on_conflict")))
        return KEY_IGNORED;
    if ((str_eq(param->key, STR("after")) || str_eq(param->key, STR("before"))) &&
        str_find(param->value, '.') == param->value.n)
        return KEY_IGNORED; /* a page token: a filter has a dot */
    struct str last = last_segment(param->key);
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (str_eq(last, words[i].word))
            return words[i].kind;
    }
    return KEY_FILTER;
}

bool parse_is_filter(const struct uri_param *param)
{
    return classify(param) == KEY_FILTER;
}

static bool split(struct parser *ps, struct str query)
{
    struct pair **tail = &ps->pairs;
    struct uri_param param;
    for (unsigned n = 1; uri_query_next(&query, &param); n++) {
        if (n > PARSE_PARAMS_MAX)
            return error_too_many(ps->arena, ps->error, PARSE_PARAMS_MAX, "parameters");
        enum uri_error e = uri_param_decode(ps->arena, &param);
        if (e != URI_OK)
            return error_encoding(ps->arena, ps->error, uri_error_text(e));
        param.key = strip_indexes(param.key);
        struct pair *pair = ARENA_NEW(ps->arena, struct pair);
        *pair = (struct pair){.kind = classify(&param), .key = param.key, .value = param.value};
        if (pair->kind == KEY_IGNORED)
            continue;
        *tail = pair;
        tail = &pair->next;
    }
    return true;
}

static bool parse_select(struct parser *ps)
{
    const struct pair *found = NULL;
    for (const struct pair *p = ps->pairs; p; p = p->next) {
        if (p->kind != KEY_SELECT)
            continue;
        if (found)
            return error_repeated(ps->arena, ps->error, p->key);
        found = p;
    }
    struct lex lx = lex_over(ps, "select parameter", found ? found->value : (struct str){NULL, 0});
    return select_parse(&lx, ps->root);
}

struct ast_node *parse_find_embed(const struct ast_node *node, struct str name, bool legacy_names)
{
    struct ast_node *by_target = NULL;
    for (struct ast_node *child = node->embeds; child; child = child->next_embed) {
        if (str_eq(child->alias.n ? child->alias : child->target, name))
            return child;
        if (!by_target && str_eq(child->target, name))
            by_target = child;
    }
    return legacy_names ? by_target : NULL;
}

void parse_note_embed(struct ast_node *embed, struct str name)
{
    embed->by_target |= embed->alias.n > 0 && !str_eq(embed->alias, name);
}

static bool descend(struct parser *ps, struct ast_node **node, struct str name)
{
    struct ast_node *child = parse_find_embed(*node, name, ps->budget.limits->legacy_names);
    if (!child)
        return error_not_embedded(ps->arena, ps->error, name);
    parse_note_embed(child, name);
    *node = child;
    return true;
}

/* Follows `a.b.` of a key whose last segment is a keyword of n bytes; `not` before and/or is no embed. */
static bool follow_path(struct parser *ps, const struct pair *pair, struct ast_node **node, bool *negated)
{
    struct str path = str_sub(pair->key, 0, pair->key.n - last_segment(pair->key).n);
    struct lex lx = lex_over(ps, "tree path", path);
    bool logic = pair->kind == KEY_AND || pair->kind == KEY_OR;
    while (!lex_at_end(&lx)) {
        struct str name;
        if (logic && str_eq(lex_rest(&lx), STR("not."))) {
            *negated = true;
            return true;
        }
        if (!lex_name(&lx, &name, LEX_NAME))
            return false;
        if (!lex_take(&lx, '.'))
            return lex_fail_behind(&lx, "delimiter (.)");
        if (!descend(ps, node, name))
            return false;
    }
    return true;
}

static void add_condition(struct ast_node *node, struct ast_cond *cond)
{
    struct ast_cond **tail = node->where_tail ? node->where_tail : &node->where;
    *tail = cond;
    node->where_tail = &cond->next;
}

/* [embed.]*column[->json]* */
static bool parse_filter(struct parser *ps, const struct pair *pair)
{
    struct lex key = lex_over(ps, "tree path", pair->key);
    struct lex value = lex_over(ps, "filter", pair->value);
    struct ast_cond *cond = ARENA_NEW(ps->arena, struct ast_cond);
    struct ast_node *node = ps->root;
    for (;;) {
        if (!lex_field(&key, &cond->field))
            return false;
        if (cond->field.steps || !lex_take(&key, '.'))
            break;
        if (!descend(ps, &node, cond->field.name))
            return false;
    }
    if (!lex_at_end(&key))
        return lex_fail_behind(&key, "delimiter (.), \"->>\", \"->\" or end of input");
    add_condition(node, cond);
    return filter_parse(&value, cond);
}

static bool parse_logic(struct parser *ps, const struct pair *pair)
{
    struct lex value = lex_over(ps, "logic tree", pair->value);
    struct ast_cond *cond = ARENA_NEW(ps->arena, struct ast_cond);
    struct ast_node *node = ps->root;
    if (!follow_path(ps, pair, &node, &cond->negated))
        return false;
    value.shift = last_segment(pair->key).n + (cond->negated ? STR("not.").n : 0);
    cond->kind = pair->kind == KEY_AND ? COND_AND : COND_OR;
    add_condition(node, cond);
    return filter_parse_tree(&value, cond);
}

static bool parse_keyword(struct parser *ps, const struct pair *pair)
{
    struct ast_node *node = ps->root;
    bool unused = false;
    if (!follow_path(ps, pair, &node, &unused))
        return false;
    unsigned bit = 1u << pair->kind;
    if (node->keywords & bit)
        return error_repeated(ps->arena, ps->error, pair->key);
    node->keywords |= bit;
    if (pair->kind == KEY_LIMIT)
        return range_limit(ps->arena, ps->error, pair->value, node);
    if (pair->kind == KEY_OFFSET) {
        range_offset(pair->value, node);
        return true;
    }
    struct lex lx = lex_over(ps, "order", pair->value);
    return order_parse(&lx, &node->orders);
}

static bool parse_pair(struct parser *ps, const struct pair *pair)
{
    switch (pair->kind) {
    case KEY_FILTER: return parse_filter(ps, pair);
    case KEY_AND:
    case KEY_OR: return parse_logic(ps, pair);
    case KEY_ORDER:
    case KEY_LIMIT:
    case KEY_OFFSET: return parse_keyword(ps, pair);
    case KEY_SELECT:
    case KEY_IGNORED: break;
    }
    return true;
}

bool parse_read(struct arena *a, const struct query_limits *limits, struct str query, struct str range,
    struct ast_node **root, struct query_error *error)
{
    struct parser ps = {.arena = a, .error = error, .budget.limits = limits};
    ps.root = ARENA_NEW(a, struct ast_node);
    ps.root->limit = UINT64_MAX;
    if (!split(&ps, query) || !parse_select(&ps))
        return false;
    for (const struct pair *p = ps.pairs; p; p = p->next) {
        if (!parse_pair(&ps, p))
            return false;
    }
    *root = ps.root;
    return range_header(a, error, range, ps.root);
}

bool parse_name_list(struct arena *a, const struct query_limits *limits, const char *what, struct str text,
    struct parse_names *list, struct query_error *error)
{
    struct lex_budget budget = {.limits = limits};
    struct lex lx = {.arena = a, .error = error, .budget = &budget, .what = what, .text = text};
    struct str *names = ARENA_NEW_ARRAY(a, struct str, text.n / 2 + 1);
    *list = (struct parse_names){names, 0};
    do {
        if (!lex_name(&lx, &names[list->n++], LEX_NAME))
            return false;
    } while (lex_take(&lx, ','));
    return lex_at_end(&lx) || lex_fail_behind(&lx, "\",\" or end of input");
}
