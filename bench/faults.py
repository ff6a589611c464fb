"""bench faults: how soon the full rate is back after the database was hurt. `./dev bench faults [--rounds N]`

Six clients read rows by key and check every answer. The rate before is that of two seconds; it is back when half a second has
three quarters of it: the clients themselves are not steadier. Time counts from the moment at which PostgreSQL answers again.
SPDX-License-Identifier: ISC
"""

import argparse
import statistics
import sys
import time
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TOP / "test" / "integration")]
import utils  # noqa: E402
from test_faults import SCHEMA, Load, is_answering, steady  # noqa: E402

FROZEN_S = 10


def kill_a_backend(pg):
    pg.kill9_backend(pg.backends()[0])
    time.sleep(0.2)
    utils.wait_until(lambda: is_answering(pg), 30, what="recovery")


def freeze(pg):
    pg.sigstop()
    time.sleep(FROZEN_S)
    pg.sigcont()


FAULTS = {
    "kill -9 of a backend": kill_a_backend,
    "restart, fast": lambda pg: pg.restart("fast"),
    "restart, immediate": lambda pg: pg.restart("immediate"),
    f"SIGSTOP for {FROZEN_S} s": freeze,
}


def seconds_to_recover(load, before):
    start = time.monotonic()
    while load.rate(time.monotonic() - 0.5, time.monotonic()) < 0.75 * before:
        assert time.monotonic() - start < 60, "the rate does not come back"
        time.sleep(0.01)
    return max(time.monotonic() - start - 0.5, 0)


def measure(pg, server, fault):
    load = Load(server)
    before = steady(load)
    fault(pg)
    seconds = seconds_to_recover(load, before)
    load.stop()  # fails when any answer was wrong
    return before, seconds, sum(status == 503 for _, status in load.counts)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    scratch = utils.Scratch()
    pg = utils.Postgres(scratch.path)
    pg.initdb()
    pg.start()
    server = None
    try:
        pg.prepare_roles()
        pg.new_database("erp", sql=SCHEMA)
        server = utils.Bobbin(scratch.path, pg, db_schemas="api", db_anon_role="reader", log_level="crit").start()
        print("| fault | rate before /s | s until it is back (longest) | answers with 503 | wrong answers |\n|---|---|---|---|---|")
        for name, fault in FAULTS.items():
            runs = [measure(pg, server, fault) for _ in range(options.rounds)]
            rate, seconds, refused = (statistics.median(column) for column in zip(*runs))
            print(f"| {name} | {rate:,.0f} | {seconds:.1f} ({max(run[1] for run in runs):.1f}) | {refused:.0f} | 0 |", flush=True)
    finally:
        if server:
            server.stop()
        pg.sigcont()
        pg.stop("immediate")
        scratch.remove()


if __name__ == "__main__":
    main()
