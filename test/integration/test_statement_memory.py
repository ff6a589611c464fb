"""What one client can make PostgreSQL remember is bounded. SPDX-License-Identifier: ISC"""

import random
import re
from pathlib import Path

import pytest
import requests
from utils import wait_until

COLUMNS = [f"c{i}" for i in range(500)]
SCHEMA = """
do $$ begin
  if not exists (select from pg_roles where rolname = 'hoarder') then
    create role hoarder nologin; grant hoarder to erp_authenticator;
  end if;
end $$;
create schema api; grant usage on schema api to hoarder;
create table api.wide(id int primary key, """ + ",".join(f"{name} int" for name in COLUMNS) + """);
grant select on api.wide to hoarder"""


@pytest.fixture
def server(pg, make_bobbin):
    pg.new_database("hoard", sql=SCHEMA)
    return make_bobbin(database="hoard", db_schemas="api", db_anon_role="hoarder", server_threads=1)


def memory_mb(pg):
    """Of the largest backend, what is its own."""
    return max(int(re.search(r"RssAnon:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text()).group(1)) / 1024
               for pid in pg.backends("hoard"))


@pytest.mark.parametrize("times", [1, 2])
def test_many_shapes(pg, server, times):
    """500 columns in ever other order: each takes 600 kB as a prepared statement."""
    order = random.Random(5)
    with requests.Session() as session:
        for _ in range(300):
            order.shuffle(COLUMNS)
            for _ in range(times):
                answer = session.get(f"{server.url}/api/v1/wide?select={','.join(COLUMNS)}", timeout=30)
                assert (answer.status_code, answer.text) == (200, "[]")
    assert memory_mb(pg) < 64
    def prepared():
        return server.metrics().value("db_client_prepares_total")

    if times == 1:
        assert prepared() < 20
    else:
        wait_until(lambda: prepared() >= 300, what="the count of prepared statements")


def test_what_comes_again_is_prepared_once(server):
    with requests.Session() as session:
        for i in range(200):
            assert session.get(f"{server.url}/api/v1/wide?id=eq.{i}&select=id,c0", timeout=30).json() == []
    assert server.metrics().value("db_client_prepares_total") < 20
