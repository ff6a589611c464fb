/* openapi_3: what the two files of the document in OpenAPI 3.1 share: openapi_3.c writes the frame and the
 * paths, openapi_3_components.c what those refer to. SPDX-License-Identifier: ISC */
#ifndef HANDLERS_OPENAPI_3_H
#define HANDLERS_OPENAPI_3_H

#include "handlers/openapi_view.h"

struct writer_3 {
    const struct openapi_view *v;
    struct json_out j;
    struct buf text; /* for names that are put together */
};

static inline void open_object(struct json_out *j, const char *key)
{
    json_out_key(j, key);
    json_out_object(j);
}

static inline void open_array(struct json_out *j, const char *key)
{
    json_out_key(j, key);
    json_out_array(j);
}

/* Appends a name as components may have it. */
void writer_3_name(struct buf *out, struct str name);
/* The component that is called after a relation, in w->text; `part` is "", ".insert", .. */
struct str writer_3_component(struct writer_3 *w, const char *before, struct str name, const char *part);
/* {"$ref": ref} */
void writer_3_ref(struct json_out *j, struct str ref);
void writer_3_schema_ref(struct writer_3 *w, struct str name, const char *part);
/* The members of a schema that say what values a type and a column have. */
void writer_3_type(struct json_out *j, const struct cat_type *type, bool nullable);
void writer_3_column(struct json_out *j, const struct cat_column *col);
/* "components": {..} */
void writer_3_components(struct writer_3 *w);

#endif
