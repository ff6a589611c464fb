"""Bodies of a megabyte: refused before they are read where the head suffices, counted while they are split, and scanned in
the thread pool, whatever their senders do meanwhile. SPDX-License-Identifier: ISC"""

import json
import threading

import pytest
import utils
from utils import wait_until

SCHEMA = """
create schema api;
create table api.t (id int, note text);
create function api.take(json) returns int language sql immutable as $$ select length($1::text) $$;
create function api.named(a text) returns text language sql immutable as $$ select a $$;
do $$ begin create role large_writer nologin; exception when duplicate_object then null; end $$;
grant large_writer to erp_authenticator;
grant usage on schema api to large_writer;
grant all on all tables in schema api to large_writer;
"""
CSV = {"Content-Type": "text/csv"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture(scope="module")
def database(bare_pg):
    bare_pg.new_database("large", sql=SCHEMA)
    return bare_pg


@pytest.fixture
def server(database, scratch, request):
    server = utils.Bobbin(scratch, database, database="large", db_schemas="api", db_anon_role="large_writer")
    request.node.servers = [server]
    database.sql("truncate api.t", database="large")
    try:
        yield server.start()
    finally:
        assert server.stop() == 0


def offloaded(server):
    return server.metrics().value("large_bodies_total")


def rows(database):
    return database.value("select count(*) from api.t", database="large")


BAD = {
    "CSV of nothing": ("/t", CSV, "note\n" + "\n" * 1000000, "limit-body-rows"),
    "CSV of many columns": ("/t", CSV, "x," * 500000 + "x\n", "too many columns"),
    "JSON of nothing": ("/t", {}, "[" + "{}," * 340000 + "{}]", "limit-body-rows"),
    "JSON of many keys": ("/t", {}, json.dumps({f"k{i}": 1 for i in range(80000)}), "too many columns"),
    "form of nothing": ("/t", FORM, "x&" * 500000, "too many columns"),
    "form to a function": ("/rpc/named", FORM, "x&" * 500000, "too many arguments"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_too_much_is_said_while_it_is_split(server, database, name):
    path, headers, body, what = BAD[name]
    answer = server.post(path, data=body, headers={"Content-Type": "application/json", **headers})
    assert (answer.status_code, answer.json()["code"]) == (400, "PGRST102") and what in answer.json()["message"]
    assert offloaded(server) == 1 and rows(database) == 0


def test_large_bodies_are_written(server, database):
    assert server.post("/t", json=[{"id": i, "note": "n" * 10} for i in range(20000)]).status_code == 201
    assert server.post("/t", data="id,note\n" + "1,x\n" * 100000, headers=CSV).status_code == 201
    assert rows(database) == 120000
    answer = server.post("/rpc/take", json={f"k{i}": 1 for i in range(50000)})
    assert answer.status_code == 200 and answer.json() > 500000, answer.text[:300]
    assert server.post("/rpc/named", json={"a": "x" * 500000}).json() == "x" * 500000
    assert server.patch("/t?id=eq.-1", json={"note": "y" * 100000}).status_code == 204
    assert offloaded(server) == 5
    assert server.post("/t", json={"id": 1}).status_code == 201
    assert offloaded(server) == 5


def test_errors_of_large_bodies_are_those_of_short_ones(server):
    text = json.dumps([{"id": i, "nope": "n" * 10} for i in range(20000)])
    answer = server.post("/t", data=text, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (400, "PGRST204")
    answer = server.post("/t", data=text[:-1], headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (400, "PGRST102")


@pytest.mark.parametrize("path, code", [("/nope", "PGRST205"), ("/rpc/nope", "PGRST202")])
@pytest.mark.parametrize("length", ["Content-Length: 1000000", "Transfer-Encoding: chunked"])
def test_what_is_not_there_is_told_before_the_body_is_sent(server, path, code, length):
    with server.raw() as c:
        c.send(f"POST /api/v1{path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n{length}\r\n\r\n".encode())
        answer = c.response()
        assert answer.status == 404 and json.loads(answer.body)["code"] == code


def test_a_large_form_that_reads(server, database):
    """It is planned beside the loop, and takes no place in the cache of plans."""
    database.sql("insert into api.t select n, 'n' || n from generate_series(1, 20000) n", database="large")
    headers = {**FORM, "X-HTTP-Method-Override": "GET"}
    ids = ",".join(str(n) for n in range(1, 30000, 2))
    answer = server.post("/t?select=id&order=id", data=f"id=in.({ids})", headers={**headers, "Prefer": "count=exact"})
    assert answer.status_code == 200 and answer.headers["Content-Range"] == "0-9999/10000", answer.text[:300]
    assert [row["id"] for row in answer.json()] == list(range(1, 20000, 2))
    answer = server.post("/t?order=id&limit=2", data=f"id=in.({ids})", headers={**headers, "Prefer": "count=exact"})
    assert (answer.status_code, answer.headers["Content-Range"]) == (206, "0-1/10000")
    assert server.post("/t", data=f"nope=in.({ids})", headers=headers).json()["code"] == "42703"
    assert server.post("/t", data=f"id=in.({ids}", headers=headers).json()["code"] == "PGRST100"
    assert offloaded(server) == 4
    assert server.metrics().value("plan_cache_requests_total", result="miss") == 0
    assert server.post("/t", data="id=eq.1", headers=headers).json() == [{"id": 1, "note": "n1"}]
    assert offloaded(server) == 4


def test_clients_that_leave_hurt_nobody(server, database):
    text = json.dumps([{"id": i, "note": "n"} for i in range(30000)]).encode()
    head = f"POST /api/v1/t HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(text)}\r\n\r\n".encode()

    def leave():
        with server.raw() as c:
            c.send(head + text)
            c.reset()

    threads = [threading.Thread(target=leave) for _ in range(40)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    wait_until(lambda: server.get("/t?limit=1").status_code == 200)
    assert server.post("/t", json={"id": 1}).status_code == 201


def test_the_process_stops_while_bodies_wait(database, scratch, request):
    server = utils.Bobbin(scratch, database, database="large", db_schemas="api", db_anon_role="large_writer", server_threads=1,
                          drain_timeout="1s")
    request.node.servers = [server]
    server.start()
    text = "note\n" + "x\n" * 90000
    threads = [threading.Thread(target=lambda: _ignore(server.post, "/t", data=text, headers=CSV)) for _ in range(30)]
    for t in threads:
        t.start()
    wait_until(lambda: offloaded(server) > 0)
    assert server.stop() == 0
    for t in threads:
        t.join()


def _ignore(call, *args, **options):
    try:
        call(*args, **options)
    except Exception:
        pass
