#!/usr/bin/python3
"""The layer check must find what it is there to find: each case is a small tree with one mistake.

SPDX-License-Identifier: ISC
"""

import subprocess
import sys
import tempfile
from pathlib import Path

LAYERS = Path(__file__).with_name("layers.py")
CASES = [
    ({"util/a.h": ""}, None),
    ({"util/a.h": '#include "db/db.h"', "db/db.h": ""}, "util/ may not include db/db.h"),
    ({"query/a.c": '#include "schema/catalog.h"', "schema/catalog.h": ""}, None),
    ({"query/a.c": '#include "schema/load.h"', "schema/load.h": ""}, "query/ may not include schema/load.h"),
    ({"handlers/a.c": '#include "cmd/x.h"'}, "handlers/ may not include cmd/x.h"),
    ({"util/a.h": '#include "util/b.h"', "util/b.h": '#include "util/a.h"'}, "headers include each other"),
    ({"util/a.c": '#include "b.h"'}, "must be path-qualified"),
    ({"db/a.c": "#include <libpq-fe.h>"}, None),
    ({"handlers/a.c": "#include <libpq-fe.h>"}, "belongs to db/"),
    ({"server/http1.c": "#include <llhttp.h>", "server/tls.c": "#include <mbedtls/ssl.h>"}, None),
    ({"server/conn.c": "#  include <llhttp.h>"}, "belongs to"),
]


def main():
    for files, expected in CASES:
        with tempfile.TemporaryDirectory() as top:
            for name, text in files.items():
                path = Path(top, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            run = subprocess.run([sys.executable, LAYERS, top], capture_output=True, text=True)
            good = run.returncode == 0 if expected is None else run.returncode == 1 and expected in run.stdout
            if not good:
                print(f"{files}\nexpected {expected}, got status {run.returncode}: {run.stdout}{run.stderr}")
                return 1
    print(f"{len(CASES)} cases")
    return 0


if __name__ == "__main__":
    sys.exit(main())
