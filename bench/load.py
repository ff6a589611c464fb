"""Load and its measurement: pgbench, wrk, h2load, CPU and memory of a process. SPDX-License-Identifier: ISC"""

import os
import re
import subprocess
import tempfile
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid):
    """User and system time of a process with all its threads, and of children it has waited for."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def cpu_of_tree(pid):
    """The same for a process and its living children (nginx's workers)."""
    total = cpu_seconds(pid)
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            total += (int(fields[11]) + int(fields[12])) / TICKS
    return total


def peak_rss_kb(pid):
    return int(re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text()).group(1))


def rss_kb(pid):
    return int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text()).group(1))


def wrk_script(port, lua, connections, seconds):
    """One closed-loop run of a script: requests/s, how many there were, and how many answers were not 2xx."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(lua)
        script.flush()
        out = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "--latency", "-s",
                              script.name, f"http://127.0.0.1:{port}/"], capture_output=True, text=True, check=True).stdout
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", out).group(1))
    total = int(re.search(r"(\d+) requests in", out).group(1))
    errors = sum(int(n) for n in re.findall(r"(?:connect|read|write|timeout) (\d+)", out))
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
    return {"rate": rate, "total": total, "errors": errors + (int(bad.group(1)) if bad else 0)}


def wrk(port, paths, connections, seconds, headers=None):
    """One closed-loop run over the paths in turn. wrk has one thread: the server's loops are to have the other core."""
    lua = ["local r = {}"]
    for name, value in (headers or {}).items():
        lua.append(f'wrk.headers["{name}"] = "{value}"')
    lua.append("function init() " + " ".join(
        f'r[{i + 1}] = wrk.format("GET", "{path}")' for i, path in enumerate(paths)) + " end")
    lua.append(f"local i = 0 function request() i = i % {len(paths)} + 1 return r[i] end")
    return wrk_script(port, "\n".join(lua), connections, seconds)


def open_loop(port, path, rate, seconds, connections=64):
    """Requests at a given rate whatever the answers take (h2load): p50 and p99 in microseconds."""
    with tempfile.NamedTemporaryFile() as log:
        subprocess.run(["h2load", "--h1", "-t1", f"-c{connections}", f"--rps={rate / connections:.3f}", f"-D{seconds}",
                        f"--log-file={log.name}", f"http://127.0.0.1:{port}{path}"], capture_output=True, check=True)
        times = sorted(int(line.split()[2]) for line in Path(log.name).read_text().splitlines())
    if not times:
        return {"p50": 0, "p99": 0, "n": 0}
    return {"p50": times[len(times) // 2], "p99": times[len(times) * 99 // 100], "n": len(times)}


def pgbench(pg, sql, clients, seconds, role, pipeline=1):
    """Statements per second of one SQL text as prepared statements, as the role the server would take."""
    text = sql
    if pipeline > 1:
        variables = [line for line in sql.splitlines() if line.startswith("\\")]
        statement = "\n".join(line for line in sql.splitlines() if not line.startswith("\\"))
        text = "\n".join(variables) + "\n\\startpipeline\n" + "\n".join([statement] * pipeline) + "\n\\endpipeline\n"
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(text)
        script.flush()
        environment = {**os.environ, "PGOPTIONS": f"-c role={role}"}
        out = subprocess.run([pg.bindir / "pgbench", "-n", "-M", "prepared", "-f", script.name, f"-c{clients}", "-j2",
                              f"-T{seconds}", "-h", pg.socket_dir, "-p", str(pg.port), "-U", "erp_authenticator", "erp"],
                             capture_output=True, text=True, env=environment)
    if out.returncode != 0:
        raise RuntimeError(f"pgbench: {out.stderr}\n{text}")
    return float(re.search(r"tps = ([\d.]+)", out.stdout).group(1)) * pipeline


class Nginx:
    """Two workers that serve given bytes: what HTTP alone costs on this machine."""

    def __init__(self, directory, port, files):
        self.root = Path(directory) / "nginx"
        (self.root / "html").mkdir(parents=True)
        for name, body in files.items():
            (self.root / "html" / name).write_bytes(body)
        self.root.chmod(0o755)
        (self.root / "nginx.conf").write_text(f"""
worker_processes 2; pid {self.root}/pid; error_log {self.root}/error.log; daemon off;
events {{ worker_connections 4096; }}
http {{ access_log off; keepalive_requests 100000000; keepalive_timeout 300; default_type application/json;
  sendfile on; tcp_nopush on; open_file_cache max=100;
  client_body_temp_path {self.root}/b; proxy_temp_path {self.root}/p; fastcgi_temp_path {self.root}/f;
  uwsgi_temp_path {self.root}/u; scgi_temp_path {self.root}/s;
  server {{ listen 127.0.0.1:{port} backlog=4096; root {self.root}/html; }} }}
{"user root;" if os.getuid() == 0 else ""}
""")
        self.process = subprocess.Popen(["nginx", "-c", self.root / "nginx.conf", "-p", self.root])

    def stop(self):
        self.process.terminate()
        self.process.wait()
