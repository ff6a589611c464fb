/* suggest: which of many names did a person mean? Offer every candidate, take the best one; a name that is
 * not near is no help, so there is a threshold. Owns nothing: the answer points to the candidate's own bytes.
 * SPDX-License-Identifier: ISC */
#ifndef SCHEMA_SUGGEST_H
#define SCHEMA_SUGGEST_H

#include "util/str.h"

/* PostgreSQL's own limit for names is 63 bytes; longer input gets no suggestion. */
#define SUGGEST_NAME_MAX 63

struct suggest {
    struct str wanted;
    struct str best;
    unsigned score; /* of best, in thousandths; 0: none yet */
};

void suggest_init(struct suggest *s, struct str wanted);
void suggest_offer(struct suggest *s, struct str candidate);
/* Empty when nothing was near enough. */
struct str suggest_best(const struct suggest *s);

#endif
