"""Attacks on the process: signals under load, storms of reloads and probes, doors that should not be there.

SPDX-License-Identifier: ISC
"""

import asyncio
import signal
import threading
import time

import pytest
import requests

import attack
from attack import Wire


@pytest.fixture(scope="module")
def victim(scratch, bare_pg):
    server = attack.make_victim(scratch, bare_pg, log_level="error")
    with attack.unharmed(server):
        yield server
    assert server.stop() == 0


class Traffic:
    """Clients that reconnect when they are told to; what is accepted must be answered."""

    def __init__(self, server, clients=24):
        self.server = server
        self.clients = clients
        self.answered = 0
        self.failed = []
        self.ended = False

    async def client(self, k):
        while not self.ended:
            try:
                wire = await Wire.open(self.server)
            except OSError:
                return
            sent = False
            try:
                while not self.ended:
                    wire.send(f"/items?select=id&id=eq.{k + 1}")
                    sent = True
                    head = await wire.reader.readuntil(b"\r\n\r\n")
                    body = await wire.reader.readexactly(int(head.lower().split(b"content-length: ")[1].split(b"\r")[0]))
                    sent = False
                    self.answered += 1
                    if not head.startswith(b"HTTP/1.1 200") or body != b'[{"id":%d}]' % (k + 1):
                        self.failed.append((head[:60], body[:100]))
                    if b"connection: close" in head.lower():
                        break
            except (OSError, asyncio.IncompleteReadError) as error:
                if sent:
                    self.failed.append(repr(error))
            wire.drop()

    async def _all(self):
        await asyncio.gather(*(self.client(k) for k in range(self.clients)))

    def __enter__(self):
        self.thread = threading.Thread(target=lambda: asyncio.run(self._all()))
        self.thread.start()
        time.sleep(0.5)
        return self

    def __exit__(self, *exc):
        self.ended = True
        self.thread.join()


@pytest.mark.parametrize("turn", range(3))
def test_attack_191_sigterm_under_load(scratch, bare_pg, turn):
    server = attack.make_victim(scratch, bare_pg, drain_delay="200ms", log_level="error")
    with Traffic(server) as traffic:
        started = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - started < 5
    assert traffic.answered > 100
    assert not traffic.failed, (len(traffic.failed), traffic.failed[:3])


def test_attack_192_storms_of_signals(victim):
    with Traffic(victim) as traffic:
        for i in range(200):
            victim.signal((signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2)[i % 3])
            time.sleep(0.01)
    assert traffic.answered > 100 and not traffic.failed, traffic.failed[:3]


def test_attack_092_191_stop_while_the_schema_is_read(scratch, bare_pg):
    for delay in (0, 0.005, 0.02, 0.05, 0.1):
        server = attack.make_victim(scratch, bare_pg, start=False).start(wait=False)
        time.sleep(0.05 + delay)
        server.signal(signal.SIGHUP)
        server.signal(signal.SIGTERM)
        assert server.wait(15) in (0, -signal.SIGTERM, -signal.SIGHUP), server.log_text()


@pytest.mark.parametrize("path", ["/metrics", "/live", "/ready", "/schema_cache", "/config", "/debug", "/admin", "/admin/metrics", "/.env", "/.git/config", "/server-status", "//metrics",
                                  "/api/v1/../../metrics", "/%6detrics", "/metrics/", "/metrics?x", "/Metrics", "/api/v1/metrics"])
def test_attack_194_admin_paths_on_the_public_listener(victim, path):
    with victim.raw() as c:
        answer = c.get(path)
        assert answer.status == 404 and b"http_server" not in answer.body, answer


def test_attack_194_only_reads_on_the_admin_listener(victim):
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        assert requests.request(method, victim.admin_url + "/metrics", timeout=5).status_code == 405
    assert requests.get(victim.admin_url + "/api/v1/items", timeout=5).status_code == 404


def test_attack_195_probe_storm(victim):
    """Thousands of probes are answered by what is known already."""
    async def client():
        reader, writer = await asyncio.open_connection("127.0.0.1", victim.port)
        for _ in range(500):
            writer.write(b"GET /readyz HTTP/1.1\r\nHost: a\r\n\r\n")
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200")
            await reader.readexactly(3)
        writer.close()

    async def run():
        await asyncio.gather(*(client() for _ in range(16)))
    time.sleep(1.2)  # the counters are published twice a second
    jobs, started = victim.metrics().value("db_client_operations_total"), time.monotonic()
    asyncio.run(run())
    seconds = time.monotonic() - started
    assert victim.metrics().value("db_client_operations_total") - jobs <= 2 * 2 * (seconds + 2)


def test_attack_197_no_core_with_secrets(victim):
    """The token of a request that fails does not end in the log, nor the connection string."""
    victim.get("/items?id=eq.x", role="attack_a")
    text = victim.log_text()
    assert "postgresql://" not in text and attack.JWT_SECRET not in text


MIXED = ["/items?select=id,name&order=id&limit=50", "/items?select=id,items(id,name),parent&limit=20", "/items?id=eq.7", "/items?id=eq.x", "/nothing",
         "/items?select=nothing", "/closed", "/items?limit=3&offset=10&name=like.*9*", "/me", "/items?or=(id.eq.1,name.eq.x)", "/items?and=((", "/owned"]


def test_attack_011_025_ten_thousand_requests_leave_nothing(scratch, bare_pg):
    """Pages, embeds, refusals, counts, and exports that are left early; under `./dev test valgrind` this is the search for
    leaks, which shows in the exit status."""
    server = attack.make_victim(scratch, bare_pg, export_roles="attack_anon", db_max_rows=0, log_level="crit")
    token = attack.token_for("attack_a")

    async def client(k):
        wire = await Wire.open(server)
        for i in range(625):
            path = MIXED[(i + k) % len(MIXED)]
            if i % 50 == 0:
                leaver = await Wire.open(server)
                leaver.send("/items", headers="Accept: application/x-ndjson\r\n")
                if i % 100 == 0:
                    await leaver.reader.read(1000)
                leaver.drop()
            elif i % 11 == 0:
                await wire.get(path, headers="Prefer: count=exact\r\n")
            else:
                await wire.get(path, token=token if i % 3 == 0 else token + "x" if i % 17 == 0 else None)
        wire.drop()

    async def run():
        await asyncio.gather(*(client(k) for k in range(16)))
    asyncio.run(run())
    assert server.stop(timeout=120) == 0, server.log_text()[-6000:]
