"""The chaos test: everything at once, and every response is judged. `./dev test chaos [--minutes N] [--seed N]`

Some thirty clients in four processes (clients.py) read, write, call and pipeline as many callers, leave at any moment, send nonsense
and read slowly, while configuration and schema are reloaded, tables are changed and connections are killed (storms.py).

  warm     2 s without storms: every valid request is served; what memory and descriptors are, to compare with
  storm    N minutes: 503 with Retry-After is allowed, and 4xx on what is being changed
  settle   the storms are over; until the schema has not been read again for two seconds
  calm     every valid request is served again
  idle     the clients are gone: memory and descriptors are back

It prints TAP, and before it what the clients were answered. The seed makes each client's and each storm's sequence, not how
they meet. $BOBBIN names the program. SPDX-License-Identifier: ISC
"""

import argparse
import collections
import multiprocessing
import random
import sys
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / "integration"), str(Path(__file__).parent)]
import attack  # noqa: E402
import clients  # noqa: E402
import storms  # noqa: E402
import utils  # noqa: E402

PROCESSES = 4
WARM_S, SETTLE_S, CALM_S = 2, 2, 2
POOL = 20
RSS_SLACK_KB = 64 * 1024
PHASES = {clients.WARM: "warm", clients.STORM: "storm", clients.SETTLE: "settle", clients.CALM: "calm"}


class Report:
    """Checks as TAP lines."""

    def __init__(self):
        self.number = self.failed = 0

    def check(self, what, passed, detail=""):
        self.number += 1
        self.failed += not passed
        print(f"{'ok' if passed else 'not ok'} {self.number} - {what}", flush=True)
        if not passed and detail:
            print("\n".join(f"    {line}" for line in str(detail).splitlines()), flush=True)


class Found:
    """The tallies of all processes in one."""

    def __init__(self):
        self.statuses, self.faults = collections.Counter(), collections.Counter()
        self.examples, self.inserts = {}, []

    def add(self, tally):
        self.statuses += tally["statuses"]
        self.faults += tally["faults"]
        self.examples = {**tally["examples"], **self.examples}
        self.inserts += tally["inserts"]

    def print_statuses(self):
        for phase, name in PHASES.items():
            for_phase = collections.Counter()
            for (asked_in, request, what), count in self.statuses.items():
                if asked_in == phase:
                    for_phase[request if request in ("flipped", "half-closed", "leaver", "slow reader") else "valid", what] += count
            listing = ", ".join(f"{kind} {what}: {count}" for (kind, what), count in sorted(for_phase.items()))
            print(f"# {name}: {listing}")

    def responses(self):
        return sum(self.statuses.values())

    def faults_of(self, kind):
        return "\n".join(f"{count} x {short}\n  e.g. {self.examples[kind, short]}"
                         for (of, short), count in self.faults.most_common() if of == kind)


class Team:
    """The processes of clients, and the phase that they are in."""

    def __init__(self, port, seed):
        fork = multiprocessing.get_context("fork")
        self.phase = fork.Value("i", clients.WARM)
        self.members = []
        for number in range(PROCESSES):
            ours, theirs = fork.Pipe()
            process = fork.Process(target=clients.main, args=(theirs, port, seed, self.phase, number), daemon=True)
            process.start()
            theirs.close()
            self.members.append((process, ours))

    def end(self):
        """Their tallies."""
        self.phase.value = clients.END
        found = Found()
        for process, pipe in self.members:
            found.add(pipe.recv())
            process.join()
        return found

    def kill(self):
        for process, _ in self.members:
            process.kill()


def storm(pg, server, team, seconds, seed):
    """The phase between WARM and CALM; the storms that blew."""
    blowing = [kind(pg, server, "chaos", seed) for kind in storms.STORMS]
    team.phase.value = clients.STORM
    for each in blowing:
        each.start()
    end = time.monotonic() + seconds
    while time.monotonic() < end and server.running():
        time.sleep(0.1)
    for each in blowing:
        each.end()
    pg.sql("notify pgrst, 'reload schema'", database="chaos")
    team.phase.value = clients.SETTLE
    wait_for(lambda: has_settled(server), 60)
    return blowing


def has_settled(server):
    loads = server.metrics().value("schema_cache_loads_total")
    time.sleep(SETTLE_S)
    return server.metrics().value("schema_cache_loads_total") == loads


def lost_inserts(pg, found):
    """Acknowledged rows that are not there as they were sent, or anybody's that are there otherwise."""
    there = {key: rest for key, *rest in pg.sql("select id, owner, sub, note from api.owned where id > 24000", database="chaos")}
    return [(key, acknowledged, there.get(key)) for key, role, sub, note, acknowledged in found.inserts
            if (acknowledged or key in there) and there.get(key) != [role, sub, note]]


def is_back(server, files, rss):
    """Descriptors and memory as after the start; connections to the database come and go by themselves."""
    return server.open_files() <= files + POOL and (attack.SANITIZED or server.rss_kb() <= rss + RSS_SLACK_KB)


def wait_for(condition, seconds):
    try:
        return utils.wait_until(condition, seconds)
    except (AssertionError, OSError):
        return False


def judge(report, pg, server, found, blowing, before):
    report.check("the server lives", server.running(), server.log_text()[-6000:])
    report.check("the storms blew to the end", not any(s.failure for s in blowing), [repr(s.failure) for s in blowing])
    report.check(f"no bleed in {found.responses()} responses", not found.faults_of("bleed"), found.faults_of("bleed"))
    for kind in ("wrong response", "unexpected status", "refused in peace", "no response", "broken client"):
        report.check(f"none: {kind}", not found.faults_of(kind), found.faults_of(kind))
    lost = lost_inserts(pg, found)
    report.check(f"{sum(row[-1] for row in found.inserts)} acknowledged inserts are there", not lost, lost[:5])
    if server.running():
        report.check(f"descriptors and memory are back ({before[0]} files, {before[1]} kB before)",
                     wait_for(lambda: is_back(server, *before), 30), f"{server.open_kinds()}, {server.rss_kb()} kB")


def stop(report, server):
    try:
        status = server.stop(timeout=120)
        report.check("the server ends with 0 and its log has no report of a sanitizer", status == 0, f"status {status}")
    except AssertionError as error:
        report.check("the server ends with 0 and its log has no report of a sanitizer", False, error)


def chaos(scratch, pg, seconds, seed):
    """Runs it all on a cluster of its own, which is going to be hurt; the number of failed checks."""
    print(f"# seed {seed}, {seconds:.0f} s, {PROCESSES * len(clients.TEAM)} clients, {utils.binary()}", flush=True)
    pg.new_database("chaos", sql=Path(__file__).with_name("schema.sql"))
    server = utils.Bobbin(scratch, pg, database="chaos", db_schemas="api", db_anon_role="", db_pool=POOL, server_threads=2,
                          log_level="error").start()
    report, team = Report(), Team(server.port, seed)
    try:
        time.sleep(WARM_S)
        before = server.open_files(), server.rss_kb()
        blowing = storm(pg, server, team, seconds, seed)
        team.phase.value = clients.CALM
        time.sleep(CALM_S)
        found = team.end()
        found.print_statuses()
        print("# storms: " + ", ".join(f"{what}: {count}" for s in blowing for what, count in sorted(s.counts.items())))
        judge(report, pg, server, found, blowing, before)
        stop(report, server)
    finally:
        team.kill()
        server.kill9()
    return report.failed


def main():
    parser = argparse.ArgumentParser(prog="./dev test chaos", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=2)
    parser.add_argument("--seed", default=str(random.randrange(10 ** 6)))
    options = parser.parse_args()
    scratch = utils.Scratch()
    pg = utils.Postgres(scratch.path)
    pg.initdb()
    pg.start()
    try:
        pg.prepare_roles()
        failed = chaos(scratch.path, pg, options.minutes * 60, options.seed)
    finally:
        pg.stop("immediate")
        scratch.remove()
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
