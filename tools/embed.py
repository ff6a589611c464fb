#!/usr/bin/python3
"""Turns text files into one C file: an array of struct embedded_file (schema/embedded.h), so that the binary needs no
files beside it. The same input always gives the same output.

    embed.py --symbol NAME --output OUT.c [--depfile OUT.d] [--split] PATH...

A PATH is a file, or a directory whose *.sql files are taken in the order of their names (one that does not exist counts
as empty). --split cuts a file at its lines `-- name: x` and embeds each piece under the name x. The depfile makes ninja
look again when a file changes, comes or goes.

SPDX-License-Identifier: ISC
"""

import argparse
import re
import sys
from pathlib import Path

NAME = re.compile(r"^-- name: ([a-z0-9_]+)$", re.MULTILINE)
ESCAPES = {ord("\\"): "\\\\", ord('"'): '\\"', ord("\n"): "\\n", ord("\t"): "\\t", ord("\r"): "\\r", ord("?"): "\\?"}


def literal(data):
    """A C string literal, one source line for each line of the data. Octal escapes end after three digits."""
    lines = data.splitlines(keepends=True) or [b""]
    return "\n     ".join('"' + "".join(ESCAPES.get(b) or (chr(b) if 32 <= b < 127 else f"\\{b:03o}") for b in line) + '"'
                          for line in lines)


def pieces(path, split):
    """(name, bytes) of what a file holds."""
    data = path.read_bytes()
    if b"\0" in data:
        sys.exit(f"{path}: contains a NUL byte")
    if not split:
        return [(path.name, data)]
    parts = NAME.split(data.decode())
    if len(parts) < 3:
        sys.exit(f"{path}: no line `-- name: x`")
    return [(name, text.strip().encode()) for name, text in zip(parts[1::2], parts[2::2])]


def inputs(paths):
    """The files, and everything whose change must bring us back."""
    files, watched = [], []
    for path in paths:
        if path.is_file():
            files.append(path)
        elif path.is_dir():
            files += sorted(path.glob("*.sql"))
            watched.append(path)
        else:
            watched.append(next(parent for parent in path.parents if parent.exists()))
    return files, watched + files


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--symbol", required=True)
    parser.add_argument("--output", required=True, type=Path)
    parser.add_argument("--depfile", type=Path)
    parser.add_argument("--split", action="store_true")
    parser.add_argument("paths", nargs="+", type=Path)
    args = parser.parse_args()
    files, watched = inputs(args.paths)
    found = [piece for path in files for piece in pieces(path, args.split)]
    rows = "".join(f'    {{"{name}",\n     {literal(data)},\n     {len(data)}}},\n' for name, data in found)
    args.output.write_text(
        "/* Made by tools/embed.py. */\n"
        '#include "schema/embedded.h"\n\n'
        f"const struct embedded_file {args.symbol}[] = {{\n{rows}    {{0}},\n}};\n"
        f"const size_t {args.symbol}_count = {len(found)};\n")
    if args.depfile:
        names = " ".join(str(path).replace(" ", "\\ ") for path in watched)
        args.depfile.write_text(f"{args.output}: {names}\n")


if __name__ == "__main__":
    main()
