/* format: how an answer is to be written: what Accept asks for, matched with what there is for a relation or
 * function. Beside the types of media.def a schema may define its own (PostgREST docs, "Custom Media Types"):
 * a domain that is named like a media type, as the result of a function, or of an aggregate over the rows of
 * a table or over anything. The first item of Accept that something fits decides; what the schema defines
 * goes before what is built in, except that vnd.pgrst types cannot be redefined. The domain that is named
 * any type fits whatever is asked for. Pure. SPDX-License-Identifier: ISC */
#ifndef QUERY_FORMAT_H
#define QUERY_FORMAT_H

#include "query/accept.h"
#include "schema/catalog.h"

/* MEDIA_BITs of what rows can be written as without the schema's help (GeoJSON: with PostGIS's). */
#define FORMAT_ROWS                                                                                          \
    (MEDIA_BIT(MEDIA_JSON) | MEDIA_BIT(MEDIA_OBJECT) | MEDIA_BIT(MEDIA_ARRAY) | MEDIA_BIT(MEDIA_CSV) |       \
        MEDIA_BIT(MEDIA_NDJSON) | MEDIA_BIT(MEDIA_GEOJSON))

struct format {
    enum media media; /* MEDIA_OTHER: what a handler or function makes */
    bool nulls_stripped;
    bool value;                        /* the body is the one value that the function returns */
    const struct cat_handler *handler; /* the aggregate that makes the body of the rows; else NULL */
    /* An EXPLAIN of the statement is asked for, and not its rows; MEDIA_PLAN_TEXT or MEDIA_PLAN_JSON. */
    bool explain;
    enum media explain_as;
    unsigned explain_options; /* enum accept_plan_option */
    struct str version;       /* of application/openapi+json, as asked for */
    struct str row_type;      /* of a handler that takes the rows of one relation: that, quoted */
    struct str content_type;
};

struct format_offer {
    unsigned media; /* MEDIA_BITs of what is built in */
    bool plans;     /* db-plan-enabled */
    /* Whose types count as well; NULL: only what is built in. */
    const struct catalog *cat;
    const struct cat_relation *relation; /* whose rows they are; NULL: of none */
    const struct cat_function *function; /* whose result it is */
    bool whole; /* the rows are those of the relation, with all columns: nothing is selected from them */
};

/* application/json, an array. */
extern const struct format format_json;

/* Text that is made lives in the arena. False: nothing fits, 406. */
NODISCARD bool format_choose(
    struct arena *a, const struct accept *accept, const struct format_offer *offer, struct format *out);
/* What was asked for in vain, best first: for the message. */
struct str format_wanted(struct arena *a, const struct accept *accept);
/* Whether a query string selects nothing in particular (select=* or no select). */
bool format_selects_whole(struct arena *a, struct str query);
/* EXPLAIN of a statement, as the format wants it. */
struct str format_explain(struct arena *a, const struct format *format, struct str sql);

/* Rows of a JSON array stand in brackets. */
static inline bool format_is_array(const struct format *f)
{
    return !f->explain && !f->handler && !f->value &&
           (f->media == MEDIA_JSON || f->media == MEDIA_ARRAY || f->media == MEDIA_OPENAPI);
}

/* The statement returns one value, or the lines of a plan, and not rows. */
static inline bool format_is_whole(const struct format *f)
{
    return f->explain || f->handler;
}

#endif
