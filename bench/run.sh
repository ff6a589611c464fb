#!/usr/bin/env bash
# The bench suite: `./dev bench [core] [OPTIONS]`. bench/README.md tells what is measured and how to read it.
set -eu
cd "$(dirname "$0")/.."
name=core
if [ $# -gt 0 ] && [ "${1#-}" = "$1" ]; then name=$1; shift; fi
if [ ! -f "bench/$name.py" ]; then
    echo "bench: there is no suite \"$name\"; there are: $(cd bench && printf '%s ' *.py | sed 's/\.py//g')" >&2
    exit 2
fi
exec /usr/bin/python3 "bench/$name.py" "$@"
