/* fixture: the catalog of schema.sql, made by hand: pure tests need no database. SPDX-License-Identifier: ISC
 */
#ifndef TEST_GOLDEN_FIXTURE_H
#define TEST_GOLDEN_FIXTURE_H

#include "schema/catalog.h"

/* One reference, which the caller gives back. */
struct catalog *fixture_catalog(void);

#endif
