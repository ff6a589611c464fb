/* media: content negotiation of one exchange: Accept against what the route, the schema and the configuration
 * offer (query/format.h), and who may export. SPDX-License-Identifier: ISC */
#ifndef HANDLERS_MEDIA_H
#define HANDLERS_MEDIA_H

#include "handlers/exchange.h"

/* Of step NEGOTIATE: reads Accept. False: nothing fits whatever the relation is, and 406 was sent. */
NODISCARD bool media_read(struct exchange *x);
/* Whatever Accept is, as a list: x->accept. */
void media_parse(struct exchange *x);
/* What can be offered besides what depends on the relation or function. */
struct format_offer media_offer(const struct exchange *x);
/* Fills x->format for x->relation; false: an error was sent. */
NODISCARD bool media_settle(struct exchange *x, const struct catalog *cat, struct str query);
/* An export has as many rows as there are: NDJSON, which only export-roles may ask for, and CSV for those who
 * may. False: they may not, and 403 was sent. */
NODISCARD bool media_export(struct exchange *x, bool *unbounded);

#endif
