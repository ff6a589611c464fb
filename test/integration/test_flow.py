"""Responses to writes and functions that are larger than response-buffer: they go out while the database gives them, at the
client's pace, their last byte after the commit, and their heads are right. SPDX-License-Identifier: ISC"""

import json
import time

import attack
import pytest
import utils
from utils import wait_until

MANY = 1000000
SCHEMA = """
create schema api;
create table api.t (id int primary key, pad text not null default repeat('x', 100));
create table api.log (id int generated always as identity primary key, note text);
create function api.numbers(n int) returns setof int language sql stable as $$ select * from generate_series(1, n) $$;
create function api.made(n int) returns table (id int, pad text) language sql volatile as $$
    insert into api.log(note) values ('made'); select i, repeat('y', 100) from generate_series(1, n) i $$;
create function api.breaks(n int) returns setof api.t language sql volatile as $$
    insert into api.log(note) values ('breaks'); select i, '' from generate_series(1, n) i $$;
create function api.bad(api.t) returns int language sql stable as $$ select 1 / (50000 - $1.id) $$;
create sequence api.tries;
create function api.late() returns trigger language plpgsql as $$ begin
    if new.note like 'no%' then raise exception 'not this one'; end if;
    if new.note like 'again%' and nextval('api.tries') < 3 then raise sqlstate '40001'; end if; return null; end $$;
create constraint trigger late after insert on api.log deferrable initially deferred for each row execute function api.late();
create function api.doubted(n int) returns setof int language plpgsql volatile as $$ begin
    insert into api.log(note) values ('no'); return query select * from generate_series(1, n); end $$;
do $$ begin create role flow_writer nologin; exception when duplicate_object then null; end $$;
grant flow_writer to erp_authenticator;
grant usage on schema api to flow_writer;
grant all on all tables in schema api to flow_writer;
grant usage on all sequences in schema api to flow_writer;
"""
# A schema in which SQL says how it is answered: so it might for every request.
SAID = """
create function api.said(n int) returns setof int language plpgsql volatile as $$ begin
    perform set_config('response.status', '207', true), set_config('response.headers', '[{"X-Said": "hello"}]', true);
    return query select * from generate_series(1, n); end $$;
create function api.pre() returns void language plpgsql as $$ begin
    perform set_config('response.status', current_setting('request.headers', true)::json ->> 'x-wanted', true); end $$;
"""
FULL = {"Prefer": "return=representation"}


@pytest.fixture(scope="module")
def flow(bare_pg):
    bare_pg.new_database("flow", sql=SCHEMA)
    utils.run_bobbin("migrate", "up", "--own", "--grant", "erp_authenticator", "--db", bare_pg.uri("flow", "bobbin_owner"))
    return bare_pg


@pytest.fixture(scope="module")
def flow_said(flow):
    flow.new_database("flow_said", sql=SCHEMA + SAID)
    return flow


@pytest.fixture
def server(flow, scratch, request):
    config = {"limit_body": "64MiB", **getattr(request, "param", {})}
    database = config.pop("database", "flow")
    server = utils.Bobbin(scratch, flow, database=database, db_schemas="api", db_anon_role="flow_writer", **config)
    request.node.servers = [server]
    flow.sql("truncate api.t, api.log, bobbin.idempotency", database="flow")
    try:
        yield server.start()
    finally:
        server.stop()


def post(path, body, *headers):
    text = json.dumps(body).encode()
    lines = [f"POST {path} HTTP/1.1", "Host: x", "Content-Type: application/json", f"Content-Length: {len(text)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + text


def notes(pg):
    return [row[0] for row in pg.sql("select note from api.log order by id", database="flow")]


def ids(pg):
    return pg.value("select count(*) from api.t", database="flow")


def test_a_million_rows_of_a_function_do_not_stay_in_memory(server):
    small = server.post("/rpc/numbers", json={"n": 10})
    assert small.json() == list(range(1, 11)) and small.headers["Content-Length"]
    before = server.rss_kb()
    peak, n = 0, 0
    with server.post("/rpc/made", json={"n": MANY}, stream=True) as answer:
        assert answer.status_code == 200 and answer.headers["Transfer-Encoding"] == "chunked"
        tail = b""
        for part in answer.iter_content(1 << 20):
            n += part.count(b"{")
            tail = (tail + part)[-20:]
            peak = max(peak, server.rss_kb())
    assert n == MANY and tail.endswith(b"}]")
    assert attack.SANITIZED or peak - before < 20 * 1024


def test_a_client_that_does_not_read_holds_little(server, flow):
    before = server.rss_kb()
    with server.raw() as c:
        c.send(post("/api/v1/rpc/made", {"n": MANY}))
        time.sleep(3)
        assert attack.SANITIZED or server.rss_kb() - before < 20 * 1024
        assert notes(flow) == []  # it is not over yet
    wait_until(lambda: notes(flow) == ["made"], what="a call that is finished although its client has left")
    wait_until(lambda: server.get("/t").status_code == 200)


def test_a_value_set_in_json_is_one_array(server):
    answer = server.post("/rpc/numbers", json={"n": 200000})
    assert "Content-Length" not in answer.headers
    assert answer.json() == list(range(1, 200001))


def test_the_total_is_known_before_the_rows(server):
    for headers, status, value in (({"Prefer": "count=exact"}, 200, "0-199999/200000"), ({}, 200, None)):
        answer = server.post("/rpc/numbers", json={"n": 200000}, headers=headers)
        assert (answer.status_code, answer.headers.get("Content-Range")) == (status, value)
    answer = server.post("/rpc/numbers?limit=100000&offset=50000", json={"n": 200000}, headers={"Prefer": "count=exact"})
    assert answer.status_code == 206 and answer.headers["Content-Range"] == "50000-149999/200000"
    assert len(answer.json()) == 100000


def test_a_representation_is_streamed(server, flow):
    rows = [{"id": i} for i in range(50000)]
    answer = server.post("/t", json=rows, headers=FULL)
    assert answer.status_code == 201 and "Content-Length" not in answer.headers
    assert [row["id"] for row in answer.json()] == list(range(50000))
    answer = server.patch("/t?id=lt.40000", json={"pad": "z" * 50}, headers=FULL)
    assert answer.status_code == 200 and len(answer.json()) == 40000
    answer = server.delete("/t?id=lt.40000", headers={**FULL, "Accept": "text/csv"})
    assert answer.status_code == 200 and answer.text.count("\n") == 40000
    assert ids(flow) == 10000


@pytest.mark.parametrize("server", [{"database": "flow_said"}], indirect=True)
def test_what_the_head_needs_from_the_end_is_waited_for(flow_said, server):
    answer = server.post("/rpc/said", json={"n": 100000})
    assert answer.status_code == 207 and answer.headers["X-Said"] == "hello" and answer.headers["Content-Length"]


def test_whether_an_upsert_inserted_is_waited_for(server):
    rows = [{"id": i} for i in range(5000)]
    upsert = {"Prefer": "return=representation,resolution=merge-duplicates"}
    assert server.post("/t", json=rows, headers=upsert).status_code == 201
    answer = server.post("/t", json=rows, headers=upsert)
    assert answer.status_code == 200 and len(answer.json()) == 5000 and len(answer.content) > 256 * 1024


@pytest.mark.parametrize("server", [{"limit_response_held": "64kB", "database": "flow_said"}], indirect=True)
def test_but_not_for_ever(flow_said, server):
    answer = server.post("/rpc/said", json={"n": 100000})
    assert answer.status_code == 200 and "X-Said" not in answer.headers and len(answer.json()) == 100000
    assert server.post("/rpc/said", json={"n": 100}).status_code == 207


@pytest.mark.parametrize("name", ["breaks?select=id,bad", "doubted"])
def test_an_error_after_the_first_byte_cuts_the_connection(server, flow, name):
    with server.raw() as c:
        c.send(post(f"/api/v1/rpc/{name}", {"n": 200000}))
        rest = c.rest()
    assert rest.startswith(b"HTTP/1.1 200") and b"Transfer-Encoding: chunked" in rest
    assert not rest.endswith(b"0\r\n\r\n") and len(rest) > 256 * 1024
    assert notes(flow) == []


def test_an_error_before_the_first_byte_is_told(server, flow):
    answer = server.post("/rpc/doubted", json={"n": 10})
    assert answer.status_code == 400 and answer.json()["message"] == "not this one"
    assert notes(flow) == []


@pytest.mark.parametrize("server", [{"idempotency_max_response": "10kB"}], indirect=True)
def test_what_cannot_be_kept_is_not_done(server, flow):
    key = {"Idempotency-Key": "k1", **FULL}
    answer = server.post("/rpc/made", json={"n": 1000}, headers=key)
    assert answer.status_code == 413 and answer.json()["code"] == "BOBBIN010"
    assert notes(flow) == []
    rows = [{"id": i} for i in range(1000)]
    assert server.post("/t", json=rows, headers=key).status_code == 413
    assert ids(flow) == 0
    assert server.post("/t", json=rows, headers={"Idempotency-Key": "k1"}).status_code == 201  # the key is free
    first = server.post("/rpc/made", json={"n": 20}, headers={"Idempotency-Key": "k2"})
    again = server.post("/rpc/made", json={"n": 20}, headers={"Idempotency-Key": "k2"})
    assert first.status_code == 200 and first.content == again.content and notes(flow) == ["made"]


@pytest.mark.parametrize("key", [{}, {"Idempotency-Key": "a"}])
def test_rows_of_a_transaction_that_others_undid_are_forgotten(server, flow, key):
    flow.sql("alter sequence api.tries restart", database="flow")
    answer = server.post("/log", json=[{"note": "again"}, {"note": "more"}], headers={**FULL, **key})
    assert answer.status_code == 201, answer.text
    assert [row["note"] for row in answer.json()] == notes(flow) == ["again", "more"]
    assert flow.value("select last_value from api.tries", database="flow") == 3


def test_if_match_before_many_rows(server, flow):
    flow.sql("insert into api.t values (1, 'a')", database="flow")
    tag = server.get("/t?id=eq.1").headers["ETag"]
    answer = server.patch("/t?id=eq.1", json={"pad": "b"}, headers={**FULL, "If-Match": tag})
    assert answer.status_code == 200 and answer.json() == [{"id": 1, "pad": "b"}]
    assert server.patch("/t?id=eq.1", json={"pad": "c"}, headers={**FULL, "If-Match": tag}).status_code == 412


@pytest.mark.parametrize("server", [{"db_pre_request": "api.pre", "database": "flow_said"}], indirect=True)
def test_a_status_without_a_body_has_none_however_large_the_result(flow_said, server):
    flow_said.sql("truncate api.t; insert into api.t select generate_series(1, 20000)", database="flow_said")
    for status in (204, 205, 304, 202):
        wanted = {"X-Wanted": str(status)}
        read = server.get("/t", headers=wanted)
        call = server.post("/rpc/numbers", json={"n": 1000000}, headers=wanted)
        assert (read.status_code, call.status_code) == (status, status)
        assert (len(read.content) == 0, len(call.content) == 0) == (status != 202, status != 202)
