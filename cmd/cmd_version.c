/* cmd_version: which program this is, and what it is linked with. SPDX-License-Identifier: ISC */
#include "cmd/commands.h"
#include "db/session.h"

#include <stdio.h>
#include <uv.h>

int cmd_version(int argc, char **argv)
{
    int status = option_rest(argc, argv, 0, "version");
    if (status != 0)
        return status;
    printf("bobbin %s\n", BOBBIN_VERSION);
    printf("  compiler %s\n  libuv    %s\n  libpq    %d.%d\n", __VERSION__, uv_version_string(),
        session_library_version() / 10000, session_library_version() % 10000);
    return 0;
}
