"""Section 1.13 of the dialect, reloads: SIGUSR2, SIGHUP and NOTIFY take over what is marked reloadable, without stopping
anybody; the database's own settings come last but one; what is wrong changes nothing.

SPDX-License-Identifier: ISC
"""

import os
import signal
import threading
import time

import psycopg
import pytest

import utils
from utils import make_token, wait_until

SCHEMA = """
create schema one; create schema two;
create table one.items (id int primary key); insert into one.items select generate_series(1, 20);
create table two.other (id int primary key); insert into two.other values (7);
grant usage on schema one, two to {role}; grant select on all tables in schema one, two to {role};
"""


@pytest.fixture
def database(pg):
    """A database of the test's own; what was set for the login role is taken back."""
    pg.new_database("reloads", sql="do $$ begin create role reload_reader nologin; exception when duplicate_object then null; end $$;"
                                   "grant reload_reader to erp_authenticator;" + SCHEMA.format(role="reload_reader"))
    yield "reloads"
    pg.sql("alter role erp_authenticator in database reloads reset all; alter role erp_authenticator reset all",
           database="postgres")


@pytest.fixture
def server(make_bobbin, database):
    return make_bobbin(database=database, db_schemas="one", db_anon_role="reload_reader", log_level="info", server_threads=2)


def rows(server, path="/items"):
    answer = server.get(path)
    return len(answer.json()) if answer.status_code < 300 else answer.status_code


@pytest.mark.parametrize("how", ["SIGUSR2", "SIGHUP", "NOTIFY 'reload config'", "NOTIFY"])
def test_reload(pg, server, database, how):
    assert rows(server) == 20
    server.set(db_max_rows=5)
    if how == "NOTIFY":
        pg.sql("notify pgrst", database=database)
    elif how.startswith("NOTIFY"):
        pg.sql("notify pgrst, 'reload config'", database=database)
    else:
        server.signal(getattr(signal, how))
    wait_until(lambda: all(rows(server) == 5 for _ in range(6)), what="the new db-max-rows on every thread")


def test_sigusr1_reads_the_schema_but_not_the_configuration(pg, server, database):
    server.set(db_max_rows=5)
    pg.sql("create table one.late (id int); grant select on one.late to reload_reader", database=database)
    assert rows(server, "/late") == 404
    server.signal(signal.SIGUSR1)
    wait_until(lambda: rows(server, "/late") == 0, what="the new table")
    assert rows(server) == 20


def test_bad_file_keeps_the_old_configuration_and_says_why(server):
    server.set(db_max_rows=5, db_tx_end="perhaps")
    server.signal(signal.SIGUSR2)
    server.wait_log("db-tx-end must be one of commit")
    server.wait_log("previous one stays")
    assert rows(server) == 20
    server.set(db_tx_end="commit", jwt_secret="short")
    server.signal(signal.SIGUSR2)
    server.wait_log("jwt-secret must have 32 characters")
    assert rows(server) == 20
    server.set(jwt_secret=None)
    server.signal(signal.SIGUSR2)
    wait_until(lambda: rows(server) == 5, what="the good file")


def test_what_needs_a_restart_is_said_and_stays(server):
    server.set(server_backlog=77, server_name="other", db_max_rows=3)
    server.signal(signal.SIGUSR2)
    server.wait_log("a restart is needed: server-backlog, server-name")
    wait_until(lambda: rows(server) == 3)
    assert server.get("/items").headers["Server"] == "bobbin"


def test_new_secret_and_anonymous_role(server):
    other = "another-secret-that-is-long-enough-0123456789"
    token = make_token("reload_reader", secret=other)
    assert server.get("/items", token=token).status_code == 401
    server.set(jwt_secret=other, db_anon_role=None)
    server.signal(signal.SIGUSR2)
    wait_until(lambda: server.get("/items", token=token).status_code == 200)
    wait_until(lambda: all(server.get("/items").status_code == 401 for _ in range(6)))


def test_db_schemas_change_with_the_catalog(server):
    server.set(db_schemas="two,one")
    server.signal(signal.SIGUSR2)
    wait_until(lambda: rows(server, "/other") == 1, what="the new default schema")
    assert server.get("/items", headers={"Accept-Profile": "one"}).status_code == 200


def test_db_channel(pg, server, database):
    server.set(db_channel="renamed")
    server.signal(signal.SIGUSR2)
    wait_until(lambda: "renamed" in {query.split('"')[-2] for query, in pg.sql(
        "select query from pg_stat_activity where datname = %s and query like 'listen%%'", (database,))})
    server.set(db_max_rows=4)
    pg.sql("notify renamed, 'reload config'", database=database)
    wait_until(lambda: rows(server) == 4)


def test_nobody_is_stopped(server):
    """Requests go on while configurations and catalogs come and go; each sees one of them."""
    wrong, stop = [], threading.Event()

    def ask():
        while not stop.is_set():
            with server.raw() as http:
                for _ in range(20):
                    answer = http.get("/api/v1/items")
                    if answer.status != 200 or answer.body.count(b"id") not in (5, 20):
                        wrong.append((answer.status, answer.body[:200]))
    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for i in range(12):
        server.set(db_max_rows=5 if i % 2 else 0, db_schemas="one,two" if i % 3 else "one")
        server.signal((signal.SIGUSR2, signal.SIGHUP)[i % 2])
        stop.wait(0.15)
    stop.set()
    for thread in threads:
        thread.join()
    assert not wrong, wrong[:5]


def test_db_config_role_settings(pg, server, database):
    """Of this database before those of all databases; both before file and environment."""
    pg.sql("alter role erp_authenticator set pgrst.db_max_rows = '9';"
           "alter role erp_authenticator set pgrst.db_schemas = 'one, two'", database=database)
    server.signal(signal.SIGUSR2)
    wait_until(lambda: rows(server) == 9)
    wait_until(lambda: server.get("/other", headers={"Accept-Profile": "two"}).status_code == 200)
    pg.sql("alter role erp_authenticator in database reloads set pgrst.db_max_rows = '4'", database=database)
    pg.sql("notify pgrst, 'reload config'", database=database)
    wait_until(lambda: rows(server) == 4)
    pg.sql("alter role erp_authenticator in database reloads reset all", database=database)
    pg.sql("notify pgrst, 'reload config'", database=database)
    wait_until(lambda: rows(server) == 9)
    server.set(db_config=False)
    server.signal(signal.SIGUSR2)
    wait_until(lambda: rows(server) == 20)


def test_db_config_at_start(pg, make_bobbin, database):
    """No request sees the configuration without the database's part."""
    pg.sql("alter role erp_authenticator in database reloads set pgrst.db_max_rows = '4';"
           "alter role erp_authenticator in database reloads set pgrst.server_port = '1';"
           "alter role erp_authenticator in database reloads set pgrst.not_a_key = '1'", database=database)
    server = make_bobbin(database=database, db_schemas="one", db_anon_role="reload_reader", log_level="warn",
                         env={"PGRST_DB_MAX_ROWS": "6"})
    assert rows(server) == 4
    server.wait_log("server-port cannot be set there")
    server.wait_log("no key not-a-key")


def test_db_config_bad_value_keeps_the_old_configuration(pg, server, database):
    pg.sql("alter role erp_authenticator in database reloads set pgrst.db_max_rows = 'many'", database=database)
    server.signal(signal.SIGUSR2)
    server.wait_log("db-max-rows must be an integer")
    assert rows(server) == 20


def test_db_pre_config(pg, server, database):
    pg.sql("""create schema settings; grant usage on schema settings to erp_authenticator;
              create function settings.pre_config() returns void language sql as $$
                select set_config('pgrst.db_max_rows', '8', true), set_config('pgrst.db_schemas', 'one,two', true) $$""",
           database=database)
    server.set(db_pre_config="settings.pre_config")
    server.signal(signal.SIGUSR2)
    wait_until(lambda: rows(server) == 8)
    wait_until(lambda: server.get("/other", headers={"Accept-Profile": "two"}).status_code == 200)
    pg.sql("alter role erp_authenticator in database reloads set pgrst.db_max_rows = '4'", database=database)
    server.signal(signal.SIGUSR2)
    wait_until(lambda: rows(server) == 4)
    pg.sql("""alter role erp_authenticator in database reloads reset all;
              create or replace function settings.pre_config() returns void language sql as $$
                select set_config('pgrst.db_max_rows', '6', true) $$""", database=database)
    server.signal(signal.SIGUSR2)
    wait_until(lambda: rows(server) == 6)
    pg.sql("drop function settings.pre_config()", database=database)
    server.signal(signal.SIGUSR2)
    server.wait_log("the settings in the database cannot be read")
    assert rows(server) == 6


def test_environment_before_file_and_legacy_names(make_bobbin, database):
    server = make_bobbin(database=database, db_schemas=None, db_anon_role="reload_reader", db_schema="one", max_rows=7)
    assert rows(server) == 7
    server = make_bobbin(database=database, db_schemas="two", db_anon_role="reload_reader",
                         env={"PGRST_DB_SCHEMA": "one", "PGRST_DB_MAX_ROWS": "3", "BOBBIN_DB_MAX_ROWS": "2"})
    assert rows(server) == 2


def test_a_database_that_is_away_at_start(pg, make_bobbin, make_proxy, database):
    """Nothing is served before the database has said what is to be served."""
    pg.sql("alter role erp_authenticator in database reloads set pgrst.db_max_rows = '4'", database=database)
    proxy = make_proxy(pg.socket_path)
    proxy.refuse()
    server = make_bobbin(start=False, database=database, proxy=proxy, db_schemas="one", db_anon_role="reload_reader")
    server.start(wait=False)
    wait_until(lambda: server.ready_status() == 503)
    assert server.get("/items").status_code == 503
    proxy.accept()
    wait_until(lambda: server.get("/items").status_code == 200, timeout=15)
    assert rows(server) == 4


def test_schema_is_read_once_at_start(server):
    assert server.metrics().value("schema_cache_loads_total", status="success") == 1


def test_notify_storm_while_loads_fail(pg, server, database):
    """However many notifications come, a load is tried in time, and not for each of them."""
    pg.sql("alter role erp_authenticator connection limit 0", database=database)
    try:
        with psycopg.connect(pg.uri(database, "postgres"), autocommit=True) as storm:
            for backend in pg.backends(database):
                storm.execute("select pg_terminate_backend(%s)", (backend,))
            server.signal(signal.SIGUSR1)
            failures = lambda: server.metrics().value("schema_cache_loads_total", status="failure")
            wait_until(lambda: failures() >= 1, timeout=30)
            before = failures()

            def stir():
                server.signal(signal.SIGUSR1)
                return failures() >= before + 2
            wait_until(stir, timeout=45, interval=0.03, what="two more loads")
    finally:
        pg.sql("alter role erp_authenticator connection limit -1", database=database)


def test_a_pipe_is_read_once(scratch, pg, database):
    """A secret from standard input or a named pipe outlives reloads, and a reload waits for no pipe."""
    pipe = scratch / "secret.pipe"
    os.mkfifo(pipe, 0o600)
    server = utils.Bobbin(scratch, pg, database=database, db_schemas="one", db_anon_role="reload_reader", jwt_secret=f"@{pipe}",
                          log_level="info", server_threads=1)
    writer = threading.Thread(target=lambda: pipe.write_text(utils.JWT_SECRET + "\n"))
    writer.start()
    try:
        server.start()
        writer.join(10)
        for n in range(1, 4):
            server.set(db_max_rows=n)
            server.reload()
            wait_until(lambda: rows(server) == n, what="the new db-max-rows")
            assert server.get("/items", role="reload_reader").status_code == 200
    finally:
        assert server.stop() == 0


def test_notify_storm(pg, server, database):
    """Whoever may run SQL may notify: that does not keep the schema loading, and the last wish is heard."""
    loads = lambda: server.metrics().value("schema_cache_loads_total", status="success")
    before, start = loads(), time.monotonic()
    with psycopg.connect(pg.uri(database, "postgres"), autocommit=True) as storm:
        while "too many notifications" not in server.log_text():
            storm.execute("notify pgrst, 'reload schema'")
            time.sleep(0.02)
            assert time.monotonic() - start < 60
        storm.execute("create table one.after_storm (id int); grant select on one.after_storm to reload_reader")
        for _ in range(50):
            storm.execute("notify pgrst, 'reload schema'")
    wait_until(lambda: rows(server, "/after_storm") == 0, timeout=15, what="the table made in the storm")
    assert loads() - before <= 22 + 2 * (time.monotonic() - start)
