"""The server layer by itself (test/unit/server/tiny_server.c): sockets, limits, slow and rude clients, the graceful stop.

SPDX-License-Identifier: ISC
"""

import json
import os
import re
import resource
import select
import signal
import socket
import threading
import time
from pathlib import Path

import pytest

from net import Closed, RawHTTP, free_port, reset
from utils import Process, binary, wait_until

TINY = Path(os.environ.get("TINY_SERVER", binary().parent / "test/unit/server/tiny_server"))
# A sanitizer keeps freed memory for a while: how much is resident then says nothing.
SANITIZED = re.search(rb"__(asan|tsan)_init", TINY.read_bytes()) is not None if TINY.exists() else False


class Tiny(Process):
    def __init__(self, directory, **keys):
        super().__init__(directory / "tiny.log")
        self.port, self.admin_port = free_port(), free_port()
        keys = {"server-port": self.port, "admin-server-port": self.admin_port, "server-threads": 2,
                "drain-delay": 0, **{k.replace("_", "-"): v for k, v in keys.items()}}
        self.spawn([TINY, *(f"{k}={v}" for k, v in keys.items())])
        wait_until(lambda: "port" in self.log_text(), what="tiny_server")

    def raw(self, **options):
        return RawHTTP(self.port, **options)

    def admin(self):
        """(connections of each worker, {"refused": n, ...})"""
        with RawHTTP(self.admin_port) as c:
            loads, rest = c.get("/").body.decode().split("|")
        return [int(n) for n in loads.split()], {k: int(v) for k, v in re.findall(r"(\w+) (\d+)", rest)}

    def connections(self):
        return sum(self.admin()[0])

    def cpu_seconds(self):
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.fixture
def tiny(tmp_path):
    started = []

    def start(**keys):
        started.append(Tiny(tmp_path, **keys))
        return started[-1]

    yield start
    for server in started:
        server.kill9()
        assert "Sanitizer" not in server.log_text()


def connect_many(server, n):
    return [server.raw() for _ in range(n)]


@pytest.mark.parametrize("n", [16, 300])
def test_connections_are_spread_evenly(tiny, n):
    server = tiny()
    clients = connect_many(server, n)
    wait_until(lambda: server.connections() == n)
    loads, _ = server.admin()
    assert max(loads) - min(loads) <= 1
    for c in clients[:n // 2]:
        c.close()
    wait_until(lambda: server.connections() == n - n // 2)
    for c in clients[n // 2:]:
        assert c.get("/").status == 200


def test_connection_limits(tiny):
    server = tiny(limit_connections=20)
    clients = connect_many(server, 20)
    wait_until(lambda: server.connections() == 20)
    with server.raw() as extra:
        refused = extra.get("/")
        assert refused.status == 503 and refused.header("Retry-After") == "1"
        assert json.loads(refused.body)["code"] == "BOBBIN503"
        assert extra.closed()
    assert all(c.get("/").status == 200 for c in clients)
    clients.pop().close()
    wait_until(lambda: server.connections() == 19)
    with server.raw() as again:
        assert again.get("/").status == 200
    assert server.admin()[1]["refused"] == 1


def test_idle_connections_make_room(tiny):
    server = tiny(limit_connections=40)
    idle = connect_many(server, 40)
    assert all(c.get("/").status == 200 for c in idle)
    time.sleep(1.3)
    with server.raw() as extra:
        assert extra.get("/").status == 503
    wait_until(lambda: server.connections() < 40)
    with server.raw() as extra:
        assert extra.get("/").status == 200
    assert idle[-1].get("/").status == 200


def test_connections_of_one_address(tiny):
    server = tiny(limit_connections_per_address=5)
    clients = connect_many(server, 5)
    wait_until(lambda: server.connections() == 5)
    with server.raw() as extra:
        assert extra.get("/").status == 503
    with socket.create_connection(("127.0.0.1", server.port), source_address=("127.0.0.2", 0)) as other:
        other.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert other.recv(4096).startswith(b"HTTP/1.1 200")
    assert all(c.get("/").status == 200 for c in clients)


def test_out_of_files(tiny):
    server = tiny()
    first = server.raw()
    assert first.get("/").status == 200
    resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (server.open_files() + 4,) * 2)
    clients = connect_many(server, 20)
    before = server.cpu_seconds()
    time.sleep(1)
    assert server.cpu_seconds() - before < 0.2
    assert first.get("/").status == 200
    for c in clients:
        c.close()
    time.sleep(0.3)
    with server.raw() as later:
        assert later.get("/").status == 200


def test_slow_heads_are_cut(tiny):
    server = tiny(timeout_header="1s")
    started = time.time()
    with server.raw() as c:
        with pytest.raises((Closed, BrokenPipeError, ConnectionResetError)):
            c.send(b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 100, pause=0.05)
            c.response()
            c.send(b"x" * 100000, pause=0.05, chunk=1)
        assert time.time() - started < 9
    with server.raw() as c:
        c.send(b"GET / HTT")
        assert c.response().status == 408
        assert c.closed()


def test_slow_bodies_are_cut(tiny):
    server = tiny(timeout_body="30s", timeout_body_grace="500ms", limit_body_min_rate=1000)
    with server.raw() as c:
        started = time.time()
        c.send(b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n")
        while not select.select([c.sock], [], [], 0.05)[0] and time.time() - started < 10:
            c.send(b"x")
        assert c.response().status == 408
        assert time.time() - started < 4


def test_a_reader_that_stops_is_cut(tiny):
    server = tiny(timeout_write="1s")
    with server.raw() as c:
        c.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        c.send(b"GET /stream/1000000000 HTTP/1.1\r\nHost: a\r\n\r\n")
        wait_until(lambda: server.connections() == 0, timeout=5)
        assert SANITIZED or server.peak_rss_kb() < 60000


def test_a_reader_that_stops_holds_little_memory(tiny):
    server = tiny()
    before = server.rss_kb()
    clients = []
    for _ in range(20):
        c = server.raw()
        c.send(b"GET /stream/1000000000 HTTP/1.1\r\nHost: a\r\n\r\n" * 10)
        clients.append(c)
    time.sleep(0.5)
    assert SANITIZED or server.rss_kb() - before < 20 * 400


def test_pipeline_flood_is_bounded(tiny):
    server = tiny()
    before = server.rss_kb()
    with server.raw() as c:
        c.sock.settimeout(1)
        try:
            for _ in range(100):
                c.sock.sendall(b"GET /big/100000 HTTP/1.1\r\nHost: a\r\n\r\n" * 1000)
        except (socket.timeout, BlockingIOError):
            pass
        assert SANITIZED or server.rss_kb() - before < 16000
        with server.raw() as other:
            assert other.get("/").status == 200


def test_pipelined_answers_come_in_order(tiny):
    server = tiny()
    with server.raw() as c:
        c.send(b"".join(b"GET /slow/%d HTTP/1.1\r\nHost: a\r\n\r\nGET /big/%d HTTP/1.1\r\nHost: a\r\n\r\n" % (
            30 - 10 * i, 100 + i) for i in range(3)))
        for i in range(3):
            assert c.response().body == b"late\n"
            assert len(c.response().body) == 100 + i


def test_half_close_is_answered(tiny):
    server = tiny()
    with server.raw() as c:
        c.send(b"GET /slow/200 HTTP/1.1\r\nHost: a\r\n\r\nGET /stream/3000000 HTTP/1.1\r\nHost: a\r\n\r\n")
        c.sock.shutdown(socket.SHUT_WR)
        assert c.response().body == b"late\n"
        assert len(c.response().body) == 3000000
        assert c.closed()


@pytest.mark.parametrize("behind", [b"", b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx" + b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" * 3000],
                         ids=["alone", "input-behind"])
def test_leavers_are_noticed(tiny, behind):
    """A reset at once, also behind input that is not read; a half-close is answered unless it takes too long."""
    server = tiny(timeout_half_closed="2s")
    slow = b"GET /slow/%d HTTP/1.1\r\nHost: a\r\n\r\n"
    with server.raw() as c:
        c.send(slow % 60000 + behind)
        wait_until(lambda: server.connections() == 1)
        reset(c.sock)
        wait_until(lambda: server.connections() == 0, what="the end of a reset connection")
        assert server.admin()[1]["timeouts"] == 0
    with server.raw() as c:
        c.send(slow % 1000 + behind[:200])
        c.sock.shutdown(socket.SHUT_WR)
        assert c.response().body == b"late\n"
    with server.raw() as c:
        c.send(slow % 60000 + behind)
        c.sock.shutdown(socket.SHUT_WR)
        assert c.closed(10)
    assert server.connections() == 0


def test_resets_leave_nothing_behind(tiny):
    server = tiny()
    with server.raw() as c:
        assert c.get("/").status == 200
    files = server.open_files()
    requests = [b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", b"GET /slow/50 HTTP/1.1\r\nHost: a\r\n\r\n",
                b"GET /stream/10000000 HTTP/1.1\r\nHost: a\r\n\r\n", b"GET /big/10000000 HTTP/1.1\r\nHost: a\r\n\r\n",
                b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nabc", b"GET / HT", b"",
                b"BAD\r\n\r\n", b"GET /slow/20 HTTP/1.1\r\nHost: a\r\n\r\n" * 20]
    for i in range(1500):
        c = server.raw()
        c.send(requests[i % len(requests)])
        if i % 3 == 0:
            time.sleep(0.001)
        reset(c.sock)
    wait_until(lambda: server.connections() == 0)
    wait_until(lambda: server.open_files() <= files)
    with server.raw() as c:
        assert c.get("/").status == 200


def test_one_byte_at_a_time(tiny):
    server = tiny()
    with server.raw() as c:
        c.send(b"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", pause=0.001)
        assert c.response().body == b"abc"
        assert c.get("/").status == 200


def test_large_bodies(tiny):
    server = tiny(limit_body="20MB")
    body = os.urandom(15_000_000)
    with server.raw() as c:
        c.send(b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % len(body))
        sender = threading.Thread(target=c.sock.sendall, args=(body,))
        sender.start()
        assert c.response().body == body
        sender.join()
        c.send(b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 21000000\r\n\r\n")
        assert c.response().status == 413
        assert c.closed()


def test_drain_finishes_what_is_there(tiny):
    server = tiny(drain_delay="600ms")
    idle, busy = server.raw(), server.raw()
    assert idle.get("/").status == 200
    busy.send(b"GET /slow/1500 HTTP/1.1\r\nHost: a\r\n\r\n")
    time.sleep(0.1)
    server.signal(signal.SIGTERM)
    time.sleep(0.2)
    with server.raw() as late:
        answer = late.get("/")
        assert answer.status == 200 and answer.header("Connection") == "close"
    assert server.admin()[1]["draining"] == 1
    assert idle.closed(timeout=2)
    time.sleep(0.3)
    with pytest.raises(ConnectionRefusedError):
        server.raw()
    answer = busy.response()
    assert answer.body == b"late\n" and answer.header("Connection") == "close"
    assert server.admin()[0] is not None
    assert server.wait(5) == 0


def test_drain_gives_up_in_the_end(tiny):
    server = tiny(drain_timeout="300ms")
    c = server.raw()
    c.send(b"GET /slow/20000 HTTP/1.1\r\nHost: a\r\n\r\n")
    time.sleep(0.1)
    server.signal(signal.SIGINT)
    assert c.response().status == 503
    c.close()


def test_second_signal_is_immediate(tiny):
    server = tiny()
    c = server.raw()
    c.send(b"GET /slow/3000 HTTP/1.1\r\nHost: a\r\n\r\n")
    time.sleep(0.1)
    server.signal(signal.SIGTERM)
    time.sleep(0.3)
    server.signal(signal.SIGTERM)
    assert c.closed(timeout=2)


class Reconnecting(threading.Thread):
    """A client that keeps its connection as long as it is allowed to, and sends again what was not taken: when a kept
    connection ends without a byte of an answer (RFC 9110 section 9.2.2). Everything else is a loss."""

    def __init__(self, server):
        super().__init__()
        self.server, self.answered, self.losses, self.enough = server, 0, [], threading.Event()
        self.start()

    def run(self):
        while not self.enough.is_set():
            try:
                with self.server.raw(timeout=5) as c:
                    self.use(c)
            except OSError:
                return  # there is no connection, hence nothing lost

    def use(self, c):
        before, answer = self.answered, None
        while not self.enough.is_set() and (answer is None or answer.header("Connection") != "close"):
            try:
                answer = c.get("/slow/1")
            except (Closed, OSError) as e:
                kept = self.answered > before
                if not kept or getattr(e, "partial", b""):
                    self.losses.append(f"{e!r} on a {'kept' if kept else 'new'} connection")
                return
            self.answered += 1


def test_no_request_is_lost_by_a_stop(tmp_path):
    """Every new connection is answered or refused, and everything that the server has taken is answered."""
    for cycle in range(5):
        directory = tmp_path / str(cycle)
        directory.mkdir()
        server = Tiny(directory, drain_delay="200ms")
        clients = [Reconnecting(server) for _ in range(16)]
        time.sleep(0.3)
        server.signal(signal.SIGTERM)
        assert server.wait(10) == 0
        for client in clients:
            client.enough.set()
            client.join()
        assert [loss for client in clients for loss in client.losses] == []
        taken = int(re.search(r"requests (\d+)", server.log_text()).group(1))
        assert sum(client.answered for client in clients) == taken


def test_unix_socket(tiny, tmp_path):
    path = tmp_path / "http.sock"
    server = tiny(server_unix_socket=path, server_unix_socket_mode="600")
    assert path.stat().st_mode & 0o777 == 0o600
    with socket.socket(socket.AF_UNIX) as c:
        c.connect(str(path))
        c.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert c.recv(4096).startswith(b"HTTP/1.1 200")
    server.signal(signal.SIGTERM)
    assert server.wait(5) == 0
    assert not path.exists()


def test_sockets_are_inherited(tmp_path):
    """As from systemd; connections queued before the start and during an exchange of processes are served."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener, socket.create_server(("127.0.0.1", 0)) as admin:
        waiting = socket.create_connection(listener.getsockname())
        waiting.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        command = (f"exec 3<&{listener.fileno()} 4<&{admin.fileno()}; "
                   f"LISTEN_PID=$$ LISTEN_FDS=2 LISTEN_FDNAMES=http:admin exec {TINY} drain-delay=0")
        for generation in range(2):
            server = Process(tmp_path / f"tiny{generation}.log")
            server.spawn(["/bin/bash", "-c", command], pass_fds=(listener.fileno(), admin.fileno()))
            assert waiting.recv(4096).startswith(b"HTTP/1.1 200")
            waiting.close()
            with RawHTTP(admin.getsockname()[1]) as c:
                assert c.get("/").status == 200
            server.signal(signal.SIGTERM)
            assert server.wait(5) == 0
            waiting = socket.create_connection(listener.getsockname())
            waiting.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        waiting.close()


def test_a_stopped_loop_shows(tiny):
    server = tiny()
    assert server.admin()[1]["slowest"] < 500


def test_the_last_response_survives_what_follows_the_request(tiny):
    """A close with input that nobody read would be a reset, which drops what the client has not got yet."""
    server = tiny()
    with server.raw() as c:
        c.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        c.send(b"GET /slow/300 HTTP/1.1\r\nHost: a\r\n\r\nGET /big/100000 HTTP/1.0\r\nHost: a\r\n\r\n")
        time.sleep(0.1)
        c.send(b"\r\n")
        assert c.response().body == b"late\n"
        time.sleep(0.3)
        assert len(c.response().body) == 100000
        assert c.closed()
