"""Streaming exports: any number of rows, constant memory, the client's pace. SPDX-License-Identifier: ISC"""

import json
import socket
import time

import attack
import pytest
from utils import wait_until

ROWS = 300000


@pytest.fixture(scope="module")
def wide(pg):
    pg.new_database("wide", sql=f"""
        create role wide_reader nologin; grant wide_reader to erp_authenticator;
        create schema api; grant usage on schema api to wide_reader;
        create table api.t as select i as id, md5(i::text) as a, repeat('x', 100) as b from generate_series(1, {ROWS}) i;
        alter table api.t add primary key (id);
        create view api.slow as select i as id, pg_sleep(0.05)::text as s from generate_series(1, 100000) i;
        create view api.breaks as select i as id, 1 / (60000 - i) as x from generate_series(1, 100000) i;
        grant select on all tables in schema api to wide_reader;""")
    return "wide"


@pytest.fixture
def server(make_bobbin, wide):
    return make_bobbin(database=wide, db_schemas="api", db_anon_role="wide_reader", export_roles="wide_reader", timeout_half_closed="500ms",
                       timeout_write="60s")


NDJSON = {"Accept": "application/x-ndjson"}
CSV = {"Accept": "text/csv"}


def test_all_rows_arrive_in_order(server):
    n = 0
    with server.get("/t?order=id", headers=NDJSON, stream=True) as answer:
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == "application/x-ndjson; charset=utf-8"
        for line in answer.iter_lines():
            n += 1
            if n % 50000 == 0:
                assert json.loads(line)["id"] == n
    assert n == ROWS


def test_all_rows_arrive_as_csv(server):
    n = 0
    with server.get("/t?order=id", headers=CSV, stream=True) as answer:
        assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
        for line in answer.iter_lines():
            if n % 50000 == 0:
                assert line.startswith(b"%d," % n if n else b"id,a,b")
            n += 1
    assert n == ROWS + 1


def test_large_json_array_streams_too(server):
    answer = server.get("/t?select=id&order=id")
    assert [row["id"] for row in answer.json()] == list(range(1, ROWS + 1))


@pytest.mark.parametrize("media", [b"application/x-ndjson", b"text/csv"])
def test_memory_stays_flat_for_a_slow_reader(server, media):
    server.get("/t?select=id&limit=1")
    with socket.create_connection(("127.0.0.1", server.port)) as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        s.sendall(b"GET /api/v1/t HTTP/1.1\r\nHost: x\r\nAccept: " + media + b"\r\n\r\n")
        s.recv(1000)
        time.sleep(0.5)
        before, peak = server.rss_kb(), 0
        for _ in range(30):
            s.recv(65536)
            time.sleep(0.05)
            peak = max(peak, server.rss_kb())
        assert attack.SANITIZED or peak - before < 8192
        assert server.get("/t?select=id&id=eq.5").json() == [{"id": 5}]


def test_leaving_cancels_the_query(server, pg):
    def running():
        return pg.value("select count(*) from pg_stat_activity where datname = 'wide' and state = 'active' and "
                        "query like '%%slow%%' and usename = 'erp_authenticator'", database="postgres")
    with socket.create_connection(("127.0.0.1", server.port)) as s:
        s.sendall(b"GET /api/v1/slow HTTP/1.1\r\nHost: x\r\nAccept: application/x-ndjson\r\n\r\n")
        wait_until(lambda: running() == 1, what="the query")
    wait_until(lambda: running() == 0, 5, what="the cancellation")
    assert server.get("/t?select=id&id=eq.5").json() == [{"id": 5}]


def test_an_error_after_the_first_byte_cuts_the_connection(server):
    with server.raw() as connection:
        connection.send(b"GET /api/v1/breaks HTTP/1.1\r\nHost: x\r\nAccept: application/x-ndjson\r\n\r\n")
        data = connection.rest()
    assert data.startswith(b"HTTP/1.1 200")
    assert not data.endswith(b"0\r\n\r\n"), "a torn body must not look whole"


def test_an_error_before_the_first_byte_is_an_error(server):
    answer = server.get("/breaks?id=gt.59990&order=id", headers=NDJSON)
    assert answer.status_code == 400 and answer.json()["code"] == "22012"


def test_only_export_roles_get_csv_without_a_cap(make_bobbin, wide):
    server = make_bobbin(database=wide, db_schemas="api", db_anon_role="wide_reader", db_max_rows=100)
    assert len(server.get("/t", headers=CSV).text.split("\n")) == 101


def test_only_export_roles_may(bobbin):
    answer = bobbin.get("/products", headers=NDJSON)
    assert answer.status_code == 403 and "export-roles" in answer.json()["hint"]
