"""Section 1.14 of the dialect, admin listener and metrics, and the command line of 1.13.

SPDX-License-Identifier: ISC
"""

import json

import pytest
import requests

import utils
from utils import wait_until

SQL = """
do $$ begin create role admin_reader nologin; exception when duplicate_object then null; end $$;
grant admin_reader to erp_authenticator;
create schema api;
create type api.mood as enum ('sad', 'happy');
create table api.makers (id int primary key, name varchar(9) not null default 'x');
comment on table api.makers is 'Who makes things.';
create table api.items (id int primary key, maker_id int references api.makers, mood api.mood);
create function api.add(a int, b int default 2) returns int immutable language sql as 'select a + b';
grant usage on schema api to admin_reader; grant select on all tables in schema api to admin_reader;
"""


@pytest.fixture(scope="module")
def database(pg):
    return pg.new_database("admin", sql=SQL)


@pytest.fixture
def server(make_bobbin, database):
    return make_bobbin(database=database, db_schemas="api", db_anon_role="admin_reader")


def test_admin_paths_and_verbs(server):
    for path in ("/live", "/ready", "/metrics", "/schema_cache"):
        assert server.admin(path).status_code == 200
        answer = requests.post(server.admin_url + path, timeout=10)
        assert (answer.status_code, answer.json()["code"]) == (405, "PGRST117")
        assert answer.headers["Allow"] == "OPTIONS,GET,HEAD"
        assert requests.head(server.admin_url + path, timeout=10).status_code == 200
    for path in ("/", "/items", "/live/", "/config", "/schema_cache/x"):
        answer = server.admin(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "PGRST125")


def check_schema(cache):
    relations = {relation["name"]: relation for relation in cache["relations"]}
    assert cache["schemas"] == ["api"]
    makers, items = relations["makers"], relations["items"]
    assert (makers["kind"], makers["comment"], makers["primary_key"]) == ("table", "Who makes things.", ["id"])
    name = next(column for column in makers["columns"] if column["name"] == "name")
    assert (name["type"], name["max_length"], name["nullable"]) == ("character varying(9)", 9, False)
    assert name["default"].startswith("'x'")
    mood = next(column for column in items["columns"] if column["name"] == "mood")
    assert mood["enum"] == ["sad", "happy"]
    (to_maker,) = items["relationships"]
    assert (to_maker["cardinality"], to_maker["target"], to_maker["from_columns"], to_maker["to_columns"]) == (
        "many-to-one", "makers", ["maker_id"], ["id"])
    (add,) = cache["functions"]
    assert (add["name"], add["volatility"], [p["required"] for p in add["parameters"]]) == ("add", "immutable", [True, False])


def test_schema_cache(server):
    answer = server.admin("/schema_cache")
    assert answer.headers["Content-Type"].startswith("application/json")
    check_schema(answer.json())


def test_metrics_of_http(server):
    """Every one of them has a value, and the admin listener's own traffic is in none."""
    before = server.metrics()
    assert before.value("http_server_active_requests") == before.value("http_server_connections") == 0
    clients = [server.raw() for _ in range(5)]
    wait_until(lambda: server.metrics().value("http_server_connections") == 5, what="the connections")
    request = b"GET /api/v1/items HTTP/1.1\r\nHost: a\r\n\r\n"
    clients[0].send(request)
    length = len(clients[0].response().body)
    clients[1].send(b"GET /api/v1/items HTTP/1.1\r\nHost")
    wait_until(lambda: server.metrics().value("http_server_active_requests") == 1, what="the request that is not complete")
    after = server.metrics()
    assert after.value("http_server_connections_accepted_total") - before.value("http_server_connections_accepted_total") == 5
    assert after.value("http_server_received_bytes_total") - before.value("http_server_received_bytes_total") >= len(request) + 30
    assert length < after.value("http_server_sent_bytes_total") - before.value("http_server_sent_bytes_total") < length + 2000
    for c in clients:
        c.close()
    wait_until(lambda: server.metrics().value("http_server_connections") == 0, what="the end of the connections")
    assert server.metrics().value("http_server_active_requests") == 0
    server.set(limit_connections=1)
    server.reload()
    with server.raw() as only:
        only.send(b"GET /api/v1/items HTTP/1.1\r\n")
        wait_until(lambda: refused(server), what="a refusal")
        assert server.metrics().value("http_server_connections_rejected_total") >= 1


def refused(server):
    with server.raw() as c:
        return c.get("/live").status == 503


def test_metrics_by_postgrest_names(server):
    token = utils.make_token("admin_reader")
    for _ in range(5):
        assert server.get("/items", token=token).status_code == 200

    def seen():
        metrics = server.metrics()
        return metrics if metrics.value("pgrst_jwt_cache_requests_total") >= 5 else None
    metrics = wait_until(seen, what="the token cache's counters")
    assert metrics.names() >= {
        "pgrst_schema_cache_query_time_seconds", "pgrst_schema_cache_loads_total", "pgrst_db_pool_timeouts_total",
        "pgrst_db_pool_available", "pgrst_db_pool_waiting", "pgrst_db_pool_max", "pgrst_jwt_cache_requests_total",
        "pgrst_jwt_cache_hits_total", "pgrst_jwt_cache_evictions_total"}
    assert metrics.value("pgrst_schema_cache_loads_total", status="SUCCESS") == 1
    assert 0 < metrics.value("pgrst_schema_cache_query_time_seconds") < 30
    assert metrics.value("pgrst_db_pool_max") >= 4
    assert 0 < metrics.value("pgrst_db_pool_available") <= metrics.value("pgrst_db_pool_max")
    assert metrics.value("pgrst_jwt_cache_hits_total") >= 1


def test_command_line_options(server, pg, database):
    path = server.config_path
    assert utils.run_bobbin("--version").stdout.startswith("bobbin ")
    assert utils.run_bobbin("--example").stdout == utils.run_bobbin("example-config").stdout
    utils.run_bobbin("--ready", path)
    check_schema(json.loads(utils.run_bobbin("--dump-schema", path).stdout))
    check_schema(json.loads(utils.run_bobbin("dump-schema", "-c", path).stdout))
    pg.sql("alter role erp_authenticator in database admin set pgrst.db_max_rows = '321'", database=database)
    try:
        out = utils.run_bobbin("--dump-config", path).stdout
        assert "db-max-rows = 321  # database" in out
        assert "db-max-rows = 321" not in utils.run_bobbin("dump-config", "-c", path, BOBBIN_DB_CONFIG="false").stdout
    finally:
        pg.sql("alter role erp_authenticator in database admin reset all", database=database)
    away = utils.run_bobbin("--dump-config", path, BOBBIN_DB_URI="host=127.0.0.1 port=1")
    assert "without the settings in the database" in away.stderr and "db-schemas" in away.stdout
    assert utils.run_bobbin("--dump-schema", path, check=False, BOBBIN_DB_URI="host=127.0.0.1 port=1").returncode == 1


def test_db_pool_automatic_recovery_off_ends_the_process(make_bobbin, make_proxy, pg, database):
    proxy = make_proxy(pg.socket_path)
    server = make_bobbin(database=database, proxy=proxy, db_schemas="api", db_anon_role="admin_reader",
                         db_pool_automatic_recovery=False)
    wait_until(lambda: "error" not in server.log_text() and server.get("/items").status_code == 200)
    wait_until(lambda: server.metrics().value("pgrst_db_pool_available") > 0)
    proxy.refuse()
    proxy.cut()
    assert server.wait(20) == 1


def test_log_query(make_bobbin, database):
    server = make_bobbin(database=database, db_schemas="api", db_anon_role="admin_reader", log_query=True, log_level="info")
    server.get("/items?id=eq.7")
    server.wait_log(r"main statement of a request.*SELECT.*items")
