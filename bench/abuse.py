"""bench abuse: what one attacker does to sixteen honest clients. `./dev bench abuse [--kinds A,B] [--threads 1,8] [--seconds S]`

Honest clients (bench/honest.py) read rows by key, pages of 20 and short lists and write by key at a fixed modest rate, and check
every response: alone, beside one kind of attacker (bench/attackers.py), and alone again. Attackers come from 127.0.0.2, or from the
honest clients' own address with --same-address. Every line has a fresh server, so that its peak of memory is this attack's.

Goals: the honest p99 is at most twice what it is alone (or below 5 ms, since attacker, clients, server and PostgreSQL share
the cores); no honest request fails; the server stays within 256 MB, every PostgreSQL backend within 64 MB.

`--flat` asks for large responses instead: the process stays below 128 MB during each. SPDX-License-Identifier: ISC
"""

import argparse
import asyncio
import collections
import contextlib
import json
import multiprocessing
import re
import sys
import threading
import time
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TOP / "test" / "integration"), str(TOP / "bench")]
import attackers  # noqa: E402
import honest  # noqa: E402
import utils  # noqa: E402
from load import peak_rss_kb, rss_kb  # noqa: E402
from test_jwt import Key, part  # noqa: E402

P99_TIMES, P99_FLOOR_MS = 2, 5
SERVER_MB, BACKEND_MB, FLAT_MB = 256, 64, 128
LOOP_CPU_S = 0.010
WARM_UP_S, SETTLE_S, SAMPLE_S = 1, 1, 0.05
WIDE_ROWS = 1_000
SCHEMA = f"""
create role member nologin; create role guest nologin; grant member, guest to erp_authenticator;
create schema api; grant usage on schema api to member, guest;
create table api.items(id int primary key, v text not null, pad text not null);
insert into api.items select i, md5(i::text), repeat('p', 50) from generate_series(1, {honest.ITEMS}) i;
create table api.short(id int primary key, v text not null);
insert into api.short select i, md5(i::text) from generate_series(1, 10) i;
create table api.counters(id int primary key, n int not null default 0);
insert into api.counters select generate_series(1, {honest.COUNTERS});
create table api.big(id int primary key, a int, b int, c int, d int, e int, f int, note text);
insert into api.big select i, i, i, i, i, i, i, repeat(md5(i::text), 3) from generate_series(1, 1000000) i;
create table api.wide(id int primary key, v text not null);
insert into api.wide select i, repeat('x', 1000000) from generate_series(1, {WIDE_ROWS}) i;
do $$ begin execute (select format('create table api.columns(%s)', string_agg('c' || i || ' int', ', ' order by i))
    from generate_series(0, {attackers.SELECT_ITEMS - 1}) i); end $$;
insert into api.columns(c0) select generate_series(1, 10);
create function api.sleep(seconds float) returns void language sql volatile as 'select pg_sleep(seconds)';
create function api.rows(count int) returns table(id int, v text) language sql stable as
    'select i, md5(i::text) from generate_series(1, count) i';
create function api.wide_rows(count int) returns setof api.wide language sql stable as
    $$ select i, repeat('x', 1000000) from generate_series(1, count) i $$;
create view api.four_gigabytes as select i as id, repeat('x', 1000000) as v from generate_series(1, 4000) i;
grant select on all tables in schema api to guest, member; grant update on api.counters to member;
"""


class Keys:
    """The server knows a shared secret and an EC key; honest clients have tokens by one or the other."""

    def __init__(self, directory, ec_tokens):
        self.ec = Key(directory, "ec", "ES256")
        secret = {"kty": "oct", "alg": "HS256", "k": part(utils.JWT_SECRET.encode()).decode()}
        self.jwks = json.dumps({"keys": [secret, self.ec.jwk]})
        self.shared_secret = [utils.make_token("member", sub=str(n)) for n in range(honest.CLIENTS)]
        self.signed = [self.ec.token({"role": "member", "exp": int(time.time()) + 36000, "nonce": n}) for n in range(ec_tokens)]

    def tokens(self, kind, phase):
        """Tokens of the honest clients; where tokens are attacked, some that the server has not seen in an earlier phase."""
        if kind.token_lasts > 1000:
            return self.shared_secret
        share = len(self.signed) // 3
        return self.signed[phase * share:(phase + 1) * share]


class Child:
    """A process that runs main(pipe, *arguments)."""

    def __init__(self, main, *arguments):
        fork = multiprocessing.get_context("fork")
        self.pipe, theirs = fork.Pipe()
        self.process = fork.Process(target=main, args=(theirs, *arguments), daemon=True)
        self.process.start()
        theirs.close()

    def told(self, word):
        """Says a word and returns what the process says next."""
        self.pipe.send(word)
        return self.result()

    def result(self):
        try:
            return self.pipe.recv()
        except EOFError:
            raise RuntimeError("a load process ended early") from None

    def end(self):
        self.process.kill()
        self.process.join()


class Sampled(threading.Thread):
    """A thread that calls sample() again and again while the block runs, until that returns false."""

    def __init__(self):
        super().__init__(daemon=True)
        self.ended = threading.Event()

    def run(self):
        while not self.ended.wait(SAMPLE_S) and self.sample():
            pass

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.join()


class BackendMemory(Sampled):
    """The largest private memory (anonymous pages) of any backend of the server, sampled."""

    def __init__(self, pg):
        super().__init__()
        self.postmaster, self.peak_kb = pg.pid, 0

    def sample(self):
        for pid in Path(f"/proc/{self.postmaster}/task/{self.postmaster}/children").read_text().split():
            with contextlib.suppress(OSError, AttributeError):
                self.peak_kb = max(self.peak_kb, self.anonymous_kb(pid))
        return True

    @staticmethod
    def anonymous_kb(pid):
        if b"erp_authenticator" not in Path(f"/proc/{pid}/cmdline").read_bytes():
            return 0
        return int(re.search(r"RssAnon:\s+(\d+)", Path(f"/proc/{pid}/status").read_text()).group(1))


def longest_iteration(server, histogram):
    """The bound of the histogram's highest bucket that has anything in it, as text; "-" without such a histogram."""
    below, longest = 0, "-"
    for name, labels, count in server.metrics().samples:
        if name.endswith(histogram + "_bucket"):
            if count > below:
                longest = labels["le"]
            below = 0 if labels["le"] == "+Inf" else count
    return longest


class Line:
    """What came of one kind of attack on one number of threads."""

    HEAD = ["threads", "attack", "p50 ms", "p99 alone", "p99 attacked", "failed", "server MB", "backend MB", "loop s, cpu s", "the attacker got", ""]

    def __init__(self, threads, kind):
        self.threads, self.kind = threads, kind
        self.before, self.attacked, self.after = (honest.Measured() for _ in range(3))
        self.server_mb = self.backend_mb = 0
        self.loop, self.loop_cpu, self.got, self.running = "-", "-", collections.Counter(), True

    def alone_ms(self, quantile):
        """Of the quieter phase: what an attack leaves behind must not become the measure for it."""
        return min(self.before.ms(quantile), self.after.ms(quantile))

    def failed_goals(self):
        p99_limit = max(P99_TIMES * self.alone_ms(0.99), P99_FLOOR_MS)
        goals = {"p99": self.attacked.ms(0.99) <= p99_limit,
                 "requests": not self.before.failures + self.attacked.failures + self.after.failures,
                 "server memory": self.server_mb <= SERVER_MB, "backend memory": self.backend_mb <= BACKEND_MB,
                 "loop": self.loop_cpu == "-" or float(self.loop_cpu) <= LOOP_CPU_S,
                 "the server ended": self.running}
        return [name for name, reached in goals.items() if not reached]

    def cells(self):
        failures = f"{counted(self.attacked.failures)} of {len(self.attacked.latencies)}"
        for phase, failed in (("before", self.before.failures), ("afterwards", self.after.failures)):
            failures += f"; {phase}: {counted(failed)}" if failed else ""
        goals = self.failed_goals()
        return [self.threads, self.kind, f"{self.alone_ms(0.5):.1f} / {self.attacked.ms(0.5):,.1f}", f"{self.alone_ms(0.99):.1f}",
                f"{self.attacked.ms(0.99):,.1f}", failures, f"{self.server_mb:,.0f}",
                f"{self.backend_mb:,.0f}", f"{self.loop}, {self.loop_cpu}", counted(self.got), f"FAIL: {', '.join(goals)}" if goals else "PASS"]


def counted(counter):
    return ", ".join(f"{key}: {value}" for key, value in counter.most_common()) or "0"


def row(cells):
    return f"| {' | '.join(map(str, cells))} |"


class Bench:
    def __init__(self, options, scratch, pg):
        self.options, self.scratch, self.pg = options, scratch, pg
        requests = options.rate * options.seconds / honest.CLIENTS
        fewest = min(kind.token_lasts for kind in attackers.KINDS.values())
        self.keys = Keys(scratch.path, 3 * honest.CLIENTS * (int(requests / fewest) + 2))

    def server(self, threads):
        return utils.Bobbin(self.scratch.path, self.pg, database="abuse", db_schemas="api", db_anon_role="guest", log_level="crit",
                            server_threads=threads, jwt_secret=self.keys.jwks)

    def honest_clients(self, server, kind, phase):
        child = Child(honest.main, server.port, self.keys.tokens(kind, phase), kind.token_lasts, self.options.rate, self.options.seconds)
        assert child.result() == "connected"
        return child

    def phase(self, server, kind, phase):
        clients = self.honest_clients(server, kind, phase)
        try:
            return clients.told("go")
        finally:
            clients.end()

    def attacked_phase(self, line, server, kind):
        """Honest clients are there before the attacker comes."""
        clients = self.honest_clients(server, kind, 1)
        source = "127.0.0.1" if self.options.same_address else "127.0.0.2"
        attacker = Child(attackers.main, line.kind, server.port, source)
        try:
            time.sleep(WARM_UP_S)
            line.attacked = clients.told("go")
            line.got = attacker.told("enough")
        finally:
            clients.end()
            attacker.end()

    def measure(self, threads, name):
        line, kind, server = Line(threads, name), attackers.KINDS[name], self.server(threads).start()
        try:
            line.before = self.phase(server, kind, 0)
            with BackendMemory(self.pg) as backends:
                self.attacked_phase(line, server, kind)
            line.backend_mb = backends.peak_kb / 1024
            line.running = server.running()
            if line.running:
                line.server_mb = peak_rss_kb(server.pid) / 1024
                line.loop = longest_iteration(server, "event_loop_iteration_seconds")
                line.loop_cpu = longest_iteration(server, "event_loop_iteration_cpu_seconds")
                time.sleep(SETTLE_S)
                line.after = self.phase(server, kind, 2)
        except (OSError, RuntimeError):  # nobody could connect
            line.after.failures["connect"] += 1
            line.running = server.running()
        finally:
            server.kill9()
        return line

    def run(self):
        lines = []
        for threads in self.options.threads:
            for kind in self.options.kinds:
                lines.append(self.measure(threads, kind))
                print(f"{threads} threads, {kind}: {lines[-1].cells()[-1]}", file=sys.stderr, flush=True)
        print(row(Line.HEAD), row(["---"] * len(Line.HEAD)), *(row(line.cells()) for line in lines), sep="\n")
        failed = sum(bool(line.failed_goals()) for line in lines)
        print(f"\n{len(lines) - failed} PASS, {failed} FAIL; {honest.CLIENTS} honest clients, {self.options.rate} requests/s, "
              f"{self.options.seconds} s each phase; p50 alone / attacked; attackers from "
              f"{'the same address' if self.options.same_address else '127.0.0.2'}.")
        return failed


FLAT = {
    "4 GB in rows of 1 MB, read at 20 MB/s": (attackers.request("GET", "/four_gigabytes", attackers.CLOSE), 20_000_000),
    "4 GB of a function in rows of 1 MB, read at 20 MB/s":
        (attackers.request("POST", "/rpc/wide_rows", attackers.JSON_BODY, b'{"count":4000}'), 20_000_000),
    "a function of 10 million rows": (attackers.request("POST", "/rpc/rows", attackers.JSON_BODY, b'{"count":10000000}'), None),
}


class ServerMemory(Sampled):
    """The largest resident size of the server, sampled; beyond `limit_mb` the server is ended, before the machine is."""

    def __init__(self, server, limit_mb=4096):
        super().__init__()
        self.server, self.limit_mb, self.peak_mb = server, limit_mb, 0

    def sample(self):
        if not self.server.running():
            return False
        self.peak_mb = max(self.peak_mb, rss_kb(self.server.pid) / 1024)
        if self.peak_mb > self.limit_mb:
            self.server.kill9()
        return True


def flat(bench):
    print(row(["response", "bytes", "s", "server MB", ""]), row(["---"] * 5), sep="\n")
    failed = 0
    for name, (data, rate) in FLAT.items():
        server = bench.server(2).start()
        target, start, size = attackers.Target(server.port, "127.0.0.1", collections.Counter()), time.monotonic(), 0
        try:
            with ServerMemory(server) as memory, contextlib.suppress(OSError):
                size = asyncio.run(attackers.once(target, data, rate))
        finally:
            server.kill9()
        whole = size > 300_000_000 and target.got["200"] == 1
        passed = whole and memory.peak_mb <= FLAT_MB
        failed += not passed
        verdict = "PASS" if passed else f"FAIL: {'memory' if whole else f'the response was cut or refused, {counted(target.got)}'}"
        print(row([name, f"{size:,}", f"{time.monotonic() - start:.0f}", f"{memory.peak_mb:,.0f}", verdict]), flush=True)
    return failed


def numbers(text):
    return [int(part) for part in text.split(",")]


def kinds(text):
    names = text.split(",")
    for name in names:
        if name not in attackers.KINDS:
            raise argparse.ArgumentTypeError(f"no such kind: {name}")
    return names


def main():
    epilog = "kinds:\n" + "\n".join(f"  {name:16} {kind.what}" for name, kind in attackers.KINDS.items())
    parser = argparse.ArgumentParser(prog="./dev bench abuse", description=__doc__, epilog=epilog,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kinds", type=kinds, default=list(attackers.KINDS), help="a comma-separated list")
    parser.add_argument("--threads", type=numbers, default=[1, 2, 8, 16], help="numbers of server threads, 1,2,8,16")
    parser.add_argument("--seconds", type=int, default=4, help="of each of the three phases")
    parser.add_argument("--rate", type=int, default=500, help="honest requests per second")
    parser.add_argument("--same-address", action="store_true", help="attackers come from the honest clients' address")
    parser.add_argument("--flat", action="store_true", help="large responses instead of attacks")
    options = parser.parse_args()
    scratch = utils.Scratch()
    pg = utils.Postgres(scratch.path, shared_buffers="256MB", max_connections=200)
    pg.initdb()
    pg.start()
    try:
        pg.prepare_roles()
        pg.new_database("abuse", sql=SCHEMA)
        pg.sql("vacuum analyze", database="abuse")
        bench = Bench(options, scratch, pg)
        sys.exit(1 if (flat(bench) if options.flat else bench.run()) else 0)
    finally:
        pg.stop("immediate")
        scratch.remove()


if __name__ == "__main__":
    main()
