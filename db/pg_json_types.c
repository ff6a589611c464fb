/* pg_json_types: the table as two switches. SPDX-License-Identifier: ISC */
#include "db/pg_json_types.h"

enum pg_encoding pg_encoding_of(uint32_t type_oid)
{
    switch (type_oid) {
#define PG_TYPE(oid, name, encoding)                                                                         \
    case oid:                                                                                                \
        return PG_ENC_##encoding;
#include "db/pg_json_types.def"
#undef PG_TYPE
    default: return PG_ENC_TEXT;
    }
}

const char *pg_type_listed(uint32_t type_oid)
{
    switch (type_oid) {
#define PG_TYPE(oid, name, encoding)                                                                         \
    case oid:                                                                                                \
        return #name;
#include "db/pg_json_types.def"
#undef PG_TYPE
    default: return NULL;
    }
}
