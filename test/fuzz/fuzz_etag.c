/* fuzz_etag: any bytes as the value of If-Match. Nothing but `*` and the row's own tag names the row.
 * SPDX-License-Identifier: ISC */
#include "handlers/etag.h"
#include "test/fuzz/fuzz.h"
#include "util/check.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct fingerprint_key key = {{1, 2}, {3, 4}};
    char room[ETAG_ROOM];
    struct str list = {(const char *)data, size}, tag = etag_write(room, &key, STR("{\"id\":1}"), MEDIA_JSON);
    bool strong = etag_listed(list, tag, true, false), weak = etag_listed(list, tag, false, false);
    bool any = etag_listed(list, tag, false, true);
    CHECK((!strong || weak) && (!weak || any));
    if (any && !str_eq(str_trim(list), STR("*")))
        CHECK(memmem(data, size, tag.p, tag.n - 1) != NULL);
    return 0;
}
