"""The schema changes under prepared statements: what was prepared before must neither give wrong rows nor errors
afterwards. SPDX-License-Identifier: ISC"""

import threading

import pytest
import requests
from utils import wait_until

SCHEMA = """
create schema api;
do $$ begin
  if not exists (select from pg_roles where rolname = 'changer') then
    create role changer nologin; grant changer to erp_authenticator;
  end if;
end $$;
grant usage, create on schema api to changer;
alter default privileges in schema api grant select, insert, update, delete on tables to changer;
create extension if not exists citext with schema public;
create table api.due(id int primary key, at date);
insert into api.due values (1, '2024-01-01'), (2, '2024-01-05');
create table api.item(id int primary key, code int, name text, n int default 0);
insert into api.item values (1, 10, 'Ada', 0), (2, 20, 'Bob', 0);
create type api.state as enum ('open', 'done');
create table api.task(id int primary key, state api.state);
insert into api.task values (1, 'open'), (2, 'done');
create view api.seen as select id, code from api.item;
create function api.twice(x int) returns int language sql stable as 'select 2 * x';
"""


@pytest.fixture
def server(pg, make_bobbin):
    pg.new_database("changes", sql=SCHEMA)
    return make_bobbin(database="changes", db_schemas="api", db_anon_role="changer", server_threads=1)


def often(server, path, **options):
    """Until every connection that is there has prepared it."""
    for _ in range(12):
        answer = server.get(path, **options)
    return answer


def change(pg, server, sql, reload=True):
    before = server.metrics().value('schema_cache_loads_total', status="success") if reload else 0
    pg.sql(sql + ("; notify pgrst, 'reload schema'" if reload else ""), database="changes")
    if reload:
        wait_until(lambda: server.metrics().value('schema_cache_loads_total', status="success") > before,
                   what="the reload")


def ids(answer):
    assert answer.status_code == 200, answer.text
    return [row["id"] for row in answer.json()]


def test_date_becomes_timestamptz(pg, server):
    for _ in range(12):
        assert server.delete("/due?at=gt.2030-01-01T12:00:00Z").status_code == 204
    assert ids(often(server, "/due?at=gt.2024-01-01T12:00:00Z&select=id")) == [2]
    change(pg, server, "begin; alter table api.due alter at type timestamptz;"
                       "update api.due set at = '2024-01-01 09:00Z' where id = 1; commit")
    assert ids(server.get("/due?at=gt.2024-01-01T12:00:00Z&select=id")) == [2]
    assert server.delete("/due?at=gt.2024-01-01T12:00:00Z").status_code == 204
    assert pg.sql("select id from api.due", database="changes") == [(1,)]


CHANGES = [
    # (before, SQL, after, ids)
    ("/item?id=eq.1&select=id", "alter table api.item alter id type bigint;"
                                "insert into api.item values (3000000000)", "/item?id=eq.3000000000&select=id", [3000000000]),
    ("/item?id=eq.1&select=id", "drop view api.seen; alter table api.item alter id type text",
     "/item?id=eq.1&select=id", ["1"]),
    ("/item?code=eq.10&select=id", "drop view api.seen; alter table api.item drop code, add code text;"
                                   "update api.item set code = 'ten' where id = 1", "/item?code=eq.ten&select=id", [1]),
    ("/task?state=eq.open&select=id",
     "alter table api.task alter state type text; drop type api.state; create type api.state as enum ('open', 'shut');"
     "update api.task set state = 'shut' where id = 2; alter table api.task alter state type api.state using "
     "state::api.state", "/task?state=eq.shut&select=id", [2]),
    ("/seen?code=eq.10&select=id", "drop view api.seen; create view api.seen as select id, name as code from api.item",
     "/seen?code=eq.Ada&select=id", [1]),
]


@pytest.mark.parametrize("reload", [True, False])
@pytest.mark.parametrize("number", range(len(CHANGES)))
def test_types_change(pg, server, number, reload):
    before, sql, after, expected = CHANGES[number]
    if number == 0:
        sql = "drop view api.seen; " + sql
    assert ids(often(server, before))
    change(pg, server, sql, reload)
    for _ in range(4):  # also without a reload: the error of the old statement is not believed
        assert ids(server.get(after)) == expected


def test_text_becomes_citext(pg, server):
    assert ids(often(server, "/item?name=eq.ada&select=id")) == []
    change(pg, server, "alter table api.item alter name type public.citext")
    assert ids(server.get("/item?name=eq.ada&select=id")) == [1]


def test_function_is_replaced(pg, server):
    for _ in range(12):
        assert server.post("/rpc/twice", json={"x": 21}).json() == 42
    change(pg, server, "drop function api.twice; create function api.twice(x numeric) returns text language sql stable "
                       "as $$ select (2 * x) || '!' $$")
    assert server.post("/rpc/twice", json={"x": 1.5}).json() == "3.0!"


@pytest.mark.parametrize("reload", [True, False])
def test_write_with_if_match_has_several_stale_statements(pg, server, reload):
    """What reads the row for its tag and what changes it were both prepared for the old type."""
    def patch():
        tag = server.get("/item?id=eq.1", headers={"Accept": "application/vnd.pgrst.object+json"}).headers["ETag"]
        return server.patch("/item?id=eq.1", json={"n": 5}, headers={"If-Match": tag, "Prefer": "return=representation"})

    for _ in range(12):
        assert patch().status_code == 200
    change(pg, server, "alter table api.item alter n type bigint", reload)
    for _ in range(3):
        assert patch().status_code == 200
    assert server.metrics().value("http_server_requests_total") >= 1


def test_errors_that_are_the_clients_own_stay_errors(server):
    assert ids(often(server, "/item?id=eq.1&select=id")) == [1]
    prepared = server.metrics().value("db_client_prepares_total")
    for _ in range(10):
        answer = server.get("/item?id=eq.abc&select=id")
        assert (answer.status_code, answer.json()["code"]) == (400, "22P02")
        assert ids(server.get("/item?id=eq.1&select=id")) == [1]
    assert server.metrics().value("db_client_prepares_total") <= prepared + 4, "others had to prepare again"


def test_schema_changes_under_load(pg, server):
    """Neither 26000 nor 0A000 nor a value of the other type ever reaches a client."""
    wrong, stop = [], threading.Event()

    def read(path):
        with requests.Session() as session:
            while not stop.is_set():
                answer = session.get(f"{server.url}/api/v1{path}", timeout=30)
                if answer.status_code != 200 or [row["id"] for row in answer.json()] != [1]:
                    wrong.append((answer.status_code, answer.text))

    def write():
        with requests.Session() as session:
            while not stop.is_set():
                answer = session.patch(f"{server.url}/api/v1/item?id=eq.1", json={"n": 1},
                                       headers={"Prefer": "return=representation"}, timeout=30)
                if answer.status_code != 200:
                    wrong.append((answer.status_code, answer.text))

    threads = [threading.Thread(target=read, args=(path,)) for path in
               ("/item?id=eq.1", "/item?id=eq.1&select=id,n", "/item?name=eq.Ada", "/item?n=lt.9&id=eq.1")]
    threads.append(threading.Thread(target=write))
    pg.sql("drop view api.seen", database="changes")
    for thread in threads:
        thread.start()
    for i in range(16):
        pg.sql(f"set lock_timeout = '2s'; alter table api.item alter n type {['bigint', 'int'][i % 2]};"
               "notify pgrst, 'reload schema'", database="changes")
    stop.set()
    for thread in threads:
        thread.join()
    assert wrong == []
