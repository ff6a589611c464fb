"""Routes, methods and names (dialect 1.1): every kind of relation, every way to be refused. SPDX-License-Identifier: ISC"""

import json

import pytest
import utils

SCHEMA = """
create schema api;
create schema second;
create schema "Odd, schema";
create role walker nologin;
grant walker to erp_authenticator;
create table api.plain (id int primary key, note text);
create table api.keyless (a int);
create view api.simple as select * from api.plain;
create view api.joined as select p.id, k.a from api.plain p left join api.keyless k on k.a = p.id;
create view api.constants as select 1 as one;
create view api.triggered as select max(id) as id from api.plain;
create function api.keep() returns trigger language plpgsql as $$ begin return new; end $$;
create trigger keep instead of insert on api.triggered for each row execute function api.keep();
create materialized view api.stored as select id from api.plain;
create table api.split (id int, part text, primary key (id, part)) partition by list (part);
create table api.split_a partition of api.split for values in ('a');
create foreign data wrapper without_handler;
create server elsewhere foreign data wrapper without_handler;
create foreign table api.remote (id int) server elsewhere;
create view api.over_remote as select id from api.remote;
create table api."سلام" ("رقم" int primary key, "a b" int);
create table api."with space" (id int primary key);
create table api."order" (id int primary key, "select" int, "limit" int, "and" int);
create table api."$;+/x" (id int primary key);
create table second.plain (id int primary key, other int);
create table "Odd, schema".plain (odd int);
create function api.still() returns int stable language sql as $$ select 1 $$;
create function api.moves() returns int volatile language sql as $$ select 1 $$;
create function api.writes() returns int volatile language plpgsql as $$ begin insert into api.keyless values (1); return 1; end $$;
insert into api.plain values (1, 'x+y'), (2, 'x y');
insert into api.split values (1, 'a');
insert into api."سلام" values (1, 2);
insert into api."order" values (1, 2, 3, 4);
refresh materialized view api.stored;
grant usage on schema api, second, "Odd, schema" to walker;
grant all on all tables in schema api, second, "Odd, schema" to walker;
"""


@pytest.fixture(scope="module")
def server(scratch, bare_pg):
    bare_pg.new_database("routes", sql=SCHEMA)
    server = utils.Bobbin(scratch, bare_pg, database="routes", db_schemas="api,second", db_anon_role="walker",
                          db_tx_end="rollback")
    try:
        yield server.start()
    finally:
        server.stop()


def body(answer):
    return answer.json()["code"], answer.json()["message"], answer.json()["details"], answer.json()["hint"]


ALLOW = {
    "/": "OPTIONS,GET,HEAD",
    "/plain": "OPTIONS,GET,HEAD,POST,PUT,PATCH,DELETE",
    "/keyless": "OPTIONS,GET,HEAD,POST,PATCH,DELETE",
    "/simple": "OPTIONS,GET,HEAD,POST,PUT,PATCH,DELETE",
    "/joined": "OPTIONS,GET,HEAD",
    "/constants": "OPTIONS,GET,HEAD",
    "/triggered": "OPTIONS,GET,HEAD,POST",
    "/stored": "OPTIONS,GET,HEAD",
    "/split": "OPTIONS,GET,HEAD,POST,PUT,PATCH,DELETE",
    "/remote": "OPTIONS,GET,HEAD",
    "/over_remote": "OPTIONS,GET,HEAD",
    "/rpc/still": "OPTIONS,GET,HEAD,POST",
    "/rpc/moves": "OPTIONS,POST",
}


@pytest.mark.parametrize("path", ALLOW)
def test_allow(server, path):
    answer = server.options(path)
    assert (answer.status_code, answer.content) == (200, b"")
    assert (answer.headers["Allow"], answer.headers["Access-Control-Allow-Origin"]) == (ALLOW[path], "*")


READ = {
    "a table": ("/plain?select=id&order=id", [{"id": 1}, {"id": 2}]),
    "a view": ("/simple?select=id&order=id", [{"id": 1}, {"id": 2}]),
    "a view of nothing": ("/constants", [{"one": 1}]),
    "a materialized view": ("/stored?order=id", [{"id": 1}, {"id": 2}]),
    "a partitioned table": ("/split", [{"id": 1, "part": "a"}]),
    "letters of any script": ("/%D8%B3%D9%84%D8%A7%D9%85?select=%D8%B1%D9%82%D9%85", [{"رقم": 1}]),
    "letters of any script in a filter": ("/%D8%B3%D9%84%D8%A7%D9%85?%D8%B1%D9%82%D9%85=eq.1&select=a b", [{"a b": 2}]),
    "a space": ("/with%20space", []),
    "a keyword": ("/order", [{"id": 1, "select": 2, "limit": 3, "and": 4}]),
    "columns named as parameters are": ("/order?select=select,limit,and&\"limit\"=eq.3", [{"select": 2, "limit": 3, "and": 4}]),
    "dollar, semicolon, plus and slash": ("/$;+%2Fx", []),
    "a plus in a value is a space": ("/plain?select=id&note=eq.x+y", [{"id": 2}]),
    "a plus that is meant": ("/plain?select=id&note=eq.x%2By", [{"id": 1}]),
    "a plus in a key is a space": ("/%D8%B3%D9%84%D8%A7%D9%85?a+b=eq.2&select=a+b", [{"a b": 2}]),
}


@pytest.mark.parametrize("row", READ)
def test_names(server, row):
    path, rows = READ[row]
    answer = server.get(path)
    assert (answer.status_code, answer.json()) == (200, rows)
    head = server.head(path)
    assert (head.status_code, head.content, head.headers["Content-Range"]) == (200, b"", answer.headers["Content-Range"])


def test_partitions_are_not_there(server):
    answer = server.get("/split_a")
    assert answer.status_code == 404
    assert body(answer) == ("PGRST205", "Could not find the table 'api.split_a' in the schema cache", None,
                            "Perhaps you meant the table 'api.split'")


@pytest.mark.parametrize("path", ["/plain/1", "/plain/", "/rpc/", "/rpc/still/1", "//plain", "/a/b/c"])
def test_other_paths(server, path):
    with server.raw() as http:  # libraries clean paths
        answer = http.get("/api/v1" + path)
    assert answer.status == 404
    assert json.loads(answer.body) == {"code": "PGRST125", "message": "Invalid path specified in request URL",
                                       "details": None, "hint": None}


def test_paths_outside_of_the_base(server):
    with server.raw() as http:
        answer = json.loads(http.get("/plain").body)
    assert (answer["code"], answer["details"]) == ("PGRST125", "Relations are served under /api/v1/")


def test_other_methods(server):
    for path, allow in (("/plain", "OPTIONS,GET,HEAD,POST,PUT,PATCH,DELETE"), ("/", "OPTIONS,GET,HEAD")):
        answer = server.request("PROPFIND", path)
        assert (answer.status_code, answer.headers["Allow"]) == (405, allow)
        assert body(answer) == ("PGRST117", "Unsupported HTTP method: PROPFIND", None, None)
    for method in ("PUT", "PATCH", "DELETE"):
        answer = server.request(method, "/rpc/moves", data=b"{}")
        assert (answer.status_code, answer.headers["Allow"]) == (405, "OPTIONS,GET,HEAD,POST")
        assert body(answer) == ("PGRST101", f"Cannot use the {method} method on RPC", None, None)
    assert body(server.post("/", data=b"{}"))[1] == "Unsupported HTTP method: POST"


def test_what_reads_cannot_write(server):
    answer = server.get("/rpc/writes")
    assert answer.status_code == 405
    assert body(answer) == ("25006", "cannot execute INSERT in a read-only transaction", None, None)
    assert (server.head("/rpc/writes").status_code, server.post("/rpc/writes", json={}).status_code) == (405, 200)


def test_schemas(server):
    first, second = {"Accept-Profile": "api"}, {"Accept-Profile": "second"}
    assert server.get("/plain?limit=0").headers["Content-Profile"] == "api"
    assert server.get("/plain?select=note&id=eq.1", headers=first).json() == [{"note": "x+y"}]
    answer = server.get("/plain?select=other", headers=second)
    assert (answer.status_code, answer.headers["Content-Profile"], answer.json()) == (200, "second", [])
    assert server.head("/plain?select=other", headers=second).status_code == 200
    assert server.options("/keyless", headers=second).status_code == 404
    # The header of the other direction is not read.
    assert server.get("/plain?select=other", headers={"Content-Profile": "second"}).json()["code"] == "42703"
    for method in ("POST", "PATCH", "DELETE"):
        answer = server.request(method, "/plain?id=eq.9&select=id,other", json={"id": 9, "other": 3},
                                headers={"Content-Profile": "second", "Prefer": "return=representation"})
        assert (answer.status_code // 100, answer.headers["Content-Profile"]) == (2, "second")


@pytest.mark.parametrize("method, header", [("GET", "Accept-Profile"), ("HEAD", "Accept-Profile"), ("OPTIONS", "Accept-Profile"),
                                            ("POST", "Content-Profile"), ("PATCH", "Content-Profile"),
                                            ("PUT", "Content-Profile"), ("DELETE", "Content-Profile")])
def test_schemas_that_are_not_exposed(server, method, header):
    for name in ("pg_catalog", "Odd, schema"):
        answer = server.request(method, "/plain", data=b"{}", headers={header: name})
        assert answer.status_code == 406
        if method != "HEAD":
            assert body(answer) == ("PGRST106", f"Invalid schema: {name}", None, "Only the following schemas are exposed: api, second")
