/* settings_scan: which settings of a request a piece of SQL or PL/pgSQL names. Text is not parsed, only
 * looked over word by word, comments and literals included, so that the answer errs on the side of more: a
 * name that is put together at run time counts as every name. SPDX-License-Identifier: ISC */
#ifndef SCHEMA_SETTINGS_SCAN_H
#define SCHEMA_SETTINGS_SCAN_H

#include "schema/catalog.h"

/* Bits of enum cat_setting: what current_setting() is asked for, and SETTING_ANSWER where response.* may be
 * set. */
unsigned settings_scan(struct str text);

#endif
