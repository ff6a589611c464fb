"""Slow clients, floods and exhaustion against the whole program: test_http_core.py does the same to the server layer alone;
here queries, connections to the database and answers of many rows hang on the clients that misbehave.

SPDX-License-Identifier: ISC
"""

import asyncio
import os
import resource
import signal
import socket
import subprocess
import threading
import time

import pytest
import requests

import attack
import utils
from attack import Wire
from net import Closed, reset
from utils import wait_until

GET = b"GET /api/v1/items?select=id&limit=3 HTTP/1.1\r\nHost: a\r\n\r\n"


@pytest.fixture(scope="module")
def victim(scratch, bare_pg):
    server = attack.make_victim(scratch, bare_pg, log_level="error", db_max_rows=0, timeout_header="1s", timeout_body="3s",
                                timeout_body_grace="500ms", timeout_write="2s", timeout_idle="2s", db_statement_timeout="3s",
                                export_roles="attack_anon", limit_connections=600)
    with attack.unharmed(server):
        yield server
    assert server.stop() == 0


def served_well(server, seconds):
    """A client that behaves is served all the time, each request in well under a second."""
    session, slowest, end = requests.Session(), 0, time.monotonic() + seconds
    while time.monotonic() < end:
        started = time.monotonic()
        assert session.get(server.url + "/api/v1/items?select=id&id=eq.7", timeout=30).json() == [{"id": 7}]
        slowest = max(slowest, time.monotonic() - started)
        time.sleep(0.02)
    assert attack.SANITIZED or slowest < 1
    return slowest


def active_queries(pg):
    return pg.value("select count(*) from pg_stat_activity where usename = 'erp_authenticator' and state <> 'idle' and "
                    "datname = 'attacked'", database="postgres")


def test_attack_001_slow_headers(victim):
    slow = [victim.raw() for _ in range(200)]
    for c in slow:
        c.send(b"GET /api/v1/items HTTP/1.1\r\nHost: a\r\n")
    served_well(victim, 0.8)
    time.sleep(1)
    for c in slow:
        assert c.response().status == 408 and c.closed(1)


def test_attack_002_a_byte_now_and_then(victim):
    started = time.monotonic()
    with victim.raw() as c, pytest.raises((Closed, OSError)):
        c.send(b"GET /api/v1/items HTTP/1.1\r\nHost: a\r\nX: ")
        for _ in range(40):
            c.send(b"x")
            time.sleep(0.2)
        c.response()
    assert time.monotonic() - started < 4, "the whole head has one deadline"


def test_attack_003_slow_body_takes_no_connection(victim, bare_pg):
    slow = [victim.raw() for _ in range(50)]
    for c in slow:
        c.send(b"GET /api/v1/items?limit=1 HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nx")
    time.sleep(0.3)
    assert active_queries(bare_pg) == 0
    served_well(victim, 0.5)
    for c in slow:
        assert c.response().status == 408 and c.closed(1)


@pytest.mark.parametrize("accept", ["application/json", "application/x-ndjson"])
def test_attack_004_005_readers_that_stop(victim, bare_pg, accept):
    before = victim.rss_kb()
    stopped = []
    for _ in range(40):
        c = victim.raw()
        c.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        c.send(b"GET /api/v1/items HTTP/1.1\r\nHost: a\r\nAccept: %s\r\n\r\n" % accept.encode() * 3)
        stopped.append(c)
    served_well(victim, 1)
    assert attack.SANITIZED or victim.rss_kb() - before < 40 * 1024
    wait_until(lambda: active_queries(bare_pg) == 0, 30, what="the end of the queries that nobody reads")
    for c in stopped:
        c.close()


def test_attack_006_many_ranges(victim):
    many = "bytes=" + ",".join(f"{i}-{i + 1}" for i in range(2000))
    for value in (many, "0-1,2-3", "items=0-5", "bytes=0-18446744073709551615", "0-18446744073709551615", "-5", "5-1",
                  "99999999999999999999999-", "0-" + "9" * 500, "-", "a-b", "0x10-0x20", "1 - 2", "1-2-3"):
        answer = attack.harmless(victim.get("/items?select=id&order=id&limit=20", headers={"Range": value}))
        assert answer.status_code in (200, 206, 400, 416), value
        assert len(answer.content) < 2000


def test_attack_007_013_connection_flood(victim):
    """Idle connections up to the limit; one client that was there before keeps being served, others come in again later."""
    with victim.raw() as old:
        assert old.get("/livez").status == 200
        flood = []
        for _ in range(900):
            try:
                flood.append(victim.raw())
            except OSError:
                break
        assert old.get("/api/v1/items?select=id&id=eq.1").body == b'[{"id":1}]'
        refused = sum(1 for c in flood[600:] if c.closed(0.2) or b"503" in c.buffer)
        assert refused > 200
        for c in flood:
            c.close()
    wait_until(lambda: victim.get("/items?select=id&limit=1").status_code == 200, 5, what="service after the flood")


def test_attack_009_vanished_clients_are_reaped(victim):
    files = victim.open_files()
    gone = [victim.raw() for _ in range(50)]
    for c in gone:
        assert c.get("/livez").status == 200
    wait_until(lambda: victim.open_files() <= files + 4, 6, what="the end of the idle connections")


def test_attack_010_half_close_after_the_request(victim):
    with victim.raw() as c:
        c.send(GET + b"GET /api/v1/items?select=id,big&limit=2000 HTTP/1.1\r\nHost: a\r\n\r\n")
        c.sock.shutdown(socket.SHUT_WR)
        assert c.response().status == 200
        assert len(c.response().body) > 400000
        assert c.closed()


def test_attack_011_resets_at_every_moment(victim, bare_pg):
    requests_ = [GET, b"GET /api/v1/nap HTTP/1.1\r\nHost: a\r\n\r\n", b"GET /api/v1/items HTTP/1.1\r\nHost: a\r\n\r\n",
                 b"GET /api/v1/items HTTP/1.1\r\nHost: a\r\nAccept: application/x-ndjson\r\n\r\n", GET * 30,
                 b"GET /api/v1/sleepy HTTP/1.1\r\nHost: a\r\n\r\n", b"HEAD /api/v1/items HTTP/1.1\r\nHost: a\r\n\r\n" * 5,
                 b"GET /api/v1/items?limit=1 HTTP/1.1\r\nHost: a\r\nPrefer: count=exact\r\n\r\n", GET + b"BAD\r\n\r\n",
                 b"GET /api/v1/items HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc", b"GET / HT", b""]
    for i in range(2400):
        c = victim.raw()
        c.send(requests_[i % len(requests_)])
        if i % 3 == 0:
            time.sleep(0.003)
        if i % 7 == 0:
            c.sock.settimeout(0.02)
            try:
                c.sock.recv(1000)
            except OSError:
                pass
        reset(c.sock)
    wait_until(lambda: active_queries(bare_pg) == 0, 15, what="the end of what nobody waits for")
    served_well(victim, 0.5)


def test_attack_012_pipeline_flood(victim):
    before = victim.rss_kb()
    with victim.raw() as c:
        c.sock.settimeout(0.5)
        try:
            for _ in range(100):
                c.sock.sendall(b"GET /api/v1/items?limit=300 HTTP/1.1\r\nHost: a\r\n\r\n" * 100)
        except OSError:
            pass
        assert attack.SANITIZED or victim.rss_kb() - before < 24 * 1024
        served_well(victim, 0.5)


def test_attack_012_pipelines_that_nobody_reads(scratch, bare_pg):
    """Hundreds of connections that ask for much and read nothing hold one response each, not thirty-two."""
    server = attack.make_victim(scratch, bare_pg, db_max_rows=0, timeout_write="60s", limit_response_min_rate=0)
    request = b"GET /api/v1/items?limit=700&order=id HTTP/1.1\r\nHost: a\r\n\r\n"
    whole = len(server.get("/items?limit=700&order=id").content)
    assert 190000 < whole < 262144
    with attack.unharmed(server):
        clients = []
        for _ in range(200):
            c = server.raw()
            c.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            c.send(request * 32)
            clients.append(c)
        wait_until(lambda: stands_still(server, "http_server_sent_bytes_total"), 60, interval=1, what="that nothing goes any more")
        held = server.metrics().value("memory_held_bytes")
        assert 0 < held < 200 * 320 * 1024, held / 200
        served_well(server, 1)
        for _ in range(3):
            assert len(clients[0].response().body) == whole
        for c in clients:
            c.close()
    assert server.stop() == 0


def stands_still(server, name):
    before = server.metrics().value(name)
    time.sleep(0.5)
    return before > 0 and server.metrics().value(name) == before


def test_attack_012_pipelined_reads_are_answered_in_order(victim):
    with victim.raw() as c:
        c.send(b"".join(b"GET /api/v1/%s HTTP/1.1\r\nHost: a\r\n\r\n" % p for i in range(1, 101) for p in (
            b"items?select=id&id=eq.%d" % i, b"nap?limit=%d" % i if i % 25 == 0 else b"nothing%d" % i)))
        for i in range(1, 101):
            assert c.response().body == b'[{"id":%d}]' % i
            assert c.response().status == (200 if i % 25 == 0 else 404)


def test_attack_014_many_requests_on_a_connection(victim):
    async def run():
        wire = await Wire.open(victim)
        for i in range(5000):
            status, body = await wire.get(f"/items?select=id&id=eq.{i % 5000 + 1}")
            assert (status, body) == (200, b'[{"id":%d}]' % (i % 5000 + 1))
        wire.drop()
    asyncio.run(run())


def test_attack_015_one_byte_per_packet(victim):
    with victim.raw() as c:
        c.send(GET, pause=0.001)
        slow = c.response()
        c.send(GET)
        assert slow.body == c.response().body == b'[{"id":1},{"id":2},{"id":3}]'


def test_attack_020_a_hundred_thousand_urls_make_no_series(victim):
    names = len(victim.metrics().samples)
    before = victim.rss_kb()

    async def client(k):
        wire = await Wire.open(victim)
        for i in range(400):
            wire.send(f"/table{k}_{i}?x{i}=eq.{i}")
            wire.send(f"/items?column{k}_{i}=eq.1")
            wire.send(f"/items?select=id,other{k}{i}:name&limit=1&name=neq.{i}")
            assert [(await wire.answer())[0] for _ in range(3)] == [404, 400, 200]
        wire.drop()

    async def run():
        await asyncio.gather(*(client(k) for k in range(8)))
    asyncio.run(run())
    assert len(victim.metrics().samples) <= names + 10
    # The plan caches fill to their bound: 1024 entries of some kilobytes for each of two threads.
    assert attack.SANITIZED or victim.rss_kb() - before < 64 * 1024


class Choked(utils.Bobbin):
    """A server whose log goes to a descriptor of the test's choice."""

    def start_into(self, fd):
        self.child = subprocess.Popen([str(utils.binary()), "serve", "-c", str(self.config_path)], stderr=fd, stdout=fd,
                                      stdin=subprocess.DEVNULL, preexec_fn=utils.die_with_parent(signal.SIGKILL))
        self.wait_ready()
        return self


@pytest.mark.parametrize("kind", ["pipe that nobody reads", "full disk"])
def test_attack_021_024_the_log_cannot_be_written(scratch, bare_pg, kind):
    server = Choked(scratch, bare_pg, database=attack.database(bare_pg), db_schemas="api", db_anon_role="attack_anon",
                    log_level="debug")
    reader, writer = os.pipe() if kind.startswith("pipe") else (None, os.open("/dev/full", os.O_WRONLY))
    try:
        server.start_into(writer)
        rss = server.rss_kb()

        async def client():
            wire = await Wire.open(server)
            for i in range(300):
                status, _ = await wire.get(f"/items?select=id&id=eq.{i}&name=neq.{'x' * 3000}",
                                           headers=f"User-Agent: {'y' * 3000}\r\n")
                assert status == 200
            wire.drop()

        async def run():
            await asyncio.gather(*(client() for _ in range(8)))
        asyncio.run(run())
        assert attack.SANITIZED or server.rss_kb() - rss < 48 * 1024
        assert server.get("/readyz").status_code == 200
        server.signal(signal.SIGTERM)
        assert server.wait(15) == 0
    finally:
        server.kill9()
        os.close(writer)
        if reader is not None:
            os.close(reader)


def test_attack_025_no_memory_for_an_answer(scratch, bare_pg):
    """A row that does not fit is one request's failure, not the process's."""
    if attack.SANITIZED:
        pytest.skip("sanitizers reserve address space without end")
    bare_pg.sql("create or replace view api.huge as select i as id, repeat('x', 20000000) as v from generate_series(1, 40) i;"
                "grant select on api.huge to attack_anon", database=attack.database(bare_pg))
    server = attack.make_victim(scratch, bare_pg, db_max_rows=0, server_threads=2)
    size = int((utils.Path(f"/proc/{server.pid}/statm").read_text().split()[0])) * resource.getpagesize()
    resource.prlimit(server.pid, resource.RLIMIT_AS, (size + 150_000_000,) * 2)
    for path in ("/huge", "/huge?limit=30", "/huge?limit=30&order=id", "/huge?limit=12"):
        try:
            answer = server.get(path, timeout=60)
            assert answer.status_code in (200, 503), answer.text[:300]
        except requests.exceptions.ChunkedEncodingError:
            pass  # an answer that had begun is cut
        assert server.running(), server.log_text()[-3000:]
        wait_until(lambda: server.get("/items?select=id&id=eq.1").status_code == 200, 10, what="service after the shortage")
    assert server.stop() == 0


def test_attack_025_bodies_that_fill_the_memory(scratch, bare_pg):
    """Senders that stop within large bodies: small requests are served, large ones refused for a while; the senders give way."""
    server = attack.make_victim(scratch, bare_pg, limit_memory="20MB", timeout_body="60s", limit_body_min_rate=0)
    head = b"POST /api/v1/items HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"

    def refused():
        return server.metrics().value("memory_refusals_total", what="body") >= 1

    def cut():
        return server.metrics().value("http_server_connections_cut_total", reason="memory") >= 1

    with attack.unharmed(server):
        senders = []

        def one_more_is_refused():
            """One after another: of many that grow at once so many are refused that what is left is no shortage."""
            held = server.metrics().value("memory_held_bytes")
            senders.append(server.raw())
            senders[-1].send(head % 1000000 + b" " * 900000)
            wait_until(lambda: server.metrics().value("memory_held_bytes") > held + 800000 or refused() or cut(), what="a body that is held")
            return refused()

        wait_until(one_more_is_refused, what="a refusal")
        assert server.metrics().value("memory_held_bytes") < 24 * 1024 * 1024
        assert server.get("/items?select=id&id=eq.7").json() == [{"id": 7}]
        wait_until(cut, what="one that gives way")
        wait_until(lambda: server.post("/items", data=b"[" + b" " * 100000).status_code in (400, 401), what="room for others")
        for c in senders:
            c.close()
    assert server.stop() == 0


def test_attack_025_a_refusal_for_lack_of_memory(scratch, bare_pg):
    server = attack.make_victim(scratch, bare_pg, limit_memory="100kB", db_max_rows=0)
    with attack.unharmed(server):
        for path in ("/items?limit=300", "/items?limit=300&order=id"):
            answer = server.get(path)
            assert (answer.status_code, answer.json()["code"], answer.headers["Retry-After"]) == (503, "BOBBIN507", "1")
        assert server.get("/items?select=id&limit=300").status_code == 200
        assert server.metrics().value("memory_limit_bytes") == 102400
        assert server.metrics().value("memory_refusals_total", what="response") == 2
        server.set(limit_memory="10MB")
        server.reload()
        wait_until(lambda: server.get("/items?limit=300").status_code == 200, what="the new limit")
    assert server.stop() == 0


def test_attack_022_a_frozen_database_and_many_clients(scratch, bare_pg):
    """The queue is bounded, nobody waits for ever, and all is well afterwards."""
    own = utils.Scratch()
    pg = utils.Postgres(own.path)
    pg.initdb()
    pg.start()
    pg.prepare_roles()
    server = attack.make_victim(scratch, pg, db_queue_max=50, db_pool_acquisition_timeout="1s", db_request_timeout="2s")
    try:
        pg.sigstop()
        statuses, lock = [], threading.Lock()

        def client():
            for _ in range(10):
                started = time.monotonic()
                answer = server.get("/items?select=id&limit=1")
                with lock:
                    statuses.append((answer.status_code, "Retry-After" in answer.headers, time.monotonic() - started))
        threads = [threading.Thread(target=client) for _ in range(40)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        assert {s for s, _, _ in statuses} <= {503, 504} and all(again for s, again, _ in statuses if s == 503)
        assert max(seconds for _, _, seconds in statuses) < 6
        pg.sigcont()
        wait_until(lambda: server.get("/items?select=id&id=eq.3").status_code == 200, 5, what="the return of service")
        assert server.stop() == 0
    finally:
        pg.sigcont()
        pg.stop("immediate")
        own.remove()


def test_attack_094_sleepers_do_not_take_the_pool(scratch, bare_pg):
    """More sleeping queries than connections: the cheap reads beside them are served, the sleepers end in time."""
    server = attack.make_victim(scratch, bare_pg, db_statement_timeout="3s", db_pool_acquisition_timeout="1s")
    server.get("/sleepy")  # so that the shape is known to be slow
    threads = [threading.Thread(target=lambda: attack.harmless(server.get("/sleepy"))) for _ in range(30)]
    for t in threads:
        t.start()
    time.sleep(0.3)
    served_well(server, 2)
    for t in threads:
        t.join()
    assert server.stop() == 0
