/* embedded: SQL files that tools/embed.py put into the program. Texts end with a NUL that `size` does not
 * count; everything is constant. SPDX-License-Identifier: ISC */
#ifndef SCHEMA_EMBEDDED_H
#define SCHEMA_EMBEDDED_H

#include "util/base.h"

struct embedded_file {
    const char *name, *text;
    size_t size;
};

/* schema/own/, which the server itself needs, named like those of the ERP */
extern const struct embedded_file own_files[];
extern const size_t own_files_count;
/* schema/erp/NNNN_name.sql and NNNN_name.down.sql */
extern const struct embedded_file erp_files[];
extern const size_t erp_files_count;
/* The pieces of schema/catalog.sql by their `-- name: x`. */
extern const struct embedded_file catalog_pieces[];
extern const size_t catalog_pieces_count;
/* schema/erp/demo/NN_name.sql, by name */
extern const struct embedded_file demo_files[];
extern const size_t demo_files_count;

#endif
