#!/usr/bin/python3
"""Folders are layers: fails on an include that goes up, on a cycle, and on a third-party header away from its home.

ARCHITECTURE.md draws the layers; this table is what holds.
SPDX-License-Identifier: ISC
"""

import re
import sys
from pathlib import Path

TOP = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).resolve().parents[2])

# folder: what it may include, folders or single headers
MAY = {
    "util": [],
    "db": ["util"],
    "cache": ["util"],
    "schema": ["db", "util"],
    "query": ["util", "schema/catalog.h"],
    "auth": ["cache", "util"],
    "server": ["util"],
    "handlers": ["server", "query", "schema", "db", "cache", "auth", "util"],
    "cmd": ["handlers", "server", "query", "schema", "db", "cache", "auth", "util"],
}
# third-party header: the only files that may include it
HOMES = {
    r"libpq-fe\.h|libpq/|pg_config|postgres_ext\.h": r"db/",
    r"hiredis": r"cache/",
    r"mbedtls/|psa/": r"server/tls|auth/",
    r"llhttp": r"server/http1\.c$",
    r"xxhash": r"util/fingerprint\.c$",
}
INCLUDE = re.compile(r'^\s*#\s*include\s+(?:"([^"]+)"|<([^>]+)>)', re.M)


def includes():
    """{file: (our headers, other headers)}"""
    found = {}
    for folder in MAY:
        for path in sorted((TOP / folder).rglob("*.[ch]")):
            pairs = INCLUDE.findall(path.read_text(encoding="utf-8"))
            found[str(path.relative_to(TOP))] = ([own for own, _ in pairs if own], [other for _, other in pairs if other])
    return found


def upward(file, own):
    folder = file.split("/")[0]
    for header in own:
        if not re.search(r"\.(h|def|sql)$|generated", header):
            yield f"{file}: includes {header}, which is no header"
        if "/" not in header:
            yield f"{file}: \"{header}\" must be path-qualified"
        elif header.split("/")[0] != folder and header not in MAY[folder] and header.split("/")[0] not in MAY[folder]:
            yield f"{file}: {folder}/ may not include {header}"


def away_from_home(file, own, other):
    for header in own + other:
        for pattern, home in HOMES.items():
            if re.match(pattern, header) and not re.match(home, file):
                yield f"{file}: {header} belongs to {home}"


def cycle(graph):
    """A list of nodes that leads back to its first, or None."""
    state = {}

    def visit(node, path):
        state[node] = "open"
        for target in graph.get(node, ()):
            if state.get(target) == "open":
                return path[path.index(target):] + [target]
            if target not in state:
                found = visit(target, path + [target])
                if found:
                    return found
        state[node] = "done"
        return None

    for node in graph:
        if node not in state:
            found = visit(node, [node])
            if found:
                return found
    return None


def main():
    found = includes()
    bad = []
    for file, (own, other) in found.items():
        bad += upward(file, own)
        bad += away_from_home(file, own, other)
    headers = cycle({file: own for file, (own, _) in found.items() if not file.endswith(".c")})
    if headers:
        bad.append("headers include each other: " + " -> ".join(headers))
    folders = {folder: set() for folder in MAY}
    for file, (own, _) in found.items():
        folders[file.split("/")[0]] |= {h.split("/")[0] for h in own if "/" in h} - {file.split("/")[0]}
    around = cycle(folders)
    if around:
        bad.append("folders include each other: " + " -> ".join(around))
    print("\n".join(bad) or f"{len(found)} files")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
