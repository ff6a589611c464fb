"""Row `optimistic concurrency` of the dialect (section 2): tags of single rows, 304, 412. SPDX-License-Identifier: ISC"""

import threading

import pytest
import utils

SCHEMA = """
create schema api;
create table api.orders (id int primary key, note text, total numeric not null default 0);
create table api.lines (id int primary key, order_id int references api.orders on delete cascade, qty int);
create view api.open_orders as select * from api.orders;
do $$ begin create role writer nologin; exception when duplicate_object then null; end $$;
grant writer to erp_authenticator;
grant usage on schema api to writer;
grant all on all tables in schema api to writer;
"""
ROWS = "insert into api.orders values (1, 'a', 1.50), (2, 'b', 2); insert into api.lines values (1, 1, 5), (2, 1, 6)"
OBJECT = {"Accept": "application/vnd.pgrst.object+json"}


@pytest.fixture(scope="module")
def server(scratch, bare_pg):
    bare_pg.new_database("tags", sql=SCHEMA)
    utils.run_bobbin("migrate", "up", "--own", "--grant", "erp_authenticator", "--db", bare_pg.uri("tags", "bobbin_owner"))
    server = utils.Bobbin(scratch, bare_pg, database="tags", db_schemas="api", db_anon_role="writer")
    try:
        yield server.start()
    finally:
        server.stop()


@pytest.fixture
def db(request, server, bare_pg):
    request.node.servers = [server]
    bare_pg.sql("truncate api.orders cascade; truncate bobbin.idempotency; " + ROWS, database="tags")
    return lambda query: bare_pg.sql(query, database="tags")


def tag(server, path="/orders?id=eq.1", **options):
    return server.get(path, **options).headers["ETag"]


def test_single_rows_have_strong_tags(server, db):
    first = tag(server)
    assert first.startswith('"') and first.endswith('"') and len(first) == 34
    assert first == tag(server) == server.head("/orders?id=eq.1").headers["ETag"]
    assert first != tag(server, "/orders?id=eq.2")
    assert first != tag(server, headers=OBJECT), "another representation"
    assert tag(server, "/orders?note=eq.a", headers=OBJECT) == tag(server, headers=OBJECT)
    for path in ("/orders", "/orders?id=eq.9", "/orders?note=eq.a", "/orders?limit=1"):
        assert "ETag" not in server.get(path).headers, path
    db("update api.orders set note = 'c' where id = 1; select 1")
    assert first != tag(server)
    lines = tag(server, "/orders?id=eq.1&select=*,lines(*)")
    db("update api.lines set qty = 7 where id = 1; select 1")
    assert lines != tag(server, "/orders?id=eq.1&select=*,lines(*)")


def test_if_none_match(server, db):
    current = tag(server)
    for value in (current, "W/" + current, f'"x", {current}', "*"):
        answer = server.get("/orders?id=eq.1", headers={"If-None-Match": value})
        assert (answer.status_code, answer.content, answer.headers["ETag"]) == (304, b"", current), value
    for value in ('"x"', current.strip('"'), tag(server, headers=OBJECT)):
        assert server.get("/orders?id=eq.1", headers={"If-None-Match": value}).status_code == 200, value
    assert server.get("/orders?id=eq.9", headers={"If-None-Match": "*"}).status_code == 200
    assert server.get("/orders", headers={"If-None-Match": "*"}).status_code == 200
    db("update api.orders set total = 3 where id = 1; select 1")
    assert server.get("/orders?id=eq.1", headers={"If-None-Match": current}).status_code == 200


@pytest.mark.parametrize("accept", [{}, OBJECT])
def test_if_match(server, db, accept):
    current = tag(server, headers=accept)
    answer = server.patch("/orders?id=eq.1", json={"note": "mine"}, headers={"If-Match": current})
    assert answer.status_code == 204, answer.text
    answer = server.patch("/orders?id=eq.1", json={"note": "late"}, headers={"If-Match": current})
    assert (answer.status_code, answer.json()["code"]) == (412, "BOBBIN412")
    assert server.delete("/orders?id=eq.1", headers={"If-Match": current}).status_code == 412
    answer = server.put("/orders?id=eq.1", json={"id": 1, "note": "put", "total": 1}, headers={"If-Match": current})
    assert answer.status_code == 412
    assert db("select note from api.orders where id = 1") == [("mine",)]
    current = tag(server)
    answer = server.put("/orders?id=eq.1", json={"id": 1, "note": "put", "total": 1}, headers={"If-Match": f'"x", {current}'})
    assert answer.status_code == 204
    answer = server.patch("/orders?id=eq.1&select=note", json={"note": "full"},
                          headers={"If-Match": tag(server, "/orders?id=eq.1&select=note"), "Prefer": "return=representation"})
    assert (answer.status_code, answer.json()) == (200, [{"note": "full"}])
    assert server.delete("/orders?id=eq.1", headers={"If-Match": "*"}).status_code == 204
    assert server.delete("/orders?id=eq.1", headers={"If-Match": "*"}).status_code == 412
    assert server.patch("/orders?id=eq.2", json={"note": "x"}, headers={"If-Match": "W/" + tag(server, "/orders?id=eq.2")}
                        ).status_code == 412, "strong comparison"
    assert server.patch("/orders", json={"note": "x"}, headers={"If-Match": "nonsense"}).status_code == 412


def test_if_match_guards_what_is_selected(server, db):
    document = "/orders?id=eq.1&select=*,lines(*)"
    current = tag(server, document)
    db("update api.lines set qty = 8 where id = 1; select 1")
    assert server.patch(document, json={"note": "x"}, headers={"If-Match": current}).status_code == 412
    assert server.patch("/orders?id=eq.1", json={"note": "x"}, headers={"If-Match": tag(server)}).status_code == 204


def test_if_match_through_a_view(server, db):
    current = tag(server, "/open_orders?id=eq.1", headers=OBJECT)
    assert server.patch("/open_orders?id=eq.1", json={"note": "v"}, headers={"If-Match": current}).status_code == 204
    assert server.patch("/open_orders?id=eq.1", json={"note": "w"}, headers={"If-Match": current}).status_code == 412


def test_an_error_behind_the_check(server, db):
    answer = server.patch("/orders?id=eq.1", json={"total": None}, headers={"If-Match": tag(server)})
    assert (answer.status_code, answer.json()["code"]) == (400, "23502")
    assert server.patch("/orders?id=eq.1", json={"note": "ok"}, headers={"If-Match": tag(server)}).status_code == 204


def test_if_match_with_a_key(server, db):
    headers = {"If-Match": tag(server), "Idempotency-Key": "both", "Prefer": "return=representation"}
    first = server.patch("/orders?id=eq.1", json={"note": "once"}, headers=headers)
    assert first.status_code == 200
    second = server.patch("/orders?id=eq.1", json={"note": "once"}, headers=headers)
    assert (second.status_code, second.content) == (200, first.content), "replayed although the row has changed by it"
    headers["Idempotency-Key"] = "other"
    assert server.patch("/orders?id=eq.1", json={"note": "once"}, headers=headers).status_code == 412
    assert db("select count(*) from bobbin.idempotency") == [(1,)]


def test_no_update_is_lost(server, db):
    """Four clients count to fifteen each: read, add one, write if nobody else did."""
    import requests

    def count():
        session = requests.Session()
        for _ in range(15):
            while True:
                read = session.get(server.url + "/api/v1/orders?id=eq.2")
                answer = session.patch(server.url + "/api/v1/orders?id=eq.2", json={"total": read.json()[0]["total"] + 1},
                                       headers={"If-Match": read.headers["ETag"]})
                if answer.status_code == 204:
                    break
                assert answer.status_code == 412 or answer.json()["code"] == "55P03", answer.text
    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert db("select total::int from api.orders where id = 2") == [(2 + 4 * 15,)]
