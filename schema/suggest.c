/* suggest: two measures, because people err in two ways. Typing errors are few edits away (optimal string
 * alignment: insert, delete, replace, swap neighbours); remembered names have the right parts in another
 * order
 * ("order_sales", "customer_list") and share trigrams. The better measure counts. Case is ignored.
 * SPDX-License-Identifier: ISC */
#include "schema/suggest.h"

#include "util/base.h"

/* Two edits in a name of six bytes, or half of the trigrams in common. */
#define SCORE_MIN 660u
#define TRIGRAM_MIN 500u

static unsigned char fold(char c)
{
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
}

/* Optimal string alignment with three rolling rows; both lengths are at most SUGGEST_NAME_MAX. */
static unsigned edits(struct str a, struct str b)
{
    unsigned char rows[3][SUGGEST_NAME_MAX + 1];
    unsigned char *before = rows[0], *above = rows[1], *row = rows[2];
    for (size_t j = 0; j <= b.n; j++)
        above[j] = (unsigned char)j;
    for (size_t i = 1; i <= a.n; i++) {
        row[0] = (unsigned char)i;
        for (size_t j = 1; j <= b.n; j++) {
            unsigned cost = fold(a.p[i - 1]) != fold(b.p[j - 1]);
            unsigned d = MIN(MIN(above[j] + 1u, row[j - 1] + 1u), above[j - 1] + cost);
            if (i > 1 && j > 1 && fold(a.p[i - 1]) == fold(b.p[j - 2]) &&
                fold(a.p[i - 2]) == fold(b.p[j - 1]))
                d = MIN(d, before[j - 2] + 1u);
            row[j] = (unsigned char)d;
        }
        unsigned char *spare = before;
        before = above;
        above = row;
        row = spare;
    }
    return above[b.n];
}

static bool same_trigram(const char *a, const char *b)
{
    return fold(a[0]) == fold(b[0]) && fold(a[1]) == fold(b[1]) && fold(a[2]) == fold(b[2]);
}

/* Dice's coefficient of the trigrams, in thousandths. */
static unsigned trigrams(struct str a, struct str b)
{
    bool used[SUGGEST_NAME_MAX] = {false};
    size_t common = 0;
    if (a.n < 3 || b.n < 3)
        return 0;
    for (size_t i = 0; i + 3 <= a.n; i++) {
        for (size_t j = 0; j + 3 <= b.n; j++) {
            if (used[j] || !same_trigram(a.p + i, b.p + j))
                continue;
            used[j] = true;
            common++;
            break;
        }
    }
    return (unsigned)(2000 * common / (a.n + b.n - 4));
}

static unsigned score(struct str a, struct str b)
{
    size_t longest = MAX(a.n, b.n), shortest = MIN(a.n, b.n);
    unsigned by_edits = 0, by_trigrams;
    /* The difference in length is a lower bound for the edits: most candidates end here. */
    if ((longest - shortest) * 1000 <= longest * (1000 - SCORE_MIN))
        by_edits = (unsigned)(1000 * (longest - edits(a, b)) / longest);
    by_trigrams = trigrams(a, b);
    if (by_edits < SCORE_MIN)
        by_edits = 0;
    if (by_trigrams < TRIGRAM_MIN)
        by_trigrams = 0;
    return MAX(by_edits, by_trigrams);
}

void suggest_init(struct suggest *s, struct str wanted)
{
    *s = (struct suggest){.wanted = wanted};
}

void suggest_offer(struct suggest *s, struct str candidate)
{
    if (s->wanted.n == 0 || s->wanted.n > SUGGEST_NAME_MAX || candidate.n == 0 ||
        candidate.n > SUGGEST_NAME_MAX)
        return;
    unsigned found = score(s->wanted, candidate);
    if (found <= s->score)
        return;
    s->score = found;
    s->best = candidate;
}

struct str suggest_best(const struct suggest *s)
{
    return s->best;
}
