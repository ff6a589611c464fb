/* format: matching. SPDX-License-Identifier: ISC */
#include "query/format.h"

#include "query/parse.h"
#include "util/buf.h"
#include "util/uri.h"

#define ANY_TYPE STR("*/*")

/* What is built in with these types says its charset, whoever makes it; other types of a schema do not. */
#define WITH_CHARSET                                                                                         \
    (MEDIA_BIT(MEDIA_JSON) | MEDIA_BIT(MEDIA_CSV) | MEDIA_BIT(MEDIA_GEOJSON) | MEDIA_BIT(MEDIA_TEXT) |       \
        MEDIA_BIT(MEDIA_XML))

const struct format format_json = {
    .media = MEDIA_JSON, .content_type = STR_INIT("application/json; charset=utf-8")};

/* What the schema defines */

static struct str custom_content_type(struct str name)
{
    enum media media = media_find(name);
    if (str_eq(name, ANY_TYPE))
        return media_name(MEDIA_OCTET_STREAM);
    return media < MEDIA_OTHER && (MEDIA_BIT(media) & WITH_CHARSET) ? media_content_type(media) : name;
}

static bool take_handler(const struct cat_handler *h, const struct cat_relation *rel, struct format *out)
{
    *out = (struct format){.media = MEDIA_OTHER,
        .handler = h,
        .row_type = rel ? rel->quoted : (struct str){NULL, 0},
        .content_type = custom_content_type(h->media)};
    return true;
}

/* An aggregate over the relation's rows, or over anything when rel is NULL, whose type is `name` or, without
 * a name, fits the item. */
static bool by_aggregate(const struct format_offer *offer, const struct cat_relation *rel,
    const struct accept_item *item, struct str name, struct format *out)
{
    size_t n;
    const struct cat_handler *all = catalog_handlers(offer->cat, &n);
    for (size_t i = 0; i < n; i++) {
        const struct cat_handler *h = &all[i];
        if (h->features || h->relation_oid != (rel ? rel->oid : 0))
            continue;
        if (name.n ? str_eq_nocase(name, h->media) : accept_matches(item, h->media))
            return take_handler(h, rel, out);
    }
    return false;
}

/* A function that returns such a domain: what it returns is the body. */
static bool by_function(
    const struct format_offer *offer, const struct accept_item *item, struct str name, struct format *out)
{
    const struct cat_function *fn = offer->function;
    if (!fn || !fn->result || !fn->result->media || fn->returns_set || fn->ncolumns > 0)
        return false;
    struct str type = fn->result->name;
    if (name.n ? !str_eq_nocase(name, type) : !accept_matches(item, type))
        return false;
    *out = (struct format){.media = MEDIA_OTHER, .value = true, .content_type = custom_content_type(type)};
    return true;
}

static bool by_target(
    const struct format_offer *offer, const struct accept_item *item, struct str name, struct format *out)
{
    return by_function(offer, item, name, out) ||
           (offer->relation && offer->whole && by_aggregate(offer, offer->relation, item, name, out));
}

/* In this order; for a wildcard the types of the schema that it covers come last. */
static bool by_schema(
    const struct format_offer *offer, const struct accept_item *item, bool covered, struct format *out)
{
    static const struct str none = {NULL, 0};
    if (!offer->cat)
        return false;
    if (covered)
        return by_target(offer, item, none, out) || by_aggregate(offer, NULL, item, none, out);
    return by_target(offer, item, ANY_TYPE, out) || by_target(offer, item, item->name, out) ||
           by_aggregate(offer, NULL, item, item->name, out);
}

/* What is built in */

/* application/geo+json needs PostGIS, and rows. */
static const struct cat_handler *features_of(const struct format_offer *offer)
{
    size_t n;
    const struct cat_handler *all = offer->cat ? catalog_handlers(offer->cat, &n) : NULL;
    for (size_t i = 0; all && i < n && offer->relation; i++) {
        if (all[i].features)
            return &all[i];
    }
    return NULL;
}

static void take_builtin(const struct accept_item *item, enum media media, struct format *out)
{
    bool strips = item->nulls_stripped && (media == MEDIA_OBJECT || media == MEDIA_ARRAY);
    if (media == MEDIA_ARRAY && !strips)
        media = MEDIA_JSON;
    *out = (struct format){.media = media, .nulls_stripped = strips, .version = item->version};
    if (!strips)
        out->content_type = media_content_type(media);
    else if (media == MEDIA_OBJECT)
        out->content_type = STR("application/vnd.pgrst.object+json;nulls=stripped; charset=utf-8");
    else
        out->content_type = STR("application/vnd.pgrst.array+json;nulls=stripped; charset=utf-8");
}

static bool by_builtin(const struct format_offer *offer, const struct accept_item *item, struct format *out)
{
    const struct cat_handler *features = features_of(offer);
    unsigned offered = offer->media & ~(features ? 0 : MEDIA_BIT(MEDIA_GEOJSON));
    enum media media = item->media;
    if (media == MEDIA_RANGE ? !accept_covers(item, offered & ~MEDIA_BIT(MEDIA_ARRAY), &media)
                             : media >= MEDIA_OTHER || !(offered & MEDIA_BIT(media)))
        return false;
    take_builtin(item, media, out);
    if (media == MEDIA_GEOJSON)
        out->handler = features;
    return true;
}

static bool fit(const struct format_offer *offer, const struct accept_item *item, struct format *out)
{
    if (item->media == MEDIA_OBJECT || item->media == MEDIA_ARRAY)
        return by_builtin(offer, item, out);
    return by_schema(offer, item, false, out) || by_builtin(offer, item, out) ||
           (item->media == MEDIA_RANGE && by_schema(offer, item, true, out));
}

/* Plans */

static struct str option_names(struct arena *a, unsigned options)
{
    static const char *const names[] = {"analyze", "verbose", "settings", "buffers", "wal"};
    struct str list = STR("");
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (options & 1u << i)
            list = arena_printf(a, "%.*s%s%s", STR_ARG(list), list.n ? "|" : "; options=", names[i]);
    }
    return list;
}

/* Everything but the charset, which comes last. */
static struct str without_charset(struct str content_type)
{
    static const struct str charset = STR_INIT("; charset=utf-8");
    return str_ends(content_type, charset) ? str_sub(content_type, 0, content_type.n - charset.n)
                                           : content_type;
}

static bool fit_plan(
    struct arena *a, const struct format_offer *offer, const struct accept_item *plan, struct format *out)
{
    struct accept_item item = {
        .media = plan->plan_media, .name = plan->plan_for, .nulls_stripped = plan->nulls_stripped};
    if (!offer->plans || item.name.n == 0 || MEDIA_IS_PLAN(item.media) || !fit(offer, &item, out))
        return false;
    out->explain = true;
    out->explain_as = plan->media;
    out->explain_options = plan->plan_options;
    out->content_type =
        arena_printf(a, "%.*s; for=\"%.*s\"%.*s; charset=utf-8", STR_ARG(media_name(plan->media)),
            STR_ARG(without_charset(out->content_type)), STR_ARG(option_names(a, plan->plan_options)));
    return true;
}

struct str format_explain(struct arena *a, const struct format *format, struct str sql)
{
    static const char *const options[] = {", ANALYZE", ", VERBOSE", ", SETTINGS", ", BUFFERS", ", WAL"};
    struct str list = format->explain_as == MEDIA_PLAN_JSON ? STR("FORMAT JSON") : STR("FORMAT TEXT");
    for (size_t i = 0; i < ARRAY_LEN(options); i++) {
        if (format->explain_options & 1u << i)
            list = arena_printf(a, "%.*s%s", STR_ARG(list), options[i]);
    }
    return arena_printf(a, "EXPLAIN (%.*s) %.*s", STR_ARG(list), STR_ARG(sql));
}

/* All of it */

bool format_choose(
    struct arena *a, const struct accept *accept, const struct format_offer *offer, struct format *out)
{
    for (size_t i = 0; i < accept->nitems; i++) {
        const struct accept_item *item = &accept->items[i];
        if (MEDIA_IS_PLAN(item->media) ? fit_plan(a, offer, item, out) : fit(offer, item, out))
            return true;
    }
    return false;
}

struct str format_wanted(struct arena *a, const struct accept *accept)
{
    struct buf b;
    buf_init(&b, 0);
    for (size_t i = 0; i < accept->nitems; i++)
        buf_printf(&b, "%s%.*s", i ? ", " : "", STR_ARG(accept->items[i].text));
    struct str text = arena_str(a, buf_str(&b));
    buf_release(&b);
    return text;
}

bool format_selects_whole(struct arena *a, struct str query)
{
    struct uri_param param;
    for (unsigned n = 0; n < PARSE_PARAMS_MAX && uri_query_next(&query, &param); n++) {
        bool plain = !memchr(param.key.p, '%', param.key.n);
        if (plain && !str_eq(param.key, STR("select"))) /* not worth decoding */
            continue;
        if (uri_param_decode(a, &param) == URI_OK && str_eq(param.key, STR("select")) &&
            !str_eq(param.value, STR("*")))
            return false;
    }
    return true;
}
