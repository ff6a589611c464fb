"""bench core: what the server reaches of what database and kernel allow. `./dev bench core [--rounds N] [--seconds S]`

A page of 20 rows and a row by key, uncached, as anonymous caller with role and claims, against
  P1  pgbench with the very SQL that the server sends (taken from PostgreSQL's log), best of 2, 4, 8, 16 clients
  P1r P1 with the statement that sets role and claims before it, in the same pipeline and transaction: what bobbin asks
  P2  P1's statement, 16 of them a round trip
  N1  nginx with two workers serving the very bytes of the answer
Rounds are interleaved; figures are medians. SPDX-License-Identifier: ISC
"""

import argparse
import datetime
import platform
import re
import socket
import statistics
import subprocess
import sys
import time
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TOP / "test" / "integration"), str(TOP / "bench")]
import utils  # noqa: E402
from chart import bars  # noqa: E402
from load import Nginx, cpu_of_tree, cpu_seconds, open_loop, peak_rss_kb, pgbench, rss_kb, wrk  # noqa: E402

COLUMNS = "id,sku,name,description,kind,category_id,unit_code,sale_price,currency_code,is_active,minimum_stock,created_at,updated_at"
KEYS = 500
SET_ROLE = ("SELECT WHERE pg_catalog.set_config('role','erp_viewer',true) IS NULL OR "
            "pg_catalog.set_config('request.jwt.claims','{\"role\":\"erp_viewer\"}',true) IS NULL;")


def scenarios(pg, columns):
    ids = [row[0] for row in pg.sql("select id from erp.products order by hashint8(id) limit %s", (KEYS,))]
    last = max(ids)
    starts = [i for i in ids if i < last - 40]
    return {
        "page of 20 rows": [f"/api/v1/products?select={columns}&id=gt.{i}&order=id&limit=20" for i in starts],
        "row by key": [f"/api/v1/products?select={columns}&id=eq.{i}" for i in ids],
    }


def captured_sql(pg, bobbin, path):
    """The statement that the server sends for path, from PostgreSQL's log, with pgbench variables as parameters."""
    pg.sql("alter role erp_authenticator set log_statement = 'all'")
    bobbin.stop()
    bobbin.start()
    mark = len(pg.log_text())
    bobbin.get(path.removeprefix("/api/v1"))
    log = utils.wait_until(lambda: re.search(r'execute [^:]*: (SELECT t.*?)\n[^\n]*DETAIL:  parameters: ([^\n]*)',
                                             pg.log_text()[mark:], re.S | re.I), what="the statement in the log")
    pg.sql("alter role erp_authenticator reset log_statement")
    sql, values = log.group(1), re.findall(r"\$(\d+) = '([^']*)'", log.group(2))
    settings = [f"\\set p{number} {value}" if value.lstrip("-").isdigit() else f"\\set p{number} '{value}'"
                for number, value in values]
    return "\n".join([*settings, re.sub(r"\$(\d+)", r":p\1", sql) + ";", ""])


def randomised(sql, paths):
    """The key varies as it does in the requests: the parameter that equals the first path's becomes random."""
    key = re.search(r"id=(?:gt|eq)\.(\d+)", paths[0]).group(1)
    keys = [int(re.search(r"id=(?:gt|eq)\.(\d+)", path).group(1)) for path in paths]
    return re.sub(rf"\\set (p\d+) {key}$", rf"\\set \1 random({min(keys)}, {max(keys)})", sql, count=1, flags=re.M)


def with_role(sql):
    """P1r: role and claims, then the statement, in one pipeline and so in one transaction."""
    lines = sql.splitlines()
    settings = [line for line in lines if line.startswith("\\set")]
    statement = [line for line in lines if line and not line.startswith("\\set")]
    return "\n".join([*settings, "\\startpipeline", SET_ROLE, *statement, "\\endpipeline", ""])


def measured(server_pid, cpu, run):
    before, started = cpu(server_pid), time.monotonic()
    result = run()
    result["cpu_us"] = (cpu(server_pid) - before) / max(result["total"], 1) * 1e6
    result["seconds"] = time.monotonic() - started
    return result


def idle_bytes(bobbin, path, n=1000):
    """Growth of the server's memory by one connection that has been used once and is idle."""
    def connect():
        s = socket.create_connection(("127.0.0.1", bobbin.port))
        s.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        s.recv(65536)
        return s
    warm = [connect() for _ in range(50)]
    time.sleep(1)
    before = rss_kb(bobbin.pid)
    held = [connect() for _ in range(n)]
    time.sleep(1)
    grown = rss_kb(bobbin.pid) - before
    for s in warm + held:
        s.close()
    return grown * 1024 / n


def median(rows, key):
    return statistics.median(row[key] for row in rows)


def run(options):
    scratch = utils.Scratch()
    pg = utils.Postgres(scratch.path, shared_buffers="256MB", fsync="on", max_connections=100)
    pg.initdb()
    pg.start()
    bobbin = nginx = None
    try:
        pg.prepare_roles()
        pg.new_database("erp")
        owner = pg.uri("erp", "bobbin_owner")
        utils.run_bobbin("migrate", "up", BOBBIN_DB_URI=owner)
        utils.run_bobbin("seed", "--scale", "small", BOBBIN_DB_URI=owner, timeout=900)
        pg.sql("vacuum analyze", database="erp")
        pg.sql("checkpoint", database="erp")
        bobbin = utils.Bobbin(scratch.path, pg, db_max_rows=100)
        bobbin.start()
        cases = scenarios(pg, options.columns)
        sql = {name: randomised(captured_sql(pg, bobbin, paths[0]), paths) for name, paths in cases.items()}
        bobbin.stop()
        bobbin.start()
        bytes_of = {name: bobbin.get(paths[0].removeprefix("/api/v1")).content for name, paths in cases.items()}
        nginx_port = utils.free_port()
        nginx = Nginx(scratch.path, nginx_port, {str(i): bytes_of[name] for i, name in enumerate(cases)})
        time.sleep(0.5)
        return measure(options, pg, bobbin, nginx, nginx_port, cases, sql, bytes_of)
    finally:
        if nginx:
            nginx.stop()
        if bobbin:
            bobbin.stop()
        pg.stop()
        scratch.remove()


def measure(options, pg, bobbin, nginx, nginx_port, cases, sql, bytes_of):
    table = []
    for number, (name, paths) in enumerate(cases.items()):
        best = max((2, 4, 8, 16), key=lambda c: pgbench(pg, sql[name], c, 2, "erp_viewer"))
        wrk(bobbin.port, paths, 64, 2)
        rows = {"p1": [], "p1r": [], "p2": [], "n1": [], "bobbin": [], "many": []}
        for _ in range(options.rounds):
            rows["p1"].append({"rate": pgbench(pg, sql[name], best, options.seconds, "erp_viewer")})
            rows["p1r"].append({"rate": pgbench(pg, with_role(sql[name]), best, options.seconds, "erp_viewer")})
            rows["bobbin"].append(measured(bobbin.pid, cpu_seconds, lambda: wrk(bobbin.port, paths, 64, options.seconds)))
            rows["p2"].append({"rate": pgbench(pg, sql[name], best, options.seconds, "erp_viewer", 16)})
            rows["many"].append(measured(bobbin.pid, cpu_seconds, lambda: wrk(bobbin.port, paths, 1000, options.seconds)))
            rows["n1"].append(measured(nginx.process.pid, cpu_of_tree,
                                       lambda: wrk(nginx_port, [f"/{number}"], 64, options.seconds)))
        rate = median(rows["bobbin"], "rate")
        latency = [open_loop(bobbin.port, paths[0], 0.7 * rate, options.seconds) for _ in range(3)]
        table.append({
            "name": name, "bytes": len(bytes_of[name]), "clients": best,
            **{key: median(rows[key], "rate") for key in rows},
            "role_ratio": statistics.median(b["rate"] / p["rate"] for b, p in zip(rows["bobbin"], rows["p1r"])),
            "ratio": statistics.median(b["rate"] / p["rate"] for b, p in zip(rows["bobbin"], rows["p1"])),
            "many_ratio": statistics.median(m["rate"] / b["rate"] for m, b in zip(rows["many"], rows["bobbin"])),
            "cpu": median(rows["bobbin"], "cpu_us"), "n1_cpu": median(rows["n1"], "cpu_us"),
            "p50": median(latency, "p50"), "p99": median(latency, "p99"),
            "errors": sum(r["errors"] for key in ("bobbin", "many") for r in rows[key]),
        })
    extra = {"peak_kb": peak_rss_kb(bobbin.pid)}
    bobbin.stop()
    bobbin.start()  # memory that the load has left behind would hide what connections take
    extra["idle"] = idle_bytes(bobbin, cases["row by key"][0])
    return table, extra, sql


def report(options, table, extra, sql):
    out = Path(options.out)
    out.mkdir(parents=True, exist_ok=True)
    cpu = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    version = subprocess.run([utils.binary(), "version"], capture_output=True, text=True).stdout.splitlines()[0]
    lines = [f"# bench core, {datetime.date.today().isoformat()}", "",
             f"{version}; {cpu.group(1) if cpu else platform.machine()}, {len(__import__('os').sched_getaffinity(0))} cores shared "
             f"by server, PostgreSQL and load generator; medians of {options.rounds} interleaved runs of {options.seconds} s; "
             "wrk -t1 -c64; P1, P2: pgbench -M prepared of the same SQL.", "",
             "| scenario | bytes | P1 /s | P1r /s | P2 /s | nginx /s | bobbin /s | x P1 | x P1r | server CPU us | nginx CPU us | 1,000 conns | p50 us | p99 us | errors |",
             "|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|"]
    for row in table:
        lines.append("| {name} | {bytes} | {p1:,.0f} | {p1r:,.0f} | {p2:,.0f} | {n1:,.0f} | {bobbin:,.0f} | {ratio:.2f} | {role_ratio:.2f} | {cpu:.1f} | {n1_cpu:.1f} | "
                     "{many_ratio:.2f} x | {p50:,.0f} | {p99:,.0f} | {errors} |".format(**row))
    lines += ["", "p50 and p99: open loop at 70 % of the measured rate (h2load --rps).",
              f"Peak RSS of the server {extra['peak_kb'] / 1024:.1f} MB; an idle keep-alive connection {extra['idle'] / 1024:.1f} kB.",
              "", "## The statements", ""]
    for name, text in sql.items():
        lines += [f"{name}:", "", "```sql", text.strip(), "```", ""]
    text = "\n".join(lines)
    (out / "core.md").write_text(text + "\n")
    (out / "core.svg").write_text(bars("bench core: requests per second", [
        (row["name"], [("pgbench", row["p1"]), ("with role and claims", row["p1r"]), ("pgbench pipelined", row["p2"]), ("nginx, same bytes", row["n1"]),
                       ("bobbin", row["bobbin"])]) for row in table]))
    print(text)
    print(f"\nwritten: {out}/core.md, {out}/core.svg")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--columns", default=COLUMNS)
    parser.add_argument("--out", default=str(TOP / "bench" / "results"))
    options = parser.parse_args()
    report(options, *run(options))


if __name__ == "__main__":
    main()
