"""The integration tests' machinery: a private PostgreSQL, a private Redis, bobbin itself, and ways to hurt them.

A test in ten lines (save it as test_example.py; run `./dev test integration` or
`BOBBIN=build/bobbin /usr/bin/python3 -m pytest test/integration/test_example.py`):

    def test_rows_of_my_own_schema(pg, make_bobbin):
        pg.new_database("shop", sql="create schema api; create table api.t(id int primary key);"
                                    "create role reader nologin; grant reader to erp_authenticator;"
                                    "grant usage on schema api to reader; grant select on api.t to reader;"
                                    "insert into api.t values (1), (2);")
        bobbin = make_bobbin(database="shop", db_schemas="api", db_anon_role="reader")
        answer = bobbin.get("/t?order=id")
        assert answer.json() == [{"id": 1}, {"id": 2}]
        assert bobbin.metrics().value("http_server_requests_total") >= 1

Fixtures (conftest.py): `pg` (cluster of this session; database `erp` migrated and seeded tiny; `pg.copy_of_erp(name)`
gives a copy to write to), `redis`, `bobbin` (the shared server on `erp`, anonymous role erp_viewer, only for tests
that leave it as it was), `make_bobbin(**config)` (a server of the test's own; underscores in names become dashes),
`make_proxy(upstream)`, `api` (a requests session of the shared server).

Everything a test starts is ended by its process id, and the kernel ends it if pytest itself is killed.

SPDX-License-Identifier: ISC
"""

import base64
import collections
import ctypes
import glob
import hashlib
import hmac
import json
import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg
import requests

from net import Closed, Proxy, RawHTTP, RawResponse, free_port, reset  # noqa: F401 (for the tests)

TOP = Path(__file__).resolve().parents[2]
JWT_SECRET = "integration-tests-only-secret-of-64-bytes-0123456789abcdef012345"
SANITIZER_REPORT = re.compile(r"ERROR: \w+Sanitizer|WARNING: ThreadSanitizer|runtime error:|CHECK failed|==\d+==ERROR")


def wait_until(condition, timeout=10, interval=0.02, what="the condition"):
    """Calls until the result is true and returns it; AssertionError after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not come about within {timeout} s")
        time.sleep(interval)


def make_token(role, secret=JWT_SECRET, **claims):
    """A JWT signed with HS256, valid for an hour unless `exp` says otherwise."""
    def part(data):
        return base64.urlsafe_b64encode(data).rstrip(b"=")

    claims = {"role": role, "exp": int(time.time()) + 3600, **claims}
    body = part(b'{"alg":"HS256","typ":"JWT"}') + b"." + part(json.dumps(claims).encode())
    return (body + b"." + part(hmac.new(secret.encode(), body, hashlib.sha256).digest())).decode()


def children(pid):
    """Process ids of the direct children."""
    found = []
    for stat in glob.glob("/proc/[0-9]*/stat"):
        try:
            fields = Path(stat).read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            found.append(int(stat.split("/")[2]))
    return found


def die_with_parent(sig):
    """For preexec_fn: the kernel sends `sig` when the thread that started us ends, however it ends."""
    libc = ctypes.CDLL(None)

    def call():
        libc.prctl(1, sig, 0, 0, 0)
    return call


class Process:
    """A program that a test owns. Output goes to the file `log_path`."""

    def __init__(self, log_path):
        self.log_path = Path(log_path)
        self.child = None

    def spawn(self, argv, death_signal=signal.SIGKILL, **options):
        assert self.child is None or self.child.poll() is not None, "already running"
        with open(self.log_path, "ab") as log:
            self.child = subprocess.Popen([str(a) for a in argv], stdin=subprocess.DEVNULL, stdout=log,
                                          stderr=subprocess.STDOUT, preexec_fn=die_with_parent(death_signal), **options)

    @property
    def pid(self):
        return self.child.pid

    def running(self):
        return self.child is not None and self.child.poll() is None

    def signal(self, sig):
        self.child.send_signal(sig)

    def wait(self, timeout=30):
        """Exit status; negative for a signal. Kills and raises when it does not end in time."""
        try:
            return self.child.wait(timeout)
        except subprocess.TimeoutExpired:
            self.signal(signal.SIGCONT)
            self.child.kill()
            self.child.wait()
            raise AssertionError(f"still running after {timeout} s:\n{self.log_text()[-4000:]}")

    def kill9(self):
        if self.running():
            self.child.kill()
            self.child.wait()

    def sigstop(self):
        self.signal(signal.SIGSTOP)

    def sigcont(self):
        self.signal(signal.SIGCONT)

    def log_text(self):
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    def rss_kb(self):
        """Resident memory in kB, now."""
        return self._status("VmRSS")

    def peak_rss_kb(self):
        return self._status("VmHWM")

    def _status(self, field):
        text = Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(rf"^{field}:\s+(\d+) kB", text, re.M).group(1))

    def open_files(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def open_kinds(self):
        """How many descriptors of which kind, TCP sockets by their state (proc(5), /proc/net/tcp): for a failure's message."""
        states = {}
        for table in ("tcp", "tcp6"):
            for line in Path(f"/proc/{self.pid}/net/{table}").read_text().splitlines()[1:]:
                fields = line.split()
                states[f"socket:[{fields[9]}]"] = f"{table} in state {fields[3]}"
        kinds = collections.Counter()
        for path in Path(f"/proc/{self.pid}/fd").iterdir():
            target = os.readlink(path)
            kinds[states.get(target, target.split(":")[0])] += 1
        return dict(kinds)


class Postgres(Process):
    """A cluster of the newest installed server in a directory of its own. Trust on the socket, whose directory is
    closed to other users; passwords on 127.0.0.1. As root, the server runs as the user postgres."""

    def __init__(self, directory, **settings):
        super().__init__(Path(directory) / "postgres.log")
        self.directory = Path(directory)
        self.data = self.directory / "pgdata"
        self.socket_dir = self.directory / "pgsock"
        self.port = free_port()
        self.settings = {
            "listen_addresses": "127.0.0.1", "port": self.port, "unix_socket_directories": str(self.socket_dir),
            "max_connections": 60, "shared_buffers": "64MB", "fsync": "off", "timezone": "UTC",
            "log_line_prefix": "%m [%p] %a ", **settings}
        servers = glob.glob("/usr/lib/postgresql/*/bin/postgres")
        assert servers, "no PostgreSQL server is installed"
        newest = max(servers, key=lambda path: int(path.split("/")[4]))
        self.bindir = Path(os.environ.get("PG_BINDIR", os.path.dirname(newest)))
        self.run_as = {}
        if os.getuid() == 0:
            user = pwd.getpwnam("postgres")
            self.run_as = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}

    @property
    def socket_path(self):
        return str(self.socket_dir / f".s.PGSQL.{self.port}")

    def initdb(self):
        for path in (self.data, self.socket_dir):
            path.mkdir(mode=0o700)
            if self.run_as:
                os.chown(path, self.run_as["user"], self.run_as["group"])
        subprocess.run([self.bindir / "initdb", "-D", self.data, "-U", "postgres", "-N", "-E", "UTF8", "--locale=C.UTF-8",
                        "--auth-local=trust", "--auth-host=scram-sha-256"],
                       check=True, stdout=subprocess.DEVNULL, cwd="/", **self.run_as)

    def start(self):
        options = [f"--{name}={value}" for name, value in self.settings.items()]
        # SIGQUIT lets the postmaster take its children along.
        self.spawn([self.bindir / "postgres", "-D", self.data, *options], death_signal=signal.SIGQUIT, cwd="/",
                   **self.run_as)
        self.wait_ready()

    def wait_ready(self, timeout=60):
        def ready():
            assert self.running(), f"PostgreSQL ended:\n{self.log_text()[-4000:]}"
            try:
                self.connect("postgres").close()
                return True
            except psycopg.OperationalError:
                return False
        wait_until(ready, timeout, what="PostgreSQL's start")

    def stop(self, mode="fast"):
        """smart waits for clients, fast ends their sessions, immediate is a crash that recovery mends."""
        if self.running():
            self.signal({"smart": signal.SIGTERM, "fast": signal.SIGINT, "immediate": signal.SIGQUIT}[mode])
            self.wait(60)

    def restart(self, mode="fast"):
        self.stop(mode)
        self.start()

    def kill9_backend(self, pid):
        """kill -9 of one backend: the postmaster ends all sessions and recovers, as after a crash."""
        os.kill(pid, signal.SIGKILL)

    def sigstop(self):
        """Freezes the postmaster and all backends: connections stay open, nothing answers."""
        for pid in [self.pid, *children(self.pid)]:
            self._signal(pid, signal.SIGSTOP)

    def sigcont(self):
        """Does nothing to a cluster that runs, or that has ended."""
        for pid in [*children(self.pid), self.pid] if self.running() else []:
            self._signal(pid, signal.SIGCONT)

    @staticmethod
    def _signal(pid, sig):
        try:
            os.kill(pid, sig)
        except ProcessLookupError:
            pass  # a backend that ended meanwhile

    def uri(self, database="erp", user="erp_authenticator", proxy=None):
        if proxy is not None:
            return f"postgresql://{user}@127.0.0.1:{proxy.port}/{database}?sslmode=disable&gssencmode=disable"
        return f"postgresql://{user}@/{database}?host={self.socket_dir}&port={self.port}"

    def connect(self, database="erp", user="postgres", **options):
        """A psycopg connection in autocommit mode."""
        return psycopg.connect(self.uri(database, user), **{"autocommit": True, **options})

    def sql(self, query, params=None, database="erp", user="postgres"):
        """Runs SQL (several statements when there are no params); the rows of the last one that has any."""
        with self.connect(database, user) as connection:
            cursor = connection.execute(query, params)
            rows = None
            while True:
                if cursor.description is not None:
                    rows = cursor.fetchall()
                if not cursor.nextset():
                    return rows

    def value(self, query, params=None, **where):
        """The first column of the first row."""
        return self.sql(query, params, **where)[0][0]

    def psql(self, *args, database="erp", user="postgres", stdin=None):
        """psql's output; for files, \\copy and the like. Stops at the first error."""
        run = subprocess.run([self.bindir / "psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", self.uri(database, user),
                              *args], input=stdin, capture_output=True, text=True)
        assert run.returncode == 0, run.stderr
        return run.stdout

    def backends(self, database="erp"):
        """pids of the backends that serve bobbin, that is the login role."""
        return [row[0] for row in self.sql("select pid from pg_stat_activity where datname = %s and usename = "
                                           "'erp_authenticator'", (database,), database="postgres")]

    def new_database(self, name, sql=None, template=None, owner="bobbin_owner"):
        """(Re)creates a database, empty or a copy of `template` (nobody may be connected to that), and runs `sql` in
        it as the superuser: text, or a Path to a file."""
        self.sql(f'drop database if exists "{name}" with (force)', database="postgres")
        suffix = f' template "{template}"' if template else ""
        self.sql(f'create database "{name}" owner {owner}{suffix}', database="postgres")
        if isinstance(sql, Path):
            self.psql("-f", str(sql), database=name)
        elif sql is not None:
            self.sql(sql, database=name)
        return name

    def copy_of_erp(self, name):
        """A database like the freshly seeded `erp`, to be written to."""
        return self.new_database(name, template="erp_template")

    def prepare_roles(self):
        """What an administrator does once before the first migration."""
        self.sql("create role bobbin_owner login createrole; create role erp_authenticator login noinherit;"
                 "grant erp_authenticator to bobbin_owner with admin option", database="postgres")


class Redis(Process):
    """A Redis of the test's own that keeps nothing on disk."""

    def __init__(self, directory):
        super().__init__(Path(directory) / "redis.log")
        self.directory = Path(directory)
        self.port = free_port()
        self.uri = f"redis://127.0.0.1:{self.port}/0"

    def start(self):
        self.spawn(["redis-server", "--port", self.port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
                    "--dir", self.directory, "--unixsocket", self.directory / "redis.sock"])

        def ready():
            assert self.running(), f"Redis ended:\n{self.log_text()}"
            try:
                return self.command("PING") == "PONG"
            except (OSError, Closed):
                return False
        wait_until(ready, what="Redis's start")

    def stop(self):
        if self.running():
            self.signal(signal.SIGCONT)
            self.signal(signal.SIGTERM)
            self.wait()

    def restart(self):
        self.stop()
        self.start()

    def command(self, *args):
        """One command: str, int, None or a list; RuntimeError for an error reply."""
        parts = [str(arg).encode() if not isinstance(arg, bytes) else arg for arg in args]
        request = b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(p), p) for p in parts)
        with RawHTTP(self.port) as connection:
            connection.send(request)
            return self._reply(connection)

    def _reply(self, connection):
        line = connection._line()
        kind, rest = line[:1], line[1:].decode()
        if kind == b"+":
            return rest
        if kind == b"-":
            raise RuntimeError(rest)
        if kind == b":":
            return int(rest)
        if kind == b"*":
            return [self._reply(connection) for _ in range(int(rest))]
        if int(rest) < 0:
            return None
        return connection._take(int(rest) + 2)[:-2].decode(errors="replace")


class Metrics:
    """One scrape of /metrics."""

    LINE = re.compile(r'^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)')
    LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')

    def __init__(self, text):
        self.text = text
        self.samples = []
        for line in text.splitlines():
            match = self.LINE.match(line)
            if match:
                name, labels, value = match.groups()
                self.samples.append((name, dict(self.LABEL.findall(labels or "")), float(value)))

    def value(self, name, **labels):
        """Sum of the samples of that name that have these labels; 0 when there are none."""
        return sum(value for sample, has, value in self.samples
                   if sample == name and all(has.get(k) == str(v) for k, v in labels.items()))

    def names(self):
        return {sample for sample, _, _ in self.samples}


def binary():
    """The program under test: $BOBBIN, or what `./dev build` makes."""
    path = Path(os.environ.get("BOBBIN", TOP / "build" / "bobbin"))
    return path if path.is_absolute() else TOP / path


def run_bobbin(*args, check=True, timeout=300, **env):
    """Runs a command of the program to its end; environment by keywords, e.g. BOBBIN_DB_URI=..."""
    run = subprocess.run([str(binary()), *map(str, args)], capture_output=True, text=True, timeout=timeout,
                         env={**os.environ, **env})
    assert not check or run.returncode == 0, f"bobbin {args} ended with {run.returncode}:\n{run.stdout}{run.stderr}"
    return run


class Bobbin(Process):
    """A server with a configuration file of its own. `get` and friends take paths below the base path (/api/v1)
    unless they begin with one of the server's own paths."""

    OWN = re.compile(r"/(api|auth|docs|livez|readyz|health|metrics)(/|\?|$)")

    def __init__(self, directory, pg, database="erp", redis=None, proxy=None, env=None, **config):
        self.directory = Path(tempfile.mkdtemp(prefix="bobbin-", dir=directory))
        super().__init__(self.directory / "bobbin.log")
        self.env = env or {}
        self.port = free_port()
        self.admin_port = free_port()
        self.scheme = "http"
        self.config = {
            "db-uri": pg.uri(database, proxy=proxy), "db-schemas": "erp", "db-anon-role": "erp_viewer",
            "jwt-secret": JWT_SECRET, "server-host": "127.0.0.1", "server-port": self.port,
            "admin-server-host": "127.0.0.1", "admin-server-port": self.admin_port,
            # No load balancer has to learn of the end, and every test would wait for it.
            "drain-delay": 0}
        if redis is not None:
            self.config["redis-uri"] = redis if isinstance(redis, str) else redis.uri
        self.set(**config)

    @property
    def config_path(self):
        return self.directory / "bobbin.conf"

    def set(self, **config):
        """Changes the file; None removes a key. A running server sees it at reload()."""
        for name, value in config.items():
            self.config[name.replace("_", "-")] = value
        lines = []
        for name, value in self.config.items():
            if value is None:
                continue
            if isinstance(value, bool):
                value = str(value).lower()
            elif not isinstance(value, int):
                escaped = str(value).replace("\\", "\\\\").replace('"', '\\"')
                value = f'"{escaped}"'
            lines.append(f"{name} = {value}\n")
        fresh = self.config_path.with_suffix(".new")
        fresh.write_text("".join(lines))
        fresh.chmod(0o600)
        fresh.replace(self.config_path)  # a reload at this moment sees the old one or the new one

    @property
    def url(self):
        return f"{self.scheme}://127.0.0.1:{self.port}"

    @property
    def admin_url(self):
        return f"http://127.0.0.1:{self.admin_port}"

    def start(self, wait=True, timeout=30):
        wrapper = os.environ.get("BOBBIN_WRAPPER", "").split()
        self.spawn([*wrapper, binary(), "serve", "-c", self.config_path], cwd=self.directory,
                   env={**os.environ, "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1", **self.env})
        if wait:
            self.wait_ready(timeout * (10 if wrapper else 1))
        return self

    def ready_status(self):
        """Status of /ready on the admin listener, None while nobody listens."""
        try:
            return requests.get(self.admin_url + "/ready", timeout=5).status_code
        except requests.RequestException:
            return None

    def wait_ready(self, timeout=30):
        def ready():
            assert self.running(), f"bobbin ended with {self.child.returncode}:\n{self.log_text()[-4000:]}"
            return self.ready_status() == 200
        wait_until(ready, timeout, what="bobbin's readiness")

    def stop(self, sig=signal.SIGTERM, timeout=30):
        """Ends it and returns the exit status. A report of a sanitizer or a failed CHECK fails the test."""
        if self.running():
            self.signal(signal.SIGCONT)
            self.signal(sig)
        status = self.wait(timeout) if self.child is not None else 0
        report = SANITIZER_REPORT.search(self.log_text())
        assert report is None, f"the server reported:\n{self.log_text()[report.start():][:6000]}"
        return status

    def reload(self):
        """SIGHUP: configuration and schema are read again. Does not wait."""
        self.signal(signal.SIGHUP)

    def request(self, method, path, token=None, role=None, **options):
        """requests' answer. `role` makes a token for that role, `token` sends one as it is."""
        if role is not None:
            token = make_token(role)
        headers = dict(options.pop("headers", None) or {})
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        base = self.url if self.OWN.match(path) else self.url + "/api/v1"
        return requests.request(method, base + path, headers=headers, **{"timeout": 30, "allow_redirects": False,
                                                                          **options})

    def get(self, path, **options):
        return self.request("GET", path, **options)

    def head(self, path, **options):
        return self.request("HEAD", path, **options)

    def post(self, path, **options):
        return self.request("POST", path, **options)

    def patch(self, path, **options):
        return self.request("PATCH", path, **options)

    def put(self, path, **options):
        return self.request("PUT", path, **options)

    def delete(self, path, **options):
        return self.request("DELETE", path, **options)

    def options(self, path, **options):
        return self.request("OPTIONS", path, **options)

    def raw(self, timeout=10):
        return RawHTTP(self.port, timeout=timeout)

    def admin(self, path, **options):
        return requests.get(self.admin_url + path, **{"timeout": 10, **options})

    def metrics(self):
        return Metrics(self.admin("/metrics").text)

    def log_lines(self):
        """The log so far; lines that are JSON as dicts, others as text."""
        lines = []
        for line in self.log_text().splitlines():
            try:
                lines.append(json.loads(line))
            except ValueError:
                lines.append(line)
        return lines

    def wait_log(self, pattern, timeout=10):
        return wait_until(lambda: re.search(pattern, self.log_text()), timeout, what=f"/{pattern}/ in the log")


class Scratch:
    """A directory under /tmp (short, for socket paths) that the user postgres can pass through. Its name has our
    process id, so that what a killed run left behind is removed by the next one."""

    def __init__(self):
        for left in Path(tempfile.gettempdir()).glob("bobbin-it-*"):
            owner = left.name.split("-")[2]
            if left.stat().st_uid == os.getuid() and not os.path.exists(f"/proc/{owner}"):
                shutil.rmtree(left, ignore_errors=True)
        self.path = Path(tempfile.mkdtemp(prefix=f"bobbin-it-{os.getpid()}-"))
        self.path.chmod(0o711)

    def remove(self):
        shutil.rmtree(self.path, ignore_errors=True)
