"""One caller who takes much does not stop the others: slow readers, long statements, sleeping functions, a database that pauses.
What is asserted is who gets a response while something else still runs, with bounds of seconds. SPDX-License-Identifier: ISC"""

import contextlib
import socket
import threading
import time

import net
import pytest

from utils import wait_until

SCHEMA = """create schema api;
    create table api.few (id int primary key, note text);
    insert into api.few select i, 'n' from generate_series(1, 10) i;
    create table api.big (id int primary key, filler text);
    insert into api.big select i, repeat(md5(i::text), 32) from generate_series(1, 30000) i;
    create table api.weights (id int primary key, n int);
    insert into api.weights values (1, 1), (2, 2), (3, 30000000);
    create view api.heavy as select id, n, (select count(*) from generate_series(1, w.n)) as c from api.weights w;
    create table api.wide (id int primary key, size int, body text);
    insert into api.wide select i, 1, 'x' from generate_series(1, 3) i;
    insert into api.wide select i, 2, repeat('x', 1000000) from generate_series(4, 40) i;
    create function api.nap(seconds float8) returns int language sql volatile as 'select 1 from pg_sleep(seconds)';
    create function api.long_nap() returns int language sql stable as 'select 1 from pg_sleep(40)';
    analyze;
    do $$begin create role fair_anon nologin; exception when duplicate_object then end$$;
    grant fair_anon to erp_authenticator;
    grant usage on schema api to fair_anon;
    grant all on all tables in schema api to fair_anon;"""


@pytest.fixture(scope="module")
def database(bare_pg):
    bare_pg.new_database("fair")
    bare_pg.sql(SCHEMA, database="fair")
    return "fair"


@pytest.fixture
def serve(make_bobbin, database, bare_pg):
    def make(**config):
        return make_bobbin(database=database, db_schemas="api", db_anon_role="fair_anon", **{"db_pool": 20, **config})
    yield make
    wait_until(lambda: not running(bare_pg), 20, what="the statements to end")


def running(pg):
    return pg.value("select count(*) from pg_stat_activity where datname = 'fair' and state = 'active' "
                    "and usename = 'erp_authenticator'", database="postgres")


def connections(pg):
    return pg.value("select count(*) from pg_stat_activity where datname = 'fair' and usename = 'erp_authenticator'",
                    database="postgres")


@contextlib.contextmanager
def slow_readers(server, n, path="/big"):
    """n clients that ask for much and take the first bytes of it only."""
    readers = []
    for _ in range(n):
        s = socket.socket()
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        s.connect(("127.0.0.1", server.port))
        s.sendall(f"GET /api/v1{path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        readers.append(s)
    try:
        yield readers
    finally:
        for s in readers:
            s.close()


@contextlib.contextmanager
def calls(server, n, function="nap", body={"seconds": 8}):
    def call():
        with contextlib.suppress(Exception):
            server.post(f"/rpc/{function}", json=body, timeout=30)
    threads = [threading.Thread(target=call) for _ in range(n)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        for thread in threads:
            thread.join()


def within(seconds, request, expected):
    began = time.monotonic()
    answer = request()
    assert answer.status_code == expected, answer.text
    assert time.monotonic() - began < seconds
    return answer


@pytest.mark.parametrize("threads", [1, 2, 8])
def test_slow_readers_do_not_stop_lists_and_writes(serve, bare_pg, threads):
    server = serve(server_threads=threads)
    with slow_readers(server, 14 * min(threads, 4)):
        wait_until(lambda: server.metrics().value("db_client_evicted_streams_total") > 0, what="streams that give way")
        for i in range(8):
            rows = within(5, lambda: server.get("/few", timeout=10), 200).json()
            assert len(rows) == 10
            within(5, lambda: server.patch(f"/few?id=eq.{i + 1}", json={"note": "m"}, timeout=10), 204)
        assert connections(bare_pg) <= 20


def test_a_fast_reader_is_not_the_one_who_gives_way(serve):
    server = serve(server_threads=1)
    with slow_readers(server, 14):
        wait_until(lambda: server.metrics().value("db_client_evicted_streams_total") > 0, what="streams that give way")
        for _ in range(3):
            assert len(within(20, lambda: server.get("/big?select=id,filler", timeout=30), 200).json()) == 30000


def test_nobody_waits_behind_a_statement_that_takes_long(serve):
    """A shape that was quick often enough shares a connection; then its values make it slow."""
    server = serve(server_threads=1)
    for _ in range(4):
        assert server.get("/heavy?n=eq.1&limit=1").json()[0]["c"] == 1
    slow = threading.Thread(target=lambda: server.get("/heavy?n=eq.30000000&limit=1", timeout=60))
    slow.start()
    n = 0
    while slow.is_alive() and n < 60:
        within(1.5, lambda: server.get(f"/few?id=eq.{n % 10 + 1}", timeout=10), 200)
        assert server.ready_status() == 200
        n += 1
    assert n >= 5
    slow.join()


def test_a_new_shape_begins_on_a_connection_of_its_own(serve):
    """Each order of columns is a new shape; none of them is sent to where others would wait behind it."""
    server = serve(server_threads=1)
    assert server.get("/few?id=eq.1").status_code == 200
    columns = [("id", "n", "c"), ("n", "id", "c"), ("c", "n", "id"), ("c", "id", "n")]
    slow = [threading.Thread(target=lambda names=names: server.get(
        f"/heavy?select={','.join(names)}&n=eq.30000000&limit=1", timeout=60)) for names in columns]
    for thread in slow:
        thread.start()
    for i in range(20):
        within(1.5, lambda: server.get(f"/few?id=eq.{i % 10 + 1}", timeout=10), 200)
    assert server.metrics().value("db_client_moved_reads_total") == 0
    for thread in slow:
        thread.join()


@pytest.mark.parametrize("threads", [1, 2])
def test_sleeping_calls_leave_writes_and_reads_their_connections(serve, threads):
    server = serve(server_threads=threads)
    with calls(server, 16):
        time.sleep(0.5)
        for i in range(10):
            within(3, lambda: server.patch(f"/few?id=eq.{i + 1}", json={"note": "m"}, timeout=10), 204)
            within(3, lambda: server.get("/few", timeout=10), 200)
            within(3, lambda: server.get(f"/few?id=eq.{i + 1}", timeout=10), 200)


def test_a_caller_with_another_role_gets_a_share_of_the_slow_ones(serve, bare_pg):
    bare_pg.sql("""do $$begin create role fair_other nologin; exception when duplicate_object then end$$;
        grant fair_other to erp_authenticator; grant usage on schema api to fair_other""", database="fair")
    server = serve(server_threads=1)
    with calls(server, 16):
        time.sleep(0.5)
        within(4, lambda: server.post("/rpc/nap", json={"seconds": 0}, role="fair_other", timeout=10), 200)


def test_what_nobody_waits_for_is_cancelled_after_a_pause_of_the_database(serve, bare_pg):
    server = serve(server_threads=1)
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(server.get("/rpc/long_nap", timeout=60).status_code)) for _ in range(6)]
    for thread in threads:
        thread.start()
    wait_until(lambda: running(bare_pg) >= 4, what="the calls to run")
    bare_pg.sigstop()
    try:
        for thread in threads:
            thread.join()
    finally:
        bare_pg.sigcont()
    assert set(answers) <= {503, 504}
    wait_until(lambda: not running(bare_pg), 15, what="what nobody waits for to be cancelled")
    wait_until(lambda: server.ready_status() == 200, what="the server to be ready")
    within(5, lambda: server.patch("/few?id=eq.1", json={"note": "m"}, timeout=10), 204)


def test_a_page_of_large_rows_is_streamed(serve):
    """The shape earned its place with small rows; then they are of a megabyte each."""
    server = serve(server_threads=1, db_slow_statement="60s")  # earned, whatever else the machine does
    for _ in range(4):
        assert len(server.get("/wide?size=eq.1&limit=50").json()) == 3
    before = server.peak_rss_kb()
    for _ in range(2):
        rows = server.get("/wide?size=eq.2&limit=50").json()
        assert [len(row["body"]) for row in rows] == [1000000] * 37
    wait_until(lambda: server.metrics().value("db_client_outgrown_results_total") == 1, what="a result that was given up")
    assert server.peak_rss_kb() < before + 24 * 1024
    assert server.get("/few?id=eq.1").status_code == 200


def test_large_rows_do_not_take_the_pipelined_connection_from_others(serve):
    """Each request is of a shape that nobody has seen; the source is known after some."""
    server = serve(server_threads=1)
    for i in range(12):
        rows = server.get("/wide?id=eq.4&select=body,again:body::varchar" + "&size=gte.0" * i).json()
        assert len(rows[0]["again"]) == 1000000
        assert server.get("/few?id=eq.1&select=id").json() == [{"id": 1}]
    time.sleep(2)  # the numbers are of a moment ago
    assert server.metrics().value("db_client_outgrown_results_total") <= 3


def test_reads_by_key_that_nobody_waits_for_are_learned_of(serve, bare_pg):
    bare_pg.sql("""create table if not exists api.sleepy (id int primary key); insert into api.sleepy values (1) on conflict do nothing;
        grant select on api.sleepy to fair_anon; alter table api.sleepy enable row level security;
        drop policy if exists slow on api.sleepy; create policy slow on api.sleepy using (pg_sleep(8) is not null)""", database="fair")
    server = serve(server_threads=1)
    for _ in range(3):
        with socket.create_connection(("127.0.0.1", server.port)) as s:
            s.sendall(b"GET /api/v1/sleepy?id=eq.1 HTTP/1.1\r\nHost: localhost\r\n\r\n")
            wait_until(lambda: running(bare_pg), what="the read to run")
            net.reset(s)
        wait_until(lambda: server.get("/few?id=eq.1").status_code == 200 and not running(bare_pg), what="the read to end")
    time.sleep(2)  # the numbers are of a moment ago
    assert server.metrics().value("db_client_reconnects_total") <= 1


def test_a_count_is_worth_some_memory(serve):
    """Beyond response-buffer a list is streamed, but not before its count is known, as far as limit-response-held goes."""
    server = serve(server_threads=1)
    for count in ("exact", "planned"):
        answer = server.get("/big?id=lte.400", headers={"Prefer": f"count={count}"})
        assert len(answer.content) > 400_000 and "Transfer-Encoding" not in answer.headers
        assert answer.headers["Content-Range"] == "0-399/400"
    assert server.head("/big?id=lte.400", headers={"Prefer": "count=exact"}).headers["Content-Range"] == "0-399/400"
    assert "Content-Range" not in server.get("/big?id=lte.400").headers


def test_a_row_larger_than_a_row_may_be(serve, bare_pg):
    bare_pg.sql("create or replace view api.huge as select 1 as id, repeat('x', 60000000) as body; grant select on api.huge to fair_anon",
                database="fair")
    server = serve(server_threads=1, limit_row="4MB")
    before = server.peak_rss_kb()
    for accept in ("application/json", "application/vnd.pgrst.object+json", "text/csv"):
        answer = server.get("/huge?limit=1", headers={"Accept": accept})
        assert answer.status_code == 507 and answer.json()["code"] == "BOBBIN009" and "limit-row" in answer.json()["hint"]
    assert server.get("/huge?select=id").json() == [{"id": 1}]
    assert server.peak_rss_kb() < before + 64 * 1024


def test_fewer_threads_than_wanted_when_the_pool_is_small(serve, bare_pg):
    server = serve(server_threads=16, db_pool=10, log_level="warn")
    server.wait_log("fewer threads than wanted")
    with calls(server, 12, body={"seconds": 1}):
        time.sleep(0.5)
        assert connections(bare_pg) <= 10
    assert server.metrics().value("pgrst_db_pool_max") == 10
