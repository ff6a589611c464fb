/* accept: what a client is ready to read (RFC 9110 12.5.1), best first. A media range that is no type of ours
 * stays in the list as MEDIA_OTHER with its text, since a schema may define types of its own.
 * SPDX-License-Identifier: ISC */
#ifndef QUERY_ACCEPT_H
#define QUERY_ACCEPT_H

#include "util/arena.h"
#include "util/str.h"

enum media {
#define MEDIA(id, name, content_type) MEDIA_##id,
#include "query/media.def"
#undef MEDIA
    MEDIA_OTHER,
    MEDIA_RANGE /* a wildcard: any type, or any of one kind */
};

#define MEDIA_BIT(media) (1u << (media))

/* Options of EXPLAIN that a plan may be asked for. */
enum accept_plan_option {
    PLAN_ANALYZE = 1,
    PLAN_VERBOSE = 2,
    PLAN_SETTINGS = 4,
    PLAN_BUFFERS = 8,
    PLAN_WAL = 16
};

struct accept_item {
    enum media media;
    struct str name;       /* "application/json", as written, without parameters */
    struct str text;       /* with them, up to q */
    unsigned q;            /* thousandths, 1 to 1000; items with q=0 are left out */
    struct str version;    /* version=; empty: not said */
    unsigned nparams;      /* besides q */
    bool nulls_stripped;   /* nulls=stripped; of a plan: within its for="..." */
    struct str plan_for;   /* of a plan: the name of the type in for="..." */
    enum media plan_media; /* of a plan: that type; application/json when there is none */
    unsigned plan_options; /* enum accept_plan_option */
};

struct accept {
    struct accept_item *items; /* by q, then the more specific, then the order of the header */
    size_t nitems;
};

#define MEDIA_IS_PLAN(media) ((media) == MEDIA_PLAN_TEXT || (media) == MEDIA_PLAN_JSON)

/* Ranges beyond this many are dropped: no browser sends more than ten. */
#define ACCEPT_MAX 32

/* An empty header accepts everything. Slices point into value. */
void accept_parse(struct arena *a, struct str value, struct accept *accept);
/* The first of `offered` (MEDIA_BITs) that a wildcard item covers; false: none. */
bool accept_covers(const struct accept_item *item, unsigned offered, enum media *media);
/* Whether the item's name is this type, or covers it. */
bool accept_matches(const struct accept_item *item, struct str name);

/* The type of that name, MEDIA_RANGE for a wildcard, MEDIA_OTHER for any other. */
enum media media_find(struct str name);
struct str media_name(enum media media);
/* The value of Content-Type. */
struct str media_content_type(enum media media);

#endif
