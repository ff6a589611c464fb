"""bench seed: how long demo data takes, and whether it adds up. `./dev bench seed [--scale SCALE]`

A database of its own, with the settings of ./dev run, is migrated and filled by `bobbin seed`; reported are the seconds of each kind of step
(those of the two lanes pass side by side), the rows that are there then, the size, the CPU time of PostgreSQL, and how long
erp.check_integrity() takes; one violation fails the run. SPDX-License-Identifier: ISC
"""

import argparse
import collections
import os
import re
import sys
import time
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TOP / "test" / "integration"))
import utils  # noqa: E402

# Those of tools/services.sh: a newcomer's database.
SETTINGS = {"shared_buffers": "256MB", "max_wal_size": "4GB", "maintenance_work_mem": "256MB", "wal_level": "minimal",
            "max_wal_senders": 0, "max_connections": 50, "fsync": "on"}
STEP = re.compile(r"^(.+?) +(\d+) rows +(\d+) ms$", re.MULTILINE)


def cpu_seconds(pid):
    """Of the server and of those of its processes that have ended."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return sum(int(n) for n in fields[11:15]) / os.sysconf("SC_CLK_TCK")


def print_steps(text):
    totals = collections.Counter()
    for name, _, ms in STEP.findall(text):
        totals[name] += int(ms)
    for name, ms in totals.items():
        print(f"{ms / 1000:8.1f} s  {name}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", default="medium", choices=["tiny", "small", "medium", "large"])
    options = parser.parse_args()
    scratch = utils.Scratch()
    pg = utils.Postgres(scratch.path, **SETTINGS)
    try:
        pg.initdb()
        pg.start()
        pg.prepare_roles()
        pg.new_database("erp")
        owner = pg.uri("erp", "bobbin_owner")
        utils.run_bobbin("migrate", "up", BOBBIN_DB_URI=owner)
        started, before = time.monotonic(), cpu_seconds(pg.pid)
        seed = utils.run_bobbin("seed", "--scale", options.scale, BOBBIN_DB_URI=owner, timeout=6 * 3600)
        took = time.monotonic() - started
        time.sleep(1)  # a process that has not ended does not count yet
        cpu = cpu_seconds(pg.pid) - before
        print_steps(seed.stdout + seed.stderr)
        (rows, size), = pg.sql("select (select sum(n_live_tup) from pg_stat_user_tables where schemaname in ('erp', 'erp_private'))::bigint,"
                               " pg_size_pretty(pg_database_size('erp'))", database="erp")
        print(f"{options.scale}: {rows} rows, {size}, in {took:.0f} s; CPU of PostgreSQL {cpu:.0f} s", flush=True)
        started = time.monotonic()
        (checks, bad), = pg.sql("select count(*), count(*) filter (where bad_count <> 0) from erp.check_integrity()", database="erp")
        print(f"check_integrity: {checks} checks, {bad} of them bad, in {time.monotonic() - started:.0f} s")
        return 1 if bad else 0
    finally:
        pg.stop("immediate")
        scratch.remove()


if __name__ == "__main__":
    sys.exit(main())
