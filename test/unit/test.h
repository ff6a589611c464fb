/* test: what every unit test includes: cmocka with the headers it wants before it. SPDX-License-Identifier:
 * ISC */
#ifndef TEST_UNIT_TEST_H
#define TEST_UNIT_TEST_H

#include "util/base.h"
#include "util/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The slice must hold exactly the bytes of this C string. */
#define assert_str(actual, expected)                                                                         \
    do {                                                                                                     \
        struct str assert_str_a_ = (actual);                                                                 \
        const char *assert_str_e_ = (expected);                                                              \
        if (!str_eq_cstr(assert_str_a_, assert_str_e_))                                                      \
            fail_msg("\"%.*s\" is not \"%s\"", STR_ARG(assert_str_a_), assert_str_e_);                       \
    } while (0)

#endif
