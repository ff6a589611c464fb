"""A schema of many tables: it loads, is served and reloaded while requests go on. bench/catalog.py has the times.
SPDX-License-Identifier: ISC"""

import openapi_check
import pytest
import utils

TABLES, KEYS = 300, 5
SCHEMA = f"""
create schema api;
do $$ begin create role crowd nologin; exception when duplicate_object then null; end $$;
grant crowd to erp_authenticator;
grant usage on schema api to crowd;
do $$ begin
  for i in 1..{TABLES} loop
    execute format('create table api.table_%s (id int primary key, name text, %s)', i,
      (select string_agg('ref_' || k || ' int references api.table_' || greatest(1, i - k), ', ')
       from generate_series(1, {KEYS}) k));
  end loop;
end $$;
grant all on all tables in schema api to crowd;
insert into api.table_1 values (1, 'one', 1);
insert into api.table_2 values (2, 'two', 1);
insert into api.table_{TABLES} values (9, 'last');
"""


@pytest.fixture(scope="module")
def server(scratch, bare_pg):
    bare_pg.new_database("crowd", sql=SCHEMA)
    server = utils.Bobbin(scratch, bare_pg, database="crowd", db_schemas="api", db_anon_role="crowd")
    try:
        yield server.start(timeout=60)
    finally:
        server.stop()


def test_many_tables_are_served(server):
    assert server.get(f"/table_{TABLES}?select=name").json() == [{"name": "last"}]
    rows = server.get("/table_2?select=name,ref_1(name)").json()
    assert rows == [{"name": "two", "ref_1": {"name": "one"}}]
    body = server.get(f"/table_{TABLES + 1}").json()
    assert body["code"] == "PGRST205" and "Perhaps you meant" in body["hint"]


def test_many_tables_in_the_document(server):
    document = openapi_check.parse(server.get("/").text)
    openapi_check.check_2(document)
    assert len(document["definitions"]) == TABLES
    document = openapi_check.parse(server.get("/", headers={"Accept": "application/openapi+json;version=3.1"}).text)
    openapi_check.check_3(document)
    keys = [key for name, schema in document["components"]["schemas"].items() for key in schema.get("x-foreign-keys", [])]
    assert len(keys) == TABLES * KEYS


def test_many_tables_are_reloaded_while_they_are_read(server, bare_pg):
    before = server.get("/").headers["ETag"]
    bare_pg.sql("create table api.late (id int primary key); grant all on api.late to crowd; notify bobbin", database="crowd")

    def there():
        assert server.get("/table_1?id=eq.1&select=name").json() == [{"name": "one"}]
        return server.get("/late").status_code == 200
    utils.wait_until(there, timeout=60, what="the new table")
    assert server.get("/").headers["ETag"] != before
