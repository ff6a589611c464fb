"""bench catalog: a schema of many tables: `./dev bench catalog [--tables N] [--keys N]`

Reported: how long the catalog takes to load, the longest that one client waits that asks for a row by key all the time,
with and without reloads meanwhile, and how long the documents at the root take to be made and to be had again.
SPDX-License-Identifier: ISC
"""

import argparse
import json
import sys
import time
from pathlib import Path

import requests

TOP = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TOP / "test" / "integration"), str(TOP / "bench")]
import utils  # noqa: E402

SCHEMA = """
create role catalog_reader nologin; grant catalog_reader to erp_authenticator; create schema api;
grant usage on schema api to catalog_reader;
--
do $$ begin
  for i in 1..%(tables)d loop
    execute format('create table api.table_%%s (id int primary key, name text not null, amount numeric(12,2) default 0,'
      ' made timestamptz default now(), note varchar(80), done boolean not null default false, %%s)', i,
      (select string_agg('ref_' || k || ' int references api.table_' || greatest(1, (i * k * 7) %% i), ', ')
       from generate_series(1, %(each)d) k));
    if i %% 50 = 0 then commit; end if;
  end loop;
end $$;
--
insert into api.table_1 (id, name) values (1, 'one');
grant all on all tables in schema api to catalog_reader;
"""


def longest_gap(url, seconds, at_start=None):
    """A row by key, again and again: the longest time between two answers, and how many there were."""
    longest, n = 0.0, 0
    with requests.Session() as session:
        session.get(url)
        if at_start:
            at_start()
        begin = last = time.monotonic()
        while last - begin < seconds:
            assert session.get(url).status_code == 200
            now = time.monotonic()
            longest, last, n = max(longest, now - last), now, n + 1
    return longest, n


def loads(server):
    """Milliseconds of every load so far, as the log tells."""
    lines = (json.loads(line) for line in server.log_text().splitlines() if line.startswith("{"))
    return [line["duration_ms"] for line in lines if line.get("event") == "schema_loaded"]


def fetch(server, **headers):
    began = time.monotonic()
    answer = server.get("/", headers=headers)
    assert answer.status_code == 200
    return (time.monotonic() - began) * 1000, len(answer.content)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--tables", type=int, default=1000)
    parser.add_argument("--keys", type=int, default=5000)
    parser.add_argument("--reloads", type=int, default=5)
    options = parser.parse_args()
    scratch = utils.Scratch()
    pg = utils.Postgres(scratch.path)
    server = None
    try:
        pg.initdb()
        pg.start()
        pg.prepare_roles()
        sizes = {"tables": options.tables, "each": max(1, options.keys // options.tables)}
        pg.new_database("many")
        for statement in (SCHEMA % sizes).split("--\n"):
            pg.sql(statement, database="many")
        pg.sql("analyze", database="many")
        server = utils.Bobbin(scratch.path, pg, database="many", db_schemas="api", db_anon_role="catalog_reader",
                              log_level="info", log_format="json", server_threads=1)
        server.start(timeout=60)
        url = server.url + "/api/v1/table_1?id=eq.1"
        quiet, n = longest_gap(url, 5)
        print(f"{options.tables} tables, {sizes['each'] * options.tables} foreign keys")
        print(f"without reloads: longest gap {quiet * 1000:.1f} ms of {n} answers")
        for _ in range(options.reloads):
            gap, n = longest_gap(url, 3, lambda: pg.sql("notify bobbin", database="many"))
            print(f"reload: longest gap {gap * 1000:.1f} ms of {n} answers")
        print("loads:", ", ".join(f"{ms:.0f} ms" for ms in loads(server)))
        for name, accept in (("2.0", "*/*"), ("3.1", "application/openapi+json; version=3.1")):
            first, size = fetch(server, Accept=accept)
            again, _ = fetch(server, Accept=accept)
            print(f"OpenAPI {name}: {size / 1e6:.1f} MB, first {first:.0f} ms, again {again:.0f} ms")
        print(f"memory: {server.rss_kb() / 1024:.0f} MB")
    finally:
        if server is not None:
            server.stop()
        pg.stop("immediate")
        scratch.remove()


if __name__ == "__main__":
    main()
