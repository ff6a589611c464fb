"""bench export: a slow reader of a long export beside quick clients. `./dev bench export [--rows N] [--seconds S]`

One client reads an NDJSON export at 1 MB/s; meanwhile others read rows by key at a steady rate. Reported: growth of the
server's memory, the others' p50 and p99 with and without the export, how soon PostgreSQL is rid of the query when the
client leaves, and what an unhurried client gets. SPDX-License-Identifier: ISC
"""

import argparse
import socket
import sys
import threading
import time
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TOP / "test" / "integration"), str(TOP / "bench")]
import utils  # noqa: E402
from load import open_loop, rss_kb  # noqa: E402

SCHEMA = """
create role export_reader nologin; grant export_reader to erp_authenticator; create schema api;
grant usage on schema api to export_reader;
create table api.t as select i as id, md5(i::text) as a, repeat('x', 80) as b, i * 1.25 as c, now() as d
  from generate_series(1, %d) i;
alter table api.t add primary key (id); grant select on api.t to export_reader;"""
REQUEST = b"GET /api/v1/t HTTP/1.1\r\nHost: localhost\r\nAccept: application/x-ndjson\r\n\r\n"


class SlowReader(threading.Thread):
    """Reads at `rate` bytes a second until told to leave."""

    def __init__(self, port, rate):
        super().__init__()
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.rate, self.leaving, self.received = rate, False, 0
        self.socket.sendall(REQUEST)
        self.start()

    def run(self):
        started = time.monotonic()
        while not self.leaving:
            ahead = self.received / self.rate - (time.monotonic() - started)
            if ahead > 0:
                time.sleep(min(ahead, 0.05))
                continue
            data = self.socket.recv(65536)
            if not data:
                break
            self.received += len(data)
        self.socket.close()

    def leave(self):
        self.leaving = True
        self.join()


def exports(pg):
    return pg.value("select count(*) from pg_stat_activity where usename = 'erp_authenticator' and state = 'active' and "
                    "query like 'SELECT%%FROM \"api\".\"t\"%%'", database="postgres")


def full_speed(port):
    started, received = time.monotonic(), 0
    with socket.create_connection(("127.0.0.1", port)) as s:
        s.sendall(REQUEST)
        while True:
            data = s.recv(1 << 20)
            if not data or data.endswith(b"\r\n0\r\n\r\n"):
                return (received + len(data)) / (time.monotonic() - started)
            received += len(data)


def run(options, pg, server):
    port, path = server.port, "/api/v1/t?id=eq.5"
    speed = full_speed(port)
    alone = open_loop(port, path, options.rate, options.seconds)
    before = rss_kb(server.pid)
    reader = SlowReader(port, 1_000_000)
    time.sleep(1)
    beside = open_loop(port, path, options.rate, options.seconds)
    peak = before
    for _ in range(options.seconds * 10):
        peak = max(peak, rss_kb(server.pid))
        time.sleep(0.1)
    assert exports(pg) == 1, "the export is still running"
    reader.leave()
    left = time.monotonic()
    utils.wait_until(lambda: exports(pg) == 0, 10, what="the cancellation")
    gone = time.monotonic() - left
    print(f"rows {options.rows:,}; unhurried export {speed / 1e6:.0f} MB/s")
    print(f"memory: {before} kB before, {peak} kB at most: +{(peak - before) / 1024:.1f} MB, "
          f"after {reader.received / 1e6:.0f} MB at 1 MB/s")
    print(f"others at {options.rate} requests/s, alone: p50 {alone['p50']} us, p99 {alone['p99']} us")
    print(f"others beside the export:        p50 {beside['p50']} us, p99 {beside['p99']} us")
    print(f"the query was gone {gone * 1000:.0f} ms after the client")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--rate", type=int, default=1000)
    options = parser.parse_args()
    scratch = utils.Scratch()
    pg = utils.Postgres(scratch.path, shared_buffers="256MB")
    pg.initdb()
    pg.start()
    server = None
    try:
        pg.prepare_roles()
        pg.new_database("export", sql=SCHEMA % options.rows)
        server = utils.Bobbin(scratch.path, pg, database="export", db_schemas="api", db_anon_role="export_reader",
                              export_roles="export_reader")
        server.start()
        run(options, pg, server)
    finally:
        if server:
            server.stop()
        pg.stop("immediate")
        scratch.remove()


if __name__ == "__main__":
    main()
