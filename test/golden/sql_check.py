#!/usr/bin/python3
"""Gives every statement of the golden tests to a real PostgreSQL, over schema.sql, and compares what they return.

usage: sql_check.py [--update] GOLDEN CASES RESULTS

GOLDEN is the golden program, CASES its directory, RESULTS the file with one line `name<TAB>rows as JSON` a case. A private
PostgreSQL is started for it, or the one that PGHOST names is used (a database `golden` is made there, and dropped).
SPDX-License-Identifier: ISC
"""
import json
import os
import pathlib
import pwd
import shutil
import subprocess
import sys
import tempfile

import psycopg
from psycopg.pq import ExecStatus

VALUE, OBJECT, END = range(3)
JSON_OIDS = {114, 3802}
PLAIN_OIDS = {16, 20, 21, 23, 700, 701, 1700}
PORT = '54732'


def start_postgres(directory):
    """A cluster of its own, as another user when we are root, which PostgreSQL refuses to be."""
    bindir = sorted(pathlib.Path('/usr/lib/postgresql').glob('*/bin'))[-1]
    user = 'postgres' if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name
    shutil.chown(directory, user)

    def run(*command):
        prefix = ['runuser', '-u', user, '--'] if os.getuid() == 0 else []
        subprocess.run([*prefix, *map(str, command)], check=True, stdout=subprocess.DEVNULL, cwd='/')

    run(bindir / 'initdb', '-D', f'{directory}/data', '-A', 'trust', '-U', 'postgres', '-N', '-E', 'UTF8', '--locale', 'C.UTF-8')
    options = f'-p {PORT} -k {directory} -c listen_addresses= -c fsync=off'
    run(bindir / 'pg_ctl', '-D', f'{directory}/data', '-o', options, '-l', f'{directory}/log', '-w', 'start')
    os.environ.update(PGHOST=directory, PGPORT=PORT, PGUSER='postgres')
    return lambda: run(bindir / 'pg_ctl', '-D', f'{directory}/data', '-m', 'immediate', '-w', 'stop')


def execute(conn, name, statement):
    """As the server does it: numbered parameters of unknown type."""
    params = [None if p is None else p.encode() for p in statement['params']]
    result = conn.pgconn.exec_params(statement['sql'].encode(), params)
    if result.status != ExecStatus.TUPLES_OK:
        return None, f"{name}: {result.error_message.decode().strip()}\n  {statement['sql']}\n  {statement['params']}"
    return result, None


def value(result, row, column):
    raw = result.get_value(row, column)
    if raw is None:
        return None
    text = raw.decode()
    if result.ftype(column) in JSON_OIDS:
        return json.loads(text)
    if result.ftype(column) == 16:
        return text == 't'
    return json.loads(text) if result.ftype(column) in PLAIN_OIDS else text


def shaped(result, row, shape):
    """One row as the row shape tells to build it."""
    top = []
    stack = [top]
    i = 0
    while i < len(shape):
        kind, column, skip, *key = shape[i]
        if kind == VALUE:
            stack[-1].append((key[0], value(result, row, column)))
        elif kind == OBJECT and result.get_value(row, column) is None:
            stack[-1].append((key[0], None))
            i += skip
        elif kind == OBJECT:
            members = []
            stack[-1].append((key[0], members))
            stack.append(members)
        else:
            stack.pop()
        i += 1
    return as_object(top)


def as_object(members):
    return {k: as_object(v) if isinstance(v, list) and v and isinstance(v[0], tuple) else v for k, v in members}


def check(conn, plan, failures):
    """The rows of one plan; its count and estimate are checked on the way."""
    name = plan['name']
    _, error = execute(conn, name, {**plan['main'], 'sql': 'EXPLAIN ' + plan['main']['sql']})
    if error:
        failures.append(error)
        return None
    result, error = execute(conn, name, plan['main'])
    if error:
        failures.append(error)
        return None
    rows = [shaped(result, row, plan['shape']) for row in range(result.ntuples)]
    if not plan['shape'] and result.nfields == 2:  # what a handler made, and of how many rows
        rows = [[value(result, 0, 0), value(result, 0, 1)]]
    if 'ORDER BY' not in plan['main']['sql']:
        rows.sort(key=lambda row: json.dumps(row, ensure_ascii=False))
    for extra in ('count', 'estimate'):
        if extra in plan:
            counted, error = execute(conn, name, plan[extra])
            if error:
                failures.append(error)
            elif extra == 'count' and int(counted.get_value(0, 0)) < len(rows):
                failures.append(f'{name}: counted {counted.get_value(0, 0)} of {len(rows)} rows')
    return rows


def main():
    update = sys.argv[1] == '--update'
    golden, cases, results = sys.argv[2 if update else 1:]
    dump = subprocess.run([golden, '--dump', cases], check=True, capture_output=True, text=True).stdout
    plans = [json.loads(line) for line in dump.splitlines()]
    own = None if 'PGHOST' in os.environ else tempfile.mkdtemp(prefix='golden-')
    stop = start_postgres(own) if own else None
    failures, actual = [], {}
    try:
        with psycopg.connect(dbname='postgres', autocommit=True) as conn:
            conn.execute('DROP DATABASE IF EXISTS golden')
            conn.execute('CREATE DATABASE golden')
        with psycopg.connect(dbname='golden', autocommit=True) as conn:
            conn.execute(pathlib.Path(__file__).with_name('schema.sql').read_text(encoding='utf-8'))
            conn.execute("SET search_path = ''; SET timezone = 'UTC'")
            for plan in plans:
                actual[plan['name']] = check(conn, plan, failures)
        with psycopg.connect(dbname='postgres', autocommit=True) as conn:
            conn.execute('DROP DATABASE golden')
    finally:
        if stop:
            stop()
            shutil.rmtree(own)
    lines = {name: json.dumps(rows, ensure_ascii=False) for name, rows in actual.items()}
    if update:
        with open(results, 'w', encoding='utf-8') as out:
            out.writelines(f'{name}\t{rows}\n' for name, rows in sorted(lines.items()))
    else:
        with open(results, encoding='utf-8') as file:
            expected = dict(line.rstrip('\n').split('\t', 1) for line in file)
        for name in sorted(lines.keys() | expected.keys()):
            if lines.get(name) != expected.get(name):
                failures.append(f'{name}: rows are {lines.get(name)}\n  expected {expected.get(name)}')
    for failure in failures:
        print(failure)
    print(f'{len(plans)} statements, {len(failures)} failures')
    return bool(failures)


if __name__ == '__main__':
    sys.exit(main())
