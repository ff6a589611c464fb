/* pages: a full page says where the next one is, and the one before it:
 *
 *     Link: </api/v1/orders?limit=20&after=TOKEN>; rel="next", <..&before=TOKEN>; rel="prev"
 *
 * The token holds what the last (first) row is ordered by and its place in the list, for Content-Range, so
 * that the page behind it costs what the first one does, however deep it is, and no row is left out or shown
 * twice when others come and go (query/seek.h). It is signed for its relation and order (settings.h); with
 * any other it is 400. base64url of: signature (8 bytes), version, position (8), values. The key is derived
 * from jwt-secret, so that all processes of one configuration take each other's tokens. Who knows that
 * secret, or where there is none, can make tokens: they hold nothing but values that rows are compared with,
 * under the rights of who asks, and so give a place in a list that a filter would have given.
 *
 * Lists in an order that cannot be sought in are linked by offset=, which costs more the deeper the page is.
 * Pages by a Range header, streams and forms have no links.
 * SPDX-License-Identifier: ISC */
#ifndef HANDLERS_PAGES_H
#define HANDLERS_PAGES_H

#include "handlers/exchange.h"

/* Takes the token out of the query into r->seek; false: it is none of ours, and that was answered. */
NODISCARD bool pages_read(struct exchange *x, struct read_request *r);
/* Keeps what the tokens need of a page's rows, which may come in batches; `first` of its rows came before. */
void pages_note(struct exchange *x, const struct db_rows *rows, uint64_t first);
/* The rows of before are not the page's: others come. */
void pages_forget(struct exchange *x);
/* All rows have come. */
void pages_link(struct exchange *x);

/* What a token is for, unambiguous. For tests, like the next two. */
struct str page_token_purpose(struct arena *a, struct str schema, struct str relation, struct str order);
/* The token's bytes judged alone: the signature under `key` of what it is for, and its form. */
NODISCARD bool page_token_open(
    struct arena *a, const uint64_t key[2], struct str purpose, struct str token, struct read_seek *seek);
struct str page_token_make(
    struct arena *a, const uint64_t key[2], struct str purpose, struct str values, uint64_t position);

#endif
