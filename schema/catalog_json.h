/* catalog_json: a catalog for people and tools: what the admin listener shows at /schema_cache and
 * dump-schema prints. One object {"version","schemas","relations","functions"}. SPDX-License-Identifier: ISC
 */
#ifndef SCHEMA_CATALOG_JSON_H
#define SCHEMA_CATALOG_JSON_H

#include "schema/catalog.h"
#include "util/buf.h"

void catalog_json_write(struct buf *out, const struct catalog *cat);

#endif
