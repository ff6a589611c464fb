/* parse: the query string of a read, taken apart and given to the grammars: select first, since all other
 * keys (`embed.column=`, `embed.order=`, ...) may speak of what it embeds. The result is the tree of ast.h,
 * not yet checked against any catalog. SPDX-License-Identifier: ISC */
#ifndef QUERY_PARSE_H
#define QUERY_PARSE_H

#include "query/ast.h"
#include "query/plan.h"
#include "util/uri.h"

/* Parameters of a query string or form; more are refused before they are looked at. */
#define PARSE_PARAMS_MAX 20000u

/* query is raw (percent-encoded, without '?'), range the value of a Range header or empty. */
NODISCARD bool parse_read(struct arena *a, const struct query_limits *limits, struct str query,
    struct str range, struct ast_node **root, struct query_error *error);
/* a,"b,c" */
struct parse_names {
    const struct str *names;
    size_t n;
};
NODISCARD bool parse_name_list(struct arena *a, const struct query_limits *limits, const char *what,
    struct str text, struct parse_names *list, struct query_error *error);
/* Whether a decoded pair is a filter on a column, as far as its key tells; not a keyword or a logic tree. */
bool parse_is_filter(const struct uri_param *param);
/* The child that `name` in a key or filter means: by alias when it has one, else by its target; NULL when the
 * node embeds no such thing. With legacy names a target matches beside its alias. */
struct ast_node *parse_find_embed(const struct ast_node *node, struct str name, bool legacy_names);
/* To be called when that is what was meant by `name`: notes a target that has an alias. */
void parse_note_embed(struct ast_node *embed, struct str name);

#endif
