"""Dialect 1.13: every one of PostgREST's settings is understood, and those do something that no other test shows to.
SPDX-License-Identifier: ISC"""

import os
import time

import psycopg
import pytest
import requests
import utils
from utils import make_token, wait_until

SQL = """
create schema api;
create table api.items (id int primary key);
insert into api.items select generate_series(1, 9);
create view api.me as select 1 as id, pg_backend_pid() as pid, (select count(*) from pg_prepared_statements) as prepared;
create function api.pid() returns int language sql volatile as 'select pg_backend_pid()';
do $$ begin create role keys_reader nologin; exception when duplicate_object then null; end $$;
grant keys_reader to erp_authenticator;
grant usage on schema api to keys_reader;
grant select on all tables in schema api to keys_reader;
"""

# As in PostgREST's documentation ("Configuration"), none at its default.
POSTGREST = """
admin-server-host = "127.0.0.2"
admin-server-port = 3001
admin-server-unix-socket = "/tmp/pgrst-admin.sock"
admin-server-unix-socket-mode = "600"
app.settings.token_ttl = "3600"
client-error-verbosity = "minimal"
db-aggregates-enabled = true
db-anon-role = "web_anon"
db-channel = "other"
db-channel-enabled = false
db-config = false
db-pre-config = "api.pre_config"
db-extra-search-path = "extensions, util"
db-hoisted-tx-settings = "statement_timeout"
db-max-rows = 1000
db-plan-enabled = true
db-pool = 20
db-pool-acquisition-timeout = 21
db-pool-max-idletime = 61
db-pool-max-lifetime = 901
db-pool-automatic-recovery = false
db-pre-request = "api.check"
db-prepared-statements = false
db-root-spec = "root"
db-schemas = "tenant1, tenant2"
db-tx-end = "rollback-allow-override"
db-uri = "postgresql://"
jwt-aud = "your_audience"
jwt-role-claim-key = "$.postgrest.roles[1]"
jwt-secret = "reallyreallyreallyreallyreallyreallyverysafe"
jwt-secret-is-base64 = true
jwt-cache-max-entries = 10
log-level = "crit"
log-query = true
openapi-mode = "ignore-privileges"
openapi-security-active = true
openapi-server-proxy-uri = "https://example.org/rest"
server-cors-allowed-origins = "http://example.com, http://example2.com"
server-host = "!6"
server-port = 3000
server-reuseport = true
server-trace-header = "X-Request-Id"
server-timing-enabled = true
server-unix-socket = "/tmp/pgrst.sock"
server-unix-socket-mode = "600"
url-use-legacy-target-names = false
"""
FORMER = {"db-schema": ("db-schemas", "x"), "max-rows": ("db-max-rows", 5), "db-pool-timeout": ("db-pool-max-idletime", 7),
          "pre-request": ("db-pre-request", "x"), "root-spec": ("db-root-spec", "x"), "role-claim-key": ("jwt-role-claim-key", "$.x"),
          "secret-is-base64": ("jwt-secret-is-base64", "true")}


@pytest.fixture(scope="module")
def database(pg):
    return pg.new_database("keys", sql=SQL)


@pytest.fixture
def serve(make_bobbin, database):
    def make(**config):
        return make_bobbin(database=database, **{"db_schemas": "api", "db_anon_role": "keys_reader", "server_threads": 1, **config})
    return make


def dumped(path, **env):
    """Key to value and where it came from."""
    out = utils.run_bobbin("dump-config", "-c", path, **env).stdout
    return {line.split(" = ")[0]: line.split(" = ", 1)[1] for line in out.splitlines()}


def test_every_key_of_postgrest_is_taken(tmp_path):
    path = tmp_path / "postgrest.conf"
    path.write_text(POSTGREST)
    utils.run_bobbin("check-config", "-c", path)
    values = dumped(path)
    lines = [line.split(" = ", 1) for line in POSTGREST.strip().splitlines()]
    assert len(lines) == 46
    for key, value in lines:
        assert "default" not in values[key].split("#")[-1], key
        assert "********" in values[key] or value.strip('"').split(",")[0] in values[key], (key, values[key])


def test_every_key_of_postgrest_is_taken_from_the_environment(tmp_path):
    path = tmp_path / "empty.conf"
    path.write_text("")
    pairs = [line.split(" = ", 1) for line in POSTGREST.strip().splitlines()]
    env = {"PGRST_" + key.upper().replace("-", "_").replace(".", "_"): value.strip('"') for key, value in pairs}
    assert "PGRST_APP_SETTINGS_TOKEN_TTL" in env
    values = dumped(path, **env)
    for key, _ in pairs:
        assert key.startswith("app.") or "PGRST_" in values[key].split("#")[-1], (key, values[key])
    assert "app.settings.token_ttl" in values


def test_former_names_are_taken(tmp_path):
    path = tmp_path / "former.conf"
    for former, (key, value) in FORMER.items():
        path.write_text(f"{former} = {value}\n" if isinstance(value, int) else f'{former} = "{value}"\n')
        assert str(value) in dumped(path)[key], former


def test_prepared_statements_can_be_off(serve):
    server = serve()
    for _ in range(3):
        assert server.get("/me").json()[0]["prepared"] >= 0
    assert server.get("/me").json()[0]["prepared"] > 0
    server = serve(db_prepared_statements=False)
    for _ in range(3):
        assert server.get("/me").json()[0]["prepared"] == 0


def test_listening_can_be_off(serve, pg, database):
    server = serve(db_channel_enabled=False, db_config=False)
    listens = "select count(*) from pg_stat_activity where datname = %s and query ilike 'listen%%'"
    assert pg.value(listens, (database,)) == 0
    pg.sql("notify pgrst, 'reload schema'", database=database)
    time.sleep(0.5)
    assert server.metrics().value("schema_cache_loads_total", status="success") == 1
    assert server.get("/items?limit=1").status_code == 200


def test_connections_have_a_life(serve):
    server = serve(db_pool_max_lifetime="1s")
    first = server.get("/me").json()[0]["pid"]
    wait_until(lambda: server.get("/me").json()[0]["pid"] != first, interval=0.2, what="another connection")


def test_idle_connections_are_closed(serve, pg, database):
    server = serve(db_pool_max_idletime="1s")
    pid = server.post("/rpc/pid").json()
    there = "select count(*) from pg_stat_activity where pid = %s"
    assert pg.value(there, (pid,)) == 1
    wait_until(lambda: pg.value(there, (pid,)) == 0, interval=0.2, what="its end")
    assert server.post("/rpc/pid").json() != pid


@pytest.mark.parametrize("entries, hits", [(0, 0), (10, 3)])
def test_verified_tokens_are_kept_or_not(serve, entries, hits):
    server = serve(jwt_cache_max_entries=entries)
    token = make_token("keys_reader")
    for _ in range(4):
        assert server.get("/items?limit=1", token=token).status_code == 200
    wait_until(lambda: server.metrics().value("pgrst_jwt_cache_requests_total") == (hits and 4), what="the count")
    assert server.metrics().value("pgrst_jwt_cache_hits_total") == hits


def test_hosts(serve):
    server = serve(server_host="127.0.0.2", admin_server_host="127.0.0.3", start=False)
    server.start(wait=False)
    wait_until(lambda: answers(f"http://127.0.0.3:{server.admin_port}/ready"), what="the admin listener")
    assert answers(f"http://127.0.0.2:{server.port}/api/v1/items")
    for host, port in (("127.0.0.1", server.port), ("127.0.0.1", server.admin_port)):
        with pytest.raises(requests.ConnectionError):
            requests.get(f"http://{host}:{port}/", timeout=2)


def answers(url):
    try:
        return requests.get(url, timeout=2).status_code == 200
    except requests.RequestException:
        return False


def test_admin_unix_socket(serve, tmp_path):
    path = tmp_path / "admin.sock"
    server = serve(admin_server_unix_socket=path, admin_server_unix_socket_mode="600", start=False)
    server.start(wait=False)
    wait_until(path.exists, what="the socket")
    assert os.stat(path).st_mode & 0o777 == 0o600

    def ready():
        import socket
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(5)
            connection.connect(str(path))
            connection.sendall(b"GET /ready HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            return connection.recv(100).startswith(b"HTTP/1.1 200")
    wait_until(ready, what="readiness")


def test_reuseport(serve):
    first = serve(server_reuseport=True)
    second = serve(server_reuseport=True, server_port=first.port)
    second.port = first.port
    assert second.get("/items?limit=1").status_code == 200
    first.stop()
    for _ in range(4):
        assert second.get("/items?limit=1").status_code == 200


def test_settings_in_the_database_are_postgrests(serve, pg, database):
    """Names with underscores, for the login role, in all databases or in this one, which prevails."""
    try:
        pg.sql("alter role erp_authenticator set pgrst.db_max_rows = '2'", database=database)
        assert len(serve().get("/items").json()) == 2
        pg.sql("alter role erp_authenticator in database keys set pgrst.db_max_rows = '3'", database=database)
        assert len(serve().get("/items").json()) == 3
        assert len(serve(db_config=False).get("/items").json()) == 9
    finally:
        pg.sql("alter role erp_authenticator reset pgrst.db_max_rows; "
               "alter role erp_authenticator in database keys reset pgrst.db_max_rows", database=database)
    with pg.connect(database, user="erp_authenticator") as connection, pytest.raises(psycopg.Error):
        connection.execute("show pgrst.db_max_rows")
