/* query_test: what the unit tests of query share: an arena, a budget and a lexer over a text.
 * SPDX-License-Identifier: ISC */
#ifndef TEST_UNIT_QUERY_QUERY_TEST_H
#define TEST_UNIT_QUERY_QUERY_TEST_H

#include "query/lex.h"
#include "test/unit/test.h"

#include <stdio.h>

static struct arena arena;
static struct query_error error;
static struct query_limits limits = {
    .embed_depth = 4, .embeds = 8, .filters = 20, .tree_depth = 5, .select_items = 30};
static struct lex_budget budget;

static inline struct lex over(const char *text)
{
    budget = (struct lex_budget){.limits = &limits};
    error = (struct query_error){0};
    return (struct lex){
        .arena = &arena, .error = &error, .budget = &budget, .what = "test", .text = str_cstr(text)};
}

static inline int start_arena(void **state)
{
    arena_init(&arena, 0);
    return 0;
}

static inline int stop_arena(void **state)
{
    arena_release(&arena);
    return 0;
}

#define RUN(tests) cmocka_run_group_tests((tests), start_arena, stop_arena)

#endif
