/* suggest: n-grams and edits. Names that have the right parts in another order ("order_sales") are many edits
 * away; where fuzzyset finds nothing, half of the trigrams in common are enough. SPDX-License-Identifier: ISC
 */
#include "schema/suggest.h"

#include "util/base.h"

#define SCORE_MIN 0.33 /* fuzzyset's own */
#define PARTS_MIN 0.5
#define COLUMN_EDITS_MAX 3u /* MAX_FUZZY_DISTANCE */

/* Normalized, between two dashes. */
#define GRAM_CHARS (SUGGEST_TEXT_MAX + 2)

/* A character is its bytes in one number: all that is asked of it is whether it is another's equal. */
static bool read_text(struct str s, bool fold, struct suggest_text *text)
{
    text->n = 0;
    if (s.n > SUGGEST_TEXT_MAX)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if ((c & 0xc0) == 0x80 && text->n > 0)
            text->chars[text->n - 1] = text->chars[text->n - 1] << 8 | c;
        else
            text->chars[text->n++] = fold && c >= 'A' && c <= 'Z' ? c + 32u : c;
    }
    return text->n > 0;
}

/* Levenshtein's distance. */
static size_t edits(const struct suggest_text *a, const struct suggest_text *b)
{
    unsigned char row[SUGGEST_TEXT_MAX + 1];
    for (size_t j = 0; j <= b->n; j++)
        row[j] = (unsigned char)j;
    for (size_t i = 1; i <= a->n; i++) {
        unsigned before = row[0];
        row[0] = (unsigned char)i;
        for (size_t j = 1; j <= b->n; j++) {
            unsigned above = row[j], replaced = before + (a->chars[i - 1] != b->chars[j - 1]);
            row[j] = (unsigned char)MIN(MIN(above, row[j - 1]) + 1u, replaced);
            before = above;
        }
    }
    return row[b->n];
}

/* Letters, digits, blanks and commas, as in fuzzyset; beyond ASCII nearly all is letters. */
static bool is_word(uint32_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == ' ' || c == ',' || c >= 128;
}

static size_t normalize(const struct suggest_text *text, uint32_t *out)
{
    size_t n = 0;
    out[n++] = '-';
    for (size_t i = 0; i < text->n; i++) {
        if (is_word(text->chars[i]))
            out[n++] = text->chars[i];
    }
    out[n++] = '-';
    return n;
}

static double dot(const uint32_t *a, size_t na, const uint32_t *b, size_t nb, size_t size)
{
    double sum = 0;
    for (size_t i = 0; i + size <= na; i++) {
        for (size_t j = 0; j + size <= nb; j++)
            sum += memcmp(a + i, b + j, size * sizeof *a) == 0;
    }
    return sum;
}

/* The square of the cosine between the vectors of how often each n-gram occurs. */
static double cosine(const struct suggest_text *ta, const struct suggest_text *tb, size_t size)
{
    uint32_t a[GRAM_CHARS], b[GRAM_CHARS];
    size_t na = normalize(ta, a), nb = normalize(tb, b);
    double common = dot(a, na, b, nb, size);
    return common > 0 ? common * common / (dot(a, na, a, na, size) * dot(b, nb, b, nb, size)) : 0;
}

/* What shares no n-gram is no candidate, however few edits away. */
static void compare(struct suggest *s, struct suggest_found *found, const struct suggest_text *text,
    struct str name, double score, size_t size)
{
    if (score <= SCORE_MIN || score < found->score)
        return;
    s->work += (s->wanted.n + text->n) * (s->wanted.n + text->n);
    double angle = cosine(&s->wanted, text, size);
    if (angle > 0 && (score > found->score || angle > found->cosine))
        *found = (struct suggest_found){name, score, angle};
}

/* Dice's coefficient of the trigrams within the names. */
static double parts(const struct suggest_text *a, const struct suggest_text *b)
{
    bool used[SUGGEST_TEXT_MAX] = {false};
    size_t common = 0;
    if (a->n < 3 || b->n < 3)
        return 0;
    for (size_t i = 0; i + 3 <= a->n; i++) {
        for (size_t j = 0; j + 3 <= b->n; j++) {
            if (used[j] || memcmp(a->chars + i, b->chars + j, 3 * sizeof *a->chars) != 0)
                continue;
            used[j] = true;
            common++;
            break;
        }
    }
    return 2.0 * (double)common / (double)(a->n + b->n - 4);
}

void suggest_init(struct suggest *s, struct str wanted)
{
    *s = (struct suggest){.wanted.n = 0};
    if (!read_text(wanted, true, &s->wanted))
        s->wanted.n = 0;
}

void suggest_offer(struct suggest *s, struct str candidate)
{
    struct suggest_text text;
    if (s->wanted.n == 0 || s->work > SUGGEST_WORK_MAX || !read_text(candidate, true, &text))
        return;
    s->work += 2 * s->wanted.n * text.n;
    size_t longest = MAX(text.n, s->wanted.n);
    double score = 1 - (double)edits(&s->wanted, &text) / (double)longest;
    compare(s, &s->by_trigrams, &text, candidate, score, 3);
    if (s->by_trigrams.score > 0)
        return;
    compare(s, &s->by_bigrams, &text, candidate, score, 2);
    double common = parts(&s->wanted, &text);
    if (common >= PARTS_MIN && common > s->by_parts.score)
        s->by_parts = (struct suggest_found){candidate, common, 0};
}

struct str suggest_best(const struct suggest *s, bool *exact)
{
    const struct suggest_found *best = s->by_trigrams.score > 0  ? &s->by_trigrams
                                       : s->by_bigrams.score > 0 ? &s->by_bigrams
                                                                 : &s->by_parts;
    if (exact)
        *exact = best != &s->by_parts && best->score >= 1;
    return best->name;
}

void suggest_columns_init(struct suggest_columns *s, struct str wanted)
{
    *s = (struct suggest_columns){.bytes = wanted.n, .distance = COLUMN_EDITS_MAX + 1};
    if (!read_text(wanted, false, &s->wanted))
        s->wanted.n = 0;
}

void suggest_columns_offer(struct suggest_columns *s, struct str candidate)
{
    struct suggest_text text;
    if (s->wanted.n == 0 || !read_text(candidate, false, &text))
        return;
    if (text.n > s->wanted.n + COLUMN_EDITS_MAX || s->wanted.n > text.n + COLUMN_EDITS_MAX)
        return;
    size_t distance = edits(&s->wanted, &text);
    if (distance > s->bytes / 2 || distance > s->distance || distance > COLUMN_EDITS_MAX)
        return;
    if (distance < s->distance)
        s->n = 0;
    s->distance = distance;
    if (s->n < ARRAY_LEN(s->found))
        s->found[s->n] = candidate;
    s->n++;
}
