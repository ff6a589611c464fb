"""One caller cannot hurt another: attacks of which each took something from everybody else. `./dev bench abuse` measures the same;
here nothing is timed but with bounds of seconds, or by what the one client gets done while the other one does.

SPDX-License-Identifier: ISC
"""

import contextlib
import itertools
import json
import socket
import threading
import time

import pytest
import requests

import utils
from attack import SANITIZED
from utils import make_token, wait_until

PATIENCE_S = 8  # what an honest request may take beside an attack on a busy machine; less than any limit that would end it
MARKS = [f"%01{letter}" for letter in "ABCDEFGHIJKLMNOP"]
POOL = 20
SCHEMA = """
create schema api; grant usage on schema api to abuse_guest, abuse_member;
create table api.items(id int primary key, name text, secret text);
insert into api.items select i, 'item ' || i, 'secret ' || i from generate_series(1, 100) i;
create table api.words(id int primary key, word text not null);
insert into api.words values (1, 'a'), (2, e'\\001A'), (3, e'\\001P'), (4, e'\\001P'), (5, 'b'), (6, e'\\001');
create table api.short(id int primary key, n int not null);
insert into api.short select i, i from generate_series(1, 10) i;
create table api.big(id int primary key, a int, b int, c int, d int, e int, f int, note text);
insert into api.big select i, i, i, i, i, i, i, repeat(md5(i::text), 3) from generate_series(1, 300000) i;
create function api.sleep(seconds float) returns void language sql volatile as 'select pg_sleep(seconds)';
create function api.sleep_stable(seconds float) returns void language sql stable as 'select pg_sleep(seconds)';
grant select on all tables in schema api to abuse_guest, abuse_member; grant update on api.short to abuse_member;
"""


@pytest.fixture(scope="module")
def abused(bare_pg):
    for role in ("abuse_guest", "abuse_member"):
        bare_pg.sql(f"create role {role} nologin; grant {role} to erp_authenticator", database="postgres")
    bare_pg.new_database("abused", sql=SCHEMA)
    bare_pg.sql("vacuum analyze", database="abused")
    return bare_pg


@pytest.fixture
def make(request, scratch, abused):
    """make(**config): a server of this test's own, with one thread unless told otherwise."""
    servers = request.node.servers = []

    def start(**config):
        server = utils.Bobbin(scratch, abused, database="abused", **{"db_schemas": "api", "db_anon_role": "abuse_guest", "db_pool": POOL,
                                                                      "server_threads": 1, **config})
        servers.append(server)
        return server.start()
    yield start
    for server in servers:
        server.stop()


class Crowd:
    """Connections from one address that each send a request, and a thread that takes a little of all responses."""

    def __init__(self, server, count, data, source="127.0.0.2", bytes_per_s=20_000):
        self.take = bytes_per_s // 20
        self.sockets = [self.connect(server, source) for _ in range(count)]
        for sock in self.sockets:
            sock.sendall(data)
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.read)

    @staticmethod
    def connect(server, source):
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.bind((source, 0))
        sock.connect(("127.0.0.1", server.port))
        return sock

    def read(self):
        while not self.ended.wait(0.05):
            for sock in self.sockets:
                with contextlib.suppress(OSError):
                    sock.recv(self.take, socket.MSG_DONTWAIT)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join()
        for sock in self.sockets:
            sock.close()


def request(method, path, body=None):
    content = b"" if body is None else json.dumps(body).encode()
    return (f"{method} /api/v1{path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(content)}\r\n\r\n").encode() + content


def member(**claims):
    return {"Authorization": f"Bearer {make_token('abuse_member', **claims)}"}


def honest_work(server, rounds=5):
    """A list without limit and a write, each of which is served soon."""
    for n in range(rounds):
        answer = server.get("/short?order=id", headers=member(), timeout=PATIENCE_S)
        assert (answer.status_code, len(answer.json())) == (200, 10), answer.text
        answer = server.patch(f"/short?id=eq.{n + 1}", json={"n": n}, headers=member(), timeout=PATIENCE_S)
        assert answer.status_code == 204, answer.text
        assert server.get("/items?id=eq.7&select=id", headers=member(), timeout=PATIENCE_S).json() == [{"id": 7}]


# ---- what is kept between requests of different callers

def test_marks_of_a_shape_cannot_be_forged(make):
    server = make()
    honest = "/items?select=id&limit=1&" + "&".join(f"id=neq.{n}" for n in range(16))
    forged = "/items?select=id&limit=1&" + "&".join(f"id=neq.{mark}" for mark in MARKS)
    for _ in range(3):
        assert server.get(honest).json() == [{"id": 16}]
        assert server.get("/items?select=name&id=eq.3").json() == [{"name": "item 3"}]
        answer = server.get(forged)
        assert (answer.status_code, answer.json()["code"]) == (400, "22P02")
        assert server.running()


def a_request_with_values(server):
    """Sixteen values of another caller, which no later request may find anywhere."""
    query = "&".join(f"{('name', 'secret')[n % 2]}=neq.what-the-other-asked-{n}" for n in range(16))
    assert server.get(f"/items?select=id&limit=1&{query}", headers=member()).json() == [{"id": 1}]


WAYS_TO_SAY = ["word=eq.{}", "word=in.({},x)", "or=(word.eq.{},id.eq.99)", "not.or=(word.neq.{},id.eq.99)", "and=(word.eq.{})",
               "id=gt.0&word=eq.{}", "word=match.^{}$"]


@pytest.mark.parametrize("way", WAYS_TO_SAY)
def test_a_value_like_a_mark_is_a_value(make, way):
    """In a URL, where a control character is escaped, and in a form, where it need not be."""
    server = make()
    form = {"X-HTTP-Method-Override": "GET", "Content-Type": "application/x-www-form-urlencoded"}
    for letter, ids in {"A": [2], "P": [3, 4], "B": [], "Q": []}.items():
        for _ in range(2):
            a_request_with_values(server)
            by_url = server.get("/words?select=id&order=id&" + way.format(f"%01{letter}"))
            a_request_with_values(server)
            by_form = server.post("/words", headers=form, data=("select=id&order=id&" + way.format(f"\x01{letter}")).encode())
            for answer in (by_url, by_form):
                assert [row["id"] for row in answer.json()] == ids, answer.text
                assert "what-the-other-asked" not in f"{answer.text} {answer.headers}"


def test_values_like_marks_in_page_tokens(make):
    """Pages of one row over words that look like marks: each row once, in order."""
    server = make()
    everything = [row["id"] for row in server.get("/words?select=id&order=word,id").json()]
    seen, path = [], "/words?select=id,word&order=word,id&limit=1"
    while path:
        a_request_with_values(server)
        answer = server.get(path)
        assert answer.status_code in (200, 206), answer.text
        assert "what-the-other-asked" not in f"{answer.text} {answer.headers}"
        seen += [row["id"] for row in answer.json()]
        assert len(seen) <= len(everything)
        path = answer.links.get("next", {}).get("url", "").removeprefix("/api/v1")
    assert seen == everything


# ---- what is shared: database connections

@pytest.mark.parametrize("threads", [1, 2, 8])
def test_slow_readers_stop_neither_lists_nor_writes(make, threads):
    server = make(server_threads=threads)
    with Crowd(server, 14, request("GET", "/big")):
        time.sleep(1)
        honest_work(server)


def test_a_short_list_is_no_stream(make):
    """What fits response-buffer is sent whole, whether or not the request has a limit."""
    answer = make().get("/short")
    assert answer.headers.get("Content-Length") == str(len(answer.content)), answer.headers


def test_slow_readers_open_no_more_connections_than_allowed(make, abused):
    """db-pool is a cap; one connection listens and one may ask whether the database lives."""
    server = make(server_threads=8)
    with Crowd(server, 60, request("GET", "/big")):
        counts = []
        for _ in range(20):
            server.get("/items?id=eq.7", timeout=30)
            counts.append(len(abused.backends("abused")))
            time.sleep(0.05)
    assert max(counts) <= POOL + 2


@pytest.mark.parametrize("threads", [1, 8])
@pytest.mark.parametrize("source", ["127.0.0.2", "127.0.0.1"])
def test_sleeping_calls_take_not_all_connections(make, source, threads):
    server = make(server_threads=threads)
    with Crowd(server, 16, request("POST", "/rpc/sleep", {"seconds": 60}), source):
        time.sleep(1)
        honest_work(server)


def test_new_searches_hold_up_no_reads_by_key(make):
    """While a search of a large table is made in ever new orders of columns, reads by key go on: many for each search."""
    server = make()
    searches, ended, statuses = [0], threading.Event(), set()
    orders = itertools.permutations(["id", "a", "b", "c", "d", "e", "f", "note"])

    def search():
        session = requests.Session()
        while not ended.is_set():
            statuses.add(session.get(f"{server.url}/api/v1/big?select={','.join(next(orders))}&note=ilike.*qqqq*&limit=1", timeout=60).status_code)
            searches[0] += 1
    attacker = threading.Thread(target=search)
    attacker.start()
    try:
        wait_until(lambda: searches[0] >= 2, 60, what="the first searches")
        begun, reads, session = searches[0], 0, requests.Session()
        while searches[0] < begun + 5:
            assert session.get(f"{server.url}/api/v1/items?select=id&id=eq.7", headers=member(), timeout=PATIENCE_S).json() == [{"id": 7}]
            reads += 1
    finally:
        ended.set()
        attacker.join()
    assert statuses <= {200, 503, 504}, statuses
    # Behind a search each read waits for its end: one or two for each. A search takes a tenth of a second, a read a few thousandths.
    assert SANITIZED or reads >= 5 * 6, f"{reads} reads during 5 searches"


def running_sleeps(pg):
    return pg.value("select count(*) from pg_stat_activity where usename = 'erp_authenticator' and state = 'active' and "
                    "query like '%%sleep%%'", database="postgres")


@pytest.mark.parametrize("call", [request("GET", "/rpc/sleep_stable?seconds=45"), request("POST", "/rpc/sleep", {"seconds": 45})],
                         ids=["reads", "writes"])
def test_a_pause_of_the_database_leaves_no_orphans_in_the_way(make, abused, call):
    """Calls run, PostgreSQL is frozen until they are given up, their callers leave. Reads are cancelled; a write may run to its end,
    but others are served meanwhile."""
    server = make(db_request_timeout="60s")
    with Crowd(server, 20, call, bytes_per_s=2000):
        wait_until(lambda: running_sleeps(abused) > 0, 10, what="the calls")
        try:
            abused.sigstop()
            time.sleep(4)
        finally:
            abused.sigcont()
    if call.startswith(b"GET"):
        wait_until(lambda: running_sleeps(abused) == 0, 15, what="the end of the orphans")
    wait_until(lambda: server.ready_status() == 200, 15, what="readiness")
    honest_work(server)
