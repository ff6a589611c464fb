/* suggest: which of many names did a person mean? Offer every candidate, take the best one. The measure is
 * that of the hints in PostgREST's errors, so that the same request gets the same hint: fuzzyset's cosine of
 * n-grams to find candidates, Levenshtein's distance to choose among them. Owns nothing: the answer points to
 * the candidate's own bytes. SPDX-License-Identifier: ISC */
#ifndef SCHEMA_SUGGEST_H
#define SCHEMA_SUGGEST_H

#include "util/str.h"

/* In bytes; longer input gets no suggestion. What is compared with very many candidates should be no longer
 * than a name can be. */
#define SUGGEST_TEXT_MAX 255
#define SUGGEST_NAME_MAX 63
/* A hint may take a millisecond or two of its loop's time: thousands of names of usual length. */
#define SUGGEST_WORK_MAX ((size_t)1 << 20)

struct suggest_text {
    uint32_t chars[SUGGEST_TEXT_MAX]; /* of one character each, lower case */
    size_t n;
};

struct suggest_found {
    struct str name;
    double score, cosine;
};

struct suggest {
    struct suggest_text wanted;
    size_t
        work; /* pairs of characters compared; beyond SUGGEST_WORK_MAX candidates are no longer looked at */
    struct suggest_found by_trigrams, by_bigrams, by_parts;
};

void suggest_init(struct suggest *s, struct str wanted);
void suggest_offer(struct suggest *s, struct str candidate);
/* Empty when nothing was near enough. *exact, if asked for: it is the wanted name, but perhaps for its case.
 */
struct str suggest_best(const struct suggest *s, bool *exact);

/* The column or the two columns that PostgreSQL would name in the hint of an undefined one (parse_relation.c:
 * updateFuzzyAttrMatchState): at most three edits and half of the name away; of three that are equally near
 * none. */
struct suggest_columns {
    struct suggest_text wanted;
    struct str found[2];
    size_t bytes, n, distance; /* bytes: of the wanted name */
};

void suggest_columns_init(struct suggest_columns *s, struct str wanted);
void suggest_columns_offer(struct suggest_columns *s, struct str candidate);

#endif
