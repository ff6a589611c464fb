"""The harness proves itself: a fault that does not happen would make every test of faults worthless.

SPDX-License-Identifier: ISC
"""

import os
import signal
import socket
import threading
import time

import psycopg
import pytest

import utils


@pytest.fixture(scope="module")
def own_pg(scratch):
    """A cluster that these tests may crash."""
    directory = scratch / "own"
    directory.mkdir()
    directory.chmod(0o711)
    pg = utils.Postgres(directory, shared_buffers="16MB")
    pg.initdb()
    pg.start()
    pg.prepare_roles()
    yield pg
    pg.stop("immediate")


@pytest.fixture
def echo():
    """(port, close): a server that answers each connection with the bytes it sends."""
    listener = socket.create_server(("127.0.0.1", utils.free_port()))

    def serve(connection):
        with connection:
            while data := connection.recv(65536):
                connection.sendall(data)

    def loop():
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    threading.Thread(target=loop, daemon=True).start()
    yield listener.getsockname()
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()


def test_ports_are_never_given_twice():
    ports = [utils.free_port() for _ in range(50)]
    assert len(set(ports)) == 50
    assert all(10000 <= port < 32000 for port in ports)


def test_postgres_serves_the_socket_with_trust_and_the_port_only_with_a_password(own_pg):
    assert own_pg.value("select current_user", database="postgres") == "postgres"
    with pytest.raises(psycopg.OperationalError, match="no password supplied|password authentication"):
        psycopg.connect(f"postgresql://postgres@127.0.0.1:{own_pg.port}/postgres")
    assert own_pg.socket_dir.stat().st_mode & 0o777 == 0o700


def test_sql_runs_several_statements_and_gives_the_last_rows(own_pg):
    own_pg.new_database("several", sql="create table t(i int); insert into t values (1), (2)")
    assert own_pg.sql("select 9; select i from t order by i; insert into t values (3)", database="several") == [(1,), (2,)]
    assert own_pg.value("select count(*) from t where i > %s", (1,), database="several") == 2
    own_pg.new_database("copy", template="several")
    assert own_pg.psql("-c", "select sum(i) from t", database="copy") == "6\n"


def test_postgres_survives_a_killed_backend(own_pg):
    victim = own_pg.connect("postgres")
    bystander = own_pg.connect("postgres")
    own_pg.kill9_backend(victim.info.backend_pid)
    with pytest.raises(psycopg.OperationalError):
        bystander.execute("select pg_sleep(5)")
    own_pg.wait_ready()
    assert own_pg.running()


def test_sigstop_freezes_backends_and_sigcont_wakes_them(own_pg):
    connection = own_pg.connect("postgres")
    own_pg.sigstop()
    done = threading.Event()
    thread = threading.Thread(target=lambda: (connection.execute("select 1"), done.set()))
    thread.start()
    assert not done.wait(0.3)
    own_pg.sigcont()
    assert done.wait(5)
    thread.join()


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_restart_ends_sessions_and_keeps_data(own_pg, mode):
    own_pg.new_database("kept", sql="create table t as select 7 as i")
    connection = own_pg.connect("kept")
    own_pg.restart(mode)
    with pytest.raises(psycopg.OperationalError):
        connection.execute("select 1")
    assert own_pg.value("select i from t", database="kept") == 7


def test_redis_answers_stops_and_comes_back_empty(redis):
    assert redis.command("SET", "harness", "x") == "OK"
    assert redis.command("GET", "harness") == "x"
    assert redis.command("DEL", "harness", "none") == 1
    assert redis.command("GET", "harness") is None
    with pytest.raises(RuntimeError, match="unknown command"):
        redis.command("NOSUCH")


def test_proxy_forwards_postgres(own_pg, make_proxy):
    proxy = make_proxy(own_pg.socket_path)
    with psycopg.connect(own_pg.uri("postgres", "bobbin_owner", proxy=proxy)) as connection:
        assert connection.execute("select current_user").fetchone() == ("bobbin_owner",)
        assert proxy.open_connections() == 1
        proxy.cut()
        with pytest.raises(psycopg.OperationalError):
            connection.execute("select 1")
    assert proxy.accepted == 1 and proxy.sent > 0 and proxy.received > 0


def test_proxy_stalls_and_resumes(echo, make_proxy):
    proxy = make_proxy(echo)
    with utils.RawHTTP(proxy.port, timeout=0.3) as client:
        client.send(b"before\r\n")
        assert client._line() == b"before"
        proxy.stall()
        client.send(b"during\r\n")
        with pytest.raises(socket.timeout):
            client._line()
        proxy.resume()
        client.sock.settimeout(5)
        assert client._line() == b"during"


def test_proxy_cut_resets_and_refuse_keeps_everybody_out(echo, make_proxy):
    proxy = make_proxy(echo)
    with utils.RawHTTP(proxy.port) as client:
        client.send(b"x\r\n")
        assert client._line() == b"x"
        proxy.cut()
        assert client.closed()
    proxy.refuse()
    with pytest.raises(ConnectionRefusedError):
        utils.RawHTTP(proxy.port)
    proxy.accept()
    with utils.RawHTTP(proxy.port) as client:
        client.send(b"again\r\n")
        assert client._line() == b"again"


def test_proxy_throttles(echo, make_proxy):
    proxy = make_proxy(echo)
    proxy.rate = 100_000
    with utils.RawHTTP(proxy.port) as client:
        begin = time.monotonic()
        client.send(b"y" * 50_000)
        assert len(client._take(50_000)) == 50_000
        assert time.monotonic() - begin >= 0.5


def test_raw_http_reads_every_framing():
    listener = socket.create_server(("127.0.0.1", utils.free_port()))
    with utils.RawHTTP(listener.getsockname()[1]) as client:
        server, _ = listener.accept()
        server.sendall(b"HTTP/1.1 100 Continue\r\n\r\n"
                       b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-A: 1\r\nx-a: 2\r\n\r\nok"
                       b"HTTP/1.1 206 Partial Content\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n"
                       b"HTTP/1.1 304 Not Modified\r\nETag: \"e\"\r\n\r\n"
                       b"HTTP/1.0 500 Internal Server Error\r\n\r\nto the end")
        server.close()
        assert client.response().status == 100
        fixed = client.response()
        assert (fixed.body, fixed.all("X-A"), fixed.header("x-A")) == (b"ok", ["1", "2"], "1")
        assert client.response().body == b"abcd"
        assert client.response().header("etag") == '"e"'
        assert client.response().body == b"to the end"
        with pytest.raises(utils.Closed):
            client.response()
    listener.close()


def test_metrics_are_summed_by_label():
    metrics = utils.Metrics('# TYPE a counter\na{x="1",y="p q"} 2\na{x="2",y="p q"} 3\nb 1.5e3\n')
    assert metrics.value("a") == 5
    assert metrics.value("a", x=1) == 2
    assert metrics.value("b") == 1500
    assert metrics.names() == {"a", "b"}


def test_tokens_have_three_parts_and_the_role():
    header, claims, signature = utils.make_token("erp_viewer", sub="7").split(".")
    assert header == "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9"
    assert len(signature) == 43 and claims


def test_a_process_that_hangs_is_killed(tmp_path):
    process = utils.Process(tmp_path / "log")
    process.spawn(["sleep", "60"])
    process.sigstop()
    with pytest.raises(AssertionError, match="still running"):
        process.wait(0.1)
    assert not process.running() and process.child.returncode == -signal.SIGKILL


def test_children_end_with_the_process_that_started_them(tmp_path):
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        process = utils.Process(tmp_path / "log")
        process.spawn(["sleep", "60"])
        os.write(writer, str(process.pid).encode())
        os._exit(0)
    os.waitpid(pid, 0)
    sleeper = int(os.read(reader, 20))
    utils.wait_until(lambda: not os.path.exists(f"/proc/{sleeper}") or
                     "Z" in open(f"/proc/{sleeper}/stat").read().rsplit(")", 1)[1].split()[0], what="its end")
