#!/usr/bin/python3
"""Counts tests in the reports of meson, pytest (JUnit XML) and anything that speaks TAP.

usage: tally.py meson|junit|tap FILE     prints "PASSED FAILED"

A cmocka program counts as many tests as it says it ran. A program that failed without saying which of its tests did
(a crash, a sanitizer's report, a leak after the last test) counts as one failure more.
SPDX-License-Identifier: ISC
"""

import json
import re
import sys
import xml.etree.ElementTree as ElementTree


def meson(path):
    passed = failed = 0
    with open(path, encoding="utf-8") as file:
        for line in file:
            test = json.loads(line)
            output = (test.get("stdout") or "") + (test.get("stderr") or "")
            good = sum(int(n) for n in re.findall(r"\[  PASSED  \] (\d+) test", output))
            bad = sum(int(n) for n in re.findall(r"\[  FAILED  \] (\d+) test", output))
            if test["result"] in ("OK", "EXPECTEDFAIL"):
                good = good or 1
            elif test["result"] == "SKIP":
                continue
            else:
                bad = bad or 1
            passed += good
            failed += bad
    return passed, failed


def junit(path):
    passed = failed = 0
    for suite in ElementTree.parse(path).getroot().iter("testsuite"):
        bad = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
        passed += max(0, int(suite.get("tests")) - bad - int(suite.get("skipped", 0)))
        failed += bad
    return passed, failed


def tap(path):
    passed = failed = 0
    with open(path, encoding="utf-8", errors="replace") as file:
        for line in file:
            if re.match(r"ok\b", line) and not re.search(r"# SKIP", line, re.I):
                passed += 1
            elif re.match(r"not ok\b", line) and not re.search(r"# TODO", line, re.I):
                failed += 1
    return passed, failed


if __name__ == "__main__":
    print(*{"meson": meson, "junit": junit, "tap": tap}[sys.argv[1]](sys.argv[2]))
