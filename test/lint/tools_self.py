#!/usr/bin/python3
"""The tools that judge must find what they are there to find: small trees and reports with one mistake each.

SPDX-License-Identifier: ISC
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tools"))
import fnlen  # noqa: E402
import gen_docs  # noqa: E402
import tally  # noqa: E402

LAYERS = [
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

# a report of one program, and what it counts as
MESON = [
    ({"result": "OK", "stdout": "[  PASSED  ] 6 test(s)."}, (6, 0)),
    ({"result": "OK", "stdout": "no cmocka"}, (1, 0)),
    ({"result": "FAIL", "stdout": "[  PASSED  ] 5 test(s).", "stderr": "[  FAILED  ] 2 test(s), listed below:\n"
      "[  FAILED  ] a\n[  FAILED  ] b\n"}, (5, 2)),
    ({"result": "FAIL", "stdout": "[  PASSED  ] 6 test(s).", "stderr": "ERROR: LeakSanitizer"}, (6, 1)),
    ({"result": "TIMEOUT", "stdout": ""}, (0, 1)),
    ({"result": "SKIP", "stdout": ""}, (0, 0)),
]

TAP = "1..4\nok 1 - a\n    ok 1 - nested\nnot ok 2 - b\nok 3 - c # SKIP no node\n# ok\nnot ok 4 - d # TODO later\n"
JUNIT = '<testsuites><testsuite tests="9" failures="2" errors="1" skipped="3"/></testsuites>'

TABLE = r'''/* ROW(not, a, row) */
ROW(NAME, "one " /* between */ "string, with a comma", 1 << 4, A | B)
OTHER(x)
#define ROW(a, b) a
ROW(LAST, "quote \" and ) inside", (1, 2), )
'''

FUNCTIONS = '''static int
first(int a)
{
    return a;
}

struct s {
    int a;
};

void second(void (*callback)(void))
{
    if (1) {
    }
}
'''


def check(what, got, expected):
    if got != expected:
        sys.exit(f"{what}: got {got!r}, expected {expected!r}")


def check_layers(directory):
    for number, (files, expected) in enumerate(LAYERS):
        top = Path(directory, str(number))
        for name, text in files.items():
            path = top / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        run = subprocess.run([sys.executable, TOP / "test/lint/layers.py", top], capture_output=True, text=True)
        check(f"layers of {files}: status", run.returncode, 0 if expected is None else 1)
        check(f"layers of {files}: {run.stdout}", (expected or "") in run.stdout, True)


def main():
    with tempfile.TemporaryDirectory() as directory:
        check_layers(directory)
        report = Path(directory, "report")
        for test, expected in MESON:
            report.write_text(json.dumps(test) + "\n")
            check(f"tally of {test}", tally.meson(report), expected)
        report.write_text(TAP)
        check("tally of TAP", tally.tap(report), (1, 1))
        report.write_text(JUNIT)
        check("tally of JUnit", tally.junit(report), (3, 3))
        table = Path(directory, "table.def")
        table.write_text(TABLE)
        check("rows", list(gen_docs.rows(table, "ROW")), [
            ("ROW", ["NAME", "one string, with a comma", "1<<4", "A|B"]), ("ROW", ["LAST", 'quote " and ) inside', "(1,2)", ""])])
    check("functions", list(fnlen.functions(FUNCTIONS)), [("first", 1, 5), ("second", 11, 5)])
    print(f"{len(LAYERS) + len(MESON) + 4} cases")


if __name__ == "__main__":
    main()
