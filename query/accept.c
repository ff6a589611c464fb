/* accept: parsing and choosing media types. SPDX-License-Identifier: ISC */
#include "query/accept.h"

#include "util/check.h"

static const struct {
    struct str name, content_type;
} types[] = {
#define MEDIA(id, name, content_type)                                                                        \
    [MEDIA_##id] = {{name, sizeof(name) - 1}, {content_type, sizeof(content_type) - 1}},
#include "query/media.def"
#undef MEDIA
};

_Static_assert(MEDIA_RANGE < 32, "offered types are bits of an unsigned");

struct str media_name(enum media media)
{
    CHECK((size_t)media < ARRAY_LEN(types));
    return types[media].name;
}

struct str media_content_type(enum media media)
{
    CHECK((size_t)media < ARRAY_LEN(types));
    return types[media].content_type;
}

enum media media_find(struct str name)
{
    static const struct {
        struct str name;
        enum media media;
    } short_forms[] = {
        {{"application/vnd.pgrst.object", 28}, MEDIA_OBJECT},
        {{"application/vnd.pgrst.array", 27}, MEDIA_ARRAY},
        {{"application/vnd.pgrst.plan", 26}, MEDIA_PLAN_TEXT},
    };
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        if (str_eq_nocase(name, types[i].name))
            return (enum media)i;
    }
    for (size_t i = 0; i < ARRAY_LEN(short_forms); i++) {
        if (str_eq_nocase(name, short_forms[i].name))
            return short_forms[i].media;
    }
    return str_ends(name, STR("/*")) || str_eq(name, STR("*")) ? MEDIA_RANGE : MEDIA_OTHER;
}

/* "0.35" to 350: at most three digits behind the dot (RFC 9110 12.4.2); nonsense counts as 1. */
static unsigned read_q(struct str s)
{
    unsigned q = 0, unit = 100;
    if (s.n == 0 || s.p[0] != '0' || (s.n > 1 && s.p[1] != '.'))
        return 1000;
    for (size_t i = 2; i < s.n && unit > 0; i++, unit /= 10) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return 1000;
        q += (unsigned)(s.p[i] - '0') * unit;
    }
    return q;
}

static struct str unquote(struct str s)
{
    return s.n >= 2 && s.p[0] == '"' && s.p[s.n - 1] == '"' ? str_sub(s, 1, s.n - 1) : s;
}

static unsigned read_options(struct str list)
{
    static const struct str names[] = {
        {"analyze", 7}, {"verbose", 7}, {"settings", 8}, {"buffers", 7}, {"wal", 3}};
    unsigned options = 0;
    struct str option;
    while (str_split(&list, '|', &option)) {
        for (size_t i = 0; i < ARRAY_LEN(names); i++) {
            if (str_eq_nocase(option, names[i]))
                options |= 1u << i;
        }
    }
    return options;
}

/* Index of the first c outside of double quotes, or n. */
static size_t find_outside_quotes(struct str s, char c)
{
    bool quoted = false;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '"')
            quoted = !quoted;
        else if (s.p[i] == c && !quoted)
            return i;
    }
    return s.n;
}

static struct str take_piece(struct str *rest, char sep)
{
    size_t at = find_outside_quotes(*rest, sep);
    struct str piece = str_trim(str_sub(*rest, 0, at));
    *rest = str_sub(*rest, at + 1, rest->n);
    return piece;
}

struct parameter {
    struct str key, value;
};

static struct parameter take_parameter(struct str *rest)
{
    struct str text = take_piece(rest, ';');
    size_t eq = str_find(text, '=');
    return (struct parameter){
        str_trim(str_sub(text, 0, eq)), unquote(str_trim(str_sub(text, eq + 1, text.n)))};
}

static void read_option(struct accept_item *item, const struct parameter *p)
{
    if (str_eq_nocase(p->key, STR("nulls")))
        item->nulls_stripped = str_eq_nocase(p->value, STR("stripped"));
    else if (str_eq_nocase(p->key, STR("version")))
        item->version = p->value;
}

/* The type within for="...", which may have a parameter of its own. */
static void read_plan_for(struct accept_item *item, struct str text)
{
    item->plan_for = take_piece(&text, ';');
    item->plan_media = media_find(item->plan_for);
    item->nulls_stripped = false;
    while (text.n > 0) {
        struct parameter p = take_parameter(&text);
        read_option(item, &p);
    }
}

static void read_plan(struct accept_item *item, const struct parameter *p)
{
    if (str_eq_nocase(p->key, STR("for")))
        read_plan_for(item, p->value);
    else if (str_eq_nocase(p->key, STR("options")))
        item->plan_options = read_options(p->value);
}

static bool read_item(struct str text, struct accept_item *item)
{
    struct str whole = text;
    *item = (struct accept_item){.q = 1000, .name = take_piece(&text, ';'), .text = str_trim(whole)};
    item->media = media_find(item->name);
    item->plan_for = media_name(MEDIA_JSON);
    item->plan_media = MEDIA_JSON;
    while (text.n > 0) {
        const char *at = text.p;
        struct parameter p = take_parameter(&text);
        if (str_eq_nocase(p.key, STR("q"))) {
            item->q = read_q(p.value);
            item->text = str_trim(str_make(whole.p, (size_t)(at - whole.p) - 1));
            continue;
        }
        item->nparams += p.key.n > 0;
        if (MEDIA_IS_PLAN(item->media))
            read_plan(item, &p);
        else
            read_option(item, &p);
    }
    return item->name.n > 0 && item->q > 0;
}

/* RFC 9110 12.5.1: parameters count, then the type; 0 for any. */
static unsigned specificity(const struct accept_item *item)
{
    return item->media != MEDIA_RANGE ? 2 + item->nparams : item->name.p[0] != '*';
}

static bool before(const struct accept_item *a, const struct accept_item *b)
{
    return a->q != b->q ? a->q > b->q : specificity(a) > specificity(b);
}

static void insert(struct accept *accept, const struct accept_item *item)
{
    size_t at = accept->nitems++;
    for (; at > 0 && before(item, &accept->items[at - 1]); at--)
        accept->items[at] = accept->items[at - 1];
    accept->items[at] = *item;
}

void accept_parse(struct arena *a, struct str value, struct accept *accept)
{
    struct accept_item item;
    *accept = (struct accept){.items = ARENA_NEW_ARRAY(a, struct accept_item, ACCEPT_MAX)};
    value = str_trim(value);
    if (value.n == 0)
        value = STR("*/*");
    while (value.n > 0 && accept->nitems < ACCEPT_MAX) {
        if (read_item(take_piece(&value, ','), &item))
            insert(accept, &item);
    }
}

static bool range_covers(struct str range, struct str name)
{
    size_t slash = str_find(range, '/');
    return range.p[0] == '*' || str_starts_nocase(name, str_sub(range, 0, slash + 1));
}

bool accept_matches(const struct accept_item *item, struct str name)
{
    return item->media == MEDIA_RANGE ? range_covers(item->name, name) : str_eq_nocase(item->name, name);
}

bool accept_covers(const struct accept_item *item, unsigned offered, enum media *media)
{
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        if ((offered & MEDIA_BIT(i)) && range_covers(item->name, types[i].name)) {
            *media = (enum media)i;
            return true;
        }
    }
    return false;
}
