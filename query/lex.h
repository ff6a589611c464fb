/* lex: a cursor over one decoded piece of a query string, and the words that all of its grammars share: names
 * (bare or quoted), JSON paths, single characters. It looks at each byte once, knows nothing of the grammar
 * above it, and reports the first mistake with its position. Names point into the text, or into the arena
 * when quoting had to be undone.
 *
 * What was expected is told in the words of PostgREST's parser (Parsec: the alternatives of the furthest
 * position, in the order of its grammar), since clients show these sentences to people who look them up.
 * SPDX-License-Identifier: ISC */
#ifndef QUERY_LEX_H
#define QUERY_LEX_H

#include "query/ast.h"
#include "query/plan.h"

/* Nobody nests documents deeper than this, and each arrow costs PostgreSQL an operator. */
#define LEX_PATH_MAX 32

/* Filters and order terms of one request, whatever limit-filters says: each may be a parameter, of which
 * PostgreSQL's protocol takes 65,535. */
#define LEX_FILTERS_MAX 10000u

#define LEX_NAME "field name (* or [a..z0..9_$])"

/* What one request has used of its limits so far. */
struct lex_budget {
    const struct query_limits *limits;
    unsigned filters, embeds, items;
};

struct lex {
    struct arena *arena;
    struct query_error *error;
    struct lex_budget *budget;
    const char *what; /* "select parameter": begins the error message */
    struct str text;
    size_t at;
    size_t shift; /* columns that PostgREST counts before the text: a logic tree's begin with its operator */
    bool bare;    /* the last name was not quoted: it might have gone on */
};

static inline bool lex_at_end(const struct lex *lx)
{
    return lx->at == lx->text.n;
}

/* The next byte, or NUL at the end (decoded text holds no NUL). */
static inline char lex_peek(const struct lex *lx)
{
    return lx->at < lx->text.n ? lx->text.p[lx->at] : '\0';
}

static inline struct str lex_rest(const struct lex *lx)
{
    return str_sub(lx->text, lx->at, lx->text.n);
}

/* Steps over c or word when it comes next. */
bool lex_take(struct lex *lx, char c);
bool lex_take_word(struct lex *lx, struct str word);
void lex_skip_blanks(struct lex *lx);
/* false with the error "unexpected ... expecting ...". */
bool lex_fail(struct lex *lx, const char *expecting);
/* The same here, where `word` was among what might have stood: the first character that is not its own is
 * named. */
bool lex_fail_word(struct lex *lx, struct str word, const char *expecting);
/* The same behind a name, which might have gone on too. */
bool lex_fail_behind(struct lex *lx, const char *expecting);
NODISCARD bool lex_expect(struct lex *lx, char c, const char *expecting);

/* A name: letters, digits, any byte of UTF-8 beyond ASCII, blank, underscore, dollar, and dashes that do not
 * begin an arrow; without the blanks around it. Or anything in double quotes. */
NODISCARD bool lex_name(struct lex *lx, struct str *name, const char *expecting);
/* The rest of "..." with \ escapes, from behind the opening quote to behind the closing one. */
NODISCARD bool lex_quoted(struct lex *lx, struct str *text);
/* Counts one more filter or order term; false with an error beyond the limit. */
NODISCARD bool lex_spend_filter(struct lex *lx);
/* Letters, digits and underscores; may be empty. */
struct str lex_word(struct lex *lx);
/* All ->key and ->>key that follow; none is fine. */
NODISCARD bool lex_path(struct lex *lx, struct ast_step **steps);
/* A name with an optional path. */
NODISCARD bool lex_field(struct lex *lx, struct ast_field *field);

#endif
