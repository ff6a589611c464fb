"""Fixtures of the integration tests; utils.py explains them.

SPDX-License-Identifier: ISC
"""

import signal
import sys
from pathlib import Path

import pytest
import requests

sys.path.insert(0, str(Path(__file__).parent))
import utils  # noqa: E402


def pytest_addoption(parser):
    parser.addoption("--keep", action="store_true", help="keep the scratch directory (logs, data) and print its path")


def pytest_configure():
    """SIGTERM ends the run as Ctrl-C does: fixtures are torn down."""
    def terminate(signum, frame):
        raise KeyboardInterrupt
    signal.signal(signal.SIGTERM, terminate)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """A failure shows the last lines of each server's log."""
    outcome = yield
    report = outcome.get_result()
    if report.when == "call" and report.failed:
        for server in getattr(item, "servers", []):
            report.sections.append((f"log of {server.directory.name}", server.log_text()[-3000:]))


@pytest.fixture(scope="session")
def scratch(request):
    scratch = utils.Scratch()
    yield scratch.path
    if request.config.getoption("--keep"):
        print(f"\nkept {scratch.path}", file=sys.stderr)
    else:
        scratch.remove()


@pytest.fixture(scope="session")
def bare_pg(scratch):
    """A running cluster with the two login roles and nothing else."""
    pg = utils.Postgres(scratch)
    pg.initdb()
    try:
        pg.start()
        pg.prepare_roles()
        yield pg
    finally:
        pg.stop("immediate")


@pytest.fixture(scope="session")
def pg(bare_pg):
    """The cluster with the databases `erp` and `erp_template`: migrated and seeded (tiny) by the program itself."""
    bare_pg.new_database("erp_template")
    owner = bare_pg.uri("erp_template", "bobbin_owner")
    utils.run_bobbin("migrate", "up", BOBBIN_DB_URI=owner)
    utils.run_bobbin("seed", "--scale", "tiny", BOBBIN_DB_URI=owner)
    bare_pg.sql("vacuum analyze", database="erp_template")
    bare_pg.new_database("erp", template="erp_template")
    return bare_pg


@pytest.fixture(scope="session")
def redis(scratch):
    redis = utils.Redis(scratch)
    try:
        redis.start()
        yield redis
    finally:
        redis.stop()


@pytest.fixture(scope="session")
def shared_bobbin(scratch, pg, redis):
    server = utils.Bobbin(scratch, pg, redis=redis)
    try:
        yield server.start()
    finally:
        server.stop()


@pytest.fixture
def bobbin(request, shared_bobbin):
    """The shared server. A test that made it end fails by itself, not the next one."""
    request.node.servers = [shared_bobbin]
    yield shared_bobbin
    assert shared_bobbin.running(), f"the shared server ended:\n{shared_bobbin.log_text()[-4000:]}"


@pytest.fixture
def make_bobbin(request, scratch, pg):
    """make_bobbin(database=..., redis=..., proxy=..., env=..., start=True, **config): a server of this test's own."""
    servers = request.node.servers = getattr(request.node, "servers", [])

    def make(start=True, **options):
        server = utils.Bobbin(scratch, pg, **options)
        servers.append(server)
        return server.start() if start else server

    mine = len(servers)
    yield make
    for server in servers[mine:]:
        if server.child is not None:
            server.stop()


@pytest.fixture
def make_proxy():
    proxies = []

    def make(upstream):
        proxies.append(utils.Proxy(upstream))
        return proxies[-1]

    yield make
    for proxy in proxies:
        proxy.close()


@pytest.fixture
def api(bobbin):
    """A requests session (kept-alive connection) whose get("/path") goes to the shared server's API."""
    class Session(requests.Session):
        def request(self, method, path, **options):
            return super().request(method, bobbin.url + "/api/v1" + path, **{"timeout": 30, **options})

    with Session() as session:
        yield session
