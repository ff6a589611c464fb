#!/usr/bin/python3
"""How long our C functions are: a table by folder, and an exit status that tells whether the bounds hold.

usage: tools/fnlen.py [--all]     --all lists every function, longest first

Bounds (CONTRIBUTING.md): no function over 100 lines, 90 % of them within 45, no source file over 700 lines.
A function begins with its signature and ends with the `}` in the first column; clang-format sees to that shape.
SPDX-License-Identifier: ISC
"""

import re
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]
MAX_FUNCTION = 100
MAX_P90 = 45
MAX_FILE = 700
NAME = re.compile(r"(\w+)\s*\(")


def sources(*patterns):
    """Source files; there may be no git to ask."""
    names = {str(path.relative_to(TOP)) for pattern in patterns for path in TOP.rglob(pattern) if path.is_file()}
    return sorted(name for name in names if not re.search(r"^(build|\.)|/(node_modules|__pycache__)/", name))


def functions(text):
    """(name, first line, number of lines) of each function definition."""
    lines = text.split("\n")
    start = None
    for number, line in enumerate(lines):
        if line == "{":
            start = number
            while start > 0 and lines[start - 1].strip() and lines[start - 1][0] not in "}#/*;":
                start -= 1
        elif line == "}" and start is not None:
            signature = " ".join(lines[start:number])
            match = NAME.search(signature.split("{")[0])
            yield match.group(1) if match else "?", start + 1, number - start + 1
            start = None


def quantile(sorted_values, q):
    return sorted_values[min(len(sorted_values) - 1, int(q * len(sorted_values)))]


def main():
    found = []
    for name in sources("*.c", "*.h"):
        if name.startswith("test/"):
            continue
        for function, line, length in functions((TOP / name).read_text(encoding="utf-8")):
            found.append((length, function, f"{name}:{line}"))
    found.sort(reverse=True)
    if "--all" in sys.argv:
        for length, function, place in found:
            print(f"{length:5} {function:40} {place}")
    folders = {}
    for length, function, place in found:
        folders.setdefault(place.split("/")[0], []).append((length, function))
    bad = [f"{place}: {function}() has {length} lines" for length, function, place in found if length > MAX_FUNCTION]
    print(f"{'folder':10} {'count':>6} {'median':>7} {'p90':>5} {'p99':>5}  longest")
    for folder, rows in [*sorted(folders.items()), ("all", [(length, f) for length, f, _ in found])]:
        lengths = sorted(length for length, _ in rows)
        if not lengths:
            continue
        longest = max(rows)
        print(f"{folder:10} {len(lengths):6} {quantile(lengths, .5):7} {quantile(lengths, .9):5} "
              f"{quantile(lengths, .99):5}  {longest[1]} {longest[0]}")
        if folder == "all" and quantile(lengths, .9) > MAX_P90:
            bad.append(f"90 % of the functions should have at most {MAX_P90} lines")
    for name in sources("*.c", "*.h", "*.py", "*.js", "*.mjs", "*.ts", "*.sh", "dev"):
        length = (TOP / name).read_text(encoding="utf-8", errors="replace").count("\n")
        if length > MAX_FILE:
            bad.append(f"{name} has {length} lines")
    print("\n".join(bad))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
