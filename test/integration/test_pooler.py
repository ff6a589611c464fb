"""Behind PgBouncer with pool_mode = transaction, where each transaction may run on another backend: never a wrong row,
and a warning that says what does not work. $BOBBIN_POOLER_REQUESTS sets how many are sent (5000).

SPDX-License-Identifier: ISC"""

import collections
import os
import pwd
import shutil
import threading

import psycopg
import pytest
import requests
import utils
from utils import wait_until

ROWS = 50
TABLES = ("ant", "bee", "cat")
SCHEMA = """
do $$ begin
  if not exists (select from pg_roles where rolname = 'pooled') then
    create role pooled nologin; grant pooled to erp_authenticator;
  end if;
end $$;
create schema api; grant usage on schema api to pooled;
""" + "".join(f"""
create table api.{name}(id int primary key, own text, n int);
insert into api.{name} select i, '{name} ' || i, 0 from generate_series(1, {ROWS}) i;
grant select, update on api.{name} to pooled;
create function api.{name}_of(i int) returns text language sql stable as $$ select own from api.{name} where id = i $$;
""" for name in TABLES)


class PgBouncer(utils.Process):
    def __init__(self, directory, pg, mode):
        self.directory = directory
        super().__init__(directory / "pgbouncer.log")
        self.port = utils.free_port()
        (directory / "users.txt").write_text('"erp_authenticator" ""\n')
        (directory / "pgbouncer.ini").write_text(
            f"[databases]\n* = host={pg.socket_dir} port={pg.port}\n[pgbouncer]\nlisten_addr = 127.0.0.1\n"
            f"listen_port = {self.port}\nunix_socket_dir =\nauth_type = trust\nauth_file = {directory}/users.txt\n"
            f"pool_mode = {mode}\ndefault_pool_size = 4\n")
        options = {}
        if os.getuid() == 0:
            user = pwd.getpwnam("postgres")
            options = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        program = shutil.which("pgbouncer") or "/usr/sbin/pgbouncer"
        self.spawn([program, directory / "pgbouncer.ini"], cwd="/", **options)
        wait_until(self.answers, what="PgBouncer's start")

    def answers(self):
        assert self.running(), self.log_text()
        try:
            psycopg.connect(f"postgresql://erp_authenticator@127.0.0.1:{self.port}/pooled").close()
            return True
        except psycopg.OperationalError:
            return False


@pytest.fixture
def bouncer(pg, scratch, tmp_path_factory):
    pg.new_database("pooled", sql=SCHEMA)
    made = []

    def make(mode):
        directory = scratch / f"pgbouncer-{mode}"
        directory.mkdir(exist_ok=True)
        made.append(PgBouncer(directory, pg, mode))
        return made[-1]

    yield make
    for process in made:
        process.kill9()


class Load:
    """Mixed requests whose every answer says which table and row it is about."""

    def __init__(self, server, total, threads=4):
        self.server = server
        self.wrong = collections.Counter()
        self.threads = [threading.Thread(target=self.run, args=(seed, total // threads)) for seed in range(threads)]
        for thread in self.threads:
            thread.start()
        for thread in self.threads:
            thread.join()

    def run(self, seed, total):
        kinds = (self.row, self.some, self.list, self.call, self.change)
        with requests.Session() as session:
            for i in range(total):
                kinds[i % 7 % len(kinds)](session, TABLES[(i + seed) % len(TABLES)], (i * 7 + seed) % ROWS + 1)

    def check(self, answer, expected):
        if answer.status_code != 200 or answer.json() != expected:
            self.wrong[answer.request.method, answer.request.url.split("?")[0], answer.status_code, answer.text[:200]] += 1

    def url(self, path):
        return f"{self.server.url}/api/v1{path}"

    def row(self, session, table, key):
        answer = session.get(self.url(f"/{table}?id=eq.{key}&select=id,own"), timeout=60)
        self.check(answer, [{"id": key, "own": f"{table} {key}"}])

    def some(self, session, table, key):
        answer = session.get(self.url(f"/{table}?id=eq.{key}&select=own"), timeout=60)
        self.check(answer, [{"own": f"{table} {key}"}])

    def list(self, session, table, key):
        answer = session.get(self.url(f"/{table}?id=gte.{key}&order=id&limit=2&select=own"), timeout=60)
        self.check(answer, [{"own": f"{table} {i}"} for i in range(key, min(key + 1, ROWS) + 1)])

    def call(self, session, table, key):
        answer = session.post(self.url(f"/rpc/{table}_of"), json={"i": key}, timeout=60)
        self.check(answer, f"{table} {key}")

    def change(self, session, table, key):
        answer = session.patch(self.url(f"/{table}?id=eq.{key}&select=own"), json={"n": key},
                               headers={"Prefer": "return=representation"}, timeout=60)
        self.check(answer, [{"own": f"{table} {key}"}])


def test_transactions_are_pooled(bouncer, make_bobbin):
    server = make_bobbin(database="pooled", proxy=bouncer("transaction"), db_schemas="api", db_anon_role="pooled")
    load = Load(server, int(os.environ.get("BOBBIN_POOLER_REQUESTS", 5000)))
    assert not load.wrong
    server.wait_log("a pooler gives each transaction another connection")
    prepared = server.metrics().value("db_client_prepares_total")
    assert not Load(server, 200).wrong
    assert server.metrics().value("db_client_prepares_total") - prepared < 50, "it goes on preparing"
    assert server.log_text().count("a pooler gives each") == 1


def test_sessions_are_pooled(bouncer, make_bobbin):
    """Everything works there, and nothing is said."""
    server = make_bobbin(database="pooled", proxy=bouncer("session"), db_schemas="api", db_anon_role="pooled",
                         server_threads=1, db_exclusive_connections=2)
    assert not Load(server, 500, threads=2).wrong
    assert "a pooler gives each" not in server.log_text()
