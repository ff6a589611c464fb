"""bench reports: how long the ERP's first screens take. `./dev bench reports [--scale SCALE | --uri URI] [--runs N]`

One connection, the roles of those who look at them, each call several times after a first one that warms up. Reported, in
milliseconds of the wall: the quickest, the median and the slowest. A call whose median is above what docs/erp.md promises is marked
and fails the run. With --uri (a superuser's) the database is there already, vacuumed; else one is made, at the scale that is named.
SPDX-License-Identifier: ISC
"""

import argparse
import statistics
import sys
import time
from pathlib import Path

import psycopg

TOP = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TOP / "test" / "integration"))
import utils  # noqa: E402

ROLES = [("erp_viewer", '{"user_id": 9}'), ("erp_sales", '{"user_id": 3}'), ("erp_manager", '{"user_id": 2}')]
# The most that it may take, in milliseconds, and the call.
REPORTS = """
50: erp.dashboard_stats(30, '2026-01-01')
50: erp.dashboard_stats(365, '2026-01-01')
10: erp.low_stock() limit 20
10: erp.customer_order_history(BIGGEST)
10: erp.customer_order_history(BIGGEST, n => 100)
50: erp.sales_by_month('2025-01-01', '2025-12-31')
50: erp.sales_by_month('2023-01-01', '2025-12-31', 'week')
50: erp.sales_by_salesperson('2025-12-02', '2025-12-31')
50: erp.sales_by_salesperson('2025-01-01', '2025-12-31')
50: erp.top_products('2025-12-02', '2025-12-31')
50: erp.top_products('2025-01-01', '2025-12-31')
50: erp.top_products('2023-01-01', '2025-12-31')
"""


def measure(database, role, claims, call, runs):
    """Milliseconds of each run but the first."""
    times = []
    for _ in range(runs + 1):
        with database.transaction():
            database.execute("select set_config('role', %s, true), set_config('request.jwt.claims', %s, true)", (role, claims))
            started = time.perf_counter()
            database.execute(f"select * from {call}").fetchall()
            times.append((time.perf_counter() - started) * 1000)
    return times[1:]


def report(uri, runs):
    late = 0
    with psycopg.connect(uri, autocommit=True) as database:
        biggest, = database.execute("select customer_id from erp.sales_orders group by 1 order by count(*) desc, 1 limit 1").fetchone()
        print(f"{'least':>8} {'median':>8} {'most':>8}  ms")
        for role, claims in ROLES:
            for line in REPORTS.replace("BIGGEST", str(biggest)).strip().splitlines():
                limit, call = line.split(": ", 1)
                times = measure(database, role, claims, call, runs)
                middle = statistics.median(times)
                mark = f"  above {limit} ms" if middle > int(limit) else ""
                late += bool(mark)
                print(f"{min(times):8.2f} {middle:8.2f} {max(times):8.2f}  {role}: {call}{mark}", flush=True)
    return late


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", default="small", choices=["tiny", "small", "medium", "large"])
    parser.add_argument("--uri", help="connection string of a superuser, to a database that was migrated and seeded")
    parser.add_argument("--runs", type=int, default=15)
    options = parser.parse_args()
    if options.uri:
        return 1 if report(options.uri, options.runs) else 0
    scratch = utils.Scratch()
    pg = utils.Postgres(scratch.path)
    try:
        pg.initdb()
        pg.start()
        pg.prepare_roles()
        pg.new_database("erp")
        utils.run_bobbin("migrate", "up", BOBBIN_DB_URI=pg.uri("erp", "bobbin_owner"))
        utils.run_bobbin("seed", "--scale", options.scale, BOBBIN_DB_URI=pg.uri("erp", "bobbin_owner"), timeout=7200)
        pg.sql("vacuum analyze", database="erp")
        return 1 if report(pg.uri("erp", "postgres"), options.runs) else 0
    finally:
        pg.stop("immediate")
        scratch.remove()


if __name__ == "__main__":
    sys.exit(main())
